//! Whom a rule means, when something happened: people with a mail address.

use crate::notice::About;
use bailiwick_core::{AgentId, ControlState, MailAddress, Micros, PersonId, TaskState, Told, View, is_asked};
use std::collections::{BTreeMap, BTreeSet};

/// How many people one notice goes to.
const PEOPLE_MAX: usize = 64;

/// Who has to do with what happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parties {
    pub(crate) requester: Option<PersonId>,
    /// Every agent that holds a grant of it.
    pub(crate) agents: BTreeSet<AgentId>,
    /// Whoever may answer the request that it is about.
    pub(crate) asked: BTreeSet<PersonId>,
}

impl Parties {
    /// Of what is not a task's.
    pub(crate) fn of(about: &About) -> Self {
        let agents = match about {
            About::Agent(agent) => BTreeSet::from([agent.clone()]),
            About::Task(_) | About::Over(_) | About::Tenant => BTreeSet::new(),
        };
        Self { agents, ..Self::default() }
    }

    /// Of what is a task's. `request`: the one whose people are to be told, and the time: by it is known to whom it went on.
    pub(crate) fn in_task(task: &TaskState, control: &ControlState, request: Option<(u64, Micros)>) -> Self {
        let asked = request.and_then(|(seq, now)| {
            let approval = task.approvals.get(&seq)?;
            let asks = |person: &&PersonId| is_asked(View::of(task, control), approval, person, now);
            Some(control.persons.keys().filter(asks).cloned().collect())
        });
        Self {
            requester: task.requester.clone(),
            agents: task.grants.values().map(|grant| grant.holder.clone()).collect(),
            asked: asked.unwrap_or_default(),
        }
    }
}

/// The people meant, with their addresses; those without one are left out. `Err` with how many, where they are too many.
pub(crate) fn people(
    who: &[Told],
    parties: &Parties,
    control: &ControlState,
) -> Result<BTreeMap<PersonId, MailAddress>, usize> {
    let mut meant: BTreeSet<&PersonId> = BTreeSet::new();
    for told in who {
        match told {
            Told::Person(person) => drop(meant.insert(person)),
            Told::Requester => meant.extend(&parties.requester),
            Told::Asked => meant.extend(&parties.asked),
            Told::Role(role) => {
                let has = control.persons.values().filter(|person| person.roles.contains(role));
                meant.extend(has.map(|person| &person.name));
            }
            Told::Owner => {
                let agents = parties.agents.iter().filter_map(|agent| control.agents.get(agent));
                meant.extend(agents.map(|entry| &entry.document.owner));
            }
        }
    }
    let address = |person: &PersonId| control.persons.get(person)?.mail.clone();
    let people: BTreeMap<PersonId, MailAddress> =
        meant.into_iter().filter_map(|person| Some((person.clone(), address(person)?))).collect();
    if people.len() > PEOPLE_MAX { Err(people.len()) } else { Ok(people) }
}

#[cfg(test)]
mod tests;
