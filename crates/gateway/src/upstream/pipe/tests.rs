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
async fn an_answer_to_nothing_is_dropped_and_the_call_is_in_doubt() {
    for era in BOTH {
        let (received, answer, dropped) = settles(era, |mut wire, _| async move {
            for id in ["777", "\"1\"", "-1"] {
                wire.say(&format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"resultType":"complete"}}}}"#)).await;
            }
            // until the gateway goes
            while wire.next().await.is_some() {}
        })
        .await;
        assert_eq!((received, dropped), (Received::Nothing("time-out"), 3));
        assert_eq!(refused(&answer), "in_doubt");
    }
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
