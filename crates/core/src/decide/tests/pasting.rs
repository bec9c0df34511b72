//! What others wrote and a person pasted beside their own words is nobody's word until its person confirms it.

use super::prelude::*;
use super::sources::{note_to, shows, source, value};
use super::world::*;
use crate::Origin;

const PASTED_IBAN: &str = "GB33BUKB20201555555555";
const MAIL: &str = "Please note it for GB33BUKB20201555555555.";

/// A task in the person's own words, with what they pasted.
fn with_paste(more: &[(&str, &str)]) -> World {
    let mut world = World::with_passkeys();
    world.documents(&[
        r#"{"kind":"template","name":"help","purpose":"p","intent":"{said}","parameters":{"said":{"kind":"text"}},
            "start":{"who":["anyone"],"agents":["payer"]},
            "window":"1h","grant":[{"tools":["mail/*"],"resources":"any"},{"tools":["bank/note"],"effect":"write"}]}"#,
    ]);
    world.task = TaskState::empty(TenantId::new([1; 16]), TaskId::new([3; 16]));
    world.events.clear();
    let own = [("said", "Note what is asked for")];
    let parameters = own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let start = Start { parameters, ..World::start_command("help") };
    let facts = world.facts();
    assert_eq!(world.run(&Command::Start(Box::new(start)), &facts).verdict, Verdict::Done);
    world.bind('a');
    world
}

fn noted(world: &mut World) -> Decided {
    let note = note_to(world, PASTED_IBAN);
    world.attempt(note)
}

#[test]
fn a_value_of_what_was_pasted_asks_and_one_that_was_confirmed_does_not() {
    let mut left = with_paste(&[("said.pasted", MAIL)]);
    let decided = noted(&mut left);
    assert!(matches!(decided.verdict, Verdict::StepUp { .. }), "{:?}", decided.reasons);
    assert_eq!(source(&decided), Origin::Untrusted);
    left.replay();
    let confirmed = format!("iban {PASTED_IBAN}");
    let mut own = with_paste(&[("said.pasted", MAIL), ("said.confirmed", &confirmed)]);
    let decided = noted(&mut own);
    allowed(&decided);
    assert_eq!(source(&decided), Origin::Intent);
    own.replay();
}

#[test]
fn what_was_pasted_is_the_least_trusted_place_of_a_value_that_stands_elsewhere_too() {
    let mut world = with_paste(&[("said.pasted", MAIL)]);
    let shown = value(&world, "iban", PASTED_IBAN, "/0", "sure");
    shows(&mut world, vec![shown]);
    assert_eq!(source(&noted(&mut world)), Origin::Untrusted);
}

#[test]
fn whoever_is_told_what_was_pasted_has_read_what_others_wrote() {
    let world = with_paste(&[("said.pasted", MAIL)]);
    let root = &world.task.grants[&world.grant()];
    assert_eq!((root.label.trusted, root.brought.untrusted), (Some(false), Some(1)));
    let told = world.task.told().unwrap();
    assert!(
        told.starts_with("Note what is asked for\nPasted with `said`") && told.contains("\n> Please note it"),
        "{told}"
    );
    let plain = with_paste(&[]);
    assert_eq!(plain.task.told(), plain.task.intent);
    assert_eq!(plain.task.grants[&plain.grant()].label.trusted, None);
}

#[test]
fn nothing_is_pasted_into_a_turn_of_a_task_that_runs() {
    let mut world = with_paste(&[]);
    let parameters = [("said", "More"), ("said.pasted", MAIL)];
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let template = TemplateName::parse("help").unwrap();
    let change = AmendChange::Widen { template, parameters, only: Vec::new(), seen: None };
    let by = world.task.requester.clone().map(|person| By { assurance: Assurance::Local, person }).unwrap();
    let amend = Amend { by, grant: world.grant(), change, wish: None };
    let facts = world.facts();
    let decided = world.run(&Command::Amend(Box::new(amend)), &facts);
    assert_eq!((decided.verdict.clone(), code(&decided)), (Verdict::Deny, Code::ArgumentNotGranted));
}
