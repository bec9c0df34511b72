//! Amounts of money in what people write.

use crate::{Amount, Unit};

/// Signs of currencies, with the codes that each is written for.
const SIGNS: [(char, &[&str]); 4] = [
    ('€', &["EUR"]),
    ('£', &["GBP"]),
    ('¥', &["JPY", "CNY"]),
    ('$', &["USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD"]),
];

/// An amount of money in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) words: String,
    /// Codes of the currencies that it may be in.
    pub(super) currencies: Vec<String>,
    /// `None`: written in a way that no limit is.
    pub(super) amount: Option<Amount>,
}

fn code(word: &str) -> Option<&str> {
    Unit::parse(word).is_ok_and(|unit| unit.is_currency()).then_some(word)
}

/// Numbers beside a currency's code or sign: `500 EUR`, `EUR 500`, `€500`, `500€`.
pub(super) fn amounts(text: &str) -> Vec<Found> {
    let bare = |word: &'_ str| -> String {
        word.trim_matches(|c: char| !c.is_alphanumeric() && SIGNS.iter().all(|(sign, _)| *sign != c)).to_owned()
    };
    let words: Vec<String> = text.split_whitespace().map(bare).collect();
    let mut out = Vec::new();
    let mut taken = None;
    for (index, word) in words.iter().enumerate() {
        let before = index.checked_sub(1).filter(|before| taken != Some(*before)).and_then(|before| words.get(before));
        let after = words.get(index + 1);
        if let Some((codes, digits)) = signed(word) {
            out.push(found(digits, codes, word.clone()));
            continue;
        }
        if !is_number(word) {
            continue;
        }
        if let Some(after) = after.and_then(|after| code(after)) {
            taken = Some(index + 1);
            out.push(found(word, &[after], format!("{word} {after}")));
        } else if let Some(before) = before.and_then(|before| code(before)) {
            out.push(found(word, &[before], format!("{before} {word}")));
        }
    }
    out
}

fn found(digits: &str, codes: &[&str], words: String) -> Found {
    Found { words, currencies: codes.iter().copied().map(str::to_owned).collect(), amount: Amount::parse(digits).ok() }
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\''))
}

/// A number with a sign before or after it, and what the sign may mean.
fn signed(word: &str) -> Option<(&'static [&'static str], &str)> {
    SIGNS.iter().find_map(|(sign, codes)| {
        let digits = word.strip_prefix(*sign).or_else(|| word.strip_suffix(*sign))?;
        is_number(digits).then_some((*codes, digits))
    })
}
