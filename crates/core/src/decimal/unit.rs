//! What is counted: a currency, records, bytes, calls, or what the tenant names.

use super::{FRACTION_DIGITS_MAX, currency};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, sync::Arc};

/// The longest name of a unit that is no currency.
const NAME_BYTES_MAX: usize = 32;

/// An ISO 4217 currency (`EUR`), or the lower-case name of another unit (`records`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(Arc<str>);

/// Why a text is no unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadUnit {
    /// Three capitals that are no currency with coins or notes.
    UnknownCurrency,
    /// Neither form.
    Form,
}

impl fmt::Display for BadUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCurrency => f.write_str("expected a currency of ISO 4217 such as `EUR`"),
            Self::Form => write!(
                f,
                "expected a unit: a currency such as `EUR`, or 1 to {NAME_BYTES_MAX} characters of a-z, 0-9 and -, beginning with a letter"
            ),
        }
    }
}

impl std::error::Error for BadUnit {}

impl Unit {
    /// Reads a currency code or the name of another unit.
    ///
    /// # Errors
    /// [`BadUnit`] when it is neither.
    pub fn parse(text: &str) -> Result<Self, BadUnit> {
        if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) {
            return currency::minor_digits(text).map(|_| Self(text.into())).ok_or(BadUnit::UnknownCurrency);
        }
        let named = text.len() <= NAME_BYTES_MAX
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if named { Ok(Self(text.into())) } else { Err(BadUnit::Form) }
    }

    /// What reads or changes are counted in.
    pub fn records() -> Self {
        Self("records".into())
    }

    /// Sizes.
    pub fn bytes() -> Self {
        Self("bytes".into())
    }

    /// Calls.
    pub fn calls() -> Self {
        Self("calls".into())
    }

    /// Whether it counts calls.
    pub fn is_calls(&self) -> bool {
        &*self.0 == "calls"
    }

    /// The code or name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// So much of it, as people say it: one call is no `calls`.
    pub fn counted(&self, amount: impl fmt::Display) -> String {
        let (amount, counts) = (amount.to_string(), matches!(&*self.0, "records" | "bytes" | "calls"));
        match self.0.strip_suffix('s').filter(|_| counts && amount == "1") {
            Some(one) => format!("1 {one}"),
            None => format!("{amount} {self}"),
        }
    }

    /// Whether it is money.
    pub fn is_currency(&self) -> bool {
        currency::minor_digits(&self.0).is_some()
    }

    /// How many decimals its smallest coin has; none for what is no currency.
    pub fn minor_digits(&self) -> u8 {
        currency::minor_digits(&self.0).unwrap_or(0)
    }

    /// The most decimals of an amount: those of the coin, none for records, bytes and calls, nine for other units.
    pub(super) fn decimals_max(&self) -> u8 {
        match &*self.0 {
            "records" | "bytes" | "calls" => 0,
            code => currency::minor_digits(code).unwrap_or(FRACTION_DIGITS_MAX as u8),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::str::FromStr for Unit {
    type Err = BadUnit;
    fn from_str(text: &str) -> Result<Self, BadUnit> {
        Self::parse(text)
    }
}
impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::read_text::parsed(d, Self::parse)
    }
}
