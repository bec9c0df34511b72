//! Validation at `apply`: what is misspelt or of the wrong type is told before it can decide anything.

use crate::attribute::{ATTRIBUTES, Kind, attribute};
use crate::names::NAMES;
use crate::problem::{PolicyProblem, line_at};
use crate::rules::{self, Rule};
use crate::schema::Catalogue;
use bailiwick_core::{ControlState, PolicyText, ToolId};
use cedar_policy::{PolicySet, ValidationError, ValidationMode, ValidationWarning, Validator};
use miette::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};

/// The most problems that are told at once.
const PROBLEMS_MAX: usize = 100;

/// Checks the policies of a control state, with `extra` added (and in the place of those of the same name), against what
/// that control state knows. No problem means that they may be applied.
///
/// The control state is the one *after* the change: agents, roles, servers and tools of the same change count.
pub fn validate(control: &ControlState, extra: &[PolicyText]) -> Vec<PolicyProblem> {
    let mut texts: BTreeMap<&str, &PolicyText> =
        control.policies.iter().map(|(name, (text, _))| (name.as_str(), text.as_ref())).collect();
    texts.extend(extra.iter().map(|text| (text.name.as_str(), text)));
    let rules = match rules::read(texts.values().copied()) {
        Ok(rules) => rules,
        Err(problems) => return told(problems),
    };
    let mut catalogue = Catalogue::of(control);
    suppose(&mut catalogue, &rules);
    let mut problems: Vec<PolicyProblem> = rules.iter().flat_map(|rule| names(control, &catalogue, rule)).collect();
    match types(&catalogue, &texts, &rules) {
        Ok(found) => problems.extend(found),
        Err(why) => problems.push(PolicyProblem::new("schema", why)),
    }
    told(problems)
}

fn told(mut problems: Vec<PolicyProblem>) -> Vec<PolicyProblem> {
    problems.sort_unstable();
    problems.dedup();
    problems.truncate(PROBLEMS_MAX);
    problems
}

/// A server that was described and not yet seen has tools that nobody knows: naming one of them is no mistake yet.
fn suppose(catalogue: &mut Catalogue, rules: &[Rule]) {
    let literals = rules.iter().flat_map(|rule| rule.policy.entity_literals());
    let actions = literals.filter(|id| *id.type_name() == NAMES.action);
    let named: Vec<ToolId> = actions.filter_map(|id| ToolId::parse(id.id().unescaped()).ok()).collect();
    let (unseen, _): (Vec<_>, Vec<_>) = named.into_iter().partition(|tool| catalogue.unseen(tool.server()));
    unseen.into_iter().for_each(|tool| catalogue.suppose(tool));
}

/// What Cedar's validator does not ask: names of entities, and `has` of what is never there.
fn names(control: &ControlState, catalogue: &Catalogue, rule: &Rule) -> Vec<PolicyProblem> {
    let problem = |found: String| PolicyProblem::new(&rule.document, found).rule(&rule.policy.id().to_string());
    let mut out = Vec::new();
    for id in rule.policy.entity_literals() {
        let (kind, name) = (id.type_name(), id.id().unescaped());
        let (what, known): (&str, Vec<&str>) = if *kind == NAMES.agent {
            ("agent", control.agents.keys().map(|id| id.as_str()).collect())
        } else if *kind == NAMES.role {
            ("role", control.roles.keys().map(|id| id.as_str()).collect())
        } else if *kind == NAMES.server {
            ("server", control.servers.keys().map(|id| id.as_str()).collect())
        } else if *kind == NAMES.zone {
            let agents = control.agents.values().map(|entry| entry.document.zone.as_str());
            ("zone", agents.chain(control.servers.values().map(|entry| entry.document.zone.as_str())).collect())
        } else {
            continue;
        };
        if !known.contains(&name) {
            out.push(problem(format!("`{id}` names no {what}")).expected(one_of(known)));
        }
    }
    for name in rule.reads.attributes.iter().filter(|name| attribute(name).is_none()) {
        let known = ATTRIBUTES.iter().map(|attribute| attribute.name).collect();
        out.push(problem(format!("`context` has no attribute `{name}`")).expected(one_of(known)));
    }
    for (parent, member) in &rule.reads.members {
        let known: BTreeSet<&str> = match attribute(parent).map(|attribute| attribute.kind) {
            Some(Kind::Amounts) => catalogue.units.iter().map(String::as_str).collect(),
            Some(Kind::Args) => catalogue.tools.values().flat_map(|tool| &tool.args).map(String::as_str).collect(),
            Some(Kind::Destination) => ["kind", "value", "zone"].into(),
            _ => continue,
        };
        if !known.contains(member.as_str()) {
            let found = format!("`context.{parent}` never has `{member}`");
            out.push(problem(found).expected(one_of(known.into_iter().collect())));
        }
    }
    out
}

/// `expected one of …`, of which only a few are shown.
fn one_of(mut known: Vec<&str>) -> String {
    const SHOWN_MAX: usize = 8;
    known.sort_unstable();
    known.dedup();
    let rest = known.len().saturating_sub(SHOWN_MAX);
    let shown: Vec<String> = known.iter().take(SHOWN_MAX).map(|name| format!("`{name}`")).collect();
    match (shown.is_empty(), rest) {
        (true, _) => "there is none yet".to_owned(),
        (_, 0) => format!("expected one of {}", shown.join(", ")),
        _ => format!("expected one of {} and {rest} more", shown.join(", ")),
    }
}

/// Cedar's own validation, strict.
fn types(
    catalogue: &Catalogue,
    texts: &BTreeMap<&str, &PolicyText>,
    rules: &[Rule],
) -> Result<Vec<PolicyProblem>, String> {
    let validator = Validator::new(catalogue.schema()?);
    let set = PolicySet::from_policies(rules.iter().map(|rule| rule.policy.clone())).map_err(|error| error.to_string())?;
    let result = validator.validate(&set, ValidationMode::Strict);
    let by_id: BTreeMap<String, &Rule> = rules.iter().map(|rule| (rule.policy.id().to_string(), rule)).collect();
    let place = |id: String, error: &dyn Diagnostic| {
        let document = by_id.get(&id).map_or("", |rule| rule.document.as_str());
        let text = texts.get(document).map_or("", |text| text.cedar.as_str());
        let mut problem = PolicyProblem::of(document, text, error).rule(&id);
        // Cedar says the rule's name once more.
        let prefix = format!("for policy `{id}`, ");
        if let Some(rest) = problem.found.strip_prefix(&prefix) {
            problem.found = rest.to_owned();
        }
        if problem.line.is_none() {
            problem.line = text.find(&format!("@id(\"{}\")", last(&id))).map(|offset| line_at(text, offset));
        }
        problem
    };
    let errors = result.validation_errors().map(|error| {
        let problem = place(error.policy_id().to_string(), error);
        match error {
            ValidationError::UnrecognizedActionId(_) => known_tools(catalogue, problem),
            _ => problem,
        }
    });
    // A rule that can never match, and texts that look like others, are mistakes as well.
    let warnings = result.validation_warnings().map(|warning| {
        let problem = place(warning.policy_id().to_string(), warning);
        match warning {
            ValidationWarning::ImpossiblePolicy(_) => {
                PolicyProblem { found: "the rule can never match".to_owned(), ..problem }
            }
            _ => problem,
        }
    });
    Ok(errors.chain(warnings).collect())
}

fn known_tools(catalogue: &Catalogue, problem: PolicyProblem) -> PolicyProblem {
    if problem.expected.is_some() {
        return problem;
    }
    let known: Vec<String> = catalogue.tools.keys().map(ToString::to_string).collect();
    problem.expected(one_of(known.iter().map(String::as_str).collect()))
}

/// The part after the document's name: an `@id` has no point.
fn last(rule: &str) -> &str {
    rule.rsplit('.').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
