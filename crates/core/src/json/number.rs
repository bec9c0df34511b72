//! Numbers as their canonical text. The only place in core that knows floats; none leaves it.

use std::{fmt, str};

/// The longest canonical text: a sign, `0.00000`, seventeen digits.
const TEXT_BYTES_MAX: usize = 25;

/// The largest integer that every reader of I-JSON keeps (RFC 7493 section 2.2).
const SAFE_INTEGER_MAX: u64 = (1 << 53) - 1;

/// A number as RFC 8785 writes it, or the exact digits of an integer of at most 64 bits beyond 2^53.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number {
    len: u8,
    text: [u8; TEXT_BYTES_MAX],
}

/// Why a number cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumberFault {
    /// Its value is beyond every double.
    OutOfRange,
    /// Its value is another than this, which RFC 8785 would make of it.
    Inexact(Number),
}

impl Number {
    /// The canonical text.
    pub fn as_str(&self) -> &str {
        // by INVARIANT on self.text: only ASCII is ever pushed
        self.text.get(..usize::from(self.len)).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
    }

    /// Whether it is an integer that every reader of I-JSON keeps: below 2^53 and above -2^53.
    pub fn is_safe_integer(&self) -> bool {
        self.as_i64().is_some_and(|value| value.unsigned_abs() <= SAFE_INTEGER_MAX)
    }

    /// Whether it is an integer of at most 64 bits beyond that, kept by its digits.
    pub fn is_wide_integer(&self) -> bool {
        (self.as_u64().is_some() || self.as_i64().is_some()) && !self.is_safe_integer()
    }

    /// The value, if it is an integer from 0 to 2^64 - 1.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_str().parse().ok()
    }

    /// The value, if it is an integer from -2^63 to 2^63 - 1.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_str().parse().ok()
    }

    /// The exact value, if it has at most 18 integer digits and 9 decimals.
    pub fn as_decimal(&self) -> Option<crate::Decimal> {
        let text = self.as_str();
        if let Ok(value) = crate::Decimal::parse(text) {
            return Some(value);
        }
        let (mantissa, exponent) = text.split_once('e')?;
        let plain = Scientific::of(mantissa, exponent.parse().ok()?).plain()?;
        crate::Decimal::parse(&plain).ok()
    }

    /// From the text of a well-formed JSON number.
    pub(super) fn read(text: &str) -> Result<Self, NumberFault> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if let Some(number) = Self::read_integer(negative, digits) {
            return Ok(number);
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, saturating_exponent(exponent)),
            None => (text, 0),
        };
        let written = Scientific::of(mantissa, exponent);
        // by INVARIANT of JSON's grammar: Rust reads every number of it, rounding to the nearest double
        let value: f64 = text.parse().unwrap_or(f64::INFINITY);
        if !value.is_finite() {
            return Err(NumberFault::OutOfRange);
        }
        let kept = Scientific::shortest(value);
        let number = Self::write(&kept);
        if written == kept { Ok(number) } else { Err(NumberFault::Inexact(number)) }
    }

    /// From a double that another format has read; not from one without a value.
    pub(super) fn from_double(value: f64) -> Option<Self> {
        value.is_finite().then(|| Self::write(&Scientific::shortest(value)))
    }

    fn read_integer(negative: bool, digits: &str) -> Option<Self> {
        // the grammar was checked: leading zeros and signs do not come here
        let size: u64 = digits.parse().ok()?;
        if !negative {
            return Some(size.into());
        }
        0i64.checked_sub_unsigned(size).map(Self::from)
    }

    /// ECMA-262 `Number::toString`, as RFC 8785 section 3.2.2.3 asks.
    fn write(value: &Scientific) -> Self {
        let mut out = Self { len: 0, text: [0; TEXT_BYTES_MAX] };
        let digits = value.digits.as_str();
        let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        let point = value.point;
        if digits.is_empty() {
            out.push("0");
            return out;
        }
        if value.negative {
            out.push("-");
        }
        if (count..=21).contains(&point) {
            out.push(digits);
            out.zeros(point - count);
        } else if (1..=21).contains(&point) {
            out.split(digits, point);
        } else if (-5..=0).contains(&point) {
            out.push("0.");
            out.zeros(-point);
            out.push(digits);
        } else {
            if count == 1 {
                out.push(digits)
            } else {
                out.split(digits, 1)
            }
            out.push(if point > 0 { "e+" } else { "e" });
            out.push(&(point - 1).to_string());
        }
        out
    }

    fn split(&mut self, digits: &str, point: i64) {
        let (whole, rest) =
            usize::try_from(point).ok().and_then(|at| digits.split_at_checked(at)).unwrap_or((digits, ""));
        self.push(whole);
        self.push(".");
        self.push(rest);
    }

    fn zeros(&mut self, count: i64) {
        (0..count).for_each(|_| self.push("0"));
    }

    fn push(&mut self, text: &str) {
        let start = usize::from(self.len);
        for (slot, byte) in self.text.iter_mut().skip(start).zip(text.bytes()) {
            *slot = byte;
            self.len += 1;
        }
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        let mut out = Self { len: 0, text: [0; TEXT_BYTES_MAX] };
        let mut rest = value;
        let mut digits = [0u8; 20];
        let mut used = 0;
        for slot in digits.iter_mut().rev() {
            *slot = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            used += 1;
            if rest == 0 {
                break;
            }
        }
        for (slot, digit) in out.text.iter_mut().zip(digits.iter().skip(digits.len() - used)) {
            *slot = *digit;
            out.len += 1;
        }
        out
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        let size = Self::from(value.unsigned_abs());
        if value >= 0 {
            return size;
        }
        let mut out = Self { len: 0, text: [0; TEXT_BYTES_MAX] };
        out.push("-");
        out.push(size.as_str());
        out
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A decimal value, `0.digits * 10^point`: digits without zeros at either end, none at all for zero.
#[derive(Debug, PartialEq, Eq)]
struct Scientific {
    negative: bool,
    digits: String,
    point: i64,
}

impl Scientific {
    /// Of a mantissa as JSON writes it and an exponent.
    fn of(mantissa: &str, exponent: i64) -> Self {
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: String = [whole, fraction].concat();
        let significant = all.trim_start_matches('0');
        let leading = all.len() - significant.len();
        let digits = significant.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            // RFC 8785 writes minus zero as zero; the value is the same
            return Self { negative: false, digits, point: 0 };
        }
        let shift = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        let point = exponent.saturating_add(shift(whole.len())).saturating_sub(shift(leading));
        Self { negative, digits, point }
    }

    /// The fewest digits that read back as this double; of two as near, those with the even last one (std writes
    /// the greater).
    fn shortest(value: f64) -> Self {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        Self::of(mantissa, exponent.parse().unwrap_or(0))
    }

    /// Without an exponent, if that is not absurdly long.
    fn plain(&self) -> Option<String> {
        let fraction_zeros = usize::try_from(-self.point).ok().filter(|zeros| *zeros < 64)?;
        let sign = if self.negative { "-" } else { "" };
        Some(format!("{sign}0.{}{}", "0".repeat(fraction_zeros), self.digits))
    }
}

/// An exponent of JSON's grammar; one that does not fit is as far out as can be.
fn saturating_exponent(text: &str) -> i64 {
    match text.strip_prefix('-') {
        Some(digits) => digits.parse::<i64>().map_or(i64::MIN, |value| -value),
        None => text.strip_prefix('+').unwrap_or(text).parse().unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests;
