use super::*;

#[test]
fn it_starts_no_earlier_than_the_last_time_in_the_log() {
    let far = Micros(4_000_000_000_000_000);
    assert!(RunningClock::start(far).now() >= far);
}

#[test]
fn it_never_falls() {
    let clock = RunningClock::start(Micros(0));
    let times: Vec<Micros> = (0..10_000).map(|_| clock.now()).collect();
    assert!(times.is_sorted());
    assert!(times.first().is_some_and(|first| first.0 > 1_700_000_000_000_000), "the wall clock was read");
}
