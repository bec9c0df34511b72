use crate::decide::tests::world::*;
use crate::json::{Json, Limits};
use crate::{Assurance, By, ControlCommand, Micros, Passkey, PersonId, Span, sha256};

fn person(name: &str) -> PersonId {
    PersonId::parse(name).unwrap()
}

fn by(name: &str) -> By {
    By { assurance: Assurance::Passkey, person: person(name) }
}

fn passkey(id: &str) -> Passkey {
    let key = format!(r#"{{"crv":"P-256","kty":"EC","x":"{id}","y":"2"}}"#);
    let key = Json::parse(key.as_bytes(), &Limits::default()).unwrap();
    Passkey {
        id: id.to_owned(),
        key,
        model: crate::Salt::new([0; 16]),
        site: "localhost".to_owned(),
        name: "phone".to_owned(),
    }
}

fn invite(world: &World, name: &str, code: &str, span: Span) -> ControlCommand {
    let expires = world.now.after(span);
    ControlCommand::Invite {
        by: by("anna"),
        person: person(name),
        code: sha256(code.as_bytes()),
        expires,
        signed: None,
    }
}

fn enroll(name: &str, code: &str, id: &str) -> ControlCommand {
    ControlCommand::Enroll { by: by(name), code: sha256(code.as_bytes()), passkey: passkey(id) }
}

/// A directory of two.
fn world() -> World {
    let mut world = World::ready();
    world.documents(&[r#"{"kind":"person","name":"anna"}"#, r#"{"kind":"person","name":"bert"}"#]);
    world
}

#[test]
fn an_invitation_enrols_one_passkey_of_its_person_and_no_second() {
    let mut world = world();
    let command = invite(&world, "anna", "c1", Span::hours(1));
    world.govern(command);
    assert!(world.governs(&enroll("bert", "c1", "k1")).refused.is_some(), "the invitation is another's");
    assert!(world.governs(&enroll("anna", "c2", "k1")).refused.is_some(), "nobody gave this code");
    let done = world.governs(&enroll("anna", "c1", "k1"));
    assert!(done.refused.is_none() && done.narrows);
    world.govern(enroll("anna", "c1", "k1"));
    assert!(world.control.passkey(&person("anna"), "k1").is_some());
    assert!(world.governs(&enroll("anna", "c1", "k2")).refused.is_some(), "the invitation was used");
}

#[test]
fn an_invitation_runs_out_and_is_open_for_a_day_at_most() {
    let mut world = world();
    let too_long = invite(&world, "anna", "c1", Span::hours(25));
    assert!(world.governs(&too_long).refused.is_some());
    let nobody = invite(&world, "carl", "c1", Span::hours(1));
    assert!(world.governs(&nobody).refused.is_some(), "no such person");
    let command = invite(&world, "anna", "c1", Span::hours(1));
    world.govern(command);
    let now = world.now;
    world.now = Micros(now.0 + 3_600_000_000);
    assert!(world.governs(&enroll("anna", "c1", "k1")).refused.is_some());
    world.now = Micros(now.0 + 3_599_999_999);
    assert!(world.governs(&enroll("anna", "c1", "k1")).refused.is_none());
}

#[test]
fn one_passkey_is_one_persons() {
    let mut world = world();
    for (name, code) in [("anna", "c1"), ("bert", "c2")] {
        let command = invite(&world, name, code, Span::hours(1));
        world.govern(command);
    }
    world.govern(enroll("anna", "c1", "k1"));
    assert!(world.governs(&enroll("bert", "c2", "k1")).refused.is_some());
    assert!(world.governs(&enroll("bert", "c2", "k2")).refused.is_none());
}

#[test]
fn a_passkey_goes_at_once_and_with_its_person() {
    let mut world = world();
    let command = invite(&world, "anna", "c1", Span::hours(1));
    world.govern(command);
    world.govern(enroll("anna", "c1", "k1"));
    let gone = ControlCommand::Unenroll { by: by("bert"), person: person("anna"), id: "k1".to_owned() };
    assert!(world.governs(&gone).narrows);
    let apply = ControlCommand::Apply {
        by: by("bert"),
        documents: Vec::new(),
        removed: vec![("person".to_owned(), "anna".to_owned())],
    };
    let mut other = world.control.clone();
    world.govern(gone.clone());
    assert!(world.control.passkey(&person("anna"), "k1").is_none());
    assert!(world.governs(&gone).refused.is_some(), "it is gone already");
    std::mem::swap(&mut world.control, &mut other);
    world.govern(apply);
    assert!(world.control.passkey(&person("anna"), "k1").is_none() && world.control.passkeys.is_empty());
}

#[test]
fn what_a_passkey_may_have_invited_for_its_person_goes_with_it() {
    let mut world = world();
    for (name, code) in [("anna", "c1"), ("anna", "c2"), ("bert", "c3")] {
        let command = invite(&world, name, code, Span::hours(1));
        world.govern(command);
    }
    world.govern(enroll("anna", "c1", "k1"));
    assert!(world.governs(&enroll("anna", "c2", "k2")).refused.is_none());
    world.govern(ControlCommand::Unenroll { by: by("bert"), person: person("anna"), id: "k1".to_owned() });
    assert!(world.governs(&enroll("anna", "c2", "k2")).refused.is_some(), "a thief made it");
    assert!(world.governs(&enroll("bert", "c3", "k3")).refused.is_some(), "for others as well");
}

/// An invitation by a passkey of `by`.
fn signed_invite(world: &World, by_whom: &str, name: &str, code: &str, signed: &str) -> ControlCommand {
    let (code, expires) = (sha256(code.as_bytes()), world.now.after(Span::hours(1)));
    ControlCommand::Invite {
        by: by(by_whom),
        person: person(name),
        code,
        expires,
        signed: Some(sha256(signed.as_bytes())),
    }
}

#[test]
fn one_signature_makes_one_invitation() {
    let mut world = world();
    let first = signed_invite(&world, "anna", "bert", "c1", "challenge 1");
    world.govern(first);
    let again = signed_invite(&world, "anna", "bert", "c2", "challenge 1");
    assert!(world.governs(&again).refused.is_some());
    world.govern(enroll("bert", "c1", "k1"));
    assert!(world.governs(&again).refused.is_some(), "also once the first was used");
    let other = signed_invite(&world, "anna", "anna", "c2", "challenge 2");
    assert!(world.governs(&other).refused.is_none());
    // by then no challenge is good any more, and the list of them is short
    world.now = world.now.after(Span::minutes(11));
    let later = signed_invite(&world, "anna", "anna", "c3", "challenge 3");
    world.govern(later);
    assert_eq!(world.control.invites_signed.len(), 1);
}

#[test]
fn what_a_passkey_signed_for_others_goes_with_it_and_with_its_person() {
    let mut world = world();
    world.documents(&[r#"{"kind":"person","name":"carl"}"#]);
    let own = invite(&world, "anna", "c0", Span::hours(1));
    world.govern(own);
    world.govern(enroll("anna", "c0", "k1"));
    for (code, by) in [("c1", "anna"), ("c2", "bert")] {
        let command = signed_invite(&world, by, "carl", code, code);
        world.govern(command);
    }
    let expires = world.now.after(Span::hours(1));
    let local = By { assurance: Assurance::Local, person: person("anna") };
    let (code, signed) = (sha256(b"c3"), None);
    world.govern(ControlCommand::Invite { by: local, person: person("carl"), code, expires, signed });
    let opens = |world: &mut World, code: &str| world.governs(&enroll("carl", code, "k3")).refused.is_none();
    world.govern(ControlCommand::Unenroll { by: by("bert"), person: person("anna"), id: "k1".to_owned() });
    assert_eq!(
        ["c1", "c2", "c3"].map(|code| opens(&mut world, code)),
        [false, true, true],
        "an account signs with no passkey"
    );
    for (name, left) in [("bert", [false, true]), ("anna", [false, false])] {
        let removed = vec![("person".to_owned(), name.to_owned())];
        world.govern(ControlCommand::Apply { by: by("carl"), documents: Vec::new(), removed });
        assert_eq!(["c2", "c3"].map(|code| opens(&mut world, code)), left, "{name} left");
    }
}

#[test]
fn an_invitation_is_withdrawn_by_its_number_and_no_other_with_it() {
    let mut world = world();
    for code in ["c1", "c2"] {
        let command = invite(&world, "anna", code, Span::hours(1));
        world.govern(command);
    }
    let invitation = world.control.invites[&sha256(b"c1")].seq;
    let withdraw = |of: &str, invitation| ControlCommand::Uninvite { by: by("bert"), person: person(of), invitation };
    for (of, number) in [("bert", invitation), ("anna", invitation + 7)] {
        assert!(world.governs(&withdraw(of, number)).refused.is_some(), "{of} {number}");
    }
    assert!(world.governs(&withdraw("anna", invitation)).narrows);
    world.govern(withdraw("anna", invitation));
    assert!(world.governs(&enroll("anna", "c1", "k1")).refused.is_some());
    assert!(world.governs(&enroll("anna", "c2", "k1")).refused.is_none());
    assert!(world.governs(&withdraw("anna", invitation)).refused.is_some(), "it is gone already");
}

#[test]
fn a_directory_of_one_is_solo_until_a_second_person_was_ever_enrolled() {
    let mut world = world();
    assert!(!world.control.solo(), "two persons stand in the directory");
    for (name, code, key) in [("anna", "c1", "k1"), ("bert", "c2", "k2")] {
        let command = invite(&world, name, code, Span::hours(1));
        world.govern(command);
        world.govern(enroll(name, code, key));
    }
    let removed = vec![("person".to_owned(), "bert".to_owned())];
    world.govern(ControlCommand::Apply { by: by("anna"), documents: Vec::new(), removed });
    assert!(!world.control.solo(), "there was a second person once");
}
