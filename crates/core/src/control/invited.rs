//! Passkeys of people and invitations to make one, folded: an invitation lasts no longer than what it rests on.

use super::{ControlState, Invite};
use crate::event::{ControlEnrolled, ControlInvited, ControlUnenrolled, INVITE_SIGNED_MEMORY};
use crate::facts::By;
use crate::{Digest, Micros, PersonId};
use std::collections::BTreeSet;

impl ControlState {
    pub(super) fn fold_invited(&mut self, invited: &ControlInvited, at: Micros) {
        self.invites.retain(|_, invite| invite.expires > at);
        self.remember_signed(invited.signed, at);
        // One that two persons signed was begun by the second of them.
        let others = self.invites.remove(&invited.code).map(|invite| invite.behind).unwrap_or_default();
        let behind = others.into_iter().chain(with_passkey(&invited.by)).collect();
        let (person, by) = (invited.person.clone(), invited.by.person.clone());
        let invite = Invite { person, expires: invited.expires, seq: self.seq, by, behind };
        self.invites.insert(invited.code, invite);
    }

    /// An invitation for which these persons signed; when it is open until, its own event says next.
    pub(super) fn invites_by(&mut self, (by, code): (&By, Digest), person: &PersonId, signed: BTreeSet<PersonId>) {
        let behind = signed.into_iter().chain(with_passkey(by)).collect();
        let (person, by) = (person.clone(), by.person.clone());
        self.invites.insert(code, Invite { person, expires: Micros(u64::MAX), seq: self.seq, by, behind });
    }

    /// Remembers what was signed for an invitation, for as long as it could be brought again.
    pub(super) fn remember_signed(&mut self, signed: Option<Digest>, at: Micros) {
        self.invites_signed.retain(|_, since| since.after(INVITE_SIGNED_MEMORY) > at);
        self.invites_signed.extend(signed.map(|signed| (signed, at)));
    }

    pub(super) fn fold_enrolled(&mut self, enrolled: &ControlEnrolled) {
        self.invites.remove(&enrolled.code);
        let person = enrolled.by.person.clone();
        self.enrolled.insert(person.clone());
        let passkey = enrolled.passkey.clone();
        self.passkeys.entry(person).or_default().insert(passkey.id.clone(), passkey);
    }

    /// Whoever had a passkey that is gone may have signed more with it: invitations, and changes that still wait.
    pub(super) fn fold_unenrolled(&mut self, gone: &ControlUnenrolled) {
        if let Some(keys) = self.passkeys.get_mut(&gone.person) {
            keys.remove(&gone.id);
        }
        self.invites_without(&gone.person);
        for waits in self.proposals.values_mut() {
            waits.signed.remove(&gone.person);
        }
        self.passkeys.retain(|_, keys| !keys.is_empty());
    }

    /// Takes away invitations of a person, and those that passkeys of theirs signed for others.
    pub(super) fn invites_without(&mut self, person: &PersonId) {
        self.invites.retain(|_, invite| invite.person != *person && !invite.behind.contains(person));
    }
}

fn with_passkey(by: &By) -> Option<PersonId> {
    by.assurance.signed().then(|| by.person.clone())
}
