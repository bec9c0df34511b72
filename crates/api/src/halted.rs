//! The receipt of what ends work of an agent, or of all: since when nothing begins, until when something may still leave, what
//! ended, and what was under way.

use crate::Api;
use crate::people::text;
use bailiwick_core::json::Json;
use bailiwick_core::{AgentId, ControlCommand, ControlDecided, Data, FORWARD_WITHIN, GrantId, Micros, TaskId};
use bailiwick_node::{EndedBefore, UnderWay};

/// The most grants, and the most acts, that a receipt names; it counts them all.
const NAMED_MAX: usize = 1_000;

/// Whose work ended: an agent's, or everybody's.
fn halted(decided: &ControlDecided) -> Option<(Micros, Option<&AgentId>)> {
    decided.events.iter().find_map(|event| match &event.data {
        Data::ControlAgent(change) if !change.active => Some((event.at, Some(&change.agent))),
        Data::ControlTenant(change) if !change.running => Some((event.at, None)),
        _ => None,
    })
}

impl Api {
    /// What had ended before a command that ends work; nothing of one that ends none, or that tells itself what ended.
    pub(crate) fn before(&self, command: &ControlCommand) -> Option<EndedBefore> {
        let halts = match command {
            ControlCommand::Agent { active, .. } => !active,
            ControlCommand::Tenant { running, .. } => !running,
            _ => false,
        };
        halts.then(|| self.desk.ended_before(self.tenant))
    }

    /// The members of a receipt; none where no work ended. `before` is from before it was decided: by now its tasks may have
    /// ended, and what was open in them be in doubt.
    pub(crate) async fn halted(
        &self,
        decided: &ControlDecided,
        before: Option<&EndedBefore>,
    ) -> Vec<(&'static str, Json)> {
        let (Some(before), Some((at, agent))) = (before, halted(decided)) else { return Vec::new() };
        let mut members =
            vec![("drained_at", Json::from(at.after(FORWARD_WITHIN).0)), ("effective_at", Json::from(at.0))];
        // It is over, whether or not what was under way can be counted.
        let found = self.desk.under_way(self.tenant, agent, (before, at)).await;
        members.extend(told(found.as_ref().ok()));
        members
    }
}

/// What was under way, and what ended; of what nobody could look at, nothing.
fn told(found: Option<&UnderWay>) -> [(&'static str, Json); 5] {
    let all = |of: &dyn Fn(&UnderWay) -> Json| found.map_or(Json::Null, of);
    let count = |count: usize| Json::from(u64::try_from(count).unwrap_or(u64::MAX));
    [
        ("closed", all(&|found| Json::array(found.closed.iter().map(|task| text(task))))),
        ("ended", all(&|found| count(found.grants.len()))),
        ("ended_grants", all(&|found| Json::array(found.grants.iter().take(NAMED_MAX).map(ended)))),
        ("open", all(&|found| count(found.acts.len()))),
        (
            "open_acts",
            all(&|found| {
                Json::array(found.acts.iter().take(NAMED_MAX).map(|act| {
                    Json::object([
                        ("agent", text(&act.holder)),
                        ("event", Json::from(act.named.leaf)),
                        ("seq", Json::from(act.seq)),
                        ("task", text(&act.task)),
                        ("tool", text(&act.named.tool)),
                    ])
                }))
            }),
        ),
    ]
}

fn ended((task, grant, holder): &(TaskId, GrantId, AgentId)) -> Json {
    Json::object([("agent", text(holder)), ("grant", text(grant)), ("task", text(task))])
}
