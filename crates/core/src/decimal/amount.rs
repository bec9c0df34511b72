//! Amounts: never negative, never rounded, never from a float.

use super::{END, FRACTION_DIGITS_MAX, ONE, Unit, WHOLE_DIGITS_MAX, decimals_of, write_billionths};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Borrow, fmt};

/// A non-negative exact decimal of at most 18 integer digits and 9 decimals. Written without trailing zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(u128);

/// Why a text is no amount, or an amount not one of its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadAmount {
    /// There is no text.
    Empty,
    /// It is below zero.
    Negative,
    /// It has a sign that is not needed.
    Plus,
    /// It has an exponent.
    Exponent,
    /// Another character than digits and one point.
    Character(char),
    /// A zero before other digits.
    LeadingZero,
    /// No digit before or after the point.
    BarePoint,
    /// More than 18 digits before the point.
    TooLarge,
    /// More than 9 digits after the point.
    TooFine,
    /// Finer than the smallest coin or count of its unit.
    FinerThanUnit {
        /// The unit.
        unit: Unit,
        /// The decimals it has.
        decimals: u8,
    },
}

impl BadAmount {
    /// A name for it that stays, for test vectors and logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Negative => "negative",
            Self::Plus => "plus",
            Self::Exponent => "exponent",
            Self::Character(_) => "character",
            Self::LeadingZero => "leading_zero",
            Self::BarePoint => "bare_point",
            Self::TooLarge => "too_large",
            Self::TooFine => "too_fine",
            Self::FinerThanUnit { .. } => "finer_than_unit",
        }
    }
}

impl fmt::Display for BadAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an amount such as `12.50`, ")?;
        match self {
            Self::Empty => f.write_str("found nothing"),
            Self::Negative => f.write_str("found a negative one"),
            Self::Plus => f.write_str("found a `+`"),
            Self::Exponent => f.write_str("found an exponent"),
            Self::Character(c) => write!(f, "found the character `{}`", c.escape_default()),
            Self::LeadingZero => f.write_str("found a leading zero"),
            Self::BarePoint => f.write_str("found a point without digits on both sides"),
            Self::TooLarge => write!(f, "found more than {WHOLE_DIGITS_MAX} digits before the point"),
            Self::TooFine => write!(f, "found more than {FRACTION_DIGITS_MAX} digits after the point"),
            Self::FinerThanUnit { unit, decimals: 0 } => write!(f, "`{unit}` is counted in whole numbers"),
            Self::FinerThanUnit { unit, decimals } => write!(f, "`{unit}` has {decimals} decimals"),
        }
    }
}

impl std::error::Error for BadAmount {}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The most there is: where a sum no longer fits, it stays here.
    pub const MOST: Self = Self(END - 1);

    /// Reads `(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?` and nothing else.
    ///
    /// # Errors
    /// [`BadAmount`] with the reason.
    pub fn parse(text: &str) -> Result<Self, BadAmount> {
        billionths(text).map(Self)
    }

    /// So many whole ones, if they have at most 18 digits.
    pub fn from_whole(count: u64) -> Option<Self> {
        Self::from_billionths(u128::from(count) * ONE)
    }

    /// So many of the smallest: cents of `EUR`, yen of `JPY`, ones of what is no currency. `None` past 18 digits.
    pub fn from_minor(count: u64, unit: &Unit) -> Option<Self> {
        let one = ONE / 10u128.pow(u32::from(unit.minor_digits()));
        Self::from_billionths(u128::from(count) * one)
    }

    /// The sum, if it has at most 18 integer digits.
    #[must_use]
    pub fn checked_add(self, other: impl Borrow<Self>) -> Option<Self> {
        self.0.checked_add(other.borrow().0).and_then(Self::from_billionths)
    }

    /// The difference, if it is not negative.
    #[must_use]
    pub fn checked_sub(self, other: impl Borrow<Self>) -> Option<Self> {
        self.0.checked_sub(other.borrow().0).map(Self)
    }

    /// The difference, or nothing where it would be negative.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Half of it, rounded down to the finest that there is.
    #[must_use]
    pub const fn half(self) -> Self {
        Self(self.0 / 2)
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// How many decimals it has when written.
    pub fn decimals(self) -> u8 {
        decimals_of(self.0)
    }

    /// The whole ones, if it has no decimals.
    pub fn as_whole(self) -> Option<u64> {
        if self.0.is_multiple_of(ONE) { u64::try_from(self.0 / ONE).ok() } else { None }
    }

    /// Whether the unit can be paid or counted so finely.
    ///
    /// # Errors
    /// [`BadAmount::FinerThanUnit`] for `1.005` of `EUR` or half a record.
    pub fn fits(self, unit: &Unit) -> Result<(), BadAmount> {
        let decimals = unit.decimals_max();
        if self.decimals() <= decimals {
            Ok(())
        } else {
            Err(BadAmount::FinerThanUnit { unit: unit.clone(), decimals })
        }
    }

    pub(super) fn from_billionths(size: u128) -> Option<Self> {
        (size < END).then_some(Self(size))
    }

    pub(super) const fn billionths(self) -> u128 {
        self.0
    }
}

/// Reads an amount's text.
pub(super) fn billionths(text: &str) -> Result<u128, BadAmount> {
    if let Some(c) = text.chars().find(|c| !c.is_ascii_digit() && *c != '.') {
        return Err(match c {
            '-' if text.starts_with('-') => BadAmount::Negative,
            '+' if text.starts_with('+') => BadAmount::Plus,
            'e' | 'E' if text.starts_with(|first: char| first.is_ascii_digit()) => BadAmount::Exponent,
            c => BadAmount::Character(c),
        });
    }
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "") | ("", _)) => return Err(BadAmount::BarePoint),
        Some((_, fraction)) if fraction.contains('.') => return Err(BadAmount::Character('.')),
        Some(halves) => halves,
        None if text.is_empty() => return Err(BadAmount::Empty),
        None => (text, ""),
    };
    if whole.len() > 1 && whole.starts_with('0') {
        return Err(BadAmount::LeadingZero);
    }
    if whole.len() > WHOLE_DIGITS_MAX {
        return Err(BadAmount::TooLarge);
    }
    if fraction.len() > FRACTION_DIGITS_MAX {
        return Err(BadAmount::TooFine);
    }
    let padding = std::iter::repeat_n(b'0', FRACTION_DIGITS_MAX - fraction.len());
    let digits = whole.bytes().chain(fraction.bytes()).chain(padding);
    Ok(digits.fold(0, |size, digit| size * 10 + u128::from(digit - b'0')))
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_billionths(self.0, f)
    }
}
impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_billionths(self.0, f)
    }
}
impl std::str::FromStr for Amount {
    type Err = BadAmount;
    fn from_str(text: &str) -> Result<Self, BadAmount> {
        Self::parse(text)
    }
}
impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::read_text::parsed(d, Self::parse)
    }
}
