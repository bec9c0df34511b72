//! What a verification rests on. All of it comes from whoever asks, none of it from the bundle.

use crate::note::VerifierKey;

/// Keys and checkpoints that count.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The log's key.
    pub log: VerifierKey,
    /// Witnesses whose cosignatures count.
    pub witnesses: Vec<VerifierKey>,
    /// How many of them must have signed the checkpoint.
    pub witnesses_needed: usize,
    /// Checkpoints of this log that were kept from before, as signed notes.
    pub kept: Vec<String>,
}

impl Trust {
    /// The log's key alone.
    #[must_use]
    pub const fn in_log(log: VerifierKey) -> Self {
        Self { log, witnesses: Vec::new(), witnesses_needed: 0, kept: Vec::new() }
    }
}
