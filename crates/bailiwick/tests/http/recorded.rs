//! What is in doubt, settled by its server's own record: the demo's bank, and a process that dies after it has booked.

use super::Plain;
use super::node::{BINARY, META, Node};
use super::people::{json, text};
use super::servers::{furnished, process};
use super::shared::verified;
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;

const IBAN: &str = "DE89370400440532013000";

/// Books what it is asked to and is gone before it says so; then says what it has booked.
const DIES: &str = r#"while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  key=$(printf '%s' "$line" | sed -n 's/.*"key":"\([0-9a-f]*\)".*/\1/p')
  case "$line" in
    *server/discover*) printf '{"jsonrpc":"2.0","id":%s,"result":{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete"}}\n' "$id";;
    *tools/list*) printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[TOOLS],"resultType":"complete"}}\n' "$id";;
    *'"name":"order"'*) printf '%s\n' "$key" >> "BOOKED"; exit 0;;
    *'"name":"find"'*)
      if grep -qx "$key" "BOOKED"; then status=booked; else status=unknown; fi
      printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[],"structuredContent":{"status":"%s"},"resultType":"complete"}}\n' "$id" "$status";;
  esac
done"#;
const KEYED: &str = r#"{"type":"object","properties":{"key":{"type":"string"}}}"#;

fn call(id: u32, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},{META}}}}}"#
    )
}

fn started(node: &Node, template: &str) -> TaskId {
    TaskId::parse(text(&json(&node.cli(&["task", "start", template, "--agent", "helper", "--yes"])), "task")).unwrap()
}

/// What an act's outcome stands in the record as.
fn outcome(node: &Node, task: TaskId, tool: &str) -> Json {
    let events = node.once_listed(&["event", "list", "--task", &task.to_string(), "--kind", "action.ended"]);
    let ended: Vec<Json> = events.lines().map(json).collect();
    let found = ended.iter().find(|event| event.get("data").is_some_and(|data| data.get("record").is_some()));
    found.unwrap_or_else(|| panic!("{tool}: {events}")).clone()
}

#[test]
fn a_bank_that_says_it_failed_is_asked_whether_it_paid() {
    let transport = format!(r#"{{"stdio":{{"command":"{BINARY}","args":["demo-server","bank"]}}}}"#);
    let node = furnished(Node::start(), &[("one", process()), ("till", transport)]);
    node.documents(&format!(
        r#"
kind: tool
tool: till/pay
effect: write
egress: open
reversibility: irreversible
bind:
  arguments:
    /iban: {{kind: iban, role: destination}}
    /amount: {{role: measure, currency_at: /currency}}
    /payee: {{role: harmless}}
    /reference: {{role: harmless}}
    /idempotency_key: {{role: idempotency}}
  outcome:
    tool: get_payment
    arguments: {{/idempotency_key: /idempotency_key}}
    done: [{{at: /status, equals: executed}}]
    not_done: [{{at: /status, equals: none}}]
---
{{kind: template, name: till, purpose: till, intent: "pay", start: {{who: [anyone], agents: [helper]}}, grant: [{{tools: [till/get_payment], resources: any}}, {{tools: [till/pay], effect: write, when: {{/iban: {{equals: {IBAN}}}}}, meters: {{EUR: {{total: "100.00"}}}}, uses: 1}}]}}
"#
    ));
    let task = started(&node, "till");
    let mut helper = Plain::start(&node);
    let pay = |amount: &str| {
        format!(
            r#"{{"iban":"{IBAN}","payee":"A","amount":"{amount}","currency":"EUR","reference":"r","idempotency_key":"k-{amount}"}}"#
        )
    };
    let failed = helper.ask(&call(1, "till__pay", &pay("0.00")));
    assert!(
        failed.contains("must be above zero") && failed.contains("own record of this call says that nothing was done"),
        "{failed}"
    );
    // its one use came back, and is used once
    let paid = helper.ask(&call(2, "till__pay", &pay("10.00")));
    assert!(paid.contains("executed"), "{paid}");
    helper.close();
    let ended = outcome(&node, task, "till/pay");
    assert!(
        text(&ended, "sentence").contains("nothing was done, as its server's own record says"),
        "{}",
        ended.canonical()
    );
    verified(&node, task);
}

/// A shop that goes away when it is asked for an order, with what it is told of that written to `noted`, and what it says to
/// be booked read from `booked`.
fn shop(node: Node, noted: &std::path::Path, booked: &std::path::Path) -> Node {
    let tools = format!(
        r#"{{"name":"order","inputSchema":{KEYED}}},{{"name":"find","inputSchema":{KEYED},"annotations":{{"readOnlyHint":true,"openWorldHint":false}}}}"#
    );
    // their places stand within the script: a file that a server is started with is part of what was reviewed
    let script = DIES.replace("TOOLS", &tools).replace(r#">> "BOOKED""#, &format!(r#">> "{}""#, noted.display()));
    let script = script.replace("BOOKED", &booked.display().to_string());
    let args = ["-c".to_owned(), script];
    let stdio = Json::object([("args", Json::array(args.map(Json::from))), ("command", Json::from("/bin/sh"))]);
    let transport = Json::object([("stdio", stdio)]).canonical();
    let node = furnished(node, &[("one", process()), ("shop", transport)]);
    node.documents(
        r#"
kind: tool
tool: shop/order
effect: write
egress: none
reversibility: irreversible
bind:
  arguments: {/key: {role: idempotency}}
  outcome: {tool: find, arguments: {/key: /key}, done: [{at: /status, equals: booked}]}
---
{kind: template, name: shop, purpose: shop, intent: "order", start: {who: [anyone], agents: [helper]}, grant: [{tools: [shop/find], resources: any}, {tools: [shop/order], effect: write}]}
"#,
    );
    node
}

#[test]
fn what_a_server_booked_before_it_went_away_is_settled_as_done_and_not_sent_again() {
    let node = Node::start();
    let booked = node.home.join("booked");
    let node = shop(node, &booked, &booked);
    let task = started(&node, "shop");
    let mut helper = Plain::start(&node);
    let told = helper.ask(&call(1, "shop__order", r#"{"key":"order-1"}"#));
    assert!(told.contains("settled_by_record") && told.contains("says that it was done"), "{told}");
    let again = helper.ask(&call(2, "shop__order", r#"{"key":"order-1"}"#));
    assert!(again.contains("repeated") && again.contains("it is done"), "{again}");
    helper.close();
    assert_eq!(std::fs::read_to_string(&booked).unwrap().lines().count(), 1, "it was sent once");
    let ended = outcome(&node, task, "shop/order");
    assert!(text(&ended, "sentence").contains("done, as its server's own record says"), "{}", ended.canonical());
    verified(&node, task);
}

#[test]
fn a_person_has_the_record_of_an_act_asked_through_its_grant_while_that_lives() {
    let node = Node::start();
    let (noted, booked) = (node.home.join("noted"), node.home.join("booked"));
    let node = shop(node, &noted, &booked);
    std::fs::write(&booked, "").unwrap();
    let task = started(&node, "shop");
    let mut helper = Plain::start(&node);
    let order = |helper: &mut Plain, id: u32| {
        let told = helper.ask(&call(id, "shop__order", &format!(r#"{{"key":"order-{id}"}}"#)));
        assert!(!told.contains("settled_by_record"), "the record says neither yet: {told}");
    };
    order(&mut helper, 1);
    let doubtful = || {
        let task = json(&node.cli(&["task", "show", &task.to_string()]));
        let acts = task.get("doubtful_acts").and_then(Json::as_array).unwrap_or_default().to_vec();
        acts.iter().map(|act| act.get("event").and_then(Json::as_u64).unwrap().to_string()).collect::<Vec<_>>()
    };
    let in_doubt = doubtful();
    let [first] = in_doubt.as_slice() else { panic!("one act is in doubt, and these are: {in_doubt:?}") };
    let settle = |event: &str| {
        let asked = ["task", "settle", &task.to_string(), event, "--by-record"];
        let output = std::process::Command::new(BINARY).arg("--home").arg(&node.home).args(asked).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "the answer is no");
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let told = settle(first);
    assert!(told.contains("says neither"), "{told}");
    // now the shop has it on its list
    std::fs::copy(&noted, &booked).unwrap();
    let settled = json(&node.cli(&["task", "settle", &task.to_string(), first, "--by-record"]));
    assert_eq!(settled.get("done").and_then(Json::as_bool), Some(true), "{}", settled.canonical());
    assert_eq!(doubtful(), Vec::<String>::new());
    assert!(settle(first).contains("settled"), "once");
    let ended = outcome(&node, task, "shop/order");
    assert!(text(&ended, "sentence").contains("done, as its server's own record says"), "{}", ended.canonical());
    let reads = node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "action.begun"]);
    assert!(reads.contains("through the grant of helper: shop/find"), "nobody called, and the record says so: {reads}");
    order(&mut helper, 2);
    let in_doubt = doubtful();
    let [second] = in_doubt.as_slice() else { panic!("one more is in doubt, and these are: {in_doubt:?}") };
    node.cli(&["task", "revoke", &task.to_string()]);
    let told = settle(second);
    assert!(told.contains("has ended, so nothing is read through it"), "{told}");
    helper.close();
    verified(&node, task);
}
