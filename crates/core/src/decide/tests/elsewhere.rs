//! What comes from other tasks, and single values that go without a class.

use super::prelude::*;
use super::signed::signs_by;
use super::sources::{bound, payroll, value, with_payroll};
use super::world::*;
use crate::json::Pointer;
use crate::{BoundAs, DataClass, Elsewhere, LowerLabel, ShownValue, Touched, Whence, Zone, value_hash};

const ACCOUNT: &str = "GB33BUKB20201555555555";

fn class(name: &str) -> DataClass {
    DataClass::parse(name).unwrap()
}

fn touched(name: &str, leaf: u64) -> Touched {
    let whence = Whence { leaf, task: Some(TaskId::new([9; 16])) };
    Touched { classes: [(class(name), whence)].into(), untrusted: Some(whence), zones: Default::default() }
}

fn held(name: &str, leaf: u64, size: u64) -> Option<Box<Elsewhere>> {
    Some(Box::new(Elsewhere { held: touched(name, leaf), left: Touched::default(), size }))
}

fn calls(world: &mut World, name: &str, elsewhere: Option<Box<Elsewhere>>) -> Decided {
    let attempt = world.attempt_command(world.action(name, "{}"));
    let facts = Facts { elsewhere, ..world.facts_of('a') };
    world.run(&Command::Attempt(Box::new(attempt)), &facts)
}

fn lowers(world: &mut World, value: Option<ShownValue>, elsewhere: Option<Box<Elsewhere>>) -> Decided {
    let facts = Facts { elsewhere, ..world.facts() };
    let (grant, reason) = (world.grant(), "only the sum".to_owned());
    let said = LowerLabel { grant, by: signer("otto"), class: class("payroll"), reason, value };
    match signs_by(world, Command::Lower(Box::new(said)), "otto", &facts) {
        Ok(said) => world.run(&Command::Signed(Box::new(said)), &facts),
        Err(reason) => Decided::deny(reason),
    }
}

fn with_otto() -> World {
    let mut world = with_payroll(r#""read":["payroll"],"#);
    world.documents(&[r#"{"kind":"person","name":"otto","roles":["administrator"]}"#]);
    world
}

#[test]
fn what_an_instance_touched_in_another_task_goes_no_further_in_this_one() {
    let mut world = with_otto();
    let refused = calls(&mut world, "away/look", held("payroll", 40, 50));
    assert_eq!(code(&refused), Code::FlowRefused);
    let told = refused.reasons[0].to_string();
    assert!(told.contains("event 40 of the log, of task 0909"), "{told}");
    allowed(&calls(&mut world, "far/look", held("payroll", 40, 50)));
    let label = &world.task.grants[&world.grant()].label;
    assert_eq!((label.classes.as_slice(), label.trusted), ([class("payroll")].as_slice(), Some(false)));
    assert_eq!(code(&calls(&mut world, "away/look", None)), Code::FlowRefused, "it is this task's from then on");
    world.replay();
}

#[test]
fn a_key_that_is_bound_brings_what_its_instance_touched() {
    let mut world = with_otto();
    let facts = Facts { elsewhere: held("payroll", 40, 50), ..world.facts_of('b') };
    assert_eq!(world.run(&Command::Bind { grant: world.grant() }, &facts).events.len(), 1);
    let grant = &world.task.grants[&world.grant()];
    assert_eq!(grant.label.classes, [class("payroll")]);
    assert_eq!(grant.brought.classes[&class("payroll")], world.task.seq, "people find it by the event");
    world.replay();
}

#[test]
fn what_another_task_left_is_read_by_who_may_read_it_and_counts_as_read() {
    let left = || Some(Box::new(Elsewhere { left: touched("payroll", 7), size: 8, ..Elsewhere::default() }));
    let mut world = with_otto();
    allowed(&calls(&mut world, "mail/search", left()));
    assert_eq!(world.task.grants[&world.grant()].label.classes, [class("payroll")]);
    assert_eq!(code(&calls(&mut world, "away/look", None)), Code::FlowRefused);
    world.replay();
    let mut world = with_payroll("");
    assert_eq!(code(&calls(&mut world, "mail/search", left())), Code::ClassNotGranted);
}

#[test]
fn a_label_from_elsewhere_is_lowered_until_it_is_brought_there_anew() {
    let mut world = with_otto();
    assert_eq!(code(&lowers(&mut world, None, None)), Code::NotPossible, "here it touched none");
    let lowered = lowers(&mut world, None, held("payroll", 40, 50));
    assert_eq!(lowered.events.len(), 1, "{lowered:?}");
    allowed(&calls(&mut world, "away/look", held("payroll", 40, 60)));
    assert_eq!(code(&calls(&mut world, "away/look", held("payroll", 55, 60))), Code::FlowRefused, "read there since");
    world.replay();
}

#[test]
fn nothing_from_elsewhere_ever_makes_a_label_less() {
    let mut world = with_otto();
    let read = payroll(&world);
    allowed(&world.attempt(read));
    let before = world.task.grants[&world.grant()].label.clone();
    let whence = Whence { leaf: 3, task: None };
    let other = Touched { zones: [(Zone::parse("partner").unwrap(), whence)].into(), ..Touched::default() };
    let facts = Elsewhere { held: other.clone(), left: other, size: 4 };
    allowed(&calls(&mut world, "mail/search", Some(Box::new(facts))));
    let after = &world.task.grants[&world.grant()].label;
    assert_eq!(*after, after.with(&before));
    assert_eq!(after.trusted, Some(false));
    world.replay();
}

/// A holder that has read payroll, of which one account was shown, and may write to a vendor.
fn with_account() -> (World, ShownValue) {
    let mut world = with_otto();
    let read = payroll(&world);
    let act = allowed(&world.attempt(read));
    let shown = value(&world, "iban", ACCOUNT, "/0", "sure");
    let (hash, pointer) = (shown.hash, shown.pointer.clone());
    world.settle(act, Outcome::Done(Observed { values: vec![shown], size: 2, ..Observed::default() }));
    let event = world.task.seq;
    (world, ShownValue { event, hash, kind: "iban".to_owned(), pointer })
}

fn looks(world: &mut World, arguments: &str, bound: Vec<Bound>) -> Decided {
    let action = Action { bound, ..world.action("away/look", arguments) };
    world.attempt(action)
}

#[test]
fn a_value_that_a_person_lowered_goes_alone_and_all_else_keeps_its_class() {
    let (mut world, shown) = with_account();
    let account = || bound("/iban", "iban", ACCOUNT, BoundAs::Value);
    let only = format!(r#"{{"iban":"{ACCOUNT}"}}"#);
    assert_eq!(code(&looks(&mut world, &only, vec![account()])), Code::FlowRefused);
    let lowered = lowers(&mut world, Some(shown.clone()), None);
    let Data::LabelLowered(event) = &lowered.events[0].data else { panic!("{lowered:?}") };
    assert_eq!((event.from.clone(), event.value.as_ref()), (event.to.clone(), Some(&shown)));

    let gone = looks(&mut world, &only, vec![account()]);
    allowed(&gone);
    let Data::ActionBegun(begun) = &gone.events[0].data else { panic!("{gone:?}") };
    assert_eq!((begun.sheds.as_slice(), begun.carries().classes.len()), ([class("payroll")].as_slice(), 0));
    assert_eq!(
        world.task.grants[&world.grant()].label.classes,
        [class("payroll")],
        "the holder has read it all the same"
    );

    let more = format!(r#"{{"iban":"{ACCOUNT}","note":"and 5,000 each"}}"#);
    assert_eq!(code(&looks(&mut world, &more, vec![account()])), Code::FlowRefused, "something stands beside it");
    assert_eq!(code(&looks(&mut world, "{}", Vec::new())), Code::FlowRefused, "that it is called says something too");
    let within = format!(r#"{{"text":"pay {ACCOUNT} 5,000"}}"#);
    let found = vec![bound("/text", "iban", ACCOUNT, BoundAs::Found)];
    assert_eq!(code(&looks(&mut world, &within, found)), Code::FlowRefused, "a text that it stands in is more than it");
    let other = vec![bound("/iban", "iban", "DE89370400440532013000", BoundAs::Value)];
    let named = looks(&mut world, r#"{"iban":"DE89370400440532013000"}"#, other);
    assert_eq!(code(&named), Code::FlowRefused, "another value");
    let own = vec![account(), bound("/note", "title", "Pay", BoundAs::Value)];
    let words = looks(&mut world, &format!(r#"{{"iban":"{ACCOUNT}","note":"Pay"}}"#), own);
    assert_eq!(code(&words), Code::FlowRefused, "words of the person's are no value that they said");
    let kind = vec![bound("/iban", "id:file", ACCOUNT, BoundAs::Value)];
    assert_eq!(code(&looks(&mut world, &only, kind)), Code::FlowRefused, "the same text of another kind");
    world.replay();
}

#[test]
fn only_what_a_result_showed_is_lowered_by_value() {
    let (mut world, shown) = with_account();
    let salt = world.task.salt.unwrap();
    let unseen = ShownValue { hash: value_hash(&salt, "iban", "FR7630006000011234567890189"), ..shown.clone() };
    assert_eq!(code(&lowers(&mut world, Some(unseen), None)), Code::NotAvailable);
    let later = ShownValue { event: shown.event + 1, ..shown.clone() };
    let earlier = ShownValue { event: shown.event - 1, ..shown.clone() };
    let aside = ShownValue { pointer: Pointer::parse("/1").unwrap(), ..shown.clone() };
    let other = ShownValue { kind: "title".to_owned(), ..shown.clone() };
    for odd in [later, earlier, aside, other] {
        assert_eq!(code(&lowers(&mut world, Some(odd.clone()), None)), Code::NotAvailable, "nothing showed {odd:?}");
    }
    assert_eq!(lowers(&mut world, Some(shown), None).verdict, Verdict::Done);
    world.replay();
}
