//! A downstream that hands a secret back: results are searched for every secret that was sent, in the forms that
//! programs write them in.

mod entities;

use bailiwick_core::json::Json;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use entities::entities_undone;
use memchr::memmem;
use zeroize::Zeroizing;

/// Shorter secrets are found by chance in long texts: they are looked for as whole values only.
const SEARCHED_BYTES_MIN: usize = 16;
/// Members whose values the protocol fixes: they stand between the pieces of what is read as one.
const FIXED: [&str; 5] = ["type", "mimeType", "role", "audience", "resultType"];
/// How often JSON may stand in a string of JSON, and be found.
const NESTED_MAX: usize = 3;
/// How often entities of HTML may be entities of HTML again, and be found.
const ENTITIES_MAX: usize = 2;

/// A secret that was sent. Not shown, and overwritten when it is dropped.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes as they were sent.
    pub fn new(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Whether a result holds one of the secrets: as it is, in base64, percent-encoded, in entities of HTML, or in JSON's
/// escapes, also within strings that hold JSON. Those under 16 bytes only as a whole value.
pub fn contains_secret(result: &[u8], secrets: &[Secret]) -> bool {
    let secrets: Vec<&Secret> = secrets.iter().filter(|secret| !secret.0.is_empty()).collect();
    if secrets.is_empty() {
        return false;
    }
    let (long, short): (Vec<&Secret>, Vec<&Secret>) =
        secrets.into_iter().partition(|secret| secret.0.len() >= SEARCHED_BYTES_MIN);
    (!long.is_empty() && long_hit(result, &long)) || (!short.is_empty() && short_hit(result, &short, NESTED_MAX))
}

/// Whether a result holds one of the secrets in pieces: over texts that follow one another, over the strings of the
/// structured content, or from one into the other. A client puts them together again without meaning to.
pub fn splits_secret(result: &Json, secrets: &[Secret]) -> bool {
    if secrets.iter().all(|secret| secret.0.is_empty()) {
        return false;
    }
    let whole = strings(result, &|_| true);
    let texts = strings(result, &|name| matches!(name, "text" | "blob" | "data" | "message"));
    let structured = result.get("structuredContent").map(|content| strings(content, &|_| true)).unwrap_or_default();
    let [after, before] = [[texts.as_slice(), &structured].concat(), [structured.as_slice(), &texts].concat()];
    let mut views = vec![whole, texts, structured, after, before];
    // one piece is no whole that was split, and what is the same need not be looked through twice
    views.retain(|pieces| pieces.len() > 1);
    views.sort();
    views.dedup();
    let long: Vec<&Secret> = secrets.iter().filter(|secret| secret.0.len() >= SEARCHED_BYTES_MIN).collect();
    let held = |text: &str| {
        // a short one is looked for as a whole value only: here all pieces together are one
        let short = secrets.iter().any(|secret| !secret.0.is_empty() && *secret.0 == text.as_bytes());
        short || (!long.is_empty() && long_hit(text.as_bytes(), &long))
    };
    views.iter().any(|pieces| {
        let joined = Zeroizing::new(pieces.concat());
        let trimmed = Zeroizing::new(pieces.iter().map(|piece| piece.trim()).collect::<String>());
        held(&joined) || (trimmed.len() < joined.len() && held(&trimmed))
    })
}

/// The strings of a value in the order they stand in, of members whose name is wanted; array elements have their array's.
fn strings<'a>(value: &'a Json, wanted: &dyn Fn(&str) -> bool) -> Vec<&'a str> {
    let mut out = Vec::new();
    let mut rest = vec![(value, true)];
    while let Some((value, take)) = rest.pop() {
        match value {
            Json::String(_) if take => out.extend(value.as_str()),
            Json::Array(items) => rest.extend(items.iter().rev().map(|item| (item, take))),
            Json::Object(members) => {
                let mut inner: Vec<(&Json, bool)> = members
                    .iter()
                    .filter(|(name, _)| !FIXED.contains(name))
                    .map(|(name, value)| (value, wanted(name)))
                    .collect();
                inner.reverse();
                rest.extend(inner);
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
    out
}

fn long_hit(result: &[u8], secrets: &[&Secret]) -> bool {
    let needles: Vec<Vec<Zeroizing<Vec<u8>>>> = secrets.iter().map(|secret| base64_cores(&secret.0)).collect();
    let mut view = Zeroizing::new(result.to_vec());
    for _ in 0..=NESTED_MAX {
        if found(&view, secrets, &needles) || found_in_html(&view, secrets, &needles) {
            return true;
        }
        if !view.contains(&b'\\') {
            return false;
        }
        view = Zeroizing::new(unescaped(&view));
    }
    false
}

/// The same where entities of HTML are undone, and JSON's escapes that came out of them.
fn found_in_html(view: &[u8], secrets: &[&Secret], needles: &[Vec<Zeroizing<Vec<u8>>>]) -> bool {
    let mut undone = entities_undone(view);
    for _ in 0..ENTITIES_MAX {
        let Some(html) = undone else { return false };
        let escaped = html.contains(&b'\\').then(|| Zeroizing::new(unescaped(&html)));
        if found(&html, secrets, needles) || escaped.is_some_and(|plain| found(&plain, secrets, needles)) {
            return true;
        }
        undone = entities_undone(&html);
    }
    false
}

/// As it is, percent-encoded or in base64.
fn found(view: &[u8], secrets: &[&Secret], needles: &[Vec<Zeroizing<Vec<u8>>>]) -> bool {
    let plain = percent_decoded(view, false);
    let form = percent_decoded(view, true);
    let packed = base64_view(&plain);
    secrets.iter().zip(needles).any(|(secret, cores)| {
        let whole = [view, &plain, &form].iter().any(|text| memmem::find(text, &secret.0).is_some());
        whole || cores.iter().any(|core| memmem::find(&packed, core).is_some())
    })
}

/// What base64 makes of the secret wherever it stands in the encoded bytes: the characters that depend on the secret
/// alone, for each of the three places in a group.
fn base64_cores(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let core = |before: usize| {
        let mut bytes = Zeroizing::new(vec![0; before]);
        bytes.extend_from_slice(secret);
        let encoded = Zeroizing::new(STANDARD_NO_PAD.encode(&*bytes).into_bytes());
        // Of `before` bytes, the first whole characters and one shared one are not the secret's.
        let skip = (before * 8).div_ceil(6);
        let whole = bytes.len() * 8 / 6;
        Zeroizing::new(encoded.get(skip..whole).unwrap_or_default().to_vec())
    };
    (0..3).map(core).filter(|core| !core.is_empty()).collect()
}

/// Both alphabets of base64 as one, without the line breaks that some writers put in.
fn base64_view(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let one = |byte: &u8| match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'\r' | b'\n' => None,
        byte => Some(*byte),
    };
    Zeroizing::new(bytes.iter().filter_map(one).collect())
}

/// Percent-encoding undone; in a form a plus is a space too.
fn percent_decoded(bytes: &[u8], form: bool) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        if let (b'%', [high, low, tail @ ..]) = (byte, after)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high << 4 | low);
            rest = tail;
            continue;
        }
        out.push(if form && *byte == b'+' { b' ' } else { *byte });
        rest = after;
    }
    out
}

const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// JSON's escapes undone wherever they stand, whether or not the whole is JSON.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let Some((kind, after)) = rest.split_first() else {
            out.push(b'\\');
            break;
        };
        rest = after;
        match kind {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(0x08),
            b'f' => out.push(0x0c),
            b'u' => rest = unit(rest, &mut out),
            other => out.push(*other),
        }
    }
    out
}

/// What stands after `\u`: one UTF-16 unit, or two that are one character.
fn unit<'a>(rest: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let Some((first, after)) = four(rest) else { return rest };
    let second = after.strip_prefix(b"\\u").and_then(four);
    let (c, after) = match (char::from_u32(first), second) {
        (Some(c), _) => (c, after),
        (None, Some((second, tail))) => {
            let joined = char::decode_utf16([first, second].map(|unit| u16::try_from(unit).unwrap_or_default())).next();
            (joined.and_then(Result::ok).unwrap_or('\u{fffd}'), tail)
        }
        (None, None) => ('\u{fffd}', after),
    };
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    after
}

fn four(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(4)?;
    let value = digits.iter().try_fold(0, |value, digit| Some(value << 4 | u32::from(hex(*digit)?)))?;
    Some((value, rest))
}

fn short_hit(result: &[u8], secrets: &[&Secret], nested: usize) -> bool {
    values(result).into_iter().any(|value| {
        let value = Zeroizing::new(unescaped(value));
        let is = |form: &[u8]| secrets.iter().any(|secret| *secret.0 == *form);
        let encoded = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
            .iter()
            .any(|engine| engine.decode(value.as_slice()).is_ok_and(|decoded| is(&Zeroizing::new(decoded))));
        let looks_nested = value.iter().any(|byte| matches!(byte, b'"' | b':' | b'[' | b'{'));
        is(&value)
            || encoded
            || is(&percent_decoded(&value, false))
            || is(&percent_decoded(&value, true))
            || entities_undone(&value).is_some_and(|undone| is(&undone))
            || (nested > 0 && looks_nested && value.len() < result.len() && short_hit(&value, secrets, nested - 1))
    })
}

/// Every string and every bare word of what may be JSON, and the whole.
fn values(bytes: &[u8]) -> Vec<&[u8]> {
    let mut out = vec![bytes.trim_ascii()];
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(|byte| !is_between(*byte)) {
        let (_, from) = rest.split_at_checked(start).unwrap_or_default();
        let (value, after) = match from.split_first() {
            Some((b'"', inside)) => string_end(inside),
            _ => from
                .split_at_checked(from.iter().position(|byte| is_between(*byte) || *byte == b'"').unwrap_or(from.len()))
                .unwrap_or_default(),
        };
        out.push(value);
        rest = after;
    }
    out
}

fn string_end(inside: &[u8]) -> (&[u8], &[u8]) {
    let mut escaped = false;
    let end = inside.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    let (value, rest) = inside.split_at_checked(end.unwrap_or(inside.len())).unwrap_or_default();
    (value, rest.get(1..).unwrap_or_default())
}

const fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | b':' | b'[' | b']' | b'{' | b'}')
}

#[cfg(test)]
mod tests;
