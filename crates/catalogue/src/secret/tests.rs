use super::{Secret, contains_secret, splits_secret};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

const LONG: &str = "sk-live/\"7Q+\u{e9}\\x~ 0123456789";

fn hit(result: &str, secret: &str) -> bool {
    contains_secret(result.as_bytes(), &[Secret::new(b"another secret of length"), Secret::new(secret.as_bytes())])
}

fn json_escaped(text: &str) -> String {
    serde_json::to_string(text).unwrap().strip_prefix('"').unwrap().strip_suffix('"').unwrap().to_owned()
}

fn percent(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02x}")).collect()
}

#[test]
fn a_long_secret_is_found_in_every_form_that_programs_write() {
    let all_units: String = LONG.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    let nested = json_escaped(&format!(r#"{{"token":"{}"}}"#, json_escaped(LONG)));
    let lines: String =
        STANDARD.encode(LONG).as_bytes().chunks(10).map(|c| format!("{}\r\n", str::from_utf8(c).unwrap())).collect();
    for form in [
        LONG.to_owned(),
        json_escaped(LONG),
        all_units,
        nested,
        LONG.replace('\\', "\\\\").replace('/', "\\/").replace('"', "\\\""),
        percent(LONG),
        percent(LONG).to_uppercase(),
        LONG.replace('+', "%2B").replace(' ', "+"),
        STANDARD.encode(LONG),
        URL_SAFE_NO_PAD.encode(LONG),
        STANDARD.encode(format!("user:{LONG}")),
        STANDARD.encode(format!("u:{LONG}:more")),
        STANDARD.encode(format!("us:{LONG}")),
        percent(&STANDARD.encode(format!("x{LONG}"))),
        lines,
        LONG.chars().map(|c| format!("&#x{:X};", u32::from(c))).collect(),
        LONG.chars().map(|c| format!("&#{}", u32::from(c))).collect(),
        LONG.replace('/', "&sol;").replace('"', "&quot;").replace('+', "&plus;").replace('\\', "&bsol;"),
        LONG.replace('/', "&amp;sol;").replace('"', "&amp;quot;"),
        json_escaped(LONG).replace('\\', "&bsol;"),
        json_escaped(LONG).replace('"', "&QUOT"),
    ] {
        let result = format!(r#"{{"content":[{{"type":"text","text":"Authorization: Bearer {form} and more"}}]}}"#);
        assert!(hit(&result, LONG), "{form}");
        assert!(hit(&form, LONG), "bare {form}");
    }
}

#[test]
fn what_only_looks_like_a_secret_is_none() {
    let (most, _) = LONG.split_at(LONG.len() - 1);
    assert!(!hit(&format!("{most}?"), LONG));
    assert!(!hit("{}", LONG));
    assert!(!hit("", LONG));
    assert!(!hit("&amp; &nothing; &#; &#x; &", LONG));
    assert!(!hit(&LONG.replace('/', "&solidus;"), LONG), "no name of HTML");
    assert!(!contains_secret(b"anything", &[]));
    assert!(!contains_secret(b"anything", &[Secret::new(b"")]), "no secret is found everywhere");
}

#[test]
fn a_short_secret_is_found_as_a_whole_value_only() {
    for result in [
        r#"{"a":"hunter2"}"#,
        r#"{"a":["x","hunter2"]}"#,
        r#"{"hunter2":1}"#,
        r#"{"a":"\u0068unter2"}"#,
        r#"{"a":"{\"b\":\"hunter2\"}"}"#,
        r#"{"a":"aHVudGVyMg=="}"#,
        r#"{"a":"aHVudGVyMg"}"#,
        r#"{"a":"%68unter2"}"#,
        r#"{"a":"&#104;unter&#x000032;"}"#,
        "hunter2\n",
        r#"{"broken":"hunter2""#,
    ] {
        assert!(hit(result, "hunter2"), "{result}");
    }
    for result in [r#"{"a":"my hunter2 hunts"}"#, r#"{"a":"hunter22"}"#, r#"{"a":"hunter"}"#] {
        assert!(!hit(result, "hunter2"), "{result}");
    }
    assert!(hit(r#"{"pin":4711}"#, "4711"));
    assert!(!hit(r#"{"pin":47110}"#, "4711"));
}

#[test]
fn a_secret_is_not_shown() {
    assert_eq!(format!("{:?}", Secret::new(b"hunter2")), "Secret(..)");
}

fn split(result: &str, secret: &str) -> bool {
    let json = bailiwick_core::json::Json::parse(result.as_bytes(), &bailiwick_core::json::Limits::default()).unwrap();
    splits_secret(&json, &[Secret::new(b"another secret of length"), Secret::new(secret.as_bytes())])
}

#[test]
fn a_secret_that_is_split_over_blocks_is_found() {
    let secret = "sk-live-0123456789abcdef";
    for result in [
        r#"{"content":[{"type":"text","text":"the key: sk-live-012"},{"type":"text","text":"3456789abcdef, keep it"}]}"#,
        r#"{"content":[{"type":"text","text":"sk-live-012\n"},{"annotations":{"title":"x"},"type":"text","text":" 3456789abcdef"}]}"#,
        r#"{"content":[{"type":"text","text":"sk-live-012"},{"resource":{"text":"3456789abcdef","uri":"a:b"},"type":"resource"}]}"#,
        r#"{"content":[{"type":"text","text":"sk-live-012"}],"structuredContent":{"rest":"3456789abcdef"}}"#,
        r#"{"content":[{"type":"text","text":"3456789abcdef"}],"structuredContent":{"first":"sk-live-012"}}"#,
        r#"{"content":[],"structuredContent":{"parts":["sk-live-","0123456","789abcdef"]}}"#,
        r#"[{"message":"sk-live-012","progress":1},{"content":[{"type":"text","text":"3456789abcdef"}]}]"#,
        r#"[{"data":"sk-live-012","level":"info","logger":"x"},{"data":"3456789abcdef","level":"info","logger":"x"}]"#,
        r#"{"contents":[{"text":"sk-live-012","uri":"a:1"},{"text":"3456789abcdef","uri":"a:2"}]}"#,
    ] {
        assert!(!hit(result, secret), "in one piece: {result}");
        assert!(split(result, secret), "{result}");
    }
    let short = r#"{"content":[{"type":"text","text":"hun"},{"type":"text","text":"ter2"}]}"#;
    assert!(split(short, "hunter2"));
    let beside = r#"{"content":[{"type":"text","text":"a hun"},{"type":"text","text":"ter2 b"}]}"#;
    assert!(!split(beside, "hunter2"), "a short one is no whole value here");
    assert!(!split(r#"{"content":[{"type":"text","text":"sk-live-"},{"type":"text","text":"9876543210"}]}"#, secret));
}
