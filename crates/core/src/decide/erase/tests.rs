use crate::decide::tests::world::*;
use crate::{Assurance, By, ControlCommand, ControlDecided, Data, EraseTask, PersonId, TaskId};

fn erase(world: &mut World, task: u8, reason: &str) -> ControlDecided {
    let by = By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() };
    let said = EraseTask { by, listed: false, reason: reason.to_owned(), task: TaskId::new([task; 16]) };
    world.govern(ControlCommand::Erase(Box::new(said)))
}

#[test]
fn a_task_is_erased_once_and_with_a_reason_on_one_line() {
    let mut world = World::ready();
    for none in ["", " ", "two\nlines", &"x".repeat(501)] {
        assert!(erase(&mut world, 1, none).refused.is_some(), "{none}");
    }
    let done = erase(&mut world, 1, " the customer asked for it ");
    assert!(matches!(&done.events[0].data, Data::ControlErased(it) if it.reason == "the customer asked for it"));
    assert!(erase(&mut world, 1, "again").events.is_empty());
    assert_eq!(erase(&mut world, 2, "another").events.len(), 1);
}
