//! Value: what an act reserves along its whole lineage, and what it comes to in the end.

use super::{Decided, View, event};
use crate::action::{Action, Measure, Observed, Reading, Status};
use crate::envelope::Row;
use crate::event::{ActionDoubtful, ActionEnded, EndedPrivate, Label, RULES, Reserved, ResultSeen, RowUsed};
use crate::facts::Facts;
use crate::meter::Over;
use crate::reason::{Code, Reason};
use crate::task::{ActStanding, ActState, GrantState, RowState, TaskState};
use crate::{Amount, Effect, Micros, Outcome, Settle, Unit};

/// What an act is charged: one row of each grant of the lineage, and its meters.
pub(super) struct Charged {
    pub(super) reserved: Vec<Reserved>,
    pub(super) rows: Vec<RowUsed>,
    /// Who must say yes first, as the rows used say.
    pub(super) ask: Option<String>,
}

/// Step 7: in each grant the first fitting row that has room. The refusal is that of the last row tried.
pub(super) fn charge(
    task: &TaskState,
    lineage: &[&GrantState],
    fitting: &[Vec<usize>],
    action: &Action,
    now: Micros,
) -> Result<Charged, Reason> {
    let mut charged = Charged { reserved: Vec::new(), rows: Vec::new(), ask: None };
    for (grant, rows) in lineage.iter().zip(fitting) {
        let mut last = Reason::new(Code::ToolNotGranted).asked(&action.tool);
        let mut found = None;
        for index in rows {
            let row = grant.envelope.as_ref().and_then(|envelope| envelope.rows.get(*index));
            let (Some(row), Some(state)) = (row, grant.rows.get(*index)) else { continue };
            match charge_row(task, grant, row, state, action, now) {
                Ok(amounts) => {
                    found = Some((index, row, state, amounts));
                    break;
                }
                Err(reason) => last = reason,
            }
        }
        let (index, row, state, amounts) = found.ok_or(last)?;
        let index = u64::try_from(*index).unwrap_or(u64::MAX);
        charged.ask = charged.ask.or_else(|| asks(row, state, &amounts));
        charged.rows.push(RowUsed { grant: grant.id, row: index });
        let reserve = |(unit, amount)| Reserved { amount, grant: grant.id, row: index, unit };
        charged.reserved.extend(amounts.into_iter().map(reserve));
    }
    Ok(charged)
}

/// What one row is charged, by unit, if it has room.
fn charge_row(
    task: &TaskState,
    grant: &GrantState,
    row: &Row,
    state: &RowState,
    action: &Action,
    now: Micros,
) -> Result<Vec<(Unit, Amount)>, Reason> {
    if row.uses.is_some_and(|most| state.uses >= most) {
        return Err(Reason::new(Code::UsesSpent).most(row.uses.unwrap_or_default()));
    }
    units_granted(row, action)?;
    let mut out = Vec::with_capacity(row.meters.len());
    for (unit, limit) in &row.meters {
        let meter = state.meters.get(unit).cloned().unwrap_or_default();
        let amount = match measure(unit, action)? {
            Asked::Nothing => continue,
            Asked::Known(amount) => amount,
            // The size is told by the result only: reserve the per-action limit; with none, one at a time.
            Asked::After => match &limit.each {
                Some(each) => *each,
                None => {
                    let running = task.acts.values().any(|act| act.grant == grant.id && act.after && act.standing == ActStanding::Open);
                    if running {
                        return Err(Reason::new(Code::OneAtATime));
                    }
                    if limit.total.is_some_and(|total| meter.charged() >= total) {
                        return Err(Reason::new(Code::OverTotal).asked(unit).most(Amount::ZERO));
                    }
                    Amount::ZERO
                }
            },
        };
        let over = |code, most: Option<Amount>| {
            let reason = Reason::new(code).asked(format_args!("{amount} {unit}"));
            most.map_or(reason.clone(), |most| reason.most(format_args!("{most} {unit}")))
        };
        meter.room(limit, amount, now).map_err(|broken| match broken {
            Over::Each => over(Code::OverEach, limit.each),
            Over::Total => over(Code::OverTotal, meter.left(limit)),
            Over::Window | Over::Kept => over(Code::OverWindow, limit.window.as_ref().map(|window| window.most)),
        })?;
        out.push((unit.clone(), amount));
    }
    Ok(out)
}

enum Asked {
    Nothing,
    Known(Amount),
    After,
}

/// How much of a unit the action is about. What a binding could not read is never zero.
fn measure(unit: &Unit, action: &Action) -> Result<Asked, Reason> {
    if *unit == Unit::calls() {
        return Amount::from_whole(1).map(Asked::Known).ok_or(Reason::new(Code::MeasureUnknown));
    }
    let unknown = || Reason::new(Code::MeasureUnknown).asked(unit);
    let mut sum: Option<Amount> = None;
    let mut after = false;
    for Measure { amount, after: told_after, unit: of } in &action.measures {
        match of {
            // A currency that could not be read may be this one.
            Reading::Unknown => return Err(unknown()),
            Reading::Known(of) if of != unit => continue,
            Reading::Known(_) => {}
        }
        match amount {
            Reading::Known(amount) => {
                sum = Some(sum.unwrap_or_default().checked_add(*amount).ok_or_else(unknown)?);
            }
            Reading::Unknown if *told_after => after = true,
            Reading::Unknown => return Err(unknown()),
        }
    }
    Ok(match (sum, after) {
        (_, true) => Asked::After,
        (Some(sum), false) => Asked::Known(sum),
        (None, false) => Asked::Nothing,
    })
}

/// An absent meter is nothing for what moves value: every unit of money must be named, and a transfer must be measured.
fn units_granted(row: &Row, action: &Action) -> Result<(), Reason> {
    let metered_money = row.meters.keys().any(Unit::is_currency);
    if action.effect == Effect::Transfer && action.measures.is_empty() {
        return Err(Reason::new(Code::MeasureUnknown));
    }
    for measure in &action.measures {
        match &measure.unit {
            Reading::Unknown if metered_money || action.effect == Effect::Transfer => {
                return Err(Reason::new(Code::MeasureUnknown));
            }
            Reading::Known(unit) if !row.meters.contains_key(unit) => {
                if action.effect == Effect::Transfer || (unit.is_currency() && metered_money) {
                    return Err(Reason::new(Code::UnitNotGranted).asked(unit));
                }
            }
            Reading::Known(_) | Reading::Unknown => {}
        }
    }
    Ok(())
}

/// Who must say yes: a threshold counts the running sum, so that many small amounts do not slip under it.
fn asks(row: &Row, state: &RowState, amounts: &[(Unit, Amount)]) -> Option<String> {
    let past = |unit: &Unit, over: &Amount| {
        let before = state.meters.get(unit).map(|meter| meter.charged()).unwrap_or_default();
        let now = amounts.iter().find(|(of, _)| of == unit).map(|(_, amount)| *amount);
        now.is_some_and(|now| before.checked_add(now).is_none_or(|sum| sum > *over))
    };
    row.ask
        .iter()
        .find(|ask| ask.over.is_empty() || ask.over.iter().any(|(unit, over)| past(unit, over)))
        .map(|ask| ask.who.clone())
}

/// What became of an act. A success settles at what its result measures, else at the reserve; beyond that only proof that
/// nothing was done gives back: never sent, or a result that the catalogue names as such.
pub(super) fn settle(view: View<'_>, settle: &Settle, facts: &Facts) -> Decided {
    let not_possible = || Decided::deny(Reason::new(Code::NotPossible));
    let Some(act) = view.task.acts.get(&settle.act) else { return not_possible() };
    if act.leaf != settle.leaf {
        return not_possible();
    }
    let open = act.standing == ActStanding::Open;
    let nothing = Observed::default();
    let (status, observed) = match (&settle.outcome, &act.standing) {
        (_, ActStanding::Ended { .. }) => return not_possible(),
        (Outcome::Doubt { why }, ActStanding::Open) => {
            let data = ActionDoubtful { act: act.seq, facts: facts.clone(), rules: RULES, why: why.chars().take(64).collect() };
            return Decided::done(vec![event(facts, data)]);
        }
        (Outcome::Doubt { .. } | Outcome::NeverSent | Outcome::NotDone(_), ActStanding::Doubtful) => {
            // What once was in doubt is given back by people only.
            return not_possible();
        }
        (Outcome::Done(observed), _) => (Status::Done, observed),
        (Outcome::NotDone(observed), ActStanding::Open) => (Status::NotDone, observed),
        (Outcome::NeverSent, ActStanding::Open) => (Status::NeverSent, &nothing),
    };
    let settled = settled(act, status, observed, open);
    let mut events = vec![event(facts, ended(act, status, observed, settled.clone(), facts))];
    events.extend(exceeded(view.task, act, &settled, facts));
    Decided::done(events)
}

/// What each charge of an act came to.
fn settled(act: &ActState, status: Status, observed: &Observed, open: bool) -> Vec<Reserved> {
    let come_to = |reserved: &Reserved| {
        let amount = match status {
            Status::NeverSent | Status::NotDone => Amount::ZERO,
            Status::Assumed => reserved.amount,
            Status::Done => {
                let of_unit = observed.measured.iter().filter(|(unit, _)| *unit == reserved.unit);
                let sum = of_unit.map(|(_, amount)| *amount).reduce(|a, b| a.checked_add(b).unwrap_or(Amount::MOST));
                match sum {
                    None => reserved.amount,
                    Some(sum) if open => sum,
                    // An outcome that comes after the doubt never lowers the charge.
                    Some(sum) => sum.max(reserved.amount),
                }
            }
        };
        Reserved { amount, ..reserved.clone() }
    };
    act.reserved.iter().map(come_to).collect()
}

pub(super) fn ended(
    act: &ActState,
    status: Status,
    observed: &Observed,
    settled: Vec<Reserved>,
    facts: &Facts,
) -> ActionEnded {
    ActionEnded {
        act: act.seq,
        begun: act.leaf,
        by: None,
        facts: facts.clone(),
        label: Label::default(),
        measured: observed.measured.clone(),
        private: Some(EndedPrivate { digest: observed.digest, result: observed.kept.clone() }),
        result: ResultSeen { kept: observed.kept.is_some(), size: observed.size },
        rules: RULES,
        settled,
        signature: None,
        status,
        values: observed.values.clone(),
    }
}

/// A result that came to more than a meter allows ends the grant whose meter it is.
fn exceeded(task: &TaskState, act: &ActState, settled: &[Reserved], facts: &Facts) -> Vec<crate::Event> {
    let over = |reserved: &Reserved, settled: &Reserved| {
        let grant = task.grants.get(&settled.grant)?;
        let row = usize::try_from(settled.row).ok()?;
        let limit = grant.envelope.as_ref()?.rows.get(row)?.meters.get(&settled.unit)?;
        let charged = grant.rows.get(row)?.meters.get(&settled.unit).map(|meter| meter.charged()).unwrap_or_default();
        let after = charged.saturating_sub(reserved.amount).checked_add(settled.amount);
        let past_total = limit.total.is_some_and(|total| after.is_none_or(|after| after > total));
        let past_each = limit.each.is_some_and(|each| settled.amount > each);
        (grant.standing.live() && (past_total || past_each)).then_some(grant.id)
    };
    let first = act.reserved.iter().zip(settled).find_map(|(reserved, settled)| over(reserved, settled));
    first.map_or_else(Vec::new, |grant| super::ending::grant_ended(task, grant, None, Code::MeterExceeded, facts))
}
