use super::*;
use crate::upstream::fake::json;

#[test]
fn a_result_of_the_newer_era_is_one_only_if_it_says_so() {
    let whole = json(r#"{"content":[],"resultType":"complete"}"#);
    assert_eq!(complete("tools/call", false, whole.clone()), Received::Result(whole));
    let asks = json(r#"{"resultType":"input_required","inputRequests":{}}"#);
    assert_eq!(complete("tools/call", false, asks.clone()), Received::Result(asks));
    for (result, why) in [
        (r#"{"content":[]}"#, "no `resultType`"),
        (r#"{"resultType":"input_required","inputRequests":{}}"#, "type `input_required`"),
        (r#"{"resultType":"task","taskId":"1"}"#, "type `task`"),
        (r#"{"resultType":7}"#, "no `resultType`"),
        (r#"{"resultType":"\u001b[2J"}"#, "type `"),
    ] {
        let Received::Error(error) = complete("completion/complete", true, json(result)) else {
            panic!("{result} was taken")
        };
        let message = error.get("message").and_then(Json::as_str).unwrap();
        assert!(message.contains(why), "{result}: {message}");
        assert!(!message.contains('\u{1b}'), "what a server says cannot move a cursor");
    }
}

#[test]
fn a_question_of_our_own_has_no_client_behind_it() {
    let ask = Ask::own("ping", Object::default(), Duration::from_secs(1));
    assert!(ask.notices.is_none() && ask.cut.why().is_none());
}
