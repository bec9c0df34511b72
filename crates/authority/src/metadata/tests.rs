use crate::Authority;
use crate::testing::{BASE, World};
use http::Method;
use serde_json::json;

#[tokio::test]
async fn clients_find_the_way_from_a_resource_to_the_token_endpoint() {
    let world = World::new().await;
    let get = async |path: &str| world.send(Method::GET, path, &[], "").await;
    for (path, resource) in [("", "/mcp"), ("/mcp", "/mcp"), ("/mcp/bank", "/mcp/bank")] {
        let answer = get(&format!("/.well-known/oauth-protected-resource{path}")).await;
        assert_eq!(answer.body["resource"], format!("{BASE}{resource}"));
        assert_eq!(answer.body["authorization_servers"], json!([BASE]));
        assert_eq!(answer.body["dpop_bound_access_tokens_required"], true);
    }
    let server = get("/.well-known/oauth-authorization-server").await;
    assert_eq!(server.body["issuer"], BASE);
    assert_eq!(server.body["token_endpoint"], format!("{BASE}/oauth/token"));
    assert_eq!(
        server.body["grant_types_supported"],
        json!(["urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:token-exchange"])
    );
    let jwks = get("/oauth/jwks").await;
    assert_eq!(jwks.body["keys"][0]["use"], "sig");
    assert!(jwks.body["keys"].as_array().unwrap().iter().all(|key| key.get("d").is_none()));
}

#[tokio::test]
async fn what_is_not_there_is_not_there() {
    let world = World::new().await;
    for path in [
        "/.well-known/oauth-protected-resource/",
        "/.well-known/oauth-protected-resource/mcp/ghost",
        "/.well-known/oauth-protected-resource/mcp/bank/x",
        "/.well-known/oauth-protected-resources",
        "/oauth",
        "/",
    ] {
        assert_eq!(world.send(Method::GET, path, &[], "").await.status, 404, "{path}");
    }
    assert_eq!(world.send(Method::POST, "/oauth/jwks", &[], "").await.status, 405);
    assert_eq!(world.send(Method::DELETE, "/oauth/token", &[], "").await.headers["allow"], "POST");
    assert_eq!(world.send(Method::GET, "/oauth/authorize", &[], "").await.said(), (400, "unsupported_response_type"));
    assert!(Authority::serves("/oauth/token") && !Authority::serves("/mcp"));
}
