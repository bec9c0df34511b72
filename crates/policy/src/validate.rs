//! Validation at `apply`: what is misspelt or of the wrong type is told before it can decide anything.

mod in_rego;

use crate::atom::{Atom, Constant, Path, atoms};
use crate::attribute::{ATTRIBUTES, Kind, attribute};
use crate::functions;
use crate::names::NAMES;
use crate::notes;
use crate::outside;
use crate::problem::{PolicyProblem, nearest};
use crate::rego::{self, Rego};
use crate::rules::{self, Rule};
use crate::schema::Catalogue;
use crate::words::Words;
use bailiwick_core::{ControlState, Origin, PolicyText, ToolId};
use cedar_policy::{EntityTypeName, PolicySet, ValidationMode, ValidationWarning, Validator};
use miette::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};

/// The attribute that says where each argument came from.
const ARG_SOURCES: &str = "arg_sources";
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
    let (rego, mut problems) = in_rego(texts.values().copied());
    problems.extend(outside::problems(texts.values().copied()));
    let rules = match rules::read(texts.values().copied()) {
        Ok(rules) => rules,
        Err(more) => {
            problems.extend(more);
            return told(problems);
        }
    };
    let mut catalogue = Catalogue::of(control);
    suppose(&mut catalogue, &rules);
    problems.extend(rego.iter().flat_map(|rego| in_rego::check(control, &catalogue, rego)));
    // What is misnamed has no type: Cedar would only tell its consequences.
    let (named, misnamed): (Vec<Rule>, Vec<Rule>) =
        rules.into_iter().partition(|rule| names(control, &catalogue, rule).is_empty());
    problems.extend(misnamed.iter().flat_map(|rule| names(control, &catalogue, rule)));
    match types(&catalogue, &texts, &named) {
        Ok(found) => problems.extend(found),
        Err(why) => problems.push(PolicyProblem::new("schema", why)),
    }
    told(problems)
}

/// The policies in Rego, and what keeps others from being read.
fn in_rego<'a>(texts: impl Iterator<Item = &'a PolicyText>) -> (Vec<Rego>, Vec<PolicyProblem>) {
    let (mut read, mut problems) = (Vec::new(), Vec::new());
    for one in texts.filter_map(rego::read) {
        match one {
            Ok(rego) => read.push(rego),
            Err(found) => problems.extend(found),
        }
    }
    (read, problems)
}

/// A tool that a rule names and nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownTool {
    /// The policy.
    pub document: String,
    /// Its rule, as `policy.rule`.
    pub rule: String,
    /// The tool as the rule names it.
    pub tool: ToolId,
    /// Whether its server was seen: then the rule is mistaken, or the tool is gone. Otherwise it may yet come.
    pub seen: bool,
    /// The line on which the rule begins; in Rego, on which it names the tool.
    pub line: Option<usize>,
}

/// The tools that rules name and that are not known. A rule that names one alone never decides anything. Rules that
/// cannot be read name none: [`validate`] tells of them.
pub fn unknown_tools(control: &ControlState) -> Vec<UnknownTool> {
    let texts = || control.policies.values().map(|(text, _)| text.as_ref());
    let Ok(rules) = rules::read(texts()) else { return Vec::new() };
    let mut out = BTreeSet::new();
    out.extend(in_rego(texts()).0.iter().flat_map(|rego| in_rego::unknown(control, rego)));
    for rule in &rules {
        for id in rule.policy.entity_literals().into_iter().filter(|id| *id.type_name() == NAMES.action) {
            let Ok(tool) = ToolId::parse(id.id().unescaped()) else { continue };
            if !control.tools.contains_key(&tool) && control.nature(&tool).is_none() {
                let seen = control.servers.get(tool.server()).is_none_or(|entry| entry.identity.is_some());
                let (document, name) = (rule.document.clone(), rule.policy.id().to_string());
                out.insert(UnknownTool { document, rule: name, tool, seen, line: rule.line });
            }
        }
    }
    out.into_iter().collect()
}

/// The attributes of the context that rules read, and what their heads ask of: a change of one may make a rule permit that
/// did not, or a rule silent that forbade. Rules that cannot be read permit nothing.
pub fn attributes_read(control: &ControlState) -> BTreeSet<&'static str> {
    let texts = || control.policies.values().map(|(text, _)| text.as_ref());
    let rules = rules::read(texts()).unwrap_or_default();
    let mut out = BTreeSet::new();
    for rego in in_rego(texts()).0 {
        let reads = &rego.reads;
        let read = ATTRIBUTES.iter().filter(|of| reads.whole || reads.attributes.contains(of.name));
        out.extend(read.map(|attribute| attribute.name));
        out.extend(
            rego.paths.iter().any(|(path, _)| path.first().is_some_and(|first| first == "principal")).then_some("zone"),
        );
    }
    for rule in &rules {
        let read = ATTRIBUTES.iter().filter(|of| rule.reads.whole || rule.reads.attributes.contains(of.name));
        out.extend(read.map(|attribute| attribute.name));
        for id in rule.policy.entity_literals() {
            match id.type_name() {
                kind if *kind == NAMES.effect_group => drop(out.insert("effect")),
                kind if *kind == NAMES.impact_group => drop(out.insert("impact")),
                _ => {}
            }
        }
    }
    out
}

fn told(mut problems: Vec<PolicyProblem>) -> Vec<PolicyProblem> {
    problems.sort_unstable();
    problems.dedup();
    problems.truncate(PROBLEMS_MAX);
    problems
}

/// A server that was described and not yet seen has tools that nobody knows: naming one of them is no mistake yet.
pub(crate) fn suppose(catalogue: &mut Catalogue, rules: &[Rule]) {
    let literals = rules.iter().flat_map(|rule| rule.policy.entity_literals());
    let actions = literals.filter(|id| *id.type_name() == NAMES.action);
    let named: Vec<ToolId> = actions.filter_map(|id| ToolId::parse(id.id().unescaped()).ok()).collect();
    let (unseen, _): (Vec<_>, Vec<_>) = named.into_iter().partition(|tool| catalogue.unseen(tool.server()));
    unseen.into_iter().for_each(|tool| catalogue.suppose(tool));
    let members = rules.iter().flat_map(|rule| &rule.reads.members);
    let counted = members.filter(|(parent, _)| attribute(parent).is_some_and(|of| of.kind == Kind::Amounts));
    counted.for_each(|(_, unit)| catalogue.count(unit));
}

/// What Cedar's validator does not ask, or tells in its own words: names of entities, and `has` of what is never there.
fn names(control: &ControlState, catalogue: &Catalogue, rule: &Rule) -> Vec<PolicyProblem> {
    let problem =
        |found: String, name: &str, known: &BTreeSet<String>| told_of(rule, found).expected(nearest(name, known));
    let mut out = notes::annotations(rule);
    out.extend(functions::functions(rule));
    for id in rule.policy.entity_literals() {
        let name = id.id().unescaped();
        let Some((what, known)) = entities(control, catalogue, id.type_name()) else { continue };
        if !known.contains(name) {
            out.push(problem(format!("`{id}` names no {what}"), name, &known));
        }
    }
    for name in rule.reads.attributes.iter().filter(|name| attribute(name).is_none()) {
        let known = ATTRIBUTES.iter().map(|attribute| attribute.name.to_owned()).collect();
        out.push(problem(format!("`context` has no attribute `{name}`"), name, &known));
    }
    for (parent, member) in &rule.reads.members {
        let known: BTreeSet<String> = match attribute(parent).map(|attribute| attribute.kind) {
            Some(Kind::Amounts) => catalogue.units.clone(),
            Some(Kind::Args) => {
                catalogue.of_head(&rule.policy).flat_map(|(_, tool)| tool.args.one.iter().cloned()).collect()
            }
            Some(Kind::ArgSources) => {
                catalogue.of_head(&rule.policy).flat_map(|(_, tool)| tool.args.all().cloned()).collect()
            }
            Some(Kind::Destination) => ["kind", "value", "zone"].map(str::to_owned).into(),
            _ => continue,
        };
        if !known.contains(member) {
            let one = catalogue.tools.values().any(|tool| tool.args.one.contains(member));
            let many = catalogue.tools.values().any(|tool| tool.args.many.contains(member));
            let of = if (one && parent == "args") || ((one || many) && parent == "arg_sources") {
                " of the tools that the rule is about"
            } else {
                ""
            };
            out.push(problem(format!("`context.{parent}`{of} never has `{member}`"), member, &known));
        }
    }
    out.extend(texts(control, catalogue, rule));
    out
}

pub(crate) fn told_of(rule: &Rule, found: impl Into<String>) -> PolicyProblem {
    PolicyProblem::new(&rule.document, found).line(rule.line).rule(rule.policy.id().as_ref())
}

/// Texts that are compared with what has a name: one that names nothing makes the comparison false for ever, and of that
/// Cedar knows nothing.
fn texts(control: &ControlState, catalogue: &Catalogue, rule: &Rule) -> Vec<PolicyProblem> {
    let mut out = Vec::new();
    for atom in atoms(&rule.policy) {
        let Atom::With(Path { attribute, member }, Constant::Text(text)) = &atom else { continue };
        if member.is_some() && attribute != ARG_SOURCES {
            continue;
        }
        let Some((what, known)) = named(control, catalogue, attribute) else { continue };
        // a tool of a server that nobody has seen may yet come
        let may_come = attribute == "tool" && ToolId::parse(text).is_ok_and(|tool| catalogue.unseen(tool.server()));
        if !known.contains(text) && !may_come {
            let found = format!("`context.{attribute}` is compared with `{text}`, which names no {what}");
            out.push(told_of(rule, found).expected(nearest(text, &known)));
        }
    }
    out
}

/// What the texts of an attribute name, and which there are; `None` where anything may stand.
fn named(control: &ControlState, catalogue: &Catalogue, attribute: &str) -> Option<(&'static str, BTreeSet<String>)> {
    Some(match attribute {
        "tool" => ("tool", catalogue.tools.keys().map(ToString::to_string).collect()),
        "server" => ("server", catalogue.servers.iter().map(ToString::to_string).collect()),
        "template" => ("template", control.templates.keys().map(ToString::to_string).collect()),
        "lineage" => ("agent", control.agents.keys().map(ToString::to_string).collect()),
        "sources" | ARG_SOURCES => ("source", Origin::ALL.iter().map(|origin| origin.as_str().to_owned()).collect()),
        "zone" | "server_zone" => entities(control, catalogue, &NAMES.zone)?,
        _ => return None,
    })
}

/// What entities of a type are called, and which there are; `None` for types that are open, or Cedar's to check.
fn entities(
    control: &ControlState,
    catalogue: &Catalogue,
    kind: &EntityTypeName,
) -> Option<(&'static str, BTreeSet<String>)> {
    let words = |words: Words| words.list().iter().map(|word| (*word).to_owned()).collect();
    let servers = || catalogue.servers.iter().map(ToString::to_string).collect();
    Some(match kind {
        kind if *kind == NAMES.agent => ("agent", control.agents.keys().map(ToString::to_string).collect()),
        kind if *kind == NAMES.role => ("role", control.roles.keys().map(ToString::to_string).collect()),
        kind if *kind == NAMES.server => ("server", servers()),
        kind if *kind == NAMES.zone => {
            let agents = control.agents.values().map(|entry| entry.document.zone.to_string());
            ("zone", agents.chain(control.servers.values().map(|entry| entry.document.zone.to_string())).collect())
        }
        kind if *kind == NAMES.action => ("tool", catalogue.tools.keys().map(ToString::to_string).collect()),
        kind if *kind == NAMES.effect_group => ("effect", words(Words::Effect)),
        kind if *kind == NAMES.impact_group => ("impact", words(Words::Impact)),
        kind if *kind == NAMES.server_group => ("server", servers()),
        _ => return None,
    })
}

/// Cedar's own validation, strict.
fn types(
    catalogue: &Catalogue,
    texts: &BTreeMap<&str, &PolicyText>,
    rules: &[Rule],
) -> Result<Vec<PolicyProblem>, String> {
    let validator = Validator::new(catalogue.schema()?);
    let set =
        PolicySet::from_policies(rules.iter().map(|rule| rule.policy.clone())).map_err(|error| error.to_string())?;
    let result = validator.validate(&set, ValidationMode::Strict);
    let by_id: BTreeMap<String, &Rule> = rules.iter().map(|rule| (rule.policy.id().to_string(), rule)).collect();
    let place = |id: String, error: &dyn Diagnostic| {
        let rule = by_id.get(&id);
        let document = rule.map_or("", |rule| rule.document.as_str());
        let text = texts.get(document).map_or("", |text| text.cedar_text());
        let mut problem = PolicyProblem::of(document, text, error).rule(&id);
        problem.line = problem.line.or(rule.and_then(|rule| rule.line));
        problem.found = own_words(&problem.found, &id);
        problem.expected = problem.expected.map(|expected| own_words(&expected, &id));
        problem
    };
    let mut out: Vec<PolicyProblem> =
        result.validation_errors().map(|error| place(error.policy_id().to_string(), error)).collect();
    let wrong: BTreeSet<String> = out.iter().filter_map(|problem| problem.rule.clone()).collect();
    // A rule that can never match, and texts that look like others, are mistakes as well.
    for warning in result.validation_warnings() {
        let id = warning.policy_id().to_string();
        // A head that fits no action is told as well, and is one way never to match.
        let impossible =
            matches!(warning, ValidationWarning::ImpossiblePolicy(_) | ValidationWarning::InvalidActionApplication(_));
        if impossible && wrong.contains(&id) {
            continue;
        }
        let mut problem = place(id, warning);
        if impossible {
            problem.found = "the rule can never match".to_owned();
        }
        out.push(problem);
    }
    Ok(out)
}

/// Cedar says the rule's name once more, and tells one mistake once for each action that the rule can be about.
fn own_words(text: &str, rule: &str) -> String {
    let text = text.replace(&format!("for policy `{rule}`, "), "").replace(&format!("for policy `{rule}`: "), "");
    match text.split_once(" in context for Action::") {
        Some((before, after)) => match after.strip_prefix('"').and_then(|after| after.split_once('"')) {
            Some((_, rest)) => format!("{before} in context{rest}"),
            None => text,
        },
        None => text,
    }
}

#[cfg(test)]
mod tests;
