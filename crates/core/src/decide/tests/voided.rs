//! Yeses that count no more: their person left, their passkey went, or others are asked now.

use super::approvals::asking;
use super::prelude::*;
use super::world::*;

#[test]
fn a_yes_counts_no_more_once_its_passkey_or_person_is_gone() {
    for gone in [
        ControlCommand::Unenroll { by: by("anna"), person: person("bea"), id: passkey_of("bea") },
        ControlCommand::Apply {
            by: by("anna"),
            documents: Vec::new(),
            removed: vec![("person".to_owned(), "bea".to_owned())],
        },
    ] {
        let mut world = asking(r#"{"who":"role:boss"}"#);
        let approval = waits(&world.call("bank/note"));
        world.approve(approval, "role:boss", "bea");
        allowed(&world.clone().call("bank/note"));
        assert_eq!(world.govern(gone).refused, None);
        assert_eq!(waits(&world.call("bank/note")), approval, "it waits for somebody else's");
        let may = may_sign(world.view(), &world.task.approvals[&approval], &person("carl"), world.now);
        assert_eq!(may, ["role:boss"], "the place is free again");
        assert_eq!(world.approve(approval, "role:boss", "carl").verdict, Verdict::Done);
        allowed(&world.call("bank/note"));
        world.replay();
    }
}

#[test]
fn a_yes_that_counts_no_more_says_why() {
    let why = |world: &World, approval: u64| {
        let state = &world.task.approvals[&approval];
        why_void(world.view(), state, &state.given[0], world.now)
    };
    let said = || {
        let mut world = asking(r#"{"who":"role:boss"}"#);
        let approval = waits(&world.call("bank/note"));
        world.approve(approval, "role:boss", "bea");
        assert_eq!(why(&world, approval), None);
        (world, approval)
    };
    let (mut world, approval) = said();
    world.remove("person", "bea");
    assert_eq!(why(&world, approval), Some(Void::Left));
    let (mut world, approval) = said();
    let id = passkey_of("bea");
    world.govern(ControlCommand::Unenroll { by: by("anna"), person: person("bea"), id });
    assert_eq!(why(&world, approval), Some(Void::PasskeyGone));
    let (mut world, approval) = said();
    world.documents(&[r#"{"kind":"person","name":"bea","roles":["clerk"]}"#]);
    assert_eq!(why(&world, approval), Some(Void::NotAsked));
    let (mut world, approval) = said();
    world.task.approvals.get_mut(&approval).unwrap().given[0].single_person = true;
    assert_eq!(why(&world, approval), Some(Void::Alone));
}

#[test]
fn who_lost_the_passkey_of_a_yes_says_it_again_with_another_and_counts_once() {
    let mut world = asking(r#"{"who":"role:boss","count":2}"#);
    let approval = waits(&world.call("bank/note"));
    world.approve(approval, "role:boss", "bea");
    let id = passkey_of("bea");
    world.govern(ControlCommand::Unenroll { by: by("anna"), person: person("bea"), id });
    world.enrol("bea");
    let given = &mut world.task.approvals.get_mut(&approval).unwrap().given[0];
    "the-one-that-was-lost".clone_into(&mut given.passkey);
    assert_eq!(world.approve(approval, "role:boss", "bea").verdict, Verdict::Done);
    world.task.approvals.get_mut(&approval).unwrap().given[0].passkey = passkey_of("bea");
    assert_eq!(waits(&world.call("bank/note")), approval, "two yeses of one person are one");
    assert_eq!(world.approve(approval, "role:boss", "carl").verdict, Verdict::Done);
    allowed(&world.call("bank/note"));
}

#[test]
fn what_was_signed_for_a_yes_that_counts_no_more_fills_no_place_again() {
    let mut world = asking(r#"{"who":"role:boss","count":2}"#);
    let approval = waits(&world.call("bank/note"));
    let statement = |world: &World| world.task.statement(&world.task.approvals[&approval], "role:boss", &person("bea"));
    let old = statement(&world).digest();
    assert_eq!(world.approve(approval, "role:boss", "bea").verdict, Verdict::Done);
    // one person alone had said it for two, and now there are others
    world.task.approvals.get_mut(&approval).unwrap().given[0].single_person = true;
    assert_eq!(statement(&world).again, 1);
    let said = |signed: Digest| Approve {
        approval,
        role: "role:boss".to_owned(),
        by: signer("bea"),
        signed,
        assertion: Assertion {
            authenticator_data: PART.to_owned(),
            client_data: PART.to_owned(),
            id: passkey_of("bea"),
            signature: PART.to_owned(),
        },
        sheet: None,
    };
    let facts = world.facts();
    let no = world.run(&Command::Approve(Box::new(said(old))), &facts);
    assert_eq!(code(&no), Code::NotPossible, "an old assertion is no new yes");
    let anew = statement(&world).digest();
    assert_eq!(world.run(&Command::Approve(Box::new(said(anew))), &facts).verdict, Verdict::Done);
    let (_, text) = (old, statement(&world).text());
    assert!(text.starts_with(r#"{"again":2,"approval":"#), "RFC 8785 form: {text}");
}
