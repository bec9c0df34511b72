use crate::decider::Received;
use crate::era::Era;
use crate::room::Room;
use crate::settings::Settings;
use crate::testing::*;
use crate::upstream::Target;
use crate::upstream::fake::{Fake, Seen, Wire};
use bailiwick_core::json::Json;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const FORM: &str = r#""method":"elicitation/create","params":{"message":"Who?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}}"#;
const MODEL: &str = r#""method":"sampling/createMessage","params":{"messages":[],"maxTokens":5}"#;
const BOTH: [&str; 2] = ["elicitation:create", "sampling:createMessage"];
const CAN: &str = r#"{"elicitation":{"form":{},"url":{}},"sampling":{}}"#;
const ANN: &str = r#"{"action":"accept","content":{"name":"Ann"}}"#;
const DECLINED: &str = r#"{"action":"decline"}"#;

/// What a server of the older era was told, message by message.
type Heard = UnboundedReceiver<Json>;

/// The next answer to a question of the server, or word that its call is cancelled.
async fn told(wire: &mut Wire, heard: &UnboundedSender<Json>) -> Option<Json> {
    loop {
        let message = wire.next().await?;
        let method = message.get("method").and_then(Json::as_str);
        if method.is_none() || method == Some("notifications/cancelled") {
            heard.send(message.clone()).ok()?;
        }
        if method.is_none() {
            return Some(message);
        }
    }
}

/// A server of the older era that asks these things in each call, one after the other, and says what it was told last.
fn asks(questions: &[&str]) -> (Target, Heard) {
    let (heard, all) = unbounded_channel();
    let questions: Vec<String> = questions.iter().map(|question| (*question).to_owned()).collect();
    let target = Fake::target(move |mut wire| {
        let (questions, heard) = (questions.clone(), heard.clone());
        async move {
            while let Some(Seen { id, .. }) = wire.call(Era::Legacy).await {
                let mut last = Json::Null;
                for (number, question) in questions.iter().enumerate() {
                    wire.say(&format!(r#"{{"jsonrpc":"2.0","id":"q{number}",{question}}}"#)).await;
                    let Some(answer) = told(&mut wire, &heard).await else { return };
                    last = answer;
                }
                wire.text(Era::Legacy, &id, &last.canonical()).await;
            }
        }
    });
    (target, all)
}

fn client_with(target: Target, names: &[&str], settings: Settings) -> Client {
    let client = Client::with(vec![("s", target)], FakeDecider::default(), settings);
    client.decider.name(names);
    client
}

fn client(target: Target) -> Client {
    client_with(target, &BOTH, settings())
}

/// A call of the newer era by a client that can do this, with what it brings back.
fn with(id: u64, can: &str, more: &str) -> String {
    let meta = meta("").replace(r#"{"sampling":{}}"#, can);
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"echo","arguments":{{}},{more}{meta}}}}}"#
    )
}

fn again(id: u64, state: &Json, answer: &str) -> String {
    with(id, CAN, &format!(r#""inputResponses":{{"question":{answer}}},"requestState":{},"#, state.canonical()))
}

/// What a client is asked, and the state that it is to bring back.
fn asked(answer: &Json) -> (Json, Json) {
    let result = answer.get("result").unwrap_or_else(|| panic!("{}", answer.canonical()));
    assert_eq!(result.get("resultType").and_then(Json::as_str), Some("input_required"), "{}", answer.canonical());
    let question = result.get("inputRequests").and_then(|all| all.get("question")).cloned().unwrap();
    (question, result.get("requestState").cloned().unwrap())
}

fn said(done: &Json) -> Json {
    json(text(done)).get("result").cloned().unwrap_or_else(|| panic!("{}", done.canonical()))
}

async fn next(heard: &mut Heard) -> Json {
    tokio::time::timeout(Duration::from_secs(10), heard.recv()).await.unwrap().unwrap()
}

fn note(done: &Json) -> Option<String> {
    let content = done.get("result").unwrap().get("content").and_then(Json::as_array).unwrap();
    content.get(1).and_then(|block| block.get("text")?.as_str()).map(str::to_owned)
}

#[tokio::test]
async fn what_a_server_of_the_older_era_asks_a_client_of_the_newer_one_answers_and_the_call_that_is_open_goes_on() {
    for (question, tool, answer) in [
        (FORM, BOTH[0], ANN),
        (MODEL, BOTH[1], r#"{"content":{"text":"Ann","type":"text"},"model":"m","role":"assistant"}"#),
    ] {
        let (target, mut heard) = asks(&[question]);
        let mut client = client(target);
        let (shown, state) = asked(&client.ask(&with(1, CAN, "")).await);
        assert!(question.contains(shown.get("method").and_then(Json::as_str).unwrap()));
        if question == FORM {
            let message = shown.get("params").unwrap().get("message").and_then(Json::as_str);
            assert_eq!(message, Some("The server `s` asks:\n> Who?"), "who asks is said in our words");
        }
        assert_eq!(client.settled(), [], "its act is open");
        let done = client.ask(&again(2, &state, answer)).await;
        assert_eq!(said(&done), json(answer));
        assert_eq!(next(&mut heard).await.get("result"), Some(&json(answer)));
        assert_eq!(client.decider.tools(), ["echo", tool], "one act, and its answer as a share");
        assert_eq!(client.settled().len(), 2, "both are settled");
        client.close().await;
    }
}

#[tokio::test]
async fn a_call_may_be_asked_about_again_and_again_and_each_answer_counts_once() {
    let (target, _heard) = asks(&[FORM, MODEL, FORM]);
    let mut client = client(target);
    let (_, first) = asked(&client.ask(&with(1, CAN, "")).await);
    let (shown, second) = asked(&client.ask(&again(2, &first, ANN)).await);
    assert_eq!(shown.get("method").and_then(Json::as_str), Some("sampling/createMessage"));
    assert_eq!(code(&client.ask(&again(3, &first, ANN)).await), -32602, "it was answered");
    let spoken = r#"{"content":{"text":"x","type":"text"},"model":"m","role":"assistant"}"#;
    let (_, third) = asked(&client.ask(&again(4, &second, spoken)).await);
    let done = client.ask(&again(5, &third, r#"{"action":"accept","content":{"name":"Bob"}}"#)).await;
    assert!(text(&done).contains("Bob"));
    assert_eq!(client.decider.tools(), ["echo", BOTH[0], BOTH[1], BOTH[0]]);
    let late = client.ask(&again(6, &third, ANN)).await;
    assert_eq!(refused(&late), "in_doubt");
    assert!(text(&late).contains("event 101"), "{}", text(&late));
    assert_eq!(client.calls(), 4, "nothing is decided for it");
    client.close().await;
}

#[tokio::test]
async fn a_no_of_the_client_goes_to_the_server_and_shares_nothing() {
    for no in [r#"{"action":"decline"}"#, r#"{"action":"cancel","content":{"name":"Ann"}}"#] {
        let (target, _heard) = asks(&[FORM]);
        let mut client = client(target);
        let (_, state) = asked(&client.ask(&with(1, CAN, "")).await);
        let done = client.ask(&again(2, &state, no)).await;
        assert_eq!(said(&done), json(DECLINED));
        assert_eq!(note(&done), None, "its client said it");
        let calls = client.decider.calls.lock().unwrap().clone();
        assert!(calls[1].declined && calls.len() == 2, "the no is recorded");
        client.close().await;
    }
}

#[tokio::test]
async fn what_we_decline_ourselves_is_asked_of_nobody_and_the_call_tells_of_it() {
    let secret = FORM.replace("\"name\"", "\"password\"");
    for (question, names, can, why) in [
        (FORM, &BOTH[1..], CAN, "does not allow"),
        (FORM, &BOTH[..], r#"{"elicitation":{"url":{}}}"#, "did not declare"),
        (&secret, &BOTH[..], CAN, "secret"),
    ] {
        let (target, _heard) = asks(&[question]);
        let mut client = client_with(target, names, settings());
        let done = client.ask(&with(1, can, "")).await;
        assert_eq!(said(&done), json(DECLINED));
        assert!(note(&done).unwrap().contains(why), "{}", done.canonical());
        assert_eq!(client.decider.tools(), ["echo"]);
        client.close().await;
    }
    let (target, _heard) = asks(&[FORM]);
    let mut client = client(target);
    let done = client.ask(&with(1, "{}", "")).await;
    assert_eq!(said(&done), json(DECLINED), "a client that declares nothing is never asked");
    client.close().await;
}

#[tokio::test]
async fn an_answer_that_is_none_or_missing_is_asked_for_again_and_one_that_is_refused_is_declined() {
    let (target, _heard) = asks(&[FORM]);
    let mut client = client(target);
    let (_, state) = asked(&client.ask(&with(1, CAN, "")).await);
    for (id, wrong) in [(2, r#"{"action":"accept","content":{"name":7}}"#), (3, r#"{"action":"yes"}"#)] {
        assert_eq!(code(&client.ask(&again(id, &state, wrong)).await), -32602, "{wrong}");
    }
    let missing = with(4, CAN, &format!(r#""requestState":{},"#, state.canonical()));
    let (shown, state) = asked(&client.ask(&missing).await);
    assert_eq!(shown.get("method").and_then(Json::as_str), Some("elicitation/create"));
    client.decider.forbid(BOTH[0]);
    let done = client.ask(&again(5, &state, ANN)).await;
    assert_eq!(said(&done), json(DECLINED));
    assert!(note(&done).unwrap().contains("told no by Bailiwick"), "{}", done.canonical());
    assert_eq!(client.settled().len(), 1);
    client.close().await;
}

#[tokio::test]
async fn a_state_goes_on_with_its_own_call_under_its_own_grant_alone() {
    let (target, _heard) = asks(&[FORM]);
    let mut client = client(target);
    let (_, state) = asked(&client.ask(&with(1, CAN, "")).await);
    let own = state.as_str().unwrap();
    let (foreign, changed) = (Json::from(own.replacen("g|", "h|", 1)), Json::from(format!("{own}x")));
    for (id, bad) in [(2, &foreign), (3, &changed)] {
        assert_eq!(code(&client.ask(&again(id, bad, ANN)).await), -32602);
    }
    let other = again(4, &state, ANN).replace(r#""arguments":{}"#, r#""arguments":{"text":"x"}"#);
    assert_eq!(code(&client.ask(&other).await), -32602, "other arguments");
    let done = client.ask(&again(5, &state, ANN)).await;
    assert_eq!(said(&done), json(ANN), "none of them has used it up");
    client.close().await;
}

#[tokio::test]
async fn another_node_does_not_have_the_call_and_says_that_nobody_knows() {
    let (target, _heard) = asks(&[FORM]);
    let mut client = client(target);
    let (_, state) = asked(&client.ask(&with(1, CAN, "")).await);
    let (target, mut elsewhere) = asks(&[FORM]);
    let mut other = self::client(target);
    let answer = other.ask(&again(2, &state, ANN)).await;
    assert_eq!(refused(&answer), "in_doubt");
    assert!(text(&answer).contains("bailiwick event show 101"), "{}", text(&answer));
    assert_eq!(other.calls(), 0, "nothing is decided, and nothing is sent");
    assert!(elsewhere.try_recv().is_err());
    other.close().await;
    client.close().await;
}

#[tokio::test]
async fn a_call_that_waits_is_cancelled_at_its_server_when_its_grant_ends_or_it_would_be_refused() {
    for ended in [true, false] {
        let (target, mut heard) = asks(&[FORM]);
        let mut client = client(target);
        let (_, state) = asked(&client.ask(&with(1, CAN, "")).await);
        if ended {
            client.decider.ended.send_replace(true);
        } else {
            client.decider.stands.send_replace(false);
        }
        let (mut cancelled, mut told) = (false, false);
        while !(cancelled && told) {
            let message = next(&mut heard).await;
            cancelled |= message.get("method").is_some();
            told |= message.get("result") == Some(&json(r#"{"action":"cancel"}"#));
        }
        while client.settled().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(client.settled(), [Received::Nothing("cut")]);
        let late = client.ask(&again(2, &state, ANN)).await;
        assert_eq!(refused(&late), if ended { "grant_ended" } else { "result_withheld" });
        assert_eq!(client.decider.tools(), ["echo"], "a late answer shares nothing");
        client.close().await;
    }
}

#[tokio::test]
async fn a_call_that_waits_ends_with_its_door_and_is_settled() {
    let (target, mut heard) = asks(&[FORM]);
    let mut client = client(target);
    asked(&client.ask(&with(1, CAN, "")).await);
    let decider = client.decider.clone();
    client.close().await;
    assert_eq!(*decider.settled.lock().unwrap(), [Received::Nothing("cut")]);
    assert!(heard.try_recv().is_ok(), "the server was told");
}

#[tokio::test]
async fn a_client_that_takes_its_answer_back_cancels_the_call() {
    let (heard, mut all) = unbounded_channel();
    let target = Fake::target(move |mut wire| {
        let heard = heard.clone();
        async move {
            while wire.call(Era::Legacy).await.is_some() {
                wire.say(&format!(r#"{{"jsonrpc":"2.0","id":"q",{FORM}}}"#)).await;
                // it never answers the call itself
                while told(&mut wire, &heard).await.is_some() {}
            }
        }
    });
    let mut client = client(target);
    let (_, state) = asked(&client.ask(&with(1, CAN, "")).await);
    client.say(&again(2, &state, ANN)).await;
    assert_eq!(next(&mut all).await.get("result"), Some(&json(ANN)));
    client.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#).await;
    let word = next(&mut all).await;
    assert_eq!(word.get("method").and_then(Json::as_str), Some("notifications/cancelled"));
    let answer = client.ask(&again(3, &state, ANN)).await;
    assert!(answer.get("error").is_some() || refused(&answer) == "in_doubt", "{}", answer.canonical());
    let settled = client.settled();
    assert!(settled.contains(&Received::Nothing("cancelled")), "{settled:?}");
    client.close().await;
}

#[tokio::test]
async fn where_nobody_answers_in_time_the_server_goes_on_and_who_comes_late_learns_what_came_of_it() {
    let (target, mut heard) = asks(&[FORM]);
    let mut client = client_with(target, &BOTH, Settings { question_within: Duration::from_millis(100), ..settings() });
    let (_, state) = asked(&client.ask(&with(1, CAN, "")).await);
    assert_eq!(next(&mut heard).await.get("result"), Some(&json(r#"{"action":"cancel"}"#)));
    let done = client.ask(&again(2, &state, ANN)).await;
    assert_eq!(said(&done), json(r#"{"action":"cancel"}"#));
    assert!(note(&done).unwrap().contains("no answer came in time"), "{}", done.canonical());
    assert_eq!(client.decider.tools(), ["echo"]);
    client.close().await;
}

#[tokio::test]
async fn a_server_that_waits_no_longer_has_its_result_kept_for_its_client() {
    let target = Fake::target(|mut wire| async move {
        while let Some(Seen { id, .. }) = wire.call(Era::Legacy).await {
            wire.say(&format!(r#"{{"jsonrpc":"2.0","id":"q",{FORM}}}"#)).await;
            wire.text(Era::Legacy, &id, "done without").await;
        }
    });
    let mut client = client(target);
    let first = client.ask(&with(1, CAN, "")).await;
    // it may have said both before the question could be put
    let done = match first.get("result").unwrap().get("requestState") {
        None => first,
        Some(state) => client.ask(&again(2, &state.clone(), ANN)).await,
    };
    assert_eq!(text(&done), "done without");
    assert!(matches!(client.settled().as_slice(), [Received::Result(_)]));
    assert_eq!(client.decider.tools(), ["echo"]);
    client.close().await;
}

#[tokio::test]
async fn where_there_is_no_room_the_question_is_declined_and_the_call_tells_of_it() {
    let (target, _heard) = asks(&[FORM]);
    let mut client = client_with(target, &BOTH, Settings { room: Room::of(0), ..settings() });
    let done = client.ask(&with(1, CAN, "")).await;
    assert_eq!(said(&done), json(DECLINED));
    assert!(note(&done).unwrap().contains("too many calls"), "{}", done.canonical());
    client.close().await;
}

#[tokio::test]
async fn an_answer_that_people_are_asked_about_is_brought_again_and_the_call_waits_for_it() {
    let (target, _heard) = asks(&[FORM]);
    let mut client = client(target);
    client.decider.waits.lock().unwrap().push(BOTH[0].to_owned());
    let (_, state) = asked(&client.ask(&with(1, CAN, "")).await);
    let page = client.ask(&again(2, &state, ANN)).await;
    let shown = page.get("result").unwrap().get("inputRequests").unwrap().get("approval").unwrap();
    assert_eq!(shown.get("params").unwrap().get("url").and_then(Json::as_str), Some(PAGE));
    let waiting = page.get("result").unwrap().get("requestState").unwrap();
    client.decider.yes.send_replace(true);
    let seen = r#""inputResponses":{"approval":{"action":"accept"}},"#;
    let done = client.ask(&with(3, CAN, &format!(r#"{seen}"requestState":{},"#, waiting.canonical()))).await;
    assert_eq!(said(&done), json(ANN));
    assert_eq!(client.decider.tools(), ["echo", BOTH[0], BOTH[0]]);
    assert_eq!(client.settled().len(), 2);
    client.close().await;
}
