//! How many events a second are verified and decided again. Run in release:
//! `cargo test --release -p bailiwick-verify --test bundles -- --ignored --nocapture speed`.

use crate::world::{TASK, World};
use crate::writer::{Bundle, trust};
use bailiwick_core::{Observed, Outcome};
use bailiwick_verify::{Answer, verify};

#[test]
#[ignore = "it measures, and only a release build is worth measuring"]
#[expect(clippy::disallowed_methods, reason = "by INVARIANT of a measurement: it reads a clock")]
fn events_verified_per_second() {
    let mut world = World::new();
    world.start(TASK);
    world.bind(TASK);
    for number in 0..10_000 {
        // All within the grant's hour; without keys, of which a task remembers a bounded number.
        world.now = bailiwick_core::Micros(world.now.0 + 50_000);
        let act = world.attempt_unkeyed(TASK, "mail/search", &format!(r#"{{"query":"invoice {number}"}}"#));
        world.settle(TASK, act, Outcome::Done(Observed::default()));
    }
    world.heads();
    let text = Bundle::of_task(&world, TASK).text();
    let began = std::time::Instant::now();
    let report = verify(text.as_bytes(), &trust());
    let took = began.elapsed();
    assert_eq!(report.answer, Answer::Confirmed, "{report}");
    println!(
        "{} events, {} bytes, {:.0} events/s",
        report.events,
        text.len(),
        report.events as f64 / took.as_secs_f64()
    );
}
