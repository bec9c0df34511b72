use crate::decide::tests::world::*;
use crate::{
    Answer, Code, ControlCommand, ControlDecided, Data, Decided, Impact, Measure, Mode, Observe, Reading, ServerName,
    Span, Verdict,
};

/// A task of upkeep under a policy that forbids all of it.
fn world() -> World {
    let mut world = World::broad();
    world.policy = Says(Answer::Forbid(vec!["house.night".to_owned()]));
    world
}

fn wish(person: &str, name: &str, server: &str) -> Observe {
    Observe {
        agent: agent(name),
        by: by(person),
        reason: "to see what it needs".to_owned(),
        server: ServerName::parse(server).unwrap(),
        span: Span::hours(24),
    }
}

fn observe(world: &mut World, said: Observe) -> ControlDecided {
    world.govern(ControlCommand::Observe(Box::new(said)))
}

/// Otto has the payer observed at the bank: its number.
fn observed(world: &mut World) -> u64 {
    assert_eq!(observe(world, wish("otto", "payer", "bank")).refused, None);
    world.control.seq
}

fn note(world: &mut World) -> Decided {
    world.call("bank/note")
}

fn denied(decided: &Decided) -> bool {
    decided.verdict == Verdict::Deny
}

fn told(decided: &ControlDecided) -> String {
    let reason = decided.refused.as_ref().expect("it is refused");
    format!("{} {}", reason.asked.as_deref().unwrap_or_default(), reason.most.as_deref().unwrap_or_default())
}

#[test]
fn what_a_rule_forbids_is_let_through_while_observed_and_the_event_says_that_it_is_not_enforced() {
    let mut world = world();
    assert!(denied(&note(&mut world)));
    let number = observed(&mut world);
    let begun = note(&mut world);
    allowed(&begun);
    let Data::ActionBegun(of) = &begun.events[0].data else { panic!("it begins") };
    let why = of.under.observed.as_ref().expect("it says why it began");
    assert_eq!((why.observation, why.reasons[0].code, of.mode), (number, Code::PolicyForbidden, Mode::Observed));
    assert_eq!(of.under.policy_rules, ["house.night"]);
    assert!(begun.events[0].data.sentence(None).contains("only observed, NOT enforced"));
    world.policy = Says(Answer::Nothing);
    allowed(&note(&mut world));
    world.policy = Says(Answer::Permit(vec!["all".to_owned()]));
    let permitted = note(&mut world);
    let Data::ActionBegun(of) = &permitted.events[0].data else { panic!("it begins") };
    assert!(of.under.observed.is_none() && of.mode == Mode::Enforced, "what rules permit is enforced as ever");
    world.replay();
}

#[test]
fn what_is_privileged_high_money_or_leaves_is_never_observed() {
    let mut base = World::ready();
    base.policy = Says(Answer::Nothing);
    for server in ["bank", "mail"] {
        assert_eq!(observe(&mut base, wish("otto", "payer", server)).refused, None);
    }
    allowed(&base.clone().call("bank/note"));
    for tool in ["bank/pay", "bank/export", "bank/batch"] {
        let action = if tool == "bank/pay" { base.payment("1.00") } else { base.action(tool, "{}") };
        assert_eq!(code(&base.clone().attempt(action)), Code::PolicyNotPermitted, "{tool}");
    }
    // a read that fetches a host which its caller chose goes to nobody knows where
    assert_eq!(code(&base.clone().call("mail/fetch")), Code::PolicyNotPermitted);
    allowed(&base.clone().call("mail/search"));
    let mut world = base.clone();
    let mut money = world.action("bank/note", "{}");
    money.measures = vec![Measure { amount: Reading::Known(amount("1")), after: false, unit: Reading::Known(eur()) }];
    assert!(denied(&world.attempt(money)), "money is never observed");
    let mut world = base.clone();
    let mut unread = world.action("bank/note", "{}");
    unread.measures = vec![Measure { amount: Reading::Unknown, after: false, unit: Reading::Unknown }];
    assert!(denied(&world.attempt(unread)), "and what may be");
    let mut world = base.clone();
    world.documents(&[
        r#"{"kind":"tool","tool":"bank/note","effect":"write","reversibility":"by-others","impact":"high"}"#,
    ]);
    assert_eq!(world.control.nature(&tool("bank/note")).map(|nature| nature.impact), Some(Impact::High));
    assert!(denied(&world.call("bank/note")), "high impact is never observed");
}

#[test]
fn classes_that_a_rule_keeps_in_are_never_observed() {
    let mut world = world();
    observed(&mut world);
    let secret = |world: &World| {
        let mut action = world.action("bank/note", "{}");
        action.classes = vec![crate::DataClass::parse("internal").unwrap()];
        action
    };
    let judged = |world: &mut World| {
        let action = secret(world);
        world.task.grants.values_mut().for_each(|grant| grant.label.classes = action.classes.clone());
        world.call("bank/note")
    };
    allowed(&judged(&mut world.clone()));
    world.documents(&[r#"{"kind":"rule","name":"stays","flow":{"classes":["internal"],"zones":["own"]}}"#]);
    assert!(denied(&judged(&mut world)));
}

#[test]
fn identity_envelope_role_and_stops_hold_while_observed() {
    let mut base = world();
    base.policy = Says(Answer::Permit(vec!["all".to_owned()]));
    observed(&mut base);
    assert_eq!(code(&base.clone().call("bank/hidden")), Code::NotAvailable, "what was never granted is not given");
    let mut world = base.clone();
    let attempt = crate::Command::Attempt(Box::new(world.attempt_command(world.action("bank/note", "{}"))));
    let facts = world.facts_of('b');
    assert_eq!(world.ask(&attempt, &facts).reasons[0].code, Code::KeyNotBound);
    let mut world = base.clone();
    world.documents(&[r#"{"kind":"role","name":"payer","allow":[{"tools":["mail/*"],"effects":["read"]}]}"#]);
    assert_eq!(code(&world.call("bank/note")), Code::RoleNotGranted);
    let mut world = base;
    world.stop(false);
    assert!(denied(&world.call("bank/note")));
}

#[test]
fn a_policy_that_could_not_be_asked_stops_what_is_observed() {
    let mut world = world();
    observed(&mut world);
    world.policy = Says(Answer::Broken { rule: "house.night".to_owned(), why: "no such attribute".to_owned() });
    assert_eq!(code(&note(&mut world)), Code::PolicyBroken);
}

#[test]
fn it_is_of_one_agent_at_one_server_and_of_all_that_hand_work_to_it() {
    let mut world = world();
    assert_eq!(observe(&mut world, wish("otto", "payer", "mail")).refused, None);
    assert!(denied(&note(&mut world)), "another server is not observed");
    let mut world = World::broad();
    world.policy = Says(Answer::Nothing);
    assert_eq!(observe(&mut world, wish("otto", "other", "bank")).refused, None);
    assert!(denied(&note(&mut world)), "another agent is not observed");
}

#[test]
fn it_ends_by_itself_at_once_when_it_is_ended_and_with_what_it_rests_on() {
    let mut base = world();
    let number = observed(&mut base);
    let mut later = base.clone();
    later.now = later.now.after(Span::hours(24));
    assert!(!later.control.observes(number, later.now), "it ends by itself");
    let mut ended = base.clone();
    ended.govern(ControlCommand::EndObservation { by: by("otto"), observation: number });
    assert!(denied(&note(&mut ended)));
    let twice = ended.govern(ControlCommand::EndObservation { by: by("otto"), observation: number });
    assert!(told(&twice).contains("that is open"), "{}", told(&twice));
    let mut gone = base.clone();
    gone.suspend(false);
    gone.suspend(true);
    assert!(!gone.control.observes(number, gone.now), "a suspension ends it for good");
    let mut left = base;
    left.remove("person", "anna");
    assert!(left.control.observes(number, left.now), "only who began it, leaving, ends it");
}

#[test]
fn it_is_bounded_in_time_and_whoever_began_it_does_not_begin_it_anew() {
    let mut world = world();
    let long = Observe { span: Span::hours(14 * 24 + 1), ..wish("otto", "payer", "bank") };
    assert!(told(&observe(&mut world, long)).contains("14 days"));
    let none = Observe { span: Span(0), ..wish("otto", "payer", "bank") };
    assert!(told(&observe(&mut world, none)).contains("14 days"));
    assert!(told(&observe(&mut world, wish("otto", "nobody", "bank"))).contains("nobody"));
    assert!(told(&observe(&mut world, wish("otto", "payer", "nowhere"))).contains("nowhere"));
    let silent = Observe { reason: " ".to_owned(), ..wish("otto", "payer", "bank") };
    assert!(told(&observe(&mut world, silent)).contains("the reason"));
    let number = observed(&mut world);
    assert!(told(&observe(&mut world, wish("anna", "payer", "bank"))).contains("observed at this server already"));
    world.govern(ControlCommand::EndObservation { by: by("otto"), observation: number });
    assert!(told(&observe(&mut world, wish("otto", "payer", "bank"))).contains("somebody else begins it anew"));
    assert_eq!(observe(&mut world.clone(), wish("anna", "payer", "bank")).refused, None);
    world.now = world.now.after(Span::hours(15 * 24));
    assert_eq!(observe(&mut world, wish("otto", "payer", "bank")).refused, None);
}

#[test]
fn a_server_of_another_zone_is_never_observed() {
    let mut world = world();
    world.documents(&[
        r#"{"kind":"server","name":"bank","zone":"partner","transport":{"http":{"url":"https://bank.example/mcp"}}}"#,
    ]);
    assert!(told(&observe(&mut world, wish("otto", "payer", "bank"))).contains("another zone"));
}
