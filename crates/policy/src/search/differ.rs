//! Two versions of a tenant's policies: for each rule that is not as it was an action that is decided otherwise.

use super::case::Case;
use super::domain::domain;
use super::walk::{Budget, Go, walk};
use super::world::{Shape, World};
use crate::atom::{Path, atoms};
use crate::compiled::Compiled;
use crate::problem::PolicyProblem;
use crate::rego;
use crate::rules::{self, Rule};
use bailiwick_core::{Answer, ControlState, PolicyText, ToolId};
use cedar_policy::Policy;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most examples of one rule.
const EXAMPLES_MAX: usize = 3;

/// A rule that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The rule, as `policy.rule`.
    pub rule: String,
    /// `added`, `removed` or `changed`.
    pub what: &'static str,
    /// Actions that are decided otherwise; none where search found none.
    pub examples: Vec<Example>,
    /// How many cases were tried.
    pub tried: u64,
    /// Whether these were all that the rule's constants tell apart.
    pub whole: bool,
}

/// An action that is decided otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The action, in words.
    pub action: String,
    /// What was said: `allow`, `ask` or `deny`, with the rules that said so.
    pub before: (String, Vec<String>),
    /// What is said.
    pub after: (String, Vec<String>),
}

/// The word for an answer, and its rules.
fn said(answer: &Answer) -> (String, Vec<String>) {
    let (word, rules) = match answer {
        Answer::Permit(rules) => ("allow", rules.clone()),
        Answer::StepUp { rules, .. } => ("ask", rules.clone()),
        Answer::Forbid(rules) => ("deny", rules.clone()),
        Answer::Nothing => ("deny", Vec::new()),
        Answer::Broken { rule, .. } => ("deny", vec![rule.clone()]),
    };
    (word.to_owned(), rules)
}

/// Whether two answers come to the same for an agent and for people.
fn alike(one: &Answer, other: &Answer) -> bool {
    match (one, other) {
        (Answer::StepUp { asks, .. }, Answer::StepUp { asks: others, .. }) => asks == others,
        _ => said(one).0 == said(other).0,
    }
}

/// The control state with these policies and no others.
fn with(control: &ControlState, texts: &[PolicyText]) -> ControlState {
    let named = |text: &PolicyText| (text.name.clone(), (Arc::new(text.clone()), text.digest()));
    ControlState { policies: texts.iter().map(named).collect(), ..control.clone() }
}

/// Compares two versions on the agents and tools of a control state, in at most `cases_max` cases.
///
/// # Errors
/// Every [`PolicyProblem`] that keeps one of them from being read.
pub fn differences(
    control: &ControlState,
    sides: (&[PolicyText], &[PolicyText]),
    shapes: &BTreeMap<ToolId, Shape>,
    cases_max: u64,
) -> Result<Vec<Changed>, Vec<PolicyProblem>> {
    let (old, new) = sides;
    let (was, is) = (rules::read(old.iter())?, rules::read(new.iter())?);
    let before = Compiled::compile(&with(control, old))?;
    let world = World::of(control, shapes);
    let mut names: Vec<String> = was.iter().chain(&is).map(|rule| rule.policy.id().to_string()).collect();
    names.sort_unstable();
    names.dedup();
    let by_name =
        |rules: &'_ [Rule], name: &str| rules.iter().find(|rule| rule.policy.id().to_string() == name).cloned();
    let mut out = Vec::new();
    let mut budget = Budget(cases_max);
    for name in names {
        let (old, new) = (by_name(&was, &name), by_name(&is, &name));
        let what = match (&old, &new) {
            (None, _) => "added",
            (_, None) => "removed",
            (Some(old), Some(new)) if old.policy.to_string() == new.policy.to_string() => continue,
            _ => "changed",
        };
        let others: Vec<&Rule> = was.iter().chain(&is).collect();
        // this change alone: what others change is told of them
        let stays = was.iter().filter(|rule| rule.policy.id().to_string() != name);
        let after = Compiled::of_rules(stays.chain(&new).cloned().collect());
        let of = Of { before: &before, after: &after, world: &world };
        out.push(of.one((name, what), (old.as_ref(), new.as_ref()), &others, &mut budget));
    }
    out.extend(in_rego(sides)?);
    Ok(out)
}

/// Policies in Rego that differ. They are not searched: that they do is all that is told.
fn in_rego((old, new): (&[PolicyText], &[PolicyText])) -> Result<Vec<Changed>, Vec<PolicyProblem>> {
    let of = |texts: &'_ [PolicyText]| -> BTreeMap<String, PolicyText> {
        let rego = texts.iter().filter(|text| text.cedar.is_none());
        rego.map(|text| (text.name.clone(), text.clone())).collect()
    };
    let (was, is) = (of(old), of(new));
    for read in is.values().filter_map(rego::read) {
        read?;
    }
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let changed = names.into_iter().filter_map(|name| {
        let what = match (was.get(name), is.get(name)) {
            (None, _) => "added",
            (_, None) => "removed",
            (Some(one), Some(other)) if one == other => return None,
            _ => "changed",
        };
        Some(Changed { rule: name.clone(), what, examples: Vec::new(), tried: 0, whole: false })
    });
    Ok(changed.collect())
}

struct Of<'a> {
    before: &'a Compiled,
    after: &'a Compiled,
    world: &'a World,
}

impl Of<'_> {
    /// Looks for actions that one rule's change decides otherwise: first where its own constants differ, then with those
    /// of the rules beside it, which may hide it.
    fn one(
        &self,
        (name, what): (String, &'static str),
        (old, new): (Option<&Rule>, Option<&Rule>),
        others: &[&Rule],
        budget: &mut Budget,
    ) -> Changed {
        let own: Vec<&Policy> = old.into_iter().chain(new).map(|rule| &rule.policy).collect();
        let mut changed = Changed { rule: name, what, examples: Vec::new(), tried: 0, whole: true };
        self.look(&own, &own, &mut changed, budget);
        if changed.examples.is_empty() {
            let mut all = own.clone();
            all.extend(others.iter().map(|rule| &rule.policy));
            self.look(&own, &all, &mut changed, budget);
        }
        changed
    }

    fn look(&self, own: &[&Policy], all: &[&Policy], changed: &mut Changed, budget: &mut Budget) {
        let domain = domain(all, self.world);
        let paths: BTreeSet<Path> = own
            .iter()
            .flat_map(|rule| atoms(rule))
            .flat_map(|atom| atom.paths().into_iter().cloned().collect::<Vec<_>>())
            .collect();
        for rule in own {
            let known = || (self.world.agents_of(all), self.world.tools_of(&[*rule]));
            // beside all other rules also those who may come
            let (agents, tools) = if all.len() > own.len() { self.world.to_come(&[*rule]) } else { known() };
            let mut kinds: BTreeSet<(String, String)> =
                changed.examples.iter().map(|example| (example.before.0.clone(), example.after.0.clone())).collect();
            let walked = walk((&agents, &tools), (&domain, false), budget, &mut |case: &Case<'_>| {
                let (before, after) = (self.before.of_case(case), self.after.of_case(case));
                if !alike(&before, &after) {
                    let (before, after) = (said(&before), said(&after));
                    if kinds.insert((before.0.clone(), after.0.clone())) {
                        changed.examples.push(Example { action: case.words(&paths), before, after });
                    }
                }
                if changed.examples.len() >= EXAMPLES_MAX { Go::Stop } else { Go::On }
            });
            changed.tried += walked.tried;
            changed.whole &= walked.whole;
        }
    }
}
