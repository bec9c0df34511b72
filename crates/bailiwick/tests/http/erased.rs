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

fn holds_of(node: &Node, task: &str) -> Vec<Json> {
    json(&node.cli(&["task", "show", task])).get("holds").and_then(Json::as_array).unwrap().to_vec()
}

fn erase(task: &str) -> [&str; 5] {
    ["task", "erase", task, "--reason", "the customer asked for it"]
}

/// Both verifiers find nothing wrong, and say who erased it.
fn says_erased(node: &Node, task: TaskId) {
    says_erased_by(node, task, "uid:");
}

fn says_erased_by(node: &Node, task: TaskId, by: &str) {
    let (report, second) = verified_twice(node, task);
    for report in [report].into_iter().chain(second) {
        assert!(report.contains(&format!("were erased by {by}")) && !report.contains("contradicted"), "{report}");
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
    let (ann, anns) = Browser::of(&node, "ann", "administrator");
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
    assert_eq!(signs(&ann, &anns, id).get("stands"), Some(&Json::from(false)));
    assert!(intent(&node, task).as_str().is_some(), "one person is not enough");
    assert_eq!(signs(&bert, &berts, id).get("stands"), Some(&Json::from(true)));
    assert_eq!(intent(&node, task), Json::Null);
    let told = node.cli(&["event", "list", "--kind", "control.erased"]);
    assert!(told.contains("ann erased task"), "{told}");
}

#[test]
fn a_task_that_is_held_is_not_erased_before_two_let_go_of_it() {
    let node = Node::start();
    node.documents(
        "{kind: person, name: ann, roles: [administrator]}\n---\n{kind: person, name: bert, roles: [administrator]}\n---\n\
         {kind: person, name: carl, roles: [clerk]}",
    );
    let task = node.start_task();
    let id = task.to_string();
    assert!(node.fails(&["task", "hold", &id, "--reason", ""]).contains("a reason"));
    assert!(node.fails(&["task", "release", &id, "--reason", "closed"]).contains("nobody holds"));
    let held = node.cli(&["task", "hold", &id, "--reason", "case 17"]);
    assert!(held.contains(r#""changed":true"#), "{held}");
    node.cli(&["task", "revoke", &id]);
    node.cli(&["task", "hold", &id, "--reason", "case 18"]);
    let which = node.fails(&["task", "release", &id, "--reason", "closed"]);
    assert!(which.contains("several hold this task"), "{which}");
    let holds = holds_of(&node, &id);
    let [first, second] = holds.as_slice() else { panic!("{holds:?}") };
    let number_of = |hold: &Json| number(hold, "id").to_string();
    let released = node.cli(&["task", "release", &id, "--hold", &number_of(second), "--reason", "case 18 is closed"]);
    assert!(released.contains(r#""changed":true"#), "{released}");
    assert_eq!(holds_of(&node, &id), std::slice::from_ref(first));
    let told = node.cli(&["event", "list", "--kind", "control.released"]);
    assert!(told.contains(&format!("released task {id} from hold {}: case 18", number_of(second))), "{told}");
    let gone = node.fails(&["task", "release", &id, "--hold", &number_of(second), "--reason", "again"]);
    assert!(gone.contains("it was released"), "{gone}");
    let refused = node.fails(&erase(&id));
    assert!(refused.contains("holds this task") && refused.contains(&format!(" task show {id}")), "{refused}");
    let shown = node.cli_text(&["task", "show", &id]);
    assert!(shown.contains("held") && shown.contains("case 17"), "{shown}");
    let rules = node.cli_text(&["policy", "document"]);
    assert!(rules.contains("Tasks that are held") && rules.contains("case 17"), "{rules}");
    let told = node.cli(&["event", "list", "--kind", "control.held"]);
    assert!(told.contains(&format!("holds task {id}: case 17")), "{told}");
    let event = json(told.lines().next().unwrap());
    let explained = node.cli_text(&["explain", &number(&event, "leaf").to_string()]);
    assert!(explained.contains(&format!(" task release {id} --hold {} ", number_of(first))), "{explained}");
    let ended = node.cli(&["event", "list", "--task", &id, "--kind", "task.ended"]);
    let leaf = number(&json(ended.lines().last().unwrap()), "leaf");
    let explained = node.cli_text(&["explain", &leaf.to_string()]);
    assert!(explained.contains("no rule erases the task"), "{explained}");

    let (clerk, _) = Browser::of(&node, "carl", "clerk");
    let (ann, anns) = Browser::of(&node, "ann", "administrator");
    let (bert, berts) = Browser::of(&node, "bert", "administrator");
    let path = |what: &str| format!("/v1/tasks/{id}/{what}");
    let body = r#"{"reason":"case 17 is closed"}"#;
    for what in ["hold", "release"] {
        assert!(clerk.ask("POST", &path(what), body).code().starts_with("403 "), "{what}");
    }
    let asked = ann.ask("POST", &path("release"), body).json();
    let waits = asked.get("proposed").unwrap_or_else(|| panic!("{}", asked.canonical()));
    assert!(waits.get("loosens").unwrap().canonical().contains("held no longer"), "{}", waits.canonical());
    assert!(ann.ask("POST", &path("erase"), body).code().starts_with("403 task_held"), "nothing of it stands yet");
    assert_eq!(signs(&ann, &anns, number(waits, "id")).get("stands"), Some(&Json::from(false)));
    assert_eq!(signs(&bert, &berts, number(waits, "id")).get("stands"), Some(&Json::from(true)));
    assert_eq!(holds_of(&node, &id), []);
    let asked = ann.ask("POST", &path("erase"), body).json();
    let number = number(asked.get("proposed").unwrap(), "id");
    assert_eq!(signs(&ann, &anns, number).get("stands"), Some(&Json::from(false)));
    assert_eq!(signs(&bert, &berts, number).get("stands"), Some(&Json::from(true)));
    says_erased_by(&node, task, "ann");
}

#[test]
fn a_rule_says_before_it_stands_how_many_it_would_erase_and_a_task_until_when_it_is_kept() {
    let node = Node::start();
    let task = node.start_task().to_string();
    node.cli(&["task", "revoke", &task]);
    let file = node.home.join("keep.yaml");
    std::fs::write(&file, "{kind: rule, name: keep, retention: {after: 90d, classes: {payroll: 30d}}}").unwrap();
    let path = file.to_str().unwrap();
    let answer = node.cli(&["apply", "--dry-run", path]);
    assert!(answer.contains(r#""erases":{"all":true,"tasks":0}"#), "{answer}");
    let told = node.cli_text(&["apply", "--dry-run", path]);
    assert!(told.contains("LOOSENS") || told.contains("erased for good 90d after it ended"), "{told}");
    assert_eq!(json(&node.cli(&["task", "show", &task])).get("keep_until"), Some(&Json::Null));
    node.cli(&["apply", path]);
    let until = number(&json(&node.cli(&["task", "show", &task])), "keep_until");
    let day = 24 * 3_600 * 1_000_000;
    let now = super::node::now().0;
    assert!(until > now + 89 * day && until < now + 91 * day, "{until}");
    assert!(node.cli_text(&["task", "show", &task]).contains("kept       until"));
    std::fs::write(&file, "{kind: rule, name: keep, retention: {after: 20d}}").unwrap();
    assert!(node.fails(&["apply", path]).contains("no less than the floor"));
    assert!(node.cli_text(&["policy", "document"]).contains("90d after it ended"));
}

#[test]
fn what_one_person_began_is_erased_and_what_is_kept_or_stays_is_named() {
    let node = Node::start();
    let requester =
        json(&node.cli(&["task", "show", &node.start_task().to_string()])).get("requester").unwrap().clone();
    let person = requester.as_str().unwrap();
    let (one, held, lives) = (node.start_task(), node.start_task(), node.start_task());
    for task in [one, held] {
        node.cli(&["task", "revoke", &task.to_string()]);
    }
    node.cli(&["task", "hold", &held.to_string(), "--reason", "case 17"]);
    let would = node.cli_text(&["erase", "--person", person, "--dry-run"]);
    assert!(would.contains("would erase 1 task that") && would.contains(&one.to_string()), "{would}");
    assert!(would.contains(&format!("kept {held}: somebody holds it")), "{would}");
    assert!(would.contains(&format!("kept {lives}: it lives")), "{would}");
    assert!(intent(&node, one).as_str().is_some(), "nothing went yet");
    assert!(node.fails(&["erase", "--person", person]).contains("--reason"));

    let done = json(&node.cli(&["erase", "--person", person, "--reason", "they asked for it"]));
    assert_eq!(done.get("tasks"), Some(&Json::array([Json::from(one.to_string())])), "{}", done.canonical());
    assert!(done.get("stays").unwrap().canonical().contains("their name, in the clear"), "{}", done.canonical());
    assert_eq!(intent(&node, one), Json::Null);
    assert!(intent(&node, held).as_str().is_some() && intent(&node, lives).as_str().is_some());
    says_erased(&node, one);
    verified(&node, held);
    let again = json(&node.cli(&["erase", "--person", person, "--reason", "they asked for it"]));
    assert_eq!((again.get("changed"), number(&again, "erased_before")), (Some(&Json::from(false)), 1));
    let nobody = node.fails(&["erase", "--person", "nobody", "--reason", "they asked for it"]);
    assert!(nobody.contains("there is no person `nobody`, and nobody of that name began a task"), "{nobody}");
    // what an account began is its person's, once a document says whose account it is
    let uid = person.strip_prefix("uid:").unwrap();
    node.documents(&format!("{{kind: person, name: rosa, roles: [clerk], uid: {uid}}}"));
    let theirs = node.cli_text(&["erase", "--person", "rosa", "--dry-run"]);
    assert!(theirs.contains(&format!("that rosa (also as {person}) began")), "{theirs}");
    assert!(theirs.contains(&format!("kept {lives}: it lives")), "{theirs}");
    let released = node.cli(&["task", "release", &held.to_string(), "--reason", "case 17 is closed"]);
    assert!(released.contains(r#""changed":true"#), "{released}");
    let theirs = node.cli_text(&["erase", "--person", "rosa", "--dry-run"]);
    assert!(theirs.contains(&format!("  {held}  begun by the account {person}")), "{theirs}");
    let done = json(&node.cli(&["erase", "--person", "rosa", "--reason", "they asked for it"]));
    let account = Json::object([("name", Json::from(person)), ("task", Json::from(held.to_string()))]);
    assert_eq!(done.get("accounts"), Some(&Json::array([account])), "{}", done.canonical());
    let told = node.cli(&["event", "list", "--kind", "control.person_erased"]);
    assert!(told.contains(&format!("1 task that rosa began, 1 by the account {person}: they asked")), "{told}");
    says_erased_by(&node, held, "rosa");
}

#[test]
fn where_people_have_passkeys_a_second_one_signs_which_tasks_of_a_person_go() {
    let node = Node::start();
    node.documents(
        "{kind: person, name: ann, roles: [administrator]}\n---\n{kind: person, name: bert, roles: [administrator]}",
    );
    let task = node.start_task();
    node.cli(&["task", "revoke", &task.to_string()]);
    let shown = json(&node.cli(&["task", "show", &task.to_string()]));
    let account = shown.get("requester").unwrap().as_str().unwrap();
    let uid = account.strip_prefix("uid:").unwrap();
    node.documents(&format!("{{kind: person, name: rosa, roles: [clerk], uid: {uid}}}"));
    let (ann, anns) = Browser::of(&node, "ann", "administrator");
    let (bert, berts) = Browser::of(&node, "bert", "administrator");
    let body = r#"{"reason":"they asked for it"}"#;
    let path = "/v1/persons/rosa/erase";
    let asked = ann.ask("POST", path, body).json();
    let waits = asked.get("proposed").unwrap_or_else(|| panic!("{}", asked.canonical()));
    let loosens = waits.get("loosens").unwrap().canonical();
    assert!(
        loosens.contains(&format!("of these 1 by the account {account}, which the directory says is theirs")),
        "{loosens}"
    );
    assert!(loosens.contains(&format!("task {task}, begun by the account {account}")), "{loosens}");
    assert!(intent(&node, task).as_str().is_some(), "nothing went yet");
    let again = ann.ask("POST", path, body).json();
    assert!(again.get("kept").unwrap().canonical().contains("waits for a second person"), "{}", again.canonical());
    assert_eq!(signs(&ann, &anns, number(waits, "id")).get("stands"), Some(&Json::from(false)));
    assert_eq!(signs(&bert, &berts, number(waits, "id")).get("stands"), Some(&Json::from(true)));
    assert_eq!(intent(&node, task), Json::Null);
    says_erased_by(&node, task, "ann");
}
