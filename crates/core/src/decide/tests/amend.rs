//! Turns of the person: more, less, the same for longer.

use super::prelude::*;
use super::world::*;

const MORE: &str = r#"{"kind":"template","name":"more","purpose":"accounts-payable","intent":"order {what} as well",
    "parameters":{"what":{"kind":"title"}},"start":{"who":["anna"],"agents":["payer"]},
    "grant":[{"tools":["bank/order"],"effect":"write","uses":1}]}"#;
const RISKY: &str = r#"{"kind":"template","name":"risky","purpose":"accounts-payable","intent":"export too",
    "start":{"who":["anna"],"agents":["payer"]},"grant":[{"tools":["bank/export"],"effect":"export"}]}"#;

const PAYROLL: &str = r#"{"kind":"template","name":"payroll","purpose":"accounts-payable","intent":"look at wages too",
    "start":{"who":["anna"],"agents":["payer"]},"read":["payroll"],"grant":[{"tools":["bank/order"]}]}"#;

fn amend(world: &mut World, by_whom: &str, change: AmendChange) -> Decided {
    let facts = world.facts();
    let grant = world.grant();
    world.run(&Command::Amend(Box::new(Amend { by: by(by_whom), grant, change, wish: None })), &facts)
}

fn widen(world: &mut World, by_whom: &str, name: &str) -> Decided {
    let template = TemplateName::parse(name).unwrap();
    let what = ("what".to_owned(), "paper".to_owned());
    let parameters = if name == "more" { [what].into() } else { Default::default() };
    amend(world, by_whom, AmendChange::Widen { template, parameters, only: Vec::new(), seen: None })
}

fn ready() -> World {
    let mut world = World::ready();
    world.documents(&[MORE, RISKY]);
    world
}

#[test]
fn a_person_gives_more_in_a_turn_of_their_own_and_nobody_else_does() {
    let mut world = ready();
    assert_eq!(code(&world.call("bank/order")), Code::NotAvailable);
    for other in ["otto", "bea"] {
        assert_eq!(code(&widen(&mut world, other, "more")), Code::NotAvailable, "{other}");
    }
    assert_eq!(widen(&mut world, "anna", "more").verdict, Verdict::Done);
    allowed(&world.call("bank/order"));
    assert_eq!(code(&world.call("bank/order")), Code::UsesSpent, "its own limits hold");
    assert!(world.task.intent.as_deref().unwrap().ends_with("; order paper as well"), "{:?}", world.task.intent);
    allowed(&world.pay("10"));
    world.replay();
}

#[test]
fn what_a_widening_lets_be_read_is_shown_and_read_from_then_on() {
    let mut world = ready();
    world.documents(&[PAYROLL]);
    let payroll = |world: &World| {
        let classes = vec![DataClass::parse("payroll").unwrap()];
        Action { classes, ..world.action("mail/search", "{}") }
    };
    let before = payroll(&world);
    assert_eq!(code(&world.attempt(before)), Code::ClassNotGranted);
    let widened = widen(&mut world, "anna", "payroll");
    let Data::TaskAmended(said) = &widened.events[0].data else { panic!("{widened:?}") };
    let consent = &said.private.as_ref().unwrap().consent;
    assert!(consent.contains("\nbe given data of the class payroll\n"), "{consent}");
    let after = payroll(&world);
    allowed(&world.attempt(after));
    let envelope = world.task.grants[&world.grant()].envelope.clone().unwrap();
    let read = |lines: Vec<String>| lines.iter().filter(|line| line.contains("payroll")).count();
    assert_eq!((read(envelope.all_sentences()), read(envelope.sentences(true))), (1, 1), "by the second act as well");
    world.replay();
}

#[test]
fn what_is_privileged_waits_for_an_act_of_its_own_with_what_was_before() {
    let mut world = ready();
    allowed(&world.pay("10"));
    assert_eq!(widen(&mut world, "anna", "risky").verdict, Verdict::Done);
    assert_eq!(code(&world.pay("10")), Code::ConsentMissing);
    world.consent();
    allowed(&world.pay("10"));
}

#[test]
fn less_is_less_at_once_for_whoever_has_it_from_there() {
    let mut world = ready();
    let child = world.mint_child("other", |_| ());
    world.take(child, 'o');
    let narrow = AmendChange::Narrow { rows: vec![1], within: Some(Span::minutes(5)) };
    assert_eq!(amend(&mut world, "anna", narrow).verdict, Verdict::Done);
    let no = world.pay("10");
    assert_eq!(code(&no), Code::NotAvailable, "no row names it any more");
    assert_eq!(no.reasons[0].most, None);
    let facts = world.facts_of_other('o');
    let attempt = Attempt { grant: child, ..world.attempt_command(world.payment("10")) };
    let below = world.run(&Command::Attempt(Box::new(attempt)), &facts);
    assert_eq!(code(&below), Code::ToolNotGranted);
    allowed(&world.call("mail/search"));
    world.pass(Span::minutes(5));
    assert_eq!(code(&world.call("mail/search")), Code::WindowClosed);
    world.replay();
}

#[test]
fn nothing_is_narrowed_by_nothing_and_no_longer_is_no_less() {
    let mut world = ready();
    let expires = world.task.grants[&world.grant()].envelope.as_ref().unwrap().window.expires;
    for change in [
        AmendChange::Narrow { rows: vec![], within: None },
        AmendChange::Narrow { rows: vec![99], within: None },
        AmendChange::Narrow { rows: vec![], within: Some(Span::hours(5)) },
    ] {
        assert_eq!(code(&amend(&mut world, "anna", change)), Code::NotPossible);
    }
    assert_eq!(world.task.grants[&world.grant()].envelope.as_ref().unwrap().window.expires, expires);
}

#[test]
fn a_renewed_consent_is_the_persons_own_and_gives_time_and_nothing_else() {
    let mut world = ready();
    allowed(&world.pay("290"));
    world.pass(Span::minutes(50));
    assert_eq!(code(&amend(&mut world, "otto", AmendChange::Renew { waits: true })), Code::NotAvailable);
    assert_eq!(amend(&mut world, "anna", AmendChange::Renew { waits: true }).verdict, Verdict::Done);
    assert_eq!(code(&world.pay("1")), Code::ConsentMissing, "what is privileged waits for its own act");
    world.consent();
    world.pass(Span::minutes(50));
    assert_eq!(code(&world.pay("211")), Code::OverTotal, "what was spent stays spent");
    allowed(&world.call("mail/search"));
    world.pass(Span::minutes(10));
    assert_eq!(code(&world.call("mail/search")), Code::WindowClosed);
    assert_eq!(
        code(&amend(&mut world, "anna", AmendChange::Renew { waits: true })),
        Code::WindowClosed,
        "what is over is over"
    );
}

#[test]
fn what_was_handed_on_does_not_grow() {
    let mut world = ready();
    let child = world.mint_child("other", |_| ());
    let facts = world.facts();
    let template = TemplateName::parse("risky").unwrap();
    let change = AmendChange::Widen { template, parameters: Default::default(), only: Vec::new(), seen: None };
    let asked = Amend { by: by("anna"), grant: child, change, wish: None };
    assert_eq!(code(&world.run(&Command::Amend(Box::new(asked)), &facts)), Code::NotPossible);
}

#[test]
fn a_request_for_a_tool_that_was_narrowed_away_is_signed_by_nobody() {
    let mut world = World::with_passkeys();
    let asked = waits(&world.pay("400"));
    amend(&mut world, "anna", AmendChange::Narrow { rows: vec![1], within: None });
    assert!(world.task.past_doing(&world.task.approvals[&asked]));
    assert_eq!(code(&world.approve(asked, "owner otto", "otto")), Code::NotPossible);
    world.replay();
}
