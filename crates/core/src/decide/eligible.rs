//! Who may say yes: by role, distinct, never the requester in a review, with a passkey that stands.

use super::View;
use super::glass::is_requester;
use crate::approval::{Approver, Need};
use crate::task::{ApprovalStanding, ApprovalState, Given, GrantState};
use crate::{Digest, Micros, PersonId};

/// When a need was asked, and what time it is: with them it is known whom it has escalated to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    pub(super) asked: Micros,
    pub(super) now: Micros,
}

/// Whether a person is one of those that a need names, at this time, and none that it excludes.
pub(super) fn may_fill(view: View<'_>, lineage: &[&GrantState], need: &Need, person: &PersonId, since: Since) -> bool {
    let Some(stands) = view.control.persons.get(person) else { return false };
    let task = view.task;
    let is = |who: &Approver| match who {
        Approver::Requester => task.requester.as_ref() == Some(person),
        Approver::Customer => task.subject.as_deref() == Some(person.as_str()),
        Approver::Owner => lineage
            .iter()
            .any(|grant| view.control.agents.get(&grant.holder).is_some_and(|entry| entry.document.owner == *person)),
        Approver::Role(role) => stands.roles.contains(role),
        Approver::Person(named) => named == person,
    };
    let escalated = need.escalate.as_ref().filter(|to| since.now >= since.asked.after(to.after));
    let named = need.who.iter().any(is) || escalated.is_some_and(|to| to.to.iter().any(is));
    // Whoever has the account that started it is no other person for having a name now.
    let requests = task.requester.as_ref().is_some_and(|requester| is_requester(view.control, requester, person));
    let own = !need.confirms() && requests;
    named && !need.exclude.iter().any(is) && (!own || view.control.solo())
}

/// How many persons a need takes: where there is one person alone, one stands for all.
pub(super) fn count(view: View<'_>, need: &Need) -> u64 {
    if view.control.solo() { need.count.min(1) } else { need.count }
}

/// Whether there are persons with passkeys, each for one place, who could say yes to all of it, now or once it escalates.
pub(super) fn enough(view: View<'_>, lineage: &[&GrantState], needs: &[Need]) -> bool {
    let far = Since { asked: Micros(0), now: Micros(u64::MAX >> 12) };
    let with_passkey = |person: &&PersonId| view.control.passkeys.get(*person).is_some_and(|keys| !keys.is_empty());
    let may = |need: &Need| -> Vec<PersonId> {
        let persons = view.control.persons.keys().filter(with_passkey);
        persons.filter(|person| may_fill(view, lineage, need, person, far)).cloned().collect()
    };
    let places = |need: &Need| {
        let may = may(need);
        (0..count(view, need)).map(move |_| may.clone())
    };
    let (own, others): (Vec<&Need>, Vec<&Need>) = needs.iter().partition(|need| need.confirms());
    let solo = view.control.solo();
    let own = own.into_iter().flat_map(places).all(|may| !may.is_empty());
    let others: Vec<Vec<PersonId>> = others.into_iter().flat_map(places).collect();
    own && if solo { others.iter().all(|may| !may.is_empty()) } else { distinct(&others) }
}

/// Whether each place can have a person of its own.
fn distinct(places: &[Vec<PersonId>]) -> bool {
    let mut taken: Vec<(PersonId, usize)> = Vec::new();
    (0..places.len()).all(|place| seat(places, place, &mut taken, &mut Vec::new()))
}

/// Finds a person for a place; who sits elsewhere moves on where there is another place's person to be had.
fn seat(places: &[Vec<PersonId>], place: usize, taken: &mut Vec<(PersonId, usize)>, tried: &mut Vec<PersonId>) -> bool {
    for person in places.get(place).into_iter().flatten() {
        if tried.contains(person) {
            continue;
        }
        tried.push(person.clone());
        let sits = taken.iter().position(|(of, _)| of == person);
        let free = match sits.and_then(|at| taken.get(at)).map(|(_, other)| *other) {
            None => true,
            Some(other) => seat(places, other, taken, tried),
        };
        if free {
            taken.retain(|(of, _)| of != person);
            taken.push((person.clone(), place));
            return true;
        }
    }
    false
}

/// Whether a person is one of those whom a request asks, whatever became of it.
pub fn is_asked(view: View<'_>, approval: &ApprovalState, person: &PersonId, now: Micros) -> bool {
    let lineage = view.task.lineage(approval.grant).unwrap_or_default();
    let since = Since { asked: approval.asked, now };
    approval.needs.iter().any(|need| may_fill(view, &lineage, need, person, since))
}

/// Whether every place of a request is filled by persons whose role and passkey stand.
pub fn signed_by_all(view: View<'_>, approval: &ApprovalState, now: Micros) -> bool {
    let lineage = view.task.lineage(approval.grant).unwrap_or_default();
    still_stand(view, &lineage, approval, now).is_some()
}

/// As what a person may sign a request now: roles that have a place left, and that they have not signed as.
pub fn may_sign(view: View<'_>, approval: &ApprovalState, person: &PersonId, now: Micros) -> Vec<String> {
    let lineage = view.task.lineage(approval.grant).unwrap_or_default();
    let since = Since { asked: approval.asked, now };
    let open = |need: &&Need| {
        let stand = standing_yeses(view, &lineage, approval, need, since);
        may_fill(view, &lineage, need, person, since)
            && stand.iter().all(|given| given.person != *person)
            && u64::try_from(stand.len()).unwrap_or(u64::MAX) < count(view, need)
    };
    if !approval.open(now) || view.task.past_doing(approval) || view.task.superseded(approval).is_some() {
        return Vec::new();
    }
    approval.needs.iter().filter(open).map(|need| need.role.clone()).collect()
}

/// Why a yes counts no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Void {
    /// Whoever said it has left.
    Left,
    /// The passkey that signed it was taken away.
    PasskeyGone,
    /// Whoever said it is not one of those who are asked any more.
    NotAsked,
    /// One person said it for two, and now there are two.
    Alone,
    /// Somebody said no to what comes to the same, since the request was made.
    Overruled,
}

impl Void {
    /// What people are told.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Left => "who said it has left",
            Self::PasskeyGone => "the passkey that signed it was taken away",
            Self::NotAsked => "who said it is not asked any more",
            Self::Alone => "one person said it for two, and there are others now",
            Self::Overruled => "somebody has said no to the same since it was asked",
        }
    }
}

/// Why a yes to a request counts no more; `None` of one that counts, or that was answered, used or ran out.
pub fn why_void(view: View<'_>, approval: &ApprovalState, given: &Given, now: Micros) -> Option<Void> {
    match approval.standing {
        ApprovalStanding::Open => {}
        ApprovalStanding::Void { .. } => return Some(Void::Overruled),
        _ => return None,
    }
    let lineage = view.task.lineage(approval.grant).unwrap_or_default();
    let since = Since { asked: approval.asked, now };
    let need = approval.needs.iter().find(|need| need.role == given.role);
    need.map_or(Some(Void::NotAsked), |need| voided(view, &lineage, need, given, since))
}

fn voided(view: View<'_>, lineage: &[&GrantState], need: &Need, given: &Given, since: Since) -> Option<Void> {
    match () {
        () if !view.control.persons.contains_key(&given.person) => Some(Void::Left),
        () if view.control.passkey(&given.person, &given.passkey).is_none() => Some(Void::PasskeyGone),
        () if !may_fill(view, lineage, need, &given.person, since) => Some(Void::NotAsked),
        // What one person said for two is worth nothing once there are two.
        () if given.single_person && !view.control.solo() => Some(Void::Alone),
        () => None,
    }
}

/// The yeses to one need that count, one a person: whose yes counted no more may have said it again.
pub(super) fn standing_yeses<'a>(
    view: View<'_>,
    lineage: &[&GrantState],
    approval: &'a ApprovalState,
    need: &Need,
    since: Since,
) -> Vec<&'a Given> {
    let mut stand: Vec<&Given> = Vec::new();
    for given in approval.given.iter().filter(|given| given.role == need.role) {
        let again = stand.iter().any(|other| other.person == given.person);
        if !again && voided(view, lineage, need, given, since).is_none() {
            stand.push(given);
        }
    }
    stand
}

/// The digests of what was signed, where every place is filled by persons whose role and passkey still stand.
pub(super) fn still_stand(
    view: View<'_>,
    lineage: &[&GrantState],
    approval: &ApprovalState,
    now: Micros,
) -> Option<Vec<Digest>> {
    let since = Since { asked: approval.asked, now };
    let mut signed = Vec::new();
    for need in &approval.needs {
        let stands = standing_yeses(view, lineage, approval, need, since);
        let stands: Vec<Digest> = stands.into_iter().map(|given| given.signed).collect();
        if u64::try_from(stands.len()).unwrap_or(u64::MAX) < count(view, need) {
            return None;
        }
        signed.extend(stands);
    }
    signed.sort_unstable();
    signed.dedup();
    Some(signed)
}
