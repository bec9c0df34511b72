//! What stands in a text as it is written: URLs, e-mail addresses, hosts.

use super::names;
use super::numbers;
use super::text::{Marks, Taken, Text};
use crate::normal::{Kind, chars, normal};

/// The most of each that is looked at in one text: what comes after is not looked for.
const EXAMINED_MAX: usize = 4096;
/// The longest URL that has a normal form; of a longer one this much is looked at.
const URL_BYTES_MAX: usize = 4096;
const SCHEME_BYTES_MAX: usize = 32;
const LOCAL_BYTES_MAX: usize = 64;
const HOST_BYTES_MAX: usize = 253;
/// The longest that an address of IPv6 is written.
const V6_BYTES_MAX: usize = 45;

/// An address, where it stands.
pub(super) struct Span {
    pub(super) kind: Kind,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) normal: Option<String>,
}

/// What one look through a text found, in no order.
#[derive(Default)]
pub(super) struct Scan {
    pub(super) spans: Vec<Span>,
    /// There was more to look at than is looked at.
    pub(super) over: bool,
}

impl Scan {
    pub(super) fn put(&mut self, kind: Kind, (from, to): (usize, usize), normal: Option<String>) {
        self.spans.push(Span { kind, from, to, normal });
    }

    fn taken(&self) -> Taken {
        Taken::of(self.spans.iter().map(|span| (span.from, span.to)))
    }
}

/// Most texts have no address, and show it by what they are written with: so each look is taken only where what it looks for
/// could be.
pub(super) fn scan(text: &str) -> Scan {
    let marks = Marks::of(text);
    let text = Text::new(text);
    let mut scan = Scan::default();
    if marks.any(Marks::COLON) {
        urls(text, &mut scan);
    }
    if marks.any(Marks::AT) {
        emails(text, &scan.taken(), &mut scan);
    }
    if marks.any(Marks::DIGIT) {
        numbers::ibans(text, &scan.taken(), &mut scan);
        numbers::cards(text, &scan.taken(), &mut scan);
        numbers::phones(text, &scan.taken(), &mut scan);
    }
    let taken = scan.taken();
    if marks.any(Marks::FOREIGN) {
        hosts(text.rest(0).char_indices(), text, &taken, &mut scan);
    } else if marks.any(Marks::DOT) {
        hosts(text.rest(0).bytes().map(char::from).enumerate(), text, &taken, &mut scan);
    }
    if marks.any(Marks::COLON) {
        addresses(text, &taken, &mut scan);
    }
    scan
}

/// Everything with a scheme and `://`, also within another URL: a redirector leads there.
fn urls(text: Text<'_>, scan: &mut Scan) {
    for (count, at) in text.each("://").enumerate() {
        if count == EXAMINED_MAX {
            scan.over = true;
            return;
        }
        let (mut from, scheme) = scheme(text, at);
        let to = url_end(text, at + 3);
        if scheme.is_empty() || to == at + 3 {
            continue;
        }
        let lower = scheme.to_ascii_lowercase();
        // what is glued to a scheme is none of it, and `hxxp` is how people write it so that nobody calls it by mistake
        let known = [("hxxps", "https"), ("https", "https"), ("hxxp", "http"), ("http", "http")];
        let meant = known.into_iter().find(|(spelt, _)| lower.ends_with(spelt));
        if let Some((spelt, _)) = meant {
            from = at - spelt.len();
        }
        let meant = meant.map_or(&*lower, |(_, meant)| meant);
        let whole = format!("{meant}{}", text.part(at, to));
        scan.put(Kind::Url, (from, to), normal(&Kind::Url, &whole));
    }
}

fn scheme(text: Text<'_>, end: usize) -> (usize, &str) {
    let mut from = end;
    let part = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    while from > 0 && end - from < SCHEME_BYTES_MAX && part(text.byte(from - 1)) {
        from -= 1;
    }
    while from < end && !text.byte(from).is_ascii_alphabetic() {
        from += 1;
    }
    (from, text.part(from, end))
}

/// Where a URL ends in prose: before what no URL holds, before a bracket that was opened outside of it, and without the
/// marks at its end that are the sentence's.
fn url_end(text: Text<'_>, from: usize) -> usize {
    let (mut round, mut square, mut past_host) = (0_usize, 0_usize, false);
    let mut to = from;
    for (at, c) in text.rest(from).char_indices() {
        match c {
            '(' => round += 1,
            '[' => square += 1,
            ')' if round == 0 => break,
            ']' if square == 0 => break,
            ')' => round -= 1,
            ']' => square -= 1,
            _ => {}
        }
        if at > URL_BYTES_MAX || ends_url(c) || (past_host && wide_stop(c)) {
            break;
        }
        past_host |= matches!(c, '/' | '?' | '#');
        to = from + at + c.len_utf8();
    }
    let mark = |c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '*' | '_' | '~') || foreign_mark(c);
    from + text.part(from, to).trim_end_matches(mark).len()
}

fn ends_url(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '\'' | '`' | '|' | '\\' | '^' | '{' | '}')
        || matches!(c, '«' | '»' | '\u{2018}'..='\u{201f}' | '\u{2039}' | '\u{203a}' | '\u{3008}'..='\u{3011}')
        || matches!(c, '（' | '）' | '，' | '；' | '！' | '？' | '、' | '：')
}

/// A full stop that is a dot to a resolver of international names (RFC 3490 section 3.1), and one to a reader elsewhere.
const fn wide_stop(c: char) -> bool {
    matches!(c, '。' | '．' | '｡')
}

fn foreign_mark(c: char) -> bool {
    !c.is_ascii() && !c.is_alphanumeric()
}

fn emails(text: Text<'_>, taken: &Taken, scan: &mut Scan) {
    for (count, at) in text.each("@").enumerate() {
        if count == EXAMINED_MAX {
            scan.over = true;
            return;
        }
        let (from, sure) = local_part(text, at);
        let to = domain_end(text, at + 1);
        let domain = text.part(at + 1, to);
        let last = domain.rsplit('.').next().unwrap_or_default();
        let named = domain.contains('.')
            && (last.starts_with("xn--") || (last.chars().count() > 1 && last.chars().all(char::is_alphabetic)));
        if from == at || !named || !taken.free(from, to) {
            continue;
        }
        let sure = sure && text.byte(to) != b'@';
        let form = normal(&Kind::Email, text.part(from, to)).filter(|_| sure);
        scan.put(Kind::Email, (from, to), form);
    }
}

/// Where the local part begins, and whether nothing before it may be a part of it.
fn local_part(text: Text<'_>, at: usize) -> (usize, bool) {
    let mut from = at;
    let part = |from: usize| match text.byte(from) {
        b'.' | b'_' | b'%' | b'+' | b'-' => true,
        b'\'' => from > 0 && text.byte(from - 1).is_ascii_alphanumeric(),
        byte => byte.is_ascii_alphanumeric(),
    };
    while from > 0 && at - from <= LOCAL_BYTES_MAX && part(from - 1) {
        from -= 1;
    }
    while from < at && matches!(text.byte(from), b'.' | b'-' | b'\'' | b'%') {
        from += 1;
    }
    let before = text.before(from);
    let foreign = before.is_some_and(|c| c == '@' || (!c.is_ascii() && (c.is_alphanumeric() || chars::invisible(c))));
    let glued = before.is_some_and(|c| matches!(c, '!' | '#' | '$' | '&' | '^' | '~'))
        && from > 1
        && text.byte(from - 2).is_ascii_alphanumeric();
    (from, !foreign && !glued && at - from <= LOCAL_BYTES_MAX)
}

fn domain_end(text: Text<'_>, from: usize) -> usize {
    let mut to = from;
    for (at, c) in text.rest(from).char_indices() {
        if at > HOST_BYTES_MAX || !of_host(c) {
            break;
        }
        to = from + at + c.len_utf8();
    }
    from + text.part(from, to).trim_end_matches(edge).len()
}

/// A character that a host may have, or that somebody put into one so that it looks like another.
fn of_host(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_') || wide_stop(c) || hidden(c)
}

fn hidden(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && chars::invisible(c)
}

fn edge(c: char) -> bool {
    matches!(c, '.' | '-' | '_') || wide_stop(c) || hidden(c)
}

/// Bare names and addresses of IPv4. The characters are the text's, each with its place.
fn hosts(characters: impl Iterator<Item = (usize, char)>, text: Text<'_>, taken: &Taken, scan: &mut Scan) {
    let mut run: Option<usize> = None;
    let mut last = '\0';
    for (at, c) in characters.chain([(text.len(), ' ')]) {
        let goes_on = of_host(c) && !(c == '.' && last == '.');
        last = c;
        match (run, goes_on) {
            (None, true) => run = Some(at),
            (Some(from), false) => {
                host(text, (from, at), taken, scan);
                run = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
}

fn host(text: Text<'_>, (from, to): (usize, usize), taken: &Taken, scan: &mut Scan) {
    let run = text.part(from, to);
    let from = from + (run.len() - run.trim_start_matches(edge).len());
    let to = from + text.part(from, to).trim_end_matches(edge).len();
    let run = text.part(from, to);
    // what an escape ends with is no part of a name; undone, it is looked through again
    let escaped = from > 0 && text.byte(from - 1) == b'%' && run.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    if escaped || (!run.contains('.') && !run.contains(wide_stop)) {
        return;
    }
    if scan.spans.len() > EXAMINED_MAX * 2 {
        scan.over = true;
        return;
    }
    let mut put = |from: usize, name: &str, form: Option<String>| {
        if taken.free(from, from + name.len()) {
            scan.put(Kind::Host, (from, from + name.len()), form);
        }
    };
    let slash = |name: &str, from: usize| text.byte(from + name.len()) == b'/';
    if run.is_ascii() {
        let name = sentence_off(run);
        if is_host(name, slash(name, from)) {
            put(from, name, normal(&Kind::Host, name));
        }
    } else if is_host(run, slash(run, from)) {
        // what is no ASCII is mapped by each reader in its own way: the name has no form
        put(from, run, None);
    } else {
        // scripts that are written without spaces stand right beside a host
        let mut from = from;
        for piece in run.split_inclusive(|c: char| !c.is_ascii()) {
            let bare = piece.trim_end_matches(|c: char| !c.is_ascii());
            let name = bare.trim_matches(edge);
            let begins = from + (bare.len() - bare.trim_start_matches(edge).len());
            if is_host(name, slash(name, begins)) {
                put(begins, name, normal(&Kind::Host, name));
            }
            from += piece.len();
        }
    }
}

/// `evil.com.Then` is a host, and a sentence that begins without its space.
fn sentence_off(run: &str) -> &str {
    match run.rsplit_once('.') {
        Some((before, last))
            if last.starts_with(|c: char| c.is_ascii_uppercase()) && !names::listed(last) && before.contains('.') =>
        {
            before
        }
        _ => run,
    }
}

fn is_host(name: &str, slash: bool) -> bool {
    let labels: Vec<&str> = name.split(|c| c == '.' || wide_stop(c)).collect();
    let (Some(last), true) = (labels.last(), labels.len() > 1) else { return false };
    if labels.iter().any(|label| label.is_empty()) || name.len() > HOST_BYTES_MAX {
        return false;
    }
    if labels.len() == 4 && labels.iter().all(|label| label.bytes().all(|b| b.is_ascii_digit())) {
        return normal(&Kind::Host, name).is_some();
    }
    let www = labels.first().is_some_and(|label| label.eq_ignore_ascii_case("www")) && labels.len() > 2;
    let file = labels.len() == 2 && names::of_a_file(last) && !slash;
    (www && last.chars().all(char::is_alphanumeric)) || (names::listed(last) && !file)
}

/// Addresses of IPv6.
fn addresses(text: Text<'_>, taken: &Taken, scan: &mut Scan) {
    let part = |b: u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    let mut at = 0;
    while at < text.len() {
        if !part(text.byte(at)) {
            at += 1;
            continue;
        }
        let from = at;
        while part(text.byte(at)) {
            at += 1;
        }
        let run = text.part(from, at).trim_end_matches('.');
        let to = from + run.len();
        let alone = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == ':' || c == '_');
        let written = run.len() <= V6_BYTES_MAX
            && run.bytes().filter(|b| *b == b':').count() > 1
            && run.bytes().any(|b| b.is_ascii_digit());
        let free = alone(text.before(from)) && alone(text.after(to)) && taken.free(from, to);
        let form = if written && free { normal(&Kind::Host, run) } else { None };
        if form.is_some() {
            scan.put(Kind::Host, (from, to), form);
        }
    }
}
