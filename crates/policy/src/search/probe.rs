//! What one rule alone says of a case.

use super::case::{Case, attributes};
use crate::attribute::Attribute;
use crate::rules::Rule;
use crate::scope::{Placed, Seen};
use cedar_policy::{Authorizer, Decision, Effect, Entities, PolicySet, Request};
use std::collections::BTreeMap;

/// The most that is remembered of who and what was asked about.
const PLACED_MAX: usize = 4_096;

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Matches,
    Not,
    Fails,
}

/// One rule, to be asked alone.
pub(crate) struct Probe<'r> {
    pub(crate) rule: &'r Rule,
    set: PolicySet,
    reads: Vec<&'static Attribute>,
}

impl<'r> Probe<'r> {
    /// Nothing of a rule that Cedar takes into no set.
    pub(crate) fn new(rule: &'r Rule) -> Option<Self> {
        let set = PolicySet::from_policies([rule.policy.clone()]).ok()?;
        Some(Self { rule, set, reads: attributes(&rule.reads.attributes, rule.reads.whole) })
    }

    pub(crate) fn name(&self) -> String {
        self.rule.policy.id().to_string()
    }

    pub(crate) fn permits(&self) -> bool {
        self.rule.policy.effect() == Effect::Permit
    }

    pub(crate) fn asks(&self) -> bool {
        self.rule.asks.is_some()
    }
}

/// Who asks rules: what it remembers never changes an answer.
#[derive(Default)]
pub(crate) struct Eye {
    authorizer: Authorizer,
    placed: BTreeMap<Seen, (Placed, Option<Entities>)>,
    /// How often a rule was asked.
    pub(crate) asked: u64,
}

impl Eye {
    pub(crate) fn ask(&mut self, probe: &Probe<'_>, case: &Case<'_>) -> Said {
        let seen = case.seen();
        if self.placed.len() >= PLACED_MAX {
            self.placed.clear();
        }
        let placed = self.placed.entry(seen).or_insert_with_key(|seen| {
            let placed = Placed::new(seen);
            let entities = placed.entities().ok();
            (placed, entities)
        });
        let (placed, Some(entities)) = (&placed.0, &placed.1) else { return Said::Fails };
        if !placed.matches(&probe.rule.policy) {
            return Said::Not;
        }
        self.asked += 1;
        let Ok(context) = case.context(&probe.reads) else { return Said::Fails };
        let (principal, action) = (placed.principal().clone(), placed.action().clone());
        let Ok(request) = Request::new(principal, action, case.resource_entity(), context, None) else {
            return Said::Fails;
        };
        let response = self.authorizer.is_authorized(&request, &probe.set, entities);
        if response.diagnostics().errors().next().is_some() {
            return Said::Fails;
        }
        let forbids = response.diagnostics().reason().next().is_some();
        if response.decision() == Decision::Allow || forbids { Said::Matches } else { Said::Not }
    }
}
