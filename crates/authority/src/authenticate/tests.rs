use super::*;
use crate::testing::{BASE, NOW, PEER, RESOURCE, TENANT, World, base64url, jwt, key, with};
use bailiwick_core::{
    Action, Attempt, Code, Command, Effect, Egress, Facts, Impact, Mode, Span, TenantId, ToolId, Verdict, json::Json,
    sha256,
};
use bailiwick_identity::{Claims, KeySet, NodeId, mint_token, token_digest};
use http::StatusCode;
use serde_json::{Value, json};

fn said<T>(result: &Result<T, Refusal>) -> (u16, &str) {
    result.as_ref().err().map_or((200, ""), |refusal| (refusal.status().as_u16(), refusal.error()))
}

/// The token's text with another header, signed or not.
fn rewritten(token: &str, header: &Value, signature: &str) -> String {
    let payload = token.split('.').nth(1).unwrap();
    format!("{}.{payload}.{signature}", base64url(header.to_string()))
}

#[tokio::test]
async fn the_bound_key_with_its_token_and_a_fresh_proof_is_the_caller() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let token = world.token().await;
    let proof = world.proof(5, "POST", RESOURCE, Some(&token));
    let caller = world.call(&format!("DPoP {token}"), &[&proof], b"{}").await.unwrap();
    let bound = world.grant(task).await.1.unwrap();
    assert!(caller.named() && caller.nonce_here());
    assert_eq!((&caller.caller().instance, caller.caller().attestation), (&bound.instance, bound.attestation));
    assert_eq!(caller.bound(&world.authority, Mode::Enforced).task, task);
    assert_eq!(said(&world.authority.appends_nothing(&caller)), (200, ""));
}

#[tokio::test]
async fn a_token_that_is_not_ours_for_this_door_now_is_refused() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let good = world.token().await;
    let claims = world.claims(task, 5).await;
    let minted = |change: &dyn Fn(&mut Claims)| {
        let mut claims = claims.clone();
        change(&mut claims);
        world.mint(&claims)
    };
    let signed_by_others = |set: &KeySet| mint_token(set, &claims).unwrap();
    let stranger = KeySet::new(key(31), key(32)).unwrap();
    let kid = world.keys().active().thumbprint().to_string();
    let own_jwk: Value = serde_json::from_str(&key(31).public().to_jwk()).unwrap();
    let signature = good.rsplit('.').next().unwrap();
    let payload: Value = {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(good.split('.').nth(1).unwrap()).unwrap()).unwrap()
    };
    let cases = [
        ("expired", minted(&|claims| claims.issued = world.now().before(Span::minutes(6)))),
        ("from the future", minted(&|claims| claims.issued = world.now().after(Span::minutes(1)))),
        ("another audience", minted(&|claims| claims.audience = vec![format!("{BASE}/mcp")])),
        ("another issuer", minted(&|claims| claims.issuer = "https://other.example".into())),
        ("an older epoch", minted(&|claims| claims.task.epoch += 1)),
        ("no such task", minted(&|claims| claims.task.task = TaskId::new([99; 16]))),
        ("no such grant", minted(&|claims| claims.task.grant = GrantId::new([99; 16]))),
        ("another agent's grant", minted(&|claims| claims.agent = crate::testing::agent("reader"))),
        ("signed by another issuer", signed_by_others(&stranger)),
        ("its key in the header", jwt(&key(31), &json!({"typ": "at+jwt", "alg": "ES256", "jwk": own_jwk}), &payload)),
        (
            "another's key under our name",
            jwt(&key(31), &json!({"typ": "at+jwt", "alg": "ES256", "kid": kid}), &payload),
        ),
        ("alg none", rewritten(&good, &json!({"typ": "at+jwt", "alg": "none", "kid": kid}), "")),
        ("alg swapped", rewritten(&good, &json!({"typ": "at+jwt", "alg": "HS256", "kid": kid}), signature)),
        ("another type", rewritten(&good, &json!({"typ": "JWT", "alg": "ES256", "kid": kid}), signature)),
        (
            "a changed header",
            rewritten(&good, &json!({"typ": "at+jwt", "alg": "ES256", "kid": kid, "x": 1}), signature),
        ),
        ("cut", good.chars().take(good.len() - 4).collect()),
        ("nothing", String::new()),
    ];
    for (what, token) in &cases {
        let proof = world.proof(5, "POST", RESOURCE, Some(token));
        let called = world.call(&format!("DPoP {token}"), &[&proof], b"{}").await;
        assert_eq!(said(&called), (401, "invalid_token"), "{what}");
    }
}

#[tokio::test]
async fn a_token_of_another_tenants_keys_is_refused() {
    let world = World::new().await;
    let task = world.start("payer").await;
    world.token().await;
    let other = TenantId::new([8; 16]);
    world.node.open_tenant(other, "other", "other.example/log").await.unwrap();
    let tasks = std::sync::Arc::new(crate::ByWake::new(world.node.clone()));
    let theirs = Authority::open(world.node.clone(), tasks, other, BASE).await.unwrap();
    let token = mint_token(theirs.keys().unwrap().as_ref(), &world.claims(task, 5).await).unwrap();
    let proof = world.proof(5, "POST", RESOURCE, Some(&token));
    assert_eq!(said(&world.call(&format!("DPoP {token}"), &[&proof], b"").await), (401, "invalid_token"));
}

#[tokio::test]
async fn a_proof_that_is_not_for_this_call_is_refused() {
    let world = World::new().await;
    world.start("payer").await;
    let token = world.token().await;
    let now = world.now().0 / 1_000_000;
    let body = base64url(sha256(b"another body").bytes());
    let other_token = base64url(token_digest(b"x").bytes());
    let old_nonce = world.authority.nonces().issue(NodeId(1), NOW.before(Span::minutes(10)));
    let cases: [(&str, Value, &str); 12] = [
        ("no nonce", json!({"nonce": null}), "use_dpop_nonce"),
        ("an old nonce", json!({"nonce": old_nonce}), "use_dpop_nonce"),
        ("a made up nonce", json!({"nonce": "AAAA"}), "use_dpop_nonce"),
        ("old", json!({"iat": now - 400}), "invalid_dpop_proof"),
        ("from the future", json!({"iat": now + 400}), "invalid_dpop_proof"),
        ("another URL", json!({"htu": format!("{BASE}/mcp")}), "invalid_dpop_proof"),
        ("another host", json!({"htu": "https://other.example/mcp/bank"}), "invalid_dpop_proof"),
        ("another method", json!({"htm": "GET"}), "invalid_dpop_proof"),
        ("another body", json!({"bd": body}), "invalid_dpop_proof"),
        ("a broken body digest", json!({"bd": "x"}), "invalid_dpop_proof"),
        ("without ath", json!({"ath": null}), "invalid_dpop_proof"),
        ("another token", json!({"ath": other_token}), "invalid_dpop_proof"),
    ];
    for (what, changes, error) in cases {
        let (header, payload) = world.proof_parts(5, "POST", RESOURCE, Some(&token));
        let proof = jwt(&key(5), &header, &with(payload, &changes));
        let called = world.call(&format!("DPoP {token}"), &[&proof], b"{}").await;
        assert_eq!(said(&called), (401, error), "{what}");
    }
    let (header, payload) = world.proof_parts(5, "POST", RESOURCE, Some(&token));
    for (what, header, signer, error) in [
        ("alg none", with(header.clone(), &json!({"alg": "none"})), 5, "invalid_dpop_proof"),
        ("alg swapped", with(header.clone(), &json!({"alg": "EdDSA"})), 5, "invalid_dpop_proof"),
        ("signed by another key", header.clone(), 6, "invalid_dpop_proof"),
        ("a token for a proof", with(header, &json!({"typ": "at+jwt"})), 5, "invalid_dpop_proof"),
    ] {
        let proof = jwt(&key(signer), &header, &payload);
        assert_eq!(said(&world.call(&format!("DPoP {token}"), &[&proof], b"{}").await), (401, error), "{what}");
    }
    // RFC 9449 §7.1: a stolen token, with a good proof by the thief's own key.
    let thief = world.proof(6, "POST", RESOURCE, Some(&token));
    assert_eq!(said(&world.call(&format!("DPoP {token}"), &[&thief], b"{}").await), (401, "invalid_token"));
}

#[tokio::test]
async fn credentials_come_once_and_as_dpop() {
    let world = World::new().await;
    world.start("payer").await;
    let token = world.token().await;
    let proof = || world.proof(5, "POST", RESOURCE, Some(&token));
    let (one, two) = (proof(), proof());
    type Case<'a> = (&'a str, String, Vec<&'a str>, (u16, &'a str));
    let cases: [Case<'_>; 5] = [
        ("nothing", String::new(), vec![], (401, "unauthorized")),
        ("basic", "Basic eDp5".into(), vec![&one], (401, "unauthorized")),
        ("bearer", format!("Bearer {token}"), vec![&one], (401, "invalid_token")),
        ("no proof", format!("DPoP {token}"), vec![], (401, "invalid_dpop_proof")),
        ("two proofs", format!("DPoP {token}"), vec![&one, &two], (401, "invalid_dpop_proof")),
    ];
    for (what, authorization, proofs, expected) in cases {
        let called = world.call(&authorization, &proofs, b"").await;
        assert_eq!(said(&called), expected, "{what}");
        let response = called.unwrap_err().into_response(world.authority.nonce());
        let challenge = response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
        assert!(challenge.starts_with("DPoP "), "{challenge}");
        let metadata = r#"resource_metadata="https://bailiwick.example/.well-known/oauth-protected-resource/mcp/bank""#;
        assert!(challenge.contains(metadata), "{challenge}");
        assert_eq!(challenge.contains("error="), expected.1 != "unauthorized", "{challenge}");
    }
}

#[tokio::test]
async fn a_proof_is_used_once_whether_or_not_the_call_appends() {
    let world = World::new().await;
    world.start("payer").await;
    let token = world.token().await;
    let authorization = format!("DPoP {token}");
    let proof = world.proof(5, "POST", RESOURCE, Some(&token));
    let first = world.call(&authorization, &[&proof], b"").await.unwrap();
    assert_eq!(said(&world.authority.appends_nothing(&first)), (200, ""));
    assert_eq!(said(&world.call(&authorization, &[&proof], b"").await), (401, "invalid_dpop_proof"), "replayed");
    // What a stream has seen goes on to the decision, which refuses and records it; and it is good for nothing else.
    let proof = world.proof(5, "POST", RESOURCE, Some(&token));
    let caller = world.call(&authorization, &[&proof], b"").await.unwrap();
    assert!(attempt(&world, &caller).await.is_none_or(|code| code != Code::ProofReplayed));
    for _ in 0..2 {
        let again = world.call(&authorization, &[&proof], b"").await.unwrap();
        assert_eq!(attempt(&world, &again).await, Some(Code::ProofReplayed));
        assert_eq!(said(&world.authority.appends_nothing(&again)), (401, "invalid_dpop_proof"));
        // forgotten here, it still stands there
        world.authority.begun(&caller);
    }
}

#[tokio::test]
async fn another_nodes_nonce_is_good_only_for_a_call_that_appends() {
    let world = World::new().await;
    world.start("payer").await;
    let token = world.token().await;
    let elsewhere = World::authority(&world.node).await;
    let (header, payload) = world.proof_parts(5, "POST", RESOURCE, Some(&token));
    let nonce = elsewhere.nonce().to_str().unwrap().to_owned();
    let proof = jwt(&key(5), &header, &with(payload, &json!({"nonce": nonce})));
    let caller = world.call(&format!("DPoP {token}"), &[&proof], b"").await.unwrap();
    assert!(!caller.nonce_here());
    assert_eq!(said(&world.authority.appends_nothing(&caller)), (401, "use_dpop_nonce"));
}

#[tokio::test]
async fn a_token_forged_with_our_own_key_for_a_live_grant_does_nothing() {
    let world = World::new().await;
    let task = world.start("payer").await;
    world.token().await;
    let forged = world.mint(&world.claims(task, 66).await);
    let proof = world.proof(66, "POST", RESOURCE, Some(&forged));
    let caller = world.call(&format!("DPoP {forged}"), &[&proof], b"").await.unwrap();
    assert!(!caller.named());
    assert_eq!(said(&world.authority.appends_nothing(&caller)), (401, "invalid_token"));
    let before = world.seq(task).await;
    assert_eq!(attempt(&world, &caller).await, Some(Code::KeyNotBound));
    assert_eq!(world.seq(task).await, before + 1, "the attempt is recorded");
}

#[tokio::test]
async fn a_retired_key_is_no_longer_named() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let token = world.token().await;
    let details = json!([{"type": "bailiwick_task", "task": task}]).to_string();
    assert_eq!(world.ask("payer", 1, 6, &[("authorization_details", &details)]).await.said(), (200, ""));
    let proof = world.proof(5, "POST", RESOURCE, Some(&token));
    let caller = world.call(&format!("DPoP {token}"), &[&proof], b"").await.unwrap();
    assert!(!caller.named());
    assert_eq!(attempt(&world, &caller).await, Some(Code::KeyNotBound));
}

#[tokio::test]
async fn a_peer_that_only_fails_is_told_to_wait_and_one_that_lacks_a_nonce_is_not() {
    let world = World::new().await;
    world.start("payer").await;
    let token = world.token().await;
    let authorization = format!("DPoP {token}");
    let (header, payload) = world.proof_parts(5, "POST", RESOURCE, Some(&token));
    let unasked = jwt(&key(5), &header, &with(payload, &json!({"nonce": null})));
    for _ in 0..=crate::failures::FAILURES_PER_PEER_MAX {
        assert_eq!(said(&world.call(&authorization, &[&unasked], b"").await), (401, "use_dpop_nonce"));
    }
    for _ in 0..crate::failures::FAILURES_PER_PEER_MAX {
        assert_eq!(said(&world.call("DPoP x", &[&unasked], b"").await), (401, "invalid_token"));
    }
    assert_eq!(said(&world.call("DPoP x", &[&unasked], b"").await).0, 429);
    assert!(world.authority.failures.waits(PEER, crate::failures::Share::NONE, world.now()).is_some());
}

#[tokio::test]
async fn a_stranger_at_its_address_does_not_stop_an_agent_at_work() {
    let world = World::new().await;
    world.start("payer").await;
    let token = world.token().await;
    let authorization = format!("DPoP {token}");
    let proof = || world.proof(5, "POST", RESOURCE, Some(&token));
    world.call(&authorization, &[&proof()], b"").await.unwrap();
    for _ in 0..crate::failures::FAILURES_PER_PEER_MAX {
        assert_eq!(said(&world.call("DPoP x", &[&proof()], b"").await), (401, "invalid_token"));
    }
    assert_eq!(said(&world.call("DPoP x", &[&proof()], b"").await).0, 429);
    assert_eq!(said(&world.call("DPoP y", &[&proof()], b"").await).0, 429, "another that nobody knows");
    world.call(&authorization, &[&proof()], b"").await.expect("its token was good and is");
    let stolen = world.proof(6, "POST", RESOURCE, Some(&token));
    assert_eq!(said(&world.call(&authorization, &[&stolen], b"").await).0, 401, "its key is asked all the same");
}

#[tokio::test]
async fn one_client_that_fails_holds_back_neither_another_at_its_address_nor_a_fresh_token() {
    let world = World::new().await;
    world.start("payer").await;
    world.start("reader").await;
    // `reader` comes with a key that is not its own, and junk comes with no name at all
    for _ in 0..crate::failures::FAILURES_PER_SHARE_MAX {
        assert_eq!(world.ask("reader", 9, 6, &[]).await.said(), (400, "invalid_grant"));
    }
    for _ in 0..crate::failures::FAILURES_PER_PEER_MAX {
        assert_eq!(said(&world.call("DPoP x", &["x"], b"").await).0, 401);
    }
    assert_eq!(world.ask("reader", 9, 6, &[]).await.said().0, 429);
    let token = world.token().await;
    let proof = world.proof(5, "POST", RESOURCE, Some(&token));
    world.call(&format!("DPoP {token}"), &[&proof], b"").await.expect("a token that was just given is no stranger's");
}

#[tokio::test]
async fn who_claims_a_clients_name_does_not_stop_the_key_that_got_its_token_lately() {
    let world = World::new().await;
    world.start("payer").await;
    world.token().await;
    for _ in 0..crate::failures::FAILURES_PER_SHARE_MAX {
        assert_eq!(world.ask("payer", 9, 6, &[]).await.said(), (400, "invalid_grant"));
    }
    assert_eq!(world.ask("payer", 9, 6, &[]).await.said().0, 429);
    assert_eq!(world.ask("payer", 1, 5, &[]).await.said(), (200, ""));
}

#[tokio::test]
async fn who_claims_a_clients_name_does_not_stop_a_new_instance_that_holds_its_key() {
    let world = World::new().await;
    world.start("payer").await;
    for _ in 0..crate::failures::FAILURES_PER_SHARE_MAX {
        assert_eq!(world.ask("payer", 9, 6, &[]).await.said(), (400, "invalid_grant"));
    }
    assert_eq!(world.ask("payer", 9, 6, &[]).await.said().0, 429, "junk waits");
    assert_eq!(world.ask("payer", 1, 7, &[]).await.said(), (200, ""), "a key that was never seen, signed for");
    // What is verified past the bound is bounded itself, and junk crowds out no assertion that names a registered key.
    let (failures, now) = (&world.authority.failures, world.now());
    let most = usize::try_from(crate::failures::VERIFIED_PER_SECOND_MAX).unwrap();
    let verified =
        |named: Option<&bailiwick_core::KeyThumbprint>| (0..1_000).filter(|_| failures.may_verify(named, now)).count();
    assert!(verified(None) <= most);
    // more junk came in this second than is verified; it is known for who it is, and its task is another instance's
    assert_eq!(world.ask("payer", 1, 8, &[]).await.said(), (400, "authorization_pending"));
    assert!(verified(Some(key(1).thumbprint())) <= most);
    assert_eq!(world.ask("payer", 1, 9, &[]).await.said().0, 429, "whoever names the key is bounded too");
    assert!(failures.may_verify(None, now.after(bailiwick_core::Span::seconds(1))));
}

#[tokio::test]
async fn a_page_in_a_browser_does_not_use_up_what_an_agent_may_get_wrong() {
    let world = World::new().await;
    world.start("payer").await;
    let page = [("origin", "https://page.example"), ("content-type", "application/x-www-form-urlencoded")];
    for _ in 0..=crate::failures::FAILURES_PER_PEER_MAX {
        // a form, an image, and an image of the door: all that a page can send without being asked first
        assert_eq!(world.send(Method::POST, "/oauth/token", &page, "x=y").await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.send(Method::GET, "/oauth/authorize", &[], "").await.status, StatusCode::BAD_REQUEST);
        assert_eq!(said(&world.call("", &[], b"").await).0, 401);
    }
    let token = world.token().await;
    let proof = world.proof(5, "POST", RESOURCE, Some(&token));
    world.call(&format!("DPoP {token}"), &[&proof], b"").await.expect("nobody was kept waiting");
}

/// Attempts a call of a tool as this caller; the code of the no.
async fn attempt(world: &World, caller: &Authenticated) -> Option<Code> {
    let zero = Digest::new([0; 32]);
    let action = Action {
        tool: ToolId::parse("bank/look").unwrap(),
        pin: zero,
        server: zero,
        credential: None,
        effect: Effect::Read,
        egress: Egress::None,
        impact: Impact::Low,
        arguments: Json::Null,
        sent: zero,
        resource: None,
        destination: None,
        measures: Vec::new(),
        classes: Vec::new(),
        bound: Vec::new(),
        referents: Vec::new(),
        idempotency: None,
        round: 0,
        by_field: Vec::new(),
        clean: false,
    };
    let presented = caller.presented();
    let attempt = Attempt {
        grant: presented.grant(),
        epoch: presented.epoch(),
        action,
        refused: None,
        settle_within: Span::minutes(1),
        signature: None,
        continues: None,
    };
    let facts = Facts { caller: Some(caller.caller().clone()), ..world.node.facts(0).unwrap() };
    let command = Command::Attempt(Box::new(attempt));
    let decided = world.node.command(TENANT, presented.task(), command, facts).await.unwrap().decided;
    assert_eq!(decided.verdict, Verdict::Deny, "the tool is not in the catalogue");
    decided.reasons.first().map(|reason| reason.code)
}
