use super::*;
use crate::json::Limits;

fn wrong(text: &str) -> BadDocument {
    Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap_err()
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let template = |inner: &str| {
        format!(
            r#"{{"kind":"template","name":"t","purpose":"p","intent":"x","start":{{"who":["anyone"],"agents":["a"]}},{inner}}}"#
        )
    };
    for (text, at, why) in [
        (r#"{"kind":"role","name":"x"}"#.to_owned(), "", "missing `allow`"),
        (r#"{"name":"x"}"#.to_owned(), "", "missing `kind`, one of `agent`"),
        (r#"{"kind":7}"#.to_owned(), "/kind", "found a number"),
        (r#"[]"#.to_owned(), "", "found an array"),
        (
            r#"{"kind":"role","name":"x","allow":[{"tools":["a/b"],"effects":["read"]},{"tools":["a/b","bank"],"effects":[]}]}"#.to_owned(),
            "/allow/1/tools/1",
            "a tool pattern",
        ),
        (
            r#"{"kind":"role","name":"x","allow":[{"tools":["a/b"],"effects":["read","reads"]}]}"#.to_owned(),
            "/allow/0/effects/1",
            "found `reads`",
        ),
        (
            r#"{"kind":"role","name":"x","allow":[{"effects":["read"],"tools":["a/b"],"useless":1}]}"#.to_owned(),
            "/allow/0/useless",
            "there is no field `useless`; expected `tools` or `effects`",
        ),
        (r#"{"kind":"role","name":"x","allow":[{"tools":["a/b"]},{"tools":["a/b"],"effects":[]}]}"#.to_owned(), "/allow/0", "missing `effects`"),
        (r#"{"kind":"role","name":"x","allow":{"a":1}}"#.to_owned(), "/allow", "expected a list, found an object"),
        (
            r#"{"kind":"server","name":"s","transport":{"http":{"url":"https://x","headers":{"a\"/b":7}}}}"#.to_owned(),
            "/transport/http/headers/a\"~1b",
            "found a number: write it in quotes",
        ),
        (template(r#""grant":[{"tools":["a/b"],"uses":"five"}]"#), "/grant/0/uses", "expected a whole number, found a text"),
        (template(r#""grant":[{"tools":["a/b"]},{"tools":["a/b"],"meters":{"EUR":{}}}]"#), "/grant/1/meters/EUR", "expected `each`"),
        (template(r#""grant":[{"tools":["a/b"]}],"window":"1y""#), "/window", "expected a span"),
        (template(r#""grant":[{"tools":["a/b"]}],"ask":[{"who":"boss"}]"#), "/ask/0/who", "found `boss`"),
    ] {
        let error = wrong(&text);
        assert_eq!(error.at.to_string(), at, "{text}: {error}");
        assert!(error.why.contains(why), "{text}: {error}");
    }
}

#[test]
fn a_place_is_written_as_people_write_it() {
    for (pointer, text) in
        [("", ""), ("/grant/0/meters/EUR", "grant[0].meters.EUR"), ("/parameters/7", "parameters[7]")]
    {
        assert_eq!(dotted(&Pointer::parse(pointer).unwrap()), text);
        assert_eq!(undotted(text).to_string(), pointer);
    }
}
