//! What of before is over: grants that rest on what is another now, and all that was waiting when the store was put back.

use super::ControlState;
use crate::event::ControlRestored;
use crate::reason::Code;
use crate::{AgentId, PersonId};

impl ControlState {
    /// Why a grant of this holder, in a task of this person, that was decided under the event of number `under`, is over by
    /// what came after. By the control stream's own numbers, which are hashed: places in the log are the store's.
    pub fn overtakes(&self, requester: Option<&PersonId>, holder: &AgentId, under: u64) -> Option<Code> {
        let after = |seq: Option<u64>| seq.is_some_and(|seq| under < seq);
        let entry = self.agents.get(holder);
        if after(self.stopped) {
            return Some(Code::TenantStopped);
        }
        if entry.is_none_or(|entry| after(entry.suspended)) {
            return Some(Code::AgentInactive);
        }
        if entry.is_some_and(|entry| after(entry.changed)) {
            return Some(Code::ContextChanged);
        }
        // Who wanted it, and who answers for it.
        let persons = requester.into_iter().chain(entry.map(|entry| &entry.document.owner));
        let left = persons.into_iter().any(|person| after(self.left.get(person).copied()));
        left.then_some(Code::PersonLeft)
    }

    /// The first of these that a person can let go on: one that was let go, or is not known, comes back by its document alone.
    pub fn to_resume<'a>(&self, agents: impl IntoIterator<Item = &'a AgentId>) -> Option<&'a AgentId> {
        let suspended =
            |agent: &AgentId| self.agents.get(agent).is_some_and(|entry| !entry.active && !entry.offboarded);
        agents.into_iter().find(|agent| suspended(agent))
    }

    /// What came after the copy is not known: an agent may have been suspended, so none acts before a person says so again.
    pub(super) fn restored(&mut self, restored: &ControlRestored) {
        self.epoch = restored.epoch;
        self.origin.clone_from(&restored.origin);
        let seq = self.seq;
        self.agents.values_mut().for_each(|entry| (entry.active, entry.suspended) = (false, Some(seq)));
        self.give_no_more();
        self.retention_rests |= self.retention().is_some();
        self.proposals.clear();
        self.observations.clear();
        self.invites.clear();
    }
}
