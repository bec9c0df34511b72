use crate::decide::tests::world::*;
use crate::{
    Code, ControlCommand, ControlDecided, Data, ERASED_AT_ONCE_MAX, ErasePerson, HoldTask, PersonId, Proposed, TaskId,
};

fn task(number: u8) -> TaskId {
    TaskId::new([number; 16])
}

fn said(tasks: &[TaskId]) -> ControlCommand {
    let (person, reason) = (PersonId::parse("anna").unwrap(), "she asked for it".to_owned());
    ControlCommand::ErasePerson(Box::new(ErasePerson { by: by("otto"), person, reason, tasks: tasks.to_vec() }))
}

fn erased(decided: &ControlDecided) -> Vec<TaskId> {
    match &decided.events[0].data {
        Data::ControlPersonErased(erased) => erased.tasks.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_one_person_began_is_erased_in_one_act_and_what_was_erased_before_is_left_out() {
    let mut world = World::ready();
    assert_eq!(erased(&world.govern(said(&[task(2), task(1), task(2)]))), [task(1), task(2)]);
    assert_eq!(erased(&world.govern(said(&[task(1), task(3)]))), [task(3)]);
    assert!(world.govern(said(&[task(1), task(2), task(3)])).events.is_empty());
    assert!(world.control.erased.contains_key(&task(3)));
}

#[test]
fn a_task_that_is_held_stops_the_act_that_names_it_and_so_do_too_many() {
    let mut world = World::ready();
    let hold = HoldTask { by: by("otto"), gone: false, hold: None, reason: "case 17".to_owned(), task: task(2) };
    world.govern(ControlCommand::Hold(Box::new(hold)));
    let refused = world.govern(said(&[task(1), task(2)])).refused.unwrap();
    assert_eq!((refused.code, refused.asked), (Code::TaskHeld, Some(task(2).to_string())));
    let many: Vec<TaskId> = (0..=ERASED_AT_ONCE_MAX).map(|number| TaskId::new([number as u8; 16])).collect();
    assert!(world.govern(said(&many)).refused.is_some());
}

#[test]
fn where_people_have_passkeys_it_waits_for_two_who_are_shown_whose_and_which() {
    let mut world = World::administered();
    let asked = world.govern(said(&[task(2), task(1)]));
    let Data::ControlProposed(proposed) = &asked.events[0].data else { panic!("{asked:?}") };
    let Proposed::ErasePerson { person, tasks, .. } = &proposed.statement.change else { panic!("{proposed:?}") };
    assert_eq!((person.as_str(), tasks.as_slice()), ("anna", [task(1), task(2)].as_slice()));
    assert!(proposed.statement.loosens.iter().any(|line| line.contains(&task(2).to_string())), "{proposed:?}");
    assert!(world.control.erased.is_empty());
}
