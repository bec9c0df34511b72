//! An agent says that its work is complete, by the real tool: what it held ends with all below it, and nothing else.

use super::Plain;
use super::approved;
use super::handed_on::{call, hand_on, json_of, node, started, words};
use super::node::META;
use super::people::Browser;
use super::shared::verified;
use bailiwick_core::json::Json;

fn complete(id: u32) -> String {
    call(id, "bailiwick_complete", "{}")
}

/// What the answer of one of our tools says to programs.
fn structured(answer: &str) -> Json {
    let found = json_of(answer).get("result").and_then(|result| result.get("structuredContent")).cloned();
    found.unwrap_or_else(|| panic!("{answer}"))
}

fn said<'a>(structured: &'a Json, name: &str) -> &'a str {
    structured.get(name).and_then(Json::as_str).unwrap_or_else(|| panic!("{name}: {}", structured.canonical()))
}

fn is(structured: &Json, name: &str) -> bool {
    structured.get(name).and_then(Json::as_bool).unwrap_or_else(|| panic!("{name}: {}", structured.canonical()))
}

#[test]
fn a_part_is_completed_by_its_holder_and_the_task_by_the_roots_with_all_that_is_left_of_it() {
    let (node, scouts) = node();
    let task = started(&node);
    let mut helper = Plain::start(&node);
    let listed = helper.ask(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{META}}}}}"#));
    assert!(listed.contains("bailiwick_complete"), "{listed}");
    let parts: Vec<String> = [(2, "one/pid"), (3, "one/twice")]
        .map(|(id, tool)| said(&structured(&helper.ask(&hand_on(id, tool, 2))), "grant").to_owned())
        .to_vec();
    let mut first = Plain::of(&node, "scout", &scouts);
    assert!(first.ask(&call(1, "one__pid", "{}")).contains(r#""resultType":"complete""#));
    let mut second = Plain::of(&node, "scout", &scouts);
    assert!(second.ask(&call(1, "one__twice", "{}")).contains(r#""resultType":"complete""#));

    // whose a grant is not, it does not end; and that there is one it does not hear
    let root = json_of(&node.cli(&["task", "show", &task.to_string()]));
    let root =
        root.get("grants").and_then(Json::as_array).unwrap()[0].get("grant").unwrap().as_str().unwrap().to_owned();
    for other in [root.as_str(), parts[1].as_str(), "00000000000000000000000000000000"] {
        let refused = first.ask(&call(2, "bailiwick_complete", &format!(r#"{{"grant":"{other}"}}"#)));
        assert!(refused.contains("not_available"), "{other}: {refused}");
    }
    for odd in [r#"{"grant":"mine"}"#, r#"{"grant":1}"#, r#"{"task":"all"}"#] {
        let refused = first.ask(&call(3, "bailiwick_complete", odd));
        assert!(refused.contains("argument_malformed"), "{odd}: {refused}");
    }

    // its own part, and the task goes on
    let over = structured(&first.ask(&complete(4)));
    assert_eq!((said(&over, "why"), is(&over, "task_ended"), is(&over, "again")), ("completed", false, false));
    assert_eq!(over.get("ended").unwrap().canonical(), format!(r#"[{{"grant":"{}","holder":"scout"}}]"#, parts[0]));
    let again = first.ask(&complete(6));
    assert!(is(&structured(&again), "again") && again.contains("had ended before"), "twice is once: {again}");
    assert!(first.ask(&call(7, "one__pid", "{}")).contains("_ended"));
    let ended = node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "grant.ended"]);
    assert_eq!(ended.lines().count(), 1, "{ended}");
    assert!(helper.ask(&call(7, "one__pid", "{}")).contains(r#""resultType":"complete""#), "the task goes on");
    assert!(
        second.ask(&call(2, "one__twice", "{}")).contains(r#""resultType":"complete""#),
        "and so does another's part"
    );

    // the root's holder: the task has ended as completed, and everybody's next call is refused
    let over = structured(&helper.ask(&complete(8)));
    assert_eq!((said(&over, "why"), is(&over, "task_ended"), is(&over, "again")), ("completed", true, false));
    let holders = over.get("ended").and_then(Json::as_array).unwrap();
    let holders: Vec<&str> = holders.iter().map(|of| said(of, "holder")).collect();
    assert_eq!(holders, ["helper", "scout"], "what ended before is not told as ended now");
    assert!(helper.ask(&call(9, "one__pid", "{}")).contains("_ended"));
    assert!(is(&structured(&second.ask(&complete(3))), "again"), "it had ended with the one above");
    assert!(second.ask(&call(4, "one__twice", "{}")).contains("_ended"), "a child's next call is refused");
    [helper, first, second].into_iter().for_each(Plain::close);

    // whose word it is stands in the record
    let ended = node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "task.ended"]);
    let leaf = json_of(&ended).get("leaf").and_then(Json::as_u64).unwrap().to_string();
    assert!(ended.contains("by the word of agent helper"), "{ended}");
    let told = words(&node, &["explain", &leaf]);
    for part in ["it is the word of agent helper", "agent helper, instance", "the task is complete (completed)"] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    let tree = words(&node, &["task", "show", &task.to_string()]);
    assert!(tree.contains("ended (completed)"), "{tree}");
    verified(&node, task);
}

#[test]
fn who_handed_a_part_on_completes_that_part_alone_and_after_a_revocation_nothing_is_left_to_complete() {
    let (node, scouts) = node();
    let task = started(&node);
    let mut helper = Plain::start(&node);
    let part = said(&structured(&helper.ask(&hand_on(1, "one/pid", 2))), "grant").to_owned();
    let mut scout = Plain::of(&node, "scout", &scouts);
    assert!(scout.ask(&call(1, "one__pid", "{}")).contains(r#""resultType":"complete""#));
    let over = structured(&helper.ask(&call(2, "bailiwick_complete", &format!(r#"{{"grant":"{part}"}}"#))));
    assert_eq!((said(&over, "why"), is(&over, "task_ended")), ("completed", false));
    assert!(scout.ask(&call(2, "one__pid", "{}")).contains("_ended"));
    assert!(helper.ask(&call(3, "one__pid", "{}")).contains(r#""resultType":"complete""#));
    node.cli(&["task", "revoke", &task.to_string()]);
    let late = helper.ask(&complete(4));
    let over = structured(&late);
    assert_eq!((said(&over, "why"), is(&over, "again")), ("revoked", true), "it is not said to be complete: {late}");
    helper.close();
    scout.close();
    verified(&node, task);
}

#[test]
fn what_waits_for_people_ends_with_it_and_a_policy_that_is_broken_holds_nothing_up() {
    let (node, task) = approved::node();
    let (bert, _) = Browser::of(&node, "bert", "boss");
    let mut helper = Plain::start(&node);
    let id = approved::asked(&helper.ask(&approved::call(1, "one__pid")));
    helper.ask(&call(2, "bailiwick_request", r#"{"wanted":"look again"}"#));
    assert_eq!(
        json_of(&node.cli(&["wish", "list"])).get("task").and_then(Json::as_str),
        Some(task.to_string().as_str())
    );
    // it overflows, whatever is asked: every call is refused
    let broken = "forbid (principal, action, resource) when { context.now * 9223372036854775807 > 0 };";
    node.documents(&format!("{{kind: policy, name: broken, cedar: '{broken}'}}"));
    assert!(helper.ask(&approved::call(3, "one__pid")).contains("policy_broken"));
    let answer = helper.ask(&complete(4));
    let over = structured(&answer);
    assert_eq!((said(&over, "why"), is(&over, "task_ended")), ("completed", true));
    assert_eq!(over.get("closed").unwrap().canonical(), format!("[{id}]"));
    assert_eq!(over.get("wishes").and_then(Json::as_array).unwrap().len(), 1);
    assert!(answer.contains("Nobody is asked any more"), "{answer}");
    helper.close();
    assert_eq!(node.cli(&["wish", "list"]).trim(), "");
    let asked = json_of(&node.cli(&["wish", "list", "--task", &task.to_string()]));
    assert_eq!(asked.get("standing").and_then(Json::as_str), Some("void"), "{}", asked.canonical());
    let shown = node.cli_text(&["task", "show", &task.to_string()]);
    assert!(!shown.contains("wish refuse") && shown.contains("nobody is asked any more"), "{shown}");
    let listed = bert.ask("GET", "/v1/approvals", "").json();
    assert_eq!(listed.get("approvals").and_then(Json::as_array).unwrap().len(), 0, "{}", listed.canonical());
    verified(&node, task);
}
