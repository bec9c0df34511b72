//! Which request a message is about that is not read: so that its sender learns at once what was wrong with it, and a
//! call does not wait for an answer that came and could not be taken.

use super::{ID_BYTES_MAX, Id};
use bailiwick_core::json::{Json, Limits};

/// The `id` of the outermost object, where one stands; nothing else of it is believed.
pub(crate) fn salvage_id(bytes: &[u8], bytes_max: usize) -> Option<Id> {
    let bytes = bytes.get(..bytes.len().min(bytes_max)).unwrap_or(bytes);
    let mut depth = 0usize;
    let mut found = None;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = string_end(bytes, at)?;
                if depth == 1
                    && bytes.get(at..end) == Some(b"\"id\"")
                    && let Some(id) = value_after(bytes.get(end..)?)
                {
                    // two ids are no id
                    if found.replace(id).is_some() {
                        return None;
                    }
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The place after the string that begins here.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The scalar after a colon, if it is an id.
fn value_after(rest: &[u8]) -> Option<Id> {
    let rest = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let end = match rest.first()? {
        b'"' => string_end(rest, 0)?,
        _ => rest
            .iter()
            .position(|byte| matches!(byte, b',' | b'}' | b' ' | b'\t' | b'\r' | b'\n'))
            .unwrap_or(rest.len()),
    };
    let limits = Limits { bytes: ID_BYTES_MAX * 6 + 2, depth: 1, nodes: 1 };
    Id::read(&Json::parse(rest.get(..end)?, &limits).ok()?)
}
