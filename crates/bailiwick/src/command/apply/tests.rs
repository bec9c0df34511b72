use super::SCHEMA;
use bailiwick_catalogue::{Openness, Validator};
use bailiwick_core::Document;
use bailiwick_core::json::{Json, Limits};
use std::path::Path;

fn schema() -> Validator {
    let schema = Json::parse(SCHEMA.as_bytes(), &Limits::default()).unwrap();
    let validator = Validator::compile(&schema);
    assert_eq!(validator.unsupported(), [], "each word of the schema is one that we can check");
    validator
}

fn accepts(validator: &Validator, document: &Json) -> Result<(), String> {
    validator.check(document, Openness::AsTheSchemaSays).map_err(|fault| fault.to_string())
}

/// The documents of a text, read as YAML and as nothing else.
fn yaml(text: &str) -> Vec<Json> {
    serde_saphyr::from_multiple(text).unwrap()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// What is written between ```yaml and ``` and is a document.
fn in_words(file: &str) -> Vec<Json> {
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    let blocks = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split_once("```"));
    blocks.filter(|(block, _)| block.starts_with("kind:")).flat_map(|(block, _)| yaml(block)).collect()
}

#[test]
fn the_schema_accepts_every_document_that_we_show_to_people() {
    let mut all = yaml(&crate::home::builtin(1000));
    let folders = ["examples/pay-invoice", "examples/personal-answers", "examples/hand-on", "examples/data-flow"];
    for file in folders.iter().flat_map(|folder| std::fs::read_dir(root().join(folder)).unwrap()) {
        all.extend(yaml(&std::fs::read_to_string(file.unwrap().path()).unwrap()));
    }
    for file in ["docs/reference/documents.md", "docs/reference/bindings.md", "README.md"] {
        all.extend(in_words(file));
    }
    all.push(crate::yaml::policy("starter", bailiwick_policy::STARTER));
    assert!(all.len() > 20, "{}", all.len());
    let validator = schema();
    for document in all {
        assert_eq!(accepts(&validator, &document), Ok(()), "{}", document.canonical());
        let read = Document::read(&document).unwrap_or_else(|error| panic!("{error}: {}", document.canonical()));
        // with every default said, it is the same document
        assert_eq!(accepts(&validator, &read.json()), Ok(()), "{}", read.json().canonical());
    }
}

#[test]
fn the_schema_refuses_what_is_refused_as_far_as_a_schema_can() {
    let template = |inner: &str| {
        format!(
            r#"{{"kind":"template","name":"t","purpose":"p","intent":"x","parameters":{{"max":{{"kind":"amount","currency":"EUR"}}}},
            "start":{{"who":["anyone"],"agents":["a"]}},{inner}}}"#
        )
    };
    let row = |inner: &str| template(&format!(r#""grant":[{{"tools":["a/b"]{inner}}}]"#));
    let parameters = |inner: &str| row("").replace(r#"{"max":{"kind":"amount","currency":"EUR"}}"#, inner);
    let server = |transport: &str| format!(r#"{{"kind":"server","name":"s","transport":{transport}}}"#);
    // what only the whole can tell, as a parameter that is not there
    let beyond = [
        row(r#","when":{"/x":{"equals":"{nothing}"}}"#),
        row(r#","when":{"/x":{"pattern":"(?=x)"}}"#),
        row(r#","effect":"write","resources":"any""#),
        row(r#","meters":{"EUR":{"each":"1.005"}}"#),
        row(r#","meters":{"EUR":{"window":{"most":"5","over":"9999999d"}}}"#),
        template(r#""grant":[{"tools":["a/b"]}],"window":"25h""#),
        template(r#""grant":[{"tools":["a/b"]}],"ask":[{"who":"owner","over":{"USD":"1"}}]"#),
        parameters(r#"{"x":{"kind":"amount"}}"#),
        parameters(r#"{"x":{"kind":"iban","currency":"EUR"}}"#),
        r#"{"kind":"role","name":"x","allow":[{"tools":["a/*****"],"effects":["read"]}]}"#.to_owned(),
    ];
    let refused = [
        r#"{"name":"x"}"#.to_owned(),
        r#"{"kind":7}"#.to_owned(),
        r#"{"kind":"robot","name":"x"}"#.to_owned(),
        r#"{"kind":"role","name":"x"}"#.to_owned(),
        r#"{"kind":"role","name":"X","allow":[]}"#.to_owned(),
        r#"{"kind":"role","name":"x","allow":[{"tools":["bank"],"effects":["read"]}]}"#.to_owned(),
        r#"{"kind":"role","name":"x","allow":[{"tools":["a/b"],"effects":["reads"]}]}"#.to_owned(),
        r#"{"kind":"role","name":"x","allow":[{"tools":["a/b"]}]}"#.to_owned(),
        r#"{"kind":"role","name":"x","allow":{"a":1}}"#.to_owned(),
        r#"{"kind":"person","name":"has space"}"#.to_owned(),
        r#"{"kind":"person","name":"ann","uid":-1}"#.to_owned(),
        r#"{"kind":"person","name":"ann","nmae":"x"}"#.to_owned(),
        r#"{"kind":"policy","name":"p"}"#.to_owned(),
        r#"{"kind":"tool","tool":"no-slash","effect":"read","reversibility":"read-only"}"#.to_owned(),
        r#"{"kind":"tool","tool":"a/b","effect":"reads","reversibility":"read-only"}"#.to_owned(),
        r#"{"kind":"agent","name":"a","owner":"o","contact":"c","run_by":"them","autonomy":"execute","role":"r","review":"2030-01-01"}"#.to_owned(),
        server(r#"{"stdio":{"comand":"x"}}"#),
        server(r#"{"stdio":{"command":"x"},"wrapped":{"command":["x"]}}"#),
        server("{}"),
        server(r#"{"http":{"url":"https://x.example","headers":{"a":7}}}"#),
        row(r#","uses":"five""#),
        row(r#","uses":9007199254740993"#),
        row(r#","effect":"read","effects":["read"]"#),
        row(r#","when":{"x":{"equals":1}}"#),
        row(r#","when":{"/x":{}}"#),
        row(r#","when":{"/x":{"equal":1}}"#),
        row(r#","when":{"/x":{"most":"-1"}}"#),
        row(r#","meters":{"EUR":{}}"#),
        row(r#","meters":{"EUR":{"each":5}}"#),
        row(r#","meters":{"EUR":{"most":"5"}}"#),
        row(r#","meters":{"EURO":{"each":"5"}}"#),
        template(r#""grant":[]"#),
        template(r#""grant":[{"tools":[]}]"#),
        template(r#""grant":[{"tools":["a/b"]}],"window":"0h""#),
        template(r#""grant":[{"tools":["a/b"]}],"window":"1y""#),
        template(r#""grant":[{"tools":["a/b"]}],"keep_results":16385"#),
        template(r#""grant":[{"tools":["a/b"]}],"ask":[{"who":"anybody"}]"#),
        template(r#""grant":[{"tools":["a/b"]}],"ask":[{"who":"group:finance:0"}]"#),
        template(r#""grant":[{"tools":["a/b"]}],"ask":[{"who":"owner","valid":"soon"}]"#),
        parameters(r#"{"x":{"kind":"unheard-of"}}"#),
        parameters(r#"{"X":{"kind":"iban"}}"#),
    ];
    let validator = schema();
    for (text, by_schema) in beyond.iter().map(|text| (text, false)).chain(refused.iter().map(|text| (text, true))) {
        let document = Json::parse(text.as_bytes(), &Limits::default()).unwrap();
        assert!(Document::read(&document).is_err(), "{text}");
        assert_eq!(accepts(&validator, &document).is_err(), by_schema, "{text}");
    }
}

#[test]
fn the_schema_refuses_bindings_that_are_none() {
    let tool = |bind: &str| {
        format!(r#"{{"kind":"tool","tool":"a/b","effect":"read","reversibility":"read-only","bind":{bind}}}"#)
    };
    let validator = schema();
    for bind in [
        r#"{"argument":{}}"#,
        r#"{"arguments":{"iban":{"kind":"iban"}}}"#,
        r#"{"arguments":{"/iban":{"kind":"ibann"}}}"#,
        r#"{"arguments":{"/x":{"role":"measure"}}}"#,
        r#"{"arguments":{"/x":{"role":"measure","unit":"records","currency":"EUR"}}}"#,
        r#"{"arguments":{"/x":{"role":"boss","kind":"iban"}}}"#,
        r#"{"result":{"not_done":[{"at":"/x","equals":null}]}}"#,
        r#"{"measures":[{"unit":"Records"}]}"#,
    ] {
        let document = Json::parse(tool(bind).as_bytes(), &Limits::default()).unwrap();
        assert!(bailiwick_catalogue::Binding::read(document.get("bind").unwrap()).is_err(), "{bind}");
        assert!(accepts(&validator, &document).is_err(), "{bind}");
    }
}
