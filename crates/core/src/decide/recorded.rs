//! What its server has on record of an act settles it when nobody else knows. It was read by an act of the same grant, with
//! the very tool that the binding names for that: a no that this rests on gives back what was reserved.

use super::value::{ended, exceeded, settled};
use super::{Decided, View, event};
use crate::action::Status;
use crate::event::RecordRead;
use crate::facts::Facts;
use crate::reason::{Code, Reason};
use crate::task::{ActStanding, ActState};
use crate::{Attempt, SettleByRecord, Tool, ToolId};

/// The tool of the same server that a binding reads the record of an act with.
pub fn record_tool(document: &Tool) -> Option<ToolId> {
    let name = document.bind.get("outcome")?.get("tool")?.as_str()?;
    ToolId::new(document.tool.server().clone(), name).ok()
}

pub(super) fn settle_by_record(view: View<'_>, said: &SettleByRecord, facts: &Facts) -> Decided {
    match by_record(view, said, facts) {
        Ok(decided) => decided,
        Err(reason) => Decided::deny(reason),
    }
}

/// What the node does through a grant at a person's word: it reads what a server has on record of an act of that grant
/// which is in doubt, and nothing else.
pub(super) fn reads_for_a_person(view: View<'_>, attempt: &Attempt, facts: &Facts) -> Result<(), Reason> {
    if facts.asked_by.is_none() {
        return Ok(());
    }
    let tool = &attempt.action.tool;
    let tells = |act: &&ActState| {
        let open = matches!(act.standing, ActStanding::Open | ActStanding::Doubtful) && act.in_doubt(facts.now);
        open && act.grant == attempt.grant && named(view, act).as_ref() == Some(tool)
    };
    let reads = attempt.action.harmless() && attempt.continues.is_none();
    if reads && view.task.acts.values().map(Box::as_ref).any(|act| tells(&act)) {
        return Ok(());
    }
    Err(Reason::new(Code::CallerUnknown))
}

/// The tool that reads what is on record of an act.
fn named(view: View<'_>, act: &ActState) -> Option<ToolId> {
    view.control.tool_rules.get(&act.tool).and_then(|document| record_tool(document))
}

fn by_record(view: View<'_>, said: &SettleByRecord, facts: &Facts) -> Result<Decided, Reason> {
    let no = |why: &str| Reason::new(Code::NotPossible).asked(why);
    let act = view.task.acts.get(&said.act).filter(|act| act.leaf == said.leaf);
    let act = act.filter(|act| match act.standing {
        ActStanding::Open | ActStanding::Doubtful => act.in_doubt(facts.now),
        // The round that answers bears the charge; what the record says of this one may be about that.
        ActStanding::Asked | ActStanding::Ended { .. } => false,
    });
    let act = act.ok_or_else(|| no("no act of that number is in doubt"))?;
    let read = view.task.acts.get(&said.read).filter(|read| reads(view, act, read, facts));
    let read = read.ok_or_else(|| no("it was not read by the tool that the binding names, after the act"))?;
    if !said.done && !said.observed.measured.is_empty() {
        return Err(no("what was not done measured nothing"));
    }
    let status = if said.done { Status::Done } else { Status::NotDone };
    let charges = settled(act, status, &said.observed, true);
    let mut outcome = ended(act, status, &said.observed, charges.clone(), facts);
    outcome.record = Some(RecordRead { act: read.seq, begun: read.leaf });
    let mut events = vec![event(facts, outcome)];
    events.extend(exceeded(view.task, act, &charges, &said.observed, facts));
    Ok(Decided::done(events))
}

/// Whether an act is the reading of another's record: it is open, so this is what it brings; it began later, reads what
/// stays where it is, and is called by the name that the binding says.
fn reads(view: View<'_>, act: &ActState, read: &ActState, facts: &Facts) -> bool {
    let open = read.standing == ActStanding::Open && !read.in_doubt(facts.now);
    let same = read.grant == act.grant && named(view, act).as_ref() == Some(&read.tool);
    open && read.harmless && same && read.seq > act.seq
}

#[cfg(test)]
mod tests;
