//! The lines of a bundle, read strictly: unknown fields, keys that stand twice, and lines that are too long are refused.
//! `docs/reference/bundle.md` says what each is.

use crate::heads::HeadProof;
use bailiwick_core::{Digest, Micros, StreamId, TenantId};
use serde::Deserialize;
use std::borrow::Cow;
use std::io::{self, BufRead, Read};

/// The name and version of the format.
pub const FORMAT: &str = "bailiwick-bundle/1";
/// The most bytes of one line: a whole blob in base64 fits.
pub const LINE_BYTES_MAX: usize = 8 << 20;
/// The most bytes of one blob.
pub const BLOB_BYTES_MAX: usize = 4 << 20;

const _: () = assert!(BLOB_BYTES_MAX / 3 * 4 + 1024 <= LINE_BYTES_MAX, "a blob must fit into a line");

/// What a bundle is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// The whole log, up to the checkpoint.
    Log,
    /// One task, with the control stream.
    Task(StreamId),
}

/// The first line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header<'a> {
    #[serde(borrow)]
    pub(crate) checkpoint: Cow<'a, str>,
    pub(crate) exported_at: Micros,
    #[serde(borrow)]
    pub(crate) format: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) log_key: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) origin: Cow<'a, str>,
    pub(crate) tenant: TenantId,
    pub(crate) what: What,
}

/// The log of one size is the beginning of that of another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consistency {
    pub(crate) from: u64,
    pub(crate) path: Vec<Digest>,
    pub(crate) to: u64,
}

/// What a `control.heads` event shows of one stream.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeadLine {
    /// The leaf of that event.
    pub(crate) heads: u64,
    pub(crate) proof: HeadProof,
    pub(crate) stream: StreamId,
}

/// Bytes that the next control event names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlobLine<'a> {
    #[serde(borrow)]
    pub(crate) bytes: Cow<'a, str>,
    pub(crate) digest: Digest,
}

/// One private field, opened.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenedField<'a> {
    pub(crate) blind: Digest,
    #[serde(borrow)]
    pub(crate) pointer: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) value: Cow<'a, str>,
}

/// One event and its place in the log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventLine<'a> {
    #[serde(borrow)]
    pub(crate) clear: Cow<'a, str>,
    pub(crate) leaf: u64,
    /// Absent when the body is erased or not shown.
    #[serde(default, borrow)]
    pub(crate) opened: Option<Vec<OpenedField<'a>>>,
    pub(crate) path: Vec<Digest>,
    #[serde(default)]
    pub(crate) sealed: Option<Digest>,
    pub(crate) seq: u64,
    pub(crate) stream: StreamId,
}

/// One line.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line<'a> {
    #[serde(borrow)]
    Bundle(Box<Header<'a>>),
    Consistency(Consistency),
    Head(Box<HeadLine>),
    #[serde(borrow)]
    Blob(BlobLine<'a>),
    #[serde(borrow)]
    Event(EventLine<'a>),
}

/// Why there is no next line.
#[derive(Debug)]
pub(crate) enum BadLine {
    /// The bundle could not be read.
    Io(io::Error),
    TooLong,
    /// The last line has no newline: something was cut off.
    Cut,
}

/// Reads the next line, without its newline, into `line`; false at the end.
pub(crate) fn next_line(bundle: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool, BadLine> {
    line.clear();
    let most = LINE_BYTES_MAX as u64 + 1;
    let read = bundle.by_ref().take(most).read_until(b'\n', line).map_err(BadLine::Io)?;
    match line.pop() {
        None => Ok(false),
        Some(b'\n') => Ok(true),
        Some(_) if read as u64 == most => Err(BadLine::TooLong),
        Some(_) => Err(BadLine::Cut),
    }
}
