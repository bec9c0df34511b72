use crate::decider::Received;
use crate::era::Era;
use crate::lasting::LASTING_MAX;
use crate::rpc::INTERNAL_ERROR;
use crate::testing::*;
use crate::upstream::Target;
use crate::upstream::fake::{Fake, Seen, TOOLS, Wire};
use bailiwick_core::json::Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;

const BOTH: [Era; 2] = [Era::Legacy, Era::Modern];
const CAN: &str = r#"{"tools":{"listChanged":true},"prompts":{},"resources":{"subscribe":true}}"#;

/// What a server was asked for: a subscription has begun, or was taken back.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Begun(String),
    Over(String),
}

async fn update(wire: &mut Wire, uri: &str) {
    let params = format!(r#"{{"uri":"{uri}","more":"of the server's"}}"#);
    wire.say(&format!(r#"{{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{params}}}"#)).await;
}

/// Begins a subscription as a server of the newer era does; `None` for that of the lists.
async fn acknowledge(wire: &mut Wire, seen: &Seen) -> Option<String> {
    let wanted = seen.whole.get("params")?.get("notifications")?.clone();
    let meta = format!(r#""_meta":{{"io.modelcontextprotocol/subscriptionId":{}}}"#, seen.id.canonical());
    let params = format!(r#"{{{meta},"notifications":{}}}"#, wanted.canonical());
    let method = "notifications/subscriptions/acknowledged";
    wire.say(&format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#)).await;
    let uris = wanted.get("resourceSubscriptions")?.as_array()?;
    Some(uris.first()?.as_str()?.to_owned())
}

/// A server that says what it hears, and says of each resource that is called for that it is another.
fn world(era: Era) -> (Target, mpsc::UnboundedReceiver<Heard>) {
    let (heard, hears) = mpsc::unbounded_channel();
    let target = Fake::target(move |mut wire| {
        let heard = heard.clone();
        async move {
            let mut open = BTreeMap::new();
            loop {
                let Some(whole) = wire.next().await else { return };
                let member = |name: &str| whole.get("params").and_then(|params| params.get(name)).cloned();
                let method = whole.get("method").and_then(Json::as_str).unwrap_or_default().to_owned();
                let uri = || member("uri").and_then(|uri| uri.as_str().map(str::to_owned)).unwrap();
                let Some(id) = whole.get("id").cloned() else {
                    let of = member("requestId").map(|id| id.canonical()).unwrap_or_default();
                    if let Some(uri) = open.remove(&of) {
                        heard.send(Heard::Over(uri)).unwrap();
                    }
                    continue;
                };
                let seen = Seen { id: id.clone(), method: method.clone(), whole: whole.clone() };
                match method.as_str() {
                    "resources/subscribe" => {
                        wire.result(&id, "{}").await;
                        heard.send(Heard::Begun(uri())).unwrap();
                    }
                    "resources/unsubscribe" => {
                        wire.result(&id, "{}").await;
                        heard.send(Heard::Over(uri())).unwrap();
                    }
                    "subscriptions/listen" => {
                        if let Some(uri) = acknowledge(&mut wire, &seen).await {
                            open.insert(id.canonical(), uri.clone());
                            heard.send(Heard::Begun(uri)).unwrap();
                        }
                    }
                    "tools/call" => {
                        let text = member("arguments").unwrap().get("text").cloned().unwrap();
                        for uri in text.as_str().unwrap().split(' ') {
                            update(&mut wire, uri).await;
                        }
                        wire.text(era, &id, "said").await;
                    }
                    _ => drop(wire.usual(era, CAN, TOOLS, &seen).await),
                }
            }
        }
    });
    (target, hears)
}

fn subscribe(id: u64, method: &str, uri: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"resources/{method}","params":{{"uri":"{uri}"}}}}"#)
}

fn older(id: u64, text: &str) -> String {
    let params = format!(r#"{{"name":"echo","arguments":{{"text":"{text}"}}}}"#);
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{params}}}"#)
}

fn listen(id: &str, wanted: &str) -> String {
    let meta = meta("");
    format!(
        r#"{{"jsonrpc":"2.0","id":"{id}","method":"subscriptions/listen","params":{{"notifications":{wanted},{meta}}}}}"#
    )
}

fn uri(told: &Json) -> (&str, &str) {
    let method = told.get("method").and_then(Json::as_str).unwrap_or_else(|| panic!("{}", told.canonical()));
    (method, told.get("params").and_then(|params| params.get("uri")).and_then(Json::as_str).unwrap_or_default())
}

/// How many acts of it are settled, and how.
fn settled(client: &Client) -> usize {
    client.settled().iter().filter(|received| **received == Received::Result(empty())).count()
}

const UPDATED: &str = "notifications/resources/updated";

#[tokio::test]
async fn word_of_a_resource_reaches_a_client_only_of_what_it_is_subscribed_to_and_its_name_alone() {
    for era in BOTH {
        let (target, mut hears) = world(era);
        let mut client = Client::of(target);
        let hello = client.initialize().await;
        let resources = hello.get("result").unwrap().get("capabilities").unwrap().get("resources").unwrap();
        assert_eq!(resources.get("subscribe"), Some(&Json::from(true)));
        // before it is subscribed to anything
        assert_eq!(text(&client.ask(&older(1, "a:b")).await), "said");
        assert_eq!(client.ask(&subscribe(2, "subscribe", "a:b")).await.get("result"), Some(&empty()));
        assert_eq!(hears.recv().await, Some(Heard::Begun("a:b".into())));
        assert_eq!(client.decider.tools(), ["echo", "resources:subscribe"], "it is an act");
        client.say(&older(3, "a:c a:b a:b/c")).await;
        let mut told = [client.next().await, client.next().await];
        told.sort_by_key(|told| told.get("id").is_some());
        assert_eq!(told[0], json(&format!(r#"{{"jsonrpc":"2.0","method":"{UPDATED}","params":{{"uri":"a:b"}}}}"#)));
        assert_eq!(text(&told[1]), "said", "nothing was told of others");
        assert_eq!(settled(&client), 0, "it is open");
        // once more is not another act
        assert_eq!(client.ask(&subscribe(4, "subscribe", "a:b")).await.get("result"), Some(&empty()));
        assert_eq!(client.ask(&subscribe(5, "unsubscribe", "a:b")).await.get("result"), Some(&empty()));
        assert_eq!(hears.recv().await, Some(Heard::Over("a:b".into())));
        assert_eq!(text(&client.ask(&older(6, "a:b")).await), "said", "nothing is told any more");
        assert_eq!((settled(&client), client.calls()), (1, 4));
        client.close().await;
    }
}

#[tokio::test]
async fn a_subscription_ends_with_its_grant_and_when_its_act_would_be_refused() {
    for era in BOTH {
        for refused in [false, true] {
            let (target, mut hears) = world(era);
            let mut client = Client::of(target);
            client.initialize().await;
            client.ask(&subscribe(1, "subscribe", "a:b")).await;
            assert_eq!(hears.recv().await, Some(Heard::Begun("a:b".into())));
            if refused {
                client.decider.stands.send_replace(false);
            } else {
                client.decider.ended.send_replace(true);
            }
            assert_eq!(hears.recv().await, Some(Heard::Over("a:b".into())), "the server is told");
            if refused {
                assert_eq!(text(&client.ask(&older(2, "a:b")).await), "said", "and nothing is passed on");
            }
            assert_eq!(settled(&client), 1, "{:?}", client.settled());
            client.close().await;
        }
    }
}

#[tokio::test]
async fn a_client_that_goes_leaves_no_subscription_open() {
    for era in BOTH {
        let (target, mut hears) = world(era);
        let mut client = Client::of(target);
        client.initialize().await;
        client.ask(&subscribe(1, "subscribe", "a:b")).await;
        assert_eq!(hears.recv().await, Some(Heard::Begun("a:b".into())));
        let decider = Arc::clone(&client.decider);
        client.close().await;
        assert_eq!(*decider.settled.lock().unwrap(), [Received::Result(empty())], "before the door has closed");
    }
}

#[tokio::test]
async fn a_subscription_that_is_refused_is_asked_of_no_server() {
    for era in BOTH {
        let (target, mut hears) = world(era);
        let mut client = Client::of(target);
        client.initialize().await;
        client.decider.forbid("resources:subscribe");
        let no = client.ask(&subscribe(1, "subscribe", "a:b")).await;
        assert_eq!(code(&no), INTERNAL_ERROR, "{}", no.canonical());
        let listening = client.ask(&listen("l", r#"{"resourceSubscriptions":["a:b"],"toolsListChanged":true}"#)).await;
        let honoured = listening.get("params").unwrap().get("notifications").unwrap();
        assert_eq!(honoured, &json(r#"{"toolsListChanged":true}"#), "what is refused is not acknowledged");
        assert!(hears.try_recv().is_err());
        client.close().await;
    }
}

#[tokio::test]
async fn there_are_so_many_subscriptions_and_no_more() {
    let (target, _hears) = world(Era::Legacy);
    let mut client = Client::of(target);
    client.initialize().await;
    for number in 0..u64::try_from(LASTING_MAX).unwrap() {
        let begun = client.ask(&subscribe(number, "subscribe", &format!("a:{number}"))).await;
        assert_eq!(begun.get("result"), Some(&empty()), "{}", begun.canonical());
    }
    assert_eq!(code(&client.ask(&subscribe(100, "subscribe", "a:more")).await), INTERNAL_ERROR);
    client.ask(&subscribe(101, "unsubscribe", "a:1")).await;
    while client.ask(&subscribe(102, "subscribe", "a:more")).await.get("result").is_none() {}
    client.close().await;
}

#[tokio::test]
async fn a_client_of_the_newer_era_hears_on_a_stream_of_its_own_what_it_asked_for_and_no_more() {
    for era in BOTH {
        let (target, mut hears) = world(era);
        let mut client = Client::of(target);
        client.ask(&call(1, "echo", r#"{"text":"a:a"}"#)).await;
        let wanted = r#"{"resourceSubscriptions":["a:b"],"toolsListChanged":true,"resourcesListChanged":true}"#;
        let begun = client.ask(&listen("l", wanted)).await;
        assert_eq!(begun.get("method"), Some(&Json::from("notifications/subscriptions/acknowledged")));
        let tag = json(r#"{"io.modelcontextprotocol/subscriptionId":"l"}"#);
        let params = begun.get("params").unwrap();
        assert_eq!(params.get("_meta"), Some(&tag));
        let honoured = json(r#"{"resourceSubscriptions":["a:b"],"toolsListChanged":true}"#);
        assert_eq!(params.get("notifications"), Some(&honoured));
        assert_eq!(hears.recv().await, Some(Heard::Begun("a:b".into())));
        client.say(&call(2, "echo", r#"{"text":"a:b a:c"}"#)).await;
        let mut told = [client.next().await, client.next().await];
        told.sort_by_key(|told| told.get("id").is_some());
        assert_eq!(uri(&told[0]), (UPDATED, "a:b"));
        assert_eq!(told[0].get("params").unwrap().get("_meta"), Some(&tag));
        // its grant ends: what is left is seen, and the stream ends in good order
        client.decider.ended.send_replace(true);
        assert_eq!(uri(&client.next().await).0, "notifications/tools/list_changed");
        let end = client.next().await;
        assert_eq!(end.get("id"), Some(&Json::from("l")));
        let meta = end.get("result").unwrap().get("_meta").unwrap();
        assert_eq!(meta.get("io.modelcontextprotocol/subscriptionId"), Some(&Json::from("l")));
        assert_eq!(hears.recv().await, Some(Heard::Over("a:b".into())));
        client.close().await;
    }
}

#[tokio::test]
async fn a_stream_that_its_client_cancels_ends_its_subscriptions() {
    let (target, mut hears) = world(Era::Modern);
    let mut client = Client::of(target);
    client.ask(&listen("l", r#"{"resourceSubscriptions":["a:b"]}"#)).await;
    assert_eq!(hears.recv().await, Some(Heard::Begun("a:b".into())));
    client.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"l"}}"#).await;
    assert_eq!(hears.recv().await, Some(Heard::Over("a:b".into())));
    client.close().await;
}

#[tokio::test]
async fn a_client_is_told_when_its_grant_is_narrowed_or_has_ended_and_sees_what_is_left() {
    let (target, _hears) = world(Era::Legacy);
    let mut client = Client::of(target);
    client.initialize().await;
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let count = |answer: &Json| answer.get("result").unwrap().get("tools").unwrap().as_array().unwrap().len();
    assert_eq!(count(&client.ask(list).await), 3);
    client.decider.shown.lock().unwrap().retain(|shown| shown.words.get("name") != Some(&Json::from("typed")));
    assert_eq!(uri(&client.next().await).0, "notifications/tools/list_changed");
    assert_eq!(count(&client.ask(list).await), 2);
    client.decider.ended.send_replace(true);
    assert_eq!(uri(&client.next().await).0, "notifications/tools/list_changed");
    assert_eq!(count(&client.ask(list).await), 1, "our own tool says what to ask the person for");
    client.close().await;
}
