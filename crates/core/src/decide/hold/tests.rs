use crate::decide::tests::world::*;
use crate::{
    Code, ControlCommand, ControlDecided, Data, EraseTask, Expire, ExpiredTask, HoldTask, Proposed, RoleName, Span,
    TaskId,
};
use std::collections::BTreeSet;

const TASK: TaskId = TaskId::new([3; 16]);
const RULE: &str = r#"{"kind":"rule","name":"keep","retention":{"after":"90d"}}"#;

fn said(person: &str, reason: &str) -> Box<HoldTask> {
    Box::new(HoldTask { by: by(person), hold: None, reason: reason.to_owned(), task: TASK })
}

fn erase(world: &mut World, listed: bool) -> ControlDecided {
    let said = EraseTask { by: by("otto"), listed, reason: "the customer asked for it".to_owned(), task: TASK };
    world.govern(ControlCommand::Erase(Box::new(said)))
}

fn held() -> World {
    let mut world = World::ready();
    assert_eq!(world.govern(ControlCommand::Hold(said("otto", "case 17"))).events.len(), 1);
    world
}

/// A world in which an administrator has a passkey, so that what loosens waits.
fn administered() -> World {
    let mut world = World::ready();
    world.documents(&[r#"{"kind":"person","name":"otto","roles":["administrator"]}"#]);
    world.enrol("otto");
    world
}

#[test]
fn a_task_that_is_held_is_erased_neither_by_hand_nor_by_a_rule_before_it_is_released() {
    let mut world = held();
    let refused = erase(&mut world, false).refused.expect("it is held");
    assert_eq!(refused.code, Code::TaskHeld);
    let documents = vec![document(RULE)];
    world.govern(ControlCommand::Apply { by: by("otto"), documents, removed: Vec::new() });
    let ended = world.now.before(Span::hours(91 * 24));
    let task = ExpiredTask { classes: BTreeSet::new(), ended, task: TASK, template: None };
    let expire = |world: &mut World| {
        let (digest, rule) = (world.control.retention_digest().unwrap(), RoleName::parse("keep").unwrap());
        world.govern(ControlCommand::Expire(Box::new(Expire { digest, rule, tasks: vec![task.clone()] })))
    };
    assert!(expire(&mut world).events.is_empty());
    let again = world.govern(ControlCommand::Hold(said("anna", "case 18"))).refused.expect("it is held already");
    assert!(again.to_string().contains("otto holds the task already (case 17)"), "{again}");
    assert_eq!(world.control.holds[&TASK].by.as_str(), "otto");

    assert_eq!(world.govern(ControlCommand::Release(said("otto", "closed"))).events.len(), 1);
    assert!(world.govern(ControlCommand::Release(said("otto", "closed"))).refused.is_some(), "nobody holds it");
    assert_eq!(expire(&mut world).events.len(), 1);
    assert!(world.govern(ControlCommand::Hold(said("otto", "late"))).refused.is_some(), "there is nothing to hold");
}

#[test]
fn what_was_erased_before_the_store_was_put_back_is_erased_again_also_where_the_copy_holds_it() {
    let mut world = held();
    assert_eq!(erase(&mut world, true).events.len(), 1);
}

#[test]
fn where_people_have_passkeys_a_task_is_held_at_once_and_released_by_two() {
    let mut world = administered();
    let done = world.govern(ControlCommand::Hold(said("otto", "case 17")));
    assert!(matches!(done.events[0].data, Data::ControlHeld(_)), "{done:?}");
    let asked = world.govern(ControlCommand::Release(said("otto", "closed")));
    let Data::ControlProposed(proposed) = &asked.events[0].data else { panic!("{asked:?}") };
    let hold = world.control.holds[&TASK].seq;
    let change = Proposed::Release { hold, reason: "closed".to_owned(), task: TASK };
    assert_eq!(proposed.statement.change, change);
    let told = &proposed.statement.loosens[0];
    assert!(told.contains("is held no longer, as otto asked (case 17)"), "{told}");
    assert!(world.control.holds.contains_key(&TASK), "nothing of it stands yet");
}

#[test]
fn what_releases_a_hold_releases_no_later_one() {
    let mut world = held();
    let seq = world.control.holds[&TASK].seq;
    let release = |hold| ControlCommand::Release(Box::new(HoldTask { hold: Some(hold), ..*said("otto", "closed") }));
    assert_eq!(world.govern(release(seq)).events.len(), 1);
    world.govern(ControlCommand::Hold(said("anna", "case 18")));
    assert!(world.govern(release(seq)).refused.is_some(), "that hold is gone");
    assert!(world.control.holds.contains_key(&TASK));
}

#[test]
fn a_hold_says_why_on_one_line() {
    let mut world = World::ready();
    for none in ["", " ", "two\nlines", &"x".repeat(501)] {
        assert!(world.govern(ControlCommand::Hold(said("otto", none))).refused.is_some(), "{none}");
    }
}
