use crate::testing::{STDIO, World};
use bailiwick_core::{Standing, sha256};

fn kept(result: &str, most: u64) -> bool {
    let world = World::new(STDIO).with(r#"{"name":"t","inputSchema":{}}"#, Standing::Reviewed);
    let seen = world.catalogue().observe(&World::id("t"), result.as_bytes(), most, &|_, form| sha256(form.as_bytes()));
    seen.unwrap().observed.kept.is_some()
}

#[test]
fn a_result_is_kept_only_where_it_is_asked_for_and_only_to_the_bound() {
    let small = r#"{"content":[]}"#;
    let large = format!(r#"{{"content":[{{"type":"text","text":"{}"}}]}}"#, "x".repeat(17 << 10));
    assert!(!kept(small, 0));
    assert!(kept(small, 1 << 20));
    assert!(!kept(&large, 1 << 20));
    assert!(!kept("not JSON", 1 << 20));
}

#[test]
fn no_more_values_are_read_than_an_event_holds() {
    let bind = r#"{"kind":"tool","tool":"s/t","effect":"read","reversibility":"read-only",
        "bind":{"result":{"values":[{"at":"/ids/*","kind":"id:x"}]}}}"#;
    let world = World::new(STDIO).with(r#"{"name":"t","inputSchema":{}}"#, Standing::Reviewed).ruled(bind);
    let ids: Vec<String> = (0..300).map(|id| format!("\"i{id}\"")).collect();
    let result = format!(r#"{{"structuredContent":{{"ids":[{}]}}}}"#, ids.join(","));
    let seen = world.catalogue().observe(&World::id("t"), result.as_bytes(), 0, &|_, form| sha256(form.as_bytes()));
    assert_eq!(seen.unwrap().observed.values.len(), 256);
}

#[test]
fn the_result_of_a_method_is_read_as_it_is() {
    let bind = r#"{"kind":"tool","tool":"s/resources:read","effect":"read","reversibility":"read-only",
        "bind":{"measures":[{"unit":"records","after":true,"count":"/contents/*"}]}}"#;
    let words = crate::Method::ResourcesRead.words(&crate::Listed::default(), false).unwrap();
    let world = World::new(STDIO).with(&words.entry().canonical(), Standing::Reviewed).ruled(bind);
    let result = br#"{"contents":[{"uri":"a","text":"x"},{"uri":"b","text":"y"}]}"#;
    let seen = world.catalogue().observe(&World::id("resources:read"), result, 0, &|_, form| sha256(form.as_bytes()));
    let measured = seen.unwrap().observed.measured;
    assert_eq!(measured, [(bailiwick_core::Unit::records(), "2".parse().unwrap())]);
}

#[test]
fn of_a_result_that_nobody_may_look_into_only_its_size_is_known() {
    let bind = r#"{"kind":"tool","tool":"s/t","effect":"read","reversibility":"read-only",
        "bind":{"measures":[{"unit":"records","after":true,"count":"/ids/*"},{"unit":"bytes","after":true}]}}"#;
    let world = World::new(STDIO).with(r#"{"name":"t","inputSchema":{}}"#, Standing::Reviewed).ruled(bind);
    let unseen = world.catalogue().unseen(&World::id("t"), 17);
    assert_eq!(unseen.unmeasured, [bailiwick_core::Unit::records()]);
    assert_eq!(unseen.measured.len(), 1, "its size is known");
    assert_eq!((unseen.size, unseen.digest, unseen.kept), (17, None, None));
}

#[test]
fn an_error_that_the_binding_names_says_that_nothing_was_done_and_no_other_does() {
    use crate::Ending;
    let bind = r#"{"kind":"tool","tool":"s/t","effect":"transfer","reversibility":"irreversible",
        "bind":{"result":{"not_done":[{"at":"/content/0/text","equals":"insufficient funds"},{"at":"/status","equals":"rejected"}]}}}"#;
    let world = World::new(STDIO).with(r#"{"name":"t","inputSchema":{}}"#, Standing::Reviewed).ruled(bind);
    let ending = |result: &str| {
        let seen = world.catalogue().observe(&World::id("t"), result.as_bytes(), 0, &|_, form| sha256(form.as_bytes()));
        seen.unwrap().ending
    };
    let text = |text: &str| format!(r#"{{"content":[{{"text":"{text}","type":"text"}}],"isError":true}}"#);
    assert_eq!(ending(&text("insufficient funds")), Ending::NotDone);
    assert_eq!(ending(&text("insufficient funds, perhaps")), Ending::Doubt("error"));
    assert_eq!(ending(r#"{"content":[],"isError":true,"structuredContent":{"status":"rejected"}}"#), Ending::NotDone);
    // where there is structured content only that counts: a line that somebody else may have written is none
    let beside = r#"{"content":[{"text":"insufficient funds","type":"text"}],"isError":true,"structuredContent":{"status":"unknown"}}"#;
    assert_eq!(ending(beside), Ending::Doubt("error"));
    assert_eq!(ending("insufficient funds"), Ending::Doubt("error"));
}

#[test]
fn a_result_that_asks_for_input_is_no_success_unless_the_binding_says_that_nothing_was_done() {
    use crate::Ending;
    let ending = |nature: &str, bind: &str| {
        let rule = format!(r#"{{"kind":"tool","tool":"s/t",{nature},"bind":{{{bind}}}}}"#);
        let world = World::new(STDIO).with(r#"{"name":"t","inputSchema":{}}"#, Standing::Reviewed).ruled(&rule);
        let asks = br#"{"inputRequests":{"k":{}},"requestState":"s","resultType":"input_required"}"#;
        let seen = world.catalogue().observe(&World::id("t"), asks, 0, &|_, form| sha256(form.as_bytes()));
        seen.unwrap().ending
    };
    let write = r#""effect":"write","reversibility":"irreversible""#;
    assert_eq!(ending(write, ""), Ending::Doubt("input_required"));
    let read = r#""effect":"read","reversibility":"read-only""#;
    assert_eq!(ending(read, ""), Ending::Doubt("input_required"), "a read settles itself");
    let named = r#""result":{"not_done":[{"at":"/resultType","equals":"input_required"}]}"#;
    assert_eq!(ending(write, named), Ending::NotDone);
}

#[test]
fn what_a_caller_may_have_written_says_in_no_success_that_nothing_was_done() {
    use crate::Ending;
    let bind = r#"{"kind":"tool","tool":"s/t","effect":"write","reversibility":"irreversible",
        "bind":{"result":{"not_done":[{"at":"/resultType","equals":"input_required"},{"at":"/resultType","equals":"complete"},
            {"at":"/content/0/text","equals":"insufficient funds"},{"at":"/status","equals":"rejected"}]}}}"#;
    let world = World::new(STDIO).with(r#"{"name":"t","inputSchema":{}}"#, Standing::Reviewed).ruled(bind);
    let ending = |result: &str| {
        let seen = world.catalogue().observe(&World::id("t"), result.as_bytes(), 0, &|_, form| sha256(form.as_bytes()));
        seen.unwrap().ending
    };
    let text = |text: &str, more: &str| {
        let text = bailiwick_core::json::Json::from(text).canonical();
        format!(r#"{{"content":[{{"text":{text},"type":"text"}}]{more}}}"#)
    };
    let asks = r#"{"resultType":"input_required"}"#;
    let failed = r#","isError":true"#;
    for (given_back, told) in [
        (text(asks, ""), Ending::Done),
        (text(asks, r#","resultType":"complete""#), Ending::Done),
        (text(asks, failed), Ending::Doubt("error")),
        (format!(r#"{{"content":[],"structuredContent":{asks}}}"#), Ending::Done),
        (text("insufficient funds", ""), Ending::Done),
        (text(r#"{"status":"rejected"}"#, ""), Ending::Done),
        // what the server says itself: that it failed, its structure, and around it that it asks
        (text("insufficient funds", failed), Ending::NotDone),
        (text(r#"{"status":"rejected"}"#, failed), Ending::NotDone),
        (r#"{"content":[],"structuredContent":{"status":"rejected"}}"#.to_owned(), Ending::NotDone),
        (asks.to_owned(), Ending::NotDone),
        (text("x", r#","resultType":"input_required""#), Ending::NotDone),
    ] {
        assert_eq!(ending(&given_back), told, "{given_back}");
    }
}

#[test]
fn a_read_that_says_it_failed_is_over_and_known_to_have_failed() {
    let world = World::new(STDIO).with(r#"{"name":"t","inputSchema":{}}"#, Standing::Reviewed);
    let world = world.ruled(r#"{"kind":"tool","tool":"s/t","effect":"read","reversibility":"read-only"}"#);
    for (more, failed) in [("", false), (r#","isError":false"#, false), (r#","isError":true"#, true)] {
        let result = format!(r#"{{"content":[{{"text":"Access denied","type":"text"}}]{more}}}"#);
        let seen = world.catalogue().observe(&World::id("t"), result.as_bytes(), 0, &|_, form| sha256(form.as_bytes()));
        let seen = seen.unwrap();
        assert_eq!((seen.ending, seen.observed.failed), (crate::Ending::Done, failed), "{more}");
    }
}

#[test]
fn a_host_in_a_text_names_its_first_page_and_the_same_text_beside_tells_nothing_more() {
    let world = World::new(STDIO).with(r#"{"name":"t","inputSchema":{}}"#, Standing::Reviewed);
    let read = |result: &str| -> Vec<String> {
        let key = |_: &_, form: &str| sha256(form.as_bytes());
        let seen = world.catalogue().observe(&World::id("t"), result.as_bytes(), 0, &key).unwrap();
        seen.observed.values.into_iter().map(|value| format!("{} {}", value.kind, value.pointer)).collect()
    };
    let structured = r#"{"say":"see www.example.com"}"#;
    let beside = |text: &str| {
        let text = serde_json::to_string(text).unwrap();
        format!(r#"{{"content":[{{"type":"text","text":{text}}}],"structuredContent":{structured}}}"#)
    };
    let once = ["host /say", "url /say", "url /say"];
    assert_eq!(read(&beside(structured)), once);
    assert_eq!(read(&beside(r#"{ "say": "see www.example.com" }"#)), once);
    let twice = read(&beside("see www.example.com"));
    assert_eq!(twice.len(), 6, "another text is searched for itself: {twice:?}");
}
