//! What an agent has does not open what people change: its token and its proof are nothing at the routes of `/v1`.

use super::node::{Node, key, now, salt};
use super::people::{Browser, json};
use super::routes::of_source;
use bailiwick_core::json::Json;
use bailiwick_core::sha256;
use bailiwick_identity::{ProofFor, PublicUrl, make_proof};

/// How many events of the tenant's own stream there are.
fn control(node: &Node) -> usize {
    let events = node.cli(&["event", "list", "--last", "1000", "--kind", "control"]);
    events.lines().filter(|line| !line.contains("control.heads")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_token_and_proof_change_no_configuration_and_show_none() {
    let node = Node::start();
    node.start_task();
    let key = key();
    let token = node.ask("/mcp", &key, None).await.unwrap().token.to_string();
    let nonce = node.post("/mcp", &[], "{}").header("dpop-nonce").map(str::to_owned);
    // there is an administrator with a passkey, so what loosens would wait, and nothing is anybody's word
    let (_ann, _) = Browser::of(&node, "ann", "administrator");
    let nobody = Browser::new(&node);
    let before = control(&node);
    let mut asked = 0;
    for (method, path) in &of_source() {
        let url = PublicUrl::parse(&format!("{}{path}", node.base)).unwrap();
        let what = ProofFor {
            method,
            url: &url,
            token: Some(&token),
            nonce: nonce.as_deref(),
            body: Some(&sha256(b"{}")),
            jti: salt(),
            now: now(),
        };
        let proof = make_proof(&key, &what).unwrap();
        let headers = format!(
            "origin: http://{}\r\ncontent-type: application/json\r\nauthorization: DPoP {token}\r\ndpop: {proof}\r\n",
            nobody.host
        );
        let answer = node.raw(nobody.head(method, path, &nobody.host, &headers, "{}").as_bytes());
        // who is signed in is told to everybody: here nobody is
        let nobody_is = path == "/v1/session" && answer.contains(r#""person":null"#);
        let refused = answer.starts_with("HTTP/1.1 401 ") && answer.contains("not_signed_in");
        assert!(refused || nobody_is, "{method} {path}: {answer}");
        asked += 1;
    }
    assert!(asked > 40, "the source is read: {asked}");
    assert_eq!(control(&node), before);
    let status = json(&node.cli(&["status"]));
    assert!(status.get("leaves").and_then(Json::as_u64).is_some(), "the node goes on: {}", status.canonical());
}
