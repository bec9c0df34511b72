//! What was done, counted, and whose word for it there is.

use crate::report::Report;
use bailiwick_core::{By, Data, Facts, Mode};

/// Counts what was done, and whose word for it there is.
pub(super) fn tally(data: &Data, report: &mut Report) {
    let mut person = |by: &By| *report.basis.persons.entry(by.assurance).or_default() += 1;
    let mut instance = |facts: &Facts| {
        if let Some(caller) = facts.called() {
            *report.basis.instances.entry(caller.assurance).or_default() += 1;
        }
    };
    match data {
        // Whose signature stands under it is nobody's word: it is checked.
        Data::TaskStarted(data) if data.signed.is_some() => {}
        Data::TaskAmended(data) if data.signed.is_some() => {}
        Data::ControlGlassClosed(data) if data.signed.is_some() => {}
        Data::TaskStarted(data) => person(&data.by),
        Data::TaskAmended(data) => person(&data.by),
        Data::TaskEnded(data) => data.by.iter().for_each(person),
        Data::GrantEnded(data) => data.by.iter().for_each(person),
        Data::KeyBound(data) => instance(&data.facts),
        Data::ActionBegun(data) => {
            instance(&data.facts);
            report.acts.begun += 1;
            match data.mode {
                Mode::Enforced => report.acts.enforced += 1,
                Mode::Cooperative => report.acts.cooperative += 1,
                Mode::Observed => report.acts.observed += 1,
            }
            report.basis.signed += u64::from(data.signature.is_some());
        }
        Data::ActionEnded(_) => report.acts.ended += 1,
        Data::ActionDoubtful(_) => report.acts.doubtful += 1,
        Data::ActionRefused(data) => {
            instance(&data.facts);
            report.acts.refused += 1;
        }
        Data::ActionWaiting(data) => instance(&data.facts),
        // The call that waits says who.
        Data::ApprovalAsked(_) => {}
        Data::ApprovalGiven(data) => person(&data.by),
        Data::ApprovalRefused(data) => person(&data.by),
        // Time did it.
        Data::ApprovalEscalated(_) | Data::ApprovalExpired(_) | Data::TaskEnding(_) => {}
        Data::WishMade(data) => instance(&data.facts),
        Data::WishRefused(data) => person(&data.by),
        Data::LabelLowered(data) => person(&data.by),
        Data::RefusalsCounted(data) => {
            let counted: u64 = data.counted.iter().fold(0, |sum, entry| sum.saturating_add(entry.count));
            report.acts.counted = report.acts.counted.saturating_add(counted);
        }
        Data::ControlRestored(data) => person(&data.by),
        Data::ControlAdded(data) => person(&data.by),
        Data::ControlApplied(data) => person(&data.by),
        Data::ControlReviewed(data) => person(&data.by),
        Data::ControlAgent(data) => person(&data.by),
        Data::ControlTenant(data) => person(&data.by),
        Data::ControlInvited(data) => person(&data.by),
        Data::ControlEnrolled(data) => person(&data.by),
        Data::ControlUninvited(data) => person(&data.by),
        Data::ControlUnenrolled(data) => person(&data.by),
        Data::ControlProposed(data) => person(&data.by),
        Data::ControlSeconded(data) => person(&data.by),
        Data::ControlWithdrawn(data) => person(&data.by),
        Data::ControlErased(data) => {
            person(&data.by);
            report.erased(data.task, data.facts.now, data.by.person.as_str());
        }
        Data::ControlPersonErased(data) => {
            person(&data.by);
            let by = data.by.person.as_str();
            data.tasks.iter().for_each(|task| report.erased(*task, data.facts.now, by));
        }
        Data::ControlExpired(data) => {
            let by = format!("rule {}", data.rule);
            data.tasks.iter().for_each(|of| report.erased(of.task, data.facts.now, &by));
        }
        Data::ControlHeld(data) => person(&data.by),
        Data::ControlReleased(data) => person(&data.by),
        Data::ControlPlaceLowered(data) => person(&data.by),
        Data::ControlGlassBroken(data) => person(&data.by),
        Data::ControlGlassClosed(data) => person(&data.by),
        Data::ControlBreakerClosed(data) => data.by.iter().for_each(person),
        Data::ControlObserveBegun(data) => person(&data.by),
        Data::ControlObserveEnded(data) => person(&data.by),
        Data::ControlKeys(data) => data.by.iter().for_each(person),
        // What hands work on ends with the grant that it makes.
        Data::GrantMinted(data) => report.acts.ended += u64::from(data.act.is_some()),
        // What a task draws is what was consented to with it.
        Data::AllocationMade(_) | Data::AllocationReturned(_) => {}
        Data::ControlOpened(_)
        | Data::ControlPinned(_)
        | Data::ControlQuarantined(_)
        | Data::ControlBreakerOpened(_)
        | Data::ControlFound(_)
        | Data::ControlHeads(_) => {}
    }
}
