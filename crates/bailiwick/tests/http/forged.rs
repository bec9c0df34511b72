//! Tokens that somebody made with the node's own signing key, stolen with its files, or that only look like ours: sent to
//! the real node over a real socket.

use super::node::{Good, Node, key, now, salt};
use bailiwick_core::{AgentId, GrantId, Span, TaskId};
use bailiwick_identity::{Claims, KeySet, SigningKey, TaskClaim, mint_token};
use bailiwick_node::Vault;
use bailiwick_record::{RootFile, system_random};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::path::Path;
use std::sync::Arc;

/// The keys that a tenant's tokens are signed with, as whoever has the node's files derives them.
fn stolen(home: &Path, other_tenant: bool) -> KeySet {
    let store = bailiwick_store::open(&format!("sqlite:{}", home.join("bailiwick.db").display())).unwrap();
    let root = RootFile::open_or_create(&home.join("root.key"), &system_random).unwrap();
    let vault = Vault::new(Box::new(root), Arc::new(system_random));
    let (tenant, _) = store.tenants().unwrap().into_iter().find(|(_, name)| name == "default").unwrap();
    vault.open_tenant(store.as_ref(), tenant).unwrap();
    let derive = |number: u32| {
        let mut draws = 0;
        SigningKey::generate(&mut |out| {
            draws += 1;
            *out = *vault.subkey(tenant, &format!("token-signing/{number}/{draws}")).unwrap().expose();
        })
        .unwrap()
    };
    if other_tenant { KeySet::new(key(), key()).unwrap() } else { KeySet::new(derive(1), derive(2)).unwrap() }
}

/// The ids in a token of ours.
fn grant_of(token: &str) -> (TaskId, GrantId, u32) {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    let detail = &claims["authorization_details"][0];
    let text = |name: &str| detail[name].as_str().unwrap();
    let epoch = u32::try_from(detail["epoch"].as_u64().unwrap()).unwrap();
    (TaskId::parse(text("task")).unwrap(), GrantId::parse(text("grant")).unwrap(), epoch)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_ours_for_this_grant_now_opens_no_door() {
    let mut node = Node::start();
    node.start_task();
    let own = key();
    let token = node.ask("/mcp", &own, None).await.unwrap().token.to_string();
    let (task, grant, epoch) = grant_of(&token);
    let (ours, theirs) = node.meanwhile(|home| (stolen(home, false), stolen(home, true)));
    let good = Good::new(&node, "/mcp", token.clone());
    assert_eq!(good.send(&node, &good.proof(&own)).status(), 200, "the node came back at the same address");

    let claims = Claims {
        issuer: node.base.clone(),
        audience: vec![format!("{}/mcp", node.base)],
        subject: "somebody".to_owned(),
        agent: AgentId::parse("helper").unwrap(),
        delegators: Vec::new(),
        jkt: own.thumbprint().clone(),
        jti: salt(),
        issued: now(),
        task: TaskClaim { task, grant, epoch },
    };
    // what is forged is as the authority would have it, so each of the others is refused for its one change
    let same = Good { token: mint_token(&ours, &claims).unwrap(), ..good.clone() };
    let same = Good { ath: Some(same.token.clone()), ..same };
    assert_eq!(same.send(&node, &same.proof(&own)).status(), 200);

    let old = bailiwick_core::Micros(now().0 - Span::minutes(6).0);
    let thief = key();
    let cases: [(&str, Claims, &KeySet); 8] = [
        ("expired", Claims { issued: old, ..claims.clone() }, &ours),
        ("of another issuer", Claims { issuer: "http://127.0.0.1:1".to_owned(), ..claims.clone() }, &ours),
        ("for another audience", Claims { audience: vec![format!("{}/mcp/bank", node.base)], ..claims.clone() }, &ours),
        ("signed by another tenant", claims.clone(), &theirs),
        ("of a later epoch", Claims { task: TaskClaim { epoch: epoch + 1, ..claims.task }, ..claims.clone() }, &ours),
        (
            "of an earlier epoch",
            Claims { task: TaskClaim { epoch: epoch.wrapping_sub(1), ..claims.task }, ..claims.clone() },
            &ours,
        ),
        ("for another agent", Claims { agent: AgentId::parse("other").unwrap(), ..claims.clone() }, &ours),
        (
            "for a grant of nobody",
            Claims { task: TaskClaim { grant: GrantId::new([9; 16]), ..claims.task }, ..claims.clone() },
            &ours,
        ),
    ];
    for (what, claims, keys) in cases {
        let Ok(token) = mint_token(keys, &claims) else { panic!("{what} could not be minted") };
        let forged = Good { ath: Some(token.clone()), token, ..good.clone() };
        assert_eq!(forged.send(&node, &forged.proof(&own)).line(), "401 invalid_token", "{what}");
    }
    // the signing key alone mints nothing: the stream names the key that the grant answers to
    let token = mint_token(&ours, &Claims { jkt: thief.thumbprint().clone(), ..claims.clone() }).unwrap();
    let forged = Good { ath: Some(token.clone()), token, ..good.clone() };
    assert_eq!(forged.send(&node, &forged.proof(&thief)).line(), "401 invalid_token", "for another key");

    // the same claims under another algorithm, or under none
    let (head, payload) = token_parts(&mint_token(&ours, &claims).unwrap());
    let public = ours.active().public().to_jwk();
    for (what, alg, signature) in [
        ("none", "none", String::new()),
        ("none, with a signature", "none", "AAAA".to_owned()),
        ("a shared secret that is our public key", "HS256", hmac(public.as_bytes(), &head, &payload)),
        ("another curve", "ES384", "A".repeat(128)),
        ("RSA", "RS256", "A".repeat(342)),
    ] {
        let head = head.replace("ES256", alg);
        let token = format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(head));
        let forged = Good { ath: Some(token.clone()), token, ..good.clone() };
        assert_eq!(forged.send(&node, &forged.proof(&own)).line(), "401 invalid_token", "{what}");
    }
    assert_eq!(good.send(&node, &good.proof(&own)).status(), 200, "and what is right is still let in");
}

/// The header in the clear, and the payload as it stands.
fn token_parts(token: &str) -> (String, String) {
    let mut parts = token.split('.');
    let head = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
    (String::from_utf8(head).unwrap(), parts.next().unwrap().to_owned())
}

/// HMAC-SHA-256 as a client library would sign with a key that everybody knows (RFC 2104).
fn hmac(key: &[u8], head: &str, payload: &str) -> String {
    let mut block = [0_u8; 64];
    let key = if key.len() > 64 { bailiwick_core::sha256(key).bytes().to_vec() } else { key.to_vec() };
    block[..key.len()].copy_from_slice(&key);
    let message = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(head.replace("ES256", "HS256")));
    let padded = |pad: u8| block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = bailiwick_core::sha256(&[padded(0x36), message.into_bytes()].concat());
    URL_SAFE_NO_PAD.encode(bailiwick_core::sha256(&[padded(0x5c), inner.bytes().to_vec()].concat()).bytes())
}
