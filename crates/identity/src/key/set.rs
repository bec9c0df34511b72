//! The keys that a tenant's tokens are signed with: next, active, retiring.
//!
//! The next key is published before it signs, so that whoever keeps our key set knows it in time; the one before
//! stays published until the last token that it signed has expired. Its private half is gone at once.

use super::signing::{SigningKey, SigningKeyError};
use crate::{
    bytes::take,
    jose::{PublicKey, jwk_json},
    token::{TOKEN_AHEAD_MAX, TOKEN_LIFE},
};
use bailiwick_core::Micros;
use zeroize::Zeroizing;

/// How many old keys are published at once: rotation faster than this is refused.
pub const KEYS_RETIRING_MAX: usize = 8;

const FORMAT: u8 = 1;

/// Why a key set cannot be read, turned or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Stored bytes that we did not write, or that were cut.
    #[error("the stored key set is damaged at byte {at}")]
    Damaged {
        /// Where reading stopped.
        at: usize,
    },
    /// A format of a later version.
    #[error("the stored key set has format {found}, the newest known is {known}")]
    Newer {
        /// What stands there.
        found: u8,
        /// What we read.
        known: u8,
    },
    /// Rotated again and again before old tokens could expire.
    #[error("{retiring} old keys still wait for their last token to expire, the limit is {retiring_max}")]
    TooMany {
        /// How many wait.
        retiring: usize,
        /// How many may.
        retiring_max: usize,
    },
    /// A key that is already in the set.
    #[error("the new key is already in the set")]
    Repeated,
    /// A private key in the set failed.
    #[error(transparent)]
    Key(#[from] SigningKeyError),
}

#[derive(Debug, Clone)]
struct Retiring {
    key: PublicKey,
    until: Micros,
}

/// A tenant's token-signing keys. `Debug` shows thumbprints only.
#[derive(Debug)]
pub struct KeySet {
    active: SigningKey,
    next: SigningKey,
    retiring: Vec<Retiring>,
}

impl KeySet {
    /// A first set.
    ///
    /// # Errors
    /// [`KeySetError::Repeated`] when the two keys are one.
    pub fn new(active: SigningKey, next: SigningKey) -> Result<Self, KeySetError> {
        if active.thumbprint() == next.thumbprint() {
            return Err(KeySetError::Repeated);
        }
        Ok(Self { active, next, retiring: Vec::new() })
    }

    /// The next key becomes active, `fresh` becomes next, the active one retires when its last token has expired.
    ///
    /// # Errors
    /// [`KeySetError::TooMany`] or [`KeySetError::Repeated`]; the set is unchanged then.
    pub fn rotate(&mut self, fresh: SigningKey, now: Micros) -> Result<(), KeySetError> {
        let live = self.retiring.iter().filter(|old| now < old.until).count();
        if live >= KEYS_RETIRING_MAX {
            return Err(KeySetError::TooMany { retiring: live, retiring_max: KEYS_RETIRING_MAX });
        }
        if self.published(now).any(|key| key == fresh.public()) {
            return Err(KeySetError::Repeated);
        }
        self.retiring.retain(|old| now < old.until);
        let was = std::mem::replace(&mut self.active, std::mem::replace(&mut self.next, fresh));
        let until = now.after(TOKEN_LIFE).after(TOKEN_AHEAD_MAX);
        self.retiring.push(Retiring { key: was.public().clone(), until });
        Ok(())
    }

    /// The key that signs now.
    pub const fn active(&self) -> &SigningKey {
        &self.active
    }

    /// The key that signs after it.
    pub const fn next(&self) -> &SigningKey {
        &self.next
    }

    /// The keys that signed before, each with when the last token of it has expired.
    pub fn retiring(&self, now: Micros) -> impl Iterator<Item = (&PublicKey, Micros)> {
        self.retiring.iter().filter(move |old| now < old.until).map(|old| (&old.key, old.until))
    }

    /// The key that a token signed by `kid` is checked with: the active one or one that retires. The next key has
    /// signed nothing yet, so it verifies nothing.
    pub fn find(&self, kid: &str, now: Micros) -> Option<&PublicKey> {
        let live = self.retiring.iter().filter(|old| now < old.until).map(|old| &old.key);
        std::iter::once(self.active.public()).chain(live).find(|key| key.thumbprint().as_str() == kid)
    }

    fn published(&self, now: Micros) -> impl Iterator<Item = &PublicKey> {
        let live = self.retiring.iter().filter(move |old| now < old.until).map(|old| &old.key);
        [self.active.public(), self.next.public()].into_iter().chain(live)
    }

    /// The JWK Set of RFC 7517 §5 to publish.
    pub fn to_jwks(&self, now: Micros) -> String {
        let keys: Vec<String> = self
            .published(now)
            .map(|key| {
                let mut members = key.members();
                members.push(("kid", key.thumbprint().to_string()));
                members.push(("use", "sig".to_owned()));
                members.push(("alg", key.alg().as_str().to_owned()));
                jwk_json(&members)
            })
            .collect();
        format!("{{\"keys\":[{}]}}", keys.join(","))
    }

    /// The bytes to seal and store: format, active and next private number, then point and end of each that retires.
    ///
    /// # Errors
    /// [`KeySetError::Key`] when the library does not give a key's number.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, KeySetError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(1 + 64 + self.retiring.len() * (65 + 8)));
        bytes.push(FORMAT);
        bytes.extend_from_slice(self.active.scalar()?.as_slice());
        bytes.extend_from_slice(self.next.scalar()?.as_slice());
        for old in &self.retiring {
            bytes.extend_from_slice(old.key.sec1().ok_or(SigningKeyError::NotP256)?);
            bytes.extend_from_slice(&old.until.0.to_be_bytes());
        }
        Ok(bytes)
    }

    /// Reads what [`KeySet::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`KeySetError`] saying where the bytes are not ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeySetError> {
        let mut rest = bytes;
        let damaged = |rest: &[u8]| KeySetError::Damaged { at: bytes.len() - rest.len() };
        let [format] = take::<1>(&mut rest).ok_or(KeySetError::Damaged { at: 0 })?;
        if format != FORMAT {
            return Err(KeySetError::Newer { found: format, known: FORMAT });
        }
        let mut key = || {
            let scalar = Zeroizing::new(take::<32>(&mut rest).ok_or_else(|| damaged(rest))?);
            SigningKey::from_scalar(&scalar).map_err(|_| damaged(rest))
        };
        let mut set = Self::new(key()?, key()?)?;
        while !rest.is_empty() {
            let point = take::<65>(&mut rest).ok_or_else(|| damaged(rest))?;
            let until = take::<8>(&mut rest).ok_or_else(|| damaged(rest))?;
            let key = PublicKey::from_sec1(&point).map_err(|_| damaged(rest))?;
            if set.retiring.len() == KEYS_RETIRING_MAX {
                return Err(damaged(rest));
            }
            set.retiring.push(Retiring { key, until: Micros(u64::from_be_bytes(until)) });
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests;
