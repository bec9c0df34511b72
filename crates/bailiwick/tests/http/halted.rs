//! Work that is ended while a payment is on its way: receipts and certificates name it, and whoever held a part of the work.

use super::Plain;
use super::approved::asked;
use super::node::Node;
use super::people::{Browser, json, text};
use super::stopped::comes;
use super::till::{Says, Till, handed_on, pay};
use bailiwick_core::json::Json;

/// A node on which `helper` hands payments on to `scout`, with a till that never answers.
struct Place {
    node: Node,
    till: Till,
}

impl Place {
    fn new() -> Self {
        let template = r#"{kind: template, name: pay, purpose: pay, intent: "pay what is due", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["till/pay"], effect: transfer, meters: {EUR: {each: "500.00", total: "500.00"}}}], delegate: {agents: [scout]}, ask: [{who: "role:boss", over: {EUR: "100.00"}}]}"#;
        let (node, till) = Till::behind(Node::start(), Says::Nothing, template);
        Self { node, till }
    }

    /// A task a part of which the scout has; its payment is on its way.
    fn held(&self) -> (String, Plain) {
        let task = handed_on(&self.node, r#"{"each":"400.00","total":"400.00"}"#);
        let before = self.till.paid();
        let mut scout = Plain::of(&self.node, "scout", &self.till.scouts);
        scout.say(&pay(7, "20.00"));
        comes("the till is reached", || self.till.paid() > before);
        (task.to_string(), scout)
    }
}

fn array<'a>(of: &'a Json, name: &str) -> &'a [Json] {
    of.get(name).and_then(Json::as_array).unwrap_or_else(|| panic!("{name} is not in {}", of.canonical()))
}

#[test]
fn who_suspends_an_agent_or_stops_all_is_told_of_the_payment_under_way_though_another_agent_makes_it() {
    let place = Place::new();
    let node = &place.node;
    for (ends, resumes) in [
        (["agent", "suspend", "helper"].as_slice(), ["agent", "resume", "helper"].as_slice()),
        (&["tenant", "stop"], &["tenant", "resume"]),
    ] {
        let (task, mut scout) = place.held();
        let receipt = json(&node.cli(ends));
        let told = receipt.canonical();
        assert_eq!(receipt.get("open").and_then(Json::as_u64), Some(1), "{ends:?}: {told}");
        let [act] = array(&receipt, "open_acts") else { panic!("{told}") };
        assert_eq!((text(act, "tool"), text(act, "agent"), text(act, "task")), ("till/pay", "scout", task.as_str()));
        let event = act.get("event").and_then(Json::as_u64).unwrap().to_string();
        assert_eq!(text(&json(&node.cli(&["event", "show", &event])), "kind"), "action.begun");
        let holders: Vec<&str> = array(&receipt, "ended_grants").iter().map(|grant| text(grant, "agent")).collect();
        assert!(holders.len() == 2 && holders.contains(&"helper") && holders.contains(&"scout"), "{told}");
        assert_eq!(receipt.get("ended").and_then(Json::as_u64), Some(2), "{told}");
        assert!(array(&receipt, "closed").is_empty(), "{told}");
        let cut = scout.next();
        assert!(!cut.contains(r#""text":"paid""#), "{cut}");
        scout.close();
        node.cli(resumes);
        let nothing = json(&node.cli(ends));
        assert_eq!(nothing.get("open").and_then(Json::as_u64), Some(0), "what ended before is not told again");
        assert_eq!(nothing.get("ended").and_then(Json::as_u64), Some(0));
        node.cli(resumes);
    }
    let (_, mut scout) = place.held();
    let said = node.cli_text(&["agent", "suspend", "helper"]);
    assert!(said.contains("grants that ended: 2") && said.contains(" till/pay by scout, task "), "{said}");
    scout.next();
    scout.close();
}

#[test]
fn who_worked_for_an_agent_that_was_let_go_is_told_of_no_command_that_would_not_help() {
    let place = Place::new();
    let node = &place.node;
    let (_, mut scout) = place.held();
    node.cli(&["agent", "suspend", "helper"]);
    scout.next();
    let told = scout.ask(&pay(7, "1.00"));
    assert!(told.contains("bailiwick agent resume helper") && !told.contains("resume scout"), "{told}");
    node.cli(&["agent", "resume", "helper"]);
    scout.close();

    let (task, mut scout) = place.held();
    node.cli(&["agent", "offboard", "helper"]);
    scout.next();
    let told = scout.ask(&pay(7, "1.00"));
    assert!(!told.contains("agent resume") && told.contains("bailiwick explain "), "{told}");
    let refused = node.cli(&["event", "list", "--task", &task, "--kind", "action.refused"]);
    let leaf = json(refused.lines().last().unwrap()).get("leaf").and_then(Json::as_u64).unwrap();
    let explained = node.cli_text(&["explain", &leaf.to_string()]);
    assert!(!explained.contains("agent resume") && explained.contains(" template show pay"), "{explained}");
    scout.close();
}

#[test]
fn a_certificate_names_what_was_handed_on_the_open_requests_and_the_acts_in_doubt() {
    let place = Place::new();
    let node = &place.node;
    let (task, mut scout) = place.held();
    // who is asked has to be able to answer
    let _bert = Browser::of(node, "bert", "boss");
    let waits = scout.ask(&pay(8, "150.00"));
    let request = asked(&waits);
    let certified = json(&node.cli(&["agent", "offboard", "helper"]));
    let certificate = certified.get("certificate").unwrap();
    let told = certificate.canonical();
    let holders: Vec<&str> = array(certificate, "grants").iter().map(|grant| text(grant, "holder")).collect();
    assert!(holders.len() == 2 && holders.contains(&"helper") && holders.contains(&"scout"), "{told}");
    let scouts = array(certificate, "grants").iter().find(|grant| text(grant, "holder") == "scout").unwrap();
    assert!(scouts.get("key").and_then(Json::as_str).is_some(), "the key that it answered to: {told}");
    let event = |of: &Json| of.get("event").and_then(Json::as_u64).unwrap();
    let [open] = array(certificate, "approvals") else { panic!("{told}") };
    assert_eq!((event(open), text(open, "task")), (request, task.as_str()));
    let [doubtful] = array(certificate, "unsettled") else { panic!("{told}") };
    assert_eq!(text(doubtful, "task"), task);
    let begun = json(&node.cli(&["event", "show", &event(doubtful).to_string()]));
    assert_eq!(text(&begun, "kind"), "action.begun", "{}", begun.canonical());
    assert_eq!(certificate.get("left").and_then(Json::as_u64), Some(0), "{told}");
    scout.close();
}
