//! States as bytes, and how much memory a task's takes: what a cache of them must know. A cache is never a source: bytes that
//! cannot be read are no loss, the stream is folded from its first event.

use super::{ActState, GrantState, RowState, TaskState};
use crate::envelope::{Envelope, Row, When};
use crate::json::Json;
use crate::meter::Meter;
use crate::{Constraint, ControlState, Digest, GrantId, MandateState, MeterLimit, Micros, Unit};
use std::collections::BTreeMap;
use std::fmt;

/// The version of the folds. Raised whenever [`TaskState::apply`], [`ControlState::apply`] or [`MandateState::apply`] comes to
/// another state of the same events: what an older one kept is then folded anew. `a_fold_that_comes_to_another_state_has_another_number` fails when it was forgotten.
pub const FOLD: i32 = 15;

/// Bytes that are not a state of this fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadKept(String);

impl fmt::Display for BadKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a state of fold `{FOLD}`: {}", self.0)
    }
}
impl std::error::Error for BadKept {}

impl TaskState {
    /// The state as bytes, whole: also what a person may erase, so they are sealed before they are kept.
    ///
    /// # Errors
    /// [`BadKept`] when a value cannot be written, which no state of ours holds.
    pub fn to_kept(&self) -> Result<Vec<u8>, BadKept> {
        serde_json::to_vec(self).map_err(|error| BadKept(error.to_string()))
    }

    /// Reads the bytes back.
    ///
    /// # Errors
    /// [`BadKept`] when they are not those of a state of this fold.
    pub fn from_kept(bytes: &[u8]) -> Result<Self, BadKept> {
        serde_json::from_slice(bytes).map_err(|error| BadKept(error.to_string()))
    }

    /// About how many bytes of memory it takes, in as many steps as it has grants and rows: what has many entries is
    /// counted, not walked.
    pub fn weight(&self) -> usize {
        let texts = [self.intent.as_ref(), self.subject.as_ref()];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        let grants: usize = self.grants.values().map(|grant| grant_weight(grant)).sum();
        size_of::<Self>()
            + texts
            + self.parameters.as_ref().map_or(0, json_weight)
            + grants
            + mapped(self.acts.len(), size_of::<(u64, Box<ActState>)>())
            + self.acts.len() * (size_of::<ActState>() + ACT_PARTS_BYTES)
            + mapped(self.keys.len(), size_of::<((GrantId, Digest), (Digest, u64))>())
            + mapped(self.proofs.len(), size_of::<(Digest, Micros)>())
            + self.proofs_by_age.capacity() * size_of::<(Micros, Digest)>()
            + mapped(self.refusals.len(), REFUSAL_BYTES)
            + mapped(self.tried.len(), GOAL_BYTES)
            + self
                .approvals
                .values()
                .filter_map(|of| of.asked_for.as_ref())
                .map(|of| json_weight(of.arguments()))
                .sum::<usize>()
            + self.sums_weight()
            + self.values.weight()
            + self.left.weight()
    }
}

impl ControlState {
    /// The state as bytes, without the blobs that it rests on.
    ///
    /// # Errors
    /// [`BadKept`] when a value cannot be written, which no state of ours holds.
    pub fn to_kept(&self) -> Result<Vec<u8>, BadKept> {
        serde_json::to_vec(self).map_err(|error| BadKept(error.to_string()))
    }

    /// Reads the bytes back.
    ///
    /// # Errors
    /// [`BadKept`] when they are not those of a state of this fold.
    pub fn from_kept(bytes: &[u8]) -> Result<Self, BadKept> {
        serde_json::from_slice(bytes).map_err(|error| BadKept(error.to_string()))
    }
}

impl MandateState {
    /// The state as bytes.
    ///
    /// # Errors
    /// [`BadKept`] when a value cannot be written, which no state of ours holds.
    pub fn to_kept(&self) -> Result<Vec<u8>, BadKept> {
        serde_json::to_vec(self).map_err(|error| BadKept(error.to_string()))
    }

    /// Reads the bytes back.
    ///
    /// # Errors
    /// [`BadKept`] when they are not those of a state of this fold.
    pub fn from_kept(bytes: &[u8]) -> Result<Self, BadKept> {
        serde_json::from_slice(bytes).map_err(|error| BadKept(error.to_string()))
    }
}

impl TaskState {
    /// Most destinations have sums of one unit, in a map of its own.
    fn sums_weight(&self) -> usize {
        let (destinations, sums) = self.sums.remembered();
        let more = sums.saturating_sub(destinations);
        mapped(destinations, size_of::<(Digest, BTreeMap<Unit, Meter>)>())
            + (destinations + more / MAP_NODE) * mapped(1, size_of::<(Unit, Meter)>())
    }
}

/// What an act holds beside itself: its tool, one charge, one row.
const ACT_PARTS_BYTES: usize = 192;
/// A refusal's key with the name of its tool.
const REFUSAL_BYTES: usize = 160;
/// A goal that was tried, with the ways to it.
const GOAL_BYTES: usize = 320;
/// Entries that a map makes room for at once.
const MAP_NODE: usize = 11;

/// A map's bytes: its nodes have room for eleven, and are about two thirds full once there is more than one.
pub(super) const fn mapped(entries: usize, each: usize) -> usize {
    match entries {
        0 => 0,
        1..=MAP_NODE => MAP_NODE * each + 16,
        _ => (entries + entries / 2) * (each + 8),
    }
}

fn grant_weight(grant: &GrantState) -> usize {
    let rows = grant.envelope.iter().flat_map(|envelope| &envelope.rows);
    let limits: usize = rows
        .map(|row| {
            size_of::<Row>()
                + mapped(row.meters.len(), size_of::<(Unit, MeterLimit)>())
                + mapped(row.when.len(), size_of::<(crate::json::Pointer, Constraint)>())
                + row.tools.len() * ROW_PART_BYTES
                + row.ask.len() * ROW_PART_BYTES
        })
        .sum();
    let used: usize = grant
        .rows
        .iter()
        .map(|row| {
            let recent: usize = row.meters.values().map(Meter::remembered).sum();
            size_of::<RowState>() + mapped(row.meters.len(), size_of::<(Unit, Meter)>()) + recent * Meter::CHARGE_BYTES
        })
        .sum();
    // A map of its own for each grant's entry is too much for one task and right for many grants.
    mapped(1, size_of::<(GrantId, Box<GrantState>)>()) + size_of::<GrantState>() + limits + used
}

/// A tool pattern or a boundary, with its texts.
const ROW_PART_BYTES: usize = 96;

fn json_weight(json: &Json) -> usize {
    let below = match json {
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
        Json::String(text) => text.len() + 16,
        Json::Array(items) => items.iter().map(json_weight).sum(),
        Json::Object(members) => members.iter().map(|(name, value)| name.len() + 32 + json_weight(value)).sum(),
    };
    size_of::<Json>() + below
}

/// An envelope with the conditions that its own form leaves out, for they stand in another part of an event.
pub(super) mod whole {
    use super::{Envelope, When};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    pub(in crate::task) fn serialize<S: Serializer>(envelope: &Option<Envelope>, s: S) -> Result<S::Ok, S::Error> {
        let when = |envelope: &Envelope| -> Vec<When> { envelope.rows.iter().map(|row| row.when.clone()).collect() };
        envelope.as_ref().map(|envelope| (envelope, when(envelope))).serialize(s)
    }

    pub(in crate::task) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Envelope>, D::Error> {
        let Some((mut envelope, when)) = Option::<(Envelope, Vec<When>)>::deserialize(d)? else { return Ok(None) };
        if envelope.rows.len() != when.len() {
            return Err(D::Error::custom("conditions and rows differ in number"));
        }
        envelope.rows.iter_mut().zip(when).for_each(|(row, when)| row.when = when);
        Ok(Some(envelope))
    }
}

/// A map as a list of its entries: in JSON, keys that are not texts cannot name members.
pub(super) mod pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub(in crate::task) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.collect_seq(map)
    }

    pub(in crate::task) fn deserialize<'de, K, V, D>(d: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(d)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests;
