//! Texts in base64, of either alphabet (RFC 4648 sections 4 and 5), padded or not.

/// Shorter ones hide no address.
const CHARS_MIN: usize = 12;
/// The least bytes of what is decoded and text.
const TEXT_BYTES_MIN: usize = 6;
/// The characters that so many bytes are written with.
const HEAD_CHARS: usize = TEXT_BYTES_MIN / 3 * 4;

/// What stands in the text in base64 and is text, a line each.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut out = String::new();
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
    for run in text.split(|c| !part(c)).filter(|run| run.len() >= CHARS_MIN) {
        let whole = put(run, &mut out);
        // a segment of a path, a piece of a name
        if !whole && run.contains(['/', '-', '_']) {
            for piece in run.split(['/', '-', '_']).filter(|piece| piece.len() >= CHARS_MIN) {
                put(piece, &mut out);
            }
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Whether what a run begins with is text: of words and numbers that are none of base64 hardly any is.
fn begins_as_text(run: &str) -> bool {
    let bytes = decode(run.get(..HEAD_CHARS).unwrap_or(run));
    let whole = |text: &str| !text.chars().any(|c| c.is_control() && !c.is_ascii_whitespace());
    match std::str::from_utf8(&bytes) {
        Ok(text) => whole(text),
        // a character may go on behind the head
        Err(error) if error.error_len().is_none() => {
            bytes.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok()).is_some_and(whole)
        }
        Err(_) => false,
    }
}

fn put(run: &str, out: &mut String) -> bool {
    if !begins_as_text(run) {
        return false;
    }
    let bytes = decode(run);
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        // what stands behind it may be no part of it
        Err(error) => bytes.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok()).unwrap_or(""),
    };
    let text = text.split(|c: char| c.is_control() && !c.is_ascii_whitespace()).next().unwrap_or_default();
    let good = text.len() >= TEXT_BYTES_MIN && text.len() * 2 > bytes.len();
    if good {
        out.push_str(text);
        out.push('\n');
    }
    good
}

/// By INVARIANT of the caller: characters of the two alphabets alone. Bits that fill no byte are dropped.
fn decode(run: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(run.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in run.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.extend(u8::try_from(bits >> held & 0xff));
        }
        bits &= (1 << held) - 1;
    }
    out
}
