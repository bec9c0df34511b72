use crate::decide::tests::world::*;
use crate::{
    Code, ControlCommand, ControlDecided, Data, ERASED_AT_ONCE_MAX, ErasePerson, HoldTask, Person, PersonId, Proposed,
    TaskId,
};

fn task(number: u8) -> TaskId {
    TaskId::new([number; 16])
}

fn said(tasks: &[TaskId]) -> ControlCommand {
    said_of(tasks, &[])
}

fn account() -> PersonId {
    PersonId::parse("uid:1007").unwrap()
}

/// The same where an account began some of them.
fn said_of(tasks: &[TaskId], by_account: &[TaskId]) -> ControlCommand {
    let (person, reason) = (PersonId::parse("anna").unwrap(), "she asked for it".to_owned());
    let accounts = by_account.iter().map(|task| (*task, account())).collect();
    let tasks = tasks.to_vec();
    ControlCommand::ErasePerson(Box::new(ErasePerson { accounts, by: by("otto"), person, reason, tasks }))
}

/// Says whose that account is.
fn has_account(world: &mut World, uid: Option<u32>) {
    let name = PersonId::parse("anna").unwrap();
    world.control.persons.insert(name.clone(), Person { name, roles: Vec::new(), uid, mail: None });
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

#[test]
fn what_the_person_s_account_began_is_named_with_it_in_what_is_signed_and_recorded() {
    let mut world = World::administered();
    has_account(&mut world, Some(1007));
    let asked = world.govern(said_of(&[task(2), task(1), task(3)], &[task(3)]));
    let Data::ControlProposed(proposed) = &asked.events[0].data else { panic!("{asked:?}") };
    let Proposed::ErasePerson { accounts, tasks, .. } = &proposed.statement.change else { panic!("{proposed:?}") };
    assert_eq!((accounts.get(&task(3)), accounts.len(), tasks.len()), (Some(&account()), 1, 3));
    let lines = &proposed.statement.loosens;
    assert!(lines[0].starts_with("3 tasks that anna began are erased for good"), "{lines:?}");
    assert_eq!(
        lines[1],
        "of these 2 under their own name, 1 by the account uid:1007, which the directory says is theirs"
    );
    assert!(lines.contains(&format!("task {}, begun by the account uid:1007", task(3))), "{lines:?}");
    assert!(lines.contains(&format!("task {}", task(1))), "{lines:?}");

    let mut world = World::ready();
    has_account(&mut world, Some(1007));
    world.govern(said(&[task(3)]));
    let decided = world.govern(said_of(&[task(1), task(3), task(4)], &[task(3), task(4), task(5)]));
    let Data::ControlPersonErased(erased) = &decided.events[0].data else { panic!("{decided:?}") };
    assert_eq!(erased.accounts, [(task(4), account())].into(), "neither what was erased before nor what is not named");
    assert!(decided.events[0].data.sentence(None).contains("began, 1 by the account uid:1007: she asked"));
}

#[test]
fn what_another_account_began_is_nobody_s_to_have_erased_as_the_person_s() {
    for uid in [None, Some(1008)] {
        let mut world = World::ready();
        has_account(&mut world, uid);
        let refused = world.govern(said_of(&[task(1)], &[task(1)])).refused.unwrap();
        assert_eq!(refused.code, Code::NotPossible, "{uid:?}");
        assert!(refused.asked.unwrap().contains("`uid:1007`"));
    }
}
