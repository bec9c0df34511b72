use super::Path;
use crate::testing::json;

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

#[test]
fn what_is_missing_is_told_and_null_is_missing() {
    let document = json(r#"{"a":[{"x":1},{},{"x":null},{"x":2}],"n":null,"o":{"k":{"x":3}},"e":[]}"#);
    for (text, hits, missing) in [
        ("/a/*/x", &["/a/0/x", "/a/3/x"][..], Some("/a/1/x")),
        ("/o/*/x", &["/o/k/x"], None),
        ("/a/0/x", &["/a/0/x"], None),
        ("/n", &[], Some("/n")),
        ("/none", &[], Some("/none")),
        ("/none/*/x", &[], Some("/none")),
        ("/a/0/x/*", &[], Some("/a/0/x")),
        ("/e/*", &[], None),
        ("/a/00/x", &[], Some("/a/00")),
    ] {
        let found = path(text).find(&document);
        let places: Vec<String> = found.hits.iter().map(|hit| hit.pointer.to_string()).collect();
        assert_eq!(places, hits, "{text}");
        assert_eq!(found.missing.map(|place| place.to_string()).as_deref(), missing, "{text}");
    }
}

#[test]
fn a_path_beside_another_takes_its_elements() {
    let document = json(r#"{"a":[{"b":[{"x":1},{"x":2}]}]}"#);
    let found = path("/a/*/b/*/x").find(&document);
    let beside = |text: &str| path(text).beside(&found.hits[1]).map(|place| place.to_string());
    assert_eq!(beside("/a/*/b/*/y").as_deref(), Some("/a/0/b/1/y"));
    assert_eq!(beside("/a/*/currency").as_deref(), Some("/a/0/currency"));
    assert_eq!(beside("/currency").as_deref(), Some("/currency"));
    assert_eq!(found.hits[1].record.as_ref().unwrap().to_string(), "/a/0/b/1");
    assert!(path("/a/*/currency").follows(&path("/a/*/b/*/x")));
    assert!(!path("/c/*/currency").follows(&path("/a/*/b/*/x")));
    assert!(!path("/a/*/b/*/c/*/d").follows(&path("/a/*/b/*/x")));
}

#[test]
fn more_places_than_are_read_are_over_and_none_is_taken() {
    let many = format!("[{}0]", "0,".repeat(1024));
    let document = json(&format!(r#"{{"a":{many}}}"#));
    let found = path("/a/*").find(&document);
    assert!(found.over && found.hits.is_empty());
}
