//! Approvals, judged by what stands in the events alone.

use super::Run;
use super::prelude::*;
use super::world::*;
use std::collections::BTreeSet;

/// The nth request that was made.
pub(super) fn nth(task: &TaskState, request: usize) -> Option<u64> {
    let all: Vec<u64> = task.approvals.keys().rev().copied().collect();
    all.get(request % all.len().max(1)).copied()
}

impl Run {
    pub(super) fn yes(&mut self, request: usize, name: &str) {
        let Some(approval) = nth(&self.world.task, request) else { return };
        let roles: Vec<String> =
            self.world.task.approvals[&approval].needs.iter().map(|need| need.role.clone()).collect();
        for role in roles {
            let given = self.world.approve(approval, &role, name);
            let alone = given.verdict == Verdict::Done && name == "anna" && role != "requester";
            assert!(!alone, "the requester filled a place of a review");
        }
    }

    /// What an act rests on, an independent reader of the events finds: signatures over this very action, used once, by as
    /// many distinct persons as were asked, whose passkeys stand; and that much needs a yes.
    pub(super) fn judge_approved(&mut self, before: &TaskState, decided: &Decided, now: Micros) {
        let Data::ActionBegun(begun) = &decided.events[0].data else { panic!("{decided:?}") };
        let over = |unit: &str, most: &str| {
            let root = &before.grants[&self.world.grant()];
            let charged = root.rows.iter().filter_map(|row| row.meters.get(&eur())).map(Meter::charged);
            let sum = charged.fold(Amount::ZERO, |sum, more| sum.checked_add(more).unwrap());
            let now = begun.reserved.iter().filter(|held| held.grant == root.id && held.unit.as_str() == unit);
            let went_on = begun.continues.is_some();
            !went_on && now.map(|held| sum.checked_add(held.amount).unwrap()).any(|sum| sum > amount(most))
        };
        if over("EUR", "300") {
            assert!(!begun.approvals.is_empty(), "past the threshold, and nobody was asked: {begun:?}");
        }
        for signed in &begun.approvals {
            assert!(self.used.insert(*signed), "one signature was used twice");
            // Whose passkey went may have said it again with another: the last of them is the one that counts.
            let given = self.world.events.iter().rev().find_map(|(event, _)| match &event.data {
                Data::ApprovalGiven(given) if given.statement.digest() == *signed => Some(given),
                _ => None,
            });
            let given = given.expect("what is used was signed");
            assert_eq!(given.statement.terms.action, begun.action.digest, "signed for something else");
            assert_eq!(given.statement.terms.meters, begun.reserved);
            assert!(now < given.statement.terms.not_after, "the yes had run out");
            let id = &given.assertion.id;
            assert!(self.world.control.passkey(&given.by.person, id).is_some(), "the passkey was gone");
            let state = &before.approvals[&given.statement.approval];
            assert_eq!(state.standing, ApprovalStanding::Open);
            let persons: BTreeSet<&PersonId> = state.given.iter().map(|given| &given.person).collect();
            let places: u64 = state.needs.iter().map(|need| need.count).sum();
            assert!(u64::try_from(persons.len()).unwrap() >= places, "fewer persons than places: {state:?}");
        }
    }
}
