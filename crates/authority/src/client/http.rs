//! Requests with proofs. Knows the newest nonce of each server it spoke to.

use bailiwick_core::{Digest, Micros, Salt, sha256};
use bailiwick_identity::{ProofFor, PublicUrl, SigningKey, make_proof};
use bailiwick_node::Fill;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a document may take to come.
const DOCUMENT_WITHIN: Duration = Duration::from_secs(30);
/// The most bytes of a document of the authority.
const DOCUMENT_BYTES_MAX: usize = 256 << 10;
/// The most servers whose nonces are kept.
const ORIGINS_MAX: usize = 64;
/// Longer than any nonce of ours.
const NONCE_BYTES_MAX: usize = 512;
const DPOP: &str = "dpop";
const DPOP_NONCE: &str = "dpop-nonce";

/// The client's time.
pub type Clock = Arc<dyn Fn() -> Micros + Send + Sync>;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Not a URL that a token may be sent to.
    #[error("`{0}`: expected an https URL, or http on this machine's loopback")]
    Url(String),
    /// Nobody is there: no byte was sent.
    #[error("cannot reach `{0}`: {1}")]
    NotReached(String, String),
    /// The connection broke: whether the request was taken is not known.
    #[error("the connection to `{0}` broke: {1}")]
    Broken(String, String),
    /// The answer is not what it should be.
    #[error("the answer of `{0}` was not understood: {1}")]
    Strange(String, String),
    /// The node answers, and has nothing there.
    #[error("`{0}` is no door of its node: expected `…/mcp`, or `…/mcp/SERVER` with a server that it has")]
    NoDoor(String),
    /// We cannot sign.
    #[error("no proof could be made: {0}")]
    Key(String),
}

/// What a request is proven with.
#[derive(Debug, Clone, Copy)]
pub struct Secured<'a> {
    /// The key that the token is bound to.
    pub key: &'a SigningKey,
    /// The token; none yet at the token endpoint.
    pub token: Option<&'a str>,
}

/// A request to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing<'a> {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: &'a str,
    /// Headers beside those of the proof.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// A document that came whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Bytes,
}

/// Speaks HTTP for one agent.
pub struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    nonces: Mutex<BTreeMap<String, String>>,
    pub(super) fill: Fill,
    pub(super) clock: Clock,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    /// A client that trusts the web's certificate authorities.
    pub fn new(fill: Fill, clock: Clock) -> Self {
        let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        let pool = Pool::builder(TokioExecutor::new()).build(connector);
        Self { pool, nonces: Mutex::default(), fill, clock }
    }

    pub(super) fn salt(&self) -> Result<Salt, ClientError> {
        let mut bytes = [0; 16];
        (self.fill)(&mut bytes).map_err(|error| ClientError::Key(error.to_string()))?;
        Ok(Salt::new(bytes))
    }

    /// A fresh key.
    ///
    /// # Errors
    /// [`ClientError::Key`] without randomness.
    pub fn draw_key(&self) -> Result<SigningKey, ClientError> {
        let mut failed = None;
        let key = SigningKey::generate(&mut |bytes| failed = (self.fill)(bytes).err());
        match (failed, key) {
            (None, Ok(key)) => Ok(key),
            (Some(error), _) => Err(ClientError::Key(error.to_string())),
            (None, Err(error)) => Err(ClientError::Key(error.to_string())),
        }
    }

    fn nonce(&self, origin: &str) -> Option<String> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner).get(origin).cloned()
    }

    /// RFC 9449 §8.2: the newest nonce wins, on whatever answer it came.
    fn keep_nonce(&self, origin: &str, headers: &HeaderMap) -> bool {
        let nonce = headers.get(DPOP_NONCE).and_then(|value| value.to_str().ok());
        let Some(nonce) = nonce.filter(|nonce| nonce.len() <= NONCE_BYTES_MAX) else { return false };
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        if nonces.len() >= ORIGINS_MAX && !nonces.contains_key(origin) {
            nonces.clear();
        }
        nonces.insert(origin.to_owned(), nonce.to_owned()).as_deref() != Some(nonce)
    }

    /// Sends a request with a proof. One that only lacked a nonce is sent again, once, with the one that came: it was
    /// refused before anything was done.
    ///
    /// # Errors
    /// [`ClientError`] when there is no answer.
    pub async fn send(&self, outgoing: Outgoing<'_>, secured: Secured<'_>) -> Result<Response<Incoming>, ClientError> {
        let first = self.send_once(&outgoing, Some(secured)).await?;
        let wants_nonce = match first.status() {
            // RFC 9449 §9: a resource says so in its challenge.
            StatusCode::UNAUTHORIZED => {
                let challenges = first.headers().get_all(header::WWW_AUTHENTICATE);
                challenges.iter().any(|value| value.to_str().is_ok_and(|text| text.contains("use_dpop_nonce")))
            }
            _ => false,
        };
        if wants_nonce { self.send_once(&outgoing, Some(secured)).await } else { Ok(first) }
    }

    pub(super) async fn send_once(
        &self,
        outgoing: &Outgoing<'_>,
        secured: Option<Secured<'_>>,
    ) -> Result<Response<Incoming>, ClientError> {
        let (uri, origin) = checked(outgoing.url)?;
        let mut request = Request::new(Full::new(outgoing.body.clone()));
        *request.method_mut() = outgoing.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = outgoing.headers.clone();
        if let Some(secured) = secured {
            self.secure(&mut request, outgoing, secured, &origin)?;
        }
        let response = self.pool.request(request).await.map_err(|error| {
            let mut why = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                why = cause.to_string();
                source = cause.source();
            }
            if error.is_connect() {
                ClientError::NotReached(origin.clone(), why)
            } else {
                ClientError::Broken(origin.clone(), why)
            }
        })?;
        self.keep_nonce(&origin, response.headers());
        Ok(response)
    }

    fn secure(
        &self,
        request: &mut Request<Full<Bytes>>,
        outgoing: &Outgoing<'_>,
        secured: Secured<'_>,
        origin: &str,
    ) -> Result<(), ClientError> {
        let url = PublicUrl::parse(outgoing.url).map_err(|_| ClientError::Url(outgoing.url.to_owned()))?;
        // Always: what came in between could not have changed it.
        let body: Digest = sha256(&outgoing.body);
        let nonce = self.nonce(origin);
        let what = ProofFor {
            method: outgoing.method.as_str(),
            url: &url,
            token: secured.token,
            nonce: nonce.as_deref(),
            body: Some(&body),
            jti: self.salt()?,
            now: (self.clock)(),
        };
        let broken = |why: &dyn std::fmt::Display| ClientError::Key(why.to_string());
        let proof = make_proof(secured.key, &what).map_err(|error| broken(&error))?;
        let headers = request.headers_mut();
        headers.insert(DPOP, HeaderValue::from_str(&proof).map_err(|error| broken(&error))?);
        if let Some(token) = secured.token {
            let mut value = HeaderValue::from_str(&format!("DPoP {token}")).map_err(|error| broken(&error))?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        Ok(())
    }

    /// Sends and reads a document.
    pub(super) async fn document(
        &self,
        outgoing: &Outgoing<'_>,
        secured: Option<Secured<'_>>,
    ) -> Result<Answer, ClientError> {
        let strange = |why: &dyn std::fmt::Display| ClientError::Strange(outgoing.url.to_owned(), why.to_string());
        let whole = async {
            let response = self.send_once(outgoing, secured).await?;
            let status = response.status();
            let body = Limited::new(response.into_body(), DOCUMENT_BYTES_MAX).collect().await;
            Ok(Answer { status, body: body.map_err(|error| strange(&error))?.to_bytes() })
        };
        tokio::time::timeout(DOCUMENT_WITHIN, whole).await.map_err(|_| strange(&"it did not come in time"))?
    }
}

/// RFC 6750 §5.3: tokens go over TLS, or do not leave the machine.
fn checked(url: &str) -> Result<(Uri, String), ClientError> {
    let bad = || ClientError::Url(url.to_owned());
    let uri: Uri = url.parse().map_err(|_| bad())?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(bad()) };
    let host = authority.host().trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if !(scheme == "https" || scheme == "http" && loopback) || authority.as_str().contains('@') {
        return Err(bad());
    }
    let origin = format!("{scheme}://{authority}");
    Ok((uri, origin))
}
