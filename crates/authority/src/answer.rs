//! Answers on the wire: JSON, never cached, and the one shape of a no.

use bailiwick_identity::{CallerRefusal, OauthError, ProofRefusal};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use hyper::body::Bytes;
use serde_json::{Value, json};

pub(crate) const DPOP_NONCE: &str = "dpop-nonce";

/// A no, as it goes over the wire. The server adds the nonce of [`crate::Authority::nonce`] to every answer it makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    error: &'static str,
    sentence: String,
    challenge: Option<Box<str>>,
    retry_after_seconds: Option<u32>,
    more: Option<Box<(&'static str, Value)>>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, error: &'static str, sentence: impl Into<String>) -> Self {
        Self { status, error, sentence: sentence.into(), challenge: None, retry_after_seconds: None, more: None }
    }

    /// RFC 6749 §5.2: every error of the token endpoint but `invalid_client` is a 400.
    pub(crate) fn bad(error: &'static str, sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, sentence)
    }

    /// RFC 6749 §5.2: 401, and no challenge, for no assertion comes in `Authorization`.
    pub(crate) fn client(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, OauthError::InvalidClient.as_str(), sentence)
    }

    /// Our side cannot decide now. RFC 7009 §2.2.1: 503, and the client must take it that the token still exists.
    pub(crate) fn unavailable(sentence: impl Into<String>) -> Self {
        let refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, OauthError::TemporarilyUnavailable.as_str(), sentence);
        Self { retry_after_seconds: Some(1), ..refusal }
    }

    pub(crate) fn too_many(retry_after_seconds: u32) -> Self {
        let sentence = "too many requests of this address were refused, try again later";
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, OauthError::TemporarilyUnavailable.as_str(), sentence);
        Self { retry_after_seconds: Some(retry_after_seconds), ..refusal }
    }

    /// A proof that the token endpoint does not take (RFC 9449 §5 and §8: a 400).
    pub(crate) fn proof(refusal: &ProofRefusal) -> Self {
        match refusal.oauth_error() {
            OauthError::TemporarilyUnavailable => Self::unavailable(refusal.peer_sentence()),
            // Of no use where there is no token yet.
            OauthError::InvalidToken => Self::bad(OauthError::InvalidDpopProof.as_str(), refusal.peer_sentence()),
            error => Self::bad(error.as_str(), refusal.peer_sentence()),
        }
    }

    /// A caller that a resource does not take: 401 with a challenge (RFC 9449 §7.1, RFC 9728 §5.1).
    pub(crate) fn caller(refusal: &CallerRefusal, resource_metadata: &str) -> Self {
        let error = refusal.oauth_error();
        if error == OauthError::TemporarilyUnavailable {
            return Self::unavailable(refusal.peer_sentence());
        }
        Self::challenged(Some(error.as_str()), refusal.peer_sentence(), resource_metadata)
    }

    /// RFC 6750 §3.1: who sent no credentials is told no error, only where to get some.
    pub(crate) fn challenged(error: Option<&'static str>, sentence: &str, resource_metadata: &str) -> Self {
        let named =
            error.map_or(String::new(), |error| format!("error=\"{error}\", error_description=\"{sentence}\", "));
        // The scheme comes first: clients read it up to the first blank.
        let challenge = format!("DPoP {named}algs=\"ES256 EdDSA\", resource_metadata=\"{resource_metadata}\"");
        let refusal = Self::new(StatusCode::UNAUTHORIZED, error.unwrap_or("unauthorized"), sentence);
        Self { challenge: Some(challenge.into()), ..refusal }
    }

    pub(crate) fn with(self, name: &'static str, value: Value) -> Self {
        Self { more: Some(Box::new((name, value))), ..self }
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The code.
    pub const fn error(&self) -> &'static str {
        self.error
    }

    /// The sentence for the peer.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// Whether a fresh nonce is all that is missing: no failure, but the way that clients get their first nonce.
    pub(crate) fn wants_nonce(&self) -> bool {
        self.error == OauthError::UseDpopNonce.as_str()
    }

    /// The answer, with this nonce.
    pub fn into_response(self, nonce: HeaderValue) -> Response<Bytes> {
        let mut body = json!({ "error": self.error, "error_description": self.sentence });
        if let (Some(more), Some(members)) = (self.more, body.as_object_mut()) {
            members.insert(more.0.to_owned(), more.1);
        }
        let mut response = json_response(self.status, &body);
        let headers = response.headers_mut();
        if let Some(challenge) = self.challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        headers.insert(DPOP_NONCE, nonce);
        response
    }
}

/// RFC 6749 §5.1: what tells of tokens is never kept by a cache.
pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    no_store(headers);
    response
}

pub(crate) fn no_store(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}
