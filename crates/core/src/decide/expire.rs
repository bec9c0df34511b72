//! Erasing what a rule keeps no longer. That a task has ended, and what it touched, the node read from its stream and says; by
//! the rule, whether it is time, is decided here, so that whoever checks the record decides it again.

use super::ControlDecided;
use crate::command::Expire;
use crate::control::ControlState;
use crate::document::{Document, Rule};
use crate::event::{ControlExpired, ExpiredTask, RULES};
use crate::facts::Facts;
use crate::reason::{Code, Reason};
use std::collections::BTreeMap;

/// The most tasks of one event.
pub const EXPIRED_MAX: usize = 64;

pub(super) fn expire(state: &ControlState, said: &Expire, facts: &Facts) -> ControlDecided {
    let no = |what: &str| ControlDecided::refuse(Reason::new(Code::NotPossible).asked(what));
    let Some((_, retention)) = state.retention().filter(|(name, _)| **name == said.rule) else {
        return no("a rule of that name that says how long tasks are kept");
    };
    // Who looked under another rule looks again under this one.
    if state.retention_digest() != Some(said.digest) {
        return no("the rule is another by now");
    }
    if said.tasks.len() > EXPIRED_MAX {
        return no("more tasks than are erased at once");
    }
    // One that another node erased, or that somebody holds since it was looked at, is no fault of the others.
    let due = said.tasks.iter().filter(|of| state.keeps_no_longer(retention, of, facts.now));
    let tasks: BTreeMap<_, ExpiredTask> = due.map(|of| (of.task, of.clone())).collect();
    if tasks.is_empty() {
        return ControlDecided::nothing();
    }
    let (digest, rule, tasks) = (said.digest, said.rule.clone(), tasks.into_values().collect());
    ControlDecided::one(facts, ControlExpired { digest, facts: facts.clone(), rule, rules: RULES, tasks })
}

/// Two rules that say how long tasks are kept: nobody could tell which holds.
pub(super) fn two_rules(state: &ControlState, documents: &[Document], removed: &[(String, String)]) -> Option<Reason> {
    let retains = |rule: &&Rule| rule.retention.is_some();
    let given = || {
        documents.iter().filter_map(|document| match document {
            Document::Rule(rule) => Some(rule),
            _ => None,
        })
    };
    let gone = |rule: &&Rule| removed.iter().any(|(kind, name)| kind == "rule" && name == rule.name.as_str());
    let replaced = |rule: &&Rule| given().any(|given| given.name == rule.name);
    let stays = state.rules.values().map(|entry| &entry.document).filter(|rule| !gone(rule) && !replaced(rule));
    let mut all = given().chain(stays).filter(retains);
    let (first, second) = (all.next()?, all.next()?);
    let both = format_args!("rules {} and {} both say how long tasks are kept", first.name, second.name);
    Some(Reason::new(Code::NotPossible).asked(both).most("one rule with `retention`"))
}

#[cfg(test)]
mod tests;
