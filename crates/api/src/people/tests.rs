use super::*;
use bailiwick_core::Document;

#[test]
fn who_is_not_among_a_templates_agents_is_told_so_before_anything_is_shown() {
    let text = r#"{"kind":"template","name":"t","purpose":"p","intent":"x","start":{"who":["anyone"],"agents":["payer","clerk"]},"grant":[{"tools":["bank/pay"]}]}"#;
    let json = Json::parse(text.as_bytes(), &bailiwick_core::json::Limits::default()).unwrap();
    let Document::Template(template) = Document::read(&json).unwrap() else { panic!("a template") };
    let asked = |name: &str| for_agent(&template, &AgentId::parse(name).unwrap());
    assert!(asked("payer").is_ok() && asked("clerk").is_ok());
    let refused = asked("personal").unwrap_err().detail;
    assert_eq!(refused, "`personal` may not be given this: the template is for agents: payer, clerk");
}
