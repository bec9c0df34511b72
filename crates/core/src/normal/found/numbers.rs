//! Accounts and phone numbers in a text.

use super::plain::Scan;
use super::text::{Taken, Text};
use crate::normal::{Kind, normal};

/// How long the IBANs of a country are (ISO 13616 registry): so one ends where it ends, and not where the line does.
const LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 \
    DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 \
    KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 \
    PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 \
    YE30";
const IBAN_CHARS: std::ops::RangeInclusive<usize> = 15..=34;
/// The longest run of digits and what separates them that is looked at as one number.
const NUMBER_BYTES_MAX: usize = 48;
/// The most digits of a number anywhere in the world (E.164).
const PHONE_DIGITS_MAX: usize = 15;
const PHONE_DIGITS_MIN: usize = 7;
/// Words before a number that say what it is.
const CALL: [&str; 18] = [
    "call",
    "cell",
    "dial",
    "fax",
    "handy",
    "mobil",
    "mobile",
    "phone",
    "ring",
    "ruf",
    "sms",
    "tel",
    "telefon",
    "telephone",
    "text",
    "tél",
    "viber",
    "whatsapp",
];

pub(super) fn ibans(text: Text<'_>, taken: &Taken, scan: &mut Scan) {
    let mut at = 0;
    while at < text.len() {
        let begins = may_begin(text, at) && !text.before(at).is_some_and(char::is_alphanumeric);
        let found = if begins { iban(text, at) } else { None };
        at = match found {
            Some((to, form)) if taken.free(at, to) => {
                scan.put(Kind::Iban, (at, to), Some(form));
                to
            }
            _ => at + 1,
        };
    }
}

/// Whether two letters stand there and a digit behind them, at once or after what separates them: no word does.
fn may_begin(text: Text<'_>, at: usize) -> bool {
    text.byte(at).is_ascii_alphabetic()
        && text.byte(at + 1).is_ascii_alphabetic()
        && !text.byte(at + 2).is_ascii_alphabetic()
        && text.byte(at + 2 + separator(text, at + 2)).is_ascii_digit()
}

/// The account that begins there, and where it ends. What has no right check digits is none: no bank takes it.
fn iban(text: Text<'_>, from: usize) -> Option<(usize, String)> {
    let (mut out, mut at, mut length) = (String::new(), from, None);
    loop {
        let byte = text.byte(at);
        let apart = separator(text, at);
        if byte.is_ascii_alphanumeric() {
            // two letters and two digits, or it is a word
            if (out.len() < 2) != byte.is_ascii_alphabetic() && out.len() < 4 {
                return None;
            }
            out.push(char::from(byte.to_ascii_uppercase()));
            at += 1;
            if out.len() == 2 {
                length = LENGTHS.split_ascii_whitespace().find_map(|of| of.strip_prefix(&*out)?.parse::<usize>().ok());
            }
            if length == Some(out.len()) || out.len() > *IBAN_CHARS.end() {
                break;
            }
        } else if apart > 0 && !out.is_empty() && length.is_some() && text.byte(at + apart).is_ascii_alphanumeric() {
            at += apart;
        } else {
            break;
        }
    }
    let whole = length.map_or(IBAN_CHARS.contains(&out.len()), |length| length == out.len());
    if !whole || text.after(at).is_some_and(char::is_alphanumeric) {
        return None;
    }
    Some((at, normal(&Kind::Iban, &out)?))
}

/// How long what separates groups is there.
fn separator(text: Text<'_>, at: usize) -> usize {
    match text.after(at) {
        Some(' ' | '-' | '.' | '_') => 1,
        Some(c @ ('\u{a0}' | '\u{202f}' | '\u{2009}')) => c.len_utf8(),
        _ => 0,
    }
}

/// Numbers of payment cards: nobody sends those inside a text but who means to.
pub(super) fn cards(text: Text<'_>, taken: &Taken, scan: &mut Scan) {
    let mut at = 0;
    while at < text.len() {
        if !text.byte(at).is_ascii_digit() || text.before(at).is_some_and(char::is_alphanumeric) {
            at += 1;
            continue;
        }
        let number = Number::at(text, at);
        let grouped = number.groups.len() == 1 || number.groups.iter().all(|digits| (3..=7).contains(digits));
        let free = grouped && taken.free(at, number.to) && !text.after(number.to).is_some_and(char::is_alphanumeric);
        if let Some(form) = normal(&Kind::Card, &number.digits).filter(|_| free) {
            scan.put(Kind::Card, (at, number.to), Some(form));
        }
        at = number.to.max(at + 1);
    }
}

/// Digits that are written as people write phone numbers; not every number.
pub(super) fn phones(text: Text<'_>, taken: &Taken, scan: &mut Scan) {
    let mut at = 0;
    while at < text.len() {
        let byte = text.byte(at);
        let joined = || text.before(at).is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | ',' | '-' | '_'));
        if !(byte.is_ascii_digit() || matches!(byte, b'+' | b'(')) || (byte != b'(' && joined()) {
            at += 1;
            continue;
        }
        let number = Number::at(text, at);
        let free = taken.free(at, number.to) && !text.after(number.to).is_some_and(char::is_alphanumeric);
        if free && number.is_phone(said(text, at)) {
            scan.put(Kind::Phone, (at, number.to), normal(&Kind::Phone, &number.plain(text, at)));
        }
        at = number.to.max(at + 1);
    }
}

/// Digits and what stands between them.
struct Number {
    to: usize,
    digits: String,
    groups: Vec<usize>,
    begins: u8,
    closed: bool,
}

impl Number {
    fn at(text: Text<'_>, from: usize) -> Self {
        let begins = text.byte(from);
        let mut number = Self { to: from, digits: String::new(), groups: Vec::new(), begins, closed: false };
        let (mut at, mut between) = (from, 0);
        while at - from < NUMBER_BYTES_MAX {
            let byte = text.byte(at);
            if byte.is_ascii_digit() {
                match number.groups.last_mut() {
                    Some(last) if between == 0 => *last += 1,
                    _ => number.groups.push(1),
                }
                number.digits.push(char::from(byte));
                (at, between) = (at + 1, 0);
                number.to = at;
                continue;
            }
            let apart = match byte {
                b'(' | b')' | b'/' => 1,
                b'+' if at == from || (at == from + 1 && begins == b'(') => 1,
                _ if byte == b'_' => 0,
                _ => separator(text, at),
            };
            // `(0) 30`: two marks and a space are the most that people write
            if apart == 0 || between == 3 || (between > 0 && at != from && byte == b'+') {
                break;
            }
            number.closed |= byte == b')';
            (at, between) = (at + apart, between + 1);
        }
        number
    }

    /// Its characters, with one kind of space.
    fn plain(&self, text: Text<'_>, from: usize) -> String {
        text.part(from, self.to).chars().map(|c| if c.is_ascii() { c } else { ' ' }).collect()
    }

    fn is_phone(&self, said: bool) -> bool {
        let count = self.digits.len();
        let (first, groups) = (self.groups.first().copied().unwrap_or(0), self.groups.as_slice());
        let national = count <= PHONE_DIGITS_MAX && groups.len() > 1;
        let date = matches!(groups, [2, 2, 4 | 2, ..]) && groups.len() < 5;
        count >= PHONE_DIGITS_MIN
            && (said
                || self.begins == b'+'
                || (self.begins == b'(' && national && self.closed && (2..=5).contains(&first))
                || (self.digits.starts_with("00")
                    && !self.digits.starts_with("000")
                    && (9..=17).contains(&count)
                    && national)
                || (self.digits.starts_with('0')
                    && !self.digits.starts_with("00")
                    && national
                    && (2..=5).contains(&first)
                    && !date)
                || (matches!(groups, [3, 3, 4]) && !self.digits.starts_with(['0', '1']))
                || (matches!(groups, [1, 3, 3, 4]) && self.digits.starts_with('1')))
    }
}

/// Whether the word before says that a number to call follows.
fn said(text: Text<'_>, at: usize) -> bool {
    let before = text.tail(at, 24);
    let word = before.trim_end_matches([' ', ':', '.', '#', '-', '=']);
    let near = before.len() - word.len() <= 3;
    let word = word.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    near && CALL.contains(&&*word)
}
