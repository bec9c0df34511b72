use crate::decide::tests::world::*;
use crate::{
    Code, ControlCommand, ControlDecided, Data, EraseTask, Expire, ExpiredTask, HOLDS_MAX, HOLDS_OF_PERSON_MAX,
    HoldTask, Proposed, RoleName, Span, TASK_HOLDS_MAX, TASK_HOLDS_OF_PERSON_MAX, TaskId,
};
use std::collections::BTreeSet;

const TASK: TaskId = TaskId::new([3; 16]);
const RULE: &str = r#"{"kind":"rule","name":"keep","retention":{"after":"90d"}}"#;

fn said(person: &str, reason: &str) -> Box<HoldTask> {
    Box::new(HoldTask { by: by(person), gone: false, hold: None, reason: reason.to_owned(), task: TASK })
}

fn hold(world: &mut World, person: &str, reason: &str) -> ControlDecided {
    world.govern(ControlCommand::Hold(said(person, reason)))
}

fn release(world: &mut World, hold: Option<u64>) -> ControlDecided {
    world.govern(ControlCommand::Release(Box::new(HoldTask { hold, ..*said("otto", "closed") })))
}

/// The numbers of the holds over the task.
fn numbers(world: &World) -> Vec<u64> {
    world.control.holds_of(TASK).iter().map(|hold| hold.seq).collect()
}

fn why(decided: &ControlDecided) -> String {
    decided.refused.as_ref().unwrap_or_else(|| panic!("{decided:?}")).to_string()
}

fn erase(world: &mut World, listed: bool) -> ControlDecided {
    let said = EraseTask { by: by("otto"), listed, reason: "the customer asked for it".to_owned(), task: TASK };
    world.govern(ControlCommand::Erase(Box::new(said)))
}

fn held() -> World {
    let mut world = World::ready();
    assert_eq!(hold(&mut world, "otto", "case 17").events.len(), 1);
    world
}

#[test]
fn a_task_that_is_held_is_erased_neither_by_hand_nor_by_a_rule_before_it_is_released() {
    let mut world = held();
    assert_eq!(erase(&mut world, false).refused.expect("it is held").code, Code::TaskHeld);
    let documents = vec![document(RULE)];
    world.govern(ControlCommand::Apply { by: by("otto"), documents, removed: Vec::new() });
    let ended = world.now.before(Span::hours(91 * 24));
    let task = ExpiredTask { classes: BTreeSet::new(), ended, task: TASK, template: None };
    let expire = |world: &mut World| {
        let (digest, rule) = (world.control.retention_digest().unwrap(), RoleName::parse("keep").unwrap());
        world.govern(ControlCommand::Expire(Box::new(Expire { digest, rule, tasks: vec![task.clone()] })))
    };
    assert!(expire(&mut world).events.is_empty());
    assert_eq!(release(&mut world, None).events.len(), 1);
    assert!(why(&release(&mut world, None)).contains("nobody holds this task"));
    assert_eq!(expire(&mut world).events.len(), 1);
    assert!(why(&hold(&mut world, "otto", "late")).contains("nothing left to hold"));
}

#[test]
fn a_task_that_several_hold_is_erased_once_each_let_go() {
    let mut world = held();
    hold(&mut world, "anna", "case 18");
    hold(&mut world, "anna", "case 19");
    let [first, second, third] = numbers(&world)[..] else { panic!("{:?}", world.control.holds) };
    let which = why(&release(&mut world, None));
    assert!(which.contains(&format!("{first} by otto, {second} by anna, {third} by anna")), "{which}");
    for seq in [second, first, third] {
        assert_eq!(erase(&mut world, false).refused.expect("it is held").code, Code::TaskHeld, "{:?}", numbers(&world));
        assert_eq!(release(&mut world, Some(seq)).events.len(), 1, "{seq}");
        assert!(!numbers(&world).contains(&seq));
    }
    assert!(world.control.holds.is_empty());
    assert_eq!(erase(&mut world, false).events.len(), 1);
}

#[test]
fn one_person_takes_a_part_of_the_room_of_a_task_and_no_more() {
    let mut world = World::ready();
    for case in 0..TASK_HOLDS_OF_PERSON_MAX {
        assert_eq!(hold(&mut world, "otto", &format!("case {case}")).events.len(), 1);
    }
    let full = why(&hold(&mut world, "otto", "one more"));
    assert!(full.contains("otto has 4 holds over this task") && full.contains("the rest is others'"), "{full}");
    let others = (0..).flat_map(|person| [person; TASK_HOLDS_OF_PERSON_MAX]);
    for person in others.take(TASK_HOLDS_MAX - TASK_HOLDS_OF_PERSON_MAX) {
        assert_eq!(hold(&mut world, &format!("person-{person}"), "case 18").events.len(), 1);
    }
    let full = why(&hold(&mut world, "anna", "case 19"));
    assert!(full.contains("16 holds stand over this task"), "{full}");
    let first = numbers(&world)[0];
    release(&mut world, Some(first));
    assert_eq!(hold(&mut world, "anna", "case 19").events.len(), 1);
}

#[test]
fn one_person_takes_a_part_of_the_room_of_the_tenant_and_no_more() {
    let mut world = World::ready();
    let held = |world: &mut World, person: &str, of: usize| {
        let mut task = [0; 16];
        task[..8].copy_from_slice(&of.to_be_bytes());
        let said = HoldTask { task: TaskId::new(task), ..*said(person, "case 17") };
        world.govern(ControlCommand::Hold(Box::new(said)))
    };
    for of in 0..HOLDS_OF_PERSON_MAX {
        assert_eq!(held(&mut world, "otto", of).events.len(), 1, "{of}");
    }
    let full = why(&held(&mut world, "otto", HOLDS_MAX));
    assert!(full.contains("otto has 256 holds, as many as one person may"), "{full}");
    for of in HOLDS_OF_PERSON_MAX..HOLDS_MAX {
        assert_eq!(held(&mut world, &format!("person-{}", of / HOLDS_OF_PERSON_MAX), of).events.len(), 1, "{of}");
    }
    let full = why(&held(&mut world, "anna", HOLDS_MAX));
    assert!(full.contains("1024 holds stand, as many as may"), "{full}");
}

#[test]
fn a_task_whose_key_is_gone_is_not_held_however_long_ago_it_was_erased() {
    let mut world = World::ready();
    let gone = HoldTask { gone: true, ..*said("otto", "case 17") };
    assert!(why(&world.govern(ControlCommand::Hold(Box::new(gone)))).contains("nothing left to hold"));
    assert!(world.control.holds.is_empty());
}

#[test]
fn what_was_erased_before_the_store_was_put_back_is_erased_again_also_where_the_copy_holds_it() {
    let mut world = held();
    assert_eq!(erase(&mut world, true).events.len(), 1);
}

#[test]
fn where_people_have_passkeys_a_task_is_held_at_once_and_released_by_two() {
    let mut world = World::administered();
    let done = hold(&mut world, "otto", "case 17");
    assert!(matches!(done.events[0].data, Data::ControlHeld(_)), "{done:?}");
    let asked = release(&mut world, None);
    let Data::ControlProposed(proposed) = &asked.events[0].data else { panic!("{asked:?}") };
    let seq = numbers(&world)[0];
    let change = Proposed::Release { hold: seq, reason: "closed".to_owned(), task: TASK };
    assert_eq!(proposed.statement.change, change);
    let told = &proposed.statement.loosens[0];
    assert!(told.contains(&format!("is held no longer as otto asked (case 17, hold {seq})")), "{told}");
    assert!(told.contains("once nobody else holds it"), "{told}");
    assert!(world.control.is_held(TASK), "nothing of it stands yet");
}

#[test]
fn what_releases_a_hold_releases_no_other() {
    let mut world = held();
    let seq = numbers(&world)[0];
    assert_eq!(release(&mut world, Some(seq)).events.len(), 1);
    hold(&mut world, "anna", "case 18");
    assert!(why(&release(&mut world, Some(seq))).contains("it was released"));
    assert!(world.control.is_held(TASK));
}

#[test]
fn a_hold_says_why_on_one_line() {
    let mut world = World::ready();
    for none in ["", " ", "two\nlines", &"x".repeat(501)] {
        assert!(hold(&mut world, "otto", none).refused.is_some(), "{none}");
    }
}
