use crate::testing::{BASE, World};
use serde_json::json;

const PATH: &str = "/oauth/release";

fn url() -> String {
    format!("{BASE}{PATH}")
}

#[tokio::test]
async fn what_an_instance_gives_back_is_the_next_ones_at_once_and_the_grant_lives() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let token = world.token().await;
    assert_eq!(world.ask("payer", 1, 6, &[]).await.said(), (400, "authorization_pending"), "another one holds it");
    let proof = world.proof(5, "POST", &url(), Some(&token));
    assert_eq!(world.form(PATH, Some(&proof), &[("token", &token)]).await.said(), (200, ""));
    assert!(world.grant(task).await.0);
    assert_eq!(world.form(PATH, Some(&proof), &[("token", &token)]).await.status, 400, "a proof is good once");
    assert_eq!(world.ask("payer", 1, 6, &[]).await.said(), (200, ""));
    assert_eq!(world.ask("payer", 1, 7, &[]).await.said(), (400, "authorization_pending"), "held again");
}

#[tokio::test]
async fn who_does_not_hold_a_grant_does_not_give_it_back() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let token = world.token().await;
    let other = world.proof(6, "POST", &url(), Some(&token));
    let elsewhere = world.proof(5, "POST", &format!("{BASE}/oauth/revoke"), Some(&token));
    for proof in [None, Some(&*other), Some(&*elsewhere)] {
        assert_eq!(world.form(PATH, proof, &[("token", &token)]).await.status, 400, "{proof:?}");
    }
    let details = json!([{"type": "bailiwick_task", "task": task}]).to_string();
    assert_eq!(world.ask("payer", 1, 6, &[("authorization_details", &details)]).await.said(), (200, ""));
    let late = world.proof(5, "POST", &url(), Some(&token));
    assert_eq!(world.form(PATH, Some(&late), &[("token", &token)]).await.said(), (400, "invalid_grant"));
    assert_eq!(world.ask("payer", 1, 7, &[]).await.said(), (400, "authorization_pending"));
}
