//! Events as people read them, of a node and of a bundle: who, what, how much, where to, what came of it.

use crate::world::{World, succeeded};
use serde_json::json;

#[test]
fn an_act_is_told_in_a_line_and_its_end_names_it_by_event_and_tool() {
    let world = World::furnished("seen-acts");
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(1, "seen").unwrap()));
    agent.call("pay", json!({"amount": "9"})).unwrap();
    let refused = agent.pay(11, "over").unwrap();
    let refusal = &refused["result"]["_meta"]["bailiwick.dev/refusal"];
    assert_eq!(refusal["code"], "over_each", "{refused}");
    assert_eq!(refusal["command"], format!("bailiwick task show {}", world.tasks()[0]), "{refused}");
    world.done(&["task", "revoke", &world.tasks()[0]]);
    let refused = agent.pay(1, "late").unwrap();
    let refusal = &refused["result"]["_meta"]["bailiwick.dev/refusal"];
    assert_eq!(refusal["code"], "task_ended", "{refused}");
    assert!(
        refusal["command"].is_null() && !refused.to_string().contains("TEMPLATE"),
        "its client starts it: {refused}"
    );
    let said = world.done(&["event", "list", "--kind", "action"]);
    let begun = said.lines().find(|line| line.contains("action.begun")).unwrap();
    assert!(begun.contains("/pay") && begun.contains("allowed by "), "{begun}");
    let (_, leaf) = begun.split_once('#').unwrap();
    let leaf = leaf.split_whitespace().next().unwrap();
    let ended = said.lines().find(|line| line.contains("action.ended")).unwrap();
    assert!(ended.contains(&format!("#{leaf} ")) && ended.contains("/pay: done"), "{ended}");
    let task = world.tasks().remove(0);
    assert!(said.lines().all(|line| line.contains(task.get(..8).unwrap())), "{said}");
    agent.close();
    super::wrapped::ended(&world);
    // a bundle's events are told as the node tells them
    let bundle = world.folder.0.join("seen.bwb");
    std::fs::write(&bundle, world.export(&task, &[])).unwrap();
    let key = world.key();
    let told = world.done(&["verify", bundle.to_str().unwrap(), "--key", key.trim(), "--events"]);
    let own = world.done(&["event", "list", "--task", &task, "--last", "100"]);
    for line in own.lines() {
        assert!(told.lines().any(|other| other == line), "`{line}` is not in: {told}");
    }
}
