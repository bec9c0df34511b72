//! What a change of documents loosens, seen with what stands around it: the rules of policies one by one, what policies
//! read of other documents, and what bindings leave to results.

use super::{Change, ChangeLine, changes, standing};
use crate::Unit;
use crate::control::ControlState;
use crate::document::{Document, PolicyText};
use crate::json::Json;
use std::collections::BTreeSet;

/// Reads texts of policies. What it says depends on them alone.
pub trait PolicyReader: std::fmt::Debug {
    /// What is not as it was, rule by rule, and what of it lets more happen.
    fn difference(&self, old: Option<&PolicyText>, new: Option<&PolicyText>) -> Vec<ChangeLine>;
    /// The attributes of a question that the policies of a state read; `None` where that is not known.
    fn attributes_read(&self, state: &ControlState) -> Option<BTreeSet<&'static str>>;
}

/// Reads nothing of policies: every change of one loosens, and any of them may read anything.
#[derive(Debug, Clone, Copy)]
pub struct UnreadPolicies;

impl PolicyReader for UnreadPolicies {
    fn difference(&self, _: Option<&PolicyText>, _: Option<&PolicyText>) -> Vec<ChangeLine> {
        vec![ChangeLine::whole("the text changes", true)]
    }
    fn attributes_read(&self, state: &ControlState) -> Option<BTreeSet<&'static str>> {
        state.policies.is_empty().then(BTreeSet::new)
    }
}

/// What changes between two states. Whoever asks has made `after` of these documents.
pub fn changes_around(
    before: &ControlState,
    after: &ControlState,
    (documents, removed): (&[Document], &[(String, String)]),
    policies: &dyn PolicyReader,
) -> Vec<Change> {
    let mut all = changes(before, documents, removed, &told_after(after));
    let read = policies.attributes_read(after);
    for change in &mut all {
        if change.kind == "policy" {
            change.lines = of_policy(before, documents, &change.name, policies);
            continue;
        }
        for line in change.lines.iter_mut().filter(|line| !line.loosens) {
            // Policies may permit what they forbade of what it was: nobody can tell which way.
            let reads = |attribute: &&&str| read.as_ref().is_none_or(|read| read.contains(**attribute));
            if let Some(attribute) = feeds(change.kind, &line.at).iter().find(reads) {
                line.loosens = true;
                line.words = format!("{}; policies read `context.{attribute}`", line.words);
            }
        }
    }
    all
}

fn of_policy(
    before: &ControlState,
    documents: &[Document],
    name: &str,
    policies: &dyn PolicyReader,
) -> Vec<ChangeLine> {
    let old = standing(before, "policy", name);
    let new = documents.iter().find(|document| document.kind() == "policy" && document.name() == name);
    let text = |document: Option<&Document>| match document {
        Some(Document::Policy(text)) => Some(text.clone()),
        _ => None,
    };
    policies.difference(text(old.as_ref()).as_ref(), text(new).as_ref())
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

/// The units of which some tool tells by its result only: all that a binding measures but calls.
fn told_after(after: &ControlState) -> BTreeSet<Unit> {
    let measures = after.tool_rules.values().filter_map(|rule| rule.bind.get("measures")?.as_array());
    let units = measures.flatten().filter_map(|counted| counted.get("unit").and_then(Json::as_str));
    units.filter_map(|unit| Unit::parse(unit).ok()).filter(|unit| !unit.is_calls()).collect()
}
