//! Between what core says happened and the bytes that stand for ever: commit, clear, seal, chain; and back.

use bailiwick_core::{Data, Digest, Effect, Egress, Event, StreamId, TenantId};
use bailiwick_record::{Chain, Field, Sealer, Secret, StampKey, Stamped};
use bailiwick_store::{EVENT_BYTES_MAX, NewEvent, Sealed, StoredEvent, StreamKind};
use std::collections::BTreeSet;
use std::fmt;

/// Why an event cannot be written, or what is stored cannot be read. Reading one of these closes the stream on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodecError {
    /// Larger than an event may be.
    TooLarge(usize),
    /// Not an event of ours, or changed.
    Broken(String),
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(bytes) => {
                write!(f, "the event would have `{bytes}` bytes, at most `{EVENT_BYTES_MAX}` are kept")
            }
            Self::Broken(why) => write!(f, "the stream cannot be read: {why}"),
        }
    }
}
impl std::error::Error for CodecError {}

fn broken(why: impl fmt::Display) -> CodecError {
    CodecError::Broken(why.to_string())
}

/// A body stays until its task is erased: by a person, or by the rule that says how long tasks are kept.
const UNTIL_ERASED: i32 = 0;

/// What the events of a stream are written and read with.
#[derive(Clone, Copy)]
pub(crate) struct Pen<'a> {
    /// Stamps them.
    pub(crate) stamps: &'a StampKey,
    /// The stream's kind.
    pub(crate) kind: StreamKind,
    /// Seals what may be erased; `None` where there is nothing, or where it is erased.
    pub(crate) data: Option<&'a Secret>,
}

/// Writes the next event of a stream, stamped, and moves its chain on.
pub(crate) fn encode(
    chain: &mut Chain,
    tenant: TenantId,
    stream: StreamId,
    pen: Pen<'_>,
    event: &Event,
) -> Result<NewEvent, CodecError> {
    let private = event.data.private();
    let fields: Vec<Field<'_>> = private.iter().map(|(pointer, value)| Field { pointer, value }).collect();
    let sealed = match (fields.is_empty(), pen.data) {
        (true, _) => None,
        (false, None) => return Err(broken("an event with private fields needs a data key")),
        (false, Some(key)) => Some(Sealer::new(key, tenant, stream, chain.seq() + 1).seal(&fields).map_err(broken)?),
    };
    let clear = event.clear(sealed.as_ref().map(|sealed| sealed.commit)).map_err(broken)?;
    let bytes = clear.len() + sealed.as_ref().map_or(0, |sealed| sealed.bytes.len());
    if bytes > EVENT_BYTES_MAX {
        return Err(CodecError::TooLarge(bytes));
    }
    let sealed = sealed.map(|sealed| Sealed {
        key: stream,
        drop_on: UNTIL_ERASED,
        digest: bailiwick_record::sha256(&sealed.bytes),
        bytes: sealed.bytes,
    });
    let hash = chain.append_of(&clear, sealed.as_ref().map(|sealed| &sealed.digest)).map_err(broken)?;
    let stamped = Stamped { stream, kind: pen.kind.0, seq: chain.seq(), at: event.at, hash };
    let stamp = pen.stamps.stamp(&stamped);
    Ok(NewEvent { at: event.at, hash, stamp, clear, sealed })
}

/// Reads the next stored events of a stream, checks them against the chain, and moves the chain on. For folding: bodies that
/// no fold looks at stay sealed, whole as the chain's hash says.
pub(crate) fn decode(
    chain: &mut Chain,
    tenant: TenantId,
    pen: Pen<'_>,
    stored: &[StoredEvent],
) -> Result<Vec<Event>, CodecError> {
    let mut read = Vec::with_capacity(stored.len());
    for stored in stored {
        // A body that is gone is stood for by its digest; one that is there must be the one of that digest.
        let there = stored.event.sealed.as_ref().map(|sealed| bailiwick_record::sha256(&sealed.bytes));
        if there.is_some() && there != stored.body {
            return Err(broken(format!("the body of event `{}` is not the one that was written", stored.seq)));
        }
        // Whoever erases takes the key away; a body that is gone while its key is there was taken by somebody else.
        if there.is_none() && stored.body.is_some() && pen.data.is_some() && stored.key == Some(stored.stream) {
            return Err(broken(format!("the body of event `{}` is gone, and was not erased", stored.seq)));
        }
        chain.check(stored.seq, &stored.event.hash, &stored.event.clear, stored.body.as_ref()).map_err(broken)?;
        read.push(Event::read(&stored.event.clear).map_err(broken)?);
    }
    // The last one's hash holds those of all before it.
    if let Some(last) = stored.last()
        && !pen.stamps.is_of(&stamped(last, pen.kind), &last.event.stamp)
    {
        return Err(broken(format!("event `{}` was not written by a node of this tenant", last.seq)));
    }
    // Of a read that ends among these, is remembered by no key and was charged nothing, nothing is left to tell it from
    // another, nor where it went: sums to one destination are folded from charges. What does more leaves something behind.
    let ended = read.iter().filter_map(|(event, _)| match &event.data {
        Data::ActionEnded(ended) => Some(ended.act),
        _ => None,
    });
    let ended: BTreeSet<u64> = ended.collect();
    let wanted = |seq: u64, data: &Data| match data {
        Data::ActionBegun(begun) => {
            let of = &begun.action;
            let only_reads = of.effect == Effect::Read && of.egress == Egress::None;
            !only_reads || of.key.is_some() || !begun.reserved.is_empty() || !ended.contains(&seq)
        }
        other => other.folds_private(),
    };
    let opened = stored.iter().zip(read).map(|(stored, (mut event, commit))| {
        let commit = commit.filter(|_| wanted(stored.seq, &event.data));
        open_body(&mut event, commit, tenant, pen.data, stored)?;
        Ok(event)
    });
    opened.collect()
}

fn stamped(stored: &StoredEvent, kind: StreamKind) -> Stamped {
    let (at, hash) = (stored.event.at, stored.event.hash);
    Stamped { stream: stored.stream, kind: kind.0, seq: stored.seq, at, hash }
}

/// Whether any of these events has private fields.
pub(crate) fn needs_key(events: &[Event]) -> bool {
    let private = |data: &Data| !data.private().is_empty();
    events.iter().any(|event| private(&event.data))
}

/// Opens one stored event by itself, without its chain: for showing, never for deciding.
///
/// # Errors
/// [`CodecError`] when it is not an event of ours, or its body was changed.
pub fn open_event(tenant: TenantId, key: Option<&Secret>, stored: &StoredEvent) -> Result<Event, CodecError> {
    let (mut event, commit) = Event::read(&stored.event.clear).map_err(broken)?;
    open_body(&mut event, commit, tenant, key, stored)?;
    Ok(event)
}

/// Puts the private fields back, where they are committed to, there, and the key is at hand.
fn open_body(
    event: &mut Event,
    commit: Option<Digest>,
    tenant: TenantId,
    key: Option<&Secret>,
    stored: &StoredEvent,
) -> Result<(), CodecError> {
    let (Some(commit), Some(sealed), Some(key)) = (commit, &stored.event.sealed, key) else { return Ok(()) };
    let sealer = Sealer::new(key, tenant, stored.stream, stored.seq);
    open_fields(event, &sealer.open(&commit, &sealed.bytes).map_err(broken)?)
}

fn open_fields(event: &mut Event, opened: &[bailiwick_record::Opened]) -> Result<(), CodecError> {
    let fields: Vec<(String, Vec<u8>)> =
        opened.iter().map(|field| (field.pointer.clone(), field.value.to_vec())).collect();
    event.open(&fields).map_err(broken)
}
