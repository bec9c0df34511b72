//! Days as people write them: `January 11th, 2025`, `11 January 2025`, `May 26th`.

use crate::normal::{Kind, normal};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The days of a sentence; one without a year as `--05-26`.
pub(super) fn said(sentence: &str) -> Vec<String> {
    let words: Vec<&str> = sentence.split_whitespace().map(super::bare).collect();
    let mut out = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let Some(month) = month(word) else { continue };
        let near = |offset: isize| at.checked_add_signed(offset).and_then(|at| words.get(at)).copied();
        let of = if near(-1) == Some("of") { near(-2) } else { near(-1) };
        let (after, before) = (near(1).and_then(day), of.and_then(day));
        let (day, year) = match (after, before) {
            (Some(day), _) => (day, near(2)),
            (None, Some(day)) => (day, near(1)),
            (None, None) => continue,
        };
        // Whose year stands at the end of a span: `January 11th to January 15th 2025`.
        let year = year.and_then(year_of).or_else(|| words.iter().skip(at).take(7).find_map(|word| year_of(word)));
        match year {
            Some(year) => out.extend(normal(&Kind::Date, &format!("{year}-{month:02}-{day:02}"))),
            None => {
                // Of a leap year, so that no day of the year is left out.
                let whole = normal(&Kind::Date, &format!("2024-{month:02}-{day:02}"));
                out.extend(whole.map(|_| format!("--{month:02}-{day:02}")));
            }
        }
    }
    out
}

/// Whether a word is the name of a month or a day of the week: it names nothing else.
pub(super) fn is_word(word: &str) -> bool {
    month(word).is_some() || WEEKDAYS.contains(&word.to_ascii_lowercase().as_str())
}

fn month(word: &str) -> Option<usize> {
    let word = word.to_ascii_lowercase();
    let is = |name: &str| name == word || (word.len() == 3 && name.starts_with(&word));
    MONTHS.iter().position(|name| is(name)).map(|at| at + 1)
}

fn day(word: &str) -> Option<u8> {
    let digits = ["st", "nd", "rd", "th"].into_iter().find_map(|tail| word.strip_suffix(tail)).unwrap_or(word);
    let day = digits.parse::<u8>().ok().filter(|_| digits.len() <= 2)?;
    (1..=31).contains(&day).then_some(day)
}

fn year_of(word: &str) -> Option<u16> {
    let year = word.parse::<u16>().ok().filter(|_| word.len() == 4)?;
    (1900..=2999).contains(&year).then_some(year)
}
