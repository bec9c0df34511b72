use super::*;
use crate::json::Limits;

fn read(text: &str) -> Result<Wanted, String> {
    let told = |reason: Reason| {
        assert_eq!(reason.code, Code::ArgumentMalformed);
        let at = reason.at.map_or_else(|| "/".to_owned(), |at| at.to_string());
        let told = reason.asked.unwrap_or_default();
        format!("{at}: {}", told.strip_prefix("expected ").unwrap_or(&told))
    };
    Wanted::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).map_err(told)
}

#[test]
fn a_request_is_read_as_a_templates_rows_are() {
    let wanted = read(
        r#"{"delegate":"researcher","purpose":"look up the payee","window":"10m",
            "grant":[{"tools":["mail/search"],"when":{"/q":{"length":100}},"uses":3}],"delegation":{"agents":["x"]}}"#,
    )
    .unwrap();
    assert_eq!(wanted.rows[0].effects, [crate::Effect::Read], "read alone where nothing is said");
    assert_eq!((wanted.window, wanted.rows[0].uses), (Some(Span::minutes(10)), Some(3)));
    assert_eq!(wanted.delegation.map(|delegation| delegation.depth), Some(1), "once, where only whom is said");
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let with = |rest: &str| format!(r#"{{"delegate":"r","purpose":"p",{rest}}}"#);
    let rows = |row: &str| with(&format!(r#""grant":[{row}]"#));
    let cases = [
        (with(r#""grant":[]"#), "/grant: 1 to 16 rows"),
        (with(r#""grant":[{"tools":["a/b"]}],"window":"soon""#), "/window: a span as `30m`"),
        (with(r#""grant":[{"tools":["a/b"]}],"delegation":{"depth":65}"#), "/delegation: fewer agents, or less depth"),
        (rows(r#"{"tools":[]}"#), "/grant/0/tools: at least one, and at most 64 parts in a row"),
        (rows(r#"{"tools":["pay"]}"#), "/grant/0/tools: tool patterns as `bank/*`"),
        (rows(r#"{"tools":["a/b"],"when":{"/x":{}}}"#), "/grant/0/when: a condition that says something at `/x`"),
        (
            rows(r#"{"tools":["a/b"],"when":{"/a":{"one_of":[],"required":true}}}"#),
            "/grant/0/when/~1a/one_of: at least one value",
        ),
        (
            rows(r#"{"tools":["a/b"],"meters":{"EUR":{}}}"#),
            "/grant/0/meters/EUR: `each`, `per_destination`, `total` or `window`",
        ),
        (
            r#"{"delegate":"r","purpose":"two\nlines","grant":[{"tools":["a/b"]}]}"#.to_owned(),
            "/purpose: 1 to 500 characters on one line that can be seen",
        ),
        (
            "{\"delegate\":\"r\",\"purpose\":\"a\u{202e}b\",\"grant\":[{\"tools\":[\"a/b\"]}]}".to_owned(),
            "/purpose: 1 to 500 characters on one line that can be seen",
        ),
        (
            with(&format!(
                r#""grant":[{}]"#,
                vec![format!(r#"{{"tools":[{}]}}"#, vec![r#""a/b""#; 43].join(",")); 3].join(",")
            )),
            "/grant: at most 128 tools in all rows",
        ),
    ];
    for (text, told) in cases {
        assert_eq!(read(&text).unwrap_err(), told);
    }
    let unknown = read(&with(r#""grant":[{"tools":["a/b"]}],"allow":"all""#)).unwrap_err();
    assert!(unknown.contains("unknown field `allow`"), "{unknown}");
    let pattern = rows(&format!(r#"{{"tools":["a/b"],"when":{{"/x":{{"pattern":"{}"}}}}}}"#, "(a{1000}){1000}"));
    let costly = read(&pattern).unwrap_err();
    assert!(costly.starts_with("/grant/0/when: at `/x` a pattern that is cheap to match"), "{costly}");
    let none = read(&rows(r#"{"tools":["a/b"],"effects":[]}"#)).unwrap_err();
    assert_eq!(none, "/grant/0/effects: at least one effect, or no `effects` at all", "what was expected is said once");
    let axis = read(&rows(r#"{"tools":["a/b"],"destinations":["x"]}"#)).unwrap_err();
    assert!(axis.starts_with("/grant/0/destinations: unknown field `destinations`, expected one of"), "{axis}");
    let range = read(&rows(r#"{"tools":["a/b"],"when":{"/n":{"least":"5","most":"1"}}}"#)).unwrap_err();
    assert!(range.starts_with("/grant/0/when/~1n: a condition that a value could meet"), "{range}");
    let depth = read(&with(r#""grant":[{"tools":["a/b"]}],"delegation":{"depth":"2"}"#)).unwrap_err();
    assert!(depth.starts_with("/delegation/depth: "), "{depth}");
}
