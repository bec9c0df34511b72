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

/// Every object within a document whose fields are ours to name.
fn typed(json: &Json, at: &Pointer, out: &mut Vec<Pointer>) {
    let free = ["bind", "env", "headers", "keys", "meters", "over", "parameters", "transport", "when"];
    match json {
        Json::Object(members) => {
            out.push(at.clone());
            for (name, value) in members.iter().filter(|(name, _)| !free.contains(name)) {
                typed(value, &at.clone().join(name), out);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                typed(item, &at.clone().index(index), out);
            }
        }
        _ => {}
    }
}

/// The document with an unknown field in the object at that place.
fn with_field(json: &Json, at: &[&str], name: &str) -> Json {
    match (json, at) {
        (Json::Object(members), []) => {
            let mut members = members.clone();
            members.insert(name, Json::from("\"{[,:}]\\"));
            Json::Object(members)
        }
        (Json::Object(members), [first, rest @ ..]) => Json::object(
            members
                .iter()
                .map(|(key, value)| (key, if key == *first { with_field(value, rest, name) } else { value.clone() })),
        ),
        (Json::Array(items), [first, rest @ ..]) => Json::array(items.iter().enumerate().map(|(index, item)| {
            if index.to_string() == *first { with_field(item, rest, name) } else { item.clone() }
        })),
        _ => json.clone(),
    }
}

#[test]
fn an_unknown_field_is_found_wherever_it_stands() {
    let texts = [
        r#"{"kind":"role","name":"x","allow":[{"tools":["a/b"],"effects":["read"]},{"tools":["a/{\",}*"],"effects":[]}]}"#,
        r#"{"kind":"template","name":"t","purpose":"p","intent":"a \"{x}\" ]","parameters":{"x":{"kind":"text"}},"start":{"who":["anyone"],"agents":[]},
           "grant":[{"tools":["a/b"],"when":{"/x":{"equals":"{x}"}}},{"tools":["a/b","a/c"],"effect":"write"}],"ask":[{"who":"owner"}]}"#,
        r#"{"kind":"person","name":"anna","roles":["clerk"],"uid":1000}"#,
    ];
    let mut found = 0;
    for text in texts {
        let json = Json::parse(text.as_bytes(), &Limits::default()).unwrap();
        Document::read(&json).unwrap();
        let mut places = Vec::new();
        typed(&json, &Pointer::root(), &mut places);
        // before, between and after the fields that are there
        for (place, name) in places.iter().flat_map(|place| ["aa", "o", "zz"].map(|name| (place, name))) {
            let error = Document::read(&with_field(&json, &place.tokens(), name)).unwrap_err();
            assert_eq!(error.at, place.clone().join(name), "{error}");
            found += 1;
        }
    }
    assert!(found > 20, "{found}");
}
