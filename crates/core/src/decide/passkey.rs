//! Passkeys of people: invited by somebody, enrolled by whoever has the code, removed at once.

use super::ControlDecided;
use crate::control::{ControlState, Invite};
use crate::event::{
    ControlEnrolled, ControlInvited, ControlUnenrolled, ControlUninvited, INVITE_SPAN_MAX, Passkey, RULES,
};
use crate::facts::{Assurance, By, Facts};
use crate::reason::{Code, Reason};
use crate::{Digest, Micros, PersonId};

/// The most invitations of one person that are open at once.
const INVITES_MAX: usize = 8;

fn no(why: &str) -> ControlDecided {
    ControlDecided::refuse(Reason::new(Code::NotPossible).asked(why))
}

pub(super) fn invite(
    state: &ControlState,
    (by, person): (&By, &PersonId),
    code: Digest,
    (expires, signed): (Micros, Option<Digest>),
    facts: &Facts,
) -> ControlDecided {
    if !state.persons.contains_key(person) {
        return ControlDecided::refuse(Reason::new(Code::NotAvailable).asked(person));
    }
    if expires <= facts.now || expires > facts.now.after(INVITE_SPAN_MAX) {
        return no("an invitation is open for a day at most, and not for no time");
    }
    if signed.is_some_and(|signed| state.invites_signed.contains_key(&signed)) {
        return no("this signature has made an invitation already: sign another");
    }
    let open = state.invites.values().filter(|invite| invite.person == *person && invite.expires > facts.now);
    if open.count() >= INVITES_MAX || state.invites.contains_key(&code) {
        return no("this person has as many invitations open as may be");
    }
    let (by, person) = (by.clone(), person.clone());
    ControlDecided::one(facts, ControlInvited { by, code, expires, facts: facts.clone(), person, rules: RULES, signed })
}

pub(super) fn uninvite(
    state: &ControlState,
    by: &By,
    person: &PersonId,
    invitation: u64,
    facts: &Facts,
) -> ControlDecided {
    let open = |invite: &Invite| invite.seq == invitation && invite.person == *person && invite.expires > facts.now;
    if !state.invites.values().any(open) {
        return ControlDecided::refuse(Reason::new(Code::NotAvailable).asked("an invitation of that number"));
    }
    let (by, person) = (by.clone(), person.clone());
    ControlDecided::one(facts, ControlUninvited { by, facts: facts.clone(), invitation, person, rules: RULES })
}

pub(super) fn enroll(state: &ControlState, by: &By, code: Digest, passkey: &Passkey, facts: &Facts) -> ControlDecided {
    // Unknown, used, run out, of somebody else: one answer.
    let invited = state.invites.get(&code).filter(|invite| invite.person == by.person && invite.expires > facts.now);
    if invited.is_none() || !state.persons.contains_key(&by.person) {
        return no("the invitation was used, has run out, or never was");
    }
    if by.assurance != Assurance::Passkey || !passkey.formed() {
        return no("the passkey has not the form of one");
    }
    // One key is one person's: two accounts of one authenticator would be one person twice.
    if state.passkeys.values().any(|keys| keys.contains_key(&passkey.id) || keys.values().any(|k| k.key == passkey.key))
    {
        return no("the passkey is enrolled already");
    }
    if state.passkeys.get(&by.person).is_some_and(|keys| keys.len() >= Passkey::PER_PERSON_MAX) {
        return no("this person has as many passkeys as one may have");
    }
    let (by, passkey) = (by.clone(), passkey.clone());
    ControlDecided::one(facts, ControlEnrolled { by, code, facts: facts.clone(), passkey, rules: RULES })
}

pub(super) fn unenroll(state: &ControlState, by: &By, person: &PersonId, id: &str, facts: &Facts) -> ControlDecided {
    if !state.passkeys.get(person).is_some_and(|keys| keys.contains_key(id)) {
        return ControlDecided::refuse(Reason::new(Code::NotAvailable).asked("a passkey of that id"));
    }
    let (by, id, person) = (by.clone(), id.to_owned(), person.clone());
    ControlDecided::one(facts, ControlUnenrolled { by, facts: facts.clone(), id, person, rules: RULES })
}

#[cfg(test)]
mod tests;
