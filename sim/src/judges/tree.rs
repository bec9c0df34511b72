//! Grants as the log tells of them: who holds each, which it comes from, what it allows. Judges share how it is read, and
//! nothing of what they make of it.

use crate::log::Entry;
use bailiwick_core::{
    AgentId, Amendment, Data, Effect, Envelope, GrantId, GrantMinted, PersonId, Row, StreamId, TaskAmended,
};
use std::collections::BTreeMap;

/// One grant.
pub(super) struct Held {
    pub(super) leaf: u64,
    pub(super) holder: AgentId,
    pub(super) parent: Option<GrantId>,
    /// As it stands by what people said since, its conditions in it.
    pub(super) envelope: Envelope,
    /// Whether the person consented to what is privileged.
    pub(super) consented: bool,
}

/// All of them.
#[derive(Default)]
pub(super) struct Tree {
    grants: BTreeMap<GrantId, Held>,
    requesters: BTreeMap<StreamId, PersonId>,
    roots: BTreeMap<StreamId, GrantId>,
}

impl Tree {
    /// Reads on.
    pub(super) fn entry(&mut self, entry: &Entry) {
        match &entry.event.data {
            Data::TaskStarted(started) => {
                self.requesters.insert(entry.stored.stream, started.by.person.clone());
            }
            Data::GrantMinted(minted) => self.minted(entry, minted),
            Data::TaskAmended(amended) => self.amended(amended),
            _ => {}
        }
    }

    fn minted(&mut self, entry: &Entry, minted: &GrantMinted) {
        let envelope = minted.whole_envelope().unwrap_or_else(|| minted.envelope.clone());
        let (leaf, holder, parent) = (entry.stored.leaf, minted.holder.clone(), minted.parent);
        if parent.is_none() {
            self.roots.insert(entry.stored.stream, minted.grant);
        }
        self.grants.insert(minted.grant, Held { leaf, holder, parent, envelope, consented: false });
    }

    fn amended(&mut self, amended: &TaskAmended) {
        let Some(held) = self.grants.get_mut(&amended.grant) else { return };
        match &amended.change {
            None => held.consented = true,
            Some(Amendment::Widened { rows, .. }) => {
                held.consented &= !rows.iter().any(|row| row.effects.iter().any(|effect| !plain(*effect)));
                let when = amended.private.iter().flat_map(|private| private.when.iter().cloned());
                let with = rows.iter().zip(when).map(|(row, when)| Row { when, ..row.clone() });
                held.envelope.rows.extend(with);
            }
            Some(Amendment::Narrowed { expires, rows }) => {
                for row in rows.iter().filter_map(|row| usize::try_from(*row).ok()) {
                    held.envelope.rows.get_mut(row).into_iter().for_each(|row| row.effects.clear());
                }
                held.envelope.window.expires = expires.unwrap_or(held.envelope.window.expires);
            }
            Some(Amendment::Renewed { expires, waits }) => {
                held.consented &= !waits;
                held.envelope.window.expires = *expires;
            }
        }
    }

    /// One grant.
    pub(super) fn get(&self, grant: GrantId) -> Option<&Held> {
        self.grants.get(&grant)
    }

    /// A grant and those it comes from, the root last.
    pub(super) fn upwards(&self, grant: GrantId) -> Vec<(GrantId, &Held)> {
        let mut out = Vec::new();
        let mut next = Some(grant);
        while let Some((id, held)) = next.and_then(|id| Some((id, self.grants.get(&id)?))) {
            out.push((id, held));
            next = held.parent.filter(|_| out.len() <= self.grants.len());
        }
        out
    }

    /// The first grant of a task.
    pub(super) fn root(&self, task: StreamId) -> Option<GrantId> {
        self.roots.get(&task).copied()
    }

    /// Who started a task.
    pub(super) fn requester(&self, task: StreamId) -> Option<&PersonId> {
        self.requesters.get(&task)
    }
}

/// Effects that need no second act of consent.
pub(super) fn plain(effect: Effect) -> bool {
    matches!(effect, Effect::Read | Effect::Write)
}
