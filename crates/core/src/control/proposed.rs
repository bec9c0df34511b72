//! Changes that wait for a second person, and who may be one.

use super::{BadFold, Blobs, ControlState, read_named};
use crate::event::{ChangeStatement, ControlProposed, ControlSeconded, Proposed};
use crate::facts::By;
use crate::json::Json;
use crate::{Micros, PersonId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The role of people who may change what stands.
const ADMINISTRATOR: &str = "administrator";

/// A change that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// Who proposed it. That is no signature: it counts for nobody.
    pub by: By,
    /// The documents that are to stand, in the order of the statement.
    pub documents: Vec<Json>,
    /// Who signed it so far.
    pub signed: BTreeSet<PersonId>,
    /// What others are to sign.
    pub statement: ChangeStatement,
}

impl Proposal {
    /// Whether it still waits at this time.
    pub fn open(&self, now: Micros) -> bool {
        now < self.statement.not_after
    }
}

impl ControlState {
    /// Whether what loosens waits for a second person: from the first passkey of an administrator on, for good. Before it
    /// nobody could be the second.
    pub fn is_user_verified(&self) -> bool {
        !self.seconders.is_empty()
    }

    /// Whether a person of the directory may change what stands.
    pub fn is_administrator(&self, person: &PersonId) -> bool {
        let known = self.persons.get(person);
        known.is_some_and(|person| person.roles.iter().any(|role| role.as_str() == ADMINISTRATOR))
    }

    /// Whether nobody but this person could ever be a second: one who was and is none any more counts.
    pub fn is_alone(&self, person: &PersonId) -> bool {
        self.seconders.iter().all(|other| other == person)
    }

    /// Whether one person is all there is and ever was: then that person may be the second of a rule that asks for one.
    pub fn solo(&self) -> bool {
        self.persons.len() <= 1 && self.enrolled.len() <= 1
    }

    /// Whoever holds the role and a passkey at once can be a second from now on.
    pub(super) fn remember_seconders(&mut self) {
        let new: Vec<PersonId> = self.passkeys.keys().filter(|person| self.is_administrator(person)).cloned().collect();
        self.seconders.extend(new);
    }

    pub(super) fn propose(&mut self, proposed: &ControlProposed, blobs: &dyn Blobs, at: Micros) -> Result<(), BadFold> {
        let statement = proposed.statement.clone();
        self.remember_signed(proposed.signed, at);
        self.proposals.retain(|_, proposal| proposal.open(statement.asked));
        let documents = match &statement.change {
            Proposed::Documents { documents, .. } => {
                documents.iter().map(|named| read_named(named, blobs).map(|document| document.json())).collect()
            }
            _ => Ok(Vec::new()),
        };
        let (by, documents) = (proposed.by.clone(), documents?);
        let number = statement.proposal;
        self.proposals.insert(number, Proposal { by, documents, signed: BTreeSet::new(), statement });
        Ok(())
    }

    pub(super) fn second(&mut self, seconded: &ControlSeconded) -> Result<(), BadFold> {
        let number = seconded.statement.proposal;
        if seconded.takes_effect {
            self.alone += u64::from(seconded.single_person);
            let proposal = self.proposals.remove(&number).ok_or(BadFold::Unfit("no such change"))?;
            if let Proposed::Invite { code, person } = &proposal.statement.change {
                let signed = proposal.signed.into_iter().chain([seconded.by.person.clone()]).collect();
                self.invites_by((&proposal.by, *code), person, signed);
            }
            return Ok(());
        }
        let proposal = self.proposals.get_mut(&number).ok_or(BadFold::Unfit("no such change"))?;
        proposal.signed.insert(seconded.by.person.clone());
        Ok(())
    }
}
