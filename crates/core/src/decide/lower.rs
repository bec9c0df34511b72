//! A person lowers what a holder counts as having touched: a class of data, and nothing else. What others wrote is never made
//! trusted by it, and an approval of an act lowers nothing.

use super::glass::is_requester;
use super::{Decided, View, event, full};
use crate::elsewhere::touched_by;
use crate::event::{Label, LabelLowered, LoweredPrivate, RULES, ShownValue};
use crate::facts::{By, Facts};
use crate::normal::invisible;
use crate::reason::{Code, Reason};
use crate::task::GrantState;
use crate::{LowerLabel, PersonId};

/// The most values of one grant that go without a class.
const RELEASED_MAX: usize = 256;
/// The most characters of what it is done for.
pub const LOWERED_CHARS_MAX: usize = 500;

pub(super) fn lower(view: View<'_>, said: &LowerLabel, facts: &Facts) -> Decided {
    match lowered(view, said, facts) {
        Ok(lowered) => Decided::done(vec![event(facts, lowered)]),
        Err(reason) => Decided::deny(reason),
    }
}

fn no(why: &str) -> Reason {
    Reason::new(Code::NotPossible).asked(why)
}

fn lowered(view: View<'_>, said: &LowerLabel, facts: &Facts) -> Result<LabelLowered, Reason> {
    let grant =
        view.task.grants.get(&said.grant).ok_or(Reason::new(Code::NotAvailable).asked("a grant of this task"))?;
    if view.task.epoch != view.control.epoch {
        return Err(Reason::new(Code::EpochPassed));
    }
    if !grant.standing.live() || !view.task.standing.live() {
        return Err(no("the grant has ended: nothing of it goes on"));
    }
    answers(view, grant, &said.by)?;
    let from = touched_by(grant, facts.elsewhere.as_deref());
    if !from.classes.contains(&said.class) {
        let touched: Vec<String> = from.classes.iter().map(ToString::to_string).collect();
        let untouched = format!("{} has not touched `{}`", grant.holder, said.class);
        return Err(match touched.is_empty() {
            true => no(&format!("{untouched}, or nothing since that was lowered, so there is nothing to lower")),
            false => no(&untouched).most(touched.join(", ")),
        });
    }
    let odd = |c: char| c.is_control() || invisible(c);
    let length = said.reason.trim().chars().count();
    if !(1..=LOWERED_CHARS_MAX).contains(&length) || said.reason.chars().any(odd) {
        return Err(no("the reason").most(format_args!("1 to {LOWERED_CHARS_MAX} characters on one line")));
    }
    if full(view.task) {
        return Err(Reason::new(Code::TaskFull));
    }
    if let Some(value) = &said.value {
        shown(view, grant, value)?;
    }
    let goes = |class: &&crate::DataClass| said.value.is_some() || **class != said.class;
    let classes = from.classes.iter().filter(goes).cloned().collect();
    let to = Label { classes, ..from.clone() };
    Ok(LabelLowered {
        by: said.by.clone(),
        class: said.class.clone(),
        control: view.control.leaf,
        facts: facts.clone(),
        from,
        grant: grant.id,
        holder: grant.holder.clone(),
        private: Some(LoweredPrivate { reason: said.reason.trim().to_owned(), shown: None }),
        rules: RULES,
        signed: None,
        to,
        value: said.value.clone(),
    })
}

/// A value is one that a result of the task showed at that very place, as the task still remembers, and few are lowered.
fn shown(view: View<'_>, grant: &GrantState, value: &ShownValue) -> Result<(), Reason> {
    if !view.task.values.showed(value) {
        let asked = Reason::new(Code::NotAvailable).asked("a value that a result of this task showed there");
        return Err(asked.most("the newest places of each value that it remembers"));
    }
    if !grant.released.contains_key(&value.hash) && grant.released.len() >= RELEASED_MAX {
        return Err(no("more values").most(RELEASED_MAX));
    }
    Ok(())
}

/// It lets more happen. So it is said by an administrator, or by who answers for that agent, and by nobody in a task of their
/// own, unless nobody else ever was there; once an administrator has a passkey, by a signature.
fn answers(view: View<'_>, grant: &GrantState, by: &By) -> Result<(), Reason> {
    let control = view.control;
    let own = view.task.requester.as_ref().is_some_and(|of| is_requester(control, of, &by.person));
    let alone = control.solo() && control.persons.keys().all(|person| *person == by.person);
    if own && !alone {
        return Err(Reason::new(Code::SecondPersonNeeded));
    }
    let owner = |person: &PersonId| control.agents.get(&grant.holder).is_some_and(|of| of.document.owner == *person);
    if control.is_user_verified() {
        if !by.assurance.signed() {
            return Err(no("it is signed with a passkey, on the task's page of data"));
        }
        if !control.is_administrator(&by.person) && !owner(&by.person) {
            return Err(no("only an administrator, or who answers for the agent, says it"));
        }
    }
    Ok(())
}
