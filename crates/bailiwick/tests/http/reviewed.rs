//! What a person should look at, on a real node: an agent whose review is overdue is found, told, written down once, and counts
//! against its calls where a rule reads that.

use super::Plain;
use super::approved::call;
use super::changes::number;
use super::node::Node;
use super::people::{Browser, json, text};
use super::servers::{furnished, process};
use super::shared::verified;
use bailiwick_core::json::Json;

/// The agent's document, to be looked at again by this day.
fn helper(node: &Node, review: &str) {
    let jwk = node.agent_key.public().to_jwk();
    node.documents(&format!(
        r#"{{kind: agent, name: helper, owner: ann, contact: ann, run_by: own, autonomy: execute, role: reader, review: "{review}", keys: [{jwk}]}}"#
    ));
}

/// What was found of this kind, with its event.
fn found<'a>(told: &'a Json, code: &str) -> Vec<&'a Json> {
    let all = told.get("findings").and_then(Json::as_array).unwrap_or_else(|| panic!("{}", told.canonical()));
    all.iter().filter(|one| text(one, "code") == code).collect()
}

#[test]
fn an_agent_that_nobody_looked_at_again_is_found_told_and_written_down_once() {
    let node = furnished(Node::start(), &[("one", process())]);
    let (ann, _) = Browser::of(&node, "ann", "");
    let looks = || json(&node.cli(&["review"]));
    assert!(found(&looks(), "agent_review_due").is_empty(), "{}", looks().canonical());
    helper(&node, "2026-01-01");
    let told = looks();
    let [due] = found(&told, "agent_review_due")[..] else { panic!("{}", told.canonical()) };
    assert_eq!((text(due, "of"), due.get("event")), ("helper", Some(&Json::Null)), "nothing is written by looking");
    assert_eq!(text(due, "why"), "it was to be looked at again by 2026-01-01");
    let listed = || node.cli(&["event", "list", "--kind", "control.found"]);
    assert!(listed().is_empty());
    let words = node.cli_text(&["review", "--days", "30"]);
    assert!(words.contains("agent review due   helper: it was to be looked at again by 2026-01-01\n"), "{words}");

    // what only says that nobody used something waits until the record is as long as the time that is looked at
    let told = json(&node.cli(&["review", "--record"]));
    let [due] = found(&told, "agent_review_due")[..] else { panic!("{}", told.canonical()) };
    let event = json(&listed());
    assert_eq!(due.get("event").and_then(Json::as_u64), Some(number(&event, "leaf")), "{}", told.canonical());
    assert!(
        text(&event, "sentence").contains("helper: it was to be looked at again by 2026-01-01"),
        "{}",
        event.canonical()
    );
    assert_eq!(found(&told, "tool_unused").iter().filter(|one| one.get("event") != Some(&Json::Null)).count(), 0);
    node.cli(&["review", "--record"]);
    assert_eq!(listed().lines().count(), 1, "once");

    // over HTTP it is an administrator's
    assert_eq!(ann.ask("GET", "/v1/review", "").code(), "403 not_administrator");
    let (tom, _) = Browser::of(&node, "tom", "administrator");
    let told = tom.ask("GET", "/v1/review?days=30", "").json();
    let [due] = found(&told, "agent_review_due")[..] else { panic!("{}", told.canonical()) };
    assert_eq!((text(due, "of"), number(due, "event")), ("helper", number(&event, "leaf")));
    assert_eq!(number(&told, "days"), 30);
}

#[test]
fn a_rule_that_reads_how_much_speaks_against_a_call_refuses_it_by_that_and_the_record_decides_it_again() {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(
        "kind: policy\nname: wary\ncedar: |\n  @id(\"risk\")\n  forbid (principal, action, resource) when { context.risk >= 20 };\n",
    );
    let task = node.start_task();
    let mut agent = Plain::start(&node);
    let done = |answer: &str| answer.contains(r#""resultType":"complete""#) && !answer.contains(r#""isError":true"#);
    let first = agent.ask(&call(1, "one__pid"));
    assert!(done(&first), "nothing speaks against it: {first}");
    let second = agent.ask(&call(2, "one__pid"));
    assert!(done(&second), "what it has read does, and is not enough: {second}");
    helper(&node, "2026-01-01");
    let refused = agent.ask(&call(3, "one__pid"));
    assert!(refused.contains("policy_forbidden") && !refused.contains("wary"), "{refused}");
    let event = json(&node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "action.refused"]));
    let under = event.get("data").and_then(|data| data.get("under")?.get("risk")).cloned().unwrap_or_default();
    assert_eq!(
        (number(&under, "score"), under.get("reasons").unwrap().canonical()),
        (25, r#"["read_untrusted","review_overdue"]"#.to_owned())
    );
    let told = node.cli_text(&["explain", &number(&event, "leaf").to_string()]);
    assert!(told.contains("wary.risk"), "people are told which rule: {told}");
    helper(&node, "2030-01-01");
    let last = agent.ask(&call(4, "one__pid"));
    assert!(done(&last), "somebody has looked at it: {last}");
    agent.close();
    verified(&node, task);
}
