//! What the calendar of a time zone comes to: when a day, week or month of it begins and is over. By the rules that this
//! binary holds, whatever the machine has. A decision takes it as a fact, for the rules of zones change.

use bailiwick_core::{ControlState, Every, MandateName, Micros, Per, Period};
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp, civil::Weekday};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

fn zone(name: &str) -> Option<TimeZone> {
    ZONES.get(name).ok()
}

/// Whether the rules of this time zone are known.
pub fn knows_zone(name: &str) -> bool {
    zone(name).is_some()
}

/// The period that holds `now`.
pub fn period(per: &Per, now: Micros) -> Option<Period> {
    let zone = zone(&per.zone)?;
    let today = Timestamp::from_microsecond(i64::try_from(now.0).ok()?).ok()?.to_zoned(zone.clone()).date();
    let (first, long) = match per.every {
        Every::Day => (today, Span::new().try_days(1)),
        Every::Week => {
            let past = i64::from(today.weekday().since(Weekday::Monday));
            (today.checked_sub(Span::new().try_days(past).ok()?).ok()?, Span::new().try_weeks(1))
        }
        Every::Month => (today.first_of_month(), Span::new().try_months(1)),
    };
    // A day begins at its first moment, where there is no midnight too.
    let begins = |day: Date| {
        let at = day.to_zoned(zone.clone()).ok()?.start_of_day().ok()?.timestamp().as_microsecond();
        u64::try_from(at).ok().map(Micros)
    };
    Some(Period { from: begins(first)?, until: begins(first.checked_add(long.ok()?).ok()?)? })
}

/// The periods by which these mandates count now.
pub(crate) fn periods(control: &ControlState, names: &[MandateName], now: Micros) -> BTreeMap<String, Period> {
    let mandates = names.iter().filter_map(|name| control.mandates.get(name));
    let pers = mandates.flat_map(|entry| entry.document.meters.values()).filter_map(|limit| limit.per.as_ref());
    pers.filter_map(|per| Some((per.to_string(), period(per, now)?))).collect()
}

#[cfg(test)]
mod tests;
