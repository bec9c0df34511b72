//! What a store that was put back gives nothing back: no grant, key, request, change or invitation of before decides anything from
//! the event on that begins the epoch, no agent acts and no mandate gives until somebody said so again, and what had been revoked
//! in what was lost stays dead. What was exported before stays true by its own key, and what is exported after by another.

use super::tree::Tree;
use super::{Judge, Verdict, holds};
use crate::bundle::Bundle;
use crate::happening::Happening;
use crate::log::{Entry, Log};
use crate::world::World;
use bailiwick_core::{ActionBegun, AgentId, Data, Digest, DocumentNamed, GrantId, StreamId};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Restored {
    /// The leaf from which on all is of the newest epoch; 0 in the first.
    from: u64,
    /// The store lost something, and nobody went on from it yet: until a node looks, it does what is left there to do.
    lost: bool,
    /// The log is read anew: up to here it only says what there is.
    tree: Tree,
    /// What of before waits for somebody.
    proposed: BTreeMap<u64, u64>,
    invited: BTreeMap<Digest, u64>,
    /// Who was let act again, who left, and what was given again.
    active: BTreeSet<AgentId>,
    gone: BTreeSet<AgentId>,
    given: BTreeSet<String>,
    /// Tasks by the leaf that they began at.
    began: BTreeMap<StreamId, u64>,
    /// What ended in this epoch; and what had ended before a loss, in whatever epoch.
    ended_grants: BTreeSet<GrantId>,
    ended_tasks: BTreeSet<StreamId>,
    dead_grants: BTreeSet<GrantId>,
    dead_tasks: BTreeSet<StreamId>,
}

/// What no stream of before may have any more.
fn gives(data: &Data) -> bool {
    matches!(
        data,
        Data::ActionBegun(_)
            | Data::ActionWaiting(_)
            | Data::ApprovalAsked(_)
            | Data::ApprovalGiven(_)
            | Data::GrantMinted(_)
            | Data::KeyBound(_)
            | Data::LabelLowered(_)
            | Data::TaskAmended(_)
            | Data::WishMade(_)
    )
}

impl Restored {
    fn begun(&self, leaf: u64, stream: StreamId, begun: &ActionBegun) -> Verdict {
        for (grant, held) in self.tree.upwards(begun.grant) {
            holds(held.leaf > self.from, || {
                format!("leaf {leaf}: an act begins under grant {grant}, which is of before the store was put back")
            })?;
            holds(!self.dead_grants.contains(&grant), || {
                format!("leaf {leaf}: an act begins under grant {grant}, which had ended in what was lost")
            })?;
            holds(self.active.contains(&held.holder), || {
                format!("leaf {leaf}: an act of {}, whom nobody let act again", held.holder)
            })?;
        }
        holds(!self.dead_tasks.contains(&stream), || {
            format!("leaf {leaf}: an act of a task that had ended in what was lost")
        })
    }

    fn named(&mut self, documents: &[DocumentNamed]) {
        for document in documents {
            match document.kind.as_str() {
                "mandate" => drop(self.given.insert(document.name.clone())),
                // Who is described again stays as they were; who had left begins.
                "agent" => {
                    let agent = AgentId::parse(&document.name).ok().filter(|agent| self.gone.remove(agent));
                    self.active.extend(agent);
                }
                _ => {}
            }
        }
    }

    fn removed(&mut self, removed: &[(String, String)]) {
        for (kind, name) in removed {
            match AgentId::parse(name) {
                Ok(agent) if kind == "agent" => {
                    self.active.remove(&agent);
                    self.gone.insert(agent);
                }
                _ if kind == "mandate" => drop(self.given.remove(name)),
                _ => {}
            }
        }
    }

    /// Reads what there is, of whatever epoch.
    fn reads(&mut self, entry: &Entry) {
        let (leaf, stream) = (entry.stored.leaf, entry.stored.stream);
        self.tree.entry(entry);
        match &entry.event.data {
            Data::ControlAdded(added) => self.named(&added.documents),
            Data::ControlApplied(applied) => {
                self.removed(&applied.removed);
                self.named(&applied.documents);
            }
            Data::ControlAgent(change) if change.active => drop(self.active.insert(change.agent.clone())),
            Data::ControlAgent(change) => drop(self.active.remove(&change.agent)),
            Data::ControlRestored(_) => {
                self.active.clear();
                self.given.clear();
            }
            Data::ControlProposed(proposed) => drop(self.proposed.insert(proposed.statement.proposal, leaf)),
            Data::ControlInvited(invited) => drop(self.invited.insert(invited.code, leaf)),
            Data::TaskStarted(_) => drop(self.began.insert(stream, leaf)),
            Data::GrantEnded(ended) => drop(self.ended_grants.insert(ended.grant)),
            Data::TaskEnded(_) => drop(self.ended_tasks.insert(stream)),
            _ => {}
        }
    }

    /// Whether what stands from the beginning of the epoch on rests on something of before.
    fn judges(&self, entry: &Entry) -> Verdict {
        let (leaf, stream, data) = (entry.stored.leaf, entry.stored.stream, &entry.event.data);
        let of_before = |at: Option<&u64>| at.is_none_or(|at| *at < self.from);
        holds(!gives(data) || !of_before(self.began.get(&stream)), || {
            format!("leaf {leaf}: `{}` in a task of before the store was put back", data.kind())
        })?;
        match data {
            Data::ActionBegun(begun) => self.begun(leaf, stream, begun),
            Data::AllocationMade(made) => holds(self.given.contains(made.mandate.as_str()), || {
                format!("leaf {leaf}: {} gives, and nobody gave it again", made.mandate)
            }),
            Data::ControlSeconded(seconded) => {
                holds(!of_before(self.proposed.get(&seconded.statement.proposal)), || {
                    format!("leaf {leaf}: a signature over a change of before the store was put back")
                })
            }
            Data::ControlEnrolled(enrolled) => holds(!of_before(self.invited.get(&enrolled.code)), || {
                format!("leaf {leaf}: somebody enrols by an invitation of before the store was put back")
            }),
            _ => Ok(()),
        }
    }

    /// Whether bundles of before and of now are what the verifier takes, each under the key of its own log.
    fn exports(&self, log: &Log, world: &World) -> Verdict {
        let (Some(before), Some(vault)) = (world.exported(), world.vault()) else { return Ok(()) };
        before.holds().map_err(|why| format!("what was exported before the loss: {why}"))?;
        let tasks: Vec<StreamId> = log.tasks().collect();
        let of = |old: bool| tasks.iter().find(|task| (self.began.get(*task) < Some(&self.from)) == old);
        for task in [of(true), of(false)].into_iter().flatten() {
            let bundle = Bundle::of((world.store(), vault), world.store_now(), *task)?;
            bundle.holds().map_err(|why| format!("what is exported of {task}: {why}"))?;
            holds(bundle.key() != before.key() && !before.is_of(bundle.key())?, || {
                "the log of the new epoch is checked by the key of the old one".to_owned()
            })?;
        }
        Ok(())
    }
}

impl Judge for Restored {
    fn name(&self) -> &'static str {
        "restored"
    }

    fn outlives_loss(&self) -> bool {
        true
    }

    fn entry(&mut self, entry: &Entry, _: &Log) -> Verdict {
        self.reads(entry);
        if self.from > 0 && entry.stored.leaf >= self.from { self.judges(entry) } else { Ok(()) }
    }

    fn happened(&mut self, happening: &Happening, _: &Log, _: &World) -> Verdict {
        match happening {
            Happening::Restored { from } => {
                let (mut dead_grants, mut dead_tasks) =
                    (std::mem::take(&mut self.dead_grants), std::mem::take(&mut self.dead_tasks));
                dead_grants.append(&mut self.ended_grants);
                dead_tasks.append(&mut self.ended_tasks);
                *self = Self { from: *from, dead_grants, dead_tasks, ..Self::default() };
                Ok(())
            }
            Happening::Lost { .. } => {
                self.lost = true;
                Ok(())
            }
            Happening::Forwarded { task, grant, act, .. } if self.from > 0 && !self.lost => {
                let dead = self.dead_grants.contains(grant) || self.dead_tasks.contains(task);
                holds(!dead && self.began.get(task).is_some_and(|at| *at >= self.from), || {
                    format!("act {act} of {task} left, which is of before the store was put back")
                })
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, log: &Log, world: &World) -> Verdict {
        if self.from == 0 || world.lost().is_some() { Ok(()) } else { self.exports(log, world) }
    }
}
