//! What a change of documents loosens, seen with what stands around it: the rules of policies one by one, what policies
//! read of other documents, and what bindings leave to results.

use bailiwick_catalogue::Binding;
use bailiwick_core::{Change, ControlState, Document, Unit, changes, standing};
use std::collections::BTreeSet;

/// What changes between two states. Whoever asks has made `after` of these documents.
pub(super) fn all_changes(
    before: &ControlState,
    after: &ControlState,
    documents: &[Document],
    removed: &[(String, String)],
) -> Vec<Change> {
    let mut all = changes(before, documents, removed, &told_after(after));
    let read = bailiwick_policy::attributes_read(after);
    for change in &mut all {
        if change.kind == "policy" {
            change.lines = of_policy(before, documents, &change.name);
            continue;
        }
        for line in change.lines.iter_mut().filter(|line| !line.loosens) {
            // Policies may permit what they forbade of what it was: nobody can tell which way.
            if let Some(attribute) = feeds(change.kind, &line.at).iter().find(|attribute| read.contains(*attribute)) {
                line.loosens = true;
                line.words = format!("{}; policies read `context.{attribute}`", line.words);
            }
        }
    }
    all
}

fn of_policy(before: &ControlState, documents: &[Document], name: &str) -> Vec<bailiwick_core::ChangeLine> {
    let old = standing(before, "policy", name);
    let new = documents.iter().find(|document| document.kind() == "policy" && document.name() == name);
    let text = |document: Option<&Document>| match document {
        Some(Document::Policy(text)) => Some(text.clone()),
        _ => None,
    };
    bailiwick_policy::difference(text(old.as_ref()).as_ref(), text(new).as_ref())
}

/// The attributes of a question that a field of a document decides, of fields that may change without loosening.
fn feeds(kind: &str, at: &str) -> &'static [&'static str] {
    let field = at.split(['.', '[']).next().unwrap_or_default();
    match (kind, field) {
        ("agent", "autonomy") => &["autonomy"],
        ("agent", "memory") => &["memory"],
        ("server", "classes") => &["classes"],
        ("tool", "effect") => &["effect", "impact"],
        ("tool", "egress") => &["egress"],
        ("tool", "impact") => &["impact"],
        // what can be undone is of less impact
        ("tool", "reversibility") => &["reversibility", "impact"],
        // sums are those of the meters that rows have
        ("template", "grant") => &["sums", "sums_since_approval", "sums_to_destination"],
        _ => &[],
    }
}

/// The units of which some tool tells by its result only.
fn told_after(after: &ControlState) -> BTreeSet<Unit> {
    let bindings = after.tool_rules.values().filter_map(|rule| Binding::read(&rule.bind).ok());
    bindings.flat_map(|binding| binding.told_after().cloned().collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests;
