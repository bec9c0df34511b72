//! The strings of a document: escapes, surrogates, what may not stand in them.

use super::{error::Fault, write::plain_length};

/// Escaped or plain, up to the closing quote. `Err` has the byte at fault, counted from `rest`.
///
/// `rest` begins after the opening quote; gives the text, borrowed where nothing is escaped, and the length read,
/// closing quote included.
pub(super) fn read<'t>(rest: &'t str, scratch: &'t mut String) -> Result<(&'t str, usize), (Fault, usize)> {
    let run = plain_length(rest.as_bytes());
    let plain = rest.get(..run).unwrap_or_default();
    if rest.as_bytes().get(run) == Some(&b'"') {
        no_noncharacter(plain, 0)?;
        return Ok((plain, run + 1));
    }
    scratch.clear();
    let mut at = 0;
    loop {
        let tail = rest.get(at..).unwrap_or_default();
        let run = plain_length(tail.as_bytes());
        let plain = tail.get(..run).unwrap_or_default();
        no_noncharacter(plain, at)?;
        scratch.push_str(plain);
        at += run;
        match tail.as_bytes().get(run) {
            Some(b'"') => return Ok((scratch, at + 1)),
            Some(b'\\') => {
                let (c, length) = escape(rest.get(at + 1..).unwrap_or_default()).map_err(|fault| (fault, at))?;
                scratch.push(c);
                at += 1 + length;
            }
            Some(_) => return Err((Fault::ControlCharacter, at)),
            None => return Err((Fault::Expected { expected: "a closing `\"`", found: None }, at)),
        }
    }
}

/// RFC 7493 section 2.1: texts hold no noncharacters (surrogates cannot stand in UTF-8).
pub(super) fn no_noncharacter(text: &str, at: usize) -> Result<(), (Fault, usize)> {
    if text.is_ascii() {
        return Ok(());
    }
    match text.char_indices().find(|(_, c)| noncharacter(*c)) {
        Some((offset, _)) => Err((Fault::Noncharacter, at + offset)),
        None => Ok(()),
    }
}

fn noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// What follows a backslash: the character and the bytes it took.
fn escape(rest: &str) -> Result<(char, usize), Fault> {
    let found = rest.chars().next();
    let plain = match found {
        Some(c @ ('"' | '\\' | '/')) => c,
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => return unicode_escape(rest),
        _ => return Err(Fault::Expected { expected: "an escape: one of `\"\\/bfnrtu`", found }),
    };
    Ok((plain, 1))
}

/// `uXXXX`, or a surrogate pair `uXXXX\uXXXX` (RFC 8259 section 7).
fn unicode_escape(rest: &str) -> Result<(char, usize), Fault> {
    let first = four_hex(rest.get(1..).unwrap_or_default())?;
    let (c, length) = match first {
        0xd800..0xdc00 => {
            let low = rest.get(5..).and_then(|next| next.strip_prefix("\\u")).ok_or(Fault::LoneSurrogate)?;
            let second = four_hex(low)?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(Fault::LoneSurrogate);
            }
            (0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), 11)
        }
        _ => (first, 5),
    };
    let c = char::from_u32(c).ok_or(Fault::LoneSurrogate)?;
    if noncharacter(c) { Err(Fault::Noncharacter) } else { Ok((c, length)) }
}

fn four_hex(text: &str) -> Result<u32, Fault> {
    let mut digits = text.chars();
    let mut value = 0;
    for _ in 0..4 {
        let found = digits.next();
        let digit = found.and_then(|c| c.to_digit(16));
        value = value << 4 | digit.ok_or(Fault::Expected { expected: "four hexadecimal digits", found })?;
    }
    Ok(value)
}
