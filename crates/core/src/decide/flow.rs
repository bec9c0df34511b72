//! Step 5: what the holder has touched, against where the act would carry it.

use super::View;
use super::attempt::Asked;
use super::sources::{Judged, left_by_others};
use crate::action::{Action, Reading};
use crate::document::Flow;
use crate::elsewhere::{Touched, Whence};
use crate::facts::Facts;
use crate::reason::{Code, Reason};
use crate::task::{GrantState, TaskState};
use crate::{Attempt, DataClass, Egress, GrantId, Zone};
use std::collections::BTreeSet;

/// Whether the act carries nothing where it may not go.
pub(super) fn flows(view: View<'_>, lineage: &[&GrantState], asked: &Asked<'_>) -> Result<(), Reason> {
    let (judged, to) = (&asked.judged, zones(view, &asked.attempt.action));
    if to.is_empty() || judged.carries.classes.is_empty() {
        return Ok(());
    }
    let rules = view.control.rules.values().filter_map(|rule| rule.document.flow.as_ref());
    let rules: Vec<&Flow> = rules.collect();
    for class in &judged.carries.classes {
        let holds = rules.iter().filter(|flow| flow.classes.contains(class));
        let beyond = holds
            .into_iter()
            .find_map(|flow| to.iter().find(|zone| !flow.zones.contains(zone)).map(|zone| (flow, zone)));
        if let Some((flow, zone)) = beyond {
            return Err(refused(lineage, (class, asked.facts), &zone.to_string()).most(words(&flow.zones)));
        }
    }
    Ok(())
}

/// What the holder has touched goes with the work that it hands on, so all of it may be passed on, or nothing is.
pub(super) fn passes(lineage: &[&GrantState], judged: &Judged, facts: &Facts) -> Result<(), Reason> {
    for grant in lineage {
        let passable = grant.envelope.as_ref().and_then(|envelope| envelope.passable.known());
        let kept = judged.before.classes.iter().find(|class| !passable.is_some_and(|all| all.contains(*class)));
        if let Some(class) = kept {
            return Err(refused(lineage, (class, facts), "another agent"));
        }
    }
    Ok(())
}

/// Whether every grant of the lineage lets its holder read this class of data.
fn reads(lineage: &[&GrantState], class: &DataClass) -> bool {
    let allowed = |grant: &&GrantState| {
        let readable = grant.envelope.as_ref().and_then(|envelope| envelope.readable.known());
        readable.is_some_and(|all| all.contains(class))
    };
    lineage.iter().all(allowed)
}

/// The classes of data that the act brings its holder. Where they are told apart by field, what may not be read is taken out of
/// the result before it is given.
pub(super) fn brings<'a>(lineage: &'a [&GrantState], action: &'a Action) -> impl Iterator<Item = &'a DataClass> {
    action.classes.iter().filter(|class| action.by_field.is_empty() || reads(lineage, class))
}

/// Of what this holder may be given out of results now: what every grant of its lineage lets it read, and it counts as having
/// touched.
pub fn given(task: &TaskState, grant: GrantId) -> BTreeSet<DataClass> {
    let lineage = task.lineage(grant).unwrap_or_default();
    let touched = lineage.last().map(|own| own.label.classes.as_slice()).unwrap_or_default();
    touched.iter().filter(|class| reads(&lineage, class)).cloned().collect()
}

/// Whether every grant of the lineage lets its holder read what the act may bring; some of it, where the rest can be taken out.
pub(super) fn readable(
    task: &TaskState,
    lineage: &[&GrantState],
    attempt: &Attempt,
    facts: &Facts,
) -> Result<(), Reason> {
    let (own, action) = (attempt.grant, &attempt.action);
    let met = task.met(action);
    if let Some(class) = met.classes.iter().find(|class| !reads(lineage, class)) {
        let left = format_args!("{class}, which may have been left there in this task");
        return Err(Reason::new(Code::ClassNotGranted).asked(left));
    }
    let elsewhere = left_by_others(facts.elsewhere.as_deref());
    if let Some(class) = elsewhere.classes.iter().find(|class| !reads(lineage, class)) {
        let whence = facts.elsewhere.as_ref().and_then(|of| of.left.classes.get(class));
        let by = whence.map_or_else(String::new, brought);
        let left = format_args!("{class}, which may have been left there{by}");
        return Err(Reason::new(Code::ClassNotGranted).asked(left));
    }
    if !action.by_field.is_empty() && brings(lineage, action).next().is_some() {
        return Ok(());
    }
    for grant in lineage {
        let allowed = grant.envelope.as_ref().and_then(|envelope| envelope.readable.known());
        let other = action.classes.iter().find(|class| !allowed.is_some_and(|all| all.contains(*class)));
        if let Some(class) = other {
            let most = allowed.map_or_else(String::new, words);
            let reason = Reason::new(Code::ClassNotGranted).asked(class).most(most);
            return Err(if grant.id == own { reason } else { reason.of_above() });
        }
    }
    Ok(())
}

/// The event that brought a class of data is named, so that people find it.
fn refused(lineage: &[&GrantState], (class, facts): (&DataClass, &Facts), to: &str) -> Reason {
    let grant = lineage.last().filter(|grant| grant.label.classes.contains(class));
    let event = grant.and_then(|grant| grant.brought.classes.get(class));
    let held: Option<&Touched> = facts.elsewhere.as_ref().map(|elsewhere| &elsewhere.held);
    let elsewhere = held.and_then(|held| held.classes.get(class));
    let of = match (event, elsewhere) {
        (Some(event), _) => format!(" (event {event} of this task)"),
        (None, Some(whence)) => brought(whence),
        (None, None) => String::new(),
    };
    Reason::new(Code::FlowRefused).asked(format_args!("{class}{of} to {to}"))
}

/// Which event of another task brought something, in words.
fn brought(whence: &Whence) -> String {
    match whence.task {
        Some(task) => format!(" (event {} of the log, of task {task})", whence.leaf),
        None => " (in other tasks; which is not known any more)".to_owned(),
    }
}

fn words<'a>(all: impl IntoIterator<Item = &'a (impl std::fmt::Display + 'a)>) -> String {
    let all = all.into_iter().map(ToString::to_string).collect::<Vec<_>>();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

/// The zones that the act carries something to: its server's, its destination's, and the world where it leaves to nobody
/// knows where.
pub(super) fn zones(view: View<'_>, action: &Action) -> BTreeSet<Zone> {
    let server = view.control.server(action.tool.server()).map(|server| server.document.zone.clone());
    let to = action.destination.as_ref().and_then(Reading::known).and_then(|to| to.zone.clone());
    let away = (action.egress == Egress::Open && to.is_none()).then(Zone::public);
    [server, to, away].into_iter().flatten().filter(|zone| *zone != Zone::own()).collect()
}
