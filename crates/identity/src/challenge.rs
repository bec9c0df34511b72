//! What a passkey is asked to sign: the digest of a statement, or a challenge that any node of the tenant knows again.

use crate::bytes::{base64url, from_base64url, sha256, take};
use aws_lc_rs::hmac;
use bailiwick_core::{Digest, Micros, Span};
use std::fmt;

/// How long a person has between asking for a challenge and answering it.
pub const CHALLENGE_LIFE: Span = Span::minutes(2);

const LABEL: &[u8] = b"bailiwick passkey challenge 1\0";
const TAG_BYTES: usize = 32;
const CHALLENGE_BYTES: usize = 8 + 16 + TAG_BYTES;

/// What a drawn challenge is good for. One that was drawn for one thing is no challenge for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// To sign in.
    SignIn,
    /// To enrol a passkey by the one-time code of this digest.
    Enroll(Digest),
    /// To invite somebody to enrol one: the digest of who invites whom.
    Invite(Digest),
    /// To say yes to an act: the digest of the statement, but for the challenge that stands in it.
    Consent(Digest),
}

impl Aim {
    fn hashed(&self, mac: &mut hmac::Context) {
        match self {
            Self::SignIn => mac.update(&[1]),
            Self::Enroll(code) => {
                mac.update(&[2]);
                mac.update(code.bytes());
            }
            Self::Invite(whom) => {
                mac.update(&[3]);
                mac.update(whom.bytes());
            }
            Self::Consent(statement) => {
                mac.update(&[4]);
                mac.update(statement.bytes());
            }
        }
    }
}

/// Why a challenge is not one of ours, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeRefusal {
    /// Not ours, altered, of another tenant, or for another purpose.
    #[error("the challenge was not given by this tenant's nodes for this purpose")]
    Unknown,
    /// Answered too late.
    #[error("the challenge was answered {seconds} s too late: begin again")]
    Late {
        /// By how much.
        seconds: u64,
    },
}

/// The tenant's key for challenges, shared by its nodes. Nothing is kept: within its two minutes a challenge may be
/// answered more than once, by the same person.
pub struct ChallengeKey(hmac::Key);

impl ChallengeKey {
    /// From 32 bytes that the tenant's key hierarchy derives for this use alone.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// A challenge as base64url: when it ends, 16 random bytes (WebAuthn level 3 §13.4.3 asks for as many), the tag.
    pub fn draw(&self, aim: Aim, random: [u8; 16], now: Micros) -> String {
        let ends = now.after(CHALLENGE_LIFE);
        let mut bytes = Vec::with_capacity(CHALLENGE_BYTES);
        bytes.extend_from_slice(&ends.0.to_be_bytes());
        bytes.extend_from_slice(&random);
        bytes.extend_from_slice(self.tag(aim, &ends.0.to_be_bytes(), &random).as_ref());
        base64url(&bytes)
    }

    fn tag(&self, aim: Aim, ends: &[u8; 8], random: &[u8; 16]) -> hmac::Tag {
        let mut mac = hmac::Context::with_key(&self.0);
        mac.update(LABEL);
        mac.update(ends);
        mac.update(random);
        aim.hashed(&mut mac);
        mac.sign()
    }

    /// Whether a challenge that stands in a statement was drawn for it, and is not too old.
    ///
    /// # Errors
    /// [`ChallengeRefusal`] saying which of both it is not.
    pub fn sealed(&self, aim: Aim, given: &str, now: Micros) -> Result<(), ChallengeRefusal> {
        let bytes = from_base64url(given.as_bytes()).ok_or(ChallengeRefusal::Unknown)?;
        self.check(aim, &bytes, now)
    }

    fn check(&self, aim: Aim, given: &[u8], now: Micros) -> Result<(), ChallengeRefusal> {
        let mut rest = given;
        let (Some(ends), Some(random)) = (take::<8>(&mut rest), take::<16>(&mut rest)) else {
            return Err(ChallengeRefusal::Unknown);
        };
        let tag = self.tag(aim, &ends, &random);
        aws_lc_rs::constant_time::verify_slices_are_equal(rest, tag.as_ref()).map_err(|_| ChallengeRefusal::Unknown)?;
        match now.0.checked_sub(u64::from_be_bytes(ends)) {
            None => Ok(()),
            Some(late) => Err(ChallengeRefusal::Late { seconds: late / 1_000_000 }),
        }
    }
}

impl fmt::Debug for ChallengeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChallengeKey")
    }
}

/// The challenge that an answer must be to.
#[derive(Debug, Clone, Copy)]
pub enum Challenge<'a> {
    /// SHA-256 of these bytes: the canonical form of a statement that the person was shown.
    Statement(&'a [u8]),
    /// One that a node of the tenant drew.
    Drawn {
        /// By this key.
        key: &'a ChallengeKey,
        /// For this.
        aim: Aim,
        /// When the answer came.
        now: Micros,
    },
}

impl Challenge<'_> {
    pub(crate) fn check(&self, given: &[u8]) -> Result<(), crate::webauthn::PasskeyRefusal> {
        match self {
            Self::Statement(bytes) if *given == *sha256(&[bytes]).bytes() => Ok(()),
            Self::Statement(_) => Err(crate::webauthn::PasskeyRefusal::OtherChallenge),
            Self::Drawn { key, aim, now } => Ok(key.check(*aim, given, *now)?),
        }
    }
}

/// The challenge of a statement, as a browser is given it: base64url of the SHA-256 of its canonical bytes.
pub fn statement_challenge(statement: &[u8]) -> String {
    base64url(sha256(&[statement]).bytes())
}

#[cfg(test)]
mod tests;
