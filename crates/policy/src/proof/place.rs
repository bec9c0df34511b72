//! Where a rule may match: one tool, or one of those that may come, and what kind of thing the act is about.

use crate::names::NAMES;
use crate::names::uid;
use crate::schema::{Catalogue, ToCome};
use crate::search::world::{Tried, World};
use bailiwick_core::ToolId;
use cedar_policy::{ActionConstraint, EntityUid, Policy, RequestEnv};
use std::collections::BTreeSet;

/// One kind of question.
pub(crate) struct Place<'w> {
    pub(crate) what: What<'w>,
    /// Whether a binding names a resource; else the act is about its server.
    pub(crate) resource: bool,
}

/// What is done.
#[derive(Clone, Copy)]
pub(crate) enum What<'w> {
    Known(&'w Tried),
    ToCome(&'w ToCome),
}

impl Place<'_> {
    pub(crate) fn env(&self) -> RequestEnv {
        let action = match self.what {
            What::Known(tool) => uid(&NAMES.action, &tool.id.to_string()),
            What::ToCome(tool) => uid(&NAMES.action, &tool.id),
        };
        let resource = if self.resource { &NAMES.resource } else { &NAMES.server };
        RequestEnv::new(NAMES.agent.clone(), action, resource.clone())
    }
}

/// Every kind of question that the head of a rule can be about. `None` where it names a tool that nobody has seen: of such a
/// one nothing is known.
pub(crate) fn places<'w>(
    rule: &Policy,
    (catalogue, world, to_come): (&Catalogue, &'w World, &'w [ToCome]),
    only: Option<&BTreeSet<ToolId>>,
) -> Option<Vec<Place<'w>>> {
    let mut out = Vec::new();
    let mut add =
        |what, resources: &[bool]| out.extend(resources.iter().map(|resource| Place { what, resource: *resource }));
    let of_head: Vec<&ToolId> = catalogue.of_head(rule).map(|(id, _)| id).collect();
    for id in of_head.into_iter().filter(|id| only.is_none_or(|only| only.contains(*id))) {
        let tool = world.tools.iter().find(|tool| tool.id == *id)?;
        add(What::Known(tool), if tool.shape.resource { &[false, true] } else { &[false] });
    }
    if only.is_none() {
        let head = rule.action_constraint();
        to_come.iter().filter(|tool| may_be(&head, tool)).for_each(|tool| add(What::ToCome(tool), &[false, true]));
    }
    Some(out)
}

/// Whether a head can be about a tool that may come.
fn may_be(head: &ActionConstraint, tool: &ToCome) -> bool {
    let is = |wanted: &EntityUid| {
        let name = wanted.id().unescaped();
        match wanted.type_name() {
            kind if *kind == NAMES.effect_group => name == tool.effect.as_str(),
            kind if *kind == NAMES.impact_group => name == tool.impact.as_str(),
            kind if *kind == NAMES.server_group => tool.servers.iter().any(|server| server.as_str() == name),
            _ => false,
        }
    };
    match head {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(one) => is(one),
        ActionConstraint::In(list) => list.iter().any(is),
    }
}
