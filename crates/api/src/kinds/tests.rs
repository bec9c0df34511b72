use super::*;
use bailiwick_core::Document;
use bailiwick_core::json::Limits;

fn state(tools: &[(&str, &str)]) -> ControlState {
    let mut state = ControlState::default();
    for (name, bind) in tools {
        let text = format!(
            r#"{{"kind":"tool","tool":"{name}","effect":"write","reversibility":"by-others","bind":{{"arguments":{bind}}}}}"#
        );
        let json = Json::parse(text.as_bytes(), &Limits::default()).unwrap();
        let Ok(Document::Tool(rule)) = Document::read(&json) else { panic!("{text}") };
        state.tool_rules.insert(rule.tool.clone(), std::sync::Arc::new(rule));
    }
    state
}

#[test]
fn what_is_called_alike_and_bound_as_another_kind_is_told_and_nothing_else() {
    let told = |tools: &[(&str, &str)]| checked(&state(tools));
    let pay = ("bank/pay", r#"{"/to_account":{"kind":"iban","role":"destination"}}"#);
    assert_eq!(told(&[pay]), []);
    assert_eq!(told(&[pay, ("other/pay", r#"{"/toAccount":{"kind":"iban"}}"#)]), [], "the same kind");
    assert_eq!(told(&[pay, ("other/say", r#"{"/to_account":{"kind":"text"}}"#)]), [], "a text names nothing");
    let found = told(&[pay, ("other/pay", r#"{"/order/toAccount":{"kind":"party"}}"#)]);
    let [(name, words)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(name, "argument toaccount");
    assert!(words.contains("`iban` to bank/pay, `party` to other/pay"), "{words}");
}
