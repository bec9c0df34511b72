//! What people say to a request: yes, by a signature over its statement; or no, with a reason.

use super::eligible::{Since, count, may_fill, standing_yeses};
use super::{Decided, View, event, full, live_lineage};
use crate::approval::{INSTEAD_BYTES_MAX, Need, REASON_CHARS_MAX, Wider};
use crate::event::{ApprovalGiven, ApprovalRefused, NoPrivate, RULES};
use crate::facts::Facts;
use crate::json::Json;
use crate::normal::invisible;
use crate::reason::{Code, Reason};
use crate::task::{ApprovalStanding, ApprovalState, GrantState};
use crate::{Approve, Effect, Impact, RefuseApproval};

fn no(why: &str) -> Reason {
    Reason::new(Code::NotPossible).asked(why)
}

/// Unknown and not for this person are one answer.
fn unknown() -> Reason {
    Reason::new(Code::NotAvailable).asked("a request of that number, for you to answer")
}

fn open<'a>(view: View<'a>, seq: u64, facts: &Facts) -> Result<(&'a ApprovalState, Vec<&'a GrantState>), Reason> {
    let approval = view.task.approvals.get(&seq).ok_or_else(unknown)?;
    if view.task.epoch != view.control.epoch {
        return Err(Reason::new(Code::EpochPassed));
    }
    let lineage = live_lineage(view, approval.grant, facts.now)?;
    if let ApprovalStanding::Void { by, refused } = &approval.standing {
        let why = format!("{by} has said no to request {refused} since, which comes to the same, so this one is void");
        return Err(no(&why));
    }
    if !approval.open(facts.now) {
        return Err(no("the request was answered, was used, or has run out"));
    }
    Ok((approval, lineage))
}

/// A yes.
pub(super) fn approve(view: View<'_>, said: &Approve, facts: &Facts) -> Decided {
    match approved(view, said, facts) {
        Ok(given) => Decided::done(vec![event(facts, given)]),
        Err(reason) => Decided::deny(reason),
    }
}

fn approved(view: View<'_>, said: &Approve, facts: &Facts) -> Result<ApprovalGiven, Reason> {
    let person = &said.by.person;
    let (approval, lineage) = open(view, said.approval, facts)?;
    // A key in a file, the socket, a cookie, a login or a link never suffice.
    if !said.by.assurance.signed() || !said.assertion.formed() {
        return Err(no("a yes is signed with a passkey, and this one is not"));
    }
    if view.control.passkey(person, &said.assertion.id).is_none() {
        return Err(no("the passkey is not enrolled for this person"));
    }
    let since = Since { asked: approval.asked, now: facts.now };
    let fills = |need: &&Need| need.role == said.role && may_fill(view, &lineage, need, person, since);
    let need = approval.needs.iter().find(fills).ok_or_else(unknown)?;
    // A yes that nothing can come of would be asked of people for nothing.
    if view.task.past_doing(approval) {
        return Err(no("the act cannot be done any more: its tool was taken out, or its key was used by another act"));
    }
    if view.task.superseded(approval).is_some() {
        return Err(no("the agent has asked for another amount since: that request stands in its place"));
    }
    // A yes that counts no more, for its person left or its passkey went, fills no place.
    let stand = standing_yeses(view, &lineage, approval, need, since);
    if u64::try_from(stand.len()).unwrap_or(u64::MAX) >= count(view, need) {
        return Err(no("as this, enough persons have said yes already"));
    }
    // One signature fills one place, and distinct means distinct persons.
    let confirms = |role: &str| approval.needs.iter().any(|need| need.role == role && need.confirms());
    let other_place = approval
        .given
        .iter()
        .any(|given| given.person == *person && given.role != said.role && !need.confirms() && !confirms(&given.role));
    let said_already = stand.iter().any(|given| given.person == *person);
    if said_already || (other_place && !view.control.solo()) {
        return Err(no("this person has said yes to it already"));
    }
    let statement = view.task.statement(approval, &said.role, person);
    let signed = match &said.sheet {
        None => statement.digest(),
        Some(_) if approval.impact == Impact::Critical => {
            return Err(no("what is critical is never signed on a sheet, but by itself"));
        }
        Some(sheet) if !sheet.holds(&statement) => {
            return Err(no("this does not stand once on the sheet, or it is no sheet"));
        }
        Some(sheet) => sheet.digest(),
    };
    if signed != said.signed {
        return Err(no("what was signed is something else than what is asked now"));
    }
    if full(view.task) {
        return Err(Reason::new(Code::TaskFull));
    }
    // Whoever started it, there is no second person: an account that nobody has may be the same one's.
    let alone = view.control.solo() && (!need.confirms() || other_place || need.count > 1);
    Ok(ApprovalGiven {
        assertion: said.assertion.clone(),
        by: said.by.clone(),
        control: view.control.leaf,
        facts: facts.clone(),
        rules: RULES,
        sheet: said.sheet.clone(),
        single_person: alone,
        statement,
    })
}

/// A no. Whoever may say yes may say it, and so may the person whose task it is; it narrows, so any assurance does.
pub(super) fn refuse(view: View<'_>, said: &RefuseApproval, facts: &Facts) -> Decided {
    match refused(view, said, facts) {
        Ok(refused) => Decided::done(vec![event(facts, refused)]),
        Err(reason) => Decided::deny(reason),
    }
}

fn refused(view: View<'_>, said: &RefuseApproval, facts: &Facts) -> Result<ApprovalRefused, Reason> {
    let person = &said.by.person;
    let (approval, lineage) = open(view, said.approval, facts)?;
    let since = Since { asked: approval.asked, now: facts.now };
    let may = |need: &Need| may_fill(view, &lineage, need, person, since);
    let asked = approval.needs.iter().any(may);
    if view.task.requester.as_ref() != Some(person) && !asked {
        return Err(unknown());
    }
    let reason = said.reason.trim();
    let length = reason.chars().count();
    if !(1..=REASON_CHARS_MAX).contains(&length) || reason.chars().any(invisible) {
        let most = format_args!("1 to {REASON_CHARS_MAX} characters on one line");
        return Err(no("the reason").most(most));
    }
    if let Some(instead) = &said.instead {
        // An offer says what would be said yes to: it is for whoever could say that.
        if !asked {
            return Err(Reason::new(Code::SecondPersonNeeded).asked("what is offered instead"));
        }
        offered(approval, instead)?;
    }
    if full(view.task) {
        return Err(Reason::new(Code::TaskFull));
    }
    Ok(ApprovalRefused {
        approval: said.approval,
        by: said.by.clone(),
        control: view.control.leaf,
        facts: facts.clone(),
        private: Some(NoPrivate { instead: said.instead.clone(), reason: reason.to_owned() }),
        rules: RULES,
        voids: said.voids.then(|| voids(view, approval, facts)),
    })
}

/// What else waits and comes to the same: who says yes to that does not know of this no, so nothing is done by it.
fn voids(view: View<'_>, refused: &ApprovalState, facts: &Facts) -> Vec<u64> {
    let same = |of: &&ApprovalState| of.seq != refused.seq && of.goal == refused.goal && of.open(facts.now);
    let others = view.task.approvals.values().map(Box::as_ref).filter(same);
    // What only reads is no goal: a no to it is one to that act alone.
    others.filter(|of| of.effect != Effect::Read).map(|of| of.seq).collect()
}

/// What is offered instead is small, and less of the act that was asked.
fn offered(approval: &ApprovalState, instead: &Json) -> Result<(), Reason> {
    if instead.as_object().is_none() || instead.canonical().len() > INSTEAD_BYTES_MAX {
        let most = format_args!("an object of arguments of at most {INSTEAD_BYTES_MAX} bytes");
        return Err(no("what is offered instead").most(most));
    }
    let Some(asked) = &approval.asked_for else {
        return Err(no("what was asked is not there any more, so nothing is offered in its place"));
    };
    let more = |wider: Wider| Reason::new(Code::OfferNotNarrower).at(&wider.at).most(wider.expected);
    asked.holds(instead).map_err(more)
}
