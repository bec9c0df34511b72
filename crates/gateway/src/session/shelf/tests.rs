use super::*;
use bailiwick_core::json::Limits;

fn shown(server: &str, words: &str) -> Shown {
    let words = Json::parse(words.as_bytes(), &Limits::default()).unwrap();
    Shown { server: ServerName::parse(server).unwrap(), words }
}

fn shelf(prefixed: bool) -> Shelf {
    let shown = vec![
        shown(
            "a",
            r#"{"name":"x.y","inputSchema":{"type":"object"},"execution":{"taskSupport":"optional"},"x-new":1}"#,
        ),
        shown("a", r#"{"name":"bailiwick_authority","inputSchema":{"type":"object"}}"#),
        shown("a", r#"{"name":"prompts:get","said":{"prompts":[{"name":"hello"}]}}"#),
        shown("a", r#"{"name":"server:instructions","said":{"instructions":"be kind"}}"#),
        shown("a", r#"{"name":"resources:read","said":{"resourceTemplates":[{"uriTemplate":"a:{b}"}]}}"#),
        shown("b", r#"{"name":"x.y","inputSchema":{"type":"object"},"outputSchema":{"type":"array"}}"#),
        shown("b", r#"{"name":"resources:read","said":{"resourceTemplates":[]}}"#),
    ];
    Shelf::new(shown, prefixed)
}

fn names_of(entries: &[Json]) -> Vec<&str> {
    entries.iter().map(|entry| entry.get("name").unwrap().as_str().unwrap()).collect()
}

#[test]
fn methods_are_no_tools_and_names_say_the_server() {
    let tools = shelf(true).tools(Era::Modern);
    assert_eq!(names_of(&tools), [AUTHORITY_TOOL, "a__x_y", "a__bailiwick_authority", "b__x_y"]);
    assert_eq!(names_of(&shelf(true).prompts()), ["a__hello"]);
    assert_eq!(shelf(true).tool(&ServerName::parse("b").unwrap(), "b__x_y").as_deref(), Some("x.y"));
    assert_eq!(shelf(true).tool(&ServerName::parse("b").unwrap(), "b__x.y"), None);
}

#[test]
fn on_one_server_names_are_unchanged_and_ours_is_ours() {
    let one = Shelf { parts: shelf(false).parts.into_iter().take(1).collect(), own: Vec::new(), prefixed: false };
    assert_eq!(names_of(&one.tools(Era::Legacy)), [AUTHORITY_TOOL, "x.y"]);
    assert!(one.instructions().starts_with("be kind\n"));
}

#[test]
fn what_we_do_not_serve_is_not_declared_and_what_we_do_not_know_survives() {
    let tools = shelf(true).tools(Era::Legacy);
    assert!(tools[1].get("x-new").is_some());
    assert!(
        shelf(true).tools(Era::Modern)[1].get("execution").is_none(),
        "a server of the newer era decides by itself"
    );
    assert!(tools[3].get("outputSchema").is_none());
    assert!(shelf(true).tools(Era::Modern)[3].get("outputSchema").is_some());
}

#[test]
fn a_request_that_names_no_server_needs_the_only_one() {
    assert_eq!(shelf(true).only_server_with("resources:read"), Err(()));
    assert_eq!(shelf(true).only_server_with("prompts:get").unwrap().unwrap().as_str(), "a");
    assert_eq!(shelf(true).only_server_with("completion:complete"), Ok(None));
}

#[test]
fn pages_join_to_the_list_and_foreign_cursors_are_refused() {
    let entries: Vec<Json> = (0u64..5).map(Json::from).collect();
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = page(entries.clone(), "tools", cursor.as_ref(), 2).unwrap();
        all.extend_from_slice(page.get("tools").unwrap().as_array().unwrap());
        cursor = page.get("nextCursor").cloned();
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(all, entries);
    for foreign in [Json::from("after-5"), Json::from("after--1"), Json::from("x"), Json::from(2u64)] {
        assert_eq!(page(entries.clone(), "tools", Some(&foreign), 2).unwrap_err().code, INVALID_PARAMS);
    }
}

#[test]
fn who_may_not_hand_on_is_not_told_of_parts_that_end() {
    let own = |name: &str| shown("bailiwick", &format!(r#"{{"name":"{name}"}}"#));
    let complete = |all: Vec<Shown>| {
        let tools = Shelf::new(all, true).tools(Era::Modern);
        let found = tools.iter().find(|tool| tool.get("name").and_then(Json::as_str) == Some("bailiwick_complete"));
        found.map(Json::canonical)
    };
    assert_eq!(complete(vec![own("request")]), None);
    let alone = complete(vec![own("complete"), own("request")]).unwrap();
    assert!(!alone.contains("grant") && alone.contains(r#""destructiveHint":true"#), "{alone}");
    let handing = complete(vec![own("complete"), own("delegate")]).unwrap();
    assert!(handing.contains(r#""properties":{"grant":"#) && handing.contains("bailiwick_delegate"), "{handing}");
}
