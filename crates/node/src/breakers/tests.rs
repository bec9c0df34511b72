use super::*;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{Breaker, Document, RuleEntry};

const TENANT: TenantId = TenantId::new([7; 16]);

fn rule(breaker: &str) -> ControlState {
    let text = format!(r#"{{"kind":"rule","name":"calm","breaker":{breaker}}}"#);
    let Ok(Document::Rule(document)) = Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap())
    else {
        panic!("{breaker}")
    };
    let mut control = ControlState::default();
    control.rules.insert(document.name.clone(), RuleEntry { document, since: 1 });
    control
}

fn by(agent: &str) -> Called {
    Called {
        tenant: TENANT,
        agent: AgentId::parse(agent).unwrap(),
        grant: GrantId::new([agent.len() as u8; 16]),
        above: Vec::new(),
        tool: ToolId::parse("bank/pay").unwrap(),
    }
}

fn at(seconds: u64) -> Micros {
    Micros(1_000_000_000).after(Span::seconds(seconds))
}

fn fails(breakers: &Breakers, control: &ControlState, agent: &str, seconds: u64) -> bool {
    !breakers.count(control, &by(agent), Trouble::Failures, sha256(b""), at(seconds)).is_empty()
}

#[test]
fn so_many_faults_within_the_span_open_it_and_the_same_spread_out_do_not() {
    let control = rule(r#"{"per":"agent","on":"failures","most":3,"over":"1m"}"#);
    let breakers = Breakers::default();
    let opened: Vec<bool> = [0, 30, 59].map(|second| fails(&breakers, &control, "a", second)).to_vec();
    assert_eq!(opened, [false, false, true]);
    let breakers = Breakers::default();
    assert!((0..9).all(|index| !fails(&breakers, &control, "a", index * 30)), "never three in a minute");
    assert!(!fails(&breakers, &control, "b", 241), "another agent has its own");
}

#[test]
fn one_agent_alone_never_opens_what_others_share() {
    for per in ["tool", "tenant"] {
        let control = rule(&format!(r#"{{"per":"{per}","on":"failures","most":5,"over":"1h"}}"#));
        let breakers = Breakers::default();
        assert!((0..100).all(|second| !fails(&breakers, &control, "a", second)), "{per}");
        assert!(!fails(&breakers, &control, "b", 100));
        assert!(fails(&breakers, &control, "b", 101), "three of one and two of another are five");
    }
}

#[test]
fn the_same_call_again_is_counted_and_others_between_are_not() {
    let control = rule(r#"{"per":"grant","on":"retries","most":3,"over":"1m"}"#);
    let breakers = Breakers::default();
    let calls = |call: &[u8], second| {
        !breakers.count(&control, &by("a"), Trouble::Retries, sha256(call), at(second)).is_empty()
    };
    assert!(!calls(b"one", 0) && !calls(b"two", 1) && !calls(b"one", 2) && !calls(b"two", 3) && !calls(b"three", 4));
    assert!(calls(b"one", 5));
}

#[test]
fn a_half_open_breaker_lets_so_many_probes_under_way_and_closes_after_so_many_that_went_well() {
    let mut control = rule(r#"{"per":"agent","on":"failures","most":3,"over":"1m","probes":2}"#);
    let breaker = Breaker {
        counted: 3,
        on: Trouble::Failures,
        opened: at(0),
        rule: RoleName::parse("calm").unwrap(),
        until: at(60),
        whose: Whose::Agent(by("a").agent),
    };
    control.breakers.insert(9, breaker);
    let breakers = Breakers::default();
    assert!(breakers.probe(&control, &by("a"), at(59)).is_empty(), "open");
    assert!(breakers.probe(&control, &by("b"), at(60)).is_empty(), "not over this one");
    assert_eq!(breakers.probe(&control, &by("a"), at(60)), [9]);
    assert_eq!(breakers.probe(&control, &by("a"), at(60)), [9]);
    assert!(breakers.probe(&control, &by("a"), at(61)).is_empty(), "two are under way");
    breakers.give_back(TENANT, &[9]);
    assert_eq!(breakers.probe(&control, &by("a"), at(62)), [9], "one that was refused was none");
    assert!(breakers.well(&control, TENANT, &[9]).is_empty());
    assert_eq!(breakers.well(&control, TENANT, &[9]), [9]);
    assert_eq!(breakers.wrong(&control, (TENANT, &by("a").agent), &[9]).len(), 1);
}

#[test]
fn what_was_handed_on_below_a_half_open_grant_is_its_probe_and_one_carried_is_known_until_it_ends() {
    let mut control = rule(r#"{"per":"grant","on":"failures","most":3,"over":"1m"}"#);
    let above = GrantId::new([77; 16]);
    let breaker = Breaker {
        counted: 3,
        on: Trouble::Failures,
        opened: at(0),
        rule: RoleName::parse("calm").unwrap(),
        until: at(60),
        whose: Whose::Grant(above),
    };
    control.breakers.insert(9, breaker);
    let breakers = Breakers::default();
    let child = Called { above: vec![above], ..by("a") };
    assert_eq!(breakers.probe(&control, &child, at(60)), [9]);
    assert!(breakers.probe(&control, &child, at(61)).is_empty(), "one at a time, whoever holds it");
    assert!(breakers.probe(&control, &by("a"), at(61)).is_empty(), "no breaker is over this one");
    let act = (TENANT, TaskId::new([1; 16]), 4);
    breakers.carry(act, vec![9]);
    assert_eq!([breakers.carries(act), breakers.carries(act)], [[9], [9]], "looked at as often as it is asked");
    assert_eq!(breakers.carried(act), [9]);
    assert!(breakers.carries(act).is_empty());
}

#[test]
fn who_spoils_a_probe_of_what_others_share_leaves_the_next_to_them_for_a_while_and_one_that_hangs_is_waited_for_no_longer()
 {
    let mut control = rule(r#"{"per":"tool","on":"failures","most":4,"over":"1m","wait":"30s","probes":1}"#);
    let tool = by("a").tool;
    let breaker = |until| Breaker {
        counted: 4,
        on: Trouble::Failures,
        opened: at(0),
        rule: RoleName::parse("calm").unwrap(),
        until: at(until),
        whose: Whose::Tool(tool.clone()),
    };
    control.breakers.insert(9, breaker(60));
    let breakers = Breakers::default();
    assert_eq!(breakers.probe(&control, &by("a"), at(60)), [9]);
    assert!(breakers.probe(&control, &by("b"), at(89)).is_empty(), "one is under way");
    assert_eq!(breakers.probe(&control, &by("b"), at(90)), [9], "that hangs");
    breakers.give_back(TENANT, &[9]);
    assert_eq!(breakers.wrong(&control, (TENANT, &by("a").agent), &[9]).len(), 1);
    control.breakers.insert(10, breaker(120));
    control.breakers.remove(&9);
    assert!(breakers.probe(&control, &by("a"), at(121)).is_empty(), "others go first");
    assert_eq!(breakers.probe(&control, &by("b"), at(122)), [10]);
    breakers.give_back(TENANT, &[10]);
    assert_eq!(breakers.probe(&control, &by("a"), at(150)), [10], "where nobody else does, it is tried all the same");
}

#[test]
fn what_is_counted_is_bounded_and_what_is_oldest_goes_first() {
    let control = rule(r#"{"per":"agent","on":"failures","most":2,"over":"24h"}"#);
    let breakers = Breakers::default();
    for index in 0..=COUNTED_MAX {
        assert!(!fails(&breakers, &control, &format!("a{index}"), index as u64));
    }
    assert_eq!(breakers.memory().counted.len(), COUNTED_MAX);
    assert!(!fails(&breakers, &control, "a0", 10_000), "the first was forgotten");
    assert!(fails(&breakers, &control, &format!("a{COUNTED_MAX}"), 10_000));
}
