use super::*;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{Document, Rule, RuleEntry, Span};

const TENANT: TenantId = TenantId::new([7; 16]);

fn rule(rate: &str) -> ControlState {
    let text = format!(r#"{{"kind":"rule","name":"pace","rate":{rate}}}"#);
    let Ok(Document::Rule(document)) = Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap())
    else {
        panic!("{rate}")
    };
    let Rule { name, .. } = document.clone();
    let mut control = ControlState::default();
    control.rules.insert(name, RuleEntry { document, since: 1 });
    control
}

type Call = (ToolId, Vec<Measure>);

fn call(tool: &str) -> Call {
    (ToolId::parse(tool).unwrap(), Vec::new())
}

fn paying(amount: &str) -> Call {
    let measure = Measure {
        after: false,
        amount: Reading::Known(Amount::parse(amount).unwrap()),
        unit: Reading::Known(Unit::parse("EUR").unwrap()),
    };
    (ToolId::parse("bank/pay").unwrap(), vec![measure])
}

fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

/// Of a node that began long ago.
fn long_ago() -> Rates {
    Rates { began: OnceLock::from(Micros(0)), ..Rates::default() }
}

/// Long after the node began.
fn at(seconds: u64) -> Micros {
    Micros(0).after(Span::hours(100)).after(Span::seconds(seconds))
}

fn within(rates: &Rates, control: &ControlState, who: &str, (tool, measures): &Call, now: Micros) -> bool {
    let (said, _) = rates.take(TENANT, control, &agent(who), (tool, measures), now);
    said.iter().all(|rate| rate.within)
}

#[test]
fn so_many_calls_of_an_agent_are_within_any_span_and_no_more() {
    let control = rule(r#"{"per":"agent","most":{"calls":"3"},"over":"1m"}"#);
    let rates = long_ago();
    let mut now = 0;
    let mut allowed = Vec::new();
    while now < 600 {
        if within(&rates, &control, "a", &call("bank/pay"), at(now)) {
            allowed.push(now);
        }
        now += 1;
    }
    let in_a_span = |from: u64| allowed.iter().filter(|when| (from..from + 60).contains(*when)).count();
    assert!((0..600).all(|from| in_a_span(from) <= 3), "{allowed:?}");
    assert!(allowed.len() >= 24, "and it goes on once there is room: {allowed:?}");
    assert!(within(&rates, &control, "b", &call("bank/pay"), at(599)), "another agent has its own");
}

#[test]
fn what_is_counted_together_is_the_agents_or_the_tools_or_the_tenants() {
    for (per, same_agent, same_tool, neither) in
        [("agent", false, true, true), ("tool", true, false, true), ("tenant", false, false, false)]
    {
        let control = rule(&format!(r#"{{"per":"{per}","most":{{"calls":"1"}},"over":"1m"}}"#));
        let rates = long_ago();
        assert!(within(&rates, &control, "a", &call("bank/pay"), at(0)));
        assert_eq!(within(&rates, &control, "a", &call("bank/see"), at(0)), same_agent, "{per}");
        assert_eq!(within(&rates, &control, "b", &call("bank/pay"), at(0)), same_tool, "{per}");
        assert_eq!(within(&rates, &control, "c", &call("mail/send"), at(0)), neither, "{per}");
    }
}

#[test]
fn a_value_counts_once_it_is_allowed_and_comes_back_when_it_is_not() {
    let control = rule(r#"{"per":"agent","most":{"EUR":"100"},"over":"1h","tools":["bank/*"]}"#);
    let rates = long_ago();
    let (tool, measures) = paying("80");
    let (said, taken) = rates.take(TENANT, &control, &agent("a"), (&tool, &measures), at(0));
    assert!(said[0].within);
    assert!(!within(&rates, &control, "a", &paying("20.01"), at(1)));
    rates.give_back(taken);
    assert!(within(&rates, &control, "a", &paying("100"), at(2)), "what was refused moved nothing");
    assert!(!within(&rates, &control, "a", &paying("0.01"), at(3)));
    assert!(within(&rates, &control, "a", &call("bank/see"), at(3)), "a call that moves none is not counted");
    let other = (ToolId::parse("shop/pay").unwrap(), paying("500").1);
    assert!(within(&rates, &control, "a", &other, at(3)), "nor is a tool that the rule does not name");
}

#[test]
fn a_value_that_could_not_be_read_is_never_within_and_takes_nothing_from_those_that_could() {
    let control = rule(r#"{"per":"agent","most":{"EUR":"100","calls":"3"},"over":"1h"}"#);
    let rates = long_ago();
    let (tool, measures) = paying("1");
    let amount = Measure { amount: Reading::Unknown, ..measures[0].clone() };
    let unit = Measure { unit: Reading::Unknown, ..measures[0].clone() };
    for unread in [amount, unit] {
        assert!(!within(&rates, &control, "a", &(tool.clone(), vec![unread]), at(0)));
    }
    assert!(within(&rates, &control, "a", &paying("100"), at(1)), "neither was any amount");
    assert!(!within(&rates, &control, "a", &call("bank/see"), at(2)), "and each of them was a call");
}

#[test]
fn a_node_that_has_just_begun_counts_half_as_used() {
    let control = rule(r#"{"per":"tool","most":{"calls":"4"},"over":"1m"}"#);
    let rates = Rates::default();
    let allowed = |now: u64| (0..9).filter(|_| within(&rates, &control, "a", &call("bank/pay"), at(now))).count();
    assert_eq!(allowed(1), 2);
    assert_eq!(allowed(200), 4);
}

#[test]
fn a_rule_that_was_changed_counts_anew_and_a_clock_that_goes_back_gives_nothing_away() {
    let mut control = rule(r#"{"per":"agent","most":{"calls":"1"},"over":"1m"}"#);
    let rates = long_ago();
    assert!(within(&rates, &control, "a", &call("bank/pay"), at(100)));
    assert!(!within(&rates, &control, "a", &call("bank/pay"), at(10)), "back in time");
    control.rules.values_mut().for_each(|entry| entry.since = 9);
    assert!(within(&rates, &control, "a", &call("bank/pay"), at(100)));
}

#[test]
fn there_is_so_much_that_is_counted_and_where_it_is_full_nothing_more_is_within() {
    let control = rule(r#"{"per":"agent","most":{"calls":"1"},"over":"1h"}"#);
    let rates = long_ago();
    for index in 0..COUNTED_MAX {
        assert!(within(&rates, &control, &format!("a{index}"), &call("bank/pay"), at(0)));
    }
    assert!(!within(&rates, &control, "late", &call("bank/pay"), at(1)));
    assert!(within(&rates, &control, "late", &call("bank/pay"), at(2 * 3600)), "what is over makes room");
}

#[test]
fn refused_calls_spend_nothing_that_others_share_and_all_of_an_agents_own() {
    for (per, left) in [("agent", false), ("tool", true), ("tenant", true)] {
        let control = rule(&format!(r#"{{"per":"{per}","most":{{"calls":"2"}},"over":"1m"}}"#));
        let rates = long_ago();
        for _ in 0..9 {
            let (tool, measures) = call("bank/pay");
            let (_, taken) = rates.take(TENANT, &control, &agent("a"), (&tool, &measures), at(0));
            rates.give_back(taken);
        }
        assert_eq!(within(&rates, &control, "a", &call("bank/pay"), at(1)), left, "{per}");
    }
}
