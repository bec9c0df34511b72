//! Rules that do nothing: that match no case, that stand in another's shadow, that are silent about a tool they name.

use super::case::Case;
use super::domain::domain;
use super::probe::{Eye, Probe, Said};
use super::walk::{Budget, Go, Walked, walk};
use super::world::{Shape, Tried, World};
use super::{FoundBy, Look, NAMED_MAX, NoteKind, RuleNote};
use crate::atom::{Path, atoms};
use crate::names::NAMES;
use crate::rules::Rule;
use bailiwick_core::{ControlState, ToolId};
use cedar_policy::{ActionConstraint, Policy};
use std::collections::{BTreeMap, BTreeSet};

/// How many cases that a rule matches are kept, to be held against other rules.
const MATCHES_KEPT: usize = 24;
/// How many more cases are tried once a rule has matched.
const TRIED_AFTER_MATCH: u64 = 400;

/// One look at all rules.
pub(crate) struct Finder<'w> {
    world: &'w World,
    probes: Vec<Probe<'w>>,
    eye: Eye,
    budget: Budget,
    look: Look,
}

impl<'w> Finder<'w> {
    pub(crate) fn new(world: &'w World, rules: &'w [Rule], cases_max: u64) -> Self {
        let probes = rules.iter().filter_map(Probe::new).collect();
        Self { world, probes, eye: Eye::default(), budget: Budget(cases_max), look: Look::default() }
    }

    pub(crate) fn look(mut self) -> Look {
        let mut matched: Vec<Vec<Case<'w>>> = Vec::new();
        for index in 0..self.probes.len() {
            let cases = self.matches(index);
            matched.push(cases);
        }
        for (index, cases) in matched.iter().enumerate().filter(|(_, cases)| !cases.is_empty()) {
            self.shadow(index, cases, &matched);
            self.silent(index);
            // it was not looked at to the end
            self.look.unlooked += usize::from(self.budget.spent());
        }
        self.look.rules = self.probes.len();
        self.look.notes.sort_by(|one, other| {
            (&one.document, one.line, &one.rule).cmp(&(&other.document, other.line, &other.rule))
        });
        self.look
    }

    /// Some cases that a rule matches; it is noted where there is none.
    fn matches(&mut self, index: usize) -> Vec<Case<'w>> {
        let Some(probe) = self.probes.get(index) else { return Vec::new() };
        if self.budget.spent() {
            self.look.unlooked += 1;
            return Vec::new();
        }
        let rule = &probe.rule.policy;
        let (agents, tools) = (self.world.agents_of(&[rule]), self.world.tools_of(&[rule]));
        let domain = domain(&[rule], self.world);
        let mut cases = Vec::new();
        let (mut after, mut failed) = (0, false);
        let eye = &mut self.eye;
        let walked = walk((&agents, &tools), (&domain, false), &mut self.budget, &mut |case| {
            match eye.ask(probe, case) {
                Said::Matches => cases.push(case.clone()),
                Said::Fails => failed = true,
                Said::Not => {}
            }
            after += u64::from(!cases.is_empty());
            if cases.len() >= MATCHES_KEPT || after > TRIED_AFTER_MATCH { Go::Stop } else { Go::On }
        });
        self.look.tried += walked.tried;
        if !cases.is_empty() {
            return cases;
        }
        if self.budget.spent() {
            self.look.unlooked += 1;
            return cases;
        }
        let mut wide = false;
        walk((&agents, &tools), (&domain, true), &mut self.budget, &mut |case| {
            wide = eye.ask(probe, case) == Said::Matches;
            if wide { Go::Stop } else { Go::On }
        });
        let lacking = lacking(rule, &tools);
        let unread = wide && !lacking.is_empty();
        let none = tools.is_empty();
        if !unread && self.may_come(index) {
            return cases;
        }
        let why = match () {
            () if none => "no tool that is known, and none that may come, fits its head".to_owned(),
            () if unread => format!("no tool that it is about reads {}", list(&lacking)),
            () if failed => "where its head fits, it fails".to_owned(),
            () => "its conditions cannot hold together".to_owned(),
        };
        self.note(index, NoteKind::NeverMatches, format!("matches nothing: {why}"), Vec::new(), walked);
        cases
    }

    /// Whether a rule that matches nobody who is known matches agents and tools that may come. Such a rule is no mistake,
    /// and nothing is to be said of it yet.
    fn may_come(&mut self, index: usize) -> bool {
        let Some(probe) = self.probes.get(index) else { return false };
        let rule = &probe.rule.policy;
        let (agents, tools) = self.world.to_come(&[rule]);
        let domain = domain(&[rule], self.world);
        let mut found = false;
        let eye = &mut self.eye;
        let walked = walk((&agents, &tools), (&domain, false), &mut self.budget, &mut |case| {
            found = eye.ask(probe, case) == Said::Matches;
            if found { Go::Stop } else { Go::On }
        });
        self.look.tried += walked.tried;
        found
    }

    /// Notes which other rule says the same wherever this one matches.
    fn shadow(&mut self, index: usize, cases: &[Case<'w>], matched: &[Vec<Case<'w>>]) {
        for other in 0..self.probes.len() {
            if other == index || self.budget.spent() {
                continue;
            }
            let Some(words) = self.covers(index, other) else { continue };
            let Some(walked) = self.within(index, other, cases) else { continue };
            // of two that say the same the later one is told of
            let both = words == Words::Adds
                && matched.get(other).is_some_and(|of| !of.is_empty() && self.within(other, index, of).is_some());
            if both && other > index {
                continue;
            }
            let name = self.probes.get(other).map(Probe::name).unwrap_or_default();
            let text = match words {
                Words::Permits => format!("permits nothing: `{name}` forbids all that it would permit"),
                Words::Asks => format!("asks nobody: `{name}` forbids all that it would ask about"),
                Words::Adds if both => format!("says the same as `{name}`"),
                Words::Adds => format!("adds nothing to `{name}`, which matches wherever it does"),
            };
            self.note(index, NoteKind::Shadowed, text, vec![name], walked);
            return;
        }
    }

    /// What it means if the second rule matches wherever the first does; nothing where it means nothing.
    fn covers(&self, index: usize, other: usize) -> Option<Words> {
        let (one, by) = (self.probes.get(index)?, self.probes.get(other)?);
        let forbids = !by.permits() && !by.asks();
        match (one.permits(), one.asks()) {
            (true, _) if forbids => Some(Words::Permits),
            (true, _) => by.permits().then_some(Words::Adds),
            (_, true) if forbids => Some(Words::Asks),
            (_, true) => (by.asks() && one.rule.asks == by.rule.asks).then_some(Words::Adds),
            _ => forbids.then_some(Words::Adds),
        }
    }

    /// Whether the second rule matches wherever the first does, as far as can be seen.
    fn within(&mut self, index: usize, other: usize, cases: &[Case<'w>]) -> Option<Walked> {
        let (one, by) = (self.probes.get(index)?, self.probes.get(other)?);
        let eye = &mut self.eye;
        if cases.iter().any(|case| eye.ask(by, case) != Said::Matches) {
            return None;
        }
        let (rule, above) = (&one.rule.policy, &by.rule.policy);
        let (agents, tools) = (self.world.agents_of(&[rule, above]), self.world.tools_of(&[rule]));
        let domain = domain(&[rule, above], self.world);
        let mut escapes = false;
        let walked = walk((&agents, &tools), (&domain, false), &mut self.budget, &mut |case| {
            escapes = eye.ask(one, case) == Said::Matches && eye.ask(by, case) != Said::Matches;
            if escapes { Go::Stop } else { Go::On }
        });
        self.look.tried += walked.tried;
        (!escapes && !self.budget.spent()).then_some(walked)
    }

    /// Notes tools that a rule names and never says anything about, because they do not read what it asks for.
    fn silent(&mut self, index: usize) {
        let Some(probe) = self.probes.get(index) else { return };
        let rule = &probe.rule.policy;
        let meant: Vec<&Tried> =
            self.world.tools.iter().filter(|tool| means(rule, tool) && !lacking(rule, &[*tool]).is_empty()).collect();
        let (agents, domain) = (self.world.agents_of(&[rule]), domain(&[rule], self.world));
        let mut silent = Vec::new();
        let mut last = Walked { whole: true, tried: 0 };
        for tool in meant {
            let eye = &mut self.eye;
            let budget = &mut self.budget;
            let mut matches = |wide: bool| {
                let mut found = false;
                let walked = walk((&agents, &[tool]), (&domain, wide), budget, &mut |case| {
                    found = eye.ask(probe, case) == Said::Matches;
                    if found { Go::Stop } else { Go::On }
                });
                (found, walked)
            };
            let ((narrow, walked), (wide, _)) = (matches(false), matches(true));
            self.look.tried += walked.tried;
            if !narrow && wide && !self.budget.spent() {
                last = walked;
                silent.push(tool);
            }
        }
        let Some(first) = silent.first() else { return };
        let lacks = list(&lacking(rule, &[*first]));
        let named: Vec<String> = silent.iter().take(NAMED_MAX).map(|tool| format!("`{}`", tool.id)).collect();
        let more = silent.len().saturating_sub(NAMED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let text = format!("says nothing about {}{more}: no binding there reads {lacks}", named.join(", "));
        let by = silent.iter().map(|tool| tool.id.to_string()).collect();
        self.note(index, NoteKind::Silent, text, by, last);
    }

    fn note(&mut self, index: usize, kind: NoteKind, text: String, by: Vec<String>, walked: Walked) {
        let Some(probe) = self.probes.get(index) else { return };
        let (document, line) = (probe.rule.document.clone(), probe.rule.line);
        let (tried, whole) = (walked.tried, walked.whole);
        let (rule, found_by) = (probe.name(), FoundBy::Search);
        self.look.notes.push(RuleNote { document, rule, line, kind, text, by, found_by, tried, whole });
    }
}

/// What a shadow means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    Permits,
    Asks,
    Adds,
}

/// Whether a rule seems to mean this tool: its head names it or its effect.
fn means(rule: &Policy, tool: &Tried) -> bool {
    let is = |id: &cedar_policy::EntityUid| {
        let name = id.id().unescaped();
        (*id.type_name() == NAMES.action && name == tool.id.to_string())
            || (*id.type_name() == NAMES.effect_group && name == tool.nature.effect.as_str())
    };
    match rule.action_constraint() {
        ActionConstraint::Any => false,
        ActionConstraint::Eq(id) => is(&id),
        ActionConstraint::In(list) => list.iter().any(is),
    }
}

/// What a rule reads that none of these tools has to say.
fn lacking(rule: &Policy, tools: &[&Tried]) -> BTreeSet<String> {
    let has = |tool: &Tried, path: &Path| match (path.attribute.as_str(), path.member.as_deref()) {
        ("amounts", Some(unit)) => tool.shape.any_unit || tool.shape.units.contains(unit),
        ("args", Some(pointer)) => tool.shape.args.contains(pointer),
        ("arg_sources", Some(pointer)) => tool.shape.reads(pointer),
        ("values", _) => !tool.shape.many.is_empty() || !tool.shape.args.is_empty(),
        ("destination", _) => tool.shape.destination,
        ("resource", None) => tool.shape.resource,
        _ => true,
    };
    let paths: BTreeSet<Path> = atoms(rule).iter().flat_map(|atom| atom.paths().into_iter().cloned()).collect();
    let missing = paths.into_iter().filter(|path| !tools.iter().any(|tool| has(tool, path) || tool.supposed));
    missing
        .map(|path| match (path.attribute.as_str(), path.member) {
            ("amounts", Some(unit)) => format!("an amount in {unit}"),
            ("args" | "arg_sources", Some(pointer)) => format!("`{pointer}`"),
            ("values", _) => "any argument".to_owned(),
            ("destination", _) => "where it sends".to_owned(),
            _ => "a resource".to_owned(),
        })
        .collect()
}

fn list(parts: &BTreeSet<String>) -> String {
    parts.iter().cloned().collect::<Vec<_>>().join(", ")
}

/// Looks at all rules of a control state that can be read.
pub(crate) fn look(control: &ControlState, rules: &[Rule], shapes: &BTreeMap<ToolId, Shape>, cases_max: u64) -> Look {
    let world = World::of(control, shapes);
    Finder::new(&world, rules, cases_max).look()
}
