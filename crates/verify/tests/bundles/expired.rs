//! A task that a rule keeps no longer: both verifiers confirm what was exported before, and say of what is exported after that it
//! was erased, by which rule; whoever erases sooner than the rule says is caught.

use crate::python;
use crate::world::{TASK, World, by};
use crate::writer::{Bundle, trust};
use bailiwick_core::*;
use bailiwick_verify::{Answer, Found};

const RULE: &str = r#"{"kind":"rule","name":"keep","retention":{"after":"90d"}}"#;

fn days(count: u64) -> Span {
    Span::hours(count * 24)
}

/// A day's work, ended; and a rule.
fn world() -> (World, ExpiredTask) {
    let mut world = World::day();
    if world.tasks[&TASK].standing.live() {
        world.run(TASK, Command::EndTask { who: Ender::Person(by("anna")), why: Code::Completed });
    }
    world.documents(&[RULE]);
    let task = world.tasks[&TASK].ended_as().expect("the day ends with it");
    (world, task)
}

fn expire(world: &World, task: ExpiredTask) -> ControlCommand {
    let digest = world.control.retention_digest().unwrap();
    let rule = RoleName::parse("keep").unwrap();
    ControlCommand::Expire(Box::new(Expire { digest, rule, tasks: vec![task] }))
}

#[test]
fn what_a_rule_erased_is_confirmed_before_and_told_as_erased_by_it_after() {
    let (mut world, task) = world();
    world.heads();
    let before = Bundle::of_task(&world, TASK);
    assert_eq!(before.verify().answer, Answer::Confirmed, "{}", before.verify());
    python::confirms(&before, &trust());

    world.now = world.now.after(days(91));
    let command = expire(&world, task);
    world.govern(command);
    world.heads();
    let mut after = Bundle::of_task(&world, TASK);
    let events = world.tasks[&TASK].seq;
    for seq in 1..=events {
        drop(after.event(TASK, seq).as_object_mut().unwrap().remove("opened"));
    }
    let report = after.verify();
    assert_eq!(report.answer, Answer::NotDecidable, "{report}");
    assert!(report.findings.iter().all(|finding| finding.found == Found::Erased), "{report}");
    assert!(report.to_string().contains("were erased by rule keep"), "{report}");
    python::refuses(&after.text(), &trust(), Found::Erased);
}

#[test]
fn an_erasure_that_is_sooner_than_its_rule_says_is_caught() {
    let (mut world, task) = world();
    world.now = world.now.after(days(91));
    let asked = expire(&world, task.clone());
    let facts = Facts::of_nobody(world.now, Vec::new());
    let mut decided = decide_control(&world.control, &UnreadPolicies, &asked, &facts).events.remove(0);
    // It is said to have ended a day ago.
    let Data::ControlExpired(expired) = &mut decided.data else { panic!() };
    expired.tasks[0].ended = world.now.before(days(1));
    world.record_control(&decided);
    world.heads();
    let report = Bundle::of_task(&world, TASK).verify();
    assert_eq!(report.answer, Answer::Contradicted, "{report}");
    assert!(report.findings.iter().any(|finding| finding.found == Found::DecisionDiffers), "{report}");
}

fn hold(world: &mut World, person: &str, case: &str) -> u64 {
    let said = HoldTask { by: by(person), gone: false, hold: None, reason: case.to_owned(), task: TASK };
    world.govern(ControlCommand::Hold(Box::new(said)));
    world.control.holds_of(TASK).last().expect("it is held").seq
}

#[test]
fn an_erasure_of_what_one_of_several_holds_yet_is_caught() {
    let (mut world, task) = world();
    let first = hold(&mut world, "anna", "case 17");
    hold(&mut world, "otto", "case 18");
    let said = HoldTask { by: by("anna"), gone: false, hold: Some(first), reason: "closed".to_owned(), task: TASK };
    world.govern(ControlCommand::Release(Box::new(said)));
    world.now = world.now.after(days(91));
    world.heads();
    let before = Bundle::of_task(&world, TASK);
    assert_eq!(before.verify().answer, Answer::Confirmed, "{}", before.verify());
    python::confirms(&before, &trust());

    // As a node would have decided that forgot who holds it.
    let mut free = world.control.clone();
    free.holds.clear();
    let facts = Facts::of_nobody(world.now, Vec::new());
    let asked = expire(&world, task);
    assert!(decide_control(&world.control, &UnreadPolicies, &asked, &facts).events.is_empty());
    let decided = decide_control(&free, &UnreadPolicies, &asked, &facts).events.remove(0);
    world.record_control(&decided);
    world.heads();
    let report = Bundle::of_task(&world, TASK).verify();
    assert_eq!(report.answer, Answer::Contradicted, "{report}");
    assert!(report.findings.iter().any(|finding| finding.found == Found::DecisionDiffers), "{report}");
}
