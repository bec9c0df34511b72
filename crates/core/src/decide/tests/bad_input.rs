//! What is asked and cannot be: each has one stable code, and nothing changes but the record of the refusal.

use super::prelude::*;
use super::world::*;

/// Nothing of a task is another, but for how often its grants were refused.
fn unchanged(before: &World, after: &World, what: &str) {
    let kept = |of: &World| {
        let task = &of.task;
        let grants: Vec<GrantState> =
            task.grants.values().map(|grant| GrantState { refused: 0, ..grant.as_ref().clone() }).collect();
        (grants, task.acts.clone(), task.keys.clone(), task.approvals.clone(), task.open, task.standing)
    };
    assert_eq!(kept(before), kept(after), "{what}");
    assert_eq!((&before.control, &before.mandates), (&after.control, &after.mandates), "{what}");
    let new = after.events.iter().skip(before.events.len()).map(|(event, _)| event.data.kind());
    assert!(new.clone().all(|kind| kind == "action.refused"), "{what}: {:?}", new.collect::<Vec<_>>());
}

/// What is refused has this code, and leaves all as it was.
fn refused(world: &mut World, what: &str, expected: Code, ask: impl FnOnce(&mut World) -> Decided) -> Reason {
    let before = world.clone();
    let decided = ask(world);
    assert_eq!(decided.verdict, Verdict::Deny, "{what}");
    assert_eq!(code(&decided), expected, "{what}: {:?}", decided.reasons);
    unchanged(&before, world, what);
    decided.reasons[0].clone()
}

#[test]
fn an_envelope_that_is_none_is_refused_by_the_place_of_its_fault_and_hands_nothing_on() {
    let pay = |rest: &str| format!(r#"{{"tools":["bank/pay"],"effect":"transfer"{rest}}}"#);
    let when = |condition: &str| pay(&format!(r#","when":{{"/iban":{condition}}}"#));
    let window = |most: &str, over: &str| {
        pay(&format!(r#","meters":{{"EUR":{{"window":{{"most":"{most}","over":"{over}"}}}}}}"#))
    };
    let cases = [
        ("an axis that nobody knows", pay(r#","colour":"red""#), "", "", Code::ArgumentMalformed),
        ("an axis beside the rows that nobody knows", pay(""), r#","speed":1"#, "", Code::ArgumentMalformed),
        ("no tools", pay("").replace(r#"["bank/pay"]"#, "[]"), "", "/grant/0/tools", Code::ArgumentMalformed),
        ("no effects", pay("").replace(r#""effect":"transfer""#, r#""effects":[]"#), "", "", Code::ArgumentMalformed),
        ("none of no values", when(r#"{"one_of":[]}"#), "", "/grant/0/when/~1iban/one_of", Code::ArgumentMalformed),
        (
            "a range upside down",
            when(r#"{"least":"5","most":"1"}"#),
            "",
            "/grant/0/when/~1iban",
            Code::ArgumentMalformed,
        ),
        ("an empty condition", when("{}"), "", "/grant/0/when", Code::ArgumentMalformed),
        ("a condition nobody knows", when(r#"{"between":[1,5]}"#), "", "/grant/0/when", Code::ArgumentMalformed),
        ("a pattern that looks back", when(r#"{"pattern":"(a+)\\1"}"#), "", "/grant/0/when", Code::ArgumentMalformed),
        (
            "a pattern that explodes",
            when(r#"{"pattern":"((a{0,999}){0,999}){0,999}"}"#),
            "",
            "/grant/0/when",
            Code::ArgumentMalformed,
        ),
        ("a window that ends before it begins", pay(""), r#","window":"-1m""#, "/window", Code::ArgumentMalformed),
        ("a window of no time", window("500", "1ms"), "", "/grant/0/meters/EUR", Code::ArgumentMalformed),
        ("another currency", pay(r#","meters":{"USD":{"total":"1"}}"#), "", "/grant/0/meters", Code::BeyondGrant),
    ];
    for (what, row, rest, at, expected) in cases {
        let mut world = World::ready();
        let root = world.grant();
        let request = format!(r#"{{"delegate":"other","purpose":"p","grant":[{row}]{rest}}}"#);
        let reason = refused(&mut world, what, expected, |world| world.hand_on(root, &request));
        let place = reason.at.as_ref().map(ToString::to_string).unwrap_or_default();
        assert!(place.starts_with(at), "{what}: {place}");
        let sentence = reason.to_string();
        assert!(!sentence.is_empty() && !sentence.contains('\n'), "{what}: {sentence}");
        assert!(!sentence.contains("expected expected"), "{what}: {sentence}");
    }
}

#[test]
fn of_two_grants_that_race_for_the_last_euro_one_has_it_and_the_other_changes_nothing() {
    for child_first in [true, false] {
        let mut world = World::drawing();
        let child = world.mint_child("other", |_| ());
        world.take(child, 'o');
        let by_child = |world: &mut World| {
            let facts = world.facts_of_other('o');
            let attempt = Attempt { grant: child, ..world.attempt_command(world.payment("1")) };
            world.run(&Command::Attempt(Box::new(attempt)), &facts)
        };
        for euros in ["300", "99"] {
            let act = allowed(&world.pay(euros));
            world.done(act, &[]);
        }
        match child_first {
            true => drop(allowed(&by_child(&mut world))),
            false => drop(allowed(&world.pay("1"))),
        }
        let what = format!("the child first: {child_first}");
        refused(&mut world, &what, Code::OverTotal, |world| match child_first {
            true => world.pay("1"),
            false => by_child(world),
        });
    }
}

#[test]
fn one_person_says_one_yes_with_however_many_passkeys_and_it_is_used_once() {
    let mut world = super::approvals::asking(r#"{"who":"role:boss","count":2}"#);
    let (code_of, expires) = (digest("another phone"), world.now.after(Span::hours(1)));
    let invite =
        ControlCommand::Invite { by: signer("bea"), person: person("bea"), code: code_of, expires, signed: None };
    assert_eq!(world.govern(invite).refused, None);
    let passkey = Passkey {
        id: "another-key-of-bea".to_owned(),
        key: json(r#"{"crv":"P-256","kty":"EC","x":"bea","y":"3"}"#),
        model: Salt::new([0; 16]),
        site: "localhost".to_owned(),
        name: "another phone".to_owned(),
    };
    assert_eq!(world.govern(ControlCommand::Enroll { by: signer("bea"), code: code_of, passkey }).refused, None);
    let approval = waits(&world.call("bank/note"));
    assert_eq!(world.approve(approval, "role:boss", "bea").verdict, Verdict::Done);
    let mut again = world.yes(approval, "role:boss", "bea");
    again.assertion.id = "another-key-of-bea".to_owned();
    refused(&mut world, "the other passkey of one person", Code::NotPossible, |world| world.says(again));
    assert_eq!(waits(&world.call("bank/note")), approval, "one person is not two");
    let carl = world.yes(approval, "role:boss", "carl");
    assert_eq!(world.says(carl.clone()).verdict, Verdict::Done);
    allowed(&world.call("bank/note"));
    for (what, said) in [
        ("a yes brought again once it was used", carl),
        ("by who said it first", world.yes(approval, "role:boss", "bea")),
    ] {
        let code = code(&world.clone().says(said.clone()));
        refused(&mut world, what, code, |world| world.says(said));
        assert!(matches!(code, Code::NotPossible | Code::NotAvailable), "{what}: {code:?}");
    }
    let next = waits(&world.call("bank/note"));
    assert_ne!(next, approval, "the next act waits for a yes of its own");
}

#[test]
fn a_clock_that_jumps_back_opens_nothing_again_and_one_that_jumps_on_ends_what_it_passed() {
    // forwards: past the window nothing begins, whoever asks, and not again once the clock is set back
    let mut world = World::ready();
    world.pass(Span::hours(2));
    refused(&mut world, "past the window", Code::WindowClosed, |world| world.pay("10"));
    assert_eq!(world.tick().events.len(), 1);
    world.now = DAWN;
    refused(&mut world, "set back after the ending stands", Code::TaskEnded, |world| world.pay("10"));
    // backwards: what has passed along the stream stays passed, so a window of a meter is not filled anew
    let mut world = World::with_passkeys();
    let approval = waits(&world.pay("400"));
    world.approve(approval, "owner otto", "otto");
    world.pass(Span::minutes(31));
    let later = world.pay("400");
    assert_ne!(waits(&later), approval, "it ran out");
    world.now = DAWN;
    assert_ne!(waits(&world.pay("400")), approval, "and an earlier time does not bring it back");
}

#[test]
fn an_outcome_says_no_more_than_was_reserved_once_and_of_what_began_alone() {
    let mut world = World::ready();
    let act = allowed(&world.pay("10"));
    refused(&mut world, "of what never began", Code::NotPossible, |world| world.done(act + 1, &[]));
    let mut more = world.clone();
    more.done(act, &[(eur(), "11")]);
    let charged = more.charged(1, &eur());
    assert!(charged >= amount("10"), "a settlement gives nothing back beyond what its act reserved: {charged}");
    world.done(act, &[(eur(), "4")]);
    assert_eq!(world.charged(1, &eur()), amount("4"));
    let again = world.clone().done(act, &[(eur(), "0")]);
    let code = code(&again);
    refused(&mut world, "twice", code, |world| world.done(act, &[(eur(), "0")]));
    assert_eq!(code, Code::NotPossible);
    assert_eq!(world.charged(1, &eur()), amount("4"), "the second word changes nothing");
}
