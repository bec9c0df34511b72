//! Events: what happened, as it is written for ever. Kinds are `noun.verb`.
//!
//! An event has a clear part, permanent and hashed as the bytes stored, and private fields that stand in a sealed body and
//! may be erased. The clear part commits to them field by field. Fields are declared in alphabetical order, so that what
//! serde writes is RFC 8785 form already (a test holds this for every kind).

mod action;
mod allocation;
mod approval;
mod breaker;
mod breakglass;
mod change;
mod control;
mod erased;
mod found;
mod held;
mod label;
mod line;
mod observed;
mod passkey;
mod place;
mod task;
mod wish;

pub use action::*;
pub use allocation::*;
pub use approval::*;
pub use breaker::*;
pub use breakglass::*;
pub use change::*;
pub use control::*;
pub use erased::*;
pub use found::*;
pub use held::*;
pub use label::*;
pub use line::ActNamed;
pub use observed::*;
pub use passkey::*;
pub use place::*;
pub use task::*;
pub use wish::*;

use crate::{Digest, Micros};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Raised whenever the meaning of `decide` or of a fact changes.
pub const RULES: u32 = 1;
/// The version of the clear form.
pub const FORMAT: u32 = 1;

/// Why bytes are not an event that this version knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadEvent {
    /// A kind, or a version, that this build does not know.
    UnknownKind(String),
    /// A field that is missing, doubled, unknown or of another form.
    Malformed(String),
}

impl fmt::Display for BadEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKind(kind) => write!(f, "this version knows no event of kind `{kind}`"),
            Self::Malformed(why) => write!(f, "malformed event: {why}"),
        }
    }
}

impl std::error::Error for BadEvent {}

/// One private field: its name and its value in RFC 8785 form.
pub type PrivateField = (&'static str, Vec<u8>);

/// An event: when, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The store's time; never falls along a stream.
    pub at: Micros,
    /// What happened.
    pub data: Data,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident($type:ty) = $text:literal;)*) => {
        /// What happened, by kind.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Data { $($(#[$doc])* $name(Box<$type>),)* }

        impl Data {
            /// All kinds that this version writes and reads.
            pub const KINDS: &[&str] = &[$($text,)*];
            /// The kind as written.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$name(_) => $text,)* }
            }
            fn write(&self, at: Micros, commit: Option<Digest>) -> serde_json::Result<Vec<u8>> {
                match self { $(Self::$name(data) => written(&ClearOut { at, commit, data, kind: $text, v: FORMAT }),)* }
            }
            /// Reads what ends as we write it in one go; `None` says nothing but that it is to be read step by step.
            fn read_written(kind: &str, clear: &[u8]) -> Option<(Event, Option<Digest>)> {
                match kind {
                    $($text => {
                        let read: ClearIn<'_, Box<$type>> = serde_json::from_slice(clear).ok()?;
                        let whole = read.kind == $text && read.v == FORMAT;
                        whole.then_some((Event { at: read.at, data: Self::$name(read.data) }, read.commit))
                    })*
                    _ => None,
                }
            }
            fn read(kind: &str, raw: &RawValue) -> Result<Self, BadEvent> {
                let malformed = |error: serde_json::Error| BadEvent::Malformed(format!("{kind}: {error}"));
                match kind {
                    $($text => serde_json::from_str(raw.get()).map(Self::$name).map_err(malformed),)*
                    other => Err(BadEvent::UnknownKind(other.chars().take(64).collect())),
                }
            }
            /// The private fields, sorted by name.
            pub fn private(&self) -> Vec<PrivateField> {
                match self { $(Self::$name(data) => data.private_fields(),)* }
            }
            fn set_private(&mut self, fields: &[(String, Vec<u8>)]) -> Result<(), BadEvent> {
                match self { $(Self::$name(data) => data.set_private_fields(fields),)* }
            }
        }
        $(impl From<$type> for Data { fn from(data: $type) -> Self { Self::$name(Box::new(data)) } })*
    };
}

kinds! {
    /// A person consented to an intent.
    TaskStarted(TaskStarted) = "task.started";
    /// A person said more: the second act of consent.
    TaskAmended(TaskAmended) = "task.amended";
    /// Its window closes soon.
    TaskEnding(TaskEnding) = "task.ending";
    /// The task ended and every grant with it.
    TaskEnded(TaskEnded) = "task.ended";
    /// A grant came to be.
    GrantMinted(GrantMinted) = "grant.minted";
    /// A grant and its subtree ended.
    GrantEnded(GrantEnded) = "grant.ended";
    /// An instance's key was bound to a grant.
    KeyBound(KeyBound) = "key.bound";
    /// An act was allowed and may leave.
    ActionBegun(ActionBegun) = "action.begun";
    /// An act ended.
    ActionEnded(ActionEnded) = "action.ended";
    /// Nobody can tell whether an act was done.
    ActionDoubtful(ActionDoubtful) = "action.doubtful";
    /// A call was refused.
    ActionRefused(ActionRefused) = "action.refused";
    /// A call waits for an approval.
    ActionWaiting(ActionWaiting) = "action.waiting";
    /// People are asked to say yes to one act.
    ApprovalAsked(ApprovalAsked) = "approval.asked";
    /// A person said yes.
    ApprovalGiven(ApprovalGiven) = "approval.given";
    /// A person said no.
    ApprovalRefused(ApprovalRefused) = "approval.refused";
    /// Nobody answered, and others may as well from here on.
    ApprovalEscalated(ApprovalEscalated) = "approval.escalated";
    /// A request ran out.
    ApprovalExpired(ApprovalExpired) = "approval.expired";
    /// A task draws on a mandate.
    AllocationMade(AllocationMade) = "allocation.made";
    /// What it did not use goes back.
    AllocationReturned(AllocationReturned) = "allocation.returned";
    /// An agent asked its person for more.
    WishMade(WishMade) = "wish.made";
    /// The person said no to it.
    WishRefused(WishRefused) = "wish.refused";
    /// A person lowered what a holder counts as having touched.
    LabelLowered(LabelLowered) = "label.lowered";
    /// Refusals that were not written one by one.
    RefusalsCounted(RefusalsCounted) = "refusals.counted";
    /// The tenant came to be.
    ControlOpened(ControlOpened) = "control.opened";
    /// The store was put back.
    ControlRestored(ControlRestored) = "control.restored";
    /// Documents of kinds that only widen were added.
    ControlAdded(ControlAdded) = "control.added";
    /// Documents were added, changed or removed.
    ControlApplied(ControlApplied) = "control.applied";
    /// What a server offers was pinned.
    ControlPinned(ControlPinned) = "control.pinned";
    /// A tool was quarantined.
    ControlQuarantined(ControlQuarantined) = "control.quarantined";
    /// A person reviewed what a server offers.
    ControlReviewed(ControlReviewed) = "control.reviewed";
    /// An agent was suspended, or resumed.
    ControlAgent(ControlAgent) = "control.agent";
    /// All work was stopped, or goes on.
    ControlTenant(ControlTenant) = "control.tenant";
    /// Token-signing keys were rotated.
    ControlKeys(ControlKeys) = "control.keys";
    /// A person was invited to enrol a passkey.
    ControlInvited(ControlInvited) = "control.invited";
    /// An invitation was taken back.
    ControlUninvited(ControlUninvited) = "control.uninvited";
    /// A person enrolled a passkey.
    ControlEnrolled(ControlEnrolled) = "control.enrolled";
    /// A passkey was removed.
    ControlUnenrolled(ControlUnenrolled) = "control.unenrolled";
    /// A change that loosens was proposed.
    ControlProposed(ControlProposed) = "control.proposed";
    /// A person signed a proposed change.
    ControlSeconded(ControlSeconded) = "control.seconded";
    /// A proposed change was taken back.
    ControlWithdrawn(ControlWithdrawn) = "control.withdrawn";
    /// A person broke the glass over a task.
    ControlGlassBroken(ControlGlassBroken) = "control.glass_broken";
    /// Somebody else looked at it.
    ControlGlassClosed(ControlGlassClosed) = "control.glass_closed";
    /// A fault cut calls off.
    ControlBreakerOpened(ControlBreakerOpened) = "control.breaker_opened";
    /// They go on.
    ControlBreakerClosed(ControlBreakerClosed) = "control.breaker_closed";
    /// Authority was found to sprawl.
    ControlFound(ControlFound) = "control.found";
    /// A task was erased.
    ControlErased(ControlErased) = "control.erased";
    /// Tasks were erased that a rule keeps no longer.
    ControlExpired(ControlExpired) = "control.expired";
    /// Tasks that one person began were erased.
    ControlPersonErased(ControlPersonErased) = "control.person_erased";
    /// A person holds a task: it is not erased.
    ControlHeld(ControlHeld) = "control.held";
    /// It is held no longer by one of them.
    ControlReleased(ControlReleased) = "control.released";
    /// A person lowered the label of what tasks left on a server.
    ControlPlaceLowered(ControlPlaceLowered) = "control.place_lowered";
    /// A person wants an agent observed at a server.
    ControlObserveBegun(ControlObserveBegun) = "control.observe_begun";
    /// It ended before its time.
    ControlObserveEnded(ControlObserveEnded) = "control.observe_ended";
    /// A commitment to the heads of all streams.
    ControlHeads(ControlHeads) = "control.heads";
}

/// The clear form, as written. Field order is part of the format.
#[derive(Serialize)]
struct ClearOut<'a, T> {
    at: Micros,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Digest>,
    data: &'a T,
    kind: &'static str,
    v: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "D: Deserialize<'de>")]
struct ClearIn<'a, D> {
    at: Micros,
    #[serde(default)]
    commit: Option<Digest>,
    data: D,
    #[serde(borrow)]
    kind: std::borrow::Cow<'a, str>,
    v: u32,
}

/// The kind, of bytes that end as we write them; what it says is looked at again when they are read.
fn kind_at_end(clear: &[u8]) -> Option<&str> {
    let before = clear.strip_suffix(br#"","v":1}"#)?;
    let start = before.iter().rposition(|byte| *byte == b'"')?;
    let (before, kind) = before.split_at_checked(start + 1)?;
    before.ends_with(br#""kind":""#).then_some(std::str::from_utf8(kind).ok()?)
}

impl Data {
    /// Whether a control event of this kind may make a no of a yes that was decided before it, and so raises the floor. All do,
    /// but for those that only widen or change nothing.
    pub const fn narrows(&self) -> bool {
        !matches!(
            self,
            Self::ControlAdded(_)
                | Self::ControlInvited(_)
                | Self::ControlBreakerClosed(_)
                | Self::ControlExpired(_)
                | Self::ControlFound(_)
                | Self::ControlHeads(_)
                | Self::ControlHeld(_)
                | Self::ControlPersonErased(_)
                | Self::ControlReleased(_)
        )
    }

    /// Whether a control event leaves all as it was that calls are decided by: policy and catalogue are those of before.
    pub const fn leaves_rules(&self) -> bool {
        matches!(
            self,
            Self::ControlErased(_)
                | Self::ControlExpired(_)
                | Self::ControlHeads(_)
                | Self::ControlHeld(_)
                | Self::ControlPersonErased(_)
                | Self::ControlReleased(_)
        )
    }

    /// Whether a task's fold looks at the private fields: those of other kinds need not be opened to replay a stream.
    pub const fn folds_private(&self) -> bool {
        matches!(
            self,
            Self::TaskStarted(_)
                | Self::TaskAmended(_)
                | Self::GrantMinted(_)
                | Self::ActionBegun(_)
                | Self::ApprovalAsked(_)
                | Self::ApprovalRefused(_)
                | Self::WishMade(_)
                | Self::WishRefused(_)
        )
    }
}

impl Event {
    /// The clear bytes, in RFC 8785 form. `commit` is the commitment to the private fields, where there are any.
    ///
    /// # Errors
    /// [`BadEvent::Malformed`] when a value cannot be written as JSON, which no event of ours holds.
    pub fn clear(&self, commit: Option<Digest>) -> Result<Vec<u8>, BadEvent> {
        self.data.write(self.at, commit).map_err(|error| BadEvent::Malformed(error.to_string()))
    }

    /// Reads clear bytes back, without the private fields. Answers the commitment as well.
    ///
    /// # Errors
    /// [`BadEvent`] naming the kind or the field.
    pub fn read(clear: &[u8]) -> Result<(Self, Option<Digest>), BadEvent> {
        if let Some(read) = kind_at_end(clear).and_then(|kind| Data::read_written(kind, clear)) {
            return Ok(read);
        }
        let read: ClearIn<'_, &RawValue> =
            serde_json::from_slice(clear).map_err(|error| BadEvent::Malformed(error.to_string()))?;
        if read.v != FORMAT {
            return Err(BadEvent::UnknownKind(format!("{} (version {})", read.kind, read.v)));
        }
        Ok((Self { at: read.at, data: Data::read(&read.kind, read.data)? }, read.commit))
    }

    /// The kind of an event, by its clear bytes, without the rest of it being read; `None` where they have not the form.
    pub fn kind_of(clear: &[u8]) -> Option<Cow<'_, str>> {
        #[derive(Deserialize)]
        struct Kind<'a> {
            #[serde(borrow)]
            kind: Cow<'a, str>,
        }
        match kind_at_end(clear) {
            Some(kind) => Some(Cow::Borrowed(kind)),
            None => serde_json::from_slice::<Kind<'_>>(clear).ok().map(|read| read.kind),
        }
    }

    /// Puts the private fields back.
    ///
    /// # Errors
    /// [`BadEvent::Malformed`] when a field is not one of this kind.
    pub fn open(&mut self, fields: &[(String, Vec<u8>)]) -> Result<(), BadEvent> {
        self.data.set_private(fields)
    }
}

/// What a kind of event keeps private. By default nothing.
trait Private {
    fn private_fields(&self) -> Vec<PrivateField>;
    fn set_private_fields(&mut self, fields: &[(String, Vec<u8>)]) -> Result<(), BadEvent>;
}

/// Kinds that have no private fields.
macro_rules! nothing_private {
    ($($type:ty),* $(,)?) => { $(
        impl $crate::event::Private for $type {
            fn private_fields(&self) -> Vec<$crate::event::PrivateField> { Vec::new() }
            fn set_private_fields(&mut self, fields: &[(String, Vec<u8>)]) -> Result<(), $crate::event::BadEvent> {
                match fields.first() {
                    None => Ok(()),
                    Some((name, _)) => Err($crate::event::BadEvent::Malformed(format!("no private field `{name}` here"))),
                }
            }
        }
    )* };
}
pub(crate) use nothing_private;

/// Kinds whose `private` is an optional struct; each of its fields is one private field. `written` by which function:
/// that which serde writes is RFC 8785 form already, but for conditions, whose keys are pointers.
macro_rules! private_struct {
    ($type:ty, $private:ident { $($field:ident),* $(,)? }) => {
        $crate::event::private_struct!($type, $private { $($field),* }, later {}, written by private_bytes);
    };
    ($type:ty, $private:ident { $($field:ident),* $(,)? }, later { $($later:ident),* $(,)? }) => {
        $crate::event::private_struct!($type, $private { $($field),* }, later { $($later),* }, written by private_bytes);
    };
    ($type:ty, $private:ident { $($field:ident),* $(,)? }, written by $write:ident) => {
        $crate::event::private_struct!($type, $private { $($field),* }, later {}, written by $write);
    };
    ($type:ty, $private:ident { $($field:ident),* $(,)? }, later { $($later:ident),* $(,)? }, written by $write:ident) => {
        impl $crate::event::Private for $type {
            fn private_fields(&self) -> Vec<$crate::event::PrivateField> {
                let Some(private) = &self.private else { return Vec::new() };
                let mut scratch = Vec::with_capacity($crate::event::SCRATCH_BYTES);
                const LATER: &[&str] = &[$(stringify!($later)),*];
                let mut fields = vec![
                    $((stringify!($field), $crate::event::$write(&private.$field, &mut scratch)),)*
                    $((stringify!($later), $crate::event::$write(&private.$later, &mut scratch)),)*
                ];
                // What was added later and is not there is not written.
                fields.retain(|(name, value)| value.as_slice() != b"null" || !LATER.contains(name));
                fields.sort_unstable_by_key(|(name, _)| *name);
                fields
            }
            fn set_private_fields(&mut self, fields: &[(String, Vec<u8>)]) -> Result<(), $crate::event::BadEvent> {
                let value = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_slice());
                let known = [$(stringify!($field),)* $(stringify!($later),)*];
                if let Some((name, _)) = fields.iter().find(|(name, _)| !known.contains(&name.as_str())) {
                    return Err($crate::event::BadEvent::Malformed(format!("no private field `{name}` here")));
                }
                self.private = Some($private {
                    $($field: $crate::event::private_value(stringify!($field), value(stringify!($field)))?,)*
                    // Events of before they were written have none.
                    $($later: match value(stringify!($later)) {
                        None => Default::default(),
                        found => $crate::event::private_value(stringify!($later), found)?,
                    },)*
                });
                Ok(())
            }
        }
    };
}
pub(crate) use private_struct;

/// Most events, and most of their private fields, have fewer bytes.
const SCRATCH_BYTES: usize = 2 << 10;

/// As serde writes it, in one allocation for most events.
fn written<T: Serialize>(value: &T) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(SCRATCH_BYTES);
    serde_json::to_writer(&mut out, value)?;
    Ok(out)
}

/// The bytes of a private value whose serde form is RFC 8785 form. Written into `scratch` first, so that a long one does
/// not grow piece by piece.
fn private_bytes<T: Serialize>(value: &T, scratch: &mut Vec<u8>) -> Vec<u8> {
    scratch.clear();
    // Private values are our own types over JSON that was read strictly: writing them cannot fail, and if it ever did
    // the commitment would be over nothing and no reader would accept the event.
    match serde_json::to_writer(&mut *scratch, value) {
        Ok(()) => scratch.to_vec(),
        Err(_) => Vec::new(),
    }
}

/// The bytes of a private value, brought into RFC 8785 form.
fn canonical<T: Serialize>(value: &T, scratch: &mut Vec<u8>) -> Vec<u8> {
    crate::json::Json::parse(&private_bytes(value, scratch), &crate::json::Limits::stored())
        .map_or_else(|_| Vec::new(), |json| json.canonical().into_bytes())
}

fn private_value<T: serde::de::DeserializeOwned>(name: &str, bytes: Option<&[u8]>) -> Result<T, BadEvent> {
    let bytes = bytes.ok_or_else(|| BadEvent::Malformed(format!("private field `{name}` is missing")))?;
    serde_json::from_slice(bytes).map_err(|error| BadEvent::Malformed(format!("private field `{name}`: {error}")))
}

#[cfg(test)]
mod tests;
