//! Bundles: what a node of this world exports of a task, and what the verifier says of it, which shares nothing with who wrote it.

use crate::setup::TENANT;
use crate::setup::pump::Pump;
use bailiwick_core::{Micros, TaskId};
use bailiwick_node::{ExportOptions, Reaches, Vault, export_task, log_key, sign_checkpoint};
use bailiwick_store::MemoryStore;
use bailiwick_verify::{Answer, Trust, VerifierKey, verify};
use std::sync::Arc;

/// A task's bundle, and the key that its log is checked by.
#[derive(Debug, Clone)]
pub(crate) struct Bundle {
    bytes: Vec<u8>,
    key: String,
}

impl Bundle {
    /// Exports a task as it stands: the heads of all streams are committed to, and the log is signed.
    ///
    /// # Errors
    /// The sentence when it cannot be written.
    pub(crate) fn of((store, vault): (&MemoryStore, &Arc<Vault>), now: Micros, task: TaskId) -> Result<Self, String> {
        Pump::new(store, vault, now).commit_to_heads()?;
        let told = |error: bailiwick_node::LogError| error.to_string();
        let checkpoint = sign_checkpoint((store, vault, &Reaches::default()), None, TENANT).map_err(told)?;
        let mut bytes = Vec::new();
        let options = ExportOptions { now, ..ExportOptions::default() };
        export_task(store, vault, TENANT, task, &checkpoint, &options, &mut bytes)
            .map_err(|error| error.to_string())?;
        let key = log_key(store, vault, TENANT).map_err(told)?.verifier().to_string();
        Ok(Self { bytes, key })
    }

    /// The key that its log is checked by.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// What the verifier says of it under that key: nothing speaks against it, and it decided again.
    ///
    /// # Errors
    /// The sentence when something does.
    pub(crate) fn holds(&self) -> Result<(), String> {
        let key = VerifierKey::parse(&self.key).map_err(|error| error.to_string())?;
        let report = verify(self.bytes.as_slice(), &Trust::in_log(key));
        match report.answer {
            Answer::Confirmed if report.decided_again > 0 => Ok(()),
            answer => Err(format!("the verifier says {answer:?} under {}: {:?}", self.key, report.findings.first())),
        }
    }

    /// Whether it is taken for one of the log of this key.
    ///
    /// # Errors
    /// The sentence when the key is none.
    pub(crate) fn is_of(&self, key: &str) -> Result<bool, String> {
        let key = VerifierKey::parse(key).map_err(|error| error.to_string())?;
        Ok(verify(self.bytes.as_slice(), &Trust::in_log(key)).answer == Answer::Confirmed)
    }
}
