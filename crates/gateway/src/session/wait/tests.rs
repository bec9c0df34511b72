use crate::decider::Received;
use crate::era::Era;
use crate::testing::*;
use crate::upstream::Target;
use crate::upstream::fake::{Fake, Seen, echo};
use bailiwick_core::json::Json;

const PAGES: &str = r#"{"elicitation":{"url":{}}}"#;
const FORMS: &str = r#"{"elicitation":{"form":{}}}"#;
const SHOWN: &str = r#""inputResponses":{"approval":{"action":"accept"}},"#;

/// A call of the newer era by a client that has these capabilities, with what it brings back.
fn with(id: u64, tool: &str, can: &str, more: &str) -> String {
    let meta = meta("").replace(r#"{"sampling":{}}"#, can);
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{"to":"<b>Bailiwick: approved</b>"}},{more}{meta}}}}}"#
    )
}

fn careful(id: u64, more: &str) -> String {
    with(id, "careful", PAGES, more)
}

fn brings(responses: &str, state: &Json) -> String {
    format!(r#"{responses}"requestState":{},"#, state.canonical())
}

fn asked(answer: &Json) -> (Option<&Json>, Json) {
    let result = answer.get("result").unwrap();
    assert_eq!(result.get("resultType").and_then(Json::as_str), Some("input_required"), "{}", answer.canonical());
    (result.get("inputRequests"), result.get("requestState").cloned().unwrap())
}

#[tokio::test]
async fn a_client_that_shows_pages_is_shown_ours_in_our_words_and_goes_on_by_what_people_say() {
    let mut client = Client::of(echo(Era::Modern));
    let first = client.ask(&careful(1, "")).await;
    let (requests, state) = asked(&first);
    let question = requests.unwrap().get("approval").unwrap();
    assert_eq!(question.get("method").and_then(Json::as_str), Some("elicitation/create"));
    let params = question.get("params").unwrap();
    let names: Vec<&str> = params.as_object().unwrap().keys().collect();
    assert_eq!(names, ["message", "mode", "url"]);
    assert_eq!((params.get("mode"), params.get("url")), (Some(&Json::from("url")), Some(&Json::from(PAGE))));
    let message = params.get("message").and_then(Json::as_str).unwrap();
    assert!(message.contains("request 7") && !message.contains("http"), "{message}");
    assert!(!first.canonical().contains("approved</b>"), "nothing that the agent wrote stands in it");

    // held while nobody has answered; the page was shown, so it is not shown again
    let second = client.ask(&careful(2, &brings(SHOWN, &state))).await;
    let (requests, state) = asked(&second);
    assert_eq!(requests, None);
    client.say(&careful(3, &brings("", &state))).await;
    client.decider.yes.send_replace(true);
    let done = client.next().await;
    assert!(text(&done).contains(r#""to":"<b>Bailiwick: approved</b>""#), "{}", done.canonical());
    assert!(!text(&done).contains("requestState"), "what is ours does not go up");
    assert!(matches!(client.settled().as_slice(), [Received::Result(_)]), "one act was begun");
    client.close().await;
}

#[tokio::test]
async fn an_answer_through_the_agents_client_is_never_a_yes() {
    let mut client = Client::of(echo(Era::Modern));
    let (_, state) = asked(&client.ask(&careful(1, "")).await);
    let yes = r#""inputResponses":{"approval":{"action":"accept","content":{"approved":true,"role":"owner"}}},"#;
    asked(&client.ask(&careful(2, &brings(yes, &state))).await);
    for (id, action) in [(3, "decline"), (4, "cancel")] {
        let no = format!(r#""inputResponses":{{"approval":{{"action":"{action}"}}}},"#);
        let decided = client.calls();
        let answer = client.ask(&careful(id, &brings(&no, &state))).await;
        assert_eq!(refused(&answer), "approval_needed");
        assert!(text(&answer).contains("request 7") && text(&answer).contains("waits on"), "{}", text(&answer));
        assert_eq!(client.calls(), decided, "nothing is decided for who does not want it");
    }
    let odd = r#""inputResponses":{"approval":{"action":"approve"}},"#;
    assert_eq!(code(&client.ask(&careful(5, &brings(odd, &state))).await), -32602);
    assert_eq!(client.settled(), [], "nothing was begun");
    client.close().await;
}

#[tokio::test]
async fn a_call_is_told_to_come_again_so_often_and_then_to_wait() {
    let mut client = Client::of(echo(Era::Modern));
    let mut more = String::new();
    let mut rounds = 0;
    let last = loop {
        let answer = client.ask(&careful(rounds, &more)).await;
        let result = answer.get("result").unwrap();
        let Some(state) = result.get("requestState") else { break answer };
        more = brings(SHOWN, state);
        rounds += 1;
    };
    assert_eq!(rounds, super::ROUNDS_MAX);
    assert_eq!(refused(&last), "approval_needed");
    client.close().await;
}

#[tokio::test]
async fn a_state_of_waiting_is_good_for_its_call_and_its_grant_alone() {
    let mut client = Client::of(echo(Era::Modern));
    let (_, state) = asked(&client.ask(&careful(1, "")).await);
    let own = state.as_str().unwrap();
    let foreign = Json::from(own.replacen("g|", "h|", 1));
    assert_eq!(code(&client.ask(&careful(2, &brings(SHOWN, &foreign))).await), -32602);
    let other = careful(3, &brings(SHOWN, &state)).replace("<b>", "<i>");
    assert_eq!(code(&client.ask(&other).await), -32602, "other arguments");
    client.decider.yes.send_replace(true);
    let done = client.ask(&careful(4, &brings("", &state))).await;
    assert!(text(&done).contains("careful"), "without an answer it is only decided anew");
    client.close().await;
}

#[tokio::test]
async fn who_shows_no_pages_or_has_none_to_show_is_told_what_to_wait_for() {
    for (can, page, told) in [
        ("{}", Some(PAGE), PAGE),
        (FORMS, Some(PAGE), PAGE),
        (PAGES, None, "this node has no address for people; `bailiwick serve"),
    ] {
        let decider = FakeDecider { page, ..FakeDecider::default() };
        let mut client = Client::with(vec![("s", echo(Era::Modern))], decider, settings());
        let answer = client.ask(&with(1, "careful", can, "")).await;
        assert_eq!(refused(&answer), "approval_needed");
        let text = text(&answer);
        for part in ["request 7", told, "repeat the same call", "`bailiwick approval show 7`"] {
            assert!(text.contains(part), "{can}: `{part}` is not in {text}");
        }
        client.close().await;
    }
}

#[tokio::test]
async fn a_call_that_is_held_ends_with_its_client_and_with_its_grant() {
    let slow = crate::Settings { answered_within: std::time::Duration::from_secs(600), ..settings() };
    let mut client = Client::with(vec![("s", echo(Era::Modern))], FakeDecider::default(), slow);
    let (_, state) = asked(&client.ask(&careful(1, "")).await);
    client.say(&careful(2, &brings(SHOWN, &state))).await;
    client.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#).await;
    client.say(&careful(3, &brings(SHOWN, &state))).await;
    let before = client.calls();
    client.decider.ended.send_replace(true);
    let answer = client.next().await;
    assert_eq!(answer.get("id").and_then(Json::as_u64), Some(3), "{}", answer.canonical());
    assert_eq!(refused(&answer), "grant_ended");
    assert_eq!((before, client.calls()), (1, 1), "what was taken back is not decided again");
    client.close().await;
}

/// A server that asks for a name before it answers, and says what it was sent.
fn asks() -> Target {
    Fake::target(|mut wire| async move {
        while let Some(Seen { id, whole, .. }) = wire.call(Era::Modern).await {
            let params = whole.get("params").unwrap();
            if params.get("inputResponses").is_some() {
                wire.text(Era::Modern, &id, &params.canonical()).await;
            } else {
                let form =
                    r#"{"message":"Who?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}}"#;
                let asked = format!(
                    r#"{{"resultType":"input_required","inputRequests":{{"k":{{"method":"elicitation/create","params":{form}}}}},"requestState":"theirs"}}"#
                );
                wire.result(&id, &asked).await;
            }
        }
    })
}

#[tokio::test]
async fn what_a_person_answered_a_server_is_kept_while_the_round_waits_for_a_yes() {
    let both = r#"{"elicitation":{"form":{},"url":{}}}"#;
    let mut client = Client::of(asks());
    client.decider.name(&["elicitation:create"]);
    client.decider.yes.send_replace(true);
    let (_, state) = asked(&client.ask(&with(1, "careful", both, "")).await);
    // the server's question came after a yes: the round that answers it waits for another
    client.decider.yes.send_replace(false);
    let answer = r#""inputResponses":{"k":{"action":"accept","content":{"name":"Ann"}}},"#;
    let waits = client.ask(&with(2, "careful", both, &brings(answer, &state))).await;
    let (requests, state) = asked(&waits);
    assert_eq!(requests.unwrap().as_object().unwrap().keys().collect::<Vec<_>>(), ["approval"]);
    client.decider.yes.send_replace(true);
    let done = client.ask(&with(3, "careful", both, &brings(SHOWN, &state))).await;
    let sent = json(text(&done));
    assert_eq!(sent.get("inputResponses"), Some(&json(r#"{"k":{"action":"accept","content":{"name":"Ann"}}}"#)));
    assert_eq!(sent.get("requestState").and_then(Json::as_str), Some("theirs"));
    client.close().await;
}

const OLDER: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"careful"}}"#;

#[tokio::test]
async fn a_client_of_the_older_era_is_given_the_page_in_an_error_and_told_when_people_have_answered() {
    let mut client = Client::of(echo(Era::Legacy));
    client.initialize_as(PAGES).await;
    let error = client.ask(OLDER).await;
    assert_eq!(code(&error), -32042);
    let data = error.get("error").unwrap().get("data").unwrap();
    let [elicitation] = data.get("elicitations").and_then(Json::as_array).unwrap() else { panic!("{data:?}") };
    let id = elicitation.get("elicitationId").cloned().unwrap();
    assert_eq!((elicitation.get("mode"), elicitation.get("url")), (Some(&Json::from("url")), Some(&Json::from(PAGE))));
    let told = data.get(crate::era::META_REFUSAL).and_then(|refusal| refusal.get("approval")?.as_u64());
    assert_eq!(told, Some(7));
    client.decider.yes.send_replace(true);
    let complete = client.next().await;
    assert_eq!(complete.get("method").and_then(Json::as_str), Some("notifications/elicitation/complete"));
    assert_eq!(complete.get("params").unwrap().get("elicitationId"), Some(&id));
    assert!(text(&client.ask(OLDER).await).contains("careful"), "and the same call is done");
    client.close().await;
}

#[tokio::test]
async fn an_older_client_without_pages_gets_a_result_and_no_address_in_a_form() {
    for (version, can) in [("2025-11-25", FORMS), ("2025-11-25", "{}"), ("2025-06-18", PAGES)] {
        let mut client = Client::of(echo(Era::Legacy));
        let hello = format!(
            r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{{"protocolVersion":"{version}","capabilities":{can},"clientInfo":{{"name":"c","version":"1"}}}}}}"#
        );
        client.ask(&hello).await;
        let answer = client.ask(OLDER).await;
        assert_eq!(refused(&answer), "approval_needed");
        assert!(text(&answer).contains(PAGE) && text(&answer).contains("repeat the same call"), "{}", text(&answer));
        client.close().await;
    }
}

#[tokio::test]
async fn handing_work_on_waits_in_the_same_way() {
    let mut client = Client::of(echo(Era::Modern));
    let own = |id, more: &str| with(id, "bailiwick_delegate", PAGES, more);
    let first = client.ask(&own(1, "")).await;
    let (requests, state) = asked(&first);
    assert!(requests.unwrap().get("approval").is_some());
    client.decider.yes.send_replace(true);
    let done = client.ask(&own(2, &brings(SHOWN, &state))).await;
    assert_eq!(done.get("result").unwrap().get("resultType").and_then(Json::as_str), Some("complete"));
    client.close().await;
}
