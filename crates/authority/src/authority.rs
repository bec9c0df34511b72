//! The authority of one tenant: what it holds, and which endpoint a request is for.

use crate::answer::{DPOP_NONCE, Refusal, json_response, no_store};
use crate::failures::{Failures, Share, of_client};
use crate::form::Form;
use crate::instances::Instances;
use crate::keys::{Keys, KeysError, first};
use crate::tasks::Tasks;
use crate::urls::{self, BadBase, Urls};
use bailiwick_core::{ControlCommand, Digest, Micros, Mode, TenantId};
use bailiwick_identity::{
    AssertionRole, KeySet, NodeId, NonceKey, PresentedAssertion, ReplayCache, ReplayLimits, TokenCache,
};
use bailiwick_node::{Failure, LiveControl, Node, VaultError};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Bytes;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

/// How many verified tokens are remembered.
const TOKENS_MAX: usize = 16_384;

/// Why an authority cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The public URL is none.
    #[error("the public URL cannot be used: {0}")]
    Base(#[from] BadBase),
    /// The tenant's keys are not open.
    #[error("the tenant's keys are not open: {0}")]
    Vault(VaultError),
    /// The node could not record the first signing keys.
    #[error("the token-signing keys could not be recorded: {0}")]
    Node(Failure),
    /// There are no keys to sign with.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

/// The authority of one tenant.
pub struct Authority {
    node: Arc<Node>,
    tasks: Arc<dyn Tasks>,
    tenant: TenantId,
    urls: Urls,
    node_id: NodeId,
    nonces: NonceKey,
    keys: Keys,
    pub(crate) tokens: TokenCache,
    pub(crate) replays: ReplayCache,
    pub(crate) failures: Failures,
    pub(crate) instances: Instances,
    people: OnceLock<String>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("tenant", &self.tenant).field("urls", &self.urls).finish_non_exhaustive()
    }
}

impl Authority {
    /// Opens the authority of a tenant that the node has opened. The first one records the first signing keys.
    ///
    /// # Errors
    /// [`OpenError`] when the URL is none, or keys cannot be had or recorded.
    pub async fn open(
        node: Arc<Node>,
        tasks: Arc<dyn Tasks>,
        tenant: TenantId,
        public_url: &str,
    ) -> Result<Self, OpenError> {
        let urls = Urls::new(public_url)?;
        let vault = Arc::clone(node.vault());
        let nonces = NonceKey::new(vault.subkey(tenant, "nonce").map_err(OpenError::Vault)?.expose());
        // Fresh at every start: the memory of proofs does not outlive the process.
        let node_id = NodeId(u64::from_be_bytes(vault.random().map_err(OpenError::Vault)?));
        let recorded = node.control(tenant).and_then(|control| control.state.keys.clone());
        if recorded.is_none() {
            let keys = first(&vault, tenant, node.now())?;
            node.control_command(tenant, ControlCommand::Keys { by: None, keys }, Vec::new())
                .await
                .map_err(OpenError::Node)?;
            // Recorded. Another node that was first recorded the very same keys; a crash here leaves nothing to undo.
        }
        let instances = Instances::new(node.now());
        let authority = Self {
            node,
            tasks,
            tenant,
            urls,
            node_id,
            nonces,
            keys: Keys::new(),
            tokens: TokenCache::new(TOKENS_MAX),
            replays: ReplayCache::new(node_id, ReplayLimits::default()),
            failures: Failures::default(),
            instances,
            people: OnceLock::new(),
        };
        authority.keys()?;
        Ok(authority)
    }

    /// Says where people reach the node, once it has an address for them.
    pub fn has_people(&self, url: &str) {
        // One node has one address: a second is not asked.
        let _first = self.people.set(url.to_owned());
    }

    /// Where people answer a request; `None` where the node has no address for them.
    pub(crate) fn approval_url(&self, approval: u64) -> Option<String> {
        self.people.get().map(|people| format!("{people}/approvals/{approval}"))
    }

    pub(crate) const fn node(&self) -> &Arc<Node> {
        &self.node
    }
    pub(crate) fn tasks(&self) -> &dyn Tasks {
        self.tasks.as_ref()
    }
    pub(crate) const fn nonces(&self) -> &NonceKey {
        &self.nonces
    }
    pub(crate) const fn node_id(&self) -> NodeId {
        self.node_id
    }
    /// The tenant.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }
    /// The tenant's URLs.
    pub const fn urls(&self) -> &Urls {
        &self.urls
    }

    pub(crate) fn control(&self) -> Result<Arc<LiveControl>, Refusal> {
        self.node.control(self.tenant).ok_or_else(|| Refusal::unavailable("the tenant is not read yet"))
    }

    pub(crate) fn keys(&self) -> Result<Arc<KeySet>, KeysError> {
        let control = self.node.control(self.tenant).ok_or(KeysError::Unrecorded)?;
        self.keys.get(control.state.keys.as_ref(), self.node.vault(), self.tenant)
    }

    pub(crate) fn signing(&self) -> Result<Arc<KeySet>, Refusal> {
        self.keys().map_err(|_| Refusal::unavailable("this node has not the tenant's signing keys"))
    }

    /// A person says that the next instance of its agent gets this task, or this part of it. False when too many picks wait
    /// already.
    pub fn attach(&self, task: bailiwick_core::TaskId, grant: Option<bailiwick_core::GrantId>) -> bool {
        self.instances.pick(task, grant)
    }

    /// The nonce for `DPoP-Nonce`: the server puts it on every answer of the tenant, streams included.
    pub fn nonce(&self) -> HeaderValue {
        // by INVARIANT of nonces: base64url is a header value
        HeaderValue::from_str(&self.nonces.issue(self.node_id, self.node.now()))
            .unwrap_or(HeaderValue::from_static("-"))
    }

    /// Whether a path is an endpoint of the authority.
    pub fn serves(path: &str) -> bool {
        let exact = [
            urls::TOKEN,
            urls::AUTHORIZE,
            urls::JWKS,
            urls::INTROSPECT,
            urls::REVOKE,
            urls::RELEASE,
            urls::SERVER_METADATA,
        ];
        let below = path.strip_prefix(urls::RESOURCE_METADATA);
        exact.contains(&path) || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Answers one request. The server has bounded the body at [`crate::FORM_BYTES_MAX`] and more, and knows the peer.
    pub async fn handle(&self, request: Request<Bytes>, peer: IpAddr) -> Response<Bytes> {
        let now = self.node.now();
        // Only a form tries something: what is read is open to everybody.
        let tries = *request.method() == Method::POST;
        let answered = if tries && self.of_a_page(request.headers()) {
            // Not counted: what a browser shows must not use up what agents at its address may get wrong.
            Err(Refusal::new(StatusCode::FORBIDDEN, "invalid_request", "pages of others may not speak to this server"))
        } else {
            let (share, client) = if tries { self.claimed(&request) } else { (Share::NONE, None) };
            let good =
                || client.is_some_and(|client| self.failures.was_good(&client, now) || self.signed(&request, now));
            match self.failures.waits(peer, share, now).filter(|_| tries) {
                Some(seconds) if !good() => Err(Refusal::too_many(seconds)),
                _ => {
                    let answered = self.answer(&request, now).await;
                    match (&answered, client) {
                        (Ok(_), Some(client)) if request.uri().path() == urls::TOKEN => self.failures.good(client, now),
                        (Err(refusal), _) if tries => self.failed(refusal, peer, share, now),
                        _ => {}
                    }
                    answered
                }
            }
        };
        let mut response = answered.unwrap_or_else(|refusal| refusal.into_response(self.nonce()));
        response.headers_mut().insert(DPOP_NONCE, self.nonce());
        if request.method() == Method::HEAD {
            *response.body_mut() = Bytes::new();
        }
        response
    }

    /// Whether a browser sends it for somebody else's page: it names the page in `Origin` (Fetch, section 3.2).
    fn of_a_page(&self, headers: &http::HeaderMap) -> bool {
        headers.get_all(header::ORIGIN).iter().any(|origin| origin.as_bytes() != self.urls.issuer().as_bytes())
    }

    /// Which client a form claims to be of, unproven, known here or not: where its failures are counted, and how it is
    /// remembered once it was good.
    fn claimed(&self, request: &Request<Bytes>) -> (Share, Option<Digest>) {
        let form = Form::read(request.headers(), request.body()).ok();
        let text = form.as_ref().and_then(|form| form.get("assertion").or_else(|| form.get("client_assertion")));
        let presented = text.and_then(|text| PresentedAssertion::parse(text.as_bytes()).ok());
        let Some(presented) = presented else { return (Share::NONE, None) };
        let proof = request.headers().get("dpop").map(HeaderValue::as_bytes).unwrap_or_default();
        (self.failures.share(Some(presented.agent())), Some(of_client(presented.agent(), proof)))
    }

    /// Whether a form's assertion is by a registered key of the client that it names: whoever only knows the name cannot
    /// hold that client back. Costs a signature, so it is looked at only where the client would have to wait.
    fn signed(&self, request: &Request<Bytes>, now: Micros) -> bool {
        let Ok(form) = Form::read(request.headers(), request.body()) else { return false };
        let (text, role) = match form.get("assertion") {
            Some(text) => (text, AssertionRole::Grant),
            None => (form.get("client_assertion").unwrap_or_default(), AssertionRole::Client),
        };
        let Ok(presented) = PresentedAssertion::parse(text.as_bytes()) else { return false };
        let Ok(keys) = self.registered_keys(presented.agent()) else { return false };
        // of a client without keys there is nothing to verify
        let may = !keys.is_empty() && self.failures.may_verify(presented.names(&keys), now);
        may && self.show(text, role, now).is_ok()
    }

    /// Counts what a stranger tries. What only lacks a nonce, waits for a person, or is our own trouble, is no failure.
    pub(crate) fn failed(&self, refusal: &Refusal, peer: IpAddr, share: Share, now: Micros) {
        let waits = matches!(refusal.error(), "authorization_pending" | "interaction_required");
        if refusal.status().is_client_error() && !refusal.wants_nonce() && !waits {
            self.failures.count(peer, share, now);
        }
    }

    async fn answer(&self, request: &Request<Bytes>, now: Micros) -> Result<Response<Bytes>, Refusal> {
        let path = request.uri().path();
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let posts = *request.method() == Method::POST;
        if posts && request.uri().query().is_some_and(|query| !query.is_empty()) {
            // RFC 6749 §2.3.1: credentials never stand in a URL, where logs keep them.
            return Err(Refusal::bad("invalid_request", "parameters go in the body, not in the URL"));
        }
        match path {
            urls::TOKEN if posts => {
                // Who could go around, as whoever took the connection knows; where nobody says so, it could.
                let mode = request.extensions().get().copied().unwrap_or(Mode::Cooperative);
                self.token(request.headers(), request.body(), mode, now).await
            }
            urls::INTROSPECT if posts => self.introspect(request.headers(), request.body(), now).await,
            urls::REVOKE if posts => self.revoke(request.headers(), request.body(), now).await,
            urls::RELEASE if posts => self.release(request.headers(), request.body(), now).await,
            urls::JWKS if reads => Ok(document(self.signing()?.to_jwks(now))),
            urls::SERVER_METADATA if reads => Ok(document(self.server_metadata().to_string())),
            urls::AUTHORIZE if reads => {
                Err(Refusal::bad("unsupported_response_type", "tasks are started by people at the command line"))
            }
            urls::TOKEN | urls::INTROSPECT | urls::REVOKE | urls::RELEASE => Ok(wrong_method(path)),
            _ if reads => self.resource_metadata(path).map(|metadata| document(metadata.to_string())),
            _ if Self::serves(path) => Ok(wrong_method(path)),
            _ => Err(not_here()),
        }
    }
}

pub(crate) fn not_here() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address")
}

fn wrong_method(path: &str) -> Response<Bytes> {
    let form = matches!(path, urls::TOKEN | urls::INTROSPECT | urls::REVOKE | urls::RELEASE);
    let body =
        serde_json::json!({ "error": "invalid_request", "error_description": "this method has no meaning here" });
    let mut response = json_response(StatusCode::METHOD_NOT_ALLOWED, &body);
    let allowed = HeaderValue::from_static(if form { "POST" } else { "GET, HEAD" });
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

/// A document that is the same for everybody. Its nonce is not, so it is not kept either.
fn document(json: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(json));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    no_store(response.headers_mut());
    response
}
