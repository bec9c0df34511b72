use crate::decider::{OnRecord, Received};
use crate::era::Era;
use crate::testing::*;
use crate::upstream::Target;
use crate::upstream::fake::Fake;
use bailiwick_core::json::Json;

/// A server that goes away with each `pay`, says that `refused` failed, and answers `find` with this.
fn bank(on_record: &'static str) -> Target {
    Fake::target(move |mut wire| async move {
        while let Some(seen) = wire.call(Era::Modern).await {
            let called = seen.whole.pointer(&bailiwick_core::json::Pointer::parse("/params/name").unwrap()).cloned();
            match called.as_ref().and_then(Json::as_str) {
                Some("find") => wire.text(Era::Modern, &seen.id, on_record).await,
                Some("refused") => {
                    let failed =
                        r#"{"content":[{"type":"text","text":"later"}],"isError":true,"resultType":"complete"}"#;
                    wire.result(&seen.id, failed).await;
                }
                _ => return,
            }
        }
    })
}

fn decider() -> FakeDecider {
    let record = OnRecord { tool: "find".to_owned(), arguments: json(r#"{"reference":"f00d"}"#) };
    FakeDecider { record: Some(record), ..FakeDecider::default() }
}

fn client(on_record: &'static str, decider: FakeDecider) -> Client {
    Client::with(vec![("s", bank(on_record))], decider, settings())
}

#[tokio::test]
async fn what_is_in_doubt_is_looked_up_once_by_an_act_of_its_own_and_its_caller_is_told() {
    for (on_record, words) in [("booked", "says that it was done"), ("rejected", "says that nothing was done")] {
        let mut client = client(on_record, decider());
        let answer = client.ask(&call(1, "pay", "{}")).await;
        assert_eq!(refused(&answer), "settled_by_record");
        assert!(text(&answer).contains(words), "{}", text(&answer));
        assert_eq!(client.decider.tools(), ["pay", "find"]);
        let calls = crate::upstream::locked(&client.decider.calls).clone();
        assert_eq!(calls[1].arguments, json(r#"{"reference":"f00d"}"#));
        // the first act was in doubt by then, and the read still open
        assert_eq!(*crate::upstream::locked(&client.decider.told), [(1, 2, 1)]);
        assert!(matches!(client.settled().as_slice(), [Received::Nothing(_), Received::Result(_)]));
        client.close().await;
    }
}

#[tokio::test]
async fn what_a_server_says_of_its_failure_stands_with_what_it_has_on_record() {
    let mut client = client("rejected", decider());
    let answer = client.ask(&call(1, "refused", "{}")).await;
    assert_eq!(text(&answer), "later");
    assert!(
        answer.canonical().contains("own record of this call says that nothing was done"),
        "{}",
        answer.canonical()
    );
    client.close().await;
}

#[tokio::test]
async fn what_the_record_does_not_tell_stays_in_doubt() {
    for (on_record, forbidden) in [("pending", false), ("booked", true)] {
        let mut client = client(on_record, decider());
        if forbidden {
            client.decider.forbid("find");
        }
        assert_eq!(refused(&client.ask(&call(1, "pay", "{}")).await), "in_doubt");
        assert_eq!(crate::upstream::locked(&client.decider.told).is_empty(), forbidden);
        client.close().await;
    }
    let mut client = client("booked", FakeDecider::default());
    assert_eq!(refused(&client.ask(&call(1, "pay", "{}")).await), "in_doubt");
    assert_eq!(client.decider.tools(), ["pay"], "nothing says how it would be read");
    client.close().await;
}

#[tokio::test]
async fn an_act_in_doubt_that_is_asked_for_again_is_looked_up_and_not_sent_again() {
    let mut client = client("booked", decider());
    let answer = client.ask(&call(1, "again", "{}")).await;
    assert_eq!(refused(&answer), "settled_by_record");
    assert_eq!(client.decider.tools(), ["again", "find"]);
    client.close().await;
}

#[tokio::test]
async fn nothing_is_looked_up_once_the_grant_has_ended() {
    let mut client = client("booked", decider());
    client.decider.ended.send_replace(true);
    let answer = client.ask(&call(1, "pay", "{}")).await;
    assert!(!client.decider.tools().contains(&"find".to_owned()), "{}", answer.canonical());
    client.close().await;
}
