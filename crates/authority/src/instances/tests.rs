use super::*;
use bailiwick_core::KeyThumbprint;

fn task(bound: bool) -> OpenTask {
    let key = KeyThumbprint::parse(&"k".repeat(43)).unwrap();
    OpenTask {
        task: TaskId::new([1; 16]),
        grant: GrantId::new([2; 16]),
        bound: bound.then_some(key),
        intent: None,
        purpose: None,
        part: false,
        idle: false,
        template: None,
    }
}

#[test]
fn a_task_is_taken_as_long_as_its_instance_may_have_a_token() {
    let start = Micros(1_000_000);
    let instances = Instances::new(start);
    assert_eq!(instances.place(&task(false), start), Place::Free);
    // a node that has just started does not know what was minted before
    assert_eq!(instances.place(&task(true), start), Place::Taken { seconds_left: 300 });
    let later = start.after(TOKEN_LIFE);
    assert_eq!(instances.place(&task(true), later), Place::Free);
    instances.minted(task(true).grant, task(true).task, later);
    assert_eq!(instances.place(&task(true), later), Place::Taken { seconds_left: 300 });
    assert_eq!(instances.place(&task(true), later.after(TOKEN_LIFE)), Place::Free);
}

#[test]
fn a_pick_is_good_for_one_instance() {
    let now = Micros(1_000_000);
    let instances = Instances::new(now);
    assert!(instances.pick(task(true).task, None));
    assert_eq!(instances.place(&task(true), now), Place::Picked);
    instances.minted(task(true).grant, task(true).task, now);
    assert_eq!(instances.place(&task(true), now), Place::Taken { seconds_left: 300 });
}

#[test]
fn a_pick_of_a_part_is_of_that_part_alone() {
    let now = Micros(1_000_000);
    let instances = Instances::new(now);
    assert!(instances.pick(task(true).task, Some(task(true).grant)));
    let other = OpenTask { grant: GrantId::new([3; 16]), ..task(false) };
    assert_eq!(instances.place(&task(true), now), Place::Picked);
    assert_eq!(instances.place(&other, now), Place::Free);
    instances.minted(other.grant, other.task, now);
    assert_eq!(instances.place(&task(true), now), Place::Picked, "it waits for its own instance");
}

#[test]
fn picks_that_nobody_takes_are_bounded() {
    let instances = Instances::new(Micros(0));
    let id = |n: usize| TaskId::new(u128::try_from(n).unwrap().to_be_bytes());
    assert!((0..PICKS_MAX).all(|n| instances.pick(id(n), None)));
    assert!(!instances.pick(id(PICKS_MAX), None));
    assert!(instances.pick(id(0), None));
}
