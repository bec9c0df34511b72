//! Who is there to sign: persons are described, enrol a passkey, lose it, leave and come back. Judges share how it is read, and
//! nothing of what they make of it.

use crate::log::Entry;
use bailiwick_core::{Data, PersonId};
use std::collections::BTreeSet;

/// All who could sign.
#[derive(Default)]
pub(super) struct Present {
    enrolled: BTreeSet<PersonId>,
    gone: BTreeSet<PersonId>,
}

impl Present {
    /// Reads on.
    pub(super) fn entry(&mut self, entry: &Entry) {
        match &entry.event.data {
            Data::ControlEnrolled(enrolled) => {
                self.enrolled.insert(enrolled.by.person.clone());
                self.gone.remove(&enrolled.by.person);
            }
            Data::ControlUnenrolled(gone) => {
                self.enrolled.remove(&gone.person);
            }
            Data::ControlApplied(applied) => {
                for (_, name) in applied.removed.iter().filter(|(kind, _)| kind == "person") {
                    if let Ok(person) = PersonId::parse(name) {
                        self.enrolled.remove(&person);
                        self.gone.insert(person);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether this person's passkey stands.
    pub(super) fn signs(&self, person: &PersonId) -> bool {
        self.enrolled.contains(person)
    }

    /// Whether this person left, and nothing of theirs was enrolled since.
    pub(super) fn left(&self, person: &PersonId) -> bool {
        self.gone.contains(person)
    }
}
