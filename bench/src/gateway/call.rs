//! One call as a client writes it: the message, and the proof that goes with it.

use crate::Trouble;
use bailiwick_core::{Micros, Salt, sha256};
use bailiwick_identity::{ProofFor, PublicUrl, SigningKey, make_proof};
use bailiwick_record::system_random;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use hyper::body::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The era that all of them speak.
pub(super) const VERSION: &str = "2026-07-28";
/// Where a server's nonce comes.
pub(super) const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// Where a proof goes.
pub(super) const PROOF: HeaderName = HeaderName::from_static("dpop");
/// The path of the one server, at the node and everywhere else.
pub(super) const PATH: &str = "/mcp/bank";
/// The tool.
pub(super) const TOOL: &str = "pay";
/// With it the arguments are 1 KiB.
const NOTE_BYTES: usize = 965;
/// As long as a token of ours, for a reference that reads none.
const TOKEN_BYTES: usize = 900;

/// An agent: its key, and what it was given.
pub(super) struct Caller {
    pub(super) key: SigningKey,
    url: PublicUrl,
    given: Mutex<Given>,
}

/// The token, and the newest nonce.
#[derive(Clone)]
struct Given {
    token: Arc<str>,
    nonce: Option<Arc<str>>,
}

impl Caller {
    /// One with a fresh key and this token for this URL.
    pub(super) fn new(url: &str, token: &str) -> Result<Self, Trouble> {
        let given = Mutex::new(Given { token: token.into(), nonce: None });
        Ok(Self { key: draw_key()?, url: PublicUrl::parse(url)?, given })
    }

    fn given(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a fresh token.
    pub(super) fn renew(&self, token: &str) {
        self.given().token = token.into();
    }

    /// One for the reference.
    pub(super) fn of_reference(address: &str) -> Result<Self, Trouble> {
        Self::new(&format!("http://{address}{PATH}"), &"t".repeat(TOKEN_BYTES))
    }

    /// Keeps the nonce of an answer (RFC 9449 §8.2).
    pub(super) fn keep_nonce(&self, headers: &HeaderMap) {
        if let Some(nonce) = headers.get(NONCE).and_then(|value| value.to_str().ok()) {
            let mut given = self.given();
            if given.nonce.as_deref() != Some(nonce) {
                given.nonce = Some(nonce.into());
            }
        }
    }

    /// Puts a fresh proof on a request, and the token.
    pub(super) fn secure(&self, headers: &mut HeaderMap, body: &[u8]) -> Result<(), Trouble> {
        let mut jti = [0; 16];
        system_random(&mut jti)?;
        let Given { token, nonce } = self.given().clone();
        let digest = sha256(body);
        let what = ProofFor {
            method: "POST",
            url: &self.url,
            token: Some(&token),
            nonce: nonce.as_deref(),
            body: Some(&digest),
            jti: Salt::new(jti),
            now: clock()?,
        };
        headers.insert(PROOF, HeaderValue::from_str(&make_proof(&self.key, &what)?)?);
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("DPoP {token}"))?);
        Ok(())
    }
}

/// A fresh key.
pub(super) fn draw_key() -> Result<SigningKey, Trouble> {
    let mut failed = None;
    let key = SigningKey::generate(&mut |bytes| failed = system_random(bytes).err())?;
    failed.map_or(Ok(key), |error| Err(error.into()))
}

/// The client's time.
pub(super) fn clock() -> Result<Micros, Trouble> {
    #[expect(clippy::disallowed_methods, reason = "a client reads its clock")]
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(Micros(u64::try_from(since.as_micros())?))
}

/// The headers of every call.
pub(super) fn headers(host: &str) -> Result<HeaderMap, Trouble> {
    let mut headers = HeaderMap::new();
    let mut set = |name: &'static str, value: &str| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value)?);
        Ok::<(), Trouble>(())
    };
    set("host", host)?;
    set("accept", "application/json, text/event-stream")?;
    set("content-type", "application/json")?;
    set("mcp-method", "tools/call")?;
    set("mcp-name", TOOL)?;
    set("mcp-protocol-version", VERSION)?;
    Ok(headers)
}

/// Whom every call pays, as the person says by the task's beginning.
pub(super) const IBAN: &str = "DE89370400440532013000";

/// Arguments of 1 KiB.
pub(super) fn arguments() -> String {
    let note = "n".repeat(NOTE_BYTES);
    format!(r#"{{"amount":"1.00","iban":"{IBAN}","note":"{note}"}}"#)
}

/// The message of one call.
pub(super) fn message(id: u64, arguments: &str) -> Bytes {
    Bytes::from(format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"_meta":{{"io.modelcontextprotocol/clientCapabilities":{{}},"io.modelcontextprotocol/protocolVersion":"{VERSION}"}},"arguments":{arguments},"name":"{TOOL}"}}}}"#
    ))
}

#[cfg(test)]
mod tests;
