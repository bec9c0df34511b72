//! What is kept of secrets: a hash under a key of the tenant that no export holds.

use crate::vault::{Vault, VaultError};
use bailiwick_core::json::Json;
use bailiwick_core::{Digest, TenantId, hidden};
use bailiwick_record::{Secret, keyed_hash};

/// The use that the key is of.
const PURPOSE: &str = "secret";

/// Hashes the secrets of one tenant.
#[derive(Debug)]
pub struct Hiding(Secret);

impl Hiding {
    /// The keyed hash of a secret's canonical JSON.
    pub fn hash(&self, secret: &[u8]) -> Digest {
        keyed_hash(&self.0, PURPOSE, secret)
    }

    /// What stands in the place of a secret that is text.
    pub fn text(&self, secret: &str) -> String {
        hidden(&self.hash(Json::from(secret).canonical().as_bytes()))
    }
}

impl Vault {
    /// What hashes the secrets of a tenant.
    ///
    /// # Errors
    /// [`VaultError`] when the tenant was not opened.
    pub fn hiding(&self, tenant: TenantId) -> Result<Hiding, VaultError> {
        Ok(Hiding(self.subkey(tenant, PURPOSE)?))
    }
}
