//! Which events are told of, and what of them. Reads the clear part alone: what may be erased stays sealed.

use crate::notice::{About, Happened, time};
use bailiwick_core::{Data, Event, Micros, Occasion, TenantId, Whose};
use bailiwick_node::control_stream;
use bailiwick_store::StoredEvent;
use std::collections::BTreeMap;

/// What an event is told as; `None` where nobody is told of its kind, or it cannot be read.
pub(crate) fn happened(tenant: TenantId, stored: &StoredEvent) -> Option<Happened> {
    let (Event { at, data }, _) = Event::read(&stored.event.clear).ok()?;
    let task = About::Task(stored.stream);
    let (about, told) = match &data {
        Data::ApprovalAsked(asked) => {
            let told = Told {
                until: Some(asked.terms.not_after),
                // a request is called by its place in the log
                approval: Some(stored.leaf.to_string()),
                request: Some(stored.seq),
                ..Told::of(Occasion::ApprovalAsked)
            };
            let told = told.with("effect", asked.effect).with("impact", asked.impact.as_str());
            (task, told.with("grant", asked.grant))
        }
        Data::ApprovalGiven(given) => {
            let told = Told::about(Occasion::ApprovalGiven, given.statement.approval).with("by", &given.by.person);
            (task, told.with("role", &given.statement.role))
        }
        Data::ApprovalRefused(refused) => {
            (task, Told::about(Occasion::ApprovalRefused, refused.approval).with("by", &refused.by.person))
        }
        Data::ApprovalEscalated(gone) => {
            let approval = Some(gone.asked.to_string());
            let told = Told { approval, ..Told::about(Occasion::ApprovalEscalated, gone.approval) };
            (task, told.with("roles", gone.roles.join(", ")))
        }
        Data::ApprovalExpired(expired) => {
            let approval = Some(expired.asked.to_string());
            (task, Told { approval, ..Told::about(Occasion::ApprovalExpired, expired.approval) })
        }
        Data::WishMade(made) => (task, Told::of(Occasion::WishMade).with("grant", made.grant)),
        Data::TaskEnding(ending) => {
            // once it has closed nobody can renew it
            let told = Told { until: Some(ending.expires), ..Told::of(Occasion::TaskEnding) };
            let told = told.with("ends", time(ending.expires));
            (task, ending.template.iter().fold(told, |told, template| told.with("template", template)))
        }
        Data::TaskEnded(ended) => {
            let told = Told::of(Occasion::TaskEnded).with("why", ended.why.as_str());
            let told = ended.by.iter().fold(told, |told, by| told.with("by", &by.person));
            // Whose word it is: that its work is complete an agent says of itself.
            (task, data.ended_by_holder().into_iter().fold(told, |told, agent| told.with("agent", agent)))
        }
        Data::ActionDoubtful(doubtful) => (task, Told::of(Occasion::ActionDoubtful).with("act", doubtful.act)),
        Data::ControlAgent(change) => {
            let (active, agent) = (change.active, &change.agent);
            let occasion = if active { Occasion::AgentResumed } else { Occasion::AgentSuspended };
            (About::Agent(agent.clone()), Told::of(occasion).with("agent", agent))
        }
        Data::ControlQuarantined(quarantined) => {
            let told = Told::of(Occasion::ToolQuarantined).with("server", quarantined.tool.server());
            (About::Tenant, told.with("act_event", quarantined.begun))
        }
        Data::ControlBreakerOpened(opened) => {
            let about = match &opened.whose {
                Whose::Agent(agent) => About::Agent(agent.clone()),
                _ => About::Tenant,
            };
            let told = Told { until: Some(opened.until), ..Told::of(Occasion::BreakerOpened) };
            (about, told.with("rule", &opened.rule).with("on", opened.on.as_str()))
        }
        Data::ControlFound(found) => {
            let about = found.agent.clone().map_or(About::Tenant, About::Agent);
            // What it is about may be the name of a tool, which is its server's word.
            (about, Told::of(Occasion::SprawlFound).with("finding", found.code))
        }
        Data::ControlEnrolled(enrolled) => {
            (About::Tenant, Told::of(Occasion::PasskeyEnrolled).with("person", &enrolled.by.person))
        }
        Data::ControlProposed(proposed) => {
            let (by, number) = (&proposed.by.person, proposed.statement.proposal);
            let told = Told { until: Some(proposed.statement.not_after), ..Told::of(Occasion::ChangeProposed) };
            (About::Tenant, told.with("by", by).with("change", number))
        }
        Data::ControlGlassBroken(broken) => {
            // it is told of also when it is over: somebody has to look at it
            let told = Told::of(Occasion::BreakglassOpened).with("by", &broken.by.person);
            let told = told.with("expires", time(broken.expires)).with("task", broken.task);
            (About::Over(broken.task), told.with("template", &broken.template))
        }
        Data::ControlTenant(change) => {
            (About::Tenant, Told::of(if change.running { Occasion::TenantResumed } else { Occasion::TenantStopped }))
        }
        Data::ControlAdded(added) => {
            (About::Tenant, Told::of(Occasion::SettingsChanged).with("documents", added.documents.len()))
        }
        Data::ControlApplied(applied) => {
            let count = applied.documents.len() + applied.removed.len();
            (About::Tenant, Told::of(Occasion::SettingsChanged).with("documents", count))
        }
        _ => return None,
    };
    // a task's stream says nothing of the tenant, nor the other way round
    let of_task = matches!(about, About::Task(_));
    if of_task == (stored.stream == control_stream(tenant)) {
        return None;
    }
    let task = of_task.then(|| ("task", stored.stream.to_string()));
    let Told { occasion, until, approval, request, facts } = told;
    let facts = facts.into_iter().chain(task).collect();
    Some(Happened { occasion, about, leaf: stored.leaf, at, until, approval, request, facts })
}

/// What is told of one kind of event.
struct Told {
    occasion: Occasion,
    until: Option<Micros>,
    approval: Option<String>,
    request: Option<u64>,
    facts: BTreeMap<&'static str, String>,
}

impl Told {
    const fn of(occasion: Occasion) -> Self {
        Self { occasion, until: None, approval: None, request: None, facts: BTreeMap::new() }
    }

    /// About a request to say yes, by the seq of its `approval.asked`.
    const fn about(occasion: Occasion, request: u64) -> Self {
        Self { occasion, until: None, approval: None, request: Some(request), facts: BTreeMap::new() }
    }

    fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.facts.insert(name, value.to_string());
        self
    }
}

#[cfg(test)]
mod tests;
