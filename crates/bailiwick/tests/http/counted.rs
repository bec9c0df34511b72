//! What is counted besides money and calls: bytes of a real answer, and a unit that the tenant names.

use super::Plain;
use super::node::{META, Node};
use super::people::{json, text};
use super::servers::{furnished, process};
use bailiwick_core::json::Json;

/// A machine that works for so many hours, and answers with a line of text.
const MACHINE: &str = r#"while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  case "$line" in
    *server/discover*) printf '{"jsonrpc":"2.0","id":%s,"result":{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete"}}\n' "$id";;
    *tools/list*) printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[{"name":"work","annotations":{"readOnlyHint":true},"inputSchema":{"type":"object","properties":{"hours":{"type":"string"}}}}],"resultType":"complete"}}\n' "$id";;
    *'"name":"work"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"%s"}],"resultType":"complete"}}\n' "$id" "what came of it";;
  esac
done"#;

fn work(id: u32, hours: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"machine__work","arguments":{{"hours":"{hours}"}},{META}}}}}"#
    )
}

#[test]
fn bytes_are_charged_as_the_answer_has_them_and_a_unit_of_ones_own_as_the_argument_says() {
    let args = Json::array([Json::from("-c"), Json::from(MACHINE)]);
    let machine = Json::object([("args", args), ("command", Json::from("/bin/sh"))]);
    let machine = Json::object([("stdio", machine)]).canonical();
    let node = furnished(Node::start(), &[("one", process()), ("machine", machine)]);
    node.documents(
        r#"
{kind: tool, tool: machine/work, effect: read, reversibility: reversible, bind: {arguments: {/hours: {role: measure, unit: machine-hours}}, measures: [{unit: bytes, after: true}]}}
---
{kind: template, name: work, purpose: look, intent: "let it work", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["machine/work"], resources: any, meters: {machine-hours: {total: "10"}, bytes: {each: "1000", total: "100000"}}}]}
"#,
    );
    let task = text(&json(&node.cli(&["task", "start", "work", "--agent", "helper", "--yes"])), "task").to_owned();
    let mut helper = Plain::start(&node);
    let done = helper.ask(&work(1, "2.5"));
    assert!(done.contains("what came of it"), "{done}");
    let charged = |unit: &str| {
        let shown = json(&node.cli(&["task", "show", &task]));
        let grants = shown.get("grants").and_then(Json::as_array).unwrap();
        let all = grants[0].get("charged").and_then(Json::as_array).unwrap();
        let one = all.iter().find(|one| text(one, "unit") == unit).unwrap_or_else(|| panic!("{}", shown.canonical()));
        text(one, "amount").to_owned()
    };
    assert_eq!(charged("machine-hours"), "2.5");
    let ended = node.cli(&["event", "list", "--task", &task, "--kind", "action.ended"]);
    let ended = json(ended.lines().last().unwrap());
    let size = ended.get("data").and_then(|data| data.get("result")?.get("size")?.as_u64());
    let size = size.unwrap_or_else(|| panic!("{}", ended.canonical()));
    assert!(size > "what came of it".len() as u64);
    assert_eq!(charged("bytes"), size.to_string(), "as many as came");
    let over = helper.ask(&work(2, "8"));
    assert!(over.contains("over_total") && over.contains("machine-hours"), "{over}");
    let again = helper.ask(&work(3, "7.5"));
    assert!(again.contains("what came of it"), "{again}");
    assert_eq!((charged("machine-hours"), charged("bytes")), ("10".to_owned(), (2 * size).to_string()));
    helper.close();
}
