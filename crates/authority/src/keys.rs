//! The keys that tokens are signed with. Every node derives the same ones from the tenant's key; the control stream
//! records which are in force, by number, with their public halves. No private byte is ever stored.

use bailiwick_core::json::Json;
use bailiwick_core::{Digest, Micros, TenantId};
use bailiwick_identity::{KEYS_RETIRING_MAX, KeySet, KeySetError, SigningKey, SigningKeyError};
use bailiwick_node::{Vault, VaultError};
use std::sync::{Arc, PoisonError, RwLock};

/// Why there are no keys to sign with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The tenant's key is not open.
    #[error(transparent)]
    Vault(VaultError),
    /// The derived bytes made no key.
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    /// Rotated too fast, or repeated.
    #[error(transparent)]
    Set(#[from] KeySetError),
    /// No node of the tenant had an address for agents yet.
    #[error("no token was signed here yet: this node has had no address for agents")]
    Unsigned,
    /// The control stream records no keys, or none that we understand.
    #[error("the record names no token-signing keys in a form that is known here")]
    Unrecorded,
    /// The record names other public keys than this node derives: it holds another tenant key.
    #[error("the record names token-signing keys that this node's tenant key does not give")]
    Others,
}

/// Which keys are in force: the number of the active one, and when each of the last few rotations was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbers {
    active: u64,
    turned: Vec<Micros>,
}

impl Numbers {
    const FIRST: Self = Self { active: 1, turned: Vec::new() };

    pub(crate) fn read(recorded: &Json) -> Option<Self> {
        let active = recorded.get("active")?.as_u64()?;
        let turned = recorded.get("turned")?.as_array()?;
        let turned = turned.iter().map(|at| at.as_u64().map(Micros)).collect::<Option<Vec<_>>>()?;
        let before = u64::try_from(turned.len()).ok()?;
        (active > before && turned.len() <= KEYS_RETIRING_MAX).then_some(Self { active, turned })
    }

    pub(crate) fn set(&self, vault: &Vault, tenant: TenantId) -> Result<KeySet, KeysError> {
        let oldest = self.active.saturating_sub(u64::try_from(self.turned.len()).unwrap_or(u64::MAX));
        let mut set = KeySet::new(derive(vault, tenant, oldest)?, derive(vault, tenant, oldest + 1)?)?;
        for (next, at) in (oldest + 2..).zip(&self.turned) {
            set.rotate(derive(vault, tenant, next)?, *at)?;
        }
        Ok(set)
    }

    /// The record's form: a JWK set (RFC 7517 §5 lets it have members of ours) as it was published at that moment.
    fn recorded(&self, vault: &Vault, tenant: TenantId, now: Micros) -> Result<Json, KeysError> {
        let jwks = self.set(vault, tenant)?.to_jwks(now);
        let jwks = Json::parse(jwks.as_bytes(), &bailiwick_core::json::Limits::default());
        let keys = jwks.ok().and_then(|jwks| jwks.get("keys").cloned()).ok_or(KeysError::Unrecorded)?;
        Ok(Json::object([
            ("active", Json::from(self.active)),
            ("keys", keys),
            ("turned", Json::array(self.turned.iter().map(|at| Json::from(at.0)))),
        ]))
    }
}

/// Key number `n`: the first of the tenant's subkeys of that name that is a number of the curve.
fn derive(vault: &Vault, tenant: TenantId, number: u64) -> Result<SigningKey, KeysError> {
    let mut draws = 0_u32;
    let mut broken = None;
    let key = SigningKey::generate(&mut |out| {
        draws += 1;
        match vault.subkey(tenant, &format!("token-signing/{number}/{draws}")) {
            Ok(secret) => *out = *secret.expose(),
            // Zero is no key: the draws run out.
            Err(error) => broken = Some(error),
        }
    });
    match broken {
        Some(error) => Err(KeysError::Vault(error)),
        None => Ok(key?),
    }
}

/// What the first node of a tenant records.
pub(crate) fn first(vault: &Vault, tenant: TenantId, now: Micros) -> Result<Json, KeysError> {
    Numbers::FIRST.recorded(vault, tenant, now)
}

/// What is recorded to turn to the next key.
pub(crate) fn turned(recorded: &Json, vault: &Vault, tenant: TenantId, now: Micros) -> Result<Json, KeysError> {
    let mut numbers = Numbers::read(recorded).ok_or(KeysError::Unrecorded)?;
    let mut set = numbers.set(vault, tenant)?;
    // The set says no when keys would turn before tokens of the oldest have expired.
    set.rotate(derive(vault, tenant, numbers.active + 2)?, now)?;
    numbers.active += 1;
    numbers.turned.push(now);
    let past = numbers.turned.len().saturating_sub(KEYS_RETIRING_MAX);
    numbers.turned.drain(..past);
    let next = numbers.recorded(vault, tenant, now)?;
    Ok(rooted(&next, "token", ROOT.map(|name| (name, recorded.get(name).cloned()))))
}

/// What a record says of the root key: its version, and its mark.
const ROOT: [&str; 2] = ["root", "root_mark"];

/// The same keys, with the version of the root key that wraps the tenant's from now on, and the mark that tells it from
/// another file's of that number.
pub(crate) fn with_root(recorded: &Json, version: i32, mark: &Digest) -> Json {
    let version = Json::from(u64::try_from(version).unwrap_or_default());
    let [number, name] = ROOT;
    rooted(recorded, "root", [(number, Some(version)), (name, Some(Json::from(mark.to_string().as_str())))])
}

/// What is recorded of a turn: all of them, and which was turned.
fn rooted(recorded: &Json, which: &str, root: [(&'static str, Option<Json>); 2]) -> Json {
    let others = ["active", "keys", "turned"].map(|name| (name, recorded.get(name).cloned().unwrap_or(Json::Null)));
    let root = root.into_iter().filter_map(|(name, value)| Some((name, value?)));
    Json::object(others.into_iter().chain(root).chain([("which", Json::from(which))]))
}

/// The keys as last recorded, kept ready.
pub(crate) struct Keys(RwLock<Option<(Json, Arc<KeySet>)>>);

impl Keys {
    pub(crate) const fn new() -> Self {
        Self(RwLock::new(None))
    }

    /// The keys that the record names.
    pub(crate) fn get(
        &self,
        recorded: Option<&Json>,
        vault: &Vault,
        tenant: TenantId,
    ) -> Result<Arc<KeySet>, KeysError> {
        let recorded = recorded.ok_or(KeysError::Unrecorded)?;
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, set)) = known.as_ref().filter(|(from, _)| from == recorded) {
            return Ok(Arc::clone(set));
        }
        drop(known);
        let numbers = Numbers::read(recorded).ok_or(KeysError::Unrecorded)?;
        let set = Arc::new(numbers.set(vault, tenant)?);
        let at = numbers.turned.last().copied().unwrap_or_default();
        // Whoever copies a store to a node with another root key is told so, and no token of the old keys passes.
        if numbers.recorded(vault, tenant, at)?.get("keys") != recorded.get("keys") {
            return Err(KeysError::Others);
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((recorded.clone(), Arc::clone(&set)));
        Ok(set)
    }
}

#[cfg(test)]
mod tests;
