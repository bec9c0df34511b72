use super::{keep, sent};
use crate::testing::json;
use bailiwick_core::json::Json;
use bailiwick_core::sha256;

#[test]
fn what_is_sent_is_the_digest_of_one_canonical_form() {
    let arguments = json(r#"{"b":1,"a":"\u00e9"}"#);
    let beside = json(r#"{"inputResponses":{}}"#);
    let form =
        Json::object([("arguments", arguments.clone()), ("beside", beside.clone()), ("tool", Json::from("t\"x"))]);
    let bytes = arguments.canonical().into_bytes();
    assert_eq!(sent("t\"x", &bytes, &beside), sha256(form.canonical().as_bytes()));
    assert_ne!(sent("t\"x", &bytes, &beside), sent("t\"x", &bytes, &Json::Null));
    assert_ne!(sent("t\"x", &bytes, &beside), sent("t", &bytes, &beside));
}

#[test]
fn arguments_are_kept_whole_to_their_limit_and_then_without_long_strings() {
    let of = |long: usize, short: usize| {
        let arguments =
            Json::object([("long", Json::from("x".repeat(long))), ("short", Json::from("y".repeat(short)))]);
        let bytes = arguments.canonical().into_bytes();
        (keep(&arguments, &bytes), arguments)
    };
    let (whole, arguments) = of(60 << 10, 100);
    assert_eq!((whole.arguments, whole.too_large), (arguments, false));
    let (reduced, _) = of(65 << 10, 4 << 10);
    let digest = sha256("x".repeat(65 << 10).as_bytes()).to_string();
    assert_eq!(reduced.arguments.get("long").unwrap().get("digest").unwrap().as_str(), Some(digest.as_str()));
    assert_eq!(reduced.arguments.get("long").unwrap().get("size").unwrap().as_u64(), Some(65 << 10));
    assert_eq!(reduced.arguments.get("short").unwrap().as_str().map(str::len), Some(4 << 10));
}

#[test]
fn arguments_of_many_small_values_are_no_event() {
    let arguments = Json::array((0..40).map(|_| Json::from("z".repeat(4 << 10))));
    let kept = keep(&arguments, arguments.canonical().as_bytes());
    assert!(kept.too_large);
    assert_eq!(kept.arguments.get("size").unwrap().as_u64(), Some(arguments.canonical().len() as u64));
}
