//! Observations: of which agent at which server rules are recorded and not enforced, and until when.

use super::{BadFold, ControlState};
use crate::event::{ControlObserveBegun, ControlObserveEnded};
use crate::facts::By;
use crate::{AgentId, Micros, ServerName, Span};
use serde::{Deserialize, Serialize};

/// The longest that an agent is observed at a server.
pub const OBSERVE_SPAN_MAX: Span = Span::hours(14 * 24);
/// How long after its end whoever began it may not begin it anew.
pub const OBSERVE_AGAIN_AFTER: Span = Span::hours(14 * 24);
/// The most observations that are open at once.
pub const OBSERVATIONS_MAX: usize = 32;

/// A person wants an agent observed at a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observe {
    /// Whose acts.
    pub agent: AgentId,
    /// The person's act.
    pub by: By,
    /// Why.
    pub reason: String,
    /// At which server.
    pub server: ServerName,
    /// For how long.
    pub span: Span,
}

/// One agent at one server, observed for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Whose acts.
    pub agent: AgentId,
    /// Since when.
    pub began: Micros,
    /// Who began it.
    pub by: By,
    /// When somebody ended it before its time.
    pub ended: Option<Micros>,
    /// Over from here on.
    pub expires: Micros,
    /// Why.
    pub reason: String,
    /// At which server.
    pub server: ServerName,
}

impl Observation {
    /// Until when it was, or will be.
    pub fn until(&self) -> Micros {
        self.ended.map_or(self.expires, |ended| ended.min(self.expires))
    }

    /// Whether it counts against whoever begins it anew.
    pub(crate) fn recent(&self, now: Micros) -> bool {
        now < self.until().after(OBSERVE_AGAIN_AFTER)
    }
}

impl ControlState {
    /// Whether an observation holds now. It rests on the agent as it was then, and on who began it: an agent that was
    /// suspended or described anew since, or a person who left, ends it.
    pub fn observes(&self, number: u64, now: Micros) -> bool {
        let Some(of) = self.observations.get(&number) else { return false };
        let since = |seq: Option<u64>| seq.is_some_and(|seq| seq > number);
        let agent = self.agents.get(&of.agent);
        let same = agent.is_some_and(|entry| entry.active && !since(entry.suspended) && !since(entry.changed));
        let server = self.servers.get(&of.server).is_some_and(|entry| entry.same);
        let stays = !since(self.left.get(&of.by.person).copied());
        now < of.until() && same && server && stays
    }

    /// The observations that hold now, by number.
    pub fn observed(&self, now: Micros) -> impl Iterator<Item = (u64, &Observation)> {
        self.observations
            .iter()
            .filter(move |(number, _)| self.observes(**number, now))
            .map(|(number, of)| (*number, of))
    }

    pub(super) fn begin_observation(&mut self, begun: &ControlObserveBegun) {
        let now = self.at;
        self.observations.retain(|_, of| of.recent(now));
        let observation = Observation {
            agent: begun.agent.clone(),
            began: now,
            by: begun.by.clone(),
            ended: None,
            expires: begun.expires,
            reason: begun.reason.clone(),
            server: begun.server.clone(),
        };
        self.observations.insert(self.seq, observation);
    }

    pub(super) fn end_observation(&mut self, ended: &ControlObserveEnded) -> Result<(), BadFold> {
        let of = self.observations.get_mut(&ended.observation).ok_or(BadFold::Unfit("no such observation"))?;
        of.ended = Some(self.at);
        Ok(())
    }
}
