//! What lasts, over HTTP: it ends with its token, its session and its stream.

use super::*;
use crate::decider::Received;

fn listen(wanted: &str) -> String {
    let meta = meta("");
    format!(
        r#"{{"jsonrpc":"2.0","id":"l","method":"subscriptions/listen","params":{{"notifications":{wanted},{meta}}}}}"#
    )
}

fn method(message: &Json) -> &str {
    message.get("method").and_then(Json::as_str).unwrap_or_default()
}

const SUBSCRIBE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"a:b"}}"#;

fn ended(world: &World) -> usize {
    let settled = world.decider.settled.lock().unwrap();
    settled.iter().filter(|received| **received == Received::Result(json("{}"))).count()
}

#[tokio::test]
async fn a_stream_of_the_newer_era_ends_with_the_newest_token_of_its_client() {
    let world = world(echo(Era::Legacy));
    let mut headers = modern("subscriptions/listen", "");
    headers.push(("x-lives", "1"));
    let got = world.post(&headers, &listen(r#"{"resourceSubscriptions":["a:b"],"toolsListChanged":true}"#)).await;
    assert_eq!(got.headers.get("content-type").unwrap(), "text/event-stream");
    let events = got.events();
    assert_eq!(events.len(), 2, "{}", got.body);
    assert_eq!(method(&events[0]), "notifications/subscriptions/acknowledged");
    assert_eq!(events[1].get("id"), Some(&Json::from("l")), "it ends in good order");
    assert!(events[1].get("result").is_some());
    until(|| ended(&world) == 1).await;
}

#[tokio::test]
async fn a_stream_whose_connection_closes_ends_its_subscriptions() {
    let world = world(echo(Era::Legacy));
    let body = listen(r#"{"resourceSubscriptions":["a:b"]}"#);
    let asking = request("POST", "/mcp/s", &modern("subscriptions/listen", ""), &body);
    let open = world.door.answer(asking, PEER).await;
    assert_eq!(open.status(), 200);
    assert_eq!(ended(&world), 0);
    drop(open);
    until(|| ended(&world) == 1).await;
}

#[tokio::test]
async fn a_door_that_closes_ends_the_streams_that_would_last() {
    let world = world(echo(Era::Legacy));
    let (door, wanted) = (world.door.clone(), listen(r#"{"toolsListChanged":true}"#));
    let asking = request("POST", "/mcp/s", &modern("subscriptions/listen", ""), &wanted);
    let open = door.answer(asking, PEER).await;
    door.stop();
    let all = open.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8(all.to_vec()).unwrap().contains(r#""result""#));
}

#[tokio::test]
async fn whose_proof_may_be_told_nothing_is_not_told_that_a_stream_has_begun() {
    let world = world(echo(Era::Legacy));
    world.decider.forbid("resources:subscribe");
    for wanted in [r#"{"toolsListChanged":true}"#, r#"{"resourceSubscriptions":["a:b"]}"#] {
        let mut headers = modern("subscriptions/listen", "");
        headers.push(("x-caller", "stranger"));
        let got = world.post(&headers, &listen(wanted)).await;
        assert_eq!(got.status, 401, "{}", got.body);
        assert!(!got.body.contains("acknowledged"));
    }
}

#[tokio::test]
async fn a_session_hears_on_its_stream_of_what_it_subscribed_to_and_ends_that_with_itself() {
    let target = Fake::target(|mut wire| async move {
        while let Some(call) = wire.call(Era::Legacy).await {
            wire.result(&call.id, "{}").await;
            let params = r#"{"uri":"a:b"}"#;
            wire.say(&format!(r#"{{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{params}}}"#))
                .await;
        }
    });
    let world = world(target);
    let id = world.initialize("ann").await;
    let session = [("mcp-session-id", id.as_str())];
    assert_eq!(world.post(&session, SUBSCRIBE).await.json().get("result"), Some(&json("{}")));
    let headers = [("mcp-session-id", id.as_str()), ("accept", "text/event-stream"), ("x-lives", "1")];
    let heard = world.send(request("GET", "/mcp/s", &headers, "")).await;
    let updated = heard.events().into_iter().filter(|event| method(event) == "notifications/resources/updated");
    let uris: Vec<Json> = updated.map(|event| event.get("params").unwrap().clone()).collect();
    assert_eq!(uris, [json(r#"{"uri":"a:b"}"#)], "{}", heard.body);
    assert_eq!(ended(&world), 0, "the stream has ended with its token, and another may be opened");
    assert_eq!(world.send(request("DELETE", "/mcp/s", &session, "")).await.status, 204);
    until(|| ended(&world) == 1).await;
}
