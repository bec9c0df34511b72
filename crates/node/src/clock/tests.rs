use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

fn clock(time: u64) -> (Clock, Arc<AtomicU64>) {
    let boot = Arc::new(AtomicU64::new(500));
    let read = Arc::clone(&boot);
    (Clock::by(Micros(time), move || Span(read.load(Ordering::SeqCst))), boot)
}

#[test]
fn it_goes_on_by_boot_time_and_never_falls() {
    let (clock, boot) = clock(1_000);
    boot.store(700, Ordering::SeqCst);
    assert_eq!(clock.now(), Micros(1_200));
    clock.heard(Micros(1_100));
    assert_eq!(clock.now(), Micros(1_200), "the store's clock was set back: ours goes on");
    clock.heard(Micros(9_000));
    boot.store(710, Ordering::SeqCst);
    assert_eq!(clock.now(), Micros(9_010), "and the store's counts where it is ahead");
}

#[test]
fn a_time_that_nobody_said_for_five_seconds_is_old() {
    let (clock, boot) = clock(1_000);
    boot.store(500 + 5_000_000, Ordering::SeqCst);
    assert!(!clock.must_ask());
    boot.store(501 + 5_000_000, Ordering::SeqCst);
    assert!(clock.must_ask());
    assert!(!clock.must_ask(), "it is being asked");
    boot.store(502 + 10_000_000, Ordering::SeqCst);
    assert!(clock.must_ask(), "nobody answered");
    boot.store(503 + 14_000_000, Ordering::SeqCst);
    clock.heard(Micros(7));
    boot.store(503 + 19_000_000, Ordering::SeqCst);
    assert!(!clock.must_ask(), "it was said, though it is not later than ours");
}
