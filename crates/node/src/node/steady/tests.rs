use super::*;

const NOON: Micros = Micros(1_800_000_000_000_000);
const UP: Span = Span::hours(7);

fn own(wall: Micros) -> OwnTime {
    OwnTime { up: UP, wall }
}

/// After so much of the machine's time, so much of the store's.
fn later(steady: Steady, machine: Span, store: Span) -> Steady {
    Steady::now(Some(steady), steady.since.after(store), Span(steady.up.0 + machine.0))
}

fn begun() -> Steady {
    Steady::now(None, NOON, UP)
}

#[test]
fn a_clock_that_is_five_minutes_from_the_machines_own_is_doubted() {
    assert_eq!(apart(NOON, own(NOON.after(APART_MAX))), None);
    let far = apart(NOON.after(Span(APART_MAX.0 + 1)), own(NOON)).expect("the store is ahead");
    assert!(far.needs_people() && far.to_string().contains("300 s from this machine's"), "{far}");
    assert!(apart(NOON, own(NOON.after(Span(APART_MAX.0 + 1)))).is_some(), "or behind");
}

#[test]
fn a_clock_goes_steadily_for_as_long_as_it_goes_with_the_machines() {
    let begun = begun();
    assert_eq!(later(begun, Span::hours(30), Span::hours(30)), begun);
    assert_eq!(later(begun, Span::hours(30), Span(Span::hours(30).0 + APART_MAX.0)), begun);
    assert!(!begun.long(Span(UP.0 + SILENT_MAX.0 - 1)) && begun.long(Span(UP.0 + SILENT_MAX.0)));
    let stepped = later(begun, Span::hours(30), Span::hours(31));
    assert!(stepped.stepped && !stepped.long(stepped.up), "it begins anew where it was set");
}

#[test]
fn more_than_a_day_without_a_word_is_doubted_and_less_is_not() {
    let begun = begun();
    let day = |more: u64| NOON.before(Span(SILENT_MAX.0 + more));
    assert_eq!(begun.silence(None, None), None, "a log that is younger than a day");
    assert_eq!(begun.silence(Some(day(0)), None), None);
    let silent = begun.silence(Some(day(1)), None).expect("nothing was written since");
    assert_eq!(silent, ClockDoubt::Silent { span: Span(SILENT_MAX.0 + 1), stepped: false });
    assert!(!silent.needs_people(), "whoever did not run wrote nothing: {silent}");
    assert_eq!(begun.silence(Some(day(Span::hours(2).0)), Some(NOON.before(Span::hours(3)))), None);
    let stepped = later(begun, Span::seconds(1), Span::hours(1_000));
    let silent = stepped.silence(Some(NOON), None).expect("it was set ahead");
    assert!(silent.needs_people() && silent.to_string().contains("set ahead by about 1000 h"), "{silent}");
}
