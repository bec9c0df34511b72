//! What a server of the older era asks comes on the stream of its call, and the answer by a request of its own.

use super::*;
use crate::upstream::fake::{Seen, Wire};

const CALL: &str = r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"echo","arguments":{}}}"#;

async fn told(wire: &mut Wire) -> Option<Json> {
    loop {
        let message = wire.next().await?;
        if message.get("id").and_then(Json::as_str) == Some("q") {
            return Some(message);
        }
    }
}

fn asks() -> Target {
    Fake::target(|mut wire| async move {
        let form = r#""message":"Who?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}"#;
        while let Some(Seen { id, .. }) = wire.call(Era::Legacy).await {
            wire.say(&format!(r#"{{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{{{form}}}}}"#))
                .await;
            let Some(told) = told(&mut wire).await else { return };
            wire.text(Era::Legacy, &id, &told.canonical()).await;
        }
    })
}

async fn next(body: &mut DoorBody) -> Json {
    loop {
        let frame = tokio::time::timeout(Duration::from_secs(20), body.frame()).await.unwrap().unwrap().unwrap();
        let text = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
        if let Some(data) = text.lines().find_map(|line| line.strip_prefix("data: ")) {
            return json(data);
        }
    }
}

#[tokio::test]
async fn a_question_comes_on_its_calls_stream_and_only_that_session_answers_it() {
    let world = world(asks());
    world.decider.name(&["elicitation:create"]);
    let can = INITIALIZE.replace(r#""capabilities":{}"#, r#""capabilities":{"elicitation":{}}"#);
    let got = world.post(&[], &can).await;
    let session = got.headers.get(SESSION).unwrap().to_str().unwrap().to_owned();
    let other = world.initialize("ann").await;
    let response = world.door.answer(request("POST", "/mcp/s", &[("mcp-session-id", &session)], CALL), PEER).await;
    assert_eq!(response.headers().get("content-type").unwrap(), "text/event-stream");
    let mut body = response.into_body();
    let question = next(&mut body).await;
    assert_eq!(question.get("method").and_then(Json::as_str), Some("elicitation/create"));
    let id = question.get("id").unwrap().canonical();
    let answer = |name: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"action":"accept","content":{{"name":"{name}"}}}}}}"#)
    };
    let foreign = world.post(&[("mcp-session-id", &session), ("x-caller", "eve")], &answer("Eve")).await;
    assert_eq!(foreign.status, 404, "another caller's");
    let beside = world.post(&[("mcp-session-id", &other)], &answer("Bob")).await;
    assert_eq!(beside.status, 202, "another session of the same caller was asked nothing");
    let got = world.post(&[("mcp-session-id", &session)], &answer("Ann")).await;
    assert_eq!((got.status, got.body.as_str()), (202, ""));
    let done = next(&mut body).await;
    assert!(text(&done).contains("Ann"), "{}", done.canonical());
    assert_eq!(world.decider.tools(), ["echo", "elicitation:create"]);
    assert!(body.frame().await.is_none(), "the stream ends with the answer");
}

#[tokio::test]
async fn a_client_of_the_newer_era_that_declined_twice_is_not_asked_a_third_time() {
    let form = r#""message":"Who?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}"#;
    let asked = format!(
        r#"{{"resultType":"input_required","inputRequests":{{"k":{{"method":"elicitation/create","params":{{{form}}}}}}}}}"#
    );
    let target = Fake::target(move |mut wire| {
        let asked = asked.clone();
        async move {
            while let Some(Seen { id, whole, .. }) = wire.call(Era::Modern).await {
                match whole.get("params").and_then(|params| params.get("inputResponses")) {
                    Some(told) => wire.text(Era::Modern, &id, &told.canonical()).await,
                    None => wire.result(&id, &asked).await,
                }
            }
        }
    });
    let world = world(target);
    world.decider.name(&["elicitation:create"]);
    let meta = meta("").replace(r#"{"sampling":{}}"#, r#"{"elicitation":{}}"#);
    let call = |more: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo","arguments":{{}},{more}{meta}}}}}"#
        )
    };
    for _ in 0..2 {
        let asked = world.post(&modern("tools/call", "echo"), &call("")).await.json();
        let state = asked.get("result").and_then(|result| result.get("requestState")).unwrap().canonical();
        let no = format!(r#""inputResponses":{{"k":{{"action":"decline"}}}},"requestState":{state},"#);
        let done = world.post(&modern("tools/call", "echo"), &call(&no)).await.json();
        assert!(text(&done).contains("decline"), "{}", done.canonical());
    }
    let third = world.post(&modern("tools/call", "echo"), &call("")).await.json();
    assert_eq!(crate::testing::refused(&third), "input_not_given");
    assert!(text(&third).contains("declined so often"), "{}", text(&third));
}

#[tokio::test]
async fn a_client_that_names_the_stream_first_gets_one_also_of_a_single_answer() {
    let world = world(echo(Era::Legacy));
    let session = world.initialize("ann").await;
    let first = ("accept", "text/event-stream, application/json");
    let got = world.post(&[("mcp-session-id", &session), first], LIST).await;
    assert_eq!(got.headers.get("content-type").unwrap(), "text/event-stream");
    let [answer] = got.events().try_into().unwrap();
    assert_eq!(answer.get("id"), Some(&Json::from(1u64)));
    // an error of the newer era says so by its status, which a stream cannot
    let mut headers = modern("no/such", "");
    headers.push(first);
    let got = world
        .post(&headers, &format!(r#"{{"jsonrpc":"2.0","id":1,"method":"no/such","params":{{{}}}}}"#, meta("")))
        .await;
    assert_eq!((got.status, code(&got.json())), (404, METHOD_NOT_FOUND));
}
