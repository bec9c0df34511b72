//! What may go to one destination, at the door: a second payment there beyond the limit is refused, to another it goes through.

use super::Plain;
use super::node::{META, Node};
use super::people::{json, text};
use super::servers::{furnished, process};
use super::shared::verified;
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;

const ANNA: &str = "DE89370400440532013000";
const BEN: &str = "FR7630006000011234567890189";

/// A till that pays what it is told to.
const TILL: &str = r#"while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  case "$line" in
    *server/discover*) printf '{"jsonrpc":"2.0","id":%s,"result":{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete"}}\n' "$id";;
    *tools/list*) printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[TOOLS],"resultType":"complete"}}\n' "$id";;
    *'"method":"tools/call"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"paid"}],"resultType":"complete"}}\n' "$id";;
  esac
done"#;

fn till() -> String {
    let schema = r#"{"type":"object","properties":{"amount":{"type":"string"},"iban":{"type":"string"}}}"#;
    let tools = ["pay", "wire"].map(|name| format!(r#"{{"name":"{name}","inputSchema":{schema}}}"#));
    let script = TILL.replace("TOOLS", &tools.join(","));
    let args = Json::array([Json::from("-c"), Json::from(script)]);
    Json::object([("stdio", Json::object([("args", args), ("command", Json::from("/bin/sh"))]))]).canonical()
}

fn pay(id: u32, tool: &str, amount: &str, iban: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"till__{tool}","arguments":{{"amount":"{amount}","iban":"{iban}"}},{META}}}}}"#
    )
}

#[test]
fn no_more_goes_to_one_destination_than_the_limit_of_each_whichever_tool_pays() {
    let node = furnished(Node::start(), &[("one", process()), ("till", till())]);
    let bind = "{arguments: {/amount: {role: measure, currency: EUR}, /iban: {kind: iban, role: destination}}}";
    node.documents(&format!(
        r#"
{{kind: role, name: reader, allow: [{{tools: ["*"], effects: [read, write, transfer]}}]}}
---
{{kind: tool, tool: till/pay, effect: transfer, reversibility: irreversible, bind: {bind}}}
---
{{kind: tool, tool: till/wire, effect: transfer, reversibility: irreversible, bind: {bind}}}
---
{{kind: template, name: pay, purpose: pay, intent: "pay what is due", start: {{who: [anyone], agents: [helper]}}, grant: [{{tools: [till/pay, till/wire], effect: transfer, when: {{/iban: {{one_of: [{ANNA}, {BEN}]}}}}, meters: {{EUR: {{each: "80.00", per_destination: "100.00", total: "180.00"}}}}}}]}}
"#
    ));
    let told = json(&node.cli(&["task", "start", "pay", "--agent", "helper", "--yes", "--yes-privileged"]));
    let task = TaskId::parse(text(&told, "task")).unwrap();
    let mut helper = Plain::start(&node);
    for (id, (tool, amount, iban, expected)) in (1..).zip([
        ("pay", "60.00", ANNA, "paid"),
        ("pay", "40.01", ANNA, "over_destination"),
        ("wire", "40.01", ANNA, "over_destination"),
        ("pay", "50.00", BEN, "paid"),
        ("wire", "40.00", ANNA, "paid"),
        ("pay", "0.01", ANNA, "over_destination"),
        ("pay", "40.00", BEN, "over_total"),
        ("pay", "30.00", BEN, "paid"),
    ]) {
        let answer = helper.ask(&pay(id, tool, amount, iban));
        assert!(answer.contains(expected), "{id}: {tool} {amount} to {iban} is not {expected}: {answer}");
    }
    helper.close();
    let begun = node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "action.begun"]);
    assert_eq!(begun.lines().count(), 4, "{begun}");
    verified(&node, task);
}
