//! Turning the tenant's keys while the node runs. What stands is what the control stream records.

use crate::KeysError;
use crate::keys::{Numbers, first, turned, with_root};
use bailiwick_core::json::Json;
use bailiwick_core::{By, ControlCommand, Micros, Reason, TenantId};
use bailiwick_node::{Failure, Node};

/// Why a key was not turned.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The keys cannot be had, or turn too fast.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// It could not be made durable.
    #[error(transparent)]
    Node(#[from] Failure),
    /// Another key was turned at that moment.
    #[error("{0}")]
    Refused(Reason),
}

/// The keys that tokens are signed with, by key id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKeys {
    /// The one that signs.
    pub active: String,
    /// The one that signs after it: published already.
    pub next: String,
    /// Those before it, each with when the last token that it signed has expired.
    pub retiring: Vec<(String, Micros)>,
}

fn recorded(node: &Node, tenant: TenantId) -> Result<Option<Json>, Failure> {
    Ok(node.control_now(tenant)?.state.keys.clone())
}

async fn record(node: &Node, tenant: TenantId, by: By, keys: Json) -> Result<u64, TurnError> {
    let command = ControlCommand::Keys { by: Some(by), keys };
    let (decided, leaf) = node.control_command(tenant, command, Vec::new()).await?;
    match (decided.refused, leaf) {
        (Some(reason), _) => Err(TurnError::Refused(reason)),
        (None, Some(leaf)) => Ok(leaf),
        (None, None) => Err(TurnError::Node(Failure::Unknown)),
    }
}

/// The keys that tokens are signed with; `None` where no token was ever signed.
///
/// # Errors
/// [`TurnError`] when the record cannot be read, or names keys that this node does not have.
pub fn token_keys(node: &Node, tenant: TenantId) -> Result<Option<TokenKeys>, TurnError> {
    let Some(recorded) = recorded(node, tenant)? else { return Ok(None) };
    let set = Numbers::read(&recorded).ok_or(KeysError::Unrecorded)?.set(node.vault(), tenant)?;
    let retiring = set.retiring(node.now()).map(|(key, until)| (key.thumbprint().to_string(), until)).collect();
    let (active, next) = (set.active().thumbprint().to_string(), set.next().thumbprint().to_string());
    Ok(Some(TokenKeys { active, next, retiring }))
}

/// Turns to the next signing key: the one before verifies until its last token has expired. Answers the event that says so.
///
/// # Errors
/// [`TurnError`] when keys turn too fast, or it could not be made durable.
pub async fn turn_token_key(node: &Node, tenant: TenantId, by: By) -> Result<u64, TurnError> {
    let recorded = recorded(node, tenant)?.ok_or(KeysError::Unsigned)?;
    let keys = turned(&recorded, node.vault(), tenant, node.now())?;
    record(node, tenant, by, keys).await
}

/// Records that the newest version of the root key that is here wraps the tenant's from now on. Answers the event that says so.
///
/// # Errors
/// [`TurnError`] when it could not be made durable.
pub async fn record_root(node: &Node, tenant: TenantId, by: By) -> Result<u64, TurnError> {
    let (version, mark) = (node.vault().root_version(), node.vault().root_mark());
    let keys = match recorded(node, tenant)? {
        Some(recorded) => recorded,
        None => first(node.vault(), tenant, node.now())?,
    };
    record(node, tenant, by, with_root(&keys, version, &mark)).await
}

/// Whether the newest version of the root key that is here is the one that the record names: by its number and its mark, for
/// two files may hold different keys of one number.
pub fn root_is_recorded(node: &Node, tenant: TenantId) -> bool {
    let Some(keys) = node.control(tenant).and_then(|control| control.state.keys.clone()) else { return false };
    let vault = node.vault();
    let version = keys.get("root").and_then(Json::as_u64);
    version.is_some_and(|version| i32::try_from(version) == Ok(vault.root_version()))
        && keys.get("root_mark").and_then(Json::as_str) == Some(&vault.root_mark().to_string())
}
