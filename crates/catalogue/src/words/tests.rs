use super::{Offer, ToolWords};
use crate::testing::json;
use bailiwick_core::sha256;

fn words(text: &str) -> ToolWords {
    ToolWords::read(&json(text)).unwrap()
}

const ENTRY: &str = r#"{"name":"pay","title":"Pay","description":"Pays","inputSchema":{"type":"object"},
    "annotations":{"readOnlyHint":false},"_meta":{"v":1},"new-in-2031":[1]}"#;

#[test]
fn an_entry_comes_back_from_its_bytes_with_what_we_do_not_know() {
    let read = words(ENTRY);
    assert_eq!(ToolWords::from_bytes(&read.bytes()).unwrap(), read);
    assert_eq!(sha256(&read.bytes()), read.digest());
    assert_eq!((read.title(), read.description()), (Some("Pay"), Some("Pays")));
    assert!(read.entry().get("new-in-2031").is_some());
}

#[test]
fn a_pin_holds_every_member_and_the_server_and_not_the_order() {
    let server = sha256(b"a");
    let pin = words(ENTRY).pin(&server);
    assert_ne!(pin, words(ENTRY).pin(&sha256(b"b")));
    for (from, to) in [
        ("\"pay\"", "\"pay2\""),
        ("\"Pay\"", "\"Pay!\""),
        ("Pays", "Pays now"),
        (r#"{"type":"object"}"#, r#"{"type":"object","properties":{}}"#),
        ("false", "true"),
        (r#"{"v":1}"#, r#"{"v":2}"#),
        ("[1]", "[2]"),
    ] {
        assert_ne!(pin, words(&ENTRY.replace(from, to)).pin(&server), "{from}");
    }
    let turned = r#"{"new-in-2031":[1],"_meta":{"v":1},"annotations":{"readOnlyHint":false},"title":"Pay",
        "inputSchema":{"type":"object"},"description":"Pays","name":"pay"}"#;
    assert_eq!(pin, words(turned).pin(&server));
}

#[test]
fn what_is_no_entry_is_refused_with_its_member() {
    let long = format!(r#"{{"name":"a","inputSchema":{{}},"description":"{}"}}"#, "x".repeat(64 << 10));
    let name = format!(r#"{{"name":"{}","inputSchema":{{}}}}"#, "x".repeat(129));
    for (text, why) in [
        ("[]", "expected an object"),
        (r#"{"inputSchema":{}}"#, "`name`: expected a string, found nothing"),
        (r#"{"name":1,"inputSchema":{}}"#, "`name`: expected a string, found a number"),
        (r#"{"name":"","inputSchema":{}}"#, "`name`: expected 1 to 128"),
        (r#"{"name":"a\nb","inputSchema":{}}"#, "without control characters"),
        (r#"{"name":"a"}"#, "`inputSchema`: expected an object, found nothing"),
        (r#"{"name":"a","inputSchema":true}"#, "`inputSchema`: expected an object, found a boolean"),
        (r#"{"name":"a","inputSchema":{},"annotations":[]}"#, "`annotations`: expected an object"),
        (r#"{"name":"a","inputSchema":{},"title":{}}"#, "`title`: expected a string"),
        (r#"{"name":"prompts:get","inputSchema":{}}"#, "our name of a method"),
        (&long, "`description`: at most 65536 bytes"),
        (&name, "`name`: expected 1 to 128"),
    ] {
        let error = ToolWords::read(&json(text)).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_name_that_is_offered_twice_is_not_offered() {
    let entry = |name: &str| json(&format!(r#"{{"name":"{name}","inputSchema":{{}}}}"#));
    let offer = Offer::read(&[entry("a"), entry("b"), entry("a"), json("7")], Vec::new());
    assert_eq!(offer.tools().map(ToolWords::name).collect::<Vec<_>>(), ["b"]);
    assert_eq!(offer.faults().len(), 2, "{:?}", offer.faults());
}

#[test]
fn no_more_tools_are_taken_than_a_server_may_have() {
    let entries: Vec<_> = (0..1030).map(|i| json(&format!(r#"{{"name":"t{i}","inputSchema":{{}}}}"#))).collect();
    let offer = Offer::read(&entries, Vec::new());
    assert_eq!((offer.tools().count(), offer.faults().len()), (1024, 1));
}
