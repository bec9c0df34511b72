//! Who asks: an account of this machine on the node's socket, or a person who signed in.

use crate::{Api, Peer, Problem};
use bailiwick_core::{Assurance, By, ControlState, PersonId, RoleName, Template, may_start};
use bailiwick_node::TaskSummary;

/// The role of people who may see all and do what the node's own account may.
pub(crate) const ADMINISTRATOR: &str = "administrator";

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// An account of this machine, on the node's socket.
    Socket(Peer),
    /// A person who signed in by passkey.
    Person(SignedIn),
}

/// A person who signed in, as the control state knows them now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who it is.
    pub(crate) person: PersonId,
    /// Whether they see all and may do what the node's own account may.
    pub(crate) administrator: bool,
}

impl SignedIn {
    /// Who it is.
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// A person that the control state knows.
    pub(crate) fn of(control: &ControlState, person: &PersonId) -> Option<Self> {
        let known = control.persons.get(person)?;
        let administrator = known.roles.iter().map(RoleName::as_str).any(|role| role == ADMINISTRATOR);
        Some(Self { person: person.clone(), administrator })
    }
}

impl Who {
    /// Whose tasks are all that is shown; nobody's, where all is shown.
    pub(crate) fn only(&self) -> Option<&PersonId> {
        match self {
            Self::Person(SignedIn { person, administrator: false }) => Some(person),
            Self::Person(SignedIn { administrator: true, .. }) | Self::Socket(_) => None,
        }
    }
}

/// Whether a task is a person's to see: they started it, or answer for an agent that has a part in it.
pub(crate) fn sees(control: &ControlState, person: &PersonId, task: &TaskSummary) -> bool {
    let owns = |agent| control.agents.get(agent).is_some_and(|entry| entry.document.owner == *person);
    task.requester.as_ref() == Some(person) || task.grants.iter().any(|grant| owns(&grant.holder))
}

/// Whether a task is a person's to end though they do not see it: it is done for them, or they signed for an act of it.
pub(crate) fn ends(person: &PersonId, task: &TaskSummary) -> bool {
    task.subject.as_deref() == Some(person.as_str()) || task.approvers.contains(person)
}

/// Whether a template is shown: to people over HTTP those from which they may start a task.
pub(crate) fn shown_to(control: &ControlState, who: &Who, template: &Template) -> bool {
    who.only().is_none_or(|person| {
        let roles = control.persons.get(person).map(|person| person.roles.as_slice()).unwrap_or_default();
        may_start(template, person, roles).is_ok()
    })
}

impl Api {
    /// Who acts. A uid without a person of its own acts under its number.
    pub(crate) fn by(&self, who: &Who) -> Result<By, Problem> {
        let peer = match who {
            Who::Socket(peer) => peer,
            Who::Person(signed) => return Ok(By { assurance: Assurance::Session, person: signed.person.clone() }),
        };
        let control = self.control()?;
        let known = control.state.persons.values().find(|person| person.uid == Some(peer.uid));
        let person = match known {
            Some(person) => person.name.clone(),
            None => {
                PersonId::parse(&format!("uid:{}", peer.uid)).map_err(|error| Problem::broken(error.to_string()))?
            }
        };
        Ok(By { assurance: Assurance::Local, person })
    }
}
