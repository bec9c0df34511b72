//! Acts that a person signs: each over all that it comes to, once, by whose passkey it is.

use super::prelude::*;
use super::sources::{payroll, with_payroll};
use super::world::*;
use crate::json::Json;
use crate::{ConsentAct, ConsentStatement, Signed, SignedConsent, consent_act, consent_shown, shown_digest};

const MORE: &str = r#"{"kind":"template","name":"more","purpose":"accounts-payable","intent":"order as well",
    "start":{"who":["anna"],"agents":["payer"]},"grant":[{"tools":["bank/order"],"effect":"write","uses":1}]}"#;

fn with(part: fn() -> String, name: &str) -> Assertion {
    Assertion { authenticator_data: part(), client_data: part(), id: passkey_of(name), signature: part() }
}

/// A signature over what an act comes to now.
fn sign(world: &mut World, command: Command, name: &str) -> Signed<Command> {
    signs(world, command, name).unwrap()
}

/// The same, or why it would be refused.
pub(super) fn signs(world: &mut World, command: Command, name: &str) -> Result<Signed<Command>, Reason> {
    let facts = world.facts();
    signs_by(world, command, name, &facts)
}

/// The same by these facts.
pub(super) fn signs_by(world: &World, command: Command, name: &str, facts: &Facts) -> Result<Signed<Command>, Reason> {
    let shown = consent_shown(world.view(), &world.policy, &command, Salt::new([5; 16]), facts)?;
    let statement = ConsentStatement {
        act: consent_act(&command).unwrap().0,
        epoch: world.control.epoch,
        nonce: format!("nonce{}", world.drawn),
        not_after: world.now.after(Span::minutes(2)),
        origin: world.control.origin.clone(),
        person: person(name),
        shown: shown_digest(&shown),
        task: Some(world.task.id),
        of: ConsentStatement::TYPE.to_owned(),
    };
    Ok(Signed { command, consent: SignedConsent { assertion: with(|| PART.to_owned(), name), statement }, shown })
}

pub(super) fn says(world: &mut World, said: &Signed<Command>) -> Decided {
    let facts = world.facts();
    world.run(&Command::Signed(Box::new(said.clone())), &facts)
}

fn start_as(name: &str) -> Command {
    Command::Start(Box::new(Start { by: signer(name), ..World::start_command("pay-invoice") }))
}

fn amend(world: &World, change: AmendChange) -> Command {
    Command::Amend(Box::new(Amend { by: signer("anna"), grant: world.grant(), change, wish: None }))
}

fn widen() -> AmendChange {
    let template = TemplateName::parse("more").unwrap();
    AmendChange::Widen { template, parameters: Default::default(), only: Vec::new(), seen: None }
}

/// A directory in which everybody has a passkey, and no task yet.
fn ready() -> World {
    let mut world = World::new();
    world.documents(&[r#"{"kind":"person","name":"bea","roles":["boss"]}"#]);
    ["anna", "otto", "bea"].into_iter().for_each(|name| world.enrol(name));
    world
}

fn started() -> World {
    let mut world = ready();
    let said = sign(&mut world, start_as("anna"), "anna");
    assert_eq!(says(&mut world, &said).verdict, Verdict::Done);
    world
}

/// Each act that is signed, on a state that it can be done on.
fn each() -> Vec<(World, Command)> {
    let doubt = || {
        let mut world = started();
        let grant = world.grant();
        let confirm = Command::Consent { grant, by: signer("anna") };
        let said = sign(&mut world, confirm, "anna");
        says(&mut world, &said);
        world.bind('a');
        let act = allowed(&world.pay("10"));
        world.doubt(act);
        (world, act)
    };
    let mut more = started();
    more.documents(&[MORE]);
    let of = started();
    let confirm = Command::Consent { grant: of.grant(), by: signer("anna") };
    let (renew, widened) = (amend(&of, AmendChange::Renew { waits: true }), amend(&more, widen()));
    let (doubted, act) = doubt();
    let leaf = doubted.task.acts[&act].leaf;
    let settle = SettleDoubt {
        act,
        leaf,
        by: signer("otto"),
        done: false,
        measured: Vec::new(),
        evidence: "the bank has no such payment".to_owned(),
    };
    let (read, lower) = touched();
    vec![
        (read, lower),
        (ready(), start_as("anna")),
        (of.clone(), confirm),
        (of, renew),
        (more, widened),
        (doubted, Command::SettleDoubt(Box::new(settle))),
    ]
}

/// A holder who has read salaries, and an administrator who says that they count no more.
fn touched() -> (World, Command) {
    let mut world = with_payroll(r#""read":["internal","payroll"],"#);
    world.documents(&[r#"{"kind":"person","name":"otto","roles":["administrator"]}"#]);
    let read = payroll(&world);
    allowed(&world.attempt(read));
    let (class, reason) = (DataClass::parse("payroll").unwrap(), "only the head count".to_owned());
    let said = LowerLabel { grant: world.grant(), by: signer("otto"), class, reason, value: None };
    (world, Command::Lower(Box::new(said)))
}

/// The same, made sure in another way.
fn assured(command: &Command, assurance: Assurance) -> Command {
    let mut command = command.clone();
    let by = match &mut command {
        Command::Start(said) => &mut said.by,
        Command::Consent { by, .. } => by,
        Command::Amend(said) => &mut said.by,
        Command::SettleDoubt(said) => &mut said.by,
        Command::Lower(said) => &mut said.by,
        other => panic!("{other:?}"),
    };
    by.assurance = assurance;
    command
}

fn who(command: &Command) -> String {
    consent_act(command).unwrap().1.person.to_string()
}

/// The signature that an event keeps, and what was shown beside it.
fn kept(event: &Event) -> (SignedConsent, Json) {
    let (signed, shown) = match &event.data {
        Data::TaskStarted(of) => (of.signed.clone(), of.private.as_ref().and_then(|private| private.shown.clone())),
        Data::TaskAmended(of) => (of.signed.clone(), of.private.as_ref().and_then(|private| private.shown.clone())),
        Data::ActionEnded(of) => {
            let result = of.private.as_ref().and_then(|private| private.result.as_ref());
            (of.signed.clone(), result.and_then(|result| result.get("shown").cloned()))
        }
        Data::LabelLowered(of) => (of.signed.clone(), of.private.as_ref().and_then(|private| private.shown.clone())),
        other => panic!("{}", other.kind()),
    };
    (*signed.unwrap(), shown.unwrap())
}

#[test]
fn what_is_signed_is_what_is_written_and_stands_beside_it() {
    for (mut world, command) in each() {
        let said = sign(&mut world, command.clone(), &who(&command));
        let decided = says(&mut world, &said);
        assert_eq!(decided.verdict, Verdict::Done, "{command:?}: {:?}", decided.reasons);
        let (consent, shown) = kept(&decided.events[0]);
        assert_eq!((consent.statement.digest(), &shown), (said.consent.statement.digest(), &said.shown));
        assert_eq!(consent.statement.shown, shown_digest(&shown), "the statement computes again");
        let clear = String::from_utf8(decided.events[0].clear(None).unwrap()).unwrap();
        assert!(!clear.contains(&Salt::new([5; 16]).to_string()), "what blinds it stands in no clear bytes");
        world.replay();
    }
}

#[test]
fn nothing_says_that_it_was_signed_without_its_signature() {
    for (mut world, command) in each() {
        let facts = world.facts();
        let no = world.run(&command, &facts);
        assert_eq!((code(&no), no.events.len()), (Code::NotPossible, 0), "{command:?}");
    }
}

#[test]
fn nothing_but_a_signature_is_consent_and_a_session_is_none() {
    let weak = [Assurance::Session, Assurance::KeyOnly, Assurance::Oidc, Assurance::Spiffe];
    for (mut world, command) in each() {
        for assurance in weak {
            let (facts, said) = (world.facts(), assured(&command, assurance));
            let no = world.run(&said, &facts);
            assert_eq!((code(&no), no.events.len()), (Code::NotPossible, 0), "{said:?}");
            let mut signed = sign(&mut world, command.clone(), &who(&command));
            signed.command = said;
            let no = says(&mut world, &signed);
            assert_eq!((code(&no), no.events.len()), (Code::NotPossible, 0), "{signed:?}");
        }
    }
}

#[test]
fn what_a_holder_read_since_it_was_shown_is_not_what_was_signed() {
    let (mut world, command) = touched();
    let said = sign(&mut world, command, "otto");
    let more = Action { classes: vec![DataClass::parse("internal").unwrap()], ..payroll(&world) };
    allowed(&world.attempt(more));
    assert_eq!(code(&says(&mut world, &said)), Code::NotPossible);
}

#[test]
fn what_was_signed_is_used_once() {
    for (mut world, command) in each() {
        let said = sign(&mut world, command.clone(), &who(&command));
        assert_eq!(says(&mut world, &said).verdict, Verdict::Done);
        let again = says(&mut world, &said);
        assert_eq!((code(&again), again.events.len()), (Code::NotPossible, 0), "{command:?}");
    }
}

#[test]
fn a_signature_of_somebody_else_or_of_something_else_moves_nothing() {
    type Spoil = fn(&mut Signed<Command>);
    let spoils: [(&str, Spoil); 13] = [
        ("another's passkey", |said| said.consent.assertion.id = passkey_of("bea")),
        ("a passkey that nobody has", |said| said.consent.assertion.id = "bm9uZQ".to_owned()),
        ("another person's statement", |said| said.consent.statement.person = person("bea")),
        ("another act", |said| {
            let of = said.consent.statement.act;
            said.consent.statement.act = if of == ConsentAct::Start { ConsentAct::Confirm } else { ConsentAct::Start };
        }),
        ("another task", |said| said.consent.statement.task = Some(TaskId::new([7; 16]))),
        ("another epoch", |said| said.consent.statement.epoch += 1),
        ("another log", |said| said.consent.statement.origin = "example/other".to_owned()),
        ("another form", |said| said.consent.statement.of = "bailiwick/change/1".to_owned()),
        ("no nonce", |said| said.consent.statement.nonce = String::new()),
        ("another digest", |said| said.consent.statement.shown = digest("something else")),
        ("something else shown", |said| {
            said.shown = json(r#"{"act":"start","blind":"05050505050505050505050505050505"}"#);
        }),
        ("nothing shown", |said| said.shown = Json::Null),
        ("no signature", |said| said.consent.assertion.signature = String::new()),
    ];
    for (mut world, command) in each() {
        let good = sign(&mut world, command.clone(), &who(&command));
        for (what, spoil) in spoils {
            let mut said = good.clone();
            spoil(&mut said);
            let no = says(&mut world, &said);
            assert_eq!((code(&no), no.events.len()), (Code::NotPossible, 0), "{what}: {command:?}");
        }
        assert_eq!(says(&mut world, &good).verdict, Verdict::Done, "{command:?}");
    }
}

#[test]
fn what_was_signed_too_long_ago_or_for_too_long_is_worth_nothing() {
    for (mut world, command) in each() {
        let good = sign(&mut world, command.clone(), &who(&command));
        let mut long = good.clone();
        long.consent.statement.not_after = world.now.after(Span::hours(1));
        assert_eq!(code(&says(&mut world, &long)), Code::NotPossible);
        world.pass(Span::minutes(2));
        assert_eq!(code(&says(&mut world, &good)), Code::NotPossible, "{command:?}");
    }
}

#[test]
fn a_passkey_that_was_taken_away_signs_nothing_any_more() {
    for (mut world, command) in each() {
        let name = who(&command);
        let said = sign(&mut world, command, &name);
        let gone = ControlCommand::Unenroll { by: by("otto"), person: person(&name), id: passkey_of(&name) };
        assert_eq!(world.govern(gone).refused, None);
        assert_eq!(code(&says(&mut world, &said)), Code::NotPossible);
    }
}

#[test]
fn what_changed_since_it_was_shown_is_not_what_was_signed() {
    let mut world = started();
    world.documents(&[MORE]);
    let command = amend(&world, widen());
    let said = sign(&mut world, command, "anna");
    world.documents(&[&MORE.replace("\"uses\":1", "\"uses\":9")]);
    assert_eq!(code(&says(&mut world, &said)), Code::NotPossible, "another template");
    let confirm = Command::Consent { grant: world.grant(), by: signer("anna") };
    let said = sign(&mut world, confirm, "anna");
    let fewer = amend(&world, AmendChange::Narrow { rows: vec![1], within: None });
    let facts = world.facts();
    assert_eq!(world.run(&fewer, &facts).verdict, Verdict::Done, "what tightens needs no signature");
    assert_eq!(code(&says(&mut world, &said)), Code::NotPossible, "other rows");
}

#[test]
fn what_is_renewed_waits_for_the_second_act_where_it_is_privileged() {
    let mut world = World::ready();
    let grant = world.grant();
    let renew = |waits| {
        Command::Amend(Box::new(Amend { by: by("anna"), grant, change: AmendChange::Renew { waits }, wish: None }))
    };
    let facts = world.facts();
    world.run(&renew(true), &facts);
    assert_eq!(code(&world.pay("1")), Code::ConsentMissing);
    allowed(&world.call("mail/search"));
    world.consent();
    allowed(&world.pay("1"));
    // as it was recorded before
    world.run(&renew(false), &facts);
    allowed(&world.pay("1"));
    world.replay();
}
