//! Exact decimals: what money and other measured things are counted in. No floats.
//!
//! Values are whole numbers of billionths: 18 digits before the point, 9 after it, nothing rounded.

mod amount;
mod currency;
mod unit;

pub use amount::{Amount, BadAmount};
pub use unit::{BadUnit, Unit};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The most digits before the point.
const WHOLE_DIGITS_MAX: usize = 18;
/// The most digits after the point.
const FRACTION_DIGITS_MAX: usize = 9;
/// Billionths in one.
const ONE: u128 = 1_000_000_000;
/// One more than the most billionths that a value has.
const END: u128 = 1_000_000_000_000_000_000 * ONE;

/// A signed exact decimal of at most 18 integer digits and 9 decimals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i128);

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Reads `-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?` and nothing else.
    ///
    /// # Errors
    /// [`BadAmount`] with the reason.
    pub fn parse(text: &str) -> Result<Self, BadAmount> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let size = i128::try_from(amount::billionths(digits)?).map_err(|_| BadAmount::TooLarge)?;
        Ok(Self(sign * size))
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// How many decimals it has when written.
    pub fn decimals(self) -> u8 {
        decimals_of(self.0.unsigned_abs())
    }

    /// The sum, if it has at most 18 integer digits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).filter(|sum| sum.unsigned_abs() < END).map(Self)
    }

    /// The difference, if it has at most 18 integer digits.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).filter(|rest| rest.unsigned_abs() < END).map(Self)
    }

    /// The value as an amount, if it is not negative.
    pub fn amount(self) -> Option<Amount> {
        u128::try_from(self.0).ok().and_then(Amount::from_billionths)
    }
}

impl From<Amount> for Decimal {
    fn from(amount: Amount) -> Self {
        // by INVARIANT on Amount: below END, which is far below the most of an i128
        Self(i128::try_from(amount.billionths()).unwrap_or(i128::MAX))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_negative() { "-" } else { "" })?;
        write_billionths(self.0.unsigned_abs(), f)
    }
}
impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl std::str::FromStr for Decimal {
    type Err = BadAmount;
    fn from_str(text: &str) -> Result<Self, BadAmount> {
        Self::parse(text)
    }
}
impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::read_text::parsed(d, Self::parse)
    }
}

fn write_billionths(size: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (whole, fraction) = (size / ONE, size % ONE);
    if fraction == 0 {
        return write!(f, "{whole}");
    }
    let digits = format!("{fraction:09}");
    write!(f, "{whole}.{}", digits.trim_end_matches('0'))
}

fn decimals_of(size: u128) -> u8 {
    let mut unit = ONE;
    let mut decimals = 0;
    while !size.is_multiple_of(unit) {
        unit /= 10;
        decimals += 1;
    }
    decimals
}

#[cfg(test)]
mod tests;
