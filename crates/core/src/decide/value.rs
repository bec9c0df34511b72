//! Value: what an act reserves along its whole lineage, and what it comes to in the end.

use super::ending::grants_ended;
use super::{Decided, View, event};
use crate::action::{Action, FAILED, Measure, Observed, Reading, Status};
use crate::envelope::{Ask, Row};
use crate::event::{ActionDoubtful, ActionEnded, EndedPrivate, Label, RULES, Reserved, ResultSeen, RowUsed};
use crate::facts::Facts;
use crate::meter::{Meter, Over};
use crate::reason::{Code, Reason};
use crate::task::{ActStanding, ActState, GrantState, RowState, TaskState};
use crate::{Amount, Effect, Event, GrantId, Micros, Outcome, Settle, Unit};

/// What an act is charged: one row of each grant of the lineage, and its meters.
pub(super) struct Charged {
    pub(super) reserved: Vec<Reserved>,
    pub(super) rows: Vec<RowUsed>,
    /// What the rows used ask of people.
    pub(super) asks: Vec<Ask>,
}

/// Step 7: in each grant the first fitting row that has room. The refusal is that of the last row tried.
pub(super) fn charge(
    task: &TaskState,
    lineage: &[&GrantState],
    fitting: &[Vec<usize>],
    action: &Action,
    now: Micros,
) -> Result<Charged, Reason> {
    let mut charged = Charged { reserved: Vec::new(), rows: Vec::new(), asks: Vec::new() };
    for (grant, rows) in lineage.iter().zip(fitting) {
        let mut last = None;
        let mut found = None;
        for index in rows {
            let row = grant.envelope.as_ref().and_then(|envelope| envelope.rows.get(*index));
            let (Some(row), Some(state)) = (row, grant.rows.get(*index)) else { continue };
            match charge_row(task, grant, row, state, action, now) {
                Ok(amounts) => {
                    found = Some((index, row, amounts));
                    break;
                }
                Err(reason) => last = Some(reason),
            }
        }
        let none = || last.unwrap_or_else(|| Reason::new(Code::ToolNotGranted).asked(&action.tool));
        let own = lineage.last().is_some_and(|own| own.id == grant.id);
        let none = || if own { none() } else { none().of_above() };
        let (index, row, amounts) = found.ok_or_else(none)?;
        let index = u64::try_from(*index).unwrap_or(u64::MAX);
        charged.asks.extend(asks((row, action), lineage.first().copied(), grant, &amounts).cloned());
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
    let unused = Meter::default();
    for (unit, limit) in &row.meters {
        let meter = state.meters.get(unit).unwrap_or(&unused);
        let amount = match measure(unit, action)? {
            Asked::Nothing => continue,
            Asked::Known(amount) => amount,
            // The size is told by the result only: reserve the per-action limit; with none, one at a time.
            Asked::After(said) => match &limit.each {
                Some(each) => said.max(*each),
                None => {
                    if unsized_running(task, grant) {
                        return Err(Reason::new(Code::OneAtATime));
                    }
                    if limit.total.is_some_and(|total| meter.charged() >= total) {
                        return Err(Reason::new(Code::OverTotal).asked(unit).most(Amount::ZERO));
                    }
                    said
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
        if let Some(most) = limit.per_destination {
            to_destination(task, action, unit, amount, most)?;
        }
        out.push((unit.clone(), amount));
    }
    Ok(out)
}

/// What goes to one destination is summed over the task, so that neither siblings nor rows have a share each. Where it goes,
/// or went, that could not be read is no destination of its own.
fn to_destination(task: &TaskState, action: &Action, unit: &Unit, amount: Amount, most: Amount) -> Result<(), Reason> {
    let over = |left: Amount| {
        let reason = Reason::new(Code::OverDestination);
        reason.asked(format_args!("{amount} {unit}")).most(format_args!("{left} {unit}"))
    };
    // What moves value to nowhere that a binding names would have a share of its own.
    if action.destination.is_none() && action.effect == Effect::Transfer {
        return Err(over(Amount::ZERO));
    }
    let sums = task.charged_to(action.destination.as_ref()).ok_or_else(|| over(Amount::ZERO))?;
    let before = sums.get(unit).copied().unwrap_or_default();
    // A size that only the result tells is at least something.
    let after = action.measures.iter().any(|measure| measure.after) && amount.is_zero() && before >= most;
    let past = before.checked_add(amount).is_none_or(|sum| sum > most);
    if past || after { Err(over(most.saturating_sub(before))) } else { Ok(()) }
}

/// Whether an act whose size nobody knows yet, or ever will, runs under this grant or one below it. One in doubt counts:
/// its charge is not known, so the next would be measured against a meter that says too little.
fn unsized_running(task: &TaskState, grant: &GrantState) -> bool {
    let unsettled = |act: &&ActState| act.after && !matches!(act.standing, ActStanding::Ended { .. });
    task.acts.values().map(Box::as_ref).filter(unsettled).any(|act| act.rows.iter().any(|used| used.grant == grant.id))
}

enum Asked {
    Nothing,
    Known(Amount),
    /// Only the result tells; beforehand the arguments say this much.
    After(Amount),
}

/// How much of a unit the action is about. What a binding could not read is never zero.
fn measure(unit: &Unit, action: &Action) -> Result<Asked, Reason> {
    if unit.is_calls() {
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
        after |= *told_after;
        match amount {
            Reading::Known(amount) => {
                sum = Some(sum.unwrap_or_default().checked_add(*amount).ok_or_else(unknown)?);
            }
            Reading::Unknown if *told_after => {}
            Reading::Unknown => return Err(unknown()),
        }
    }
    Ok(match (sum, after) {
        (sum, true) => Asked::After(sum.unwrap_or_default()),
        (Some(sum), false) => Asked::Known(sum),
        (None, false) => Asked::Nothing,
    })
}

/// Whether a row that counts over no two acts has room for one: its units are named, and none is over the limit of one.
pub(super) fn within_each(row: &Row, action: &Action) -> bool {
    let room = |(unit, limit): (&Unit, &crate::MeterLimit)| match measure(unit, action) {
        Ok(Asked::Nothing) => true,
        Ok(Asked::Known(amount)) => limit.each.is_none_or(|each| amount <= each),
        // What only the result tells is bounded by the grant's own limits, and named here all the same.
        Ok(Asked::After(said)) => limit.each.is_none_or(|each| said <= each),
        Err(_) => false,
    };
    units_granted(row, action).is_ok() && row.meters.iter().all(room)
}

/// An absent meter is nothing for what moves value: every unit of money must be named, and a transfer must be measured.
/// A read moves nothing: there an amount is a filter, limited only where the row limits money at all.
fn units_granted(row: &Row, action: &Action) -> Result<(), Reason> {
    let money_counts = action.effect != Effect::Read || row.meters.keys().any(Unit::is_currency);
    // How often something is done says nothing of how much is moved.
    let mut measures =
        action.measures.iter().filter(|measure| !measure.unit.known().is_some_and(Unit::is_calls)).peekable();
    if action.effect == Effect::Transfer && measures.peek().is_none() {
        return Err(Reason::new(Code::MeasureUnknown));
    }
    for measure in measures {
        match &measure.unit {
            Reading::Unknown if money_counts => {
                return Err(Reason::new(Code::MeasureUnknown));
            }
            Reading::Known(unit) if !row.meters.contains_key(unit) => {
                if action.effect == Effect::Transfer || (unit.is_currency() && money_counts) {
                    return Err(Reason::new(Code::UnitNotGranted).asked(unit));
                }
            }
            Reading::Known(_) | Reading::Unknown => {}
        }
    }
    Ok(())
}

/// Who must say yes: a threshold counts the running sum of the task, whatever the row, so that many small amounts, or the
/// same by two tools, do not slip under it.
fn asks<'a>(
    (row, action): (&'a Row, &Action),
    root: Option<&GrantState>,
    grant: &GrantState,
    amounts: &[(Unit, Amount)],
) -> impl Iterator<Item = &'a Ask> {
    let charged = |grant: &GrantState, unit: &Unit| {
        let meters = grant.rows.iter().filter_map(|row| row.meters.get(unit));
        meters.fold(Amount::ZERO, |sum, meter| sum.checked_add(meter.charged()).unwrap_or(Amount::MOST))
    };
    let past = move |unit: &Unit, over: &Amount| {
        let before = charged(grant, unit).max(root.map(|root| charged(root, unit)).unwrap_or_default());
        let now = amounts.iter().find(|(of, _)| of == unit).map(|(_, amount)| *amount);
        now.is_some_and(|now| before.checked_add(now).is_none_or(|sum| sum > *over))
    };
    let asks = |ask: &&Ask| ask.over.is_empty() || ask.over.iter().any(|(unit, over)| past(unit, over));
    row.ask.iter().filter(|ask| ask.about(&action.tool)).filter(asks).collect::<Vec<_>>().into_iter()
}

/// What became of an act. A success settles at what its result measures, else at the reserve; beyond that only proof that
/// nothing was done gives back: never sent, or a result that the catalogue names as such.
pub(super) fn settle(view: View<'_>, settle: &Settle, facts: &Facts) -> Decided {
    let not_possible = || Decided::deny(Reason::new(Code::NotPossible));
    let Some(act) = view.task.acts.get(&settle.act) else { return not_possible() };
    if act.leaf != settle.leaf {
        return not_possible();
    }
    // Past its time an act is in doubt, whether or not that was written down.
    let open = !act.in_doubt(facts.now);
    let nothing = Observed::default();
    let (status, observed) = match (&settle.outcome, &act.standing) {
        (_, ActStanding::Ended { .. }) => return not_possible(),
        (Outcome::Doubt { why }, ActStanding::Open) => return Decided::done(vec![doubt(act, why, facts)]),
        (Outcome::Done(observed), _) => (Status::Done, observed),
        (Outcome::NotDone(observed), _) if open => (Status::NotDone, observed),
        // The round before was sent, and may have acted: its charge is this one's now.
        (Outcome::NeverSent, ActStanding::Open) if act.took_over => {
            return Decided::done(vec![doubt(act, "never sent, and the round before was", facts)]);
        }
        (Outcome::NeverSent, _) if open => (Status::NeverSent, &nothing),
        // What once was in doubt is given back by people only.
        (Outcome::Doubt { .. } | Outcome::NeverSent | Outcome::NotDone(_), _) => return not_possible(),
    };
    let settled = settled(act, status, observed, open);
    let mut events = vec![event(facts, ended(act, status, observed, settled.clone(), facts))];
    events.extend(exceeded(view.task, act, &settled, observed, facts));
    Decided::done(events)
}

/// Nobody can tell what became of an act. A read that stays where it is settles itself: nobody is asked about it.
pub(super) fn doubt(act: &ActState, why: &str, facts: &Facts) -> Event {
    if act.harmless {
        let observed = Observed { failed: why == FAILED, ..Observed::default() };
        return event(facts, ended(act, Status::Assumed, &observed, act.reserved.clone(), facts));
    }
    let why = why.chars().take(64).collect();
    event(facts, ActionDoubtful { act: act.seq, facts: facts.clone(), rules: RULES, why })
}

/// What each charge of an act came to.
pub(super) fn settled(act: &ActState, status: Status, observed: &Observed, open: bool) -> Vec<Reserved> {
    let come_to = |reserved: &Reserved| {
        let amount = match status {
            Status::NeverSent | Status::NotDone | Status::Asked => Amount::ZERO,
            Status::Assumed => reserved.amount,
            Status::Done => {
                let of_unit = observed.measured.iter().filter(|(unit, _)| *unit == reserved.unit);
                let sum = of_unit.map(|(_, amount)| *amount).reduce(|a, b| a.checked_add(b).unwrap_or(Amount::MOST));
                match sum {
                    None => reserved.amount,
                    // A call is a call, whatever its result says of itself.
                    Some(_) if reserved.unit.is_calls() => reserved.amount,
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
        record: None,
        result: ResultSeen {
            failed: observed.failed,
            kept: observed.kept.is_some(),
            size: observed.size,
            withheld: observed.withheld.clone(),
        },
        rules: RULES,
        settled,
        signature: None,
        signed: None,
        status,
        unmeasured: observed.unmeasured.clone(),
        values: observed.values.clone(),
    }
}

/// A result that came to more than a meter allows, or to something of a unit that was not reserved though the row limits
/// it, ends the grant whose meter it is. So does one that does not tell what only it could, where no limit of one action
/// was reserved in its place: unknown is never zero, so it is past the meter.
pub(super) fn exceeded(
    task: &TaskState,
    act: &ActState,
    settled: &[Reserved],
    observed: &Observed,
    facts: &Facts,
) -> Vec<Event> {
    let row = |used: GrantId, row: u64| {
        let grant = task.grants.get(&used).filter(|grant| grant.standing.live())?;
        let row = usize::try_from(row).ok()?;
        Some((grant, grant.envelope.as_ref()?.rows.get(row)?, grant.rows.get(row)?))
    };
    let past = |reserved: &Reserved, settled: &Reserved| {
        let (grant, row, state) = row(settled.grant, settled.row)?;
        let limit = row.meters.get(&settled.unit)?;
        let meter = state.meters.get(&settled.unit).cloned().unwrap_or_default();
        let sent_past = |most: Amount| task.past_to(act, reserved, settled.amount, most);
        let past = meter.past(limit, act.seq, reserved.amount, settled.amount);
        (past || limit.per_destination.is_some_and(sent_past)).then_some(grant.id)
    };
    let unforeseen = |used: &RowUsed| {
        let (grant, row, _) = row(used.grant, used.row)?;
        let held = |unit: &Unit| {
            act.reserved.iter().any(|held| held.grant == used.grant && held.row == used.row && held.unit == *unit)
        };
        let beyond =
            |(unit, amount): &(Unit, Amount)| !amount.is_zero() && row.meters.contains_key(unit) && !held(unit);
        observed.measured.iter().any(beyond).then_some(grant.id)
    };
    let untold = |used: &RowUsed| {
        let (grant, row, _) = row(used.grant, used.row)?;
        let unbounded = |unit: &Unit| row.meters.get(unit).is_some_and(|limit| limit.each.is_none());
        observed.unmeasured.iter().any(unbounded).then_some(grant.id)
    };
    let past = act.reserved.iter().zip(settled).find_map(|(reserved, settled)| past(reserved, settled));
    let first = past.or_else(|| act.rows.iter().find_map(|used| unforeseen(used).or_else(|| untold(used))));
    first.map_or_else(Vec::new, |grant| grants_ended(task, &[(grant, Code::MeterExceeded)], None, &[act.seq], facts))
}
