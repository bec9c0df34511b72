//! What people answer at the command line, and that work is complete: each succeeds, and the agent or the record says so.

use super::Plain;
use super::approved::{asked, call};
use super::breakglass::EMERGENCY;
use super::changes::number;
use super::node::{META, Node};
use super::people::{Browser, json, text};
use super::servers::{furnished, process};
use super::shared::verified;
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;

/// A node on which each act of a task from `asked` needs a yes of the boss.
fn node() -> Node {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(
        r#"
{kind: template, name: asked, purpose: look, intent: "look with care", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/*"], resources: any}], ask: [{who: "role:boss"}]}
"#,
    );
    node.documents(EMERGENCY);
    node
}

/// From now on the account of this test is this person.
fn account_is(node: &Node, name: &str, roles: &str) {
    let uid = std::fs::metadata(&node.home).map(|of| std::os::unix::fs::MetadataExt::uid(&of)).unwrap();
    node.documents(&format!("{{kind: person, name: {name}, roles: [{roles}], uid: {uid}}}"));
}

/// Why a task is over.
fn why(node: &Node, task: &str) -> String {
    let shown = json(&node.cli(&["task", "show", task]));
    text(shown.get("standing").unwrap(), "why").to_owned()
}

#[test]
fn a_person_says_at_the_command_line_that_work_is_complete_and_over_http_as_well() {
    let node = node();
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    let mut of_account = node.start_task().to_string();
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(1, "one__pid")).contains(r#""resultType":"complete""#));
    let receipt = node.cli_text(&["task", "complete", &of_account]);
    assert!(receipt.contains("effective at ") && receipt.contains("open at that moment: none"), "{receipt}");
    assert_eq!(why(&node, &of_account), "completed");
    assert!(helper.ask(&call(2, "one__pid")).contains("task_ended"));
    assert!(node.cli_text(&["task", "complete", &of_account]).contains("it had ended before"));
    assert!(node.cli_text(&["task", "list"]).contains("ended (completed)"));
    verified(&node, TaskId::parse(&of_account).unwrap());
    of_account = node.start_task().to_string();
    // a person at a browser completes their own, and nobody else's
    let started = carl.consents(&carls, "/v1/tasks", r#"{"template":"look","agent":"helper"}"#).json();
    let own = text(&started, "task");
    let completes = |task: &str| carl.ask("POST", &format!("/v1/tasks/{task}/end"), r#"{"completed":true}"#);
    assert_eq!(completes(&of_account).code(), "404 not_found");
    let receipt = completes(own);
    assert_eq!(receipt.status(), 200, "{}", receipt.0);
    assert!(receipt.json().get("effective_at").and_then(Json::as_u64).is_some(), "{}", receipt.0);
    assert_eq!(why(&node, own), "completed");
    let ended = node.cli(&["event", "list", "--task", own, "--kind", "task.ended"]);
    let by = json(&ended).get("data").and_then(|data| data.get("by")).cloned().unwrap();
    assert_eq!((text(&by, "person"), text(&by, "assurance")), ("carl", "session"), "{ended}");
    helper.close();
    verified(&node, TaskId::parse(own).unwrap());
}

#[test]
fn a_no_at_the_command_line_reaches_the_agent_with_its_reason() {
    let node = node();
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    // who is asked has to be able to say yes
    let (_bert, _) = Browser::of(&node, "bert", "boss");
    account_is(&node, "bert", "boss");
    let started = carl.consents(&carls, "/v1/tasks", r#"{"template":"asked","agent":"helper"}"#).json();
    let task = text(&started, "task").to_owned();
    let mut helper = Plain::start(&node);
    let id = asked(&helper.ask(&call(1, "one__pid"))).to_string();
    let refused = json(&node.cli(&["approval", "refuse", &id, "--reason", "the machine is being moved"]));
    assert_eq!(text(&refused, "standing"), "refused", "{}", refused.canonical());
    let told = helper.ask(&call(2, "one__pid"));
    assert!(told.contains("approval_refused") && told.contains("the machine is being moved"), "{told}");
    let shown = node.cli_text(&["approval", "show", &id]);
    assert!(shown.contains("refused   by bert: the machine is being moved"), "{shown}");

    // what an agent asks for more is refused by its own person
    node.cli(&["task", "complete", &task]);
    node.cli(&["task", "start", "look", "--agent", "helper", "--yes"]);
    helper.close();
    let mut helper = Plain::start(&node);
    let made = helper.ask(&format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"bailiwick_request","arguments":{{"wanted":"leave the house","tools":["one/leave"]}},{META}}}}}"#
    ));
    let made = json(&made);
    let wish = made.get("result").and_then(|of| of.get("structuredContent")?.get("request")?.as_u64()).unwrap();
    let listed = json(&node.cli(&["wish", "list"]));
    let task = text(&listed, "task").to_owned();
    let words = node.cli_text(&["wish", "refuse", &task, &wish.to_string(), "--reason", "not today"]);
    assert!(!words.is_empty());
    let own = helper.ask(&call(2, "bailiwick_authority"));
    assert!(own.contains("not today") && own.contains(r#""standing":"refused""#), "{own}");
    assert!(node.cli_text(&["wish", "list", "--task", &task]).contains("bert said no: not today"));
    helper.close();
    verified(&node, TaskId::parse(&task).unwrap());
}

#[test]
fn a_broken_glass_is_closed_at_the_command_line_by_who_did_not_break_it() {
    let node = node();
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    account_is(&node, "rita", "break-glass");
    let started = carl.consents(&carls, "/v1/tasks", r#"{"template":"asked","agent":"helper"}"#).json();
    let task = text(&started, "task").to_owned();
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(1, "one__pid")).contains("approval_unavailable"));
    // no administrator has a passkey: the account at the node's socket is her word
    node.cli(&[
        "break-glass",
        "open",
        "--task",
        &task,
        "--envelope",
        "emergency",
        "--incident",
        "INC-7",
        "--reason",
        "nobody is there",
    ]);
    assert!(helper.ask(&call(2, "one__pid")).contains(r#""resultType":"complete""#));
    let open = json(&node.cli(&["break-glass", "list"]));
    assert_eq!((text(&open, "standing"), text(&open, "by")), ("open", "rita"));
    let glass = number(&open, "id").to_string();
    let own = node.fails(&["break-glass", "close", &glass, "--findings", "all was well"]);
    assert!(own.contains("this person broke it"), "who broke it does not close it: {own}");
    node.documents("{kind: person, name: rita, roles: [break-glass]}");
    account_is(&node, "tom", "administrator");
    let said = node.cli_text(&["break-glass", "close", &glass, "--findings", "one look, which was due"]);
    assert!(said.contains(&format!("break-glass {glass} is closed; event ")), "{said}");
    node.fails(&["break-glass", "close", &glass, "--findings", "again"]);
    let closed = json(&node.cli(&["event", "list", "--kind", "control.glass_closed"]));
    let by = closed.get("data").and_then(|data| data.get("by")).cloned().unwrap();
    assert_eq!((text(&by, "person"), text(&by, "assurance")), ("tom", "local"));
    assert!(helper.ask(&call(3, "one__pid")).contains("approval_unavailable"), "it is over");
    helper.close();
    verified(&node, TaskId::parse(&task).unwrap());
}
