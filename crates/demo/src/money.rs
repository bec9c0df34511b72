//! Euros as cents. The wire carries decimal text, never a JSON number.

use serde_json::{Value, json};

/// The longest whole part of an amount.
const WHOLE_DIGITS_MAX: usize = 9;

/// An amount of euros above nothing, in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Euros {
    cents: i64,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MoneyError {
    #[error("`amount` must be digits with at most two decimals such as `480.00`, not `{0}`")]
    Form(String),
    #[error("`amount` must be above zero")]
    Zero,
}

impl Euros {
    /// Reads `480`, `480.5` or `480.00`; no sign, no exponent, no separators of thousands.
    pub(crate) fn read(text: &str) -> Result<Self, MoneyError> {
        let form = || MoneyError::Form(text.chars().take(40).collect());
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |s: &str, max: usize| !s.is_empty() && s.len() <= max && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole, WHOLE_DIGITS_MAX) || !digits(part, 2) {
            return Err(form());
        }
        let whole: i64 = whole.parse().map_err(|_| form())?;
        let read: i64 = part.parse().map_err(|_| form())?;
        let cents = whole * 100 + if part.len() == 1 { read * 10 } else { read };
        if cents == 0 { Err(MoneyError::Zero) } else { Ok(Self { cents }) }
    }

    pub(crate) fn cents(self) -> i64 {
        self.cents
    }
}

/// Cents as decimal text: `480.00`.
pub(crate) fn text(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

/// Cents as the wire shows them: `{"value": "480.00", "currency": "EUR"}`.
pub(crate) fn shown(cents: i64) -> Value {
    json!({"value": text(cents), "currency": "EUR"})
}

#[cfg(test)]
mod tests;
