use super::*;
use crate::{
    Claims, JoseError, NodeId, NonceRefusal, ProofFor, ReplayCache, ReplayLimits, make_proof, mint_token,
    testing::{JTI, NODE, NOW, agent, call_door, claims, key, key_set, nonces, signed, url},
};
use bailiwick_core::Span;
use serde_json::json;

struct Call {
    token: String,
    proof: String,
}

/// A call by the key `by` with a token bound to key 5, nonce of `node`, made at `at`.
fn call(by: u8, node: NodeId, at: Micros) -> Call {
    let token = mint_token(&key_set(), &Claims { issued: at, ..claims() }).unwrap();
    let (url, nonce) = (url(), nonces().issue(node, at));
    let what =
        ProofFor { method: "POST", url: &url, token: Some(&token), nonce: Some(&nonce), body: None, jti: JTI, now: at };
    let proof = make_proof(&key(by), &what).unwrap();
    Call { token, proof }
}

fn seen(call: &Call, now: Micros) -> Result<Presented, CallerRefusal> {
    let (url, nonces, cache) = (url(), nonces(), TokenCache::new(4));
    present(&cache, &key_set(), &call_door(&url, &nonces), call.token.as_bytes(), call.proof.as_bytes(), now)
}

#[test]
fn a_caller_is_what_token_and_proof_say_together() {
    let call = call(5, NODE, NOW);
    let caller = seen(&call, NOW).unwrap();
    assert_eq!(caller.task(), claims().task.task);
    assert_eq!(caller.grant(), claims().task.grant);
    assert_eq!(caller.epoch(), 3);
    assert_eq!(caller.agent(), &agent("payer"));
    assert_eq!(caller.jkt(), key(5).thumbprint());
    assert_eq!(caller.audience(), Some("https://bailiwick.example/mcp/bank"));
    assert_eq!(caller.token_id(), &crate::token_digest(call.token.as_bytes()));
    assert_eq!(caller.proof().nonce().node(), NODE);
    assert_eq!(caller.expires(), NOW.after(Span::minutes(5)));
}

#[test]
fn a_stolen_token_is_useless_without_its_key() {
    let refusal = seen(&call(6, NODE, NOW), NOW).unwrap_err();
    let other = ProofRefusal::OtherKey { proof: key(6).thumbprint().clone(), token: key(5).thumbprint().clone() };
    assert_eq!(refusal, CallerRefusal::Proof(other));
    assert_eq!(refusal.oauth_error(), OauthError::InvalidToken);
}

#[test]
fn a_proof_for_one_token_is_not_for_the_next() {
    let (first, next) = (call(5, NODE, NOW), call(5, NODE, NOW.after(Span::seconds(1))));
    let mixed = Call { token: next.token, proof: first.proof };
    assert_eq!(seen(&mixed, NOW).unwrap_err(), CallerRefusal::Proof(ProofRefusal::OtherToken));
}

#[test]
fn the_token_is_asked_before_the_proof() {
    let late = seen(&call(5, NODE, NOW), NOW.after(Span::minutes(5))).unwrap_err();
    assert_eq!(late, CallerRefusal::Token(TokenRefusal::Expired { seconds: 0 }));
    assert_eq!(late.oauth_error(), OauthError::InvalidToken);
    let stale = seen(&call(5, NODE, NOW), NOW.after(Span::seconds(299))).unwrap_err();
    assert!(matches!(stale, CallerRefusal::Proof(ProofRefusal::Nonce(NonceRefusal::Old { .. }))), "{stale}");
    assert_eq!(stale.oauth_error(), OauthError::UseDpopNonce);
}

/// T53: the proof is good at every node, its name is one, and a call that appends nothing must come home.
#[test]
fn a_proof_replayed_on_another_node_bears_the_same_name_or_is_sent_home() {
    let call = call(5, NODE, NOW);
    let (here, there) = (seen(&call, NOW).unwrap(), seen(&call, NOW).unwrap());
    assert_eq!(here.proof().jti_hash(), there.proof().jti_hash(), "so the stream refuses the second append");
    let cache = |node| ReplayCache::new(node, ReplayLimits::default());
    let home = cache(NODE);
    assert_eq!(home.admit(here.proof(), NOW), Ok(()));
    assert_eq!(home.admit(here.proof(), NOW), Err(ProofRefusal::Replayed));
    assert_eq!(cache(NodeId(42)).admit(there.proof(), NOW), Err(ProofRefusal::OtherNode));
}

#[test]
fn a_token_with_alg_none_reaches_no_proof() {
    let good = call(5, NODE, NOW);
    let token = signed(&key(1), &json!({"typ": "at+jwt", "alg": "none"}), &json!({}));
    let refusal = seen(&Call { token, ..good }, NOW).unwrap_err();
    assert_eq!(refusal, CallerRefusal::Token(TokenRefusal::Jose(JoseError::AlgNotAllowed)));
    assert_eq!(refusal.peer_sentence(), "the access token is not valid here");
}
