//! What loosens stands only behind the signatures of two persons over that very change, each by their own device: from the
//! moment on that anybody could be the second.

use super::present::Present;
use super::{Judge, Verdict, holds};
use crate::log::{Entry, Log};
use crate::setup::wide::signature;
use bailiwick_core::{ChangeStatement, ControlSeconded, Data, PersonId, Proposed};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Seconded {
    /// Somebody has a passkey: all of this world's people are administrators.
    enrolled: bool,
    present: Present,
    proposed: BTreeMap<u64, ChangeStatement>,
    signed: BTreeMap<u64, BTreeSet<PersonId>>,
    /// What the event before lets stand, and of how many persons.
    before: Option<(ChangeStatement, usize)>,
}

impl Seconded {
    fn seconded(&mut self, entry: &Entry, seconded: &ControlSeconded) -> Verdict {
        let (leaf, person) = (entry.stored.leaf, &seconded.by.person);
        let number = seconded.statement.proposal;
        let digest = seconded.statement.digest();
        holds(seconded.assertion.signature == signature(person.as_str(), &digest), || {
            format!("leaf {leaf}: a signature of {person} that another device made, or over something else")
        })?;
        holds(self.present.signs(person), || {
            format!("leaf {leaf}: a signature of {person}, who has no passkey any more")
        })?;
        let same = self.proposed.get(&number) == Some(&seconded.statement);
        holds(same, || format!("leaf {leaf}: a signature over a change that nobody proposed"))?;
        let signed = self.signed.entry(number).or_default();
        holds(signed.insert(person.clone()), || format!("leaf {leaf}: {person} signs for the second time"))?;
        if seconded.takes_effect {
            // The word of who proposed it counts for nothing: they sign as well, or two others do.
            self.before = Some((seconded.statement.clone(), signed.len()));
            self.proposed.remove(&number);
        }
        Ok(())
    }

    /// Whether the change of an event is the one that was signed right before it.
    fn follows(data: &Data, change: &Proposed) -> bool {
        match (data, change) {
            (Data::ControlAgent(done), Proposed::Agent { agent }) => done.agent == *agent,
            (Data::ControlTenant(_), Proposed::Tenant {}) => true,
            (Data::ControlAdded(added), Proposed::Documents { documents, .. }) => added.documents == *documents,
            (Data::ControlApplied(applied), Proposed::Documents { documents, removed, .. }) => {
                applied.documents == *documents && applied.removed == *removed
            }
            (Data::ControlGlassBroken(broken), Proposed::BreakGlass { task, requester, .. }) => {
                broken.task == *task && broken.requester == *requester
            }
            (Data::ControlObserveBegun(begun), Proposed::Observe { agent, server, .. }) => {
                begun.agent == *agent && begun.server == *server
            }
            (Data::ControlReleased(released), Proposed::Release { hold, task, .. }) => {
                released.hold == *hold && released.task == *task
            }
            _ => false,
        }
    }
}

/// Whether an event lets more happen than before it.
fn loosens(data: &Data) -> bool {
    match data {
        Data::ControlAgent(change) => change.active,
        Data::ControlTenant(change) => change.running,
        Data::ControlAdded(_)
        | Data::ControlGlassBroken(_)
        | Data::ControlObserveBegun(_)
        | Data::ControlReleased(_) => true,
        Data::ControlApplied(applied) => !applied.documents.is_empty(),
        _ => false,
    }
}

impl Judge for Seconded {
    fn name(&self) -> &'static str {
        "seconded"
    }

    fn entry(&mut self, entry: &Entry, _: &Log) -> Verdict {
        let (leaf, data) = (entry.stored.leaf, &entry.event.data);
        if !data.kind().starts_with("control.") {
            return Ok(());
        }
        self.present.entry(entry);
        let before = self.before.take();
        match data {
            Data::ControlEnrolled(_) => self.enrolled = true,
            Data::ControlProposed(proposed) => {
                self.proposed.insert(entry.stored.seq, proposed.statement.clone());
            }
            Data::ControlWithdrawn(withdrawn) => {
                self.proposed.remove(&withdrawn.proposal);
            }
            // What a passkey signed counts no more once it is gone: whoever enrols another may sign anew.
            Data::ControlUnenrolled(gone) => {
                for signed in self.signed.values_mut() {
                    signed.remove(&gone.person);
                }
            }
            Data::ControlSeconded(seconded) => return self.seconded(entry, seconded),
            _ if self.enrolled && loosens(data) => {
                let behind = before.filter(|(statement, _)| Self::follows(data, &statement.change));
                // One alone breaks the glass the first time within a day.
                let due = if matches!(data, Data::ControlGlassBroken(_)) { 1 } else { 2 };
                let persons = behind.map_or(0, |(_, persons)| persons);
                return holds(persons >= due, || {
                    format!("leaf {leaf}: `{}` loosens, behind it stand {persons} persons", data.kind())
                });
            }
            _ => {}
        }
        Ok(())
    }
}
