//! A case: an action in the words of whoever tests a rule, and what policy is expected to say of it.

use crate::run::Expect;
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{
    AgentId, Amount, Assurance, DataClass, Document, Mode, Origin, PersonId, Purpose, Road, Sign, TemplateName, ToolId,
    Unit, Zone,
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The most cases of one file.
pub const CASES_MAX: usize = 1_000;

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A sentence about the rule.
    pub name: String,
    /// Who acts.
    pub agent: AgentId,
    /// With which tool.
    pub tool: ToolId,
    /// The call's arguments; the tool's binding reads them.
    #[serde(default)]
    pub arguments: Option<Json>,
    /// What the act measures, in the place of what the binding reads.
    #[serde(default)]
    pub amounts: Option<BTreeMap<Unit, Amount>>,
    /// Where it sends.
    #[serde(default)]
    pub destination: Option<To>,
    /// The resource it is about.
    #[serde(default)]
    pub resource: Option<String>,
    /// Arguments in their normal form, by place.
    #[serde(default)]
    pub args: Option<BTreeMap<String, String>>,
    /// Classes of data that the result may bring.
    #[serde(default)]
    pub classes: Option<Vec<DataClass>>,
    /// What could not be read: `amounts`, `destination`, or places of arguments.
    #[serde(default)]
    pub unread: Vec<String>,
    /// What the task was charged before.
    #[serde(default)]
    pub charged: BTreeMap<Unit, Amount>,
    /// What of it since people last approved because a policy asked; all of it unless given.
    #[serde(default)]
    pub charged_since_approval: Option<BTreeMap<Unit, Amount>>,
    /// What of it for acts that send to the same destination; nothing unless given.
    #[serde(default)]
    pub charged_to_destination: BTreeMap<Unit, Amount>,
    /// Who consented to the task.
    #[serde(default)]
    pub requester: Option<PersonId>,
    /// The customer.
    #[serde(default)]
    pub subject: Option<String>,
    /// Where the values that bindings read came from: `context.sources`.
    #[serde(default)]
    pub sources: Vec<Origin>,
    /// Where the arguments at these places came from: `context.arg_sources`. They count for `sources` as well.
    #[serde(default)]
    pub arg_sources: BTreeMap<String, BTreeSet<Origin>>,
    /// What the holder has touched: `context.touched`.
    #[serde(default)]
    pub touched: Vec<DataClass>,
    /// Whether it has read what others wrote: `context.touched_untrusted`.
    #[serde(default)]
    pub touched_untrusted: bool,
    /// Zones that it has had something from: `context.touched_zones`.
    #[serde(default)]
    pub touched_zones: Vec<Zone>,
    /// How much speaks against it: `context.risk`; what `risk_reasons` add up to unless given.
    #[serde(default)]
    pub risk: Option<u64>,
    /// What does: `context.risk_reasons`.
    #[serde(default)]
    pub risk_reasons: Vec<Sign>,
    /// Why the task is done; that of the template where one is named.
    #[serde(default)]
    pub purpose: Option<Purpose>,
    /// The template that the task was made from.
    #[serde(default)]
    pub template: Option<TemplateName>,
    /// The agents that handed the work on, root first.
    #[serde(default)]
    pub lineage: Vec<AgentId>,
    /// How many acts were begun before.
    #[serde(default)]
    pub uses: u64,
    /// When, as `2026-05-01T10:00:00Z`.
    #[serde(default)]
    pub now: Option<String>,
    /// Whether the agent could go around; `enforced` unless given.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// How the agent was made sure; `key-only` unless given.
    #[serde(default)]
    pub assurance: Option<Assurance>,
    /// Whether something attested the process.
    #[serde(default)]
    pub attested: bool,
    /// By what road; `http` unless given.
    #[serde(default)]
    pub road: Option<Road>,
    /// What is expected.
    pub expect: Expect,
    /// By exactly which rules.
    #[serde(default)]
    pub by: Option<Vec<String>>,
    /// Of `ask`: exactly who, each as `role:boss`, `owner or role:cfo`, `2 of role:boss`.
    #[serde(default)]
    pub approvals: Option<Vec<String>>,
}

/// Where an act sends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct To {
    /// The kind of value.
    pub kind: String,
    /// In its normal form.
    pub value: String,
    /// Where that lives.
    #[serde(default)]
    pub zone: Option<Zone>,
}

/// What is wrong with a file of cases, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCase {
    /// The place in the file.
    pub at: Pointer,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for BadCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.at, self.why)
    }
}
impl std::error::Error for BadCase {}

/// Reads a file of cases, `{cases: […], suppose: […]}`, strictly: the cases, and the documents that stand for them alone.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_cases(file: &Json) -> Result<(Vec<Case>, Vec<Document>), Vec<BadCase>> {
    let bad = |at: Pointer, why: String| BadCase { at, why };
    let root = Pointer::root;
    let Some(members) = file.as_object() else {
        return Err(vec![bad(root(), format!("expected `cases` and `suppose`, found {}", file.kind()))]);
    };
    let mut wrong = Vec::new();
    for name in members.keys().filter(|name| !matches!(*name, "cases" | "suppose")) {
        wrong.push(bad(root().join(name), "expected `cases` or `suppose`".to_owned()));
    }
    let list = |name: &str| members.get(name).and_then(Json::as_array).unwrap_or_default();
    for name in ["cases", "suppose"] {
        if members.get(name).is_some_and(|of| of.as_array().is_none()) {
            wrong.push(bad(root().join(name), "expected a list".to_owned()));
        }
    }
    if list("cases").is_empty() || list("cases").len() > CASES_MAX {
        let found = list("cases").len();
        wrong.push(bad(root().join("cases"), format!("expected 1 to {CASES_MAX} cases, found {found}")));
    }
    let (mut cases, mut documents) = (Vec::new(), Vec::new());
    for (index, case) in list("cases").iter().enumerate().take(CASES_MAX) {
        match serde_json::from_str::<Case>(&case.canonical()) {
            Ok(case) => cases.push(case),
            Err(error) => wrong.push(bad(root().join("cases").index(index), plain(&error))),
        }
    }
    for (index, document) in list("suppose").iter().enumerate() {
        match Document::read(document) {
            Ok(Document::Policy(_)) => {
                let why = "a policy that is tested is a file of its own: it cannot be supposed";
                wrong.push(bad(root().join("suppose").index(index), why.to_owned()));
            }
            Ok(document) => documents.push(document),
            Err(error) => wrong.push(bad(root().join("suppose").index(index), error.to_string())),
        }
    }
    if wrong.is_empty() { Ok((cases, documents)) } else { Err(wrong) }
}

/// Without the place in a text that nobody sees.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(why, _)| why.to_owned())
}

#[cfg(test)]
mod tests;
