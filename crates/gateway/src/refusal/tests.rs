use super::*;
use bailiwick_core::json::Pointer;

fn server() -> ServerName {
    ServerName::parse("bank").unwrap()
}

fn over() -> Refusal {
    let at = Pointer::parse("/amount").unwrap();
    let reason = Reason::new(Code::OverEach).asked("900 EUR").most("500 EUR").at(&at);
    Refusal::decided(&Refused { reasons: vec![reason], event: Some(41) }, &server())
}

#[test]
fn a_refusal_says_what_was_asked_what_may_be_and_what_to_do_next() {
    let text = over().text();
    for part in ["over_each", "900 EUR", "500 EUR", "/amount", "Change the argument", "Event 41"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(over().json().get("disposition"), Some(&Json::from("change_argument")));
}

#[test]
fn the_command_names_the_server_and_the_event() {
    let refusal = Refusal::of(Code::UnderReview, &server(), None);
    assert!(refusal.text().contains("`bailiwick server review bank`"), "{}", refusal.text());
    let refusal = Refusal::of(Code::PolicyForbidden, &server(), Some(7));
    assert!(refusal.text().contains("`bailiwick event show 7`"), "{}", refusal.text());
}

#[test]
fn structured_content_is_left_to_a_tool_that_has_its_own_schema() {
    assert!(over().result(false).get("structuredContent").is_some());
    let result = over().result(true);
    assert!(result.get("structuredContent").is_none());
    assert_eq!(result.get("_meta").and_then(|meta| meta.get(META_REFUSAL)), Some(&over().json()));
    assert_eq!(result.get("isError"), Some(&Json::from(true)));
}
