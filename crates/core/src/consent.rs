//! Consent by signature: what a person signs when an act of their own gives authority, or says what became of an act.

use crate::assertion::Assertion;
use crate::hash::sha256;
use crate::json::Json;
use crate::{Digest, Micros, PersonId, Salt, Span, TaskId};
use serde::{Deserialize, Serialize};

/// The longest that such a statement is good. What was signed is remembered for longer in the stream that it moved.
pub const CONSENT_SPAN_MAX: Span = Span::minutes(5);
/// The most characters of a nonce.
const NONCE_CHARS_MAX: usize = 128;

const _: () =
    assert!(CONSENT_SPAN_MAX.0 < crate::task::PROOF_MEMORY.0, "what was signed is remembered while it is good");

/// Which act is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentAct {
    /// An override is looked at and closed.
    Close,
    /// Calls that a fault has cut off go on.
    CloseBreaker,
    /// The second act: privileged rows may be used.
    Confirm,
    /// A class of data counts no more as one that a holder has touched.
    Declassify,
    /// The same for longer.
    Renew,
    /// What became of an act in doubt.
    Settle,
    /// A task begins.
    Start,
    /// More may be done.
    Widen,
}

/// What a person signs: its digest is the challenge of the assertion. Fields are declared in alphabetical order, so that
/// what serde writes is RFC 8785 form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentStatement {
    /// Which act.
    pub act: ConsentAct,
    /// The epoch of the tenant.
    pub epoch: u32,
    /// Drawn and sealed by a node of the tenant for this very statement.
    pub nonce: String,
    /// Worth nothing from here on.
    pub not_after: Micros,
    /// The origin of the tenant's log.
    pub origin: String,
    /// Who signs.
    pub person: PersonId,
    /// The digest of what was shown, which is all of what the act comes to.
    pub shown: Digest,
    /// The task; of one that begins, the id that it gets: it begins once. None of what is no task's.
    pub task: Option<TaskId>,
    /// What it is: `bailiwick/consent/1`.
    #[serde(rename = "type")]
    pub of: String,
}

impl ConsentStatement {
    /// What a statement of this form says that it is.
    pub const TYPE: &'static str = "bailiwick/consent/1";

    /// The bytes that are hashed: RFC 8785 form.
    pub fn text(&self) -> String {
        // by INVARIANT of these types: all are written as texts and numbers, so writing them cannot fail
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The challenge: SHA-256 of its text.
    pub fn digest(&self) -> Digest {
        sha256(self.text().as_bytes())
    }

    /// The digest of all of it but its nonce: what the nonce is sealed for.
    pub fn aim(&self) -> Digest {
        Self { nonce: String::new(), ..self.clone() }.digest()
    }

    /// Whether it has the form that it is kept in.
    pub fn formed(&self) -> bool {
        let base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let length = (1..=NONCE_CHARS_MAX).contains(&self.nonce.len());
        self.of == Self::TYPE && length && self.nonce.bytes().all(base64url)
    }
}

/// A signature under an act, as its event keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedConsent {
    /// What the authenticator answered.
    pub assertion: Assertion,
    /// What was signed.
    pub statement: ConsentStatement,
}

/// An act as a person signed it. Whoever hands it in has checked that the assertion signs the statement, with a passkey of
/// that person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<C> {
    /// The act.
    pub command: C,
    /// The signature.
    pub consent: SignedConsent,
    /// What was shown, whole.
    pub shown: Json,
}

/// The digest of what was shown.
pub fn shown_digest(shown: &Json) -> Digest {
    sha256(shown.canonical().as_bytes())
}

/// What keeps the digest of what was shown from being guessed at.
pub(crate) fn blind_of(shown: &Json) -> Option<Salt> {
    Salt::parse(shown.get("blind")?.as_str()?).ok()
}
