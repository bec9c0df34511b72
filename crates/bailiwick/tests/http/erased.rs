//! A task that is erased: nobody brings back what was said in it, and what is left still proves itself.

use super::changes::{number, signs};
use super::node::{BINARY, Node};
use super::people::{Browser, json};
use super::shared::{verified, verified_twice};
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;

fn intent(node: &Node, task: TaskId) -> Json {
    json(&node.cli(&["task", "show", &task.to_string()])).get("intent").unwrap().clone()
}

fn erase(task: &str) -> [&str; 5] {
    ["task", "erase", task, "--reason", "the customer asked for it"]
}

/// Both verifiers find nothing wrong, and say who erased it.
fn says_erased(node: &Node, task: TaskId) {
    let (report, second) = verified_twice(node, task);
    for report in [report].into_iter().chain(second) {
        assert!(report.contains("were erased by uid:") && !report.contains("contradicted"), "{report}");
        assert!(report.contains("not_decidable") || report.contains("not decidable"), "{report}");
    }
}

#[test]
fn what_was_erased_is_in_no_export_nor_comes_back_with_a_backup_and_what_is_left_proves_itself() {
    let node = Node::start();
    let (task, other) = (node.start_task(), node.start_task());
    let (id, said) = (task.to_string(), intent(&node, task));
    assert!(said.as_str().is_some());
    let export = || node.cli(&["log", "export", &id]);
    let quoted = said.canonical();
    assert!(export().contains(&quoted.replace('"', "")), "it stands in the bundle as long as it is there");
    assert!(node.fails(&erase(&id)).contains("the task lives"));
    let copy = node.home.join("monday.db").to_str().unwrap().to_owned();
    node.cli(&["backup", &copy]);
    node.cli(&["task", "revoke", &id]);
    verified(&node, task);

    assert!(node.fails(&["task", "erase", &id, "--reason", " "]).contains("a reason"));
    assert!(node.cli(&erase(&id)).contains(r#""changed":true"#));
    assert!(node.cli(&erase(&id)).contains(r#""changed":false"#), "once");
    assert_eq!(intent(&node, task), Json::Null);
    assert!(!export().contains(&quoted.replace('"', "")), "what is exported from now on has it no more");
    says_erased(&node, task);
    verified(&node, other);
    assert!(intent(&node, other).as_str().is_some(), "another task is as it was");
    let told = node.cli(&["event", "list", "--kind", "control.erased"]);
    assert!(told.contains(&format!("erased task {id}: the customer asked for it")), "{told}");

    // neither a start nor a backup of before brings it back
    let mut node = node;
    node.meanwhile(|_| ());
    assert_eq!(intent(&node, task), Json::Null);
    let restored = node.meanwhile(|home| {
        let args = ["--json", "restore", &copy];
        let output = std::process::Command::new(BINARY).arg("--home").arg(home).args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        json(&String::from_utf8(output.stdout).unwrap())
    });
    assert_eq!(restored.get("erased"), Some(&Json::from(1_u64)), "{}", restored.canonical());
    assert_eq!(intent(&node, task), Json::Null);
    assert!(intent(&node, other).as_str().is_some());
    let told = node.cli(&["event", "list", "--kind", "control.erased"]);
    assert!(told.contains("as it was before the store was put back"), "{told}");
}

#[test]
fn where_people_have_passkeys_a_second_one_signs_an_erasure_before_anything_goes() {
    let node = Node::start();
    node.documents(
        "{kind: person, name: ann, roles: [administrator]}\n---\n{kind: person, name: bert, roles: [administrator]}\n---\n\
         {kind: person, name: carl, roles: [clerk]}",
    );
    let task = node.start_task();
    let (clerk, _) = Browser::of(&node, "carl", "clerk");
    let (ann, _) = Browser::of(&node, "ann", "administrator");
    let (bert, berts) = Browser::of(&node, "bert", "administrator");
    node.cli(&["task", "revoke", &task.to_string()]);
    let path = format!("/v1/tasks/{task}/erase");
    let body = r#"{"reason":"the customer asked for it"}"#;
    assert!(clerk.ask("POST", &path, body).code().starts_with("403 "));
    let asked = ann.ask("POST", &path, body).json();
    let waits = asked.get("proposed").unwrap_or_else(|| panic!("{}", asked.canonical()));
    assert!(waits.get("loosens").unwrap().canonical().contains("is erased for good"), "{}", waits.canonical());
    let id = number(waits, "id");
    assert!(intent(&node, task).as_str().is_some(), "nothing went yet");
    assert_eq!(signs(&bert, &berts, id).get("stands"), Some(&Json::from(true)));
    assert_eq!(intent(&node, task), Json::Null);
    let told = node.cli(&["event", "list", "--kind", "control.erased"]);
    assert!(told.contains("ann erased task"), "{told}");
}
