use crate::testing::{BASE, RESOURCE, TENANT, World, ann};
use bailiwick_core::{Code, Command, Ender};
use http::Method;
use serde_json::json;

const PATH: &str = "/oauth/introspect";
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[tokio::test]
async fn an_agent_learns_of_its_own_token_and_of_no_other() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let token = world.token().await;
    let ask = async |name: &str, n: u8, token: &str| {
        let assertion = world.assertion(name, n);
        let form = [("token", token), ("client_assertion_type", TYPE), ("client_assertion", &assertion)];
        world.form(PATH, None, &form).await
    };
    let own = ask("payer", 1, &token).await;
    assert_eq!(own.body["active"], true);
    assert_eq!(own.body["authorization_details"][0]["task"], json!(task));
    assert_eq!(own.body["aud"], json!([RESOURCE]));
    assert_eq!(own.body["act"], json!({"sub": "payer"}), "who acts");
    assert_eq!(ask("reader", 2, &token).await.body, json!({"active": false}), "another agent's");
    assert_eq!(ask("payer", 1, "x").await.body, json!({"active": false}), "no token");
    let forged = world.mint(&world.claims(task, 66).await);
    assert_eq!(ask("payer", 1, &forged).await.body, json!({"active": false}), "a key that the stream does not name");
    let who = Ender::Person(ann());
    let command = Command::EndTask { who, why: Code::Revoked };
    world.node.command(TENANT, task, command, world.node.facts(0).unwrap()).await.unwrap();
    assert_eq!(ask("payer", 1, &token).await.body, json!({"active": false}), "the task ended");
}

#[tokio::test]
async fn a_token_of_ones_own_with_its_proof_is_enough_and_good_once() {
    let world = World::new().await;
    world.start("payer").await;
    let token = world.token().await;
    let proof = world.proof(5, "POST", &format!("{BASE}{PATH}"), Some(&token));
    let authorization = format!("DPoP {token}");
    let headers = [("content-type", crate::testing::FORM), ("authorization", &*authorization), ("dpop", &*proof)];
    let body = format!("token={token}");
    assert_eq!(world.send(Method::POST, PATH, &headers, &body).await.body["active"], true);
    assert_eq!(world.send(Method::POST, PATH, &headers, &body).await.said(), (401, "invalid_dpop_proof"));
}

#[tokio::test]
async fn nobody_asks_without_saying_who() {
    let world = World::new().await;
    assert_eq!(world.form(PATH, None, &[("token", "x")]).await.said(), (401, "invalid_client"));
    assert_eq!(world.form(PATH, None, &[]).await.said(), (400, "invalid_request"));
    let (assertion, wrong) = (world.assertion("payer", 1), world.assertion("payer", 2));
    let shown = |assertion: &str, kind: &str| {
        vec![
            ("token", "x".to_owned()),
            ("client_assertion", assertion.to_owned()),
            ("client_assertion_type", kind.to_owned()),
        ]
    };
    for (what, form, expected) in [
        ("another key", shown(&wrong, TYPE), (401, "invalid_client")),
        ("another type", shown(&assertion, "urn:x"), (401, "invalid_client")),
        ("a good one", shown(&assertion, TYPE), (200, "")),
        ("a used one", shown(&assertion, TYPE), (401, "invalid_client")),
    ] {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(world.form(PATH, None, &form).await.said(), expected, "{what}");
    }
}
