//! What makes an act this act: the action digest, and the hash of an idempotency key.

use crate::action::Action;
use crate::hash::sha256_parts;
use crate::json::Pointer;
use crate::task::{GrantState, TaskState};
use crate::{Digest, GrantId, Salt, TaskId, TenantId, ToolId, sha256};

/// A salted hash of an idempotency key: says nothing once the salt is erased. Of one key each round of a call is an act.
pub(super) fn salted_key(task: &TaskState, key: &str, round: u64) -> Option<Digest> {
    let salt = task.salt?;
    Some(match round {
        0 => sha256_parts("bailiwick/idempotency/1", &[salt.bytes(), key.as_bytes()]),
        _ => sha256_parts("bailiwick/idempotency of a round/1", &[salt.bytes(), key.as_bytes(), &round.to_be_bytes()]),
    })
}

/// What makes an act this act. Fields are declared in alphabetical order, so that what serde writes is RFC 8785 form.
#[derive(serde::Serialize)]
struct ActionForm<'a> {
    credential: Option<&'a str>,
    epoch: u32,
    grant: GrantId,
    lineage: Digest,
    pin: Digest,
    referents: Vec<(&'a Pointer, Option<&'a str>)>,
    salt: Salt,
    sent: Digest,
    server: Digest,
    task: TaskId,
    tenant: TenantId,
    tool: &'a ToolId,
}

/// The action digest of the model: SHA-256 over the RFC 8785 form of everything that makes this act this act.
pub(super) fn action_digest(task: &TaskState, lineage: &[&GrantState], action: &Action) -> Option<Digest> {
    let ids: Vec<&[u8]> = lineage.iter().map(|grant| grant.id.bytes().as_slice()).collect();
    let form = ActionForm {
        credential: action.credential.as_deref(),
        epoch: task.epoch,
        grant: lineage.last()?.id,
        lineage: sha256_parts("bailiwick/lineage/1", &ids),
        pin: action.pin,
        referents: action.referents.iter().map(|read| (&read.pointer, read.version.as_deref())).collect(),
        salt: task.salt?,
        sent: action.sent,
        server: action.server,
        task: task.id,
        tenant: task.tenant,
        tool: &action.tool,
    };
    // by INVARIANT of these types: all are written as texts and numbers, so writing them cannot fail
    serde_json::to_vec(&form).ok().map(|bytes| sha256(&bytes))
}
