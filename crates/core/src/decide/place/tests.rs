use crate::decide::tests::world::*;
use crate::{Assurance, By, ControlCommand, ControlDecided, Data, DataClass, LowerPlace, PersonId, ServerName};

fn lower(world: &mut World, server: &str, (event, until): (Option<u64>, u64), reason: &str) -> ControlDecided {
    let said = LowerPlace {
        by: By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() },
        class: DataClass::parse("payroll").unwrap(),
        event,
        reason: reason.to_owned(),
        server: ServerName::parse(server).unwrap(),
        until,
    };
    world.govern(ControlCommand::LowerPlace(Box::new(said)))
}

#[test]
fn what_was_left_is_lowered_on_a_known_server_with_a_reason_and_never_before_somebody_looked() {
    let mut world = World::ready();
    for none in ["", " ", "two\nlines", &"x".repeat(501)] {
        assert!(lower(&mut world, "bank", (None, 9), none).refused.is_some(), "{none}");
    }
    assert!(lower(&mut world, "nowhere", (None, 9), "it is empty").refused.is_some());
    assert!(lower(&mut world, "bank", (Some(9), 9), "it is empty").refused.is_some(), "it came after they looked");
    let done = lower(&mut world, "bank", (Some(8), 9), " it is empty ");
    let Data::ControlPlaceLowered(event) = &done.events[0].data else { panic!("{done:?}") };
    assert_eq!((event.reason.as_str(), event.event, event.until), ("it is empty", Some(8), 9));
}
