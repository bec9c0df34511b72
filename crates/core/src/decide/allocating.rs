//! What tasks draw on mandates: as they begin, in one append with the mandate; and what goes back once they are over.

use super::{View, event};
use crate::control::ControlState;
use crate::document::{Mandate, Template};
use crate::envelope::Envelope;
use crate::event::{Allocated, AllocationMade, AllocationReturned, Event, GivenBack, RULES};
use crate::facts::Facts;
use crate::mandate::MandateState;
use crate::reason::{Code, Reason};
use crate::task::{ActStanding, ActState, Standing, TaskState};
use crate::{Amount, Command, MandateName, Micros, Start, Unit};

/// The mandates whose streams a command moves with the task's: what a decision on it has to see.
pub fn mandates_wanted(task: &TaskState, control: &ControlState, command: &Command) -> Vec<MandateName> {
    if let Some(start) = command.begins().filter(|_| task.seq == 0) {
        return control.templates.get(&start.template).map(|(template, _)| template.draws.clone()).unwrap_or_default();
    }
    match command {
        Command::Tick => task.giving_back().map(|(name, _)| name.clone()).collect(),
        _ => Vec::new(),
    }
}

/// What a task that begins draws: of each mandate all that its envelope allows of each unit that the mandate limits.
pub(super) fn drawn(
    view: View<'_>,
    start: &Start,
    template: &Template,
    envelope: &Envelope,
    facts: &Facts,
) -> Result<Vec<AllocationMade>, Reason> {
    let given = |name: &MandateName| {
        let entry = view.control.mandates.get(name).filter(|entry| entry.is_given());
        entry.map(|entry| &entry.document).ok_or_else(|| Reason::new(Code::MandateEnded).asked(name))
    };
    let mandates = template.draws.iter().map(given).collect::<Result<Vec<&Mandate>, Reason>>()?;
    let Some(first) = mandates.first() else { return Ok(Vec::new()) };
    // Money that no mandate gives would be drawn on nothing.
    let moved = envelope.rows.iter().flat_map(|row| row.meters.keys()).filter(|unit| unit.is_currency());
    if let Some(unit) = moved.into_iter().find(|unit| !mandates.iter().any(|of| of.meters.contains_key(unit))) {
        return Err(Reason::new(Code::MandateUnit).asked(format_args!("{unit} of {}", first.name)));
    }
    mandates.into_iter().map(|mandate| drawn_on(view, start, mandate, envelope, facts)).collect()
}

fn drawn_on(
    view: View<'_>,
    start: &Start,
    mandate: &Mandate,
    envelope: &Envelope,
    facts: &Facts,
) -> Result<AllocationMade, Reason> {
    if facts.now < mandate.begins() {
        return Err(Reason::new(Code::WindowNotOpen).asked(&mandate.name));
    }
    if mandate.ends().is_some_and(|ends| facts.now >= ends) {
        return Err(Reason::new(Code::MandateEnded).asked(&mandate.name));
    }
    mandate.covers(&start.agent, &start.template, start.subject.as_deref())?;
    // Whoever decides without having read the mandate does not know what is left of it.
    let state = view.mandates.get(&mandate.name).ok_or(Reason::new(Code::NotPossible))?;
    let mut amounts = Vec::new();
    for unit in mandate.meters.keys() {
        if let Some(amount) = most_of(envelope, unit)? {
            amounts.push(allocated(mandate, state, (unit, amount), facts)?);
        }
    }
    if amounts.is_empty() {
        return Err(Reason::new(Code::MandateUnit).asked(format_args!("nothing that {} limits", mandate.name)));
    }
    Ok(AllocationMade {
        amounts,
        control: view.control.leaf,
        ends: mandate.ends(),
        facts: Facts { ids: Vec::new(), ..facts.clone() },
        mandate: mandate.name.clone(),
        rules: RULES,
        task: view.task.id,
    })
}

/// The most that an envelope allows of a unit in all its rows; `None` where none meters it.
fn most_of(envelope: &Envelope, unit: &Unit) -> Result<Option<Amount>, Reason> {
    let mut sum: Option<Amount> = None;
    for (index, limit) in envelope.rows.iter().enumerate().filter_map(|(i, row)| Some((i, row.meters.get(unit)?))) {
        let unlimited = || {
            let place = format_args!("grant[{index}].meters.{unit}").to_string();
            Reason::new(Code::NotPossible).asked(place).most("a `total`, which is what is drawn on a mandate")
        };
        let total = limit.total.ok_or_else(unlimited)?;
        sum = Some(sum.unwrap_or_default().checked_add(total).unwrap_or(Amount::MOST));
    }
    Ok(sum)
}

fn allocated(
    mandate: &Mandate,
    state: &MandateState,
    (unit, amount): (&Unit, Amount),
    facts: &Facts,
) -> Result<Allocated, Reason> {
    let limit = mandate.meters.get(unit).ok_or(Reason::new(Code::MandateUnit))?;
    let unknown = || {
        let zone = limit.per.as_ref().map(|per| per.zone.as_str()).unwrap_or_default();
        Reason::new(Code::NotPossible).asked(format_args!("the time zone {zone} is not known to this node"))
    };
    let counted = state.counted(unit, limit, facts).ok_or_else(unknown)?;
    let left = limit.most.saturating_sub(state.used(unit, &counted));
    if amount > left || !state.has_place(unit, &counted, facts.now) {
        let asked = format_args!("{amount} {unit} of {}", mandate.name).to_string();
        return Err(Reason::new(Code::OverMandate).asked(asked).most(format_args!("{left} {unit}")));
    }
    Ok(Allocated { amount, over: counted.over, period: counted.period, unit: unit.clone() })
}

/// What goes back of what a task drew that is over: nothing of it can begin any more, and nothing is open. What is in doubt
/// stays charged until somebody settles it.
pub(super) fn given_back(view: View<'_>, facts: &Facts) -> Vec<Event> {
    let task = view.task;
    let back = task.giving_back().filter(|(name, _)| view.mandates.contains_key(*name));
    let back = back.map(|(name, (amounts, settled))| AllocationReturned {
        amounts,
        facts: facts.clone(),
        mandate: name.clone(),
        rules: RULES,
        settled,
        task: task.id,
    });
    back.map(|data| event(facts, data)).collect()
}

impl TaskState {
    /// What was charged of a unit along the task's first grant, whose rows every act is charged to.
    fn charged(&self, unit: &Unit) -> Amount {
        let root = self.root.and_then(|root| self.grants.get(&root));
        let meters = root.into_iter().flat_map(|root| &root.rows).filter_map(|row| row.meters.get(unit));
        meters.fold(Amount::ZERO, |sum, meter| sum.checked_add(meter.charged()).unwrap_or(Amount::MOST))
    }

    /// What is to go back, by mandate; and whether that is the last of it.
    fn giving_back(&self) -> impl Iterator<Item = (&MandateName, (Vec<GivenBack>, bool))> {
        let (over, whole) = match self.standing {
            Standing::Live => (false, false),
            // The store went back: more may have been done than its meters say, so all of it counts, and no more can come.
            Standing::Ended { why, .. } => (!self.allocations.is_empty(), why == Code::EpochPassed),
        };
        let open = |act: &ActState| act.standing == ActStanding::Open;
        let due = over && !self.acts.values().any(|act| open(act));
        let settled = due && (whole || !self.acts.values().any(|act| act.in_doubt(Micros(u64::MAX))));
        let waits = self.allocations.iter().filter(move |(_, of)| due && !of.settled);
        waits.filter_map(move |(name, of)| {
            let back = of.counts.iter().map(|(unit, counts)| {
                // A result may have come to more than was drawn: then that counts.
                let used = self.charged(unit).max(if whole { *counts } else { Amount::ZERO });
                GivenBack { counts: used, returned: counts.saturating_sub(used), unit: unit.clone() }
            });
            let back: Vec<GivenBack> = back.collect();
            let any = settled || back.iter().any(|back| of.counts.get(&back.unit) != Some(&back.counts));
            any.then_some((name, (back, settled)))
        })
    }

    /// Whether something of what it drew on mandates is to go back now.
    pub fn gives_back(&self) -> bool {
        self.giving_back().next().is_some()
    }
}
