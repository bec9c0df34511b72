//! Where one argument came from.

use super::*;
use bailiwick_core::{Origin, Source};

fn source(place: &str, origin: Origin) -> Source {
    let pointer = bound(place, "text", None).pointer;
    Source { event: None, kind: "text".to_owned(), pointer, record: None, source: origin }
}

/// About to send to these, who came from there.
fn sending(condition: &str, to: &[(&str, Origin)]) -> World {
    let mut world = World::new();
    world.add_tool("mail/send", Effect::Share, r#"{"arguments":{"/to/*":{"kind":"email"},"/about":{"kind":"text"}}}"#);
    let mut world = world.with_policy("p", &forbid_when(condition)).calling("mail/send");
    world.action.bound = to.iter().map(|(place, _)| bound(place, "email", Some("ada@example.org"))).collect();
    world.sources = to.iter().map(|(place, origin)| source(place, *origin)).collect();
    assert_eq!(crate::validate(&world.control, &[]), Vec::new(), "{condition}");
    world
}

#[test]
fn where_one_argument_came_from_is_told_from_where_another_did() {
    let condition = r#"context.arg_sources has "/about" && context.arg_sources["/about"].contains("untrusted")"#;
    let ask = |about, to| ask(&sending(condition, &[("/about", about), ("/to/0", to)]));
    assert_eq!(ask(Origin::Untrusted, Origin::Intent), forbid());
    assert_eq!(ask(Origin::Intent, Origin::Untrusted), permit());
}

#[test]
fn a_place_of_many_has_the_sources_of_all_and_none_where_there_is_no_element() {
    let condition =
        r#"context.arg_sources has "/to/*" && !["intent", "own"].containsAll(context.arg_sources["/to/*"])"#;
    let ask = |to: &[_]| ask(&sending(condition, to));
    assert_eq!(ask(&[("/to/0", Origin::Intent), ("/to/1", Origin::Own)]), permit());
    assert_eq!(ask(&[("/to/0", Origin::Intent), ("/to/17", Origin::Proposed)]), forbid());
    assert_eq!(ask(&[("/to/0", Origin::Intent), ("/about", Origin::Proposed)]), permit(), "another place");
    assert_eq!(ask(&[("/to/0", Origin::Intent), ("/to/0/name", Origin::Proposed)]), permit(), "a place within it");
    assert_eq!(ask(&[]), permit());
    let there = r#"context.arg_sources has "/to/*""#;
    assert_eq!(self::ask(&sending(there, &[("/to/3", Origin::Intent)])), forbid());
    assert_eq!(self::ask(&sending(there, &[])), permit());
}

#[test]
fn one_place_that_is_read_as_two_things_has_the_sources_of_both() {
    let both = r#"context.arg_sources has "/about" && context.arg_sources["/about"] == ["created", "unknown"]"#;
    let world = sending(both, &[("/about", Origin::Unknown), ("/about", Origin::Created)]);
    assert_eq!(ask(&world), forbid());
}

#[test]
fn an_argument_that_nobody_could_read_came_from_nowhere_that_a_rule_could_pass_over() {
    let condition = r#"context.arg_sources has "/about" && context.arg_sources["/about"].contains("untrusted")"#;
    let mut world = sending(condition, &[("/to/0", Origin::Intent)]);
    assert_eq!(ask(&world), permit());
    world.action.bound.push(bound("/about", "text", None));
    world.sources.push(source("/about", Origin::Unknown));
    broken(&ask(&world), "p.no", "arg_sources");
    let asks_first = format!(r#"!context.unknown.contains("arg_sources") && {condition}"#);
    let mut world = sending(&asks_first, &[("/to/0", Origin::Intent)]);
    world.action.bound.push(bound("/about", "text", None));
    assert_eq!(ask(&world), permit());
}

#[test]
fn in_rego_it_is_an_object_of_sets() {
    let rego = r#"package guard
        allow if every place, sources in input.context.arg_sources { sources & {"untrusted", "unknown"} == set() }
        deny contains "named" if "proposed" in input.context.arg_sources["/to/*"]
        deny contains "one" if input.context.arg_sources["/about"]["created"]"#;
    let ask = |to: &[_]| {
        let mut world = sending("context.depth > 99", to).with_rego("guard", rego);
        world.control.policies.remove("p");
        assert_eq!(crate::validate(&world.control, &[]), Vec::new());
        super::ask(&world)
    };
    assert_eq!(ask(&[("/to/0", Origin::Intent)]), Answer::Permit(vec!["guard.allow".to_owned()]));
    assert_eq!(ask(&[("/to/0", Origin::Untrusted)]), Answer::Nothing);
    let denied = |by: &str| Answer::Forbid(vec![format!("guard.deny.{by}")]);
    assert_eq!(ask(&[("/to/0", Origin::Proposed)]), denied("named"));
    assert_eq!(ask(&[("/about", Origin::Created)]), denied("one"));
}
