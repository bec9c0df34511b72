//! What a person takes of a server, and what waits beside it.

use super::control::{bank, changed, pin, review};
use super::prelude::*;
use super::world::*;

#[test]
fn a_change_waits_beside_what_stands_until_it_is_gone_or_reviewed() {
    let mut world = World::ready();
    let pay = tool("bank/pay");
    let usable =
        |world: &World| (world.control.usable(&pay), world.control.tools[&pay].pinned.pin == digest("bank/pay"));
    pin(&mut world, "bank", vec![changed("bank/pay", Standing::Changed)]);
    assert_eq!(usable(&world), (false, true));
    assert!(world.control.tools[&pay].seen.is_some());
    pin(&mut world, "bank", vec![pinned("bank/pay", Effect::Transfer, Egress::None, Standing::Reviewed)]);
    assert_eq!(usable(&world), (true, true));
    assert_eq!(world.control.tools[&pay].seen, None);
    pin(&mut world, "bank", vec![changed("bank/pay", Standing::Reworded)]);
    assert_eq!(usable(&world), (true, true), "calls go on under the reviewed words");
    allowed(&world.pay("1"));
    let tools = vec![changed("bank/pay", Standing::Reviewed)];
    review(&mut world, "bank", tools);
    assert_eq!(usable(&world), (true, false));
    let others = world.control.tools.keys().filter(|other| *other.server() == bank() && **other != pay);
    assert!(others.into_iter().all(|other| !world.control.usable(other)), "what was not taken waits");
    world.replay();
}

#[test]
fn what_a_review_does_not_take_waits_as_it_waited_whoever_pinned_it_at_first_sight() {
    let review = |world: &mut World, tools| review(world, "bank", tools);
    for (stood, seen) in [
        (Standing::FirstUse, None),
        (Standing::FirstUse, Some(Standing::Changed)),
        (Standing::FirstUse, Some(Standing::Reworded)),
        (Standing::New, None),
        (Standing::Reviewed, None),
        (Standing::Reviewed, Some(Standing::Changed)),
        (Standing::Reviewed, Some(Standing::Reworded)),
    ] {
        let mut world = World::new();
        let fresh = |standing| pinned("bank/fresh", Effect::Read, Egress::None, standing);
        // nobody pins what a person has to have looked at
        match stood {
            Standing::Reviewed => review(&mut world, vec![fresh(stood)]),
            _ => pin(&mut world, "bank", vec![fresh(stood)]),
        };
        if let Some(standing) = seen {
            pin(&mut world, "bank", vec![changed("bank/fresh", standing)]);
        }
        let before = world.control.tools[&tool("bank/fresh")].clone();
        review(&mut world, vec![pinned("bank/other", Effect::Read, Egress::None, Standing::Reviewed)]);
        let after = &world.control.tools[&tool("bank/fresh")];
        assert!(!world.control.usable(&tool("bank/fresh")) && world.control.usable(&tool("bank/other")), "{stood:?}");
        assert_eq!(
            (after.pinned.standing, after.pinned.words, &after.seen),
            (Standing::New, before.pinned.words, &before.seen)
        );
        world.replay();
    }
    let mut world = World::new();
    pin(&mut world, "bank", vec![pinned("bank/fresh", Effect::Read, Egress::None, Standing::Gone)]);
    review(&mut world, Vec::new());
    assert!(!world.control.tools.contains_key(&tool("bank/fresh")), "what is gone is let go");
}
