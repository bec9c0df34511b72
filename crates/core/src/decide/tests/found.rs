//! Findings of sprawl: once each, for as long as they are kept.

use super::world::*;
use crate::decide::tests::prelude::*;

fn find(world: &mut World, of: &str) -> ControlDecided {
    let (agent, why) = (Some(agent("payer")), "it did nothing".to_owned());
    let found = FoundSprawl { agent, code: Sprawl::AgentUnused, of: of.to_owned(), why };
    world.govern(ControlCommand::Find(found))
}

#[test]
fn whoever_finds_the_same_again_writes_nothing_and_after_its_time_it_is_found_anew() {
    let mut world = World::ready();
    let first = find(&mut world, "payer");
    assert_eq!((first.events.len(), first.narrows), (1, false), "it changes no authority");
    assert!(find(&mut world, "payer").events.is_empty());
    assert_eq!(find(&mut world, "other").events.len(), 1);
    let known = world.control.found_before(Sprawl::AgentUnused, "payer", world.now).map(|found| found.at);
    assert_eq!(known, Some(world.now));
    assert_eq!(world.control.found_before(Sprawl::RoleWide, "payer", world.now), None);
    world.pass(FOUND_ANEW_AFTER);
    assert!(world.control.found_before(Sprawl::AgentUnused, "payer", world.now).is_some(), "of the turn before");
    assert_eq!(find(&mut world, "payer").events.len(), 1);
    world.pass(FOUND_ANEW_AFTER);
    assert_eq!(find(&mut world, "payer").events.len(), 1);
    assert_eq!(world.control.findings.len(), 2, "what had its time is forgotten");
    world.replay();
}

#[test]
fn so_many_findings_are_kept_and_none_without_few_words() {
    let mut world = World::ready();
    assert!(find(&mut world, "").refused.is_some());
    assert!(find(&mut world, &"x".repeat(FOUND_CHARS_MAX + 1)).refused.is_some());
    for index in 0..FINDINGS_MAX {
        assert_eq!(find(&mut world, &index.to_string()).refused, None);
    }
    assert!(find(&mut world, "one more").refused.is_some());
    assert!(find(&mut world, "1").events.is_empty(), "one that is known is no more");
    assert_eq!(find(&mut world, "1").refused, None);
}
