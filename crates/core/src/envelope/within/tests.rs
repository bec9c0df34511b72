use super::super::{NotYet, Row};
use super::*;
use crate::{AgentId, Zone};
use std::collections::BTreeMap;

/// A row as JSON writes it, with conditions beside it.
fn row(tools: &[&str], effects: &[Effect], when: &str, meters: &str, uses: Option<u64>) -> Row {
    Row {
        ask: Vec::new(),
        destinations: NotYet::NotYet,
        effects: effects.to_vec(),
        meters: serde_json::from_str(meters).unwrap(),
        resources: NotYet::NotYet,
        from: BTreeMap::new(),
        tools: tools.iter().map(|tool| crate::ToolPattern::parse(tool).unwrap()).collect(),
        uses,
        when: serde_json::from_str(when).unwrap(),
    }
}

fn parent() -> Row {
    row(
        &["bank/pay*", "bank/list"],
        &[Effect::Read, Effect::Transfer],
        r#"{"/iban":{"one_of":["a","b"]},"/file":{"path_within":"/srv/docs"}}"#,
        r#"{"EUR":{"each":"100","total":"500","window":{"most":"200","over":3600000000}}}"#,
        Some(5),
    )
}

/// The first axis that is beyond, as `place: asked > most`.
fn first(child: &Row) -> String {
    match child.under(&parent()) {
        Ok(_) => "within".to_owned(),
        Err(faults) => match &faults[0].bound {
            Bound::Words { asked, most } => format!("{}: {asked} > {most}", faults[0].at),
            Bound::Condition(held) => format!("{}: {}", faults[0].at, held.words()),
        },
    }
}

#[test]
fn what_a_row_does_not_say_is_its_parents() {
    let child = row(&["bank/pay_one"], &[Effect::Transfer], "{}", "{}", None);
    let under = child.under(&parent()).unwrap();
    assert_eq!((under.when, under.meters, under.uses), (parent().when, parent().meters, Some(5)));
}

#[test]
fn each_axis_that_goes_beyond_is_told_with_the_most_that_could_be_had() {
    let pay = |when: &str, meters: &str, uses| row(&["bank/pay"], &[Effect::Transfer], when, meters, uses);
    let cases = [
        (row(&["bank/*"], &[Effect::Read], "{}", "{}", None), "/tools: bank/* > bank/pay*, bank/list"),
        (row(&["mail/pay"], &[Effect::Read], "{}", "{}", None), "/tools: mail/pay > bank/pay*, bank/list"),
        (row(&["bank/list"], &[Effect::Delete], "{}", "{}", None), "/effects: delete > read, transfer"),
        (pay(r#"{"/iban":{"equals":"c"}}"#, "{}", None), r#"/when/~1iban/equals: is "a" or "b""#),
        (pay(r#"{"/iban":{"absent":true}}"#, "{}", None), r#"/when/~1iban/absent: is "a" or "b""#),
        (pay(r#"{"/file":{"path_within":"/srv"}}"#, "{}", None), r#"/when/~1file/path_within: is within "/srv/docs""#),
        (pay("{}", r#"{"EUR":{"each":"100.01"}}"#, None), "/meters/EUR/each: 100.01 > 100"),
        (pay("{}", r#"{"EUR":{"total":"501"}}"#, None), "/meters/EUR/total: 501 > 500"),
        (pay("{}", r#"{"USD":{"total":"1"}}"#, None), "/meters: USD > EUR"),
        (pay("{}", "{}", Some(6)), "/uses: 6 > 5"),
    ];
    for (child, told) in cases {
        assert_eq!(first(&child), told);
    }
}

#[test]
fn a_form_asked_for_leaves_those_values_of_the_holder_that_have_it() {
    let of = |when: &str| row(&["bank/pay"], &[Effect::Transfer], &format!(r#"{{"/file":{when}}}"#), "{}", None);
    let under = |asked: &str, held: &str| {
        let row = of(asked).under(&of(held)).map_err(|beyond| beyond[0].at.to_string())?;
        assert_eq!(row.under(&row), Ok(row.clone()), "it is not within itself");
        assert_eq!(row.under(&of(held)), Ok(row.clone()), "putting it there again changes it");
        let when = row.when.into_values().next().unwrap();
        Ok::<_, String>(when.one_of.into_iter().chain(when.equals).map(|value| value.canonical()).collect::<Vec<_>>())
    };
    let among = r#"{"one_of":["/srv/a","/etc/b","/srv/c"]}"#;
    assert_eq!(under(r#"{"path_within":"/srv"}"#, among).unwrap(), [r#""/srv/a""#, r#""/srv/c""#]);
    assert_eq!(under(r#"{"path_within":"/home"}"#, among), Err("/when/~1file/one_of".to_owned()));
    assert_eq!(under(r#"{"path_within":"/srv"}"#, r#"{"equals":"/etc/b"}"#), Err("/when/~1file/equals".to_owned()));
    assert_eq!(under(r#"{"path_within":"/srv"}"#, r#"{"equals":"/srv/a"}"#).unwrap(), [r#""/srv/a""#]);
    // A template may name values of which its own form leaves some: what it says can be handed on as it stands.
    let some = r#"{"one_of":["/srv/a","/etc/b"],"path_within":"/srv"}"#;
    assert!(under(some, some).is_ok());
    assert_eq!(under("{}", some).unwrap(), [r#""/srv/a""#]);
    assert_eq!(under(r#"{"one_of":["/etc/b"]}"#, some), Err("/when/~1file/one_of".to_owned()));
}

#[test]
fn a_smaller_limit_over_a_shorter_window_is_a_higher_rate() {
    let window = |most: &str, over: u64| {
        let meters = format!(r#"{{"EUR":{{"window":{{"most":"{most}","over":{over}}}}}}}"#);
        first(&row(&["bank/pay"], &[Effect::Transfer], "{}", &meters, None))
    };
    let hour = 3_600_000_000;
    assert_eq!(window("100", hour), "within");
    assert_eq!(window("200", 2 * hour), "within");
    let minute = 60_000_000;
    assert_eq!(
        window("100", minute),
        "/meters/EUR/window: 100 in any 60 s > 200 in any 3600 s, over that time or longer: a shorter one comes again sooner",
    );
    assert_eq!(window("200.01", hour), "/meters/EUR/window: 200.01 in any 3600 s > 200 in any 3600 s");
}

#[test]
fn work_is_handed_on_only_as_far_and_to_whom_the_holder_may() {
    let agent = |name: &str| AgentId::parse(name).unwrap();
    let delegation = |agents: &[&str], zones: &[&str], depth| Delegation {
        agents: agents.iter().map(|name| agent(name)).collect(),
        depth,
        zones: zones.iter().map(|zone| Zone::parse(zone).unwrap()).collect(),
    };
    let partner = Zone::parse("partner").unwrap();
    let zone_of = |of: &AgentId| (of.as_str() == "p").then_some(&partner);
    let held = delegation(&["a", "b"], &["partner"], 3);
    let told = |asked: Delegation| asked.under(&held, zone_of).map_err(|faults| faults[0].at.to_string());
    assert!(told(delegation(&["a", "p"], &["partner"], 2)).is_ok());
    assert!(told(Delegation::default()).is_ok(), "nothing is within anything");
    assert_eq!(told(delegation(&["a"], &[], 3)), Err("/delegation/depth".to_owned()));
    assert_eq!(told(delegation(&["c"], &[], 1)), Err("/delegation/agents".to_owned()));
    assert_eq!(told(delegation(&["a"], &["vendor"], 1)), Err("/delegation/zones".to_owned()));
    let none = Delegation::default();
    let beyond = delegation(&["a"], &[], 1).under(&none, zone_of).unwrap_err();
    assert_eq!(beyond.len(), 2, "no depth is left, and nobody is named");
}
