//! How a token names a person: opaque, one name per person and tenant.

use bailiwick_core::{TaskState, TenantId};
use bailiwick_node::{Failure, Vault};

/// The name of the task's subject, else of its requester.
pub(crate) fn opaque(vault: &Vault, tenant: TenantId, task: &Named) -> Result<String, Failure> {
    let hash = vault.keyed_hash(tenant, "token-subject", task.0.as_bytes());
    let hash = hash.map_err(|error| Failure::Unavailable(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whom a task is for, by kind, so that a customer and a person of one name are two.
pub(crate) struct Named(String);

impl Named {
    pub(crate) fn of(task: &TaskState) -> Self {
        let requester = task.requester.as_ref().map(bailiwick_core::PersonId::as_str).unwrap_or_default();
        Self(
            task.subject
                .as_ref()
                .map_or_else(|| format!("person\0{requester}"), |subject| format!("subject\0{subject}")),
        )
    }
}
