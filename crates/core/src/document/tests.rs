use super::*;
use crate::json::Limits;

const EVERY: &[&str] = &[
    r#"{"kind":"agent","name":"payer","owner":"otto","contact":"room 5","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01","keys":[{"kty":"EC"}]}"#,
    r#"{"kind":"role","name":"payer","allow":[{"tools":["bank/*"],"effects":["read"]}]}"#,
    r#"{"kind":"server","name":"bank","transport":{"stdio":{"command":"bank","args":["-v"],"env":{"KEY":"secret:bank"}}}}"#,
    r#"{"kind":"server","name":"bank","transport":{"http":{"url":"https://bank.example/mcp","headers":{"a":"b"}}},"zone":"partner"}"#,
    r#"{"kind":"server","name":"bank","transport":{"wrapped":{"command":["bank"]}},"words_may_change":true}"#,
    r#"{"kind":"tool","tool":"bank/pay","effect":"transfer","reversibility":"by-others","impact":"critical","bind":{"x":1.5}}"#,
    r#"{"kind":"template","name":"t","purpose":"p","intent":"x","start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["bank/x"]}]}"#,
    r#"{"kind":"policy","name":"base","cedar":"permit(principal, action, resource);"}"#,
    r#"{"kind":"person","name":"anna","roles":["clerk"],"uid":1000}"#,
    r#"{"kind":"person","name":"anna","mail":"anna@bank.example"}"#,
    r#"{"kind":"rule","name":"tell","notify":{"on":["task.ended"],"who":["owner","role:clerk"],"mail":true}}"#,
    r#"{"kind":"server","name":"bank","transport":{"stdio":{"command":"bank","run_as":"bw-bank"}}}"#,
];

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn read(text: &str) -> Result<Document, String> {
    Document::read(&json(text)).map_err(|error| error.to_string())
}

#[test]
fn a_document_is_named_by_bytes_that_read_as_itself() {
    for text in EVERY {
        let document = read(text).unwrap();
        let bytes = document.bytes();
        let again = json(&String::from_utf8(bytes.clone()).unwrap());
        assert_eq!(again.canonical().into_bytes(), bytes, "{text}");
        assert_eq!(Document::read(&again).unwrap(), document);
        assert_eq!(again.get("kind").and_then(Json::as_str), Some(document.kind()));
        assert!(!document.name().is_empty());
    }
}

#[test]
fn an_unknown_field_is_refused_by_name_in_every_kind() {
    for text in EVERY {
        let error = read(&text.replacen('{', r#"{"nmae":"x","#, 1)).expect_err(text);
        assert!(error.contains("nmae"), "{error}");
        assert!(!error.contains("column"), "the place is not in the person's text: {error}");
    }
    let inner = r#"{"kind":"server","name":"bank","transport":{"stdio":{"comand":"x"}}}"#;
    assert!(read(inner).unwrap_err().contains("comand"));
}

#[test]
fn a_field_that_is_missing_or_of_another_form_is_refused() {
    for (text, named) in [
        (r#"{"name":"x"}"#, "kind"),
        (r#"{"kind":"robot","name":"x"}"#, "robot"),
        (r#"{"kind":"role","name":"x"}"#, "allow"),
        (r#"{"kind":"person","name":"has space"}"#, "person id"),
        (r#"{"kind":"tool","tool":"no-slash","effect":"read","reversibility":"read-only"}"#, "server/tool"),
        (r#"{"kind":"tool","tool":"a/b","effect":"reads","reversibility":"read-only"}"#, "reads"),
        (r#"{"kind":"person","name":"anna","mail":"anna"}"#, "mail address"),
        (r#"{"kind":"role","name":"x","allow":[{"tools":["bank"],"effects":["read"]}]}"#, "tool pattern"),
    ] {
        let error = read(text).expect_err(text);
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn a_document_has_a_bound() {
    let policy = |bytes: usize| format!(r#"{{"kind":"policy","name":"p","cedar":"{}"}}"#, " ".repeat(bytes));
    let empty = json(&policy(0)).canonical().len();
    assert!(read(&policy(Document::BYTES_MAX - empty)).is_ok());
    assert!(read(&policy(Document::BYTES_MAX - empty + 1)).unwrap_err().contains("131072 bytes"));
}

#[test]
fn who_may_start_is_anyone_a_role_or_a_person_by_name() {
    let template = |who: &str| {
        let text = EVERY[6].replace("[\"anyone\"]", who);
        match read(&text) {
            Ok(Document::Template(template)) => template,
            other => panic!("{other:?}"),
        }
    };
    let (anna, clerk) = (PersonId::parse("anna").unwrap(), RoleName::parse("clerk").unwrap());
    for (who, without, with) in [
        (r#"["anyone"]"#, true, true),
        (r#"["anna"]"#, true, true),
        (r#"["role:clerk"]"#, false, true),
        (r#"["clerk"]"#, false, false),
        (r#"["role:anna"]"#, false, false),
        ("[]", false, false),
    ] {
        let template = template(who);
        assert_eq!(may_start(&template, &anna, &[]).is_ok(), without, "{who}");
        assert_eq!(may_start(&template, &anna, std::slice::from_ref(&clerk)).is_ok(), with, "{who}");
    }
}
