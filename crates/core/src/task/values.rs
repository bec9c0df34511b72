//! What a task remembers of values: where each was seen, by a salted hash of its kind and normal form. Bounded: what is
//! untrusted never displaces what is trusted, and past the bound the answer is that nobody knows.

use crate::action::ObservedValue;
use crate::event::ShownValue;
use crate::json::Pointer;
use crate::source::Origin;
use crate::template::Stated;
use crate::{Digest, Salt, ServerName, sha256};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most trusted values of one task.
const TRUSTED_MAX: usize = 1_024;
/// The most values of one task that are not trusted.
const UNTRUSTED_MAX: usize = 4_096;
/// The most of them of one server.
const UNTRUSTED_OF_SERVER_MAX: usize = 1_024;
/// The most values that agents wrote: room of their own, which no result fills.
const PROPOSED_MAX: usize = 1_024;
/// The most places that are remembered of one value.
const SEEN_MAX: usize = 4;

/// The most places in results that are remembered of one value, the newest of them.
const SHOWN_MAX: usize = 4;

/// One place of a value, with its record, and where it stood.
const SEEN_BYTES: usize = size_of::<Seen>() + 32 + size_of::<Digest>();

const _: () = assert!(UNTRUSTED_OF_SERVER_MAX < UNTRUSTED_MAX, "one server has a share, never all");

/// Where a value was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The event that brought it, by its seq in this stream.
    pub event: u64,
    /// What that makes of it.
    pub origin: Origin,
    /// The record of the result that it stands in, or the sentence of the person's own words.
    pub record: Option<String>,
    /// The person said this very value: it is not only of a record that they named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub said: bool,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remembered {
    seen: Vec<Seen>,
    /// Where results showed it, oldest first: hashes of event, kind and place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shown: Vec<Digest>,
}

/// All values that a task remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    of: BTreeMap<Digest, Remembered>,
    trusted: usize,
    untrusted: BTreeMap<ServerName, usize>,
    #[serde(default)]
    proposed: usize,
    /// Agents wrote more than is remembered: whether a value that was never seen is one of theirs nobody can say.
    #[serde(default)]
    overrun: bool,
}

impl Values {
    /// Where a value was seen.
    pub fn seen(&self, hash: &Digest) -> &[Seen] {
        self.of.get(hash).map(|value| value.seen.as_slice()).unwrap_or_default()
    }

    /// Whether a result of this task showed this value there, as one of this kind.
    pub(crate) fn showed(&self, value: &ShownValue) -> bool {
        let there = shown_at(value.event, &value.kind, &value.pointer);
        self.of.get(&value.hash).is_some_and(|of| of.shown.contains(&there))
    }

    /// What all that was seen of a value makes of it, and the place that says so. What the person said, is theirs. What an
    /// agent wrote is no better for coming back. What stands in a record that the person named is theirs; of all else the
    /// least trusted place counts.
    pub fn judged(&self, hash: &Digest) -> Option<&Seen> {
        let all = self.seen(hash);
        let worst = || all.iter().max_by_key(|seen| seen.origin);
        if let Some(said) = all.iter().find(|seen| seen.said) {
            return Some(said);
        }
        if all.iter().any(|seen| seen.origin == Origin::Proposed) {
            return worst();
        }
        all.iter().find(|seen| seen.origin == Origin::Intent).or_else(worst)
    }

    /// How many values are remembered.
    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// About how many bytes of memory they take: what has many entries is counted, not walked.
    pub(super) fn weight(&self) -> usize {
        super::kept::mapped(self.of.len(), size_of::<(Digest, Remembered)>()) + self.of.len() * SEEN_BYTES
    }

    /// Whether none are.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// What the person said, in the event of this seq.
    pub(super) fn said(&mut self, salt: &Salt, values: &[Stated], event: u64) {
        for stated in values {
            let record = stated.part.clone();
            for (kind, form) in stated.forms() {
                let seen = Seen { event, origin: Origin::Intent, record: record.clone(), said: true };
                self.see(super::value_hash(salt, &kind, &form), seen, None);
            }
        }
    }

    /// What stands in a text of others that the person pasted, and that they did not confirm.
    pub(super) fn pasted(&mut self, salt: &Salt, values: &[Stated], event: u64) {
        let ours = ServerName::parse(crate::own::OWN_SERVER).ok();
        for stated in values {
            for (kind, form) in stated.forms() {
                let (origin, record) = (Origin::Untrusted, stated.part.clone());
                let seen = Seen { event, origin, record, said: false };
                self.see(super::value_hash(salt, &kind, &form), seen, ours.as_ref());
            }
        }
    }

    /// What an agent wrote, and nobody said: wherever it comes back from, it is no better.
    pub(super) fn proposed(&mut self, hash: Digest, event: u64) {
        self.see(hash, Seen { event, origin: Origin::Proposed, record: None, said: false }, None);
    }

    /// What a result showed. A record that alone bears a name which the person said is one that they named: what is trusted
    /// of it is theirs.
    pub(super) fn shown(&mut self, values: &[ObservedValue], server: &ServerName, event: u64) {
        let sure = |value: &&ObservedValue| value.trusted || value.own || value.created;
        let said = |value: &&ObservedValue| self.seen(&value.hash).iter().any(|seen| seen.said);
        let mut named: BTreeMap<&Digest, BTreeSet<Option<&str>>> = BTreeMap::new();
        for value in values.iter().filter(|value| value.name).filter(sure).filter(said) {
            named.entry(&value.hash).or_default().insert(value.record.as_deref());
        }
        // Of two that bear one name, which was meant nobody knows.
        let one = named.values().filter_map(|records| records.first().filter(|_| records.len() == 1));
        let resolved: BTreeSet<Option<&str>> = one.copied().collect();
        for value in values {
            let of_named = resolved.iter().any(|record| within(value.record.as_deref(), *record));
            let origin = match value {
                _ if of_named && sure(&value) => Origin::Intent,
                // What somebody wrote in a record that the person named is worth a look, and gives nothing away.
                _ if of_named && looked_up(&value.kind) => Origin::Trusted,
                ObservedValue { own: true, .. } => Origin::Own,
                ObservedValue { created: true, .. } => Origin::Created,
                ObservedValue { trusted: true, .. } => Origin::Trusted,
                ObservedValue { .. } => Origin::Untrusted,
            };
            self.see(value.hash, Seen { event, origin, record: value.record.clone(), said: false }, Some(server));
            if let Some(remembered) = self.of.get_mut(&value.hash) {
                let there = shown_at(event, &value.kind, &value.pointer);
                remembered.shown.retain(|before| *before != there);
                remembered.shown.push(there);
                let over = remembered.shown.len().saturating_sub(SHOWN_MAX);
                remembered.shown.drain(..over);
            }
        }
    }

    fn see(&mut self, hash: Digest, seen: Seen, server: Option<&ServerName>) {
        if !self.of.contains_key(&hash) && !self.room(&seen, server) {
            return;
        }
        let all = &mut self.of.entry(hash).or_default().seen;
        let same = |before: &&mut Seen| before.origin == seen.origin && before.record == seen.record;
        // The newest place is the one to look at.
        if let Some(before) = all.iter_mut().find(same) {
            before.event = seen.event;
            return;
        }
        all.push(seen);
        // Full: what counts most is kept, the person's own word first, then what an agent wrote, then what is worst.
        if all.len() > SEEN_MAX {
            all.sort_by_key(|of| (!of.said, of.origin != Origin::Proposed, std::cmp::Reverse(of.origin)));
            all.truncate(SEEN_MAX);
        }
    }

    /// Whether there is room for a value that was never seen; what there is is taken.
    fn room(&mut self, seen: &Seen, server: Option<&ServerName>) -> bool {
        if seen.origin == Origin::Proposed {
            let room = self.proposed < PROPOSED_MAX;
            self.proposed += usize::from(room);
            self.overrun |= !room;
            return room;
        }
        if self.overrun && !seen.said {
            return false;
        }
        if seen.origin <= Origin::Created {
            let room = self.trusted < TRUSTED_MAX;
            self.trusted += usize::from(room);
            return room;
        }
        let Some(server) = server else { return false };
        let all: usize = self.untrusted.values().sum();
        let own = self.untrusted.entry(server.clone()).or_default();
        let room = all < UNTRUSTED_MAX && *own < UNTRUSTED_OF_SERVER_MAX;
        *own += usize::from(room);
        room
    }
}

/// What a place in a result is remembered by.
fn shown_at(event: u64, kind: &str, pointer: &Pointer) -> Digest {
    sha256(format!("{event} {kind} {pointer}").as_bytes())
}

/// Whether a record is another, or a part of it.
fn within(record: Option<&str>, of: Option<&str>) -> bool {
    match (record, of) {
        (Some(record), Some(of)) => {
            record.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        (record, of) => record == of,
    }
}

/// Places that are looked up, and give nothing away by it.
fn looked_up(kind: &str) -> bool {
    matches!(kind, "url" | "host")
}

#[cfg(test)]
mod tests;
