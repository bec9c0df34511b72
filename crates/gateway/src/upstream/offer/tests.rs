use super::*;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

const TOOL: &str = r#"{"name":"t","outputSchema":{"type":"object"},"inputSchema":{"type":"object","properties":{
    "region":{"type":"string","x-mcp-header":"Region"},
    "count":{"type":"integer","x-mcp-header":"Count"},
    "deep":{"type":"object","properties":{"flag":{"type":"boolean","x-mcp-header":"Flag"}}},
    "twice":{"type":"string","x-mcp-header":"REGION"},
    "none":{"type":"string","x-mcp-header":"not a token"},
    "list":{"type":"array","items":{"properties":{"x":{"type":"string","x-mcp-header":"Item"}}}}}}}"#;

fn headers(arguments: &str) -> Vec<(String, String)> {
    Offered::read(&[json(TOOL)], false).headers("t", &json(arguments))
}

#[test]
fn arguments_go_into_the_headers_that_the_schema_names() {
    let sent = headers(r#"{"region":"eu","count":3,"deep":{"flag":true},"twice":"b","none":"c","list":[{"x":"d"}]}"#);
    let expected = [("Mcp-Param-Count", "3"), ("Mcp-Param-Flag", "true"), ("Mcp-Param-Region", "eu")];
    let mut sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    sent.sort();
    assert_eq!(sent, expected);
    assert_eq!(headers(r#"{"region":null,"deep":{}}"#), []);
    assert!(Offered::read(&[json(TOOL)], false).is_structured("t"));
}

#[test]
fn a_header_agrees_with_its_argument_or_the_call_is_none() {
    let offered = Offered::read(&[json(TOOL)], false);
    let disagrees = |said: &[(&str, Option<&str>)], arguments: &str| {
        let said: Mirrored = said.iter().map(|(name, text)| ((*name).to_owned(), text.map(str::to_owned))).collect();
        let wanted = offered.header_arguments("t").iter();
        wanted.filter_map(|wanted| wanted.disagrees(&said, &json(arguments))).count()
    };
    for (said, arguments, wrong) in [
        (&[("region", Some("eu")), ("count", Some("3"))][..], r#"{"region":"eu","count":3}"#, 0),
        (&[("count", Some("3.0"))], r#"{"count":3}"#, 0),
        (&[], "{}", 0),
        (&[], r#"{"region":null}"#, 0),
        (&[("other", Some("x"))], "{}", 0),
        (&[("region", Some("EU"))], r#"{"region":"eu"}"#, 1),
        (&[("region", Some("3.0"))], r#"{"region":"3"}"#, 1),
        (&[], r#"{"region":"eu"}"#, 1),
        (&[("region", Some("eu"))], "{}", 1),
        (&[("region", None)], r#"{"region":"eu"}"#, 1),
        (&[("count", Some("4")), ("flag", Some("True"))], r#"{"count":3,"deep":{"flag":true}}"#, 2),
    ] {
        assert_eq!(disagrees(said, arguments), wrong, "{said:?} {arguments}");
    }
}

#[test]
fn lists_that_changed_are_asked_for_only_where_the_server_tells_of_them() {
    let hello =
        |capabilities: &str| Hello::read(&json(&format!(r#"{{"capabilities":{capabilities}}}"#)), None).changes();
    assert_eq!(hello(r#"{"tools":{"listChanged":true},"prompts":{"listChanged":false}}"#), ["toolsListChanged"]);
    assert_eq!(hello(r#"{"tools":{}}"#), Vec::<&str>::new());
    assert_eq!(hello("7"), Vec::<&str>::new());
}
