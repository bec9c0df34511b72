use super::*;

/// All methods of the schemas 2025-06-18, 2025-11-25 and 2026-07-28, and of the tasks extension of the last.
const CLIENT_REQUESTS_LEGACY: &[&str] = &[
    "initialize",
    "ping",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "prompts/list",
    "prompts/get",
    "tools/list",
    "tools/call",
    "tasks/get",
    "tasks/result",
    "tasks/cancel",
    "tasks/list",
    "logging/setLevel",
    "completion/complete",
];
const CLIENT_REQUESTS_MODERN: &[&str] = &[
    "server/discover",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "subscriptions/listen",
    "prompts/list",
    "prompts/get",
    "tools/list",
    "tools/call",
    "completion/complete",
    "tasks/get",
    "tasks/update",
    "tasks/cancel",
];
const CLIENT_NOTIFICATIONS: &[&str] = &[
    "notifications/cancelled",
    "notifications/initialized",
    "notifications/progress",
    "notifications/tasks/status",
    "notifications/roots/list_changed",
];
const SERVER_REQUESTS: &[&str] = &[
    "ping",
    "tasks/get",
    "tasks/result",
    "tasks/cancel",
    "tasks/list",
    "sampling/createMessage",
    "roots/list",
    "elicitation/create",
];
const SERVER_NOTIFICATIONS: &[&str] = &[
    "notifications/cancelled",
    "notifications/progress",
    "notifications/resources/list_changed",
    "notifications/subscriptions/acknowledged",
    "notifications/resources/updated",
    "notifications/prompts/list_changed",
    "notifications/tools/list_changed",
    "notifications/message",
    "notifications/tasks/status",
    "notifications/tasks",
    "notifications/elicitation/complete",
];

#[test]
fn every_method_of_both_schemas_is_in_the_table() {
    for method in CLIENT_REQUESTS_LEGACY {
        assert!(asked(Era::Legacy, method).is_some(), "{method}");
    }
    for method in CLIENT_REQUESTS_MODERN {
        assert!(asked(Era::Modern, method).is_some(), "{method}");
    }
    for method in CLIENT_NOTIFICATIONS {
        assert!(told(method).is_some(), "{method}");
    }
    for method in SERVER_REQUESTS {
        assert!(wanted(method).is_some(), "{method}");
    }
    for method in SERVER_NOTIFICATIONS {
        assert!(noticed(method).is_some(), "{method}");
    }
}

#[test]
fn methods_that_an_era_does_not_have_are_unknown_in_it() {
    for method in ["initialize", "ping", "logging/setLevel", "tools/cal", "Tools/call", ""] {
        assert_eq!(asked(Era::Modern, method), None, "{method}");
    }
    assert_eq!(asked(Era::Legacy, "server/discover"), None);
}

#[test]
fn every_governed_method_reserves_its_name_among_the_tools() {
    for method in [Governed::ReadResource, Governed::ListResources, Governed::GetPrompt, Governed::Complete] {
        assert!(RESERVED_TOOLS.contains(&method.tool()));
        assert_eq!(asked(Era::Modern, method.method()), Some(Asked::Governed(method)));
    }
}
