use super::*;

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Sample {
    a: u64,
    #[serde(default, deserialize_with = "some")]
    b: Option<String>,
    #[serde(default, deserialize_with = "present")]
    c: bool,
}

fn check(json: &str, want: Option<(u64, Option<&str>, bool)>) {
    let want = want.map(|(a, b, c)| Sample { a, b: b.map(str::to_owned), c });
    assert_eq!(strict::<Sample>(json.as_bytes()), want, "{json}");
}

#[test]
fn objects_are_read_strictly() {
    check(r#"{"a":1}"#, Some((1, None, false)));
    check(r#"{"a":1,"b":"x","c":null,"d":{"e":[]}}"#, Some((1, Some("x"), true)));
    check(r#"{"a":1,"a":1}"#, None);
    check(r#"{"a":1,"d":1,"d":2}"#, None);
    check(r#"{"a":1,"\u0061":2}"#, None);
    check(r#"{"a":1,"b":null}"#, None);
    check(r#"{"a":-1}"#, None);
    check(r#"{"a":1.5}"#, None);
    check(r#"{"a":1e3}"#, None);
    check(r#"{"a":18446744073709551616}"#, None);
    check(r#"{"A":1}"#, None);
    check(r#"{"a":1} {}"#, None);
    check("\u{feff}{\"a\":1}", None);
    check(r#"{"a":1,"d":{"e":1,"e":1}}"#, None);
    check(r#"[1]"#, None);
    check("", None);
    check(&format!(r#"{{"a":1,"d":{}{}}}"#, "[".repeat(9000), "]".repeat(9000)), None);
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    assert_eq!(strict::<Sample>(b"{\"a\":1,\"b\":\"\xff\"}"), None);
}
