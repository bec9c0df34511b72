//! Consent, its second act, and the key that takes a grant.

use super::prelude::*;
use super::world::*;

fn start_with(world: &mut World, edit: impl FnOnce(&mut Start)) -> Decided {
    let mut start = World::start_command("pay-invoice");
    edit(&mut start);
    let facts = world.facts();
    world.run(&Command::Start(Box::new(start)), &facts)
}

#[test]
fn a_start_is_a_task_and_its_root_grant() {
    let mut world = World::new();
    let decided = world.start("pay-invoice");
    let kinds: Vec<_> = decided.events.iter().map(|event| event.data.kind()).collect();
    assert_eq!(kinds, ["task.started", "grant.minted"]);
    assert_eq!(decided.grant, world.task.root);
    assert_eq!(world.task.intent.as_deref(), Some("Pay the invoice of Acme Ltd, at most 500"));
    assert_eq!(code(&world.start("pay-invoice")), Code::NotPossible, "a task starts once");
    world.replay();
}

#[test]
fn a_start_needs_a_person_an_agent_and_values_that_the_template_names() {
    type Edit = fn(&mut Start);
    let edits: [(Edit, Code, &str); 7] = [
        (|start| start.by = by("otto"), Code::NotAvailable, "pay-invoice"),
        (|start| start.by = by("nobody"), Code::NotAvailable, "pay-invoice"),
        (|start| start.agent = agent("other"), Code::NotAvailable, "other"),
        (|start| start.agent = agent("unknown"), Code::NotAvailable, "unknown"),
        (|start| start.template = TemplateName::parse("unknown").unwrap(), Code::NotAvailable, "unknown"),
        (|start| drop(start.parameters.insert("max".to_owned(), "500.01".to_owned())), Code::ArgumentNotGranted, "max"),
        (|start| drop(start.parameters.remove("iban")), Code::ArgumentNotGranted, "iban"),
    ];
    for (edit, expected, asked) in edits {
        let mut world = World::new();
        let decided = start_with(&mut world, edit);
        assert_eq!((code(&decided), decided.reasons[0].asked.as_deref()), (expected, Some(asked)));
        assert!(decided.events.is_empty() && decided.grant.is_none());
    }
    assert_eq!(start_with(&mut World::new(), |_| ()).verdict, Verdict::Done);
}

#[test]
fn a_start_without_drawn_ids_is_not_possible() {
    let mut world = World::new();
    let start = Command::Start(Box::new(World::start_command("pay-invoice")));
    let facts = Facts { ids: vec![Salt::new([1; 16])], ..world.facts() };
    assert_eq!(code(&world.ask(&start, &facts)), Code::NotPossible);
}

#[test]
fn the_salt_of_a_task_stands_in_no_clear_bytes() {
    let world = World::ready();
    let salt = world.task.salt.unwrap().to_string();
    for (event, _) in &world.events {
        let clear = String::from_utf8(event.clear(None).unwrap()).unwrap();
        assert!(!clear.contains(&salt), "{clear}");
    }
}

#[test]
fn the_second_act_is_the_requesters_own() {
    let mut world = World::new();
    world.start("pay-invoice");
    world.bind('a');
    let facts = world.facts();
    let by_another = Command::Consent { grant: world.grant(), by: by("otto") };
    assert_eq!(code(&world.ask(&by_another, &facts)), Code::NotAvailable);
    assert_eq!(code(&world.pay("1")), Code::ConsentMissing);
    assert_eq!((world.consent().events.len(), world.consent().events.len()), (1, 0));
    allowed(&world.pay("1"));
}

#[test]
fn there_is_no_second_act_where_nothing_is_privileged() {
    let mut world = World::broad();
    assert_eq!(code(&world.consent()), Code::NotPossible);
}

#[test]
fn nobody_takes_a_grant_of_another_agent() {
    let mut world = World::new();
    world.start("pay-invoice");
    let facts = world.facts_of_other('o');
    assert_eq!(code(&world.ask(&Command::Bind { grant: world.grant() }, &facts)), Code::NotAvailable);
    let facts = world.facts();
    assert_eq!(code(&world.ask(&Command::Bind { grant: world.grant() }, &facts)), Code::CallerUnknown);
    assert_eq!(code(&world.pay("1")), Code::KeyNotBound, "no key is bound yet");
}

#[test]
fn another_key_retires_the_first_and_leaves_its_open_acts_in_doubt() {
    let mut world = World::ready();
    let (open, read) = (allowed(&world.pay("10")), allowed(&world.call("mail/search")));
    let decided = world.bind('b');
    let kinds: Vec<_> = decided.events.iter().map(|event| event.data.kind()).collect();
    assert_eq!(kinds, ["key.bound", "action.doubtful", "action.ended"]);
    assert_eq!(world.task.acts[&open].standing, ActStanding::Doubtful);
    assert!(!world.task.acts.contains_key(&read), "a read settles itself");
    assert_eq!(code(&world.call("mail/search")), Code::KeyNotBound);
    assert_eq!(world.charged(1, &eur()), amount("10"));
    world.replay();
}

#[test]
fn a_retired_key_does_not_come_back_by_a_copy_of_what_bound_it() {
    let mut world = World::new();
    world.start("pay-invoice");
    let facts = world.facts_of('a');
    let bind = Command::Bind { grant: world.grant() };
    assert_eq!(world.run(&bind, &facts).events.len(), 1);
    assert!(world.run(&bind, &facts).events.is_empty(), "asked again while it stands, nothing changes");
    world.bind('b');
    assert_eq!(code(&world.run(&bind, &facts)), Code::ProofReplayed);
}

#[test]
fn the_same_instance_attested_anew_keeps_what_it_has_open() {
    let mut world = World::ready();
    let act = allowed(&world.pay("10"));
    let mut facts = world.facts_of('a');
    facts.caller.as_mut().unwrap().attestation = Some(digest("fresh"));
    let attempt = Command::Attempt(Box::new(world.attempt_command(world.payment("11"))));
    assert_eq!(code(&world.ask(&attempt, &facts)), Code::KeyNotBound);
    let decided = world.run(&Command::Bind { grant: world.grant() }, &facts);
    assert_eq!(decided.events.len(), 1);
    assert_eq!(world.task.acts[&act].standing, ActStanding::Open);
    let mut facts = world.facts_of('a');
    facts.caller.as_mut().unwrap().attestation = Some(digest("fresh"));
    allowed(&world.ask(&attempt, &facts));
    world.replay();
}

#[test]
fn a_suspended_agent_takes_no_grant() {
    let mut world = World::new();
    world.suspend(false);
    world.suspend(true);
    world.start("pay-invoice");
    assert_eq!(world.clone().bind('a').verdict, Verdict::Done);
    // A grant that was made after the suspension, while the agent is suspended once more by a leaf not yet numbered.
    world.control.agents.get_mut(&agent("payer")).unwrap().active = false;
    assert_eq!(code(&world.bind('a')), Code::AgentInactive);
}

#[test]
fn an_erased_envelope_or_salt_decides_nothing() {
    let world = World::ready();
    let erased = |kind: &str| {
        let mut task = TaskState::empty(world.task.tenant, world.task.id);
        for (event, leaf) in &world.events {
            let mut event = event.clone();
            match &mut event.data {
                Data::TaskStarted(started) if kind == "task.started" => started.private = None,
                Data::GrantMinted(minted) if kind == "grant.minted" => minted.private = None,
                _ => {}
            }
            task.apply(&event, *leaf).unwrap();
        }
        World { task, ..world.clone() }
    };
    for kind in ["task.started", "grant.minted"] {
        let mut world = erased(kind);
        let refused = world.pay("1");
        assert_eq!((code(&refused), refused.reasons[0].asked.as_deref()), (Code::GrantEnded, Some("erased")));
        assert_eq!(code(&world.call("mail/search")), Code::GrantEnded);
    }
    let mut world = erased("grant.minted");
    assert!(matches!(&world.tick().events[0].data, Data::TaskEnded(_)));
    assert_eq!(world.tick().events.len(), 0);
}

#[test]
fn a_harmless_title_does_not_hide_what_its_rows_grant() {
    let mut world = World::new();
    world.documents(&[
        r#"{"kind":"template","name":"look-only","purpose":"upkeep","intent":"Only look, change nothing",
        "start":{"who":["anyone"],"agents":["payer"]},
        "grant":[{"tools":["mail/search"],"resources":"any"},
            {"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"each":"90.00","total":"90.00"}}}]}"#,
    ]);
    let mut start = World::start_command("pay-monthly");
    start.template = TemplateName::parse("look-only").unwrap();
    let facts = world.facts();
    let started = world.run(&Command::Start(Box::new(start)), &facts);
    let said = |decided: &Decided| {
        let words = decided.events.iter().find_map(|event| match &event.data {
            Data::TaskStarted(started) => started.private.as_ref().map(|private| private.consent.clone()),
            Data::TaskAmended(amended) => amended.private.as_ref().map(|private| private.consent.clone()),
            _ => None,
        });
        words.unwrap()
    };
    let first = said(&started);
    assert!(first.contains("mail/search") && !first.contains("Only look"), "{first}");
    world.bind('a');
    assert_eq!(code(&world.pay("1")), Code::ConsentMissing, "what its title does not say is asked for by itself");
    let second = said(&world.consent());
    for word in ["transfer", "bank/pay", "90 EUR"] {
        assert!(second.contains(word), "{word} is not in {second}");
    }
}
