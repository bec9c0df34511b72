//! Changes, overrides, wishes and the like have numbers of their own, which are no numbers of events. Whoever gives an event's is
//! told so, and which one that event made. A request alone has the number of its event.

use crate::{Api, Problem, Who};
use bailiwick_core::normal::one_line;
use bailiwick_core::{Data, PersonId, TaskId};

/// What is no number is not told back whole.
const NUMBER_CHARS_MAX: usize = 24;

/// What a number is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Numbered {
    /// Calls that a fault has cut off.
    Breaker,
    /// A change that waits to be signed.
    Change,
    /// An override.
    Glass,
    /// A person's invitation to make a passkey.
    Invitation(PersonId),
    /// An agent at a server whose rules are not enforced for a while.
    Observation,
    /// What waits for a person's yes.
    Request,
    /// What an agent of this task asks for.
    Wish(TaskId),
}

impl Numbered {
    const fn noun(&self) -> &'static str {
        match self {
            Self::Breaker => "breaker",
            Self::Change => "change",
            Self::Glass => "break-glass",
            Self::Invitation(_) => "invitation",
            Self::Observation => "observation",
            Self::Request => "request",
            Self::Wish(_) => "wish",
        }
    }

    /// What one would have to be.
    const fn wanted(&self) -> &'static str {
        match self {
            Self::Breaker | Self::Invitation(_) | Self::Observation => "that is open",
            Self::Change | Self::Glass | Self::Wish(_) => "that waits",
            Self::Request => "that is yours to see",
        }
    }

    fn command(&self) -> String {
        match self {
            Self::Breaker => "bailiwick breaker list".to_owned(),
            Self::Change => "bailiwick change list".to_owned(),
            Self::Glass => "bailiwick break-glass list".to_owned(),
            Self::Invitation(person) => format!("bailiwick person show {person}"),
            Self::Observation => "bailiwick observe list".to_owned(),
            Self::Request => "bailiwick approval list --all".to_owned(),
            Self::Wish(task) => format!("bailiwick wish list --task {task}"),
        }
    }
}

impl Api {
    /// There is none of that number that waits. Where it is the number of an event that who asks sees, they are told what that
    /// event made.
    pub(crate) async fn none_of_number(&self, what: Numbered, text: &str, who: &Who) -> Problem {
        let noun = what.noun();
        let made = match text.parse() {
            Ok(leaf) => self.event_at(leaf, who).await.ok(),
            Err(_) => None,
        };
        let own = made.and_then(|(stored, event)| match (&what, &event.data) {
            (Numbered::Breaker, Data::ControlBreakerOpened(_)) => Some(stored.seq),
            (Numbered::Change, Data::ControlProposed(proposed)) => Some(proposed.statement.proposal),
            (Numbered::Glass, Data::ControlGlassBroken(_)) => Some(stored.seq),
            (Numbered::Invitation(_), Data::ControlInvited(_)) => Some(stored.seq),
            (Numbered::Observation, Data::ControlObserveBegun(_)) => Some(stored.seq),
            (Numbered::Wish(task), Data::WishMade(_)) if stored.stream == *task => Some(stored.seq),
            _ => None,
        });
        let why = match own {
            Some(own) => format!("{text} is the number of the event that made {noun} {own}"),
            None if what == Numbered::Request => "each has the number of its event `approval.asked`".to_owned(),
            None => "they have numbers of their own, which are not those of events".to_owned(),
        };
        let detail = format!("there is no {noun} {} {}: {why}", one_line(text, NUMBER_CHARS_MAX), what.wanted());
        Problem { command: Some(what.command()), detail, ..Problem::not_found(noun) }
    }
}
