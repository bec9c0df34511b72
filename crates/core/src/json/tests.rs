use super::*;
use serde::Deserialize;

mod limits;
mod properties;

pub(super) fn read(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[derive(Deserialize)]
struct Vectors<T> {
    cases: Vec<T>,
}

pub(super) fn vectors<T: serde::de::DeserializeOwned>(name: &str) -> Vec<T> {
    let path = format!("{}/../../vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let all: Vectors<T> = serde_json::from_slice(&file).unwrap();
    assert!(!all.cases.is_empty(), "{name} has no case");
    all.cases
}

#[test]
fn accepted_documents_have_the_form_of_the_vectors_and_read_back() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        input: String,
        canonical: String,
    }
    for Case { name, input, canonical } in vectors("json/accepted.json") {
        let json = read(&input);
        assert_eq!(json.canonical(), canonical, "{name}");
        assert_eq!(read(&canonical), json, "{name}");
    }
}

#[test]
fn refused_documents_are_refused_at_the_place_of_the_vectors() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        #[serde(default)]
        input: String,
        input_hex: Option<String>,
        fault: String,
        byte: usize,
        pointer: Pointer,
    }
    for case in vectors::<Case>("json/refused.json") {
        let bytes = match case.input_hex {
            Some(hex) => (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap())
                .collect(),
            None => case.input.into_bytes(),
        };
        let Err(error) = Json::parse(&bytes, &Limits::default()) else { panic!("{}: accepted", case.name) };
        let found = (error.fault.code(), error.place.byte, &error.place.pointer);
        assert_eq!(found, (&*case.fault, case.byte, &case.pointer), "{}: {error}", case.name);
    }
}

#[test]
fn errors_say_line_column_byte_pointer_and_what_was_expected() {
    let cases = [
        (
            "{\n  \"pay\": [\n    1,\n    \u{e9}]}",
            "expected a value, found `\u{e9}` (line 4, column 5, byte 24, at `/pay/1`)",
        ),
        ("{\"a\":\"\u{e9}\", b}", "expected a key, found `b` (line 1, column 11, byte 11)"),
        ("[1,", "expected a value, found the end (line 1, column 4, byte 3, at `/1`)"),
        ("{\"a\":1,\"a\":2}", "expected each key once, found `a` twice (line 1, column 8, byte 7, at `/a`)"),
        (
            "{\"a\":1,\"A\":2}",
            "expected keys that differ in more than case or Unicode form, found `A` after `a` (line 1, column 8, byte 7, at `/A`)",
        ),
        (
            "[0.10000000000000001]",
            "expected a number that every reader keeps, this one becomes `0.1` (line 1, column 2, byte 1, at `/0`)",
        ),
    ];
    for (text, message) in cases {
        let error = Json::parse(text.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn keys_in_errors_cannot_write_to_a_terminal_or_fill_it() {
    let text = "{\"\\u001b[2J`\u{202e}x\":1,\"\\u001b[2J`\u{202e}x\":1}";
    let message = Json::parse(text.as_bytes(), &Limits::default()).unwrap_err().to_string();
    assert!(message.contains("\\u{1b}[2J\\u{60}\\u{202e}x"), "{message}");
    assert!(!message.contains(['\u{1b}', '\u{202e}']), "{message}");

    let key = "k".repeat(10_000);
    let text = format!("{{\"{key}\":1,\"{key}\":1}}");
    let message = Json::parse(text.as_bytes(), &Limits::default()).unwrap_err().to_string();
    assert!(message.len() < 300, "{}", message.len());
}

#[test]
fn members_are_found_by_name_whatever_their_order_was() {
    let json = read(r#"{"z":1,"\ufb33":2,"\ud83d\ude00":3,"a":4,"":5}"#);
    for (name, value) in [("z", 1), ("\u{fb33}", 2), ("\u{1f600}", 3), ("a", 4), ("", 5)] {
        assert_eq!(json.get(name).and_then(Json::as_u64), Some(value), "{name}");
    }
    assert_eq!(json.get("b"), None);
    assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), ["", "a", "z", "\u{1f600}", "\u{fb33}"]);
}

#[test]
fn of_two_members_that_we_build_the_later_wins_and_of_two_from_outside_none() {
    let built = Json::object([("b", Json::from(1u64)), ("a", Json::Null), ("b", Json::from(2u64))]);
    assert_eq!(built.canonical(), r#"{"a":null,"b":2}"#);
    assert!(Object::from_members(vec![("b".into(), Json::Null), ("b".into(), Json::Null)]).is_err());
    assert!(Object::from_members(vec![("b".into(), Json::Null), ("B".into(), Json::Null)]).is_err());
    assert!(Object::from_members(vec![("b".into(), Json::Null), ("a".into(), Json::Null)]).is_ok());
}

#[test]
fn an_object_that_is_changed_stays_in_order() {
    let Json::Object(mut object) = read(r#"{"b":1,"d":2}"#) else { panic!("no object") };
    assert_eq!(object.insert("c", Json::Null), None);
    assert_eq!(object.insert("b", true.into()), Some(Json::from(1u64)));
    assert_eq!(object.remove("d"), Some(Json::from(2u64)));
    assert_eq!(object.remove("x"), None);
    assert_eq!(Json::from(object).canonical(), r#"{"b":true,"c":null}"#);
}
