use crate::decider::Received;
use crate::era::Era;
use crate::settings::Settings;
use crate::testing::*;
use crate::upstream::fake::{Fake, Seen, Wire};
use bailiwick_core::json::Json;
use std::time::Duration;

const BOTH: [Era; 2] = [Era::Legacy, Era::Modern];
const BYTES_MAX: usize = 64 << 10;

/// What a call comes to at a server that does this once, and how many messages were nobody's.
async fn settles<S>(era: Era, does: impl Fn(Wire, Seen) -> S + Clone + Send + Sync + 'static) -> (Received, Json, u64)
where
    S: Future<Output = ()> + Send + 'static,
{
    settles_within(Duration::from_millis(400), era, does).await
}

/// With as long as that to answer: what is not about time is given much of it.
async fn settles_within<S>(
    call_within: Duration,
    era: Era,
    does: impl Fn(Wire, Seen) -> S + Clone + Send + Sync + 'static,
) -> (Received, Json, u64)
where
    S: Future<Output = ()> + Send + 'static,
{
    let target = Fake::target(move |mut wire| {
        let does = does.clone();
        async move {
            if let Some(call) = wire.call(era).await {
                does(wire, call).await;
            }
        }
    });
    let settings = Settings { call_within, server_message_bytes_max: BYTES_MAX, ..settings() };
    let mut client = Client::with(vec![("s", target)], FakeDecider::default(), settings);
    let upstream = client.upstreams.open(&server("s"), &*client.decider).await.unwrap();
    let answer = client.ask(&call(1, "echo", "{}")).await;
    let settled = client.settled();
    assert_eq!(settled.len(), 1, "{}", answer.canonical());
    let dropped = upstream.desk.dropped();
    drop(upstream);
    client.close().await;
    (settled.into_iter().next().unwrap(), answer, dropped)
}

#[tokio::test]
async fn a_process_that_goes_in_the_middle_leaves_the_act_in_doubt() {
    for era in BOTH {
        for part in ["", "{\"jsonrpc\":\"2.0\",\"id\""] {
            let (received, answer, _) = settles(era, move |mut wire, _| async move {
                wire.bytes(part.as_bytes()).await;
            })
            .await;
            match received {
                Received::Nothing(why) if part.is_empty() => {
                    assert_eq!((why, refused(&answer).as_str()), ("disconnected", "in_doubt"));
                }
                Received::Error(error) if !part.is_empty() => {
                    assert!(error.canonical().contains("not taken"), "{}", error.canonical());
                }
                other => panic!("{part}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_late_answer_to_another_request_is_dropped_and_the_call_is_in_doubt() {
    for era in BOTH {
        let (received, answer, dropped) = settles(era, |mut wire, _| async move {
            wire.say(r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete"}}"#).await;
            // until the gateway goes
            while wire.next().await.is_some() {}
        })
        .await;
        assert_eq!((received, dropped), (Received::Nothing("time-out"), 1));
        assert_eq!(refused(&answer), "in_doubt");
    }
}

#[tokio::test]
async fn an_answer_under_an_id_that_was_never_asked_fails_the_only_call_at_once() {
    for era in BOTH {
        for id in ["777", "0", "-1", "\"1\"", "\"x\\u001b\""] {
            let (received, _, dropped) = settles(era, move |mut wire, _| async move {
                wire.say(&format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"resultType":"complete"}}}}"#)).await;
                while wire.next().await.is_some() {}
            })
            .await;
            let Received::Error(error) = received else { panic!("{id}: {received:?}") };
            let error = error.canonical();
            assert!(error.contains("which was not asked") && !error.contains('\u{1b}'), "{error}");
            assert_eq!(dropped, 1);
        }
    }
}

#[tokio::test]
async fn a_late_answer_to_the_question_for_the_era_is_not_taken_for_the_handshakes() {
    let target = Fake::target(|mut wire: Wire| async move {
        let Some(discover) = wire.next().await else { return };
        // until nobody waits for that answer any more, and the handshake of the older era has begun
        let hello = loop {
            let Some(message) = wire.next().await else { return };
            if message.get("method").and_then(Json::as_str) == Some("initialize") {
                break message;
            }
        };
        wire.error(discover.get("id").unwrap(), r#"{"code":-32601,"message":"no such method"}"#).await;
        let result = r#"{"protocolVersion":"2025-11-25","serverInfo":{"name":"late","version":"1"},"capabilities":{"tools":{}}}"#;
        wire.result(hello.get("id").unwrap(), result).await;
        while let Some(call) = wire.call(Era::Legacy).await {
            wire.text(Era::Legacy, &call.id, "here").await;
        }
    });
    let mut client = Client::of(target);
    let answer = client.ask(&call(1, "echo", "{}")).await;
    assert_eq!(text(&answer), "here", "{}", answer.canonical());
    client.close().await;
}

#[tokio::test]
async fn of_two_answers_the_first_counts() {
    for era in BOTH {
        let (received, answer, _) = settles(era, move |mut wire, call| async move {
            wire.text(era, &call.id, "first").await;
            wire.text(era, &call.id, "second").await;
            while wire.next().await.is_some() {}
        })
        .await;
        assert!(matches!(received, Received::Result(_)));
        assert_eq!(text(&answer), "first");
    }
}

#[tokio::test]
async fn an_answer_over_the_bound_is_told_as_one_however_long_it_is() {
    for era in BOTH {
        // an end that names the call; and none at all
        for ends in [true, false] {
            let (received, _, _) = settles_within(Duration::from_secs(15), era, move |mut wire, call| async move {
                let piece = vec![b'x'; 8192];
                let mut pieces = if ends { 64 } else { usize::MAX };
                while pieces > 0 && wire.bytes(&piece).await {
                    pieces -= 1;
                }
                wire.bytes(format!(",\"id\":{}}}\n", call.id.canonical()).as_bytes()).await;
                while wire.next().await.is_some() {}
            })
            .await;
            match received {
                Received::Error(error) => {
                    assert!(ends && error.canonical().contains("longer than 65536 bytes"), "{}", error.canonical());
                }
                Received::Nothing(why) => assert!(!ends && why == "disconnected", "{why}"),
                other => panic!("{other:?}"),
            }
        }
    }
}
