//! Numbers compared by their digits: no float, whatever the exponent.

use bailiwick_core::json::Number;
use std::cmp::Ordering;
use std::fmt;

/// Aligned digits beyond this are not computed with.
const DIGITS_MAX: usize = 38;

/// `0.digits * 10^point`: digits without zeros at either end, none at all for zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exact {
    negative: bool,
    digits: String,
    point: i64,
}

impl Exact {
    pub(super) fn of(number: &Number) -> Self {
        let text = number.as_str();
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        let significant = all.trim_start_matches('0');
        let length = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        // by INVARIANT of RFC 8785: an exponent of a double has at most three digits
        let exponent: i64 = exponent.trim_start_matches('+').parse().unwrap_or(0);
        let point = exponent + length(whole.len()) - length(all.len() - significant.len());
        let digits = significant.trim_end_matches('0').to_owned();
        if digits.is_empty() { Self { negative: false, digits, point: 0 } } else { Self { negative, digits, point } }
    }

    pub(super) fn is_integer(&self) -> bool {
        usize::try_from(self.point).map_or(self.digits.is_empty(), |point| self.digits.len() <= point)
    }

    pub(super) const fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Whether it is a whole number of steps; `None` where that is more than we compute.
    pub(super) fn is_multiple_of(&self, step: &Self) -> Option<bool> {
        if self.is_zero() {
            return Some(true);
        }
        // Both as whole numbers of the finer one's last digit.
        let last = |value: &Self| Some(value.point - i64::try_from(value.digits.len()).ok()?);
        let unit = last(self)?.min(last(step)?);
        let (own, step) = (self.scaled(unit)?, step.scaled(unit)?);
        own.checked_rem(step).map(|rest| rest == 0)
    }

    fn scaled(&self, unit: i64) -> Option<u128> {
        let zeros = usize::try_from(self.point - i64::try_from(self.digits.len()).ok()? - unit).ok()?;
        if self.digits.len() + zeros > DIGITS_MAX {
            return None;
        }
        format!("{}{}", self.digits, "0".repeat(zeros)).parse().ok()
    }

    fn size(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Digits are without leading zeros, so the higher point is the larger number; texts compare as fractions.
            (false, false) => self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, digits) = (if self.negative { "-" } else { "" }, &self.digits);
        let size = usize::try_from(self.point.unsigned_abs()).unwrap_or(usize::MAX);
        match digits.split_at_checked(size) {
            _ if self.is_zero() => f.write_str("0"),
            _ if size > DIGITS_MAX => write!(f, "{sign}0.{digits}e{}", self.point),
            _ if self.point <= 0 => write!(f, "{sign}0.{}{digits}", "0".repeat(size)),
            Some((whole, "")) => write!(f, "{sign}{whole}"),
            Some((whole, fraction)) => write!(f, "{sign}{whole}.{fraction}"),
            None => write!(f, "{sign}{digits:0<size$}"),
        }
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.size(other),
            (true, true) => other.size(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests;
