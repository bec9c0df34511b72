//! Calendar days as text, compared as text.

use std::fmt;

/// A day in the form `2026-11-21`. Days compare as their text does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(String);

/// Why a text is no day.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a day must look like `2026-11-21`, not `{0}`")]
pub struct DayError(String);

impl Day {
    /// Reads `YYYY-MM-DD`; a month has up to 31 days here, since days are only compared.
    pub fn read(text: &str) -> Result<Self, DayError> {
        let refused = || DayError(text.chars().take(40).collect());
        let mut parts = text.split('-');
        let mut part = |chars: usize, most: u32| {
            let digits = parts.next().filter(|p| p.len() == chars && p.bytes().all(|b| b.is_ascii_digit()))?;
            digits.parse::<u32>().ok().filter(|n| (1..=most).contains(n))
        };
        if part(4, 9999).is_some() && part(2, 12).is_some() && part(2, 31).is_some() && parts.next().is_none() {
            Ok(Self(text.to_owned()))
        } else {
            Err(refused())
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
