//! Dates and times of ISO 8601, in the forms of RFC 3339 section 5.6.

use crate::{Micros, Span};

/// `2026-03-01`; `2026-03-01T09:30:00` where no offset is said; else in UTC, `2026-03-01T08:30:00Z`.
pub(super) fn normal(text: &str) -> Option<String> {
    // RFC 3339 section 5.6 lets a space stand for the `T`, and many tools do.
    let Some((date, time)) = text.split_once('T').or_else(|| text.split_once(' ')) else {
        let day = day_number(text)?;
        return Some(write_day(day));
    };
    let day = day_number(date)?;
    let (time, offset_minutes) = split_offset(time)?;
    let (clock, fraction) = match time.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (time, None),
    };
    let mut parts = clock.split(':');
    let hour = two(parts.next()?, 23)?;
    let minute = two(parts.next()?, 59)?;
    let second = match parts.next() {
        Some(second) => two(second, 59)?,
        None if fraction.is_none() => 0,
        None => return None,
    };
    if parts.next().is_some() {
        return None;
    }
    let fraction = fraction_of(fraction)?;
    let minutes = day * 1440 + hour * 60 + minute - offset_minutes.unwrap_or(0);
    let (day, rest) = (minutes.div_euclid(1440), minutes.rem_euclid(1440));
    if !(FIRST_DAY..=LAST_DAY).contains(&day) {
        return None;
    }
    let zone = if offset_minutes.is_some() { "Z" } else { "" };
    Some(format!("{}T{:02}:{:02}:{second:02}{fraction}{zone}", write_day(day), rest / 60, rest % 60))
}

/// 0001-01-01 and 9999-12-31, in days from 1970-01-01.
const FIRST_DAY: i64 = -719_162;
const LAST_DAY: i64 = 2_932_896;

/// `Z`, `+01:00`, or nothing.
fn split_offset(time: &str) -> Option<(&str, Option<i64>)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, Some(0)));
    }
    let Some(at) = time.find(['+', '-']) else { return Some((time, None)) };
    let (time, offset) = time.split_at_checked(at)?;
    let (sign, offset) = match (offset.strip_prefix('+'), offset.strip_prefix('-')) {
        (Some(rest), _) => (1, rest),
        (_, Some(rest)) => (-1, rest),
        (None, None) => return None,
    };
    let (hours, minutes) = offset.split_once(':')?;
    let size = two(hours, 23)? * 60 + two(minutes, 59)?;
    // RFC 3339 section 4.3: -00:00 says that the offset is not known
    if sign < 0 && size == 0 { None } else { Some((time, Some(sign * size))) }
}

/// At most nine digits, without zeros at the end.
fn fraction_of(text: Option<&str>) -> Option<String> {
    let Some(digits) = text else { return Some(String::new()) };
    if !(1..=9).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let kept = digits.trim_end_matches('0');
    Some(if kept.is_empty() { String::new() } else { format!(".{kept}") })
}

fn two(text: &str, most: i64) -> Option<i64> {
    number(text, 2).filter(|value| *value <= most)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let formed = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    if formed { text.parse().ok() } else { None }
}

/// When a day begins in UTC; `None` for what is no day, or one before 1970.
pub(crate) fn day_begins(text: &str) -> Option<Micros> {
    let days = u64::try_from(day_number(text)?).ok()?;
    Some(Micros(Span::hours(days.checked_mul(24)?).0))
}

/// Days from 1970-01-01 of a date that exists, in the proleptic Gregorian calendar.
fn day_number(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let (year, month, day) = (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if parts.next().is_some() || year < 1 || !(1..=days).contains(&day) {
        return None;
    }
    // years begin in March here, so that the leap day is the last
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    Some(year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - DAYS_TO_1970)
}

/// From 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

fn write_day(day: i64) -> String {
    let from_march = day + DAYS_TO_1970;
    let (era, of_era) = (from_march.div_euclid(146_097), from_march.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (of_year * 5 + 2) / 153;
    let day = of_year - (month * 153 + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year_of_era, month + 3) } else { (year_of_era + 1, month - 9) };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year)
}
