use crate::testing::{BASE, RESOURCE, World, key};
use bailiwick_core::Span;
use serde_json::json;

const PATH: &str = "/oauth/revoke";
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn url() -> String {
    format!("{BASE}{PATH}")
}

#[tokio::test]
async fn the_grants_key_ends_it_before_the_answer() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let token = world.token().await;
    let proof = world.proof(5, "POST", &url(), Some(&token));
    assert_eq!(world.form(PATH, Some(&proof), &[("token", &token)]).await.said(), (200, ""));
    assert!(!world.grant(task).await.0);
    let again = world.proof(5, "POST", &url(), Some(&token));
    assert_eq!(world.form(PATH, Some(&again), &[("token", &token)]).await.said(), (200, ""), "ended is ended");
    assert_eq!(world.ask("payer", 1, 5, &[]).await.said(), (400, "authorization_pending"), "no new token for it");
}

#[tokio::test]
async fn the_agents_registered_key_ends_it_and_another_agents_does_not() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let token = world.token().await;
    let revoke = async |name: &str, n: u8| {
        let assertion = world.assertion(name, n);
        let form = [("token", &*token), ("client_assertion_type", TYPE), ("client_assertion", &*assertion)];
        let answer = world.form(PATH, None, &form).await;
        (answer.status.as_u16(), world.grant(task).await.0)
    };
    assert_eq!(revoke("reader", 2).await, (400, true));
    assert_eq!(revoke("payer", 2).await, (401, true));
    assert_eq!(revoke("payer", 1).await, (200, false));
}

#[tokio::test]
async fn who_does_not_hold_the_grant_does_not_end_it() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let token = world.token().await;
    let forged = world.mint(&world.claims(task, 66).await);
    let mut expired = world.claims(task, 5).await;
    expired.issued = expired.issued.before(Span::minutes(6));
    let expired = world.mint(&expired);
    let cases = [
        ("no proof", None, &token, (400, "invalid_dpop_proof")),
        ("another key", Some(world.proof(6, "POST", &url(), Some(&token))), &token, (400, "invalid_dpop_proof")),
        ("for another URL", Some(world.proof(5, "POST", RESOURCE, Some(&token))), &token, (400, "invalid_dpop_proof")),
        ("for another token", Some(world.proof(5, "POST", &url(), Some("x"))), &token, (400, "invalid_dpop_proof")),
        ("a forged token", Some(world.proof(66, "POST", &url(), Some(&forged))), &forged, (400, "invalid_grant")),
        ("an expired token", Some(world.proof(5, "POST", &url(), Some(&expired))), &expired, (400, "invalid_grant")),
    ];
    for (what, proof, token, expected) in cases {
        assert_eq!(world.form(PATH, proof.as_deref(), &[("token", token)]).await.said(), expected, "{what}");
        assert!(world.grant(task).await.0, "{what}");
    }
    // RFC 7009 §2.2: of what is no token, nothing is left to be revoked.
    assert_eq!(world.form(PATH, None, &[("token", "x")]).await.said(), (200, ""));
    assert_eq!(world.form(PATH, None, &[]).await.said(), (400, "invalid_request"));
}

#[tokio::test]
async fn a_retired_key_does_not_end_what_another_now_holds() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let token = world.token().await;
    let details = json!([{"type": "bailiwick_task", "task": task}]).to_string();
    assert_eq!(world.ask("payer", 1, 6, &[("authorization_details", &details)]).await.said(), (200, ""));
    let proof = world.proof(5, "POST", &url(), Some(&token));
    assert_eq!(world.form(PATH, Some(&proof), &[("token", &token)]).await.said(), (400, "invalid_grant"));
    assert!(world.grant(task).await.0);
    assert!(world.grant(task).await.1.is_some_and(|bound| bound.key == *key(6).thumbprint()));
}

#[tokio::test]
async fn an_ending_that_is_not_durable_is_not_answered_as_one() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let token = world.token().await;
    world.store.inject(bailiwick_store::Fault::Gone);
    let proof = world.proof(5, "POST", &url(), Some(&token));
    assert_eq!(world.form(PATH, Some(&proof), &[("token", &token)]).await.said(), (503, "temporarily_unavailable"));
    assert!(world.grant(task).await.0);
}
