//! What a person named and was shown when they consented, and which acts an `ask` is about.

use super::prelude::*;
use super::world::*;

/// A task of a template with a pattern, of which this was picked.
fn of_a_wide_template(only: &str) -> World {
    let mut world = World::with_passkeys();
    let template = r#"{"kind":"template","name":"wide","purpose":"p","intent":"Pay",
        "start":{"who":["anna"],"agents":["payer"]},
        "grant":[{"tools":["bank/*"],"effect":"transfer","meters":{"EUR":{"each":"500","total":"500"}}}]}"#;
    world.documents(&[template]);
    world.task = TaskState::empty(world.task.tenant, TaskId::new([0x5c; 16]));
    world.events.clear();
    let only = vec![crate::ToolPattern::parse(only).unwrap()];
    let facts = world.facts();
    let start = crate::Start { only, ..World::start_command("wide") };
    assert_eq!(world.run(&Command::Start(Box::new(start)), &facts).verdict, Verdict::Done);
    world.consent();
    world.bind('a');
    world
}

#[test]
fn a_tool_that_its_person_picked_by_name_was_named_at_consent_and_one_of_a_pattern_was_not() {
    waits(&of_a_wide_template("bank/*").pay("10"));
    waits(&of_a_wide_template("bank/p*").pay("10"));
    // the second act of consent shows that one name, so it is the person's word and not the template's
    let mut world = of_a_wide_template("bank/pay");
    let root = &world.task.grants[&world.grant()];
    let shown = root.envelope.as_ref().unwrap().sentences(true);
    assert_eq!(shown, ["transfer with bank/pay; at most 500 EUR each; at most 500 EUR in total"]);
    allowed(&world.pay("10"));
}

#[test]
fn an_ask_of_some_tools_asks_about_acts_of_those_alone() {
    let mut world = World::with_passkeys();
    let template = r#"{"kind":"template","name":"some","purpose":"p","intent":"Keep",
        "start":{"who":["anna"],"agents":["payer"]},
        "grant":[{"tools":["bank/list"],"resources":"any"},{"tools":["bank/note"],"effect":"write"}],
        "ask":[{"who":"role:boss","tools":["bank/note"]}]}"#;
    world.documents(&[template]);
    world.task = TaskState::empty(world.task.tenant, TaskId::new([0x5d; 16]));
    world.events.clear();
    assert_eq!(world.start("some").verdict, Verdict::Done);
    world.bind('a');
    allowed(&world.call("bank/list"));
    waits(&world.call("bank/note"));
    world.replay();
}

#[test]
fn what_was_shown_of_a_template_is_what_is_consented_to() {
    let mut world = World::with_passkeys();
    world.task = TaskState::empty(world.task.tenant, TaskId::new([0x5e; 16]));
    world.events.clear();
    let stands = world.control.templates[&crate::TemplateName::parse("pay-invoice").unwrap()].1;
    let mut start = |seen| {
        let facts = world.facts();
        let start = crate::Start { seen: Some(seen), ..World::start_command("pay-invoice") };
        world.run(&Command::Start(Box::new(start)), &facts)
    };
    assert_eq!(code(&start(digest("as it was before"))), Code::NotPossible);
    assert_eq!(start(stands).verdict, Verdict::Done);
}
