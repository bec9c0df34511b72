use super::*;
use bailiwick_catalogue::{ToolWords, suggest};
use bailiwick_core::json::Limits;
use bailiwick_core::{DataClass, Document, Tool, ToolId};

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

/// What the node says of a tool that is offered so, and the document in it.
fn offered(entry: &str) -> (Json, Document) {
    let words = ToolWords::read(&json(entry)).unwrap();
    let seems = suggest(&words, &[], &[DataClass::parse("mail").unwrap()]);
    let why = seems
        .why
        .iter()
        .map(|(part, why)| Json::object([("part", Json::from(part.as_str())), ("why", Json::from(why.as_str()))]));
    let why = Json::array(why);
    let tool = ToolId::parse(&format!("post/{}", words.name())).unwrap();
    let (effect, egress, reversibility) = (seems.effect, seems.egress, seems.reversibility);
    let document = Document::Tool(Tool { tool, effect, egress, reversibility, impact: seems.impact, bind: seems.bind });
    let proposal = Json::object([("document", document.json()), ("why", why)]);
    (Json::object([("proposal", proposal)]), document)
}

const SEND: &str = r#"{"name":"send_mail","inputSchema":{"type":"object","properties":{
    "to":{"type":"array","items":{"type":"string","format":"email"}},"body":{"type":"string"},
    "on":{"type":"string","format":"date"},"a: b #c\n\u0007😀":{"type":"string"},"urgent":{"type":"boolean"}}}}"#;
const LIST: &str = r#"{"name":"list_mails","annotations":{"readOnlyHint":true,"openWorldHint":false},
    "description":"Lists the mails of production.","inputSchema":{"type":"object"},"outputSchema":{"properties":{"mails":{
    "type":"array","items":{"properties":{"id":{"type":"string"},"subject":{"type":"string"}}}}}}}"#;

/// A result of which there is nothing to write down.
fn text_of_bare() -> String {
    let entry = r#"{"name":"t","inputSchema":{},"outputSchema":{"properties":{"body":{},"subject":{}}}}"#;
    let seems = suggest(&ToolWords::read(&json(entry)).unwrap(), &[], &[]);
    let why = seems.why.iter().map(|(part, why)| {
        Json::object([("part", part.as_str()), ("why", why.as_str())].map(|(name, text)| (name, Json::from(text))))
    });
    let document = Json::object([("bind", seems.bind.clone()), ("tool", Json::from("post/t"))]);
    documents("post", &[&Json::object([("document", document), ("why", Json::array(why))])])
}

#[test]
fn what_is_written_reads_back_as_the_documents_that_were_proposed() {
    let (send, list) = (offered(SEND), offered(LIST));
    let proposals = [send.0.get("proposal").unwrap(), list.0.get("proposal").unwrap()];
    let text = documents("post", &proposals);
    let read = crate::yaml::documents("written", &text).unwrap();
    let read: Vec<Document> = read.iter().map(|placed| Document::read(&placed.json).unwrap()).collect();
    assert_eq!(read, [send.1, list.1], "{text}");
}

#[test]
fn each_line_says_what_it_rests_on() {
    let (send, _) = offered(SEND);
    let text = documents("post", &[send.get("proposal").unwrap()]);
    for line in [
        "tool: post/send_mail\n",
        "effect: share  # `send` is in its name, and from its name alone\n",
        "    \"/to/*\": {kind: email, role: destination}  # its schema says so by a format\n",
        "    /body: {kind: content}  # from its name alone\n",
        "    /urgent: {role: harmless}  # a flag",
        "# impact high: what follows from share",
        "# result: the server does not say what its results look like",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    let (list, _) = offered(LIST);
    let text = documents("post", &[list.get("proposal").unwrap()]);
    for line in [
        "impact: medium  # `production` is in its description, so more than low",
        "      - {at: \"/mails/*/id\", class: mail, kind: \"id:mail\", trusted: true}  # mail, as all that its server has; trusted: the record's own id",
        "      - {at: \"/mails/*/subject\", class: mail}  # mail, as all that its server has; not trusted: text",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    let bare = text_of_bare();
    assert!(bare.contains("# result at /body, /subject: not trusted: text"), "{bare}");
}

#[test]
fn who_reviews_sees_what_a_tool_seems_to_do_and_all_of_it_when_they_ask() {
    let (send, _) = offered(SEND);
    assert_eq!(seems(&send, false), ["share: `send` is in its name, and from its name alone"]);
    let all = seems(&send, true);
    assert!(
        all.contains(&"/to/* {kind: email, role: destination}: its schema says so by a format".to_owned()),
        "{all:?}"
    );
    assert!(all.iter().any(|line| line.starts_with("result: ")), "{all:?}");
    assert_eq!(seems(&json(r#"{"proposal":null}"#), true), Vec::<String>::new());
    let (list, _) = offered(LIST);
    let told = seems(&list, false);
    assert!(told.len() == 2 && told[1].starts_with("impact medium: `production` is in its description"), "{told:?}");
}

#[test]
fn a_text_that_yaml_would_take_for_something_else_stands_in_quotes() {
    for (text, want) in [
        ("read", "read"),
        ("/repo_path", "/repo_path"),
        ("git/git_status", "git/git_status"),
        ("id:issue", "\"id:issue\""),
        ("no", "\"no\""),
        ("Null", "\"Null\""),
        ("1", "\"1\""),
        ("", "\"\""),
        ("*", "\"*\""),
        ("a: b", "\"a: b\""),
        ("a\u{2028}b😀", "\"a\\U00002028b\\U0001f600\""),
    ] {
        assert_eq!(scalar(text), want);
    }
}
