//! Mutants: a world with one promise broken. A judge that does not see its own mutant is worth nothing.

use crate::happening::Loss;
use std::fmt;

/// One broken promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// The edge forwards when the batch goes out, not when it is durable.
    ForwardsBeforeDurable,
    /// The edge forwards other bytes than those decided.
    ForwardsOtherBytes,
    /// The edge forwards after the time by which the act must leave.
    IgnoresForwardBy,
    /// A person is told that all is drained as soon as the grant has ended.
    DrainsTooEarly,
    /// The catalogue reads every amount as one.
    UnderstatesAmounts,
    /// The edge says *never sent* of what the upstream did.
    GivesBackWhatWasSent,
    /// The edge does not say which proof came with a call.
    DropsProofs,
    /// The edge does not say which idempotency key came with a call.
    DropsKeys,
    /// The store appends whatever the heads are.
    IgnoresHeads,
    /// The store appends whatever the floor is.
    ForgetsFloor,
    /// The store says that it stands, and did not write it.
    AnswersWithoutWriting,
    /// The store answers the leaf beside.
    AnswersWrongLeaf,
    /// The store keeps other bytes than it was given.
    ChangesEvents,
    /// A node seals snapshots of tasks that nothing was charged on.
    LiftsMetersInSnapshots,
    /// A node seals snapshots of tasks in which nothing was charged above those who act.
    LiftsMetersAboveInSnapshots,
    /// A node seals snapshots of grants without their conditions on arguments.
    LiftsConditionsInSnapshots,
    /// A node seals snapshots of grants that come from no other.
    CutsFromParentInSnapshots,
    /// A node seals snapshots in which what has ended is alive.
    RevivesInSnapshots,
    /// A node seals snapshots in which a yes that was used is open again.
    ReopensApprovalsInSnapshots,
    /// A node seals snapshots of tasks that spent nothing of what they drew.
    ForgetsChargesInSnapshots,
    /// The edge takes a yes for whoever it says that it is of.
    TakesAnyYes,
    /// The edge takes a second signature for whoever it says that it is of.
    TakesAnySecond,
    /// Now and then what a task draws stands in its own stream alone.
    DropsMandates,
    /// A caller is told no, and it was begun.
    SaysNoToWhatStands,
    /// Nobody is woken.
    LosesWakes,
    /// A checkpoint says another root than the log has.
    SignsAnotherLog,
    /// A node does not look whether the log is what it was, and what nodes wrote.
    NoticesNothing,
    /// What a node remembers outside of the store is gone with its process.
    ForgetsOutside,
    /// Now and then events have no stamp.
    LeavesStampsOut,
    /// A stamp can be made without the tenant's key.
    AnybodyStamps,
    /// A node seals snapshots of mandates that nothing was drawn on.
    EmptiesMandatesInSnapshots,
    /// Whoever puts a store back makes the nodes forget what they knew of it, and begins no epoch.
    ForgetsEpoch,
    /// The log of a later epoch goes on under the name of the first.
    KeepsNameOfLog,
    /// A node says of what is held that it had been erased before: then it is erased again.
    ErasesWhatIsHeld,
    /// A node reads of every task that it ended a month earlier.
    MisreadsTheEnd,
    /// No node looks for what is kept no longer.
    ForgetsToErase,
    /// What the record calls erased stays there.
    LeavesKeys,
    /// A node destroys what it asks to have erased, whatever is decided.
    DestroysWhatIsAsked,
}

impl Mutant {
    /// All of them.
    pub(crate) const ALL: [Self; 38] = [
        Self::ForwardsBeforeDurable,
        Self::ForwardsOtherBytes,
        Self::IgnoresForwardBy,
        Self::DrainsTooEarly,
        Self::UnderstatesAmounts,
        Self::GivesBackWhatWasSent,
        Self::DropsProofs,
        Self::DropsKeys,
        Self::IgnoresHeads,
        Self::ForgetsFloor,
        Self::AnswersWithoutWriting,
        Self::AnswersWrongLeaf,
        Self::ChangesEvents,
        Self::LiftsMetersInSnapshots,
        Self::LiftsMetersAboveInSnapshots,
        Self::LiftsConditionsInSnapshots,
        Self::CutsFromParentInSnapshots,
        Self::RevivesInSnapshots,
        Self::ReopensApprovalsInSnapshots,
        Self::ForgetsChargesInSnapshots,
        Self::TakesAnyYes,
        Self::TakesAnySecond,
        Self::DropsMandates,
        Self::SaysNoToWhatStands,
        Self::LosesWakes,
        Self::SignsAnotherLog,
        Self::NoticesNothing,
        Self::ForgetsOutside,
        Self::LeavesStampsOut,
        Self::AnybodyStamps,
        Self::EmptiesMandatesInSnapshots,
        Self::ForgetsEpoch,
        Self::KeepsNameOfLog,
        Self::ErasesWhatIsHeld,
        Self::MisreadsTheEnd,
        Self::ForgetsToErase,
        Self::LeavesKeys,
        Self::DestroysWhatIsAsked,
    ];

    /// What must befall the store for it to show: then it does in each of its runs.
    pub(crate) const fn needs(self) -> Option<Loss> {
        match self {
            Self::NoticesNothing => Some(Loss::FailOver),
            Self::ForgetsOutside | Self::ForgetsEpoch | Self::KeepsNameOfLog => Some(Loss::Backup),
            Self::AnybodyStamps => Some(Loss::Forgery),
            _ => None,
        }
    }

    /// Whether it shows only once somebody goes on from a store that was put back: then somebody does in each of its runs.
    pub(crate) const fn needs_restore(self) -> bool {
        matches!(self, Self::ForgetsEpoch | Self::KeepsNameOfLog)
    }

    /// Whether it lies in what is kept of tasks: then each of its runs reads that as often as can be.
    pub(crate) const fn in_snapshots(self) -> bool {
        matches!(
            self,
            Self::LiftsMetersAboveInSnapshots
                | Self::LiftsConditionsInSnapshots
                | Self::CutsFromParentInSnapshots
                | Self::RevivesInSnapshots
                | Self::ReopensApprovalsInSnapshots
                | Self::ForgetsChargesInSnapshots
                | Self::EmptiesMandatesInSnapshots
        )
    }

    /// Whether it shows only where tasks are held and erased: then they are in each of its runs.
    pub(crate) const fn needs_keeping(self) -> bool {
        matches!(
            self,
            Self::ErasesWhatIsHeld
                | Self::MisreadsTheEnd
                | Self::ForgetsToErase
                | Self::LeavesKeys
                | Self::DestroysWhatIsAsked
        )
    }

    /// Whether it shows only where agents hand on, people sign and tasks draw: then each of its runs is a wide one.
    pub(crate) const fn needs_wide(self) -> bool {
        self.in_snapshots()
            || self.needs_keeping()
            || matches!(self, Self::TakesAnyYes | Self::TakesAnySecond | Self::DropsMandates)
    }

    /// The judge that must see it.
    pub(crate) const fn judge(self) -> &'static str {
        match self {
            Self::ForwardsBeforeDurable | Self::ForwardsOtherBytes => "forwarded",
            Self::IgnoresForwardBy | Self::DrainsTooEarly => "drained",
            Self::UnderstatesAmounts | Self::GivesBackWhatWasSent | Self::LiftsMetersAboveInSnapshots => "meters",
            Self::LiftsConditionsInSnapshots | Self::CutsFromParentInSnapshots => "lineage",
            Self::ReopensApprovalsInSnapshots | Self::TakesAnyYes => "approved",
            Self::TakesAnySecond => "seconded",
            Self::ForgetsChargesInSnapshots | Self::DropsMandates | Self::EmptiesMandatesInSnapshots => "mandates",
            Self::SaysNoToWhatStands => "refused",
            Self::DropsProofs | Self::DropsKeys => "once",
            Self::IgnoresHeads | Self::ChangesEvents => "chain",
            Self::ForgetsFloor | Self::RevivesInSnapshots => "endings",
            Self::AnswersWithoutWriting => "revealed",
            Self::AnswersWrongLeaf | Self::LiftsMetersInSnapshots => "replay",
            Self::LosesWakes => "settled",
            Self::SignsAnotherLog | Self::KeepsNameOfLog => "checkpoints",
            Self::ForgetsEpoch => "restored",
            Self::ErasesWhatIsHeld
            | Self::MisreadsTheEnd
            | Self::ForgetsToErase
            | Self::LeavesKeys
            | Self::DestroysWhatIsAsked => "kept",
            Self::NoticesNothing | Self::ForgetsOutside | Self::LeavesStampsOut | Self::AnybodyStamps => "noticed",
        }
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = format!("{self:?}");
        for (at, letter) in words.chars().enumerate() {
            if letter.is_uppercase() && at > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{}", letter.to_ascii_lowercase())?;
        }
        Ok(())
    }
}
