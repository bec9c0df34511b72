//! What the tests of this crate share: keys by number, one moment, messages with one thing changed.

use crate::{
    Audience, CallDoor, Claims, KeySet, NodeId, NonceKey, ProofDoor, PublicUrl, SigningKey, TaskClaim, TokenBinding,
    TokenDoor, jose::sign, token_digest,
};
use bailiwick_core::{AgentId, GrantId, Micros, Salt, TaskId, TenantId};
use serde_json::{Value, json};

pub(crate) const NOW: Micros = Micros(1_790_000_000_000_000);
pub(crate) const ISSUER: &str = "https://bailiwick.example";
pub(crate) const RESOURCE: &str = "https://bailiwick.example/mcp/bank";
pub(crate) const TENANT: TenantId = TenantId::new([7; 16]);
pub(crate) const NODE: NodeId = NodeId(41);
pub(crate) const JTI: Salt = Salt::new([9; 16]);

pub(crate) fn key(n: u8) -> SigningKey {
    SigningKey::from_scalar(&[n; 32]).unwrap()
}

pub(crate) fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

/// Active 1, next 2.
pub(crate) fn key_set() -> KeySet {
    KeySet::new(key(1), key(2)).unwrap()
}

pub(crate) fn nonces() -> NonceKey {
    NonceKey::new(&[3; 32])
}

/// A token of `payer`, delegated by `planner`, bound to key 5.
pub(crate) fn claims() -> Claims {
    Claims {
        issuer: ISSUER.to_owned(),
        audience: vec![RESOURCE.to_owned(), "https://bailiwick.example/mcp".to_owned()],
        subject: "p-4711".to_owned(),
        agent: agent("payer"),
        delegators: vec![agent("planner")],
        jkt: key(5).thumbprint().clone(),
        jti: JTI,
        issued: NOW,
        task: TaskClaim { task: TaskId::new([1; 16]), grant: GrantId::new([2; 16]), epoch: 3 },
    }
}

pub(crate) fn token_door() -> TokenDoor<'static> {
    TokenDoor { tenant: TENANT, issuer: ISSUER, audience: Audience::Resource(RESOURCE) }
}

pub(crate) fn url() -> PublicUrl {
    PublicUrl::parse(RESOURCE).unwrap()
}

pub(crate) fn call_door<'a>(url: &'a PublicUrl, nonces: &'a NonceKey) -> CallDoor<'a> {
    CallDoor { token: token_door(), method: "POST", url, nonces }
}

pub(crate) fn proof_door<'a>(
    url: &'a PublicUrl,
    nonces: &'a NonceKey,
    token: Option<TokenBinding<'a>>,
) -> ProofDoor<'a> {
    ProofDoor { method: "POST", url, token, nonces }
}

/// A JSON object with members set, or taken out where the value is `null`.
pub(crate) fn with(mut object: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => object.as_object_mut().unwrap().remove(name),
            _ => object.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    object
}

/// A rightly signed message of any content.
pub(crate) fn signed(key: &SigningKey, header: &Value, payload: &Value) -> String {
    sign(key, &header.to_string(), payload.to_string().as_bytes()).unwrap()
}

/// Header and payload of a message of ours, to be changed and signed again.
pub(crate) fn opened(text: &str) -> (Value, Value) {
    let mut parts = text.split('.').map(|part| crate::bytes::from_base64url(part.as_bytes()).unwrap());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (next(), next())
}

/// The header and the payload of a good proof by key 5 for `token`.
pub(crate) fn proof_parts(token: &str) -> (Value, Value) {
    let jwk: Value = serde_json::from_str(&key(5).public().to_jwk()).unwrap();
    let ath = crate::bytes::base64url(token_digest(token.as_bytes()).bytes());
    (
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}),
        json!({"jti": "one", "htm": "POST", "htu": RESOURCE, "iat": NOW.0 / 1_000_000, "ath": ath,
               "nonce": nonces().issue(NODE, NOW)}),
    )
}

/// A stretch of pseudo-random bytes that is the same in every run.
pub(crate) fn filler(seed: u8) -> impl FnMut(&mut [u8; 32]) {
    let mut count = 0u8;
    move |out| {
        count = count.wrapping_add(1);
        *out = *crate::bytes::sha256(&[&[seed, count]]).bytes();
    }
}
