use super::*;
use crate::testing::{RESOURCE, TENANT, World, ann};
use serde_json::Value;

fn published(set: &KeySet, now: Micros) -> usize {
    let jwks: Value = serde_json::from_str(&set.to_jwks(now)).unwrap();
    jwks["keys"].as_array().unwrap().len()
}

#[tokio::test]
async fn every_node_has_the_keys_that_the_record_names_and_none_is_stored() {
    let world = World::new().await;
    let other = World::authority(&World::node(&world.store).await).await;
    assert_eq!(other.keys().unwrap().to_jwks(world.now()), world.keys().to_jwks(world.now()));
    assert_eq!(published(&world.keys(), world.now()), 2, "the active and the next");
    let recorded = world.node.control(TENANT).unwrap().state.keys.clone().unwrap();
    let jwks: Value = serde_json::from_str(&world.keys().to_jwks(world.now())).unwrap();
    let recorded: Value = serde_json::from_str(&recorded.canonical()).unwrap();
    assert_eq!(recorded["keys"], jwks["keys"]);
    assert!(!recorded.to_string().contains("\"d\""), "a private member");
}

#[tokio::test]
async fn a_token_outlives_the_turn_of_its_key() {
    let world = World::new().await;
    world.start("payer").await;
    let token = world.token().await;
    let before = world.keys().active().thumbprint().clone();
    let next = world.keys().to_jwks(world.now());
    crate::turn_token_key(&world.node, TENANT, ann()).await.unwrap();
    let after = world.keys();
    assert_ne!(*after.active().thumbprint(), before);
    assert!(next.contains(after.active().thumbprint().as_str()), "the next key was published before it signed");
    assert_eq!(published(&after, world.now()), 3);
    let proof = world.proof(5, "POST", RESOURCE, Some(&token));
    assert!(world.call(&format!("DPoP {token}"), &[&proof], b"").await.is_ok());
    let late = world.now().after(bailiwick_core::Span::minutes(6));
    assert!(after.find(before.as_str(), late).is_none());
}

#[tokio::test]
async fn keys_that_turn_faster_than_tokens_expire_are_refused() {
    let world = World::new().await;
    for _ in 0..KEYS_RETIRING_MAX {
        crate::turn_token_key(&world.node, TENANT, ann()).await.unwrap();
    }
    let refused = crate::turn_token_key(&world.node, TENANT, ann()).await.unwrap_err();
    assert!(refused.to_string().contains("the limit is 8"), "{refused}");
    assert_eq!(published(&world.keys(), world.now()), 2 + KEYS_RETIRING_MAX);
}

#[tokio::test]
async fn a_record_of_other_keys_is_not_signed_for() {
    let world = World::new().await;
    let recorded = world.node.control(TENANT).unwrap().state.keys.clone().unwrap();
    let text = recorded.canonical().replace("\"active\":1", "\"active\":2");
    let others = Json::parse(text.as_bytes(), &bailiwick_core::json::Limits::default()).unwrap();
    let keys = Keys::new();
    let vault = world.node.vault();
    assert_eq!(keys.get(Some(&others), vault, TENANT).unwrap_err(), KeysError::Others);
    assert_eq!(keys.get(Some(&Json::Null), vault, TENANT).unwrap_err(), KeysError::Unrecorded);
    assert_eq!(keys.get(None, vault, TENANT).unwrap_err(), KeysError::Unrecorded);
    assert!(keys.get(Some(&recorded), vault, TENANT).is_ok());
}
