use crate::decide::tests::world::*;
use crate::json::{Json, Limits};
use crate::{
    Assertion, Assurance, By, ControlCommand, ControlDecided, ControlState, Data, DataClass, Document, LowerPlace,
    Micros, Passkey, PersonId, Second, ServerName, Span, sha256,
};

fn person(name: &str) -> PersonId {
    PersonId::parse(name).unwrap()
}

fn signed_in(name: &str) -> By {
    By { assurance: Assurance::Passkey, person: person(name) }
}

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn enrol(world: &mut World, name: &str) {
    let (code, expires) = (sha256(name.as_bytes()), world.now.after(Span::hours(1)));
    world.govern(ControlCommand::Invite { by: signed_in(name), person: person(name), code, expires, signed: None });
    let passkey = Passkey {
        id: format!("key-of-{name}"),
        key: json(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{name}","y":"2"}}"#)),
        model: crate::Salt::new([0; 16]),
        site: "localhost".to_owned(),
        name: "phone".to_owned(),
    };
    let done = world.govern(ControlCommand::Enroll { by: signed_in(name), code, passkey });
    assert_eq!(done.refused, None);
}

/// A directory in which these are administrators with a passkey, and carl is a clerk without one.
fn world(administrators: &[&str]) -> World {
    let mut world = World::ready();
    world.documents(&[r#"{"kind":"person","name":"carl","roles":["clerk"]}"#]);
    for name in administrators {
        world.documents(&[&format!(r#"{{"kind":"person","name":"{name}","roles":["administrator"]}}"#)]);
    }
    administrators.iter().for_each(|name| enrol(&mut world, name));
    world
}

fn apply(by: By, text: &str) -> ControlCommand {
    let documents = vec![Document::read(&json(text)).unwrap()];
    ControlCommand::Apply { by, documents, removed: Vec::new() }
}

const PROMOTED: &str = r#"{"kind":"person","name":"carl","roles":["clerk","treasurer"]}"#;

/// The number under which a command waits; `None` where it does not.
fn waits(decided: &ControlDecided) -> Option<u64> {
    match decided.events.as_slice() {
        [event] => match &event.data {
            Data::ControlProposed(proposed) => Some(proposed.statement.proposal),
            _ => None,
        },
        _ => None,
    }
}

fn kinds(decided: &ControlDecided) -> Vec<&'static str> {
    decided.events.iter().map(|event| event.data.kind()).collect()
}

fn second(world: &World, name: &str, proposal: u64) -> ControlCommand {
    let part = || "AA".to_owned();
    let assertion =
        Assertion { authenticator_data: part(), client_data: part(), id: format!("key-of-{name}"), signature: part() };
    let signed = world.control.proposals[&proposal].statement.digest();
    ControlCommand::Second(Box::new(Second { assertion, by: signed_in(name), proposal, signed }))
}

/// Both administrators sign: what comes of the second signature.
fn both(world: &mut World, proposal: u64) -> ControlDecided {
    let first = second(world, "anna", proposal);
    assert_eq!(kinds(&world.govern(first)), ["control.seconded"], "one person stands behind it");
    let last = second(world, "bert", proposal);
    world.govern(last)
}

fn refusal(decided: &ControlDecided) -> String {
    decided.refused.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn before_an_administrator_has_a_passkey_nothing_waits() {
    let mut world = world(&[]);
    enrol(&mut world, "carl");
    assert!(!world.control.is_user_verified());
    let decided = world.governs(&apply(by("otto"), PROMOTED));
    assert_eq!(kinds(&decided), ["control.applied"]);
}

#[test]
fn what_loosens_waits_for_the_passkeys_of_two_administrators_and_what_tightens_is_at_once() {
    let mut world = world(&["anna", "bert"]);
    let decided = world.govern(apply(signed_in("anna"), PROMOTED));
    let proposal = waits(&decided).expect("it loosens");
    assert_eq!(world.control.persons[&person("carl")].roles.len(), 1, "nothing of it stands");
    let done = both(&mut world, proposal);
    assert_eq!(kinds(&done), ["control.seconded", "control.applied"]);
    assert!(matches!(&done.events[0].data, Data::ControlSeconded(s) if !s.single_person && s.takes_effect));
    assert_eq!(world.control.persons[&person("carl")].roles.len(), 2);
    let again = world.governs(&apply(by("otto"), r#"{"kind":"person","name":"carl","roles":["clerk"]}"#));
    assert_eq!(kinds(&again), ["control.applied"], "a role that goes");
    assert!(world.control.proposals.is_empty());
}

#[test]
fn who_proposes_by_an_account_a_session_or_a_passkey_is_none_of_the_two_who_sign() {
    for assurance in [Assurance::Local, Assurance::Session, Assurance::Oidc, Assurance::Passkey] {
        for name in ["anna", "uid:7"] {
            let mut world = world(&["anna", "bert"]);
            let proposal = waits(&world.govern(apply(By { assurance, person: person(name) }, PROMOTED))).unwrap();
            let one = world.govern(second(&world, "bert", proposal));
            assert_eq!(kinds(&one), ["control.seconded"], "{assurance:?} {name}: one person alone signed it");
            assert!(matches!(&one.events[0].data, Data::ControlSeconded(of) if !of.takes_effect));
            assert_eq!(world.control.persons[&person("carl")].roles.len(), 1, "{assurance:?} {name}");
            let again = world.governs(&second(&world, "bert", proposal));
            assert!(refusal(&again).contains("signed it already"));
            // whoever proposed it may be the other, by a signature
            let done = world.govern(second(&world, "anna", proposal));
            assert_eq!(kinds(&done), ["control.seconded", "control.applied"], "{assurance:?} {name}");
            assert_eq!(world.control.persons[&person("carl")].roles.len(), 2);
        }
    }
}

#[test]
fn one_administrator_alone_waits_ten_minutes_and_is_marked_until_there_were_two() {
    let mut world = world(&["anna"]);
    let proposal = waits(&world.govern(apply(signed_in("anna"), PROMOTED))).unwrap();
    let early = world.governs(&second(&world, "anna", proposal));
    assert!(refusal(&early).contains("ten minutes"), "{}", refusal(&early));
    // who looks is told what a signature would be answered, so nobody is shown one to give that is not taken
    let told = |world: &World, name: &str| {
        crate::cannot_second(&world.control, &world.control.proposals[&proposal], &person(name), world.now)
    };
    assert!(told(&world, "anna").is_some_and(|why| why.contains("ten minutes")));
    world.now = world.now.after(Span::minutes(11));
    assert_eq!(told(&world, "anna"), None);
    assert!(told(&world, "carl").is_some());
    let done = world.govern(second(&world, "anna", proposal));
    assert!(matches!(&done.events[0].data, Data::ControlSeconded(s) if s.single_person));
    assert_eq!(world.control.alone, 1);

    let bert = r#"{"kind":"person","name":"bert","roles":["administrator"]}"#;
    let proposal = waits(&world.govern(apply(signed_in("anna"), bert))).unwrap();
    world.now = world.now.after(Span::minutes(11));
    world.govern(second(&world, "anna", proposal));
    enrol(&mut world, "bert");
    // whoever takes the other's passkey away is not alone by that
    world.govern(ControlCommand::Unenroll {
        by: signed_in("anna"),
        person: person("bert"),
        id: "key-of-bert".to_owned(),
    });
    let more = r#"{"kind":"person","name":"carl","roles":["clerk","treasurer","auditor"]}"#;
    let proposal = waits(&world.govern(apply(signed_in("anna"), more))).unwrap();
    world.now = world.now.after(Span::minutes(11));
    let one = world.govern(second(&world, "anna", proposal));
    assert_eq!(kinds(&one), ["control.seconded"], "it waits for another, whatever the time");
}

#[test]
fn a_change_of_what_changed_meanwhile_is_void() {
    let mut world = world(&["anna", "bert"]);
    let proposal = waits(&world.govern(apply(signed_in("anna"), PROMOTED))).unwrap();
    world.govern(second(&world, "anna", proposal));
    world.govern(apply(signed_in("anna"), r#"{"kind":"person","name":"carl"}"#));
    let refused = world.governs(&second(&world, "bert", proposal));
    assert!(refusal(&refused).contains("it is void"), "{}", refusal(&refused));
}

#[test]
fn who_is_no_administrator_has_another_passkey_or_signed_something_else_seconds_nothing() {
    let mut world = world(&["anna", "bert"]);
    enrol(&mut world, "carl");
    let proposal = waits(&world.govern(apply(signed_in("anna"), PROMOTED))).unwrap();
    let good = || match second(&world, "bert", proposal) {
        ControlCommand::Second(said) => *said,
        _ => unreachable!("made as one"),
    };
    let wrong = [
        Second { by: by("bert"), ..good() },
        Second { by: signed_in("carl"), ..good() },
        Second { by: signed_in("dora"), ..good() },
        Second { signed: sha256(b"else"), ..good() },
        Second { proposal: proposal + 1, ..good() },
        match second(&world, "carl", proposal) {
            ControlCommand::Second(said) => *said,
            _ => unreachable!("made as one"),
        },
    ];
    let mut looked = world.clone();
    for said in wrong {
        let decided = looked.governs(&ControlCommand::Second(Box::new(said.clone())));
        assert!(decided.refused.is_some() && decided.events.is_empty(), "{said:?}");
    }
}

#[test]
fn a_signature_counts_as_long_as_who_gave_it_is_administrator_and_has_the_passkey() {
    let ready = || {
        let mut world = world(&["anna", "bert", "otto"]);
        let by = By { assurance: Assurance::Local, person: person("uid:1000") };
        let waits = waits(&world.govern(apply(by, PROMOTED))).unwrap();
        let first = second(&world, "anna", waits);
        world.govern(first);
        (world, waits)
    };
    let takes_effect = |mut world: World, waits| {
        let command = second(&world, "bert", waits);
        let decided = world.govern(command);
        decided.events.iter().any(|event| matches!(&event.data, Data::ControlSeconded(of) if of.takes_effect))
    };
    let (world, number) = ready();
    assert!(takes_effect(world, number));
    let (mut world, number) = ready();
    world.govern(ControlCommand::Unenroll {
        by: signed_in("otto"),
        person: person("anna"),
        id: "key-of-anna".to_owned(),
    });
    assert!(!takes_effect(world, number), "her passkey was taken away");
    let (mut world, number) = ready();
    world.govern(apply(signed_in("otto"), r#"{"kind":"person","name":"anna","roles":[]}"#));
    assert!(!world.control.is_administrator(&person("anna")));
    assert!(!takes_effect(world, number), "she is no administrator any more");
}

#[test]
fn a_change_runs_out_after_seven_days_is_taken_back_at_once_and_at_most_32_wait() {
    let mut world = world(&["anna", "bert"]);
    let proposal = waits(&world.govern(apply(signed_in("anna"), PROMOTED))).unwrap();
    let mut later = world.clone();
    later.now = later.now.after(Span::hours(7 * 24));
    assert!(later.governs(&second(&world, "bert", proposal)).refused.is_some());
    let mut back = world.clone();
    back.govern(ControlCommand::Withdraw { by: by("otto"), proposal });
    assert!(back.control.proposals.is_empty());
    assert!(back.governs(&second(&world, "bert", proposal)).refused.is_some());
    for number in 1..32 {
        let one = format!(r#"{{"kind":"person","name":"p{number}","roles":["clerk"]}}"#);
        assert!(waits(&world.govern(apply(signed_in("anna"), &one))).is_some(), "{number}");
    }
    assert!(world.governs(&apply(signed_in("anna"), PROMOTED)).refused.is_some());
    assert_eq!(
        kinds(&world.governs(&apply(signed_in("anna"), r#"{"kind":"person","name":"carl"}"#))),
        ["control.applied"],
        "what tightens waits for no room"
    );
}

#[test]
fn an_agent_and_all_work_are_stopped_at_once_and_go_on_by_two() {
    let mut world = world(&["anna", "bert"]);
    let tenant = |running| ControlCommand::Tenant { by: signed_in("anna"), running };
    assert_eq!(kinds(&world.govern(tenant(false))), ["control.tenant"]);
    let proposal = waits(&world.govern(tenant(true))).unwrap();
    assert!(!world.control.running);
    let done = both(&mut world, proposal);
    assert_eq!(kinds(&done), ["control.seconded", "control.tenant"]);
    assert!(world.control.running);

    let agent = world.control.agents.keys().next().unwrap().clone();
    let act = |active| ControlCommand::Agent { by: signed_in("anna"), agent: agent.clone(), active };
    assert_eq!(kinds(&world.govern(act(false))), ["control.agent"]);
    let proposal = waits(&world.govern(act(true))).unwrap();
    assert!(!world.control.agents[&agent].active);
    both(&mut world, proposal);
    assert!(world.control.agents[&agent].active);
}

#[test]
fn a_second_passkey_is_invited_by_its_person_or_by_two() {
    let mut world = world(&["anna", "bert"]);
    let expires = world.now.after(Span::hours(1));
    let invite = |by: By, code: &[u8]| ControlCommand::Invite {
        by,
        person: person("bert"),
        code: sha256(code),
        expires,
        signed: None,
    };
    assert_eq!(kinds(&world.governs(&invite(signed_in("bert"), b"own"))), ["control.invited"]);
    assert!(waits(&world.governs(&invite(by("bert"), b"socket"))).is_some(), "an account is not the person");
    let proposal = waits(&world.govern(invite(signed_in("anna"), b"anna"))).unwrap();
    world.govern(second(&world, "anna", proposal));
    assert!(world.control.invites.is_empty(), "it is invited by two, and one of them is not enough");
    // nor is it another's way that the first passkey is gone
    world.govern(ControlCommand::Unenroll {
        by: signed_in("anna"),
        person: person("bert"),
        id: "key-of-bert".to_owned(),
    });
    assert!(waits(&world.governs(&invite(signed_in("anna"), b"again"))).is_some());
    assert!(refusal(&world.governs(&second(&world, "anna", proposal))).contains("signed it already"));
}

#[test]
fn an_invitation_that_two_signed_goes_with_a_passkey_of_either() {
    for gone in ["anna", "bert", "dora"] {
        let mut world = world(&["anna", "bert", "dora", "carl"]);
        let expires = world.now.after(Span::hours(1));
        let (code, signed) = (sha256(b"carl again"), Some(sha256(b"challenge")));
        let invite = ControlCommand::Invite { by: signed_in("anna"), person: person("carl"), code, expires, signed };
        let proposal = waits(&world.govern(invite.clone())).unwrap();
        assert!(world.governs(&invite).refused.is_some(), "what was signed is proposed once");
        both(&mut world, proposal);
        assert_eq!(world.control.invites.len(), 1);
        assert!(world.control.invites.values().all(|invite| invite.expires < Micros(u64::MAX)));
        world.govern(ControlCommand::Unenroll { by: by("otto"), person: person(gone), id: format!("key-of-{gone}") });
        assert_eq!(world.control.invites.is_empty(), gone != "dora", "{gone}");
    }
}

#[test]
fn what_a_server_offers_now_waits_unless_it_stands_as_it_is() {
    let mut world = world(&["anna", "bert"]);
    let (server, entry) = world.control.servers.iter().find(|(_, entry)| entry.identity.is_some()).unwrap();
    let (server, identity) = (server.clone(), entry.identity.unwrap());
    let own = world.control.tools.values().filter(|tool| *tool.pinned.tool.server() == server);
    let tools: Vec<_> = own.map(|tool| tool.pinned.clone()).collect();
    let review = |identity, tools| ControlCommand::Review {
        accepted: Vec::new(),
        by: signed_in("anna"),
        server: server.clone(),
        identity,
        tools,
    };
    assert_eq!(kinds(&world.governs(&review(identity, tools.clone()))), ["control.reviewed"]);
    assert!(waits(&world.governs(&review(sha256(b"another"), tools.clone()))).is_some());
    let mut new = tools;
    new[0].pin = sha256(b"other words");
    let proposal = waits(&world.govern(review(identity, new.clone()))).unwrap();
    both(&mut world, proposal);
    assert_eq!(world.control.tools[&new[0].tool].pinned.pin, new[0].pin);
}

#[test]
fn what_is_signed_is_in_canonical_form_and_names_the_documents() {
    let mut world = world(&["anna", "bert"]);
    let proposal = waits(&world.govern(apply(signed_in("anna"), PROMOTED))).unwrap();
    let statement = &world.control.proposals[&proposal].statement;
    assert_eq!(json(&statement.text()).canonical(), statement.text());
    let document = Document::read(&json(PROMOTED)).unwrap();
    assert!(statement.text().contains(&sha256(&document.bytes()).to_string()));
    assert!(statement.loosens.iter().any(|line| line.contains("treasurer")), "{:?}", statement.loosens);
    let kept = world.control.to_kept().unwrap();
    assert_eq!(ControlState::from_kept(&kept), Ok(world.control), "it waits on, whoever reads the state back");
}

#[test]
fn observation_waits_for_a_second_person_who_signs_what_it_lets_through() {
    let mut world = world(&["ann", "bert"]);
    let said = crate::Observe {
        agent: agent("payer"),
        by: signed_in("ann"),
        reason: "to see what it needs".to_owned(),
        server: crate::ServerName::parse("bank").unwrap(),
        span: Span::hours(24),
    };
    let decided = world.govern(ControlCommand::Observe(Box::new(said)));
    let number = waits(&decided).expect("it waits");
    assert_eq!(world.control.observed(world.now).count(), 0, "nothing is observed before it is signed");
    let lines = &world.control.proposals[&number].statement.loosens;
    assert!(lines[0].contains("agent payer at server bank"), "{lines:?}");
    world.pass(Span::hours(2));
    world.govern(second(&world, "ann", number));
    let signed = world.govern(second(&world, "bert", number));
    assert_eq!(signed.refused, None);
    let all: Vec<_> = world.control.observed(world.now).collect();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].1.expires, world.control.at.after(Span::hours(24)), "its time runs from the second signature");
    let ended = world.govern(ControlCommand::EndObservation { by: signed_in("bert"), observation: all[0].0 });
    assert!(waits(&ended).is_none() && ended.refused.is_none(), "it ends at once");
}

#[test]
fn where_people_sign_what_was_left_is_lowered_by_a_second_person() {
    let mut world = world(&["anna", "bert"]);
    let said = LowerPlace {
        by: signed_in("anna"),
        class: DataClass::parse("payroll").unwrap(),
        event: None,
        reason: "it is empty".to_owned(),
        server: ServerName::parse("bank").unwrap(),
        until: 9,
    };
    let proposal = waits(&world.govern(ControlCommand::LowerPlace(Box::new(said)))).expect("it loosens");
    let loosens = world.control.proposals[&proposal].statement.loosens.concat();
    for told in ["anywhere on server bank", "payroll", "it is empty"] {
        assert!(loosens.contains(told), "{loosens}");
    }
    assert_eq!(kinds(&world.govern(second(&world, "anna", proposal))), ["control.seconded"]);
    assert!(refusal(&world.governs(&second(&world, "anna", proposal))).contains("signed it already"));
    let done = world.govern(second(&world, "bert", proposal));
    assert_eq!(kinds(&done), ["control.seconded", "control.place_lowered"]);
    let Data::ControlPlaceLowered(lowered) = &done.events[1].data else { panic!("{done:?}") };
    assert_eq!(
        (lowered.until, &lowered.by.person),
        (9, &person("anna")),
        "as far as it was looked at when it was proposed"
    );
}
