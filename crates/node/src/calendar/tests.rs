use super::*;

fn told(per: &str, now: &str) -> Option<(String, String)> {
    let micros = |text: &str| Micros(u64::try_from(text.parse::<Timestamp>().unwrap().as_microsecond()).unwrap());
    let text = |at: Micros| Timestamp::from_microsecond(i64::try_from(at.0).unwrap()).unwrap().to_string();
    let period = period(&Per::parse(per).unwrap(), micros(now))?;
    assert!(period.holds(micros(now)), "{period:?}");
    Some((text(period.from), text(period.until)))
}

#[test]
fn periods_begin_where_the_zone_says_also_when_its_clocks_are_set() {
    for (per, now, from, until) in [
        ("month in Europe/Berlin", "2026-10-31T23:30:00Z", "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"),
        ("month in Europe/Berlin", "2026-03-31T21:59:59Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"),
        ("month in America/New_York", "2026-02-15T00:00:00Z", "2026-02-01T05:00:00Z", "2026-03-01T05:00:00Z"),
        ("week in UTC", "2026-11-22T23:59:59Z", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"),
        ("week in UTC", "2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"),
        ("day in Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ("day in Asia/Kathmandu", "2026-11-22T18:14:59Z", "2026-11-21T18:15:00Z", "2026-11-22T18:15:00Z"),
        // no midnight: clocks went from 00:00 to 01:00
        ("day in America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"),
    ] {
        assert_eq!(told(per, now), Some((from.to_owned(), until.to_owned())), "{per} at {now}");
    }
}

#[test]
fn a_zone_that_nobody_knows_has_no_calendar() {
    assert!(knows_zone("Europe/Berlin") && knows_zone("UTC"));
    assert!(!knows_zone("Europe/Berlinn") && !knows_zone("../etc/passwd"));
    assert_eq!(told("month in Mars/Olympus", "2026-11-22T00:00:00Z"), None);
}
