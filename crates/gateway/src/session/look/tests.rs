use crate::decider::Received;
use crate::era::Era;
use crate::testing::*;
use crate::upstream::fake::{Fake, echo};
use bailiwick_core::json::Json;

/// `pointing` is decided once somebody has looked at it with `reads`.
fn pointing(id: u64) -> String {
    call(id, "pointing", r#"{"draft":"d-1"}"#)
}

#[tokio::test]
async fn what_a_call_points_to_is_read_by_an_act_of_its_own_and_goes_to_whoever_decides_alone() {
    let mut client = Client::of(echo(Era::Modern));
    let answer = client.ask(&pointing(1)).await;
    assert!(text(&answer).contains("d-1"), "{}", answer.canonical());
    assert_eq!(client.decider.tools(), ["pointing", "reads", "pointing"]);
    let calls = crate::upstream::locked(&client.decider.calls).clone();
    assert_eq!(calls[0].looked, None);
    assert_eq!(calls[1].arguments, json(r#"{"id":"d-1"}"#));
    let looked = calls[2].looked.as_ref().unwrap();
    assert!(looked[0].seen.as_ref().unwrap().canonical().contains(r#"\"id\":\"d-1\""#), "{looked:?}");
    assert!(matches!(client.settled().as_slice(), [Received::Result(_), Received::Result(_)]));
    client.close().await;
}

#[tokio::test]
async fn who_may_not_read_it_has_seen_nothing() {
    let mut client = Client::of(echo(Era::Modern));
    client.decider.forbid("reads");
    assert_eq!(refused(&client.ask(&pointing(1)).await), "referent_unread");
    assert_eq!(client.settled(), []);
    client.close().await;
}

#[tokio::test]
async fn more_than_a_look_may_bring_was_not_seen() {
    let target = Fake::target(|mut wire| async move {
        while let Some(seen) = wire.call(Era::Modern).await {
            let text = "a".repeat(70_000);
            wire.text(Era::Modern, &seen.id, &text).await;
        }
    });
    let mut client = Client::of(target);
    assert_eq!(refused(&client.ask(&pointing(1)).await), "referent_unread");
    assert!(matches!(client.settled().as_slice(), [Received::Result(Json::Object(_))]), "it was read all the same");
    client.close().await;
}
