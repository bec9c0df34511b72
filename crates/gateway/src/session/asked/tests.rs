use super::Desk;
use crate::decider::Received;
use crate::era::Era;
use crate::rpc::{Id, RpcError};
use crate::session::Caller;
use crate::settings::Settings;
use crate::testing::*;
use crate::upstream::fake::{Fake, Seen, Wire, echo};
use crate::upstream::{Target, Upstreams};
use bailiwick_core::json::Json;
use std::sync::Arc;
use std::time::Duration;

const FORM: &str = r#""method":"elicitation/create","params":{"message":"Who?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}}"#;
const MODEL: &str = r#""method":"sampling/createMessage","params":{"messages":[],"maxTokens":5}"#;
const BOTH: [&str; 2] = ["elicitation:create", "sampling:createMessage"];
const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}}"#;

/// The next message that has this id: what the gateway answers a question with.
async fn answer_to(wire: &mut Wire, id: &str) -> Option<Json> {
    loop {
        let message = wire.next().await?;
        if message.get("id").and_then(Json::as_str) == Some(id) && message.get("method").is_none() {
            return Some(message);
        }
    }
}

/// A server of the older era that asks this in each call, and says what it was told.
fn asks(question: &str) -> Target {
    let question = question.to_owned();
    Fake::target(move |mut wire| {
        let question = question.clone();
        async move {
            while let Some(Seen { id, .. }) = wire.call(Era::Legacy).await {
                wire.say(&format!(r#"{{"jsonrpc":"2.0","id":"q",{question}}}"#)).await;
                let Some(told) = answer_to(&mut wire, "q").await else { return };
                wire.text(Era::Legacy, &id, &told.canonical()).await;
            }
        }
    })
}

/// A client of the older era that can be asked these things, whose grant names the answers.
async fn client(target: Target, names: &[&str], can: &str) -> Client {
    let mut client = Client::of(target);
    client.decider.name(names);
    let hello = client.initialize_as(can).await;
    assert!(hello.get("result").is_some());
    client
}

const CAN: &str = r#"{"elicitation":{},"sampling":{}}"#;

fn method(message: &Json) -> &str {
    message.get("method").and_then(Json::as_str).unwrap_or_else(|| panic!("{}", message.canonical()))
}

fn reply(question: &Json, outcome: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{},{outcome}}}"#, question.get("id").unwrap().canonical())
}

#[tokio::test]
async fn an_answer_is_decided_as_a_share_while_its_call_is_open() {
    for (question, said, tool) in [
        (FORM, r#"{"action":"accept","content":{"name":"Ann"}}"#, BOTH[0]),
        (MODEL, r#"{"role":"assistant","model":"m","content":{"type":"text","text":"Ann"}}"#, BOTH[1]),
    ] {
        let mut client = client(asks(question), &BOTH, CAN).await;
        client.say(CALL).await;
        let asked = client.next().await;
        assert!(question.contains(method(&asked)));
        if tool == BOTH[0] {
            let message = asked.get("params").unwrap().get("message").and_then(Json::as_str);
            assert_eq!(message, Some("The server `s` asks:\n> Who?"));
        }
        let done = client.ask(&reply(&asked, &format!(r#""result":{said}"#))).await;
        assert_eq!(json(text(&done)).get("result"), Some(&json(said)));
        assert_eq!(client.decider.tools(), ["echo", tool]);
        assert_eq!(client.settled().len(), 2, "both acts are settled");
        client.close().await;
    }
}

#[tokio::test]
async fn a_server_is_told_at_its_start_what_the_grant_names() {
    for (names, told) in [(&BOTH[..], r#"{"elicitation":{"form":{},"url":{}},"sampling":{}}"#), (&[][..], "{}")] {
        let target = Fake::target(|mut wire| async move {
            let mut capabilities = String::new();
            while let Some(message) = wire.next().await {
                let Some(id) = message.get("id").cloned() else { continue };
                match method(&message) {
                    "initialize" => {
                        capabilities = message.get("params").unwrap().get("capabilities").unwrap().canonical();
                        let more = r#""serverInfo":{"name":"f","version":"1"},"capabilities":{"tools":{}}"#;
                        wire.result(&id, &format!(r#"{{"protocolVersion":"2025-11-25",{more}}}"#)).await;
                    }
                    "tools/list" => wire.result(&id, &format!(r#"{{"tools":{}}}"#, crate::upstream::fake::TOOLS)).await,
                    "tools/call" => wire.text(Era::Legacy, &id, &capabilities).await,
                    _ => wire.error(&id, r#"{"code":-32601,"message":"no"}"#).await,
                }
            }
        });
        let mut client = client(target, names, CAN).await;
        client
            .ask(&CALL.replace("tools/call", "tools/list").replace(r#","params":{"name":"echo","arguments":{}}"#, ""))
            .await;
        assert_eq!(text(&client.ask(&CALL.replace(r#""id":1"#, r#""id":2"#)).await), told);
        client.close().await;
    }
}

#[tokio::test]
async fn what_is_not_named_or_not_declared_or_asks_for_a_secret_the_client_is_never_asked() {
    let secret = FORM.replace("\"name\"", "\"password\"");
    for (question, names, can, told) in [
        (FORM, &[][..], CAN, r#"{"action":"decline"}"#),
        (FORM, &BOTH[1..], CAN, r#"{"action":"decline"}"#),
        (FORM, &BOTH[..], r#"{"sampling":{}}"#, r#"{"action":"decline"}"#),
        (FORM, &BOTH[..], r#"{"elicitation":{"url":{}}}"#, r#"{"action":"decline"}"#),
        (secret.as_str(), &BOTH[..], CAN, r#"{"action":"decline"}"#),
        (MODEL, &BOTH[..1], CAN, "-1"),
        (MODEL, &BOTH[..], "{}", "-1"),
    ] {
        let mut client = client(asks(question), names, can).await;
        let done = client.ask(CALL).await;
        let said = json(text(&done));
        match said.get("result") {
            Some(result) => assert_eq!(result, &json(told), "{question}"),
            None => assert_eq!(code(&said).to_string(), told, "{question}"),
        }
        assert_eq!(client.decider.tools(), ["echo"]);
        client.close().await;
    }
}

#[tokio::test]
async fn a_no_an_error_and_an_answer_that_is_none_share_nothing() {
    let large = format!(r#""result":{{"action":"accept","content":{{"name":"{}"}}}}"#, "x".repeat(300 << 10));
    for (outcome, declined) in [
        (r#""result":{"action":"cancel"}"#, true),
        (r#""result":{"action":"decline","content":{"name":"Ann"}}"#, true),
        (r#""error":{"code":-32603,"message":"no"}"#, true),
        (r#""result":{"action":"accept","content":{"other":"x"}}"#, false),
        (r#""result":{"action":"accept","content":{"name":7}}"#, false),
        (large.as_str(), false),
    ] {
        let mut client = client(asks(FORM), &BOTH, CAN).await;
        client.say(CALL).await;
        let asked = client.next().await;
        let done = client.ask(&reply(&asked, outcome)).await;
        assert_eq!(json(text(&done)).get("result"), Some(&json(r#"{"action":"decline"}"#)));
        let calls = client.decider.calls.lock().unwrap().clone();
        let noes: Vec<_> = calls.iter().skip(1).map(|call| (call.tool.as_str(), call.declined)).collect();
        let recorded = [("elicitation:create", true)];
        assert_eq!(noes, recorded[..usize::from(declined)], "that it was declined is recorded, and nothing else");
        client.close().await;
    }
}

#[tokio::test]
async fn what_we_decline_ourselves_the_call_tells_of_and_what_the_person_declines_twice_is_not_asked_again() {
    let note = |done: &Json| {
        let content = done.get("result").unwrap().get("content").and_then(Json::as_array).unwrap();
        content.get(1).and_then(|block| block.get("text")?.as_str()).map(str::to_owned)
    };
    let mut hidden = client(asks(&FORM.replace("\"name\"", "\"password\"")), &BOTH, CAN).await;
    assert!(note(&hidden.ask(CALL).await).unwrap().contains("it asks a person for a secret"));
    hidden.close().await;
    let mut client = client(asks(FORM), &BOTH, CAN).await;
    client.say(CALL).await;
    let asked = client.next().await;
    let done = client.ask(&reply(&asked, r#""result":{"action":"accept","content":{"other":"x"}}"#)).await;
    assert!(note(&done).unwrap().contains("a value that was not asked for"));
    for id in ["2", "3"] {
        client.say(&CALL.replace(r#""id":1"#, &format!(r#""id":{id}"#))).await;
        let asked = client.next().await;
        let done = client.ask(&reply(&asked, r#""result":{"action":"decline"}"#)).await;
        assert_eq!(note(&done), None, "the person said it");
    }
    let done = client.ask(&CALL.replace(r#""id":1"#, r#""id":4"#)).await;
    assert!(text(&done).contains("decline"));
    assert!(note(&done).unwrap().contains("declined so often"));
    client.close().await;
}

#[tokio::test]
async fn a_share_that_is_refused_is_declined_to_the_server() {
    let mut client = client(asks(FORM), &BOTH, CAN).await;
    client.decider.forbid(BOTH[0]);
    client.say(CALL).await;
    let asked = client.next().await;
    let done = client.ask(&reply(&asked, r#""result":{"action":"accept","content":{"name":"Ann"}}"#)).await;
    assert_eq!(json(text(&done)).get("result"), Some(&json(r#"{"action":"decline"}"#)));
    assert_eq!(client.decider.tools(), ["echo", BOTH[0]]);
    client.close().await;
}

#[tokio::test]
async fn an_answer_that_people_are_asked_about_waits_for_them_while_its_call_is_open() {
    for (can, page) in [(CAN, false), (r#"{"elicitation":{"form":{},"url":{}}}"#, true)] {
        let mut client = client(asks(FORM), &BOTH, can).await;
        client.decider.waits.lock().unwrap().push(BOTH[0].to_owned());
        client.say(CALL).await;
        let asked = client.next().await;
        client.say(&reply(&asked, r#""result":{"action":"accept","content":{"name":"Ann"}}"#)).await;
        if page {
            let shown = client.next().await;
            assert_eq!(shown.get("params").unwrap().get("url").and_then(Json::as_str), Some(PAGE));
            client.say(&reply(&shown, r#""result":{"action":"accept"}"#)).await;
        }
        client.decider.yes.send_replace(true);
        let done = loop {
            // a client that was given the page is told that people have answered, before or after
            let said = client.next().await;
            if said.get("method").is_none() {
                break said;
            }
        };
        assert!(json(text(&done)).canonical().contains("Ann"), "{}", text(&done));
        assert_eq!(client.settled().len(), 2);
        client.close().await;
    }
}

#[tokio::test]
async fn whoever_turns_the_page_down_shares_nothing() {
    let mut client = client(asks(FORM), &BOTH, r#"{"elicitation":{"form":{},"url":{}}}"#).await;
    client.decider.waits.lock().unwrap().push(BOTH[0].to_owned());
    client.say(CALL).await;
    let asked = client.next().await;
    let shown = client.ask(&reply(&asked, r#""result":{"action":"accept","content":{"name":"Ann"}}"#)).await;
    let done = client.ask(&reply(&shown, r#""result":{"action":"decline"}"#)).await;
    assert_eq!(json(text(&done)).get("result"), Some(&json(r#"{"action":"decline"}"#)));
    assert_eq!(client.decider.tools(), ["echo", BOTH[0]]);
    client.close().await;
}

#[tokio::test]
async fn a_second_answer_and_a_late_one_go_nowhere() {
    let mut client = client(asks(FORM), &BOTH, CAN).await;
    client.say(CALL).await;
    let asked = client.next().await;
    let first = reply(&asked, r#""result":{"action":"accept","content":{"name":"Ann"}}"#);
    client.say(&first).await;
    client.say(&first.replace("Ann", "Bob")).await;
    let done = client.next().await;
    assert!(text(&done).contains("Ann"));
    client.say(&first.replace("Ann", "Eve")).await;
    let second = client.ask(&CALL.replace(r#""id":1"#, r#""id":2"#)).await;
    assert_eq!(method(&second), "elicitation/create", "the next call asks anew");
    assert_ne!(second.get("id"), asked.get("id"));
    let done = client.ask(&reply(&second, r#""result":{"action":"accept","content":{"name":"Joe"}}"#)).await;
    assert!(text(&done).contains("Joe"));
    assert_eq!(client.decider.tools(), ["echo", BOTH[0], "echo", BOTH[0]]);
    client.close().await;
}

#[test]
fn answers_that_belong_to_nothing_are_dropped_and_counted() {
    let upstreams = Arc::new(Upstreams::new([], Settings::default()));
    let by = Caller { key: "k".into(), decider: Arc::new(FakeDecider::default()), upstreams };
    let desk = Desk::default();
    let yes = || Ok(empty());
    let (id, told) = desk.ask().unwrap();
    let named = Id::Text(id.as_str().into());
    desk.answered(None, yes(), &by);
    desk.answered(Some(&Id::Integer(0)), yes(), &by);
    desk.answered(Some(&Id::Text("ask-99".into())), Err(RpcError::new(-1, "no")), &by);
    assert_eq!(desk.dropped(), 3);
    desk.answered(Some(&named), yes(), &by);
    desk.answered(Some(&named), yes(), &by);
    assert_eq!(desk.dropped(), 4, "the second of two");
    drop(told);
    let (id, told) = desk.ask().unwrap();
    drop(told);
    desk.answered(Some(&Id::Text(id.as_str().into())), yes(), &by);
    assert_eq!(desk.dropped(), 5, "nobody waits any longer");
    let held: Vec<_> = std::iter::from_fn(|| desk.ask()).collect();
    assert_eq!(held.len(), super::ASKED_MAX, "a client has so many questions before it and no more");
}

/// One that asks in a call and then never answers it; what it is told after that comes out.
fn asks_and_waits(told: tokio::sync::mpsc::UnboundedSender<Json>) -> Target {
    Fake::target(move |mut wire| {
        let told = told.clone();
        async move {
            while wire.call(Era::Legacy).await.is_some() {
                wire.say(&format!(r#"{{"jsonrpc":"2.0","id":"q",{FORM}}}"#)).await;
                let Some(answer) = answer_to(&mut wire, "q").await else { return };
                told.send(answer).unwrap();
            }
        }
    })
}

#[tokio::test]
async fn the_wait_ends_with_the_grant_and_with_the_call() {
    for cancelled in [false, true] {
        let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
        let mut client = client(asks_and_waits(sender), &BOTH, CAN).await;
        client.say(CALL).await;
        let asked = client.next().await;
        if cancelled {
            client.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#).await;
        } else {
            client.decider.ended.send_replace(true);
        }
        let answer = tokio::time::timeout(Duration::from_secs(5), told.recv()).await.unwrap().unwrap();
        assert_eq!(answer.get("result"), Some(&json(r#"{"action":"cancel"}"#)));
        let gone = client.next().await;
        assert_eq!(method(&gone), "notifications/cancelled", "the client need not answer any more");
        assert_eq!(gone.get("params").unwrap().get("requestId"), asked.get("id"));
        client.say(&reply(&asked, r#""result":{"action":"accept","content":{"name":"Ann"}}"#)).await;
        if !cancelled {
            let answer = client.next().await;
            assert_eq!(refused(&answer), "ended_in_doubt");
        }
        assert_eq!(client.decider.tools(), ["echo"], "a late answer shares nothing");
        client.close().await;
    }
}

#[tokio::test]
async fn where_several_calls_are_open_on_one_channel_no_question_belongs_to_any() {
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let target = Fake::target(move |mut wire| {
        let told = sender.clone();
        async move {
            let (Some(one), Some(two)) = (wire.call(Era::Legacy).await, wire.call(Era::Legacy).await) else { return };
            wire.say(&format!(r#"{{"jsonrpc":"2.0","id":"q",{FORM}}}"#)).await;
            told.send(answer_to(&mut wire, "q").await.unwrap()).unwrap();
            for call in [one, two] {
                wire.text(Era::Legacy, &call.id, "done").await;
            }
        }
    });
    let mut client = client(target, &BOTH, CAN).await;
    client.say(CALL).await;
    client.say(&CALL.replace(r#""id":1"#, r#""id":2"#)).await;
    assert_eq!(told.recv().await.unwrap().get("result"), Some(&json(r#"{"action":"decline"}"#)));
    assert_eq!(text(&client.next().await), "done");
    assert_eq!(text(&client.next().await), "done");
    client.close().await;
}

#[tokio::test]
async fn a_server_that_asks_when_nothing_is_open_is_declined() {
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let target = Fake::target(move |mut wire| {
        let told = sender.clone();
        async move {
            while let Some(Seen { id, .. }) = wire.call(Era::Legacy).await {
                wire.text(Era::Legacy, &id, "done").await;
                wire.say(&format!(r#"{{"jsonrpc":"2.0","id":"q",{FORM}}}"#)).await;
                told.send(answer_to(&mut wire, "q").await.unwrap()).unwrap();
            }
        }
    });
    let mut client = client(target, &BOTH, CAN).await;
    assert_eq!(text(&client.ask(CALL).await), "done");
    assert_eq!(told.recv().await.unwrap().get("result"), Some(&json(r#"{"action":"decline"}"#)));
    client.close().await;
}

#[tokio::test]
async fn a_session_that_began_before_the_grant_named_anything_is_begun_anew() {
    let mut client = Client::of(asks(FORM));
    client.initialize_as(CAN).await;
    let before = client.ask(CALL).await;
    assert!(text(&before).contains("decline"));
    client.decider.name(&BOTH);
    let list = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#;
    client.ask(list).await;
    client.say(&CALL.replace(r#""id":1"#, r#""id":3"#)).await;
    let asked = client.next().await;
    assert_eq!(method(&asked), "elicitation/create");
    let done = client.ask(&reply(&asked, r#""result":{"action":"accept","content":{"name":"Ann"}}"#)).await;
    assert!(text(&done).contains("Ann"));
    client.close().await;
}

#[tokio::test]
async fn a_plain_call_asks_nobody() {
    let mut client = client(echo(Era::Legacy), &BOTH, CAN).await;
    client.ask(CALL).await;
    assert!(matches!(client.settled().as_slice(), [Received::Result(_)]));
    client.close().await;
}

#[tokio::test]
async fn a_page_that_a_server_wants_opened_by_an_error_is_not_passed_on() {
    let target = Fake::target(|mut wire| async move {
        while let Some(Seen { id, .. }) = wire.call(Era::Legacy).await {
            let page = r#"{"mode":"url","elicitationId":"e","url":"https://evil.example/","message":"Open"}"#;
            let error = format!(r#"{{"code":-32042,"message":"open it","data":{{"elicitations":[{page}]}}}}"#);
            wire.error(&id, &error).await;
        }
    });
    let mut client = client(target, &BOTH, r#"{"elicitation":{"url":{}}}"#).await;
    let answer = client.ask(CALL).await;
    assert_eq!(refused(&answer), "input_not_given");
    assert!(!answer.canonical().contains("evil"), "{}", answer.canonical());
    client.close().await;
}
