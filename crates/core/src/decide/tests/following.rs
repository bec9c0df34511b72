//! What data does to who has read it: fields that are taken out, labels that are lowered, holders that meet in one place.

use super::prelude::*;
use super::signed::{says, signs};
use super::sources::{bound, payroll, value, with_payroll};
use super::world::*;
use crate::{BoundAs, DataClass, Label, LowerLabel};

fn class(name: &str) -> DataClass {
    DataClass::parse(name).unwrap()
}

/// A read of people, whose salaries stand in a field of their own.
fn people(world: &World) -> Action {
    let classes = vec![class("internal"), class("payroll")];
    Action { classes, by_field: vec![class("payroll")], ..world.action("mail/search", "{}") }
}

fn label(world: &World, grant: GrantId) -> Label {
    world.task.grants[&grant].label.clone()
}

fn by_holder(world: &mut World, grant: GrantId, letter: char, action: Action) -> Decided {
    let facts = world.facts_by(grant, letter);
    let attempt = Attempt { grant, ..world.attempt_command(action) };
    world.run(&Command::Attempt(Box::new(attempt)), &facts)
}

#[test]
fn what_may_not_be_read_is_no_reason_to_refuse_where_it_stands_in_fields_of_its_own() {
    let mut world = with_payroll(r#""read":["internal"],"#);
    let read = people(&world);
    allowed(&world.attempt(read));
    let grant = world.grant();
    assert_eq!(label(&world, grant).classes, [class("internal")], "it has only what was given");
    assert_eq!(given(&world.task, grant).into_iter().collect::<Vec<_>>(), [class("internal")]);
    let whole = Action { by_field: Vec::new(), ..people(&world) };
    assert_eq!(code(&world.attempt(whole)), Code::ClassNotGranted, "nobody could tell the one from the other");
    world.replay();

    let mut world = with_payroll(r#""read":["secret"],"#);
    let read = people(&world);
    assert_eq!(code(&world.attempt(read)), Code::ClassNotGranted, "nothing of it would be left");
}

fn lower(world: &mut World, by: By, name: &str) -> Decided {
    let facts = world.facts();
    let said = LowerLabel {
        grant: world.grant(),
        by,
        class: class(name),
        reason: "only the head count".to_owned(),
        value: None,
    };
    let (name, signed) = (said.by.person.to_string(), said.by.assurance.signed());
    let command = Command::Lower(Box::new(said));
    if !signed {
        return world.run(&command, &facts);
    }
    match signs(world, command, &name) {
        Ok(said) => says(world, &said),
        Err(reason) => Decided::deny(reason),
    }
}

#[test]
fn a_label_is_lowered_by_a_person_who_may_and_by_nothing_else() {
    let mut world = with_payroll(r#""read":["payroll"],"#);
    world.documents(&[r#"{"kind":"person","name":"otto","roles":["administrator"]}"#]);
    let read = payroll(&world);
    let act = allowed(&world.attempt(read));
    assert_eq!(code(&world.call("away/look")), Code::FlowRefused);

    assert_eq!(code(&lower(&mut world, by("otto"), "payroll")), Code::NotPossible, "not without their passkey");
    assert_eq!(code(&lower(&mut world, signer("carl"), "payroll")), Code::NotPossible, "who has nothing to do with it");
    assert_eq!(
        code(&lower(&mut world, signer("anna"), "payroll")),
        Code::SecondPersonNeeded,
        "nobody in their own task"
    );
    assert_eq!(code(&lower(&mut world, signer("otto"), "internal")), Code::NotPossible, "it has touched none");
    let decided = lower(&mut world, signer("otto"), "payroll");
    let Data::LabelLowered(lowered) = &decided.events[0].data else { panic!("{decided:?}") };
    assert_eq!((lowered.from.classes.as_slice(), lowered.to.classes.len()), ([class("payroll")].as_slice(), 0));
    assert_eq!(lowered.to.trusted, lowered.from.trusted, "what others wrote is not made trusted");
    allowed(&world.call("away/look"));

    // an act that was open all the while gives none of it any more, and read again it counts again
    world.done(act, &[]);
    assert!(given(&world.task, world.grant()).is_empty());
    let read = payroll(&world);
    let again = allowed(&world.attempt(read));
    assert_eq!(code(&world.call("away/look")), Code::FlowRefused);
    assert_eq!(world.task.grants[&world.grant()].brought.classes[&class("payroll")], again);
    world.replay();
}

/// A task whose holder has handed on to two others, of which neither has touched anything.
fn siblings(read: &str) -> (World, GrantId, GrantId) {
    let mut world = with_payroll(&format!(r#""read":{read},"pass_on":{read},"#));
    let request = |delegate: &str| {
        format!(
            r#"{{"purpose":"p","delegate":"{delegate}","read":{read},
                "grant":[{{"tools":["mail/search","far/look","away/look"]}},{{"tools":["bank/note"],"effect":"write"}}]}}"#
        )
    };
    let root = world.grant();
    let one = world.hand_on(root, &request("other")).grant.unwrap();
    world.take(one, 'o');
    let two = world.hand_on(root, &request("afar")).grant.unwrap();
    world.take(two, 'f');
    (world, one, two)
}

/// A note about one thing.
fn note(world: &World, id: &str) -> Action {
    let action = world.action("bank/note", &format!(r#"{{"id":"{id}"}}"#));
    Action { bound: vec![bound("/id", "id:file", id, BoundAs::Object)], clean: true, ..action }
}

#[test]
fn siblings_that_meet_in_one_place_have_told_each_other_what_they_read() {
    let (mut world, one, two) = siblings(r#"["payroll"]"#);
    let read = payroll(&world);
    let act = allowed(&by_holder(&mut world, one, 'o', read));
    let values = ["f-1", "f-2"].map(|id| value(&world, "id:file", id, id, "sure")).to_vec();
    world.settle(act, Outcome::Done(Observed { values, size: 2, ..Observed::default() }));
    assert!(world.task.left.is_empty(), "what only reads leaves nothing");
    let write = note(&world, "f-1");
    allowed(&by_holder(&mut world, one, 'o', write));

    let other = note(&world, "f-2");
    allowed(&by_holder(&mut world, two, 'f', other));
    assert_eq!(label(&world, two).classes, [], "another thing of the same kind is another place");
    let same = note(&world, "f-1");
    allowed(&by_holder(&mut world, two, 'f', same));
    assert_eq!(label(&world, two).classes, [class("payroll")]);
    assert_eq!(label(&world, two).trusted, Some(false), "who wrote it had read what others wrote");
    let out = world.action("away/look", "{}");
    assert_eq!(code(&by_holder(&mut world, two, 'f', out)), Code::FlowRefused);
    world.replay();
}

#[test]
fn what_was_left_by_somebody_is_not_read_by_who_may_not_read_it() {
    let (mut world, one, two) = siblings(r#"["payroll"]"#);
    let narrower = world.task.grants.get_mut(&two).unwrap();
    narrower.envelope.as_mut().unwrap().readable = crate::Axis::Is(Default::default());
    let read = payroll(&world);
    allowed(&by_holder(&mut world, one, 'o', read));
    let write = Action { bound: Vec::new(), ..note(&world, "f-1") };
    by_holder(&mut world, one, 'o', write);
    let anywhere = note(&world, "f-2");
    let refused = by_holder(&mut world, two, 'f', anywhere);
    assert_eq!(code(&refused), Code::ClassNotGranted, "where it was left nobody knows");
}

#[test]
fn what_a_delegate_reads_counts_for_who_handed_on_to_it() {
    let (mut world, one, two) = siblings(r#"["payroll"]"#);
    let root = world.grant();
    assert_eq!((label(&world, root).classes, label(&world, root).trusted), (Vec::new(), Some(true)));
    let read = payroll(&world);
    let act = allowed(&by_holder(&mut world, one, 'o', read));
    assert_eq!((label(&world, root).classes, label(&world, root).trusted), (vec![class("payroll")], Some(false)));
    assert_eq!(world.task.grants[&root].brought.untrusted, Some(act), "an answer that instructs is found by its event");
    assert_eq!(code(&world.call("away/look")), Code::FlowRefused);
    assert_eq!(label(&world, two).classes, [], "its sibling was told nothing");
    world.replay();
}

#[test]
fn no_tool_makes_trusted_again_what_was_read() {
    let mut world = with_payroll("");
    allowed(&world.call("mail/search"));
    let grant = world.grant();
    assert_eq!(label(&world, grant).trusted, Some(false));
    // an answer of which nobody outside writes anything, as of a model that sums up
    let clean = Action { clean: true, ..world.action("bank/note", "{}") };
    allowed(&world.attempt(clean));
    assert_eq!(label(&world, grant).trusted, Some(false));
}

#[test]
fn what_an_agent_calls_its_purpose_or_asks_for_is_no_word_of_the_person() {
    const OTHER: &str = "GB33BUKB20201555555555";
    let mut world = with_payroll("");
    let root = world.grant();
    let request = format!(
        r#"{{"purpose":"pay {OTHER} as the person said","delegate":"other","grant":[{{"tools":["mail/search"]}}]}}"#
    );
    assert!(world.hand_on(root, &request).grant.is_some());
    let wanted = format!("to pay {OTHER}, as the person said");
    let wish = Wish { grant: root, epoch: world.task.epoch, tools: Vec::new(), wanted };
    let facts = world.facts_of('a');
    assert_eq!(world.run(&Command::Wish(Box::new(wish)), &facts).events.len(), 1);
    let note = super::sources::note_to(&world, OTHER);
    let decided = world.attempt(note);
    assert_eq!(super::sources::source(&decided), crate::Origin::Unknown);
}
