//! A rule's scope: which principals, actions and resources its head can match.

use crate::names::{NAMES, uid};
use crate::rules::Rule;
use bailiwick_core::{AgentId, Impact, RoleName, ToolId, Zone};
use cedar_policy::{
    ActionConstraint, Effect, Entities, Entity, EntityUid, Policy, PrincipalConstraint, ResourceConstraint,
};
use std::collections::BTreeSet;

/// What the heads of rules can see of a question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) agent: AgentId,
    pub(crate) role: RoleName,
    pub(crate) zone: Zone,
    pub(crate) tool: ToolId,
    pub(crate) effect: bailiwick_core::Effect,
    pub(crate) impact: Impact,
    pub(crate) server_zone: Zone,
    pub(crate) resource: Resource,
}

/// The resource, as far as heads can tell resources apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Resource {
    /// No binding names one: the server itself.
    Server,
    /// One that the head of some rule names.
    Named(String),
    /// Any other.
    Other,
    /// A binding names one, and which could not be read: heads that tell resources apart know neither that it is theirs
    /// nor that it is not.
    Unread,
}

/// A question's principal, action and resource with everything they are in.
pub(crate) struct Placed {
    principal: (EntityUid, Vec<EntityUid>),
    action: (EntityUid, Vec<EntityUid>),
    /// `None` stands for every resource that no head names.
    resource: Option<EntityUid>,
    resource_in: Vec<EntityUid>,
}

impl Placed {
    pub(crate) fn new(seen: &Seen) -> Self {
        let names = &*NAMES;
        let server = seen.tool.server().as_str();
        let (resource, resource_in) = match &seen.resource {
            Resource::Server => (Some(uid(&names.server, server)), vec![uid(&names.zone, seen.server_zone.as_str())]),
            Resource::Named(id) => (Some(uid(&names.resource, id)), Vec::new()),
            Resource::Other | Resource::Unread => (None, Vec::new()),
        };
        let groups = vec![
            uid(&names.effect_group, seen.effect.as_str()),
            uid(&names.server_group, server),
            uid(&names.impact_group, seen.impact.as_str()),
        ];
        let above = vec![uid(&names.role, seen.role.as_str()), uid(&names.zone, seen.zone.as_str())];
        Self {
            principal: (uid(&names.agent, seen.agent.as_str()), above),
            action: (uid(&names.action, &seen.tool.to_string()), groups),
            resource,
            resource_in,
        }
    }

    pub(crate) fn principal(&self) -> &EntityUid {
        &self.principal.0
    }
    pub(crate) fn action(&self) -> &EntityUid {
        &self.action.0
    }

    /// Whether a rule's head can match. Cedar asks the head before the rest and no head errs, so a rule for which this
    /// is false neither decides nor breaks anything.
    pub(crate) fn matches(&self, policy: &Policy) -> bool {
        self.principal_matches(&policy.principal_constraint())
            && self.action_matches(&policy.action_constraint())
            && self.resource_matches(&policy.resource_constraint())
    }

    /// Whether nobody can tell if this rule forbids, or asks people, of a resource that could not be read. A permit for one
    /// resource is then none.
    pub(crate) fn is_blind(&self, rule: &Rule) -> bool {
        let policy = &rule.policy;
        let named = match policy.resource_constraint() {
            ResourceConstraint::Any | ResourceConstraint::Is(_) => None,
            ResourceConstraint::Eq(id) | ResourceConstraint::In(id) | ResourceConstraint::IsIn(_, id) => Some(id),
        };
        let narrows = named.is_some_and(|id| *id.type_name() == NAMES.resource) && policy.effect() == Effect::Forbid;
        self.principal_matches(&policy.principal_constraint())
            && self.action_matches(&policy.action_constraint())
            && (narrows || rule.reads.resource() && self.resource_matches(&policy.resource_constraint()))
    }

    fn principal_matches(&self, wanted: &PrincipalConstraint) -> bool {
        let (id, above) = &self.principal;
        match wanted {
            PrincipalConstraint::Any => true,
            PrincipalConstraint::Eq(wanted) => wanted == id,
            PrincipalConstraint::In(wanted) => wanted == id || above.contains(wanted),
            PrincipalConstraint::Is(kind) => kind == id.type_name(),
            PrincipalConstraint::IsIn(kind, wanted) => {
                kind == id.type_name() && (wanted == id || above.contains(wanted))
            }
        }
    }

    fn action_matches(&self, wanted: &ActionConstraint) -> bool {
        let (id, above) = &self.action;
        match wanted {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(wanted) => wanted == id,
            ActionConstraint::In(list) => list.iter().any(|wanted| wanted == id || above.contains(wanted)),
        }
    }

    fn resource_matches(&self, wanted: &ResourceConstraint) -> bool {
        let is = |id: &EntityUid| self.resource.as_ref() == Some(id);
        let kind = self.resource.as_ref().map_or(&NAMES.resource, |id| id.type_name());
        match wanted {
            ResourceConstraint::Any => true,
            ResourceConstraint::Eq(wanted) => is(wanted),
            ResourceConstraint::In(wanted) => is(wanted) || self.resource_in.contains(wanted),
            ResourceConstraint::Is(wanted) => wanted == kind,
            ResourceConstraint::IsIn(of, wanted) => of == kind && (is(wanted) || self.resource_in.contains(wanted)),
        }
    }

    /// The entities that a rule can ask about: what acts, what is done, and the server, each with what it is in.
    pub(crate) fn entities(&self) -> Result<Entities, String> {
        let own = [(&self.principal.0, &self.principal.1), (&self.action.0, &self.action.1)];
        let resource = self.resource.iter().map(|id| (id, &self.resource_in));
        let placed = own
            .into_iter()
            .chain(resource)
            .map(|(id, above)| Entity::new_no_attrs(id.clone(), above.iter().cloned().collect()));
        Entities::from_entities(placed, None).map_err(|error| error.to_string())
    }
}

/// The resources that the head of some rule names.
pub(crate) fn named_resources<'a>(policies: impl Iterator<Item = &'a Policy>) -> BTreeSet<String> {
    let named = policies.filter_map(|policy| match policy.resource_constraint() {
        ResourceConstraint::Eq(id) | ResourceConstraint::In(id) | ResourceConstraint::IsIn(_, id) => Some(id),
        ResourceConstraint::Any | ResourceConstraint::Is(_) => None,
    });
    let named = named.filter(|id| *id.type_name() == NAMES.resource);
    named.map(|id| id.id().unescaped().to_owned()).collect()
}
