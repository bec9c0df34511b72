//! Handing work on is an act of its own, and what is handed on only shrinks.

use super::prelude::*;
use super::world::*;

const LOOK_UP: &str = r#"{"delegate":"other","purpose":"look up the payee","grant":[{"tools":["mail/search"]}]}"#;

fn request(delegate: &str, rest: &str) -> String {
    format!(r#"{{"delegate":"{delegate}","purpose":"p"{rest}}}"#)
}

/// A request to hand on one payment's row, and whatever else is said.
fn to_pay(delegate: &str, rest: &str) -> String {
    request(delegate, &format!(r#","grant":[{{"tools":["bank/pay"],"effect":"transfer"{rest}}}]"#))
}

fn handed(decided: &Decided) -> GrantId {
    assert_eq!(decided.verdict, Verdict::Done, "{:?}", decided.reasons);
    decided.grant.unwrap()
}

fn told(decided: &Decided) -> (Code, Option<String>, Option<&str>) {
    assert_eq!(decided.verdict, Verdict::Deny);
    let reason = decided.reasons.first().unwrap();
    (reason.code, reason.at.as_ref().map(ToString::to_string), reason.most.as_deref())
}

#[test]
fn handing_on_is_an_act_whose_outcome_is_the_grant_it_makes() {
    let mut world = World::ready();
    let decided = world.hand_on(world.grant(), LOOK_UP);
    let child = handed(&decided);
    let kinds: Vec<&str> = decided.events.iter().map(|event| event.data.kind()).collect();
    assert_eq!(kinds, ["action.begun", "grant.minted"]);
    assert_eq!((world.task.open, world.task.acts.len()), (0, 0), "nothing of it stays open");
    let state = &world.task.grants[&child];
    assert_eq!((state.parent, state.holder.as_str()), (Some(world.grant()), "other"));
    assert!(state.key.is_none(), "only a process of the delegate's can take it");
    assert_eq!(state.envelope.as_ref().unwrap().delegates(), None, "nothing said is nothing to hand on");
    world.replay();
}

#[test]
fn a_delegate_does_what_it_was_handed_and_nothing_beside() {
    let mut world = World::ready();
    let child = handed(&world.hand_on(world.grant(), LOOK_UP));
    assert_eq!(world.bind_grant(child, 'o').verdict, Verdict::Done);
    let by = |world: &mut World, action: Action| {
        let facts = world.facts_of_other('o');
        let attempt = Attempt { grant: child, ..world.attempt_command(action) };
        world.run(&Command::Attempt(Box::new(attempt)), &facts)
    };
    let look = world.action("mail/search", "{}");
    assert!(matches!(by(&mut world, look).verdict, Verdict::Allow { .. }));
    let pay = world.payment("1");
    assert_eq!(told(&by(&mut world, pay)).0, Code::NotAvailable, "a tool that only the delegator has");
    let further =
        delegate_action(json(&request("third", r#","grant":[{"tools":["mail/search"]}]"#)), None, &world.control);
    assert_eq!(told(&by(&mut world, further.unwrap())).0, Code::DelegationNotGranted);
    world.revoke();
    let look = world.action("mail/search", "{}");
    assert_eq!(told(&by(&mut world, look)).0, Code::TaskEnded, "what ends the root ends all below");
    world.replay();
}

#[test]
fn to_whom_work_goes_is_asked_before_anything_is_told_of_them() {
    let mut world = World::ready();
    let root = world.grant();
    let row = r#","grant":[{"tools":["mail/search"]}]"#;
    let ask = |world: &mut World, whom: &str| world.hand_on(root, &request(whom, row));
    let whom = Some("other, third");
    assert_eq!(told(&ask(&mut world, "nobody")), (Code::DelegationNotGranted, None, whom));
    assert_eq!(told(&ask(&mut world, "afar")), (Code::DelegationNotGranted, None, whom), "a foreign agent");
    assert_eq!(told(&ask(&mut world, "payer")).0, Code::DelegateInLineage, "oneself");
    world.govern(ControlCommand::Agent { by: by("otto"), agent: agent("other"), active: false });
    assert_eq!(told(&ask(&mut world, "other")).0, Code::AgentInactive);
    assert_eq!(world.task.grants.len(), 1);
}

#[test]
fn work_is_not_handed_back_nor_further_than_the_depth_allows() {
    let mut world = World::ready();
    let further = r#","grant":[{"tools":["mail/search"]}],"delegation":{"agents":["third","other"],"depth":1}"#;
    let child = handed(&world.hand_on(world.grant(), &request("other", further)));
    world.bind_grant(child, 'o');
    let back = r#","grant":[{"tools":["mail/search"]}]"#;
    assert_eq!(told(&world.hand_on(child, &request("payer", back))).0, Code::DelegateInLineage, "an ancestor");
    let deeper = told(&world.hand_on(child, &request("third", further))).1;
    assert_eq!(deeper.as_deref(), Some("/delegation/depth"), "a depth of one leaves none below");
    let grandchild = handed(&world.hand_on(child, &request("third", back)));
    world.bind_grant(grandchild, 't');
    assert_eq!(told(&world.hand_on(grandchild, &request("other", back))).0, Code::DelegateInLineage);
    let lineage: Vec<&str> =
        world.task.lineage(grandchild).unwrap().iter().map(|grant| grant.holder.as_str()).collect();
    assert_eq!(lineage, ["payer", "other", "third"]);
    world.replay();
}

#[test]
fn what_goes_beyond_is_refused_with_the_axis_and_the_most() {
    let mut world = World::ready();
    let root = world.grant();
    let cases = [
        (to_pay("other", r#","meters":{"EUR":{"total":"500.01"}}"#), "/grant/0/meters/EUR/total", "500"),
        (to_pay("other", r#","when":{"/iban":{"equals":"x"}}"#), "/grant/0/when/~1iban/equals", IBAN),
        (to_pay("other", r#","uses":6"#), "/grant/0/uses", "5"),
        (request("other", r#","grant":[{"tools":["bank/hidden"]}]"#), "/grant/0/tools", "mail/*"),
        (request("other", r#","grant":[{"tools":["mail/search"]}],"window":"61m""#), "/window", "3600 s"),
    ];
    for (asked, at, most) in cases {
        let decided = world.hand_on(root, &asked);
        let (code, place, could) = told(&decided);
        assert_eq!((code, place.as_deref()), (Code::BeyondGrant, Some(at)), "{asked}");
        let told = decided.reasons[0].to_string();
        assert!(could.is_some() && told.contains(most), "{asked}: {told}");
    }
    world.pass(Span::minutes(2));
    let asked = to_pay("other", r#","when":{"/iban":{"equals":"x"}}"#);
    let refused = world.hand_on(root, &asked);
    let clear = String::from_utf8(refused.events[0].clear(None).unwrap()).unwrap();
    assert!(
        clear.contains("beyond_grant") && !clear.contains(IBAN),
        "a condition's value is told, never written: {clear}"
    );
    let two = to_pay("other", r#","uses":6,"meters":{"EUR":{"total":"501","each":"501"}}"#);
    assert_eq!(world.hand_on(root, &two).reasons.len(), 2, "each axis is told, to the first part of each");
    assert_eq!(world.task.grants.len(), 1);
}

#[test]
fn the_second_act_of_consent_comes_before_handing_on() {
    let mut world = World::new();
    world.start("pay-invoice");
    world.bind('a');
    assert_eq!(told(&world.hand_on(world.grant(), LOOK_UP)).0, Code::ConsentMissing);
    world.consent();
    handed(&world.hand_on(world.grant(), LOOK_UP));
}

#[test]
fn what_nobody_granted_a_role_for_is_not_handed_on() {
    let mut world = World::ready();
    world.documents(&[r#"{"kind":"role","name":"payer","allow":[{"tools":["*"],"effects":["read","transfer"]}]}"#]);
    assert_eq!(told(&world.hand_on(world.grant(), LOOK_UP)).0, Code::RoleNotGranted);
    world.policy = Says(Answer::Nothing);
    world.documents(&[r#"{"kind":"role","name":"payer","allow":[{"tools":["*"],"effects":["read","delegate"]}]}"#]);
    assert_eq!(told(&world.hand_on(world.grant(), LOOK_UP)).0, Code::PolicyNotPermitted);
}

#[test]
fn the_same_request_under_one_key_makes_one_grant() {
    let mut world = World::ready();
    let key = || Some(IdempotencyKey::parse("k").unwrap());
    let once = |world: &mut World| {
        let action = delegate_action(json(LOOK_UP), key(), &world.control).unwrap();
        world.hand_on_by(world.grant(), action)
    };
    let child = handed(&once(&mut world));
    let Verdict::Again { act } = once(&mut world).verdict else { panic!("another grant was made") };
    assert_eq!(world.task.grants[&child].act, Some(act), "the grant is found by the act that made it");
    let other =
        delegate_action(json(&request("third", r#","grant":[{"tools":["mail/search"]}]"#)), key(), &world.control);
    assert_eq!(told(&world.hand_on_by(world.grant(), other.unwrap())).0, Code::KeyReused);
    world.replay();
}

#[test]
fn an_act_of_ours_is_what_its_request_makes_it() {
    let mut world = World::ready();
    let mut action = delegate_action(json(LOOK_UP), None, &world.control).unwrap();
    action.effect = Effect::Read;
    assert_eq!(told(&world.hand_on_by(world.grant(), action)).0, Code::ArgumentMalformed);
    let malformed = request("other", "");
    assert_eq!(told(&world.hand_on(world.grant(), &malformed)).0, Code::ArgumentMalformed);
    assert_eq!(world.events.last().unwrap().0.data.kind(), "action.refused", "and it is on record");
}

#[test]
fn what_is_high_is_handed_on_once_and_what_is_critical_never() {
    let mut world = World::ready();
    let further = r#","delegation":{"agents":["third"],"depth":1}"#;
    let first = to_pay("other", "").replace(r#""purpose":"p""#, &format!(r#""purpose":"p"{further}"#));
    let child = handed(&world.hand_on(world.grant(), &first));
    world.bind_grant(child, 'o');
    let grandchild = handed(&world.hand_on(child, &to_pay("third", "")));
    world.bind_grant(grandchild, 't');
    let pay = |world: &mut World, grant: GrantId, name: &str, letter: char| {
        let mut facts = world.facts_of(letter);
        facts.caller = facts.caller.map(|caller| Caller { agent: agent(name), ..caller });
        let attempt = Attempt { grant, ..world.attempt_command(world.payment("1")) };
        world.ask(&Command::Attempt(Box::new(attempt)), &facts)
    };
    assert!(matches!(pay(&mut world, child, "other", 'o').verdict, Verdict::Allow { .. }));
    assert_eq!(told(&pay(&mut world, grandchild, "third", 't')).0, Code::TooFarHanded);
    world.documents(&[
        r#"{"kind":"tool","tool":"bank/pay","effect":"transfer","reversibility":"irreversible","impact":"critical"}"#,
    ]);
    assert_eq!(told(&pay(&mut world, child, "other", 'o')).0, Code::TooFarHanded);
}

#[test]
fn what_one_delegator_handed_on_is_of_no_use_to_another_through_the_same_agent() {
    let mut world = World::ready();
    let root = world.grant();
    let search = |uses: u64| format!(r#","grant":[{{"tools":["mail/search"],"uses":{uses}}}]"#);
    let of_payer = handed(&world.hand_on(root, &request("third", &search(5))));
    let on = format!(r#"{},"delegation":{{"agents":["third"],"depth":1}}"#, search(3));
    let others = handed(&world.hand_on(root, &request("other", &on)));
    world.take(others, 'o');
    let of_other = handed(&world.hand_on(others, &request("third", &search(1))));
    // One agent, two processes: each answers to the one that it works for.
    world.take(of_payer, 'p');
    world.take(of_other, 'q');
    let look = |world: &mut World, grant: GrantId, letter: char| {
        let facts = world.facts_by(grant, letter);
        let action = world.action("mail/search", "{}");
        let attempt = Attempt { grant, ..world.attempt_command(action) };
        world.run(&Command::Attempt(Box::new(attempt)), &facts)
    };
    for (grant, wrong) in [(of_payer, 'q'), (of_other, 'p'), (of_payer, 'o')] {
        assert_eq!(told(&look(&mut world, grant, wrong)).0, Code::KeyNotBound, "{wrong}");
    }
    allowed(&look(&mut world, of_other, 'q'));
    let uses = |world: &World, grant: GrantId| world.task.grants[&grant].rows[0].uses;
    let all = [of_other, others, root, of_payer].map(|grant| uses(&world, grant));
    assert_eq!(all, [1, 1, 1, 0], "it is charged to who handed it on, and to nobody beside");
    assert_eq!(told(&look(&mut world, of_other, 'q')).0, Code::UsesSpent, "whatever is left of the other");
    // Nor does one delegator end what the other handed on.
    let end = |world: &mut World, grant: GrantId| {
        let facts = world.facts_by(others, 'o');
        world.run(&Command::EndGrant { grant, who: Ender::Holder, why: Code::Revoked }, &facts)
    };
    assert_eq!(told(&end(&mut world, of_payer)).0, Code::NotAvailable);
    assert_eq!(end(&mut world, of_other).verdict, Verdict::Done);
    allowed(&look(&mut world, of_payer, 'p'));
    world.replay();
}

/// Grants below the first until there are so many, each with fewer below it than one may have.
fn grow(world: &mut World, grants: usize) {
    let mut above = vec![world.grant()];
    while world.task.grants.len() < grants {
        let parent = above[(world.task.grants.len() - 1) / (CHILDREN_MAX / 2)];
        let (control, grant) = (world.control.seq, GrantId::new(world.draw()));
        let mut envelope = world.task.grants[&parent].envelope.clone().unwrap();
        let when = envelope.rows.iter_mut().map(|row| std::mem::take(&mut row.when)).collect();
        let (holder, private) = (AgentId::parse("other").unwrap(), Some(GrantPrivate { when }));
        let minted = GrantMinted { act: None, control, envelope, grant, holder, parent: Some(parent), private };
        world.fold(Event { at: world.now, data: minted.into() });
        above.push(grant);
    }
}

#[test]
fn a_task_has_so_many_grants_in_all_and_the_next_is_refused_and_changes_nothing() {
    let mut world = World::ready();
    grow(&mut world, GRANTS_MAX - 1);
    let root = world.grant();
    let below = |world: &World| world.task.grants.values().filter(|grant| grant.parent == Some(root)).count();
    assert!(below(&world) < CHILDREN_MAX - 1, "the holder itself may hand on more");
    let last = handed(&world.hand_on(root, LOOK_UP));
    assert_eq!(world.task.grants.len(), GRANTS_MAX);
    let (open, before) = (world.task.open, below(&world));
    let refused = world.hand_on(root, LOOK_UP);
    assert_eq!(told(&refused).0, Code::GrantsSpent);
    let kinds: Vec<&str> = refused.events.iter().map(|event| event.data.kind()).collect();
    assert_eq!(kinds, ["action.refused"]);
    assert_eq!((world.task.grants.len(), world.task.open, below(&world)), (GRANTS_MAX, open, before));
    assert!(world.task.grants[&last].standing.live(), "what is there goes on");
}
