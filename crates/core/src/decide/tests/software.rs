//! What an instance says that it runs, against what its agent's document says.

use super::prelude::*;
use super::world::*;

fn payer(rest: &str) -> String {
    format!(
        r#"{{"kind":"agent","name":"payer","owner":"otto","contact":"otto","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"{rest}}}"#
    )
}

fn runs(version: &str, config: &str) -> Option<Software> {
    let config = (!config.is_empty()).then(|| digest(config));
    let version = (!version.is_empty()).then(|| Version::parse(version).unwrap());
    Some(Software { config, version }).filter(|software| !software.is_empty())
}

/// Binds a key of an instance that says this of itself.
fn binds(world: &mut World, letter: char, software: Option<Software>) -> Decided {
    let facts = Facts { software, ..world.facts_of(letter) };
    world.run(&Command::Bind { grant: world.grant() }, &facts)
}

#[test]
fn an_instance_that_runs_something_else_than_its_document_says_gets_no_key_bound() {
    let reviewed = payer(&format!(r#","version":"2.1","config":"{}""#, digest("reviewed")));
    let mut world = World::new();
    world.documents(&[&reviewed]);
    world.start("pay-invoice");
    let cases = [
        (None, "no version", "version 2.1"),
        (runs("2.0", "reviewed"), "version 2.0", "version 2.1"),
        (runs("2.1", ""), "no configuration", "configuration "),
        (runs("2.1", "other"), "configuration ", "configuration "),
    ];
    for (software, says, said) in cases {
        let no = binds(&mut world, 'a', software.clone());
        let reason = &no.reasons[0];
        assert_eq!((code(&no), no.events.len()), (Code::ContextChanged, 0), "{software:?}");
        let (asked, most) = (reason.asked.as_deref().unwrap(), reason.most.as_deref().unwrap());
        assert!(asked.starts_with(says) && most.starts_with(said), "{asked}, {most}");
    }
    let bound = binds(&mut world, 'a', runs("2.1", "reviewed"));
    assert_eq!(bound.events.len(), 1, "{bound:?}");
    let grant = world.grant();
    assert_eq!(world.task.grants[&grant].key.as_ref().unwrap().software, runs("2.1", "reviewed"));
    world.replay();
}

#[test]
fn what_no_document_says_may_be_anything_and_is_kept_as_it_was_said() {
    let mut world = World::new();
    world.start("pay-invoice");
    binds(&mut world, 'a', runs("any", ""));
    let grant = world.grant();
    let own = |world: &World| world.task.grants[&grant].key.as_ref().unwrap().software.clone();
    assert_eq!(own(&world), runs("any", ""));
    assert_eq!(binds(&mut world, 'a', runs("any", "")).events.len(), 0, "the same again changes nothing");
    assert_eq!(
        binds(&mut world, 'a', runs("next", "")).events.len(),
        1,
        "another version of the same process is written"
    );
    assert_eq!(own(&world), runs("next", ""));
    world.replay();
}

#[test]
fn another_version_or_configuration_in_the_document_ends_what_the_agent_holds() {
    for (before, after) in [
        (String::new(), r#","version":"3""#.to_owned()),
        (r#","version":"2""#.to_owned(), r#","version":"3""#.to_owned()),
        (r#","version":"2""#.to_owned(), String::new()),
        (String::new(), format!(r#","config":"{}""#, digest("other"))),
    ] {
        let mut world = World::new();
        world.documents(&[&payer(&before)]);
        world.start("pay-invoice");
        world.consent();
        binds(&mut world, 'a', runs("2", ""));
        allowed(&world.pay("1"));
        world.documents(&[&payer(&after)]);
        let refused = world.pay("1");
        assert_eq!(code(&refused), Code::GrantEnded, "{before} to {after}");
        assert_eq!(refused.reasons[0].asked.as_deref(), Some("context_changed"), "{before} to {after}");
    }
}
