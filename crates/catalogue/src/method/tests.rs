use super::{Listed, Method};
use crate::testing::json;
use crate::{Openness, Validator};

fn listed() -> Listed {
    Listed {
        prompts: vec![json(r#"{"name":"greet","arguments":[{"name":"who"}]}"#)],
        templates: vec![json(r#"{"name":"f","uriTemplate":"file:///{+path}/{a,b:3,c*}"}"#)],
        instructions: Some("be kind".into()),
        zone: Some("vendor".into()),
    }
}

fn check(method: Method, arguments: &str) -> Result<(), String> {
    let words = method.words(&listed(), false).unwrap();
    let validator = Validator::compile(words.input_schema());
    assert_eq!(validator.unsupported(), []);
    validator.check(&json(arguments), Openness::Closed).map_err(|fault| fault.to_string())
}

#[test]
fn a_method_takes_what_the_protocol_says_and_only_arguments_that_are_declared() {
    check(Method::ResourcesRead, r#"{"uri":"file:///a"}"#).unwrap();
    check(Method::ResourcesRead, "{}").unwrap_err();
    check(Method::ResourcesList, r#"{"cursor":"x"}"#).unwrap();
    check(Method::PromptsGet, r#"{"name":"greet","arguments":{"who":"x"}}"#).unwrap();
    check(Method::PromptsGet, r#"{"name":"greet","arguments":{"other":"x"}}"#).unwrap_err();
    let complete = r#"{"ref":{"type":"ref/resource","uri":"u"},"argument":{"name":"path","value":"x"},
        "context":{"arguments":{"path":"p","a":"1","b":"2","c":"3","who":"w"}}}"#;
    check(Method::CompletionComplete, complete).unwrap();
    check(Method::CompletionComplete, &complete.replace("\"who\"", "\"+path\"")).unwrap_err();
}

#[test]
fn what_a_server_lists_is_part_of_the_words_of_its_method() {
    let words = |listed: &Listed, method: Method| method.words(listed, false).unwrap().digest();
    let all = listed();
    let others = Listed {
        prompts: vec![json(r#"{"name":"greet","description":"!","arguments":[{"name":"who"}]}"#)],
        templates: Vec::new(),
        instructions: None,
        zone: None,
    };
    let asked = Method::ASKED;
    for method in [Method::PromptsGet, Method::ResourcesRead, Method::ServerInstructions].into_iter().chain(asked) {
        assert_ne!(words(&all, method), words(&others, method), "{method:?}");
    }
}

#[test]
fn what_is_asked_of_a_server_in_another_zone_leaves() {
    let egress =
        |foreign| crate::propose(Method::ResourcesRead.words(&listed(), foreign).unwrap().annotations()).egress;
    assert_eq!(egress(false), bailiwick_core::Egress::None);
    assert_eq!(egress(true), bailiwick_core::Egress::Open);
}

#[test]
fn names_of_methods_are_names_of_tools_and_come_back() {
    for method in Method::ALL {
        assert_eq!(Method::of_tool(method.tool()), Some(method));
        assert!(bailiwick_core::ToolId::parse(&format!("s/{}", method.tool())).is_ok());
    }
}

#[test]
fn an_answer_to_a_server_is_a_share_that_leaves_whatever_zone_it_lies_in() {
    for method in Method::ASKED {
        let nature = method.nature().unwrap();
        assert_eq!(nature.effect, bailiwick_core::Effect::Share);
        assert_eq!(nature.egress, bailiwick_core::Egress::Open);
        assert_eq!(nature.reversibility, bailiwick_core::Reversibility::Irreversible);
        assert!(method.callable());
    }
    assert_eq!(Method::ResourcesRead.nature(), None);
}

#[test]
fn an_answer_says_what_was_asked_and_nothing_that_the_schema_does_not_name() {
    let form = r#"{"asked":{"digest":"d","message":"m","mode":"form","names":["a"]},
        "answer":{"action":"accept","content":[{"name":"a","value":"x"},{"name":"b","value":["y"]},{"name":"c","value":1}]}}"#;
    check(Method::ElicitationCreate, form).unwrap();
    check(Method::ElicitationCreate, &form.replace("\"mode\"", "\"more\"")).unwrap_err();
    check(Method::ElicitationCreate, &form.replace("[\"y\"]", "{\"y\":1}")).unwrap_err();
    let said = r#"{"asked":{"digest":"d"},
        "answer":{"role":"assistant","model":"m","content":[{"type":"text","text":"x"},{"type":"tool_use","json":"{}"}]}}"#;
    check(Method::SamplingCreate, said).unwrap();
    check(Method::SamplingCreate, &said.replace("\"json\"", "\"input\"")).unwrap_err();
}
