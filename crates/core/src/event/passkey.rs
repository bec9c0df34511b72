//! Events of people's passkeys: who was invited, which key is whose. What a person signs with is public here.

use super::nothing_private;
use crate::facts::{By, Facts};
use crate::json::Json;
use crate::{Digest, Micros, PersonId, Salt, Span};
use serde::{Deserialize, Serialize};

/// How long a signature is remembered that made an invitation: longer than any challenge is good.
pub(crate) const INVITE_SIGNED_MEMORY: Span = Span::minutes(10);
/// The longest that an invitation is open.
pub const INVITE_SPAN_MAX: Span = Span::hours(24);

/// A public key that a person signs with, after the authenticator has made sure of the person (WebAuthn Level 3, 4: user
/// verification).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passkey {
    /// The credential id, base64url without padding.
    pub id: String,
    /// The public key as JWK: EC on P-256, OKP on Ed25519, or RSA.
    pub key: Json,
    /// The model of authenticator as it calls itself (AAGUID), in hex. Nobody vouches for it.
    pub model: Salt,
    /// What the person calls it.
    pub name: String,
    /// The site that it was made for (WebAuthn Level 3, 5.1.2: the id of the relying party): what it signs counts there.
    pub site: String,
}

impl Passkey {
    /// The most characters of a credential id: WebAuthn Level 3, 4 has at most 1,023 bytes.
    pub const ID_CHARS_MAX: usize = 1_364;
    /// The most characters of a name.
    pub const NAME_CHARS_MAX: usize = 64;
    /// The most characters of a site: a host's name.
    pub const SITE_CHARS_MAX: usize = 253;
    /// The most bytes of a key.
    pub const KEY_BYTES_MAX: usize = 4_096;
    /// The most passkeys of one person.
    pub const PER_PERSON_MAX: usize = 16;

    /// Whether it has the form: what it says of itself is for the edge that took it in to check.
    pub fn formed(&self) -> bool {
        let base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let name = self.name.chars().count();
        (1..=Self::ID_CHARS_MAX).contains(&self.id.len())
            && self.id.bytes().all(base64url)
            && (1..=Self::NAME_CHARS_MAX).contains(&name)
            && !self.name.chars().any(crate::normal::invisible)
            && (1..=Self::SITE_CHARS_MAX).contains(&self.site.len())
            && self.site.bytes().all(|b| b.is_ascii_graphic())
            && self.key.as_object().is_some()
            && self.key.canonical().len() <= Self::KEY_BYTES_MAX
    }
}

/// A person was invited to enrol a passkey: whoever has the code enrols as that person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlInvited {
    /// The person's act who invites.
    pub by: By,
    /// SHA-256 of the code.
    pub code: Digest,
    /// Until when.
    pub expires: Micros,
    /// What it rests on.
    pub facts: Facts,
    /// Who is invited.
    pub person: PersonId,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// What was signed for it, where a passkey was: SHA-256 of its challenge. One signature makes one invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Digest>,
}

/// An invitation was taken back: its link opens nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlUninvited {
    /// The person's act.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// Which one, by the seq of its `control.invited`.
    pub invitation: u64,
    /// Who was invited.
    pub person: PersonId,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

/// A person enrolled a passkey. The invitation is used by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlEnrolled {
    /// Who, made sure by the very passkey.
    pub by: By,
    /// SHA-256 of the code that invited.
    pub code: Digest,
    /// What it rests on.
    pub facts: Facts,
    /// The passkey.
    pub passkey: Passkey,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

/// A passkey was removed: nothing that it signs counts from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlUnenrolled {
    /// The person's act.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// Which, by its credential id.
    pub id: String,
    /// Whose.
    pub person: PersonId,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

nothing_private!(ControlInvited, ControlUninvited, ControlEnrolled, ControlUnenrolled);
