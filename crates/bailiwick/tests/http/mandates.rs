//! Mandates at the real node: applied, drawn on, shown, given back; on one node, and on two of one database.

use super::cluster::database;
use super::node::{BINARY, Node};
use super::servers::{furnished, process};
use super::shared::{ONE_AT_A_TIME, kinds, verified};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{MandateName, TaskId, TenantId, mandate_stream};
use std::process::{Command, Output};

/// The second verifier, which shares nothing with the first.
const VERIFY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites/verify-python/verify.py");
const DOCUMENTS: &str = r#"
{kind: mandate, name: household, giver: ann, for: {agents: [helper]}, meters: {EUR: {most: "1000.00", per: month in Europe/Berlin}}}
---
{kind: template, name: pay, purpose: pay, intent: "pay what is due", draws: [household], start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/*"], effect: transfer, meters: {EUR: {total: "300.00"}}}]}
"#;

fn json(text: &str) -> Json {
    Json::parse(text.trim().as_bytes(), &Limits::default()).unwrap()
}

/// Asks the node to start a task that draws on the mandate.
fn start(node: &Node) -> Output {
    let args = ["--json", "task", "start", "pay", "--agent", "helper", "--yes"];
    Command::new(BINARY).arg("--home").arg(&node.home).args(args).output().unwrap()
}

fn started(output: &Output) -> Option<TaskId> {
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        assert!(said.contains("left of the mandate"), "{said}");
        return None;
    }
    let task = json(&String::from_utf8_lossy(&output.stdout));
    Some(TaskId::parse(task.get("task").unwrap().as_str().unwrap()).unwrap())
}

/// What is left of the mandate, once nothing more is to go back.
fn left(node: &Node) -> String {
    let shown = json(&node.cli(&["mandate", "show", "household"]));
    let meters = shown.get("meters").and_then(Json::as_array).unwrap();
    meters[0].get("left").unwrap().as_str().unwrap().to_owned()
}

/// Waits until so much is left: a rest goes back with the node's next beats.
fn comes_back(node: &Node, expected: &str) {
    let comes = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        left(node) == expected
    });
    assert!(comes, "{} is left, not {expected}", left(node));
}

/// Whoever hides what the mandate says of a task is found out by both verifiers.
fn hidden(node: &Node, task: TaskId) {
    let bundle = std::fs::read_to_string(node.home.join(format!("{task}.jsonl"))).unwrap();
    let header = json(bundle.lines().next().unwrap());
    let tenant = header.get("bundle").and_then(|bundle| bundle.get("tenant")?.as_str()).unwrap();
    let name = MandateName::parse("household").unwrap();
    let stream = mandate_stream(TenantId::parse(tenant).unwrap(), &name).to_string();
    let key = json(&node.cli(&["log", "key"]));
    let key = key.get("key").and_then(Json::as_str).unwrap();
    let changed = node.home.join("hidden.jsonl");
    type Gone = fn(&str) -> bool;
    let gone: [(&str, Gone); 3] = [
        ("its events", |line| line.starts_with(r#"{"event""#)),
        ("where it ends", |line| line.starts_with(r#"{"head""#)),
        ("all of it", |_| true),
    ];
    for (what, gone) in gone {
        let own = format!(r#""stream":"{stream}""#);
        let kept = bundle.lines().filter(|line| !(line.contains(&own) && gone(line)));
        std::fs::write(&changed, kept.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        let rust = Command::new(BINARY).args(["--json", "verify", "--key", key]).arg(&changed).output().unwrap();
        let python = Command::new("python3").args([VERIFY, "--json", "--log-key", key]).arg(&changed).output().unwrap();
        for verifier in [rust, python] {
            let report = String::from_utf8_lossy(&verifier.stdout).into_owned();
            assert!(report.contains(r#"contradicted"#), "{what}: {report}");
        }
    }
}

/// The streams beside tasks are no tasks, and not closed ones.
fn no_task(node: &Node, task: TaskId) {
    let bundle = std::fs::read_to_string(node.home.join(format!("{task}.jsonl"))).unwrap();
    let header = json(bundle.lines().next().unwrap());
    let tenant = header.get("bundle").and_then(|bundle| bundle.get("tenant")?.as_str()).unwrap();
    let (tenant, name) = (TenantId::parse(tenant).unwrap(), MandateName::parse("household").unwrap());
    for stream in [bailiwick_node::control_stream(tenant), mandate_stream(tenant, &name)] {
        for what in ["show", "revoke"] {
            let args = ["--json", "task", what, &stream.to_string()];
            let asked = Command::new(BINARY).arg("--home").arg(&node.home).args(args).output().unwrap();
            let said = String::from_utf8_lossy(&asked.stderr);
            assert!(!asked.status.success() && said.contains("not_found"), "{what}: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_drawn_on_by_tasks_and_what_they_did_not_use_comes_back() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let node = furnished(Node::start(), &[("one", process())]);
    for (wrong, said) in [
        ("Europe/Berlin", "Europe/Berlinn"),
        (r#"{EUR: {total: "300.00"}}"#, r#"{USD: {total: "300.00"}}"#),
        (r#"{EUR: {total: "300.00"}}"#, r#"{EUR: {each: "300.00"}}"#),
    ] {
        let refused = node.refused(&DOCUMENTS.replace(wrong, said));
        let told = ["no time zone `Europe/Berlinn`", "`household` gives EUR, and no USD", "`total` is missing"];
        assert!(told.iter().any(|told| refused.contains(told)), "{refused}");
    }
    node.documents(DOCUMENTS);
    assert!(node.cli(&["mandate", "list"]).contains("ann gives 1000 EUR a month (Europe/Berlin) for agent helper"));
    let tasks: Vec<TaskId> = (0..3).map(|_| started(&start(&node)).expect("there is enough")).collect();
    let refused = start(&node);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("asked `300 EUR of household`, at most `100 EUR`"), "{said}");
    let shown = node.cli(&["task", "show", &tasks[0].to_string()]);
    assert!(shown.contains(r#""drawn":"300""#) && shown.contains(r#""mandate":"household""#), "{shown}");
    node.cli(&["task", "revoke", &tasks[0].to_string()]);
    comes_back(&node, "400");
    started(&start(&node)).expect("what came back is drawn again");
    // Their records hold the mandate's, and are decided again.
    for task in &tasks[..2] {
        verified(&node, *task);
    }
    hidden(&node, tasks[0]);
    no_task(&node, tasks[0]);
    assert_eq!(kinds(&node, tasks[0], "allocation.returned"), 1);
    // The mandate goes, and what rests on it.
    let removed = node.cli(&["apply", "--remove", "mandate/household", "--remove", "template/pay"]);
    assert!(removed.contains(r#""grants":3,"mandate":"household","tasks":3,"why":"mandate_ended""#), "{removed}");
    let ended = node.cli(&["task", "show", &tasks[1].to_string()]);
    assert!(ended.contains("mandate_ended"), "{ended}");
    node.documents(DOCUMENTS);
    comes_back(&node, "1000");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_draw_on_one_mandate_at_once_and_no_more_than_it_gives() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let Some(database) = tokio::task::block_in_place(database) else { return };
    let one = furnished(Node::start_on(Some(database.url())), &[("one", process())]);
    one.documents(DOCUMENTS);
    let two = one.beside();
    let asked: Vec<Output> = std::thread::scope(|scope| {
        let nodes = [&one, &two, &one, &two, &one, &two, &one, &two];
        let asked: Vec<_> = nodes.into_iter().map(|node| scope.spawn(move || start(node))).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    let tasks: Vec<TaskId> = asked.iter().filter_map(started).collect();
    assert_eq!((tasks.len(), left(&one), left(&two)), (3, "100".to_owned(), "100".to_owned()));
    // Ended at the other node than they began at, it may be: what was drawn comes back all the same.
    for (task, node) in tasks.iter().zip([&two, &one, &two]) {
        node.cli(&["task", "revoke", &task.to_string()]);
    }
    comes_back(&one, "1000");
    assert!(started(&start(&two)).is_some(), "what came back at one is there at the other");
    for task in &tasks {
        verified(&two, *task);
    }
}
