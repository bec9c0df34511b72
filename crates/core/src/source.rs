//! Sources: where the values of a call came from, and which source suffices for what without asking anybody.

use crate::action::{Action, Bound, BoundAs, ObservedValue, Reading};
use crate::event::Source;
use crate::normal::Kind;
use crate::task::value_hash;
use crate::{Digest, Effect, Egress, Salt};
use serde::{Deserialize, Serialize};

/// Where a value came from, the most trusted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The person said it: a parameter, a value of their own words, a condition that they consented to; or it is the id of
    /// a record that bears a name which they said.
    Intent,
    /// It stands in the record of the person that the task is done for.
    Own,
    /// A field that nobody outside the tenant can write.
    Trusted,
    /// This task made it.
    Created,
    /// An agent wrote it, and nobody said it before.
    Proposed,
    /// A field that others may write, or a text.
    Untrusted,
    /// Nobody knows.
    Unknown,
}

impl Origin {
    /// All of them, the most trusted first.
    pub const ALL: [Self; 7] =
        [Self::Intent, Self::Own, Self::Trusted, Self::Created, Self::Proposed, Self::Untrusted, Self::Unknown];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Own => "own",
            Self::Trusted => "trusted",
            Self::Created => "created",
            Self::Proposed => "proposed",
            Self::Untrusted => "untrusted",
            Self::Unknown => "unknown",
        }
    }

    /// What may stand there, in the words of a consent.
    pub const fn of_whom(self) -> &'static str {
        match self {
            Self::Intent => "what you said",
            Self::Own => "what stands in your own record",
            Self::Trusted => "what stands where nobody outside writes",
            Self::Created => "what this task made",
            Self::Proposed => "what an agent wrote",
            Self::Untrusted => "what others wrote",
            Self::Unknown => "what comes from nowhere that is known",
        }
    }

    /// What people are told.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Intent => "you said it",
            Self::Own => "it stands in your own record",
            Self::Trusted => "it stands where nobody outside writes",
            Self::Created => "this task made it",
            Self::Proposed => "an agent wrote it",
            Self::Untrusted => "it stands in what others wrote",
            Self::Unknown => "nobody knows where it comes from",
        }
    }
}

/// What is asked of a value's source: the least trusted that suffices without asking anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Any will do.
    Any,
    /// This one, or a more trusted one.
    AtMost(Origin),
    /// The person said it; no record does.
    Said,
}

impl Wanted {
    pub(crate) fn met_by(self, origin: Origin) -> bool {
        match self {
            Self::Any => true,
            Self::AtMost(least) => origin <= least,
            Self::Said => origin == Origin::Intent,
        }
    }
}

/// What suffices for one bound value of an action: the table of the model. Trusted is not authorised: who is paid, what is
/// shared or deleted, the person says.
pub(crate) fn wanted(action: &Action, bound: &Bound) -> Wanted {
    let leaves = action.egress == Egress::Open;
    if action.effect == Effect::Read && !leaves {
        return Wanted::Any;
    }
    let (kind, changes) = (Kind::parse(&bound.kind), action.effect != Effect::Read);
    let place = matches!(kind, Some(Kind::Url | Kind::Host));
    match bound.role {
        BoundAs::Found if place => Wanted::AtMost(Origin::Created),
        // Where a card's number goes inside a text, only the person says.
        BoundAs::Found if kind == Some(Kind::Card) => Wanted::Said,
        BoundAs::Destination | BoundAs::Found => authority(action.effect),
        BoundAs::Object if changes => authority(action.effect),
        BoundAs::Binds => Wanted::AtMost(Origin::Created),
        BoundAs::Object | BoundAs::Value => match kind {
            Some(Kind::Url | Kind::Host) => Wanted::AtMost(Origin::Created),
            // What says which object is paid for, sent or shared.
            Some(Kind::Id(_)) if action.effect.privileged() => Wanted::AtMost(Origin::Own),
            Some(Kind::Secret) if changes => Wanted::AtMost(Origin::Own),
            Some(Kind::Title) if changes => Wanted::Said,
            _ => Wanted::Any,
        },
    }
}

/// Of a destination or an object.
const fn authority(effect: Effect) -> Wanted {
    match effect {
        Effect::Read | Effect::Write => Wanted::AtMost(Origin::Created),
        _ => Wanted::AtMost(Origin::Own),
    }
}

/// The forms under which a bound value is looked for: its own, and of a date its day.
pub(crate) fn forms(bound: &Bound) -> Vec<(&str, String)> {
    let Reading::Known(normal) = &bound.normal else { return Vec::new() };
    let mut out = vec![(bound.kind.as_str(), normal.clone())];
    match (bound.kind.as_str(), &bound.unit) {
        ("amount", Some(unit)) => out.push(("amount", format!("{normal} {unit}"))),
        ("date", _) => {
            let day = normal.split_once('T').map_or(normal.as_str(), |(day, _)| day);
            if day != normal {
                out.push(("date", day.to_owned()));
            }
            // A day that was said without its year.
            out.extend(day.get(4..).map(|rest| ("date", format!("-{rest}"))));
        }
        _ => {}
    }
    out
}

/// Of the values that a result showed, the one that a bound value was found to be, by what is recorded of its source.
pub fn brought_at<'a>(
    salt: &Salt,
    bound: &Bound,
    source: &Source,
    values: &'a [ObservedValue],
) -> Option<&'a ObservedValue> {
    let hashes: Vec<Digest> = forms(bound).iter().map(|(kind, form)| value_hash(salt, kind, form)).collect();
    values.iter().find(|value| value.record == source.record && hashes.contains(&value.hash))
}

#[cfg(test)]
mod tests;
