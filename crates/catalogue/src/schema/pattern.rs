//! Patterns of a schema, which are ECMA-262's and match anywhere, as the linear engine's, which is core's and matches
//! whole texts. What the two could read differently is written so that they cannot, or refused.

use bailiwick_core::TextPattern;
use std::iter::Peekable;
use std::str::Chars;

/// The pattern, if the linear engine has one that means the same.
pub(super) fn translate(pattern: &str) -> Option<TextPattern> {
    let mut out = String::with_capacity(pattern.len() + 24);
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(&mut chars, false, &mut out)?,
            '[' => class(&mut chars, &mut out)?,
            '(' => {
                out.push('(');
                group(&mut chars, &mut out)?;
            }
            // ECMA-262 section 22.2.2.7: a dot is no line terminator, of which the engine knows one
            '.' => out.push_str(r"[^\n\r\u{2028}\u{2029}]"),
            c => out.push(c),
        }
    }
    TextPattern::parse(&format!("(?s:.*)(?:{out})(?s:.*)")).ok()
}

/// What may stand after an opening parenthesis: nothing special, `?:`, or a name.
fn group(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    if chars.peek() != Some(&'?') {
        return Some(());
    }
    chars.next();
    match chars.next()? {
        ':' => out.push_str("?:"),
        '<' if chars.peek().is_some_and(|c| c.is_ascii_alphabetic()) => out.push_str("?<"),
        // look-around, and flags that ECMA-262 does not have
        _ => return None,
    }
    Some(())
}

fn class(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    out.push('[');
    if chars.peek() == Some(&'^') {
        chars.next();
        out.push('^');
    }
    if chars.peek() == Some(&']') {
        // `[]` is nothing and `[^]` everything in ECMA-262, and neither in the engine
        return None;
    }
    loop {
        match chars.next()? {
            ']' => {
                out.push(']');
                return Some(());
            }
            '\\' => escape(chars, true, out)?,
            // The engine nests classes and combines them with these.
            c @ ('[' | '&' | '~') => out.extend(['\\', c]),
            // A range to or from a class, or two dashes, are read differently.
            '-' if chars.peek() == Some(&'-') => return None,
            c => out.push(c),
        }
    }
}

fn escape(chars: &mut Peekable<Chars<'_>>, in_class: bool, out: &mut String) -> Option<()> {
    let c = chars.next()?;
    // ECMA-262 section 22.2.2.9: digits and word characters are ASCII's
    let ranges = match c {
        'd' | 'D' => Some("0-9"),
        'w' | 'W' => Some("A-Za-z0-9_"),
        's' | 'S' => {
            Some(r"\t\n\x0B\x0C\r\x20\xA0\u{1680}\u{2000}-\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}\u{FEFF}")
        }
        _ => None,
    };
    match (c, ranges) {
        ('d' | 'w' | 's', Some(ranges)) if in_class => out.push_str(ranges),
        ('d' | 'w' | 's', Some(ranges)) => out.extend(["[", ranges, "]"]),
        (_, Some(ranges)) => out.extend(["[^", ranges, "]"]),
        ('n' | 'r' | 't' | 'f' | 'v', None) => out.extend(['\\', c]),
        // ECMA-262 section 22.2.2.6: words are of ASCII here too
        ('b', None) if !in_class => out.push_str(r"(?-u:\b)"),
        ('x', None) => hex(chars, 2, out)?,
        ('u', None) if chars.peek() == Some(&'{') => {
            chars.next();
            let digits: String = chars.by_ref().take_while(|c| *c != '}').collect();
            code_point(&digits, out)?;
        }
        ('u', None) => hex(chars, 4, out)?,
        ('p' | 'P', None) => out.extend(['\\', c]),
        ('0', None) if !chars.peek().is_some_and(char::is_ascii_digit) => out.push_str(r"\x00"),
        // back-references, control letters, and letters that mean something in one of the two only
        (c, None) if c.is_ascii_alphanumeric() || !c.is_ascii() => return None,
        (c, None) => out.extend(['\\', c]),
    }
    Some(())
}

fn hex(chars: &mut Peekable<Chars<'_>>, count: usize, out: &mut String) -> Option<()> {
    let digits: String = chars.by_ref().take(count).collect();
    if digits.len() == count { code_point(&digits, out) } else { None }
}

/// Half of a surrogate pair is no character and stops the pattern.
fn code_point(digits: &str, out: &mut String) -> Option<()> {
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    out.push_str(&format!("\\u{{{:X}}}", u32::from(c)));
    Some(())
}

#[cfg(test)]
mod tests;
