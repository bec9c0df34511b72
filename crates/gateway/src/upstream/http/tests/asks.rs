//! What a server of the older era asks on the stream of a call, and where the answer goes.

use crate::decider::Received;
use crate::era::Era;
use crate::testing::*;
use crate::upstream::http::peer::*;
use crate::upstream::{HttpTarget, Target};
use bailiwick_catalogue::Secret;
use bailiwick_core::json::Json;
use std::time::Duration;

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}}"#;

fn question(message: &str) -> String {
    let schema = r#""requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}"#;
    format!(r#"{{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{{"message":"{message}",{schema}}}}}"#)
}

/// One that asks this in each call, and then waits for ever.
async fn asks(message: &'static str) -> Peer {
    calls(Era::Legacy, move |heard| match heard.method() {
        "tools/call" => {
            let head = format!("HTTP/1.1 200 OK\r\n{EVENTS}\r\n");
            Does::Waits(format!("{head}{}", events(&[&question(message)])).into_bytes())
        }
        // an answer: it has no method
        _ => Does::Says(http("202 Accepted", "", "")),
    })
    .await
}

fn answer_to(peer: &Peer) -> Option<Json> {
    let heard = peer.heard();
    let answers = heard.iter().filter(|heard| heard.body.get("id").and_then(Json::as_str) == Some("q"));
    let bodies: Vec<_> = answers.map(|heard| heard.body.clone()).collect();
    assert!(bodies.len() < 2, "it is answered once");
    bodies.into_iter().next().and_then(|body| body.get("result").cloned())
}

async fn client(target: Target) -> Client {
    let mut client = Client::of(target);
    client.decider.name(&["elicitation:create"]);
    client.initialize_as(r#"{"elicitation":{}}"#).await;
    client
}

async fn answered(peer: &Peer) -> Json {
    for _ in 0..500 {
        if let Some(answer) = answer_to(peer) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the server was told nothing")
}

#[tokio::test]
async fn an_answer_is_posted_to_the_server_once_it_is_decided() {
    let peer = asks("Who?").await;
    let mut client = client(peer.target()).await;
    client.say(CALL).await;
    let asked = client.next().await;
    let id = asked.get("id").unwrap().canonical();
    assert_eq!(answer_to(&peer), None, "nothing before the client has answered");
    let yes = r#"{"action":"accept","content":{"name":"Ann"}}"#;
    client.say(&format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{yes}}}"#)).await;
    assert_eq!(answered(&peer).await, json(yes));
    assert_eq!(client.decider.tools(), ["echo", "elicitation:create"]);
    assert!(client.settled().iter().all(|received| matches!(received, Received::Result(_))));
    client.close().await;
    peer.stop().await;
}

#[tokio::test]
async fn a_question_that_holds_the_servers_secret_reaches_nobody() {
    let peer = asks("Is s3cret-of-this-server yours?").await;
    let secrets = [Secret::new(b"s3cret-of-this-server")].into();
    let target = HttpTarget { secrets, ..HttpTarget::new(peer.url.as_str(), Vec::new()) };
    let mut client = client(Target::Http(target)).await;
    client.say(CALL).await;
    assert_eq!(answered(&peer).await, json(r#"{"action":"decline"}"#));
    assert_eq!(client.decider.tools(), ["echo"]);
    client.close().await;
    peer.stop().await;
}
