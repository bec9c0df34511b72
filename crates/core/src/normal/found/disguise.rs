//! Other ways to write an address, undone: words for dots, brackets around them, escapes, letters apart.

use super::text::{Marks, Text};

/// Words for a dot between two names.
const DOT: [&str; 5] = ["dot", "point", "ponto", "punkt", "punto"];
/// Words for the mark of an e-mail address.
const AT: [&str; 2] = ["at", "arroba"];
/// Words before `dot` that make it the dot of a sentence.
const ARTICLES: [&str; 26] = [
    "a", "an", "another", "any", "cada", "das", "dem", "den", "der", "dieser", "each", "ein", "el", "este", "every",
    "il", "jeder", "le", "no", "o", "one", "that", "the", "this", "un", "which",
];
/// How far apart the parts may stand.
const APART_MAX: usize = 2;
/// The longest name that is looked over for a dot behind it.
const NAME_BYTES_MAX: usize = 64;
/// How often what is escaped may be escaped again.
const ESCAPED_MAX: usize = 2;
/// Letters apart that make a word.
const LETTERS_MIN: usize = 5;
/// Names of HTML for what stands in addresses.
const ENTITIES: [(&str, char); 14] = [
    ("amp", '&'),
    ("colon", ':'),
    ("commat", '@'),
    ("equals", '='),
    ("hyphen", '-'),
    ("lowbar", '_'),
    ("lpar", '('),
    ("nbsp", ' '),
    ("num", '#'),
    ("percnt", '%'),
    ("period", '.'),
    ("quest", '?'),
    ("rpar", ')'),
    ("sol", '/'),
];

/// The text with what stands for a dot or an `@` as that; nothing where none does. A bare `at` is an `@` only where it is
/// asked for: `look at example dot com` has none.
pub(super) fn written(text: &str, ats: bool) -> Option<String> {
    let text = Text::new(text);
    let mut out = String::new();
    // up to where the text is looked through, and up to where it stands in what comes out
    let (mut at, mut copied, mut changed) = (0, 0, false);
    while let Some(step) = text.rest(at).bytes().position(may_stand_for_one) {
        at += step;
        if !leads_to_one(text, at) {
            at += 1;
            continue;
        }
        out.push_str(text.part(copied, at));
        copied = at;
        let found = if opens(text.byte(at)) { bracketed(text, at) } else { worded(text, at, &out, ats) };
        let joins = |c: char| c.is_alphanumeric() || matches!(c, '/' | '[' | '(' | ':');
        match found.filter(|(_, end)| text.after(*end).is_some_and(joins)) {
            Some((mark, end)) if out.trim_end_matches(' ').ends_with(|c: char| c.is_alphanumeric() || c == ':') => {
                out.truncate(out.trim_end_matches(' ').len());
                out.push_str(mark);
                (at, copied, changed) = (end, end, true);
            }
            _ => at += 1,
        }
    }
    if !changed {
        return None;
    }
    out.push_str(text.rest(copied));
    Some(out)
}

const fn opens(byte: u8) -> bool {
    matches!(byte, b'[' | b'(' | b'{' | b'<')
}

const fn may_stand_for_one(byte: u8) -> bool {
    opens(byte) || byte.is_ascii_whitespace() || matches!(byte, b'-' | b'_')
}

/// Whether what comes next begins as a mark, or a word for one, does: of prose nearly nothing.
fn leads_to_one(text: Text<'_>, at: usize) -> bool {
    let next = text.rest(at + 1).bytes().take(APART_MAX + 1).find(|byte| !may_stand_for_one(*byte));
    next.is_some_and(|byte| matches!(byte.to_ascii_lowercase(), b'.' | b':' | b'/' | b'@' | b'a' | b'd' | b'p' | b's'))
}

/// `[.]`, `(dot)`, `{at}`, `[://]`, with a little space in and after it.
fn bracketed(text: Text<'_>, from: usize) -> Option<(&'static str, usize)> {
    let inside = spaces(text, from + 1);
    let (mark, end) = mark(text, inside)?;
    let end = spaces(text, end);
    matches!(text.byte(end), b']' | b')' | b'}' | b'>').then(|| (mark, spaces(text, end + 1)))
}

fn spaces(text: Text<'_>, from: usize) -> usize {
    from + text.part(from, from + APART_MAX).bytes().take_while(|b| *b == b' ').count()
}

fn mark(text: Text<'_>, from: usize) -> Option<(&'static str, usize)> {
    let sign = ["://", ".", "@", ":", "/"].into_iter().find(|sign| text.rest(from).starts_with(sign));
    if let Some(sign) = sign {
        return Some((sign, from + sign.len()));
    }
    let (word, end) = word(text, from);
    let is = |words: &[&str]| words.iter().any(|own| word.eq_ignore_ascii_case(own));
    match () {
        () if is(&DOT) => Some((".", end)),
        () if is(&AT) => Some(("@", end)),
        () if word.eq_ignore_ascii_case("slash") => Some(("/", end)),
        () => None,
    }
}

fn word(text: Text<'_>, from: usize) -> (&str, usize) {
    let letters = text.rest(from).bytes().take(8).take_while(u8::is_ascii_alphabetic).count();
    (text.part(from, from + letters), from + letters)
}

/// ` dot `, `-dot-`, ` . `, and ` at ` before a name with such a dot behind it.
fn worded(text: Text<'_>, from: usize, before: &str, ats: bool) -> Option<(&'static str, usize)> {
    let sep = text.byte(from);
    let same = |b: u8| b == sep || (sep.is_ascii_whitespace() && b.is_ascii_whitespace());
    let begins = from + text.rest(from).bytes().take(APART_MAX).take_while(|b| same(*b)).count();
    let (name, end) = match text.byte(begins) {
        b'.' if sep == b' ' => (".", begins + 1),
        _ => word(text, begins),
    };
    let after = end + text.rest(end).bytes().take(APART_MAX).take_while(|b| same(*b)).count();
    if after == end {
        return None;
    }
    let is = |words: &[&str]| words.iter().any(|own| name.eq_ignore_ascii_case(own));
    if is(&DOT) || name == "." {
        let last = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let article = ARTICLES.iter().any(|article| last.eq_ignore_ascii_case(article));
        return (!article).then_some((".", after));
    }
    if !ats || !is(&AT) {
        return None;
    }
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    let name = after + text.rest(after).bytes().take(NAME_BYTES_MAX).take_while(part).count();
    let dotted = match text.byte(name) {
        b'[' | b'(' | b'{' | b'<' => bracketed(text, name),
        b' ' => worded(text, name, "", false).or_else(|| bracketed(text, spaces(text, name))),
        _ => None,
    };
    dotted.is_some_and(|(mark, _)| mark == ".").then_some(("@", after))
}

/// What percent-encoding and entities of HTML hide: each piece that has any, undone, on a line of its own. Of what is a
/// URL as it is only what stands behind its host: escapes there are its own, and may hide another.
pub(super) fn decoded(text: &str) -> Option<String> {
    if !Marks::of(text).any(Marks::ESCAPE) {
        return None;
    }
    let mut out = String::new();
    for piece in text.split_ascii_whitespace().filter(|piece| piece.contains(['%', '&'])) {
        let escape = piece.find(['%', '&']).unwrap_or(0);
        let host = piece.find("://").filter(|at| *at < escape).map_or(0, |at| at + 3);
        let path = piece.get(host..).and_then(|rest| rest.find(['/', '?', '#'])).filter(|_| host > 0);
        let rest = piece.get(path.map_or(0, |path| host + path)..).unwrap_or_default();
        let mut plain = rest.to_owned();
        for _ in 0..ESCAPED_MAX {
            plain = entities(&percent(&plain));
        }
        if plain != rest {
            out.push_str(&plain);
            out.push('\n');
        }
    }
    (!out.is_empty()).then_some(out)
}

/// What escapes of JSON and of programs stand for (`\u002e`, `\x2e`, `\/`), as often as they may be escaped again.
pub(super) fn unescaped(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return None;
    }
    let mut plain = text.to_owned();
    for _ in 0..ESCAPED_MAX {
        plain = backslashes(&plain);
    }
    (plain != text).then_some(plain)
}

fn backslashes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let hex = |digits: usize| {
            let number = after.get(1..=digits).filter(|number| number.bytes().all(|b| b.is_ascii_hexdigit()))?;
            Some((char::from_u32(u32::from_str_radix(number, 16).ok()?)?, digits + 1))
        };
        let found = match after.bytes().next() {
            Some(b'u') => hex(4),
            Some(b'x') => hex(2),
            Some(sign @ (b'/' | b'"' | b'\\')) => Some((char::from(sign), 1)),
            _ => None,
        };
        let (c, length) = found.unwrap_or(('\\', 0));
        out.push(c);
        rest = after.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn percent(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let hex =
            |at: usize| after.get(at).and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        match (byte, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn entities(text: &str) -> String {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match entity(part) {
            Some((c, rest)) => {
                out.push(c);
                out.push_str(rest);
            }
            None => {
                out.push('&');
                out.push_str(part);
            }
        }
    }
    out
}

fn entity(part: &str) -> Option<(char, &str)> {
    let Some(number) = part.strip_prefix('#') else {
        let (name, rest) = part.split_once(';')?;
        return ENTITIES.iter().find(|(own, _)| *own == name).map(|(_, c)| (*c, rest));
    };
    let (radix, digits) = number.strip_prefix(['x', 'X']).map_or((10, number), |digits| (16, digits));
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at_checked(end)?;
    let c = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    // browsers want no semicolon
    Some((c, rest.strip_prefix(';').unwrap_or(rest)))
}

/// Words whose letters stand apart (`e v i l . c o m`), put together, a line each.
pub(super) fn spaced(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (word, after) = letters(rest);
        if word.chars().count() >= LETTERS_MIN && word.contains(['.', '@', ':', ' ']) {
            out.push_str(&word);
            out.push('\n');
        }
        // one that is not put together is gone past, whole if it is a word
        rest = match after.len() < rest.len() {
            true => after,
            false if c.is_alphanumeric() => rest.trim_start_matches(char::is_alphanumeric),
            false => rest.get(c.len_utf8()..).unwrap_or_default(),
        };
    }
    (!out.is_empty()).then_some(out)
}

/// The letters that stand apart from the beginning on, by one sign each; where it stands twice or more is a space. And what
/// follows them: all of it where there are none.
fn letters(text: &str) -> (String, &str) {
    let none = (String::new(), text);
    let single = |c: char| c.is_alphanumeric() || matches!(c, '.' | '@' | ':' | '/');
    let mut chars = text.chars();
    let (Some(first), Some(sep)) = (chars.next(), chars.next()) else { return none };
    if !single(first) || !matches!(sep, ' ' | '-' | '_' | '*' | '|' | '·' | ',') {
        return none;
    }
    let mut word = String::from(first);
    let mut rest = text.get(first.len_utf8()..).unwrap_or_default();
    loop {
        let next = rest.trim_start_matches(sep);
        let apart = (rest.len() - next.len()) / sep.len_utf8();
        let mut ahead = next.chars();
        let (one, then) = (ahead.next(), ahead.next());
        let alone = then.is_none_or(|then| then == sep || !then.is_alphanumeric());
        let Some(one) = one.filter(|one| (1..=3).contains(&apart) && single(*one) && alone) else { break };
        if apart > 1 {
            word.push(' ');
        }
        word.push(one);
        rest = next.get(one.len_utf8()..).unwrap_or_default();
    }
    if word.chars().count() > 1 { (word, rest) } else { none }
}
