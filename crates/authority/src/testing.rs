//! What the tests of this crate share: a real node on a store in memory, an agent with its keys, and requests with one
//! thing changed.

use crate::{Authenticated, Authority, ByWake, IncomingCall, Refusal};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{
    AgentId, Assurance, By, Command, ControlCommand, Digest, Document, GrantId, Micros, PersonId, Salt, Start, TaskId,
    TemplateName, TenantId, sha256,
};
use bailiwick_identity::{Claims, KeySet, SigningKey, TaskClaim, make_assertion, mint_token, token_digest};
use bailiwick_node::{Fill, Node, Vault};
use bailiwick_record::{KeyError, KeyName, Root, Secret, Wrapped, system_random};
use bailiwick_store::{MemoryStore, Store};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Bytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

pub(crate) const TENANT: TenantId = TenantId::new([7; 16]);
pub(crate) const BASE: &str = "https://bailiwick.example";
pub(crate) const RESOURCE: &str = "https://bailiwick.example/mcp/bank";
pub(crate) const NOW: Micros = Micros(1_790_000_000_000_000);
pub(crate) const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Wraps by writing down: what is tested here is not the wrapping.
struct OpenRoot;

impl Root for OpenRoot {
    fn version(&self) -> i32 {
        1
    }
    fn mark(&self) -> bailiwick_core::Digest {
        bailiwick_core::Digest::new([1; 32])
    }
    fn wrap(&self, _: &KeyName, key: &Secret, _: bailiwick_record::Fill<'_>) -> Result<Wrapped, KeyError> {
        Ok(Wrapped { by: 1, bytes: key.expose().to_vec() })
    }
    fn unwrap(&self, _: &KeyName, wrapped: &Wrapped) -> Result<Secret, KeyError> {
        let mut bytes = <[u8; 32]>::try_from(wrapped.bytes.as_slice()).map_err(|_| KeyError::Form)?;
        Ok(Secret::take(&mut bytes))
    }
}

/// The registered key of `payer` is 1, that of `reader` 2; instances use 5 and more.
pub(crate) fn key(n: u8) -> SigningKey {
    SigningKey::from_scalar(&[n; 32]).unwrap()
}

pub(crate) fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

pub(crate) fn ann() -> By {
    By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() }
}

/// A fresh id at each call.
pub(crate) fn id() -> Salt {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    static ROUND: AtomicU8 = AtomicU8::new(0);
    let low = NEXT.fetch_add(1, Ordering::SeqCst);
    let high = if low == 0 { ROUND.fetch_add(1, Ordering::SeqCst) + 1 } else { ROUND.load(Ordering::SeqCst) };
    let mut bytes = [high; 16];
    bytes[0] = low;
    Salt::new(bytes)
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Any header and payload, rightly signed.
pub(crate) fn jwt(key: &SigningKey, header: &Value, payload: &Value) -> String {
    let pem = key.to_pem().unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap();
    let message = format!("{}.{}", base64url(header.to_string()), base64url(payload.to_string()));
    let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
    format!("{message}.{}", base64url(signature))
}

/// Sets members of an object; `null` takes them out.
pub(crate) fn with(mut object: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => object.as_object_mut().unwrap().remove(name),
            _ => object.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    object
}

fn documents() -> Vec<Document> {
    let jwk = |n| serde_json::from_str::<Value>(&key(n).public().to_jwk()).unwrap();
    let agent = |name: &str, n: u8| {
        json!({"kind": "agent", "name": name, "owner": "ann", "contact": "ann", "run_by": "own", "autonomy": "execute",
               "role": "all", "review": "2027-01-01", "keys": [jwk(n)]})
    };
    let texts = [
        json!({"kind": "person", "name": "ann"}),
        json!({"kind": "role", "name": "all", "allow": [{"tools": ["*"], "effects": ["read", "delegate"]}]}),
        agent("payer", 1),
        agent("reader", 2),
        agent("other", 3),
        json!({"kind": "policy", "name": "all", "cedar": "permit (principal, action, resource);"}),
        json!({"kind": "template", "name": "share", "purpose": "look", "intent": "look around together",
               "start": {"who": ["anyone"], "agents": ["payer"]},
               "grant": [{"tools": ["bank/*"], "resources": "any"}], "delegate": {"agents": ["reader"]}}),
        json!({"kind": "server", "name": "bank", "transport": {"stdio": {"command": "bank"}}}),
        json!({"kind": "template", "name": "look", "purpose": "look", "intent": "look around",
               "start": {"who": ["anyone"], "agents": ["payer", "reader"]},
               "grant": [{"tools": ["bank/*"], "resources": "any"}]}),
    ];
    let read = |text: Value| {
        let json = Json::parse(text.to_string().as_bytes(), &Limits::default()).unwrap();
        Document::read(&json).unwrap()
    };
    texts.into_iter().map(read).collect()
}

/// A node with one tenant and its authority.
pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) node: Arc<Node>,
    pub(crate) authority: Authority,
}

impl World {
    pub(crate) async fn new() -> Self {
        let store = Arc::new(MemoryStore::new(NOW));
        let node = Self::node(&store).await;
        let apply = ControlCommand::Apply { by: ann(), documents: documents(), removed: Vec::new() };
        let (decided, _) = node.control_command(TENANT, apply, Vec::new()).await.unwrap();
        assert_eq!(decided.refused, None);
        let authority = Self::authority(&node).await;
        Self { store, node, authority }
    }

    pub(crate) async fn node(store: &Arc<MemoryStore>) -> Arc<Node> {
        let fill: Fill = Arc::new(system_random);
        let vault = Arc::new(Vault::new(Box::new(OpenRoot), fill));
        let store: Arc<dyn Store> = Arc::clone(store) as _;
        let node = Arc::new(Node::start(store, vault).unwrap());
        node.open_tenant(TENANT, "acme", "acme.example/log").await.unwrap();
        node.beat().unwrap();
        node
    }

    pub(crate) async fn authority(node: &Arc<Node>) -> Authority {
        let tasks = Arc::new(ByWake::new(Arc::clone(node)));
        Authority::open(Arc::clone(node), tasks, TENANT, BASE).await.unwrap()
    }

    pub(crate) fn keys(&self) -> Arc<KeySet> {
        self.authority.keys().unwrap()
    }

    pub(crate) fn now(&self) -> Micros {
        self.node.now()
    }

    pub(crate) fn nonce(&self) -> String {
        self.authority.nonce().to_str().unwrap().to_owned()
    }

    /// A person starts a task for an agent.
    pub(crate) async fn start(&self, name: &str) -> TaskId {
        self.start_of(name, "look").await
    }

    pub(crate) async fn start_of(&self, name: &str, template: &str) -> TaskId {
        let task = TaskId::new(*id().bytes());
        let start = Start {
            by: ann(),
            subject: None,
            template: TemplateName::parse(template).unwrap(),
            parameters: BTreeMap::new(),
            agent: agent(name),
            only: Vec::new(),
            seen: None,
        };
        let facts = self.node.facts(2).unwrap();
        let decision = self.node.command(TENANT, task, Command::Start(Box::new(start)), facts).await.unwrap();
        assert_eq!(decision.decided.reasons, []);
        task
    }

    /// The person consents to what is privileged of it.
    pub(crate) async fn consent(&self, task: TaskId) {
        let grant = self.root(task).await;
        let facts = self.node.facts(0).unwrap();
        let decision = self.node.command(TENANT, task, Command::Consent { grant, by: ann() }, facts).await.unwrap();
        assert_eq!(decision.decided.reasons, []);
    }

    /// Header and payload of a good proof by key `n`.
    pub(crate) fn proof_parts(&self, n: u8, method: &str, url: &str, token: Option<&str>) -> (Value, Value) {
        let jwk: Value = serde_json::from_str(&key(n).public().to_jwk()).unwrap();
        let ath = token.map(|token| base64url(token_digest(token.as_bytes()).bytes()));
        let payload = json!({"jti": id(), "htm": method, "htu": url, "iat": self.now().0 / 1_000_000,
                             "nonce": self.nonce(), "ath": ath});
        (json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}), payload)
    }

    pub(crate) fn proof(&self, n: u8, method: &str, url: &str, token: Option<&str>) -> String {
        let (header, payload) = self.proof_parts(n, method, url, token);
        let payload = if token.is_none() { with(payload, &json!({"ath": null})) } else { payload };
        jwt(&key(n), &header, &payload)
    }

    pub(crate) fn assertion(&self, name: &str, n: u8) -> String {
        make_assertion(&key(n), &agent(name), BASE, (id(), self.now()), None).unwrap()
    }

    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::new(Bytes::from(body.to_owned()));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap();
        for (name, value) in headers {
            let name = header::HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
        }
        Answer::of(self.authority.handle(request, PEER).await)
    }

    pub(crate) async fn form(&self, path: &str, proof: Option<&str>, parameters: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let mut headers = vec![("content-type", FORM)];
        headers.extend(proof.map(|proof| ("dpop", proof)));
        self.send(Method::POST, path, &headers, &body.join("&")).await
    }

    /// Asks for a token as agent `name` with registered key `n`, proven by key `by`; `more` comes last.
    pub(crate) async fn ask(&self, name: &str, n: u8, by: u8, more: &[(&str, &str)]) -> Answer {
        self.ask_by(&self.assertion(name, n), by, more).await
    }

    /// The same by an assertion that is made already.
    pub(crate) async fn ask_by(&self, assertion: &str, by: u8, more: &[(&str, &str)]) -> Answer {
        let proof = self.proof(by, "POST", &format!("{BASE}/oauth/token"), None);
        let mut form =
            vec![("grant_type", crate::metadata::JWT_BEARER), ("assertion", assertion), ("resource", RESOURCE)];
        form.extend_from_slice(more);
        self.form("/oauth/token", Some(&proof), &form).await
    }

    /// A token of `payer` for its one task, bound to key 5.
    pub(crate) async fn token(&self) -> String {
        let answer = self.ask("payer", 1, 5, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    /// What the authority would say, with anything changed.
    pub(crate) async fn claims(&self, task: TaskId, by: u8) -> Claims {
        let grant = self.root(task).await;
        Claims {
            issuer: BASE.to_owned(),
            audience: vec![RESOURCE.to_owned()],
            subject: "somebody".to_owned(),
            agent: agent("payer"),
            delegators: Vec::new(),
            jkt: key(by).thumbprint().clone(),
            jti: id(),
            issued: self.now(),
            task: TaskClaim { task, grant, epoch: self.node.control(TENANT).unwrap().state.epoch },
        }
    }

    pub(crate) fn mint(&self, claims: &Claims) -> String {
        mint_token(&self.keys(), claims).unwrap()
    }

    pub(crate) async fn root(&self, task: TaskId) -> GrantId {
        self.node.look(TENANT, task, |task, _| task.root).await.unwrap().unwrap()
    }

    /// Whether the grant lives, and the key it answers to.
    pub(crate) async fn grant(&self, task: TaskId) -> (bool, Option<bailiwick_core::BoundKey>) {
        let look = |task: &bailiwick_core::TaskState, _: &bailiwick_node::LiveControl| {
            let grant = task.grants.values().next().unwrap();
            (grant.standing.live(), grant.key.clone())
        };
        self.node.look(TENANT, task, look).await.unwrap()
    }

    /// How many events a stream has.
    pub(crate) async fn seq(&self, task: TaskId) -> u64 {
        self.node.look(TENANT, task, |task, _| task.seq).await.unwrap()
    }

    pub(crate) async fn call(
        &self,
        authorization: &str,
        proofs: &[&str],
        body: &[u8],
    ) -> Result<Authenticated, Refusal> {
        let mut headers = HeaderMap::new();
        if !authorization.is_empty() {
            headers.insert(header::AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
        }
        for proof in proofs {
            headers.append("dpop", HeaderValue::from_str(proof).unwrap());
        }
        let digest: Digest = sha256(body);
        let call = IncomingCall { method: &Method::POST, path: "/mcp/bank", headers: &headers, body: Some(&digest) };
        self.authority.authenticate(&call, "/mcp/bank", PEER).await
    }
}

pub(crate) fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02x}") })
        .collect()
}

/// An answer, opened. Every one of them must carry a nonce and be kept by nobody.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    fn of(response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        assert!(parts.headers.contains_key("dpop-nonce"), "an answer without a nonce");
        assert_eq!(parts.headers.get(header::CACHE_CONTROL).unwrap(), "no-store");
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// Status and error code.
    pub(crate) fn said(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["error"].as_str().unwrap_or_default())
    }
}
