use super::*;
use crate::asks::Kind;

/// The methods of the published schemas, a line each.
const SCHEMAS: [(Era, &str); 3] = [
    (Era::Legacy, include_str!("schemas/2025-06-18.txt")),
    (Era::Legacy, include_str!("schemas/2025-11-25.txt")),
    (Era::Modern, include_str!("schemas/2026-07-28.txt")),
];
/// What the tasks extension of 2026-07-28 adds, whose schema stands apart.
const TASKS_REQUESTS: &[&str] = &["tasks/get", "tasks/update", "tasks/cancel"];
const TASKS_NOTIFICATIONS: &[&str] = &["notifications/tasks"];

#[test]
fn every_method_of_the_schemas_is_in_the_table() {
    let mut walked = 0;
    for (era, schema) in SCHEMAS {
        for line in schema.lines().filter(|line| !line.starts_with('#')) {
            let (kind, method) = line.rsplit_once(' ').unwrap();
            let there = match kind {
                "client request" => asked(era, method).is_some(),
                "client notification" => told(method).is_some(),
                "server request" => wanted(method).is_some(),
                "server notification" => noticed(method).is_some(),
                "input request" => Kind::of_method(method).is_some(),
                other => panic!("{other}"),
            };
            assert!(there, "{era:?}: {line}");
            walked += 1;
        }
    }
    assert_eq!(walked, 28 + 39 + 22, "all lines of all schemas");
    assert!(TASKS_REQUESTS.iter().all(|method| asked(Era::Modern, method).is_some()));
    assert!(TASKS_NOTIFICATIONS.iter().all(|method| noticed(method).is_some()));
}

#[test]
fn every_answer_that_is_an_act_reserves_its_name_among_the_tools() {
    for tool in Kind::ALL.into_iter().filter_map(Kind::tool) {
        assert!(RESERVED_TOOLS.contains(&tool), "{tool}");
    }
}

#[test]
fn methods_that_an_era_does_not_have_are_unknown_in_it() {
    let older = ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];
    let older = older.iter().chain(&["tasks/result", "tasks/list"]);
    for method in older.chain(&["tools/cal", "Tools/call", ""]) {
        assert_eq!(asked(Era::Modern, method), None, "{method}");
    }
    for method in ["server/discover", "subscriptions/listen", "tasks/update"] {
        assert_eq!(asked(Era::Legacy, method), None, "{method}");
    }
}

#[test]
fn every_governed_method_reserves_its_name_among_the_tools() {
    use Governed::{Complete, GetPrompt, ListResources, ReadResource, Subscribe};
    for method in [ReadResource, ListResources, Subscribe, GetPrompt, Complete] {
        assert!(RESERVED_TOOLS.contains(&method.tool()));
        assert_eq!(asked(Era::Legacy, method.method()), Some(Asked::Governed(method)));
    }
}
