//! A person says what became of an act that is in doubt. What was done settles it; below its reserve it is the word of
//! somebody else than the person whose task it is.

use super::glass::is_requester;
use super::value::{ended, exceeded};
use super::{Decided, View, event};
use crate::action::{Observed, Status};
use crate::event::{EndedPrivate, Reserved};
use crate::facts::Facts;
use crate::json::Json;
use crate::reason::{Code, Reason};
use crate::task::{ActStanding, ActState};
use crate::{Amount, SettleDoubt};

/// The most characters of what a person gives as evidence.
pub const EVIDENCE_CHARS_MAX: usize = 1_000;

pub(super) fn settle_doubt(view: View<'_>, said: &SettleDoubt, facts: &Facts) -> Decided {
    match settled(view, said, facts) {
        Ok(decided) => decided,
        Err(reason) => Decided::deny(reason),
    }
}

fn settled(view: View<'_>, said: &SettleDoubt, facts: &Facts) -> Result<Decided, Reason> {
    let no = |why: &str| Reason::new(Code::NotPossible).asked(why);
    let act = view.task.acts.get(&said.act).filter(|act| act.leaf == said.leaf);
    // An act that ended is remembered only while its key is: gone and never there are one answer.
    let act =
        act.ok_or_else(|| no("no act of that number is in doubt: it never began in this task, or it was settled"))?;
    if matches!(act.standing, ActStanding::Ended { .. }) {
        return Err(no("the act was settled already"));
    }
    if !act.in_doubt(facts.now) {
        return Err(no("the act is still under way: its outcome may yet come"));
    }
    let length = said.evidence.trim().chars().count();
    if !(1..=EVIDENCE_CHARS_MAX).contains(&length) || said.evidence.chars().any(char::is_control) {
        return Err(no("the evidence").most(format_args!("1 to {EVIDENCE_CHARS_MAX} characters on one line")));
    }
    if !said.done && !said.measured.is_empty() {
        return Err(no("what was not done measured nothing"));
    }
    let charges = act.reserved.iter().map(|held| charge(act, said, held)).collect::<Result<Vec<_>, _>>()?;
    let known = |unit: &crate::Unit| act.reserved.iter().any(|held| held.unit == *unit);
    if let Some((unit, _)) = said.measured.iter().find(|(unit, _)| !known(unit)) {
        return Err(no(&format!("the act was charged nothing in {unit}")));
    }
    let lowers = act.reserved.iter().zip(&charges).any(|(held, now)| now.amount < held.amount);
    // Where there ever was a second person, sending them away makes nobody the second of their own task.
    let alone = view.control.solo();
    let own = |of: &crate::PersonId| is_requester(view.control, of, &said.by.person);
    if lowers && !alone && view.task.requester.as_ref().is_some_and(own) {
        return Err(Reason::new(Code::SecondPersonNeeded));
    }
    let status = if said.done { Status::Done } else { Status::NotDone };
    let observed = Observed { measured: said.measured.clone(), ..Observed::default() };
    let mut outcome = ended(act, status, &observed, charges.clone(), facts);
    outcome.by = Some(said.by.clone());
    // What was given as evidence stands where the result would.
    let evidence = Json::object([("evidence", Json::from(said.evidence.trim()))]);
    outcome.result.kept = true;
    outcome.private = Some(EndedPrivate { digest: None, result: Some(evidence) });
    let mut events = vec![event(facts, outcome)];
    events.extend(exceeded(view.task, act, &charges, &observed, facts));
    Ok(Decided::done(events))
}

/// What one charge comes to. More than was reserved was never allowed, but where only the result could tell.
fn charge(act: &ActState, said: &SettleDoubt, held: &Reserved) -> Result<Reserved, Reason> {
    let of_unit = said.measured.iter().filter(|(unit, _)| *unit == held.unit).map(|(_, amount)| *amount);
    let sum = of_unit.reduce(|a, b| a.checked_add(b).unwrap_or(Amount::MOST));
    let amount = match (said.done, sum) {
        (false, _) => Amount::ZERO,
        (true, Some(sum)) if !held.unit.is_calls() => sum,
        (true, _) => held.amount,
    };
    if amount > held.amount && !act.after {
        let reason = Reason::new(Code::NotPossible).asked(format_args!("{amount} {}", held.unit));
        return Err(reason.most(format_args!("at most what was charged, {} {}", held.amount, held.unit)));
    }
    Ok(Reserved { amount, ..held.clone() })
}
