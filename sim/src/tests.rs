use crate::campaign::{campaign, hunt, kept};
use crate::chance::Chance;
use crate::mutant::Mutant;
use crate::run::run;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::{Duration, Instant};

#[expect(clippy::disallowed_methods, reason = "a test knows when to stop; nothing of a run depends on it")]
fn started() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "how long the suite may take is told from outside")]
fn seconds() -> u64 {
    std::env::var("BAILIWICK_SIM_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

#[test]
fn no_promise_is_broken_by_as_many_seeds_as_time_allows() {
    let (start, until) = (started(), Duration::from_secs(seconds()));
    let total = campaign(1, || start.elapsed() < until).unwrap_or_else(|failure| panic!("{failure}"));
    // Not by `println!`, which the harness keeps to itself.
    writeln!(std::io::stderr(), "simulation: {total}").ok();
    assert!(total.seeds >= 1 && total.counts.forwarded >= 1 && total.counts.faults >= 1, "{total}");
}

#[test]
fn a_seed_is_a_run() {
    assert_eq!(run(7, None), run(7, None));
    assert_ne!(run(7, None).map(|ran| ran.counts), run(8, None).map(|ran| ran.counts));
}

#[test]
fn in_a_wide_run_work_is_handed_on_people_answer_and_tasks_draw() {
    // What happens in one run is chance; all of it happens in a few.
    let mut kinds = std::collections::BTreeMap::new();
    for seed in [10, 11, 12, 15] {
        let ran = run(seed, None).unwrap_or_else(|failure| panic!("{failure}"));
        ran.kinds.iter().for_each(|(kind, count)| *kinds.entry((*kind).to_owned()).or_insert(0) += count);
    }
    let count = |kind: &str| kinds.get(kind).copied().unwrap_or(0);
    for kind in [
        "allocation.made",
        "allocation.returned",
        "approval.asked",
        "approval.given",
        "approval.refused",
        "control.added",
        "control.applied",
        "control.glass_broken",
        "control.glass_closed",
        "control.proposed",
        "control.invited",
        "control.seconded",
        "control.unenrolled",
        "grant.ended",
        "task.amended",
        "wish.made",
    ] {
        assert!(count(kind) > 0, "no `{kind}`: {kinds:?}");
    }
    assert!(count("grant.minted") > count("task.started"), "nothing was handed on: {kinds:?}");
}

#[test]
fn a_mutant_of_the_edge_is_seen() {
    let failure = hunt(Mutant::ForwardsOtherBytes, 1, || true).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(failure.map(|failure| failure.judge), Some("forwarded"));
}

#[test]
fn whoever_erases_too_early_or_never_or_what_is_held_is_seen() {
    let keeping = Mutant::ALL.into_iter().filter(|mutant| mutant.needs_keeping());
    for mutant in keeping {
        let mut left = 4_u64;
        let more = || {
            left -= 1;
            left > 0
        };
        let failure = hunt(mutant, 1, more).unwrap_or_else(|failure| panic!("{mutant}: {failure}"));
        assert_eq!(failure.map(|failure| failure.judge), Some("kept"), "{mutant}");
    }
}

#[test]
fn tasks_are_held_released_and_erased_where_days_pass() {
    let mut kinds = std::collections::BTreeMap::new();
    let keeps = |seed: u64| {
        let wide = Chance::new(seed.rotate_left(32)).below(2) == 1;
        wide && Chance::new(seed.rotate_left(8)).below(2) == 1
    };
    for seed in (1..).filter(|seed| keeps(*seed)).take(3) {
        let ran = run(seed, None).unwrap_or_else(|failure| panic!("{failure}"));
        ran.kinds.iter().for_each(|(kind, count)| *kinds.entry((*kind).to_owned()).or_insert(0) += count);
    }
    for kind in ["control.held", "control.released", "control.expired"] {
        assert!(kinds.get(kind).is_some_and(|count| *count > 0), "no `{kind}`: {kinds:?}");
    }
}

#[test]
fn chance_is_the_same_for_ever() {
    let mut chance = Chance::new(1);
    let drawn: Vec<u64> = (0..3).map(|_| chance.number()).collect();
    assert_eq!(drawn, [10_451_216_379_200_822_465, 13_757_245_211_066_428_519, 17_911_839_290_282_890_590]);
}

#[test]
fn every_judge_has_a_mutant() {
    let judged: BTreeSet<&str> = Mutant::ALL.into_iter().map(Mutant::judge).collect();
    let judges: BTreeSet<&str> = crate::judges::judges(None).iter().map(|judge| judge.name()).collect();
    assert_eq!(judged, judges);
}

#[test]
fn every_kept_seed_is_run_again() {
    let lines = include_str!("../seeds/list").lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(kept().count(), lines);
}
