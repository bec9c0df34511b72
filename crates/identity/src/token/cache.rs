//! Tokens whose signature was already checked, by tenant and hash: a signature costs fifty times a lookup.

use super::{AccessToken, TokenDoor, TokenRefusal, check_hashed, token_digest};
use crate::key::KeySet;
use bailiwick_core::{Digest, Micros, TenantId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

type Entries = HashMap<(TenantId, Digest), Arc<AccessToken>>;

/// Two generations: what is not asked for while the younger one fills is forgotten.
#[derive(Debug, Default)]
struct Generations {
    young: Entries,
    old: Entries,
}

/// A bounded memory of good tokens. Only a verified token gets in, so strangers cannot fill it.
#[derive(Debug)]
pub struct TokenCache {
    each_max: usize,
    entries: Mutex<Generations>,
}

impl TokenCache {
    /// Remembers at most `tokens_max` (at least two), of all tenants together.
    pub fn new(tokens_max: usize) -> Self {
        Self { each_max: (tokens_max / 2).max(1), entries: Mutex::default() }
    }

    /// As [`super::check_token`], but verifies a signature once. What can change between two calls (time, audience,
    /// the key being withdrawn) is checked at each.
    ///
    /// # Errors
    /// [`TokenRefusal`]; a refused token is not remembered.
    pub fn check(
        &self,
        text: &[u8],
        keys: &KeySet,
        door: &TokenDoor<'_>,
        now: Micros,
    ) -> Result<Arc<AccessToken>, TokenRefusal> {
        let digest = token_digest(text);
        if let Some(token) = self.lookup((door.tenant, digest)) {
            // A key taken out of the set must not live on in the memory of what it signed.
            keys.find(token.kid().as_str(), now).ok_or(TokenRefusal::UnknownKey)?;
            door.admits(&token, now)?;
            return Ok(token);
        }
        let token = Arc::new(check_hashed(text, digest, keys, door, now)?);
        self.remember((door.tenant, digest), Arc::clone(&token));
        Ok(token)
    }

    /// How many tokens are remembered.
    pub fn tokens(&self) -> usize {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.young.len() + entries.old.len()
    }

    fn lookup(&self, key: (TenantId, Digest)) -> Option<Arc<AccessToken>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = entries.young.get(&key) {
            return Some(Arc::clone(token));
        }
        let token = entries.old.remove(&key)?;
        entries.put(key, Arc::clone(&token), self.each_max);
        Some(token)
    }

    fn remember(&self, key: (TenantId, Digest), token: Arc<AccessToken>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.put(key, token, self.each_max);
    }
}

impl Generations {
    fn put(&mut self, key: (TenantId, Digest), token: Arc<AccessToken>, each_max: usize) {
        if self.young.len() >= each_max {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, token);
    }
}

#[cfg(test)]
mod tests;
