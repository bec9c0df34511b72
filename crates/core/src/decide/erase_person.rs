//! Erasing what one person began, many tasks in one act. Which these are, and that they have ended, the node read and says.

use super::ControlDecided;
use super::erase::reason_line;
use crate::control::ControlState;
use crate::event::{ControlPersonErased, RULES};
use crate::facts::Facts;
use crate::reason::{Code, Reason};
use crate::{ErasePerson, PersonId, TaskId};
use std::collections::{BTreeMap, BTreeSet};

/// The most tasks of one act: who signs it may look at each.
pub const ERASED_AT_ONCE_MAX: usize = 128;

impl ControlState {
    /// The account of a machine that the directory says is a person's: what it began before that was said is theirs.
    pub fn account_of(&self, person: &PersonId) -> Option<PersonId> {
        let uid = self.persons.get(person).and_then(|person| person.uid);
        uid.and_then(|uid| PersonId::parse(&format!("uid:{uid}")).ok())
    }
}

/// How many of a person's tasks each account of theirs began.
pub fn began_by_accounts(accounts: &BTreeMap<TaskId, PersonId>) -> BTreeMap<&PersonId, usize> {
    let mut out = BTreeMap::new();
    accounts.values().for_each(|name| *out.entry(name).or_default() += 1);
    out
}

/// The same in words, beside what stands under the person's own name; nothing where no account began any.
fn began(erased: &ControlPersonErased) -> Option<String> {
    let of = |(name, count): (&PersonId, usize)| format!("{count} by the account {name}");
    let accounts: Vec<String> = began_by_accounts(&erased.accounts).into_iter().map(of).collect();
    let own = Some(erased.tasks.len().saturating_sub(erased.accounts.len())).filter(|own| *own > 0);
    let own = own.map(|own| format!("{own} under their own name"));
    (!accounts.is_empty()).then(|| own.into_iter().chain(accounts).collect::<Vec<_>>().join(", "))
}

/// What whoever signs it is shown, and signs: how many, by which account, and each of them.
pub(super) fn lines(erased: &ControlPersonErased) -> Vec<String> {
    let (count, person) = (erased.tasks.len(), &erased.person);
    let first = format!(
        "{count} {} that {person} began {} erased for good: what was said, sent and answered there, here and in every copy made \
         from now on",
        if count == 1 { "task" } else { "tasks" },
        if count == 1 { "is" } else { "are" },
    );
    let began = began(erased).map(|began| format!("of these {began}, which the directory says is theirs"));
    let each = erased.tasks.iter().map(|task| match erased.accounts.get(task) {
        Some(name) => format!("task {task}, begun by the account {name}"),
        None => format!("task {task}"),
    });
    [first].into_iter().chain(began).chain(each).collect()
}

pub(super) fn erase_person(state: &ControlState, said: &ErasePerson, facts: &Facts) -> ControlDecided {
    let reason = match reason_line(&said.reason) {
        Ok(reason) => reason,
        Err(reason) => return ControlDecided::refuse(reason),
    };
    if said.tasks.len() > ERASED_AT_ONCE_MAX {
        let asked = Reason::new(Code::NotPossible).asked(format_args!("{} tasks in one act", said.tasks.len()));
        return ControlDecided::refuse(asked.most(format_args!("at most {ERASED_AT_ONCE_MAX}")));
    }
    if let Some(held) = said.tasks.iter().find(|task| state.is_held(**task)) {
        return ControlDecided::refuse(Reason::new(Code::TaskHeld).asked(held));
    }
    // Who signs is told that the account is the person's: it has to be, when it is decided.
    let account = state.account_of(&said.person);
    if let Some(other) = said.accounts.values().find(|name| Some(*name) != account.as_ref()) {
        let asked =
            Reason::new(Code::NotPossible).asked(format_args!("what `{other}` began as what `{}` began", said.person));
        let most = "what stands under a person's own name, and under the account that the directory names";
        return ControlDecided::refuse(asked.most(most));
    }
    let left: BTreeSet<_> = said.tasks.iter().filter(|task| !state.erased.contains_key(task)).copied().collect();
    if left.is_empty() {
        return ControlDecided::nothing();
    }
    let accounts = said.accounts.iter().filter(|(task, _)| left.contains(task));
    let erased = ControlPersonErased {
        accounts: accounts.map(|(task, name)| (*task, name.clone())).collect(),
        by: said.by.clone(),
        facts: facts.clone(),
        person: said.person.clone(),
        reason,
        rules: RULES,
        tasks: left.into_iter().collect(),
    };
    ControlDecided::one(facts, erased)
}

#[cfg(test)]
mod tests;
