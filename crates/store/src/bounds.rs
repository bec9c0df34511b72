//! What an append may hold, checked before any store touches it. One place, so that no store takes what another refuses.

use crate::{
    Append, BYTES_PER_APPEND_MAX, EVENT_BYTES_MAX, EVENTS_PER_APPEND_MAX, Group, Snapshot, StoreError, StreamKind,
};
use bailiwick_core::{Digest, Micros, TenantId};

/// The most bytes of one blob.
pub const BLOB_BYTES_MAX: usize = 4 << 20;
/// The most bytes of all blobs of one append.
pub const BLOB_BYTES_PER_APPEND_MAX: usize = 8 << 20;
/// The most blobs one append may bring.
pub const BLOBS_PER_APPEND_MAX: usize = 256;
/// The most new data keys one append may bring.
pub const KEYS_PER_APPEND_MAX: usize = 512;
/// The most bytes of one wrapped key.
pub const WRAPPED_KEY_BYTES_MAX: usize = 4 << 10;
/// The most bytes of one sealed snapshot.
pub const SNAPSHOT_BYTES_MAX: usize = 8 << 20;
/// The bytes of one full tile: 256 hashes.
pub const TILE_BYTES: usize = 256 * 32;
/// The most bytes of the name of a tenant or of a cursor.
pub const NAME_BYTES_MAX: usize = 128;
/// The most bytes of one signed checkpoint.
pub const NOTE_BYTES_MAX: usize = 64 << 10;

/// The epoch of a fresh tenant.
pub(crate) const EPOCH_FIRST: u32 = 1;
/// The format of a fresh tenant's events.
pub(crate) const FORMAT_FIRST: u32 = 1;

/// Databases hold signed numbers; a step below the end leaves room for one append.
const NUMBER_MAX: u64 = i64::MAX as u64 - 2 * EVENTS_PER_APPEND_MAX as u64;

const _: () = assert!(BLOB_BYTES_MAX <= BLOB_BYTES_PER_APPEND_MAX, "one blob must fit into an append");

fn refused<T>(why: String) -> Result<T, StoreError> {
    Err(StoreError::Refused(why))
}

/// Refuses a count or a length that is over its limit.
pub(crate) fn at_most(what: &str, is: usize, most: usize) -> Result<(), StoreError> {
    if is > most { refused(format!("{what} is `{is}`, at most `{most}` is taken")) } else { Ok(()) }
}

/// A number as databases hold it.
pub(crate) fn number(what: &str, n: u64) -> Result<i64, StoreError> {
    match i64::try_from(n) {
        Ok(signed) if n <= NUMBER_MAX => Ok(signed),
        _ => refused(format!("{what} is `{n}`, at most `{NUMBER_MAX}` is taken")),
    }
}

/// The number of an epoch, which every store can hold.
pub(crate) fn epoch(epoch: u32) -> Result<(), StoreError> {
    match i32::try_from(epoch) {
        Ok(_) => Ok(()),
        Err(_) => refused(format!("an epoch is `{epoch}`, at most `{}` is taken", i32::MAX)),
    }
}

/// A number that is only compared: past the end means the end.
pub(crate) fn clamped(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The most bytes of a value that is read. Whoever can write a store could make any row as long as memory: a longer one is
/// none of ours, and is left where it is.
pub(crate) fn bytes(most: usize) -> i64 {
    rows(most)
}

/// How many rows to ask for.
pub(crate) fn rows(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// A tenant's or cursor's name.
pub(crate) fn name(what: &str, text: &str) -> Result<(), StoreError> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return refused(format!("{what} must not be empty or hold control characters"));
    }
    at_most(what, text.len(), NAME_BYTES_MAX)
}

/// One wrapped key.
pub(crate) fn wrapped(bytes: &[u8]) -> Result<(), StoreError> {
    if bytes.is_empty() {
        return refused("a wrapped key is empty".into());
    }
    at_most("the length of a wrapped key", bytes.len(), WRAPPED_KEY_BYTES_MAX)
}

/// Full tiles only: partial ones are computed when they are asked for.
pub(crate) fn tiles(tiles: &[(u8, u64, Vec<u8>)]) -> Result<(), StoreError> {
    for (level, index, hashes) in tiles {
        number("the index of a tile", *index)?;
        if hashes.len() != TILE_BYTES {
            return refused(format!(
                "tile `{level}/{index}` has `{}` bytes, a full one has `{TILE_BYTES}`",
                hashes.len()
            ));
        }
    }
    Ok(())
}

pub(crate) fn snapshot(snapshot: &Snapshot) -> Result<(), StoreError> {
    number("the seq of a snapshot", snapshot.seq)?;
    at_most("the size of a snapshot", snapshot.sealed.len(), SNAPSHOT_BYTES_MAX)
}

pub(crate) fn checkpoint(size: u64, note: &str) -> Result<(), StoreError> {
    number("the size of a checkpoint", size)?;
    at_most("the length of a checkpoint", note.len(), NOTE_BYTES_MAX)
}

/// Either the uuid or the name is another tenant's.
pub(crate) fn other_tenant(name: &str, other: TenantId, other_name: &str) -> StoreError {
    StoreError::Refused(match name == other_name {
        true => format!("the name `{name}` belongs to tenant `{other}`"),
        false => format!("tenant `{other}` is called `{other_name}`, not `{name}`"),
    })
}

pub(crate) fn key_exists(version: i32) -> StoreError {
    StoreError::Refused(format!("version `{version}` of the tenant's key exists"))
}

pub(crate) fn tile_differs(level: u8, index: u64) -> StoreError {
    StoreError::Broken(format!("tile `{level}/{index}` is there with other bytes"))
}

fn month(drop_on: i32) -> Result<(), StoreError> {
    let is_month = (197_001..=999_912).contains(&drop_on) && (1..=12).contains(&(drop_on % 100));
    if drop_on == 0 || is_month { Ok(()) } else { refused(format!("`{drop_on}` is no month, expected yyyymm or 0")) }
}

fn due(what: &str, at: Option<Micros>) -> Result<(), StoreError> {
    at.map_or(Ok(()), |at| number(what, at.0).map(drop))
}

fn no_two<T: Ord>(what: &str, mut all: Vec<T>) -> Result<(), StoreError> {
    all.sort_unstable();
    let twice = all.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
    if twice { refused(format!("{what} stands twice in one append")) } else { Ok(()) }
}

pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    let mut out = [0; 32];
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    for (to, from) in out.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    Digest::new(out)
}

/// Refuses an append that breaks a bound or contradicts itself.
pub(crate) fn append(append: &Append) -> Result<(), StoreError> {
    let groups = &append.groups;
    if groups.is_empty() || groups.iter().any(|group| group.streams.is_empty()) {
        return refused("an append needs a group and a group a stream".into());
    }
    if append.narrows {
        // The floor is the last leaf of the append, so nothing else may share it.
        let control = |group: &Group| group.streams.iter().any(|advance| advance.kind == StreamKind::CONTROL);
        if groups.len() != 1 || !groups.iter().all(control) {
            return refused("an append that narrows is one group that moves the control stream".into());
        }
    }
    let streams = || groups.iter().flat_map(|group| &group.streams);
    let mut events = 0_usize;
    let mut bytes = 0_usize;
    for advance in streams() {
        number("an expected head", advance.expect)?;
        due("a wake", advance.wake)?;
        if advance.events.is_empty() {
            return refused(format!("stream `{}` is moved without an event", advance.stream));
        }
        events += advance.events.len();
        for event in &advance.events {
            number("the time of an event", event.at.0)?;
            event.sealed.as_ref().map_or(Ok(()), |sealed| month(sealed.drop_on))?;
            let size = event.clear.len() + event.sealed.as_ref().map_or(0, |sealed| sealed.bytes.len());
            at_most("the size of an event", size, EVENT_BYTES_MAX)?;
            bytes += size;
        }
    }
    at_most("the number of events", events, EVENTS_PER_APPEND_MAX)?;
    at_most("the number of bytes", bytes, BYTES_PER_APPEND_MAX)?;
    no_two("a stream", streams().map(|advance| advance.stream).collect())?;
    keys_and_blobs(groups)
}

fn keys_and_blobs(groups: &[Group]) -> Result<(), StoreError> {
    let keys = || groups.iter().flat_map(|group| &group.keys);
    for key in keys() {
        wrapped(&key.wrapped)?;
        month(key.drop_on)?;
    }
    at_most("the number of new keys", keys().count(), KEYS_PER_APPEND_MAX)?;
    no_two("a new key", keys().map(|key| key.id).collect())?;
    let blobs = || groups.iter().flat_map(|group| &group.blobs);
    for blob in blobs() {
        at_most("the size of a blob", blob.bytes.len(), BLOB_BYTES_MAX)?;
        let is = sha256(&blob.bytes);
        if is != blob.digest {
            return refused(format!("a blob is named `{}`, its digest is `{is}`", blob.digest));
        }
    }
    at_most("the number of blobs", blobs().count(), BLOBS_PER_APPEND_MAX)?;
    at_most("the size of all blobs", blobs().map(|blob| blob.bytes.len()).sum(), BLOB_BYTES_PER_APPEND_MAX)
}
