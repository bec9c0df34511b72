//! What the core asks of texts of policies when it compares documents.

use crate::{attributes_read, difference};
use bailiwick_core::{ChangeLine, ControlState, PolicyReader, PolicyText};
use std::collections::BTreeSet;

/// Reads policies as Cedar.
#[derive(Debug, Clone, Copy)]
pub struct CedarReader;

impl PolicyReader for CedarReader {
    fn difference(&self, old: Option<&PolicyText>, new: Option<&PolicyText>) -> Vec<ChangeLine> {
        difference(old, new)
    }
    fn attributes_read(&self, state: &ControlState) -> Option<BTreeSet<&'static str>> {
        Some(attributes_read(state))
    }
}
