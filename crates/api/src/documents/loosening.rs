//! What a change of documents loosens, as this node's policies are read.

use bailiwick_core::{Change, ControlState, Document, changes_around};
use bailiwick_policy::CedarReader;

/// What changes between two states. Whoever asks has made `after` of these documents.
pub(super) fn all_changes(
    before: &ControlState,
    after: &ControlState,
    documents: &[Document],
    removed: &[(String, String)],
) -> Vec<Change> {
    changes_around(before, after, (documents, removed), &CedarReader)
}

#[cfg(test)]
mod tests;
