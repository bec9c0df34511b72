//! The heads of what is sent: what the transport asks for, then the server's own credential.

use crate::era::{Era, MODERN};
use crate::upstream::target::HttpTarget;
use bailiwick_dial::Place;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Request};
use http_body_util::Full;
use hyper::body::Bytes;

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
/// The most bytes of a session's id.
const SESSION_BYTES_MAX: usize = 1024;
/// What stands at the head of every request of one session.
#[derive(Debug, Clone)]
pub(super) struct Heads {
    place: Place,
    /// The server's own, secrets among them.
    fixed: HeaderMap,
    pub(super) era: Era,
    /// What the server called this session.
    session: Option<HeaderValue>,
    /// What the older era's handshake agreed on.
    version: Option<&'static str>,
}

/// What a request says of itself in its head.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Routed<'a> {
    pub(super) method: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) headers: &'a [(String, String)],
}

impl Heads {
    pub(super) fn new(place: Place, target: &HttpTarget) -> Result<Self, String> {
        let mut fixed = HeaderMap::new();
        for (name, value) in &target.headers {
            let shown = crate::rpc::quoted(name);
            let name: HeaderName = name.parse().map_err(|_| format!("`{shown}` is no name of a header"))?;
            if bailiwick_core::own_header(name.as_str()) {
                return Err(format!("the header `{shown}` is the transport's own"));
            }
            let mut value =
                HeaderValue::from_str(value).map_err(|_| format!("the value of header `{shown}` cannot be sent"))?;
            value.set_sensitive(true);
            fixed.append(name, value);
        }
        Ok(Self { place, fixed, era: Era::Modern, session: None, version: None })
    }

    pub(super) fn speak(&mut self, era: Era) {
        self.era = era;
        self.session = None;
        self.version = None;
    }

    pub(super) const fn agree(&mut self, version: &'static str) {
        self.version = Some(version);
    }

    pub(super) const fn has_session(&self) -> bool {
        self.session.is_some()
    }

    /// Keeps the id that the server gave the session, if it is one: visible ASCII (MCP 2025-11-25, Transports, session
    /// management).
    pub(super) fn keep_session(&mut self, answer: &HeaderMap) {
        let id = answer.get(SESSION).filter(|id| {
            let bytes = id.as_bytes();
            (1..=SESSION_BYTES_MAX).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
        });
        self.session = id.cloned();
    }

    /// A message.
    pub(super) fn post(&self, body: Bytes, routed: Routed<'_>) -> Request<Full<Bytes>> {
        let mut request = self.request(Method::POST, body);
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        if self.era == Era::Modern {
            // MCP 2026-07-28, Transports, request headers
            headers.insert(METHOD, encoded(routed.method));
            if let Some(name) = routed.name {
                headers.insert(NAME, encoded(name));
            }
            for (name, value) in routed.headers {
                if let Ok(name) = HeaderName::try_from(name) {
                    headers.insert(name, encoded(value));
                }
            }
        }
        request
    }

    /// The question for what the server says by itself (MCP 2025-11-25, Transports, listening).
    pub(super) fn get(&self) -> Request<Full<Bytes>> {
        let mut request = self.request(Method::GET, Bytes::new());
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        request
    }

    /// The end of the session.
    pub(super) fn delete(&self) -> Request<Full<Bytes>> {
        self.request(Method::DELETE, Bytes::new())
    }

    fn request(&self, method: Method, body: Bytes) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = self.place.path.clone().into();
        let headers = request.headers_mut();
        headers.extend(self.fixed.clone());
        headers.insert(HOST, self.place.authority.clone());
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(concat!("bailiwick/", env!("CARGO_PKG_VERSION"))));
        match self.era {
            Era::Modern => headers.insert(VERSION, HeaderValue::from_static(MODERN)),
            Era::Legacy => self.version.and_then(|it| headers.insert(VERSION, HeaderValue::from_static(it))),
        };
        if let Some(session) = &self.session {
            headers.insert(SESSION, session.clone());
        }
        request
    }
}

/// A value as a header has it (MCP 2026-07-28, Transports, encoding of values).
fn encoded(value: &str) -> HeaderValue {
    let plain = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
        && value.trim_matches(' ') == value
        && !(value.starts_with("=?base64?") && value.ends_with("?="));
    let text = if plain { value.to_owned() } else { format!("=?base64?{}?=", STANDARD.encode(value)) };
    // by INVARIANT of both forms: they are visible ASCII
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests;
