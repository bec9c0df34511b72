use super::*;

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn limit() -> MeterLimit {
    MeterLimit {
        each: Some(amount("300")),
        per_destination: None,
        total: Some(amount("500")),
        window: Some(WindowLimit { most: amount("400"), over: Span::minutes(1) }),
    }
}

#[test]
fn each_limit_refuses_by_its_name() {
    let mut meter = Meter::default();
    let now = Micros(100_000_000);
    assert_eq!(meter.room(&limit(), amount("300.01"), now), Err(Over::Each));
    meter.charge(&limit(), 1, amount("300"), now);
    assert_eq!(meter.room(&limit(), amount("200.01"), now), Err(Over::Total));
    assert_eq!(meter.room(&limit(), amount("100.01"), now), Err(Over::Window));
    assert_eq!(meter.room(&limit(), amount("100"), now), Ok(()));
}

#[test]
fn a_charge_leaves_the_window_after_its_span() {
    let mut meter = Meter::default();
    meter.charge(&limit(), 1, amount("300"), Micros(0));
    let span = Span::minutes(1);
    assert_eq!(meter.room(&limit(), amount("150"), Micros(span.0 - 1)), Err(Over::Window));
    assert_eq!(meter.room(&limit(), amount("150"), Micros(span.0)), Ok(()));
}

#[test]
fn settling_gives_back_only_the_difference() {
    let mut meter = Meter::default();
    meter.charge(&limit(), 1, amount("300"), Micros(5));
    meter.settle(1, amount("300"), amount("120.5"));
    assert_eq!(meter.charged(), amount("120.5"));
    assert_eq!(meter.left(&limit()), Some(amount("379.5")));
}
