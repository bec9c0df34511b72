use super::*;

const AT: Micros = Micros(1_790_000_000_000_000);

#[test]
fn pauses_grow_and_end_after_a_day() {
    let (mut now, mut tries, mut last) = (AT, 1, Span(0));
    while let Some(next) = next_try(AT, now, None) {
        let pause = Span(next.0 - now.0);
        assert!(pause >= last, "{pause:?} after {last:?}");
        (now, tries, last) = (next, tries + 1, pause);
    }
    assert_eq!(tries, TRIES.len());
    assert_eq!(now, AT.after(Span::hours(24)));
}

#[test]
fn whoever_begins_anew_goes_on_where_the_other_stopped() {
    let later = AT.after(Span::minutes(7));
    assert_eq!(next_try(AT, later, None), Some(AT.after(Span::minutes(10))));
}

#[test]
fn what_is_late_is_tried_once_and_given_up() {
    assert_eq!(next_try(AT, AT.after(Span::hours(24)), None), None);
    assert_eq!(next_try(AT, AT.after(Span::hours(90)), None), None);
}

#[test]
fn nothing_is_tried_that_nobody_can_use_any_more() {
    let until = AT.after(Span::minutes(30));
    assert_eq!(next_try(AT, AT.after(Span::minutes(3)), Some(until)), Some(AT.after(Span::minutes(10))));
    assert_eq!(next_try(AT, AT.after(Span::minutes(10)), Some(until)), None);
}

#[test]
fn two_tries_are_never_closer_than_the_rest() {
    let now = AT.after(Span(Span::seconds(30).0 - 1));
    assert_eq!(next_try(AT, now, None), Some(now.after(REST)));
    assert_eq!(rested(now), now.after(REST));
}
