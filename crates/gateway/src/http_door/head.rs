//! What the head of a request must say before anything else of it is looked at.

use super::doorkeeper::TurnedAway;
use super::reply;
use crate::rpc::quoted;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};

/// Under which names the door is reached, and which pages may speak to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reached {
    /// Values of `Host`, with the port where it is not the scheme's own.
    pub hosts: Vec<String>,
    /// Values of `Origin`.
    pub origins: Vec<String>,
}

/// The one value of a header; `Err` when it stands more than once or is no text.
pub(super) fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, ()> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(|text| Some(text.trim_ascii())).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

fn twice(name: &str) -> TurnedAway {
    let sentence = format!("expected one `{name}` header of plain text");
    reply::plain(StatusCode::BAD_REQUEST, "invalid_request", &sentence)
}

impl Reached {
    /// MCP, Transports, security: a page of somebody else that has our address under its own name is refused.
    pub(super) fn check(&self, head: &Parts) -> Result<(), TurnedAway> {
        let host = one(&head.headers, "host").map_err(|()| twice("Host"))?;
        let target = head.uri.authority().map(http::uri::Authority::as_str);
        let ours = |name: &str| self.hosts.iter().any(|own| own.eq_ignore_ascii_case(name));
        // RFC 9112 §3.2: a request without a host is refused; §3.2.2: the target's goes before it, so both must be ours
        let Some(host) = host else {
            return Err(reply::plain(StatusCode::BAD_REQUEST, "invalid_request", "expected a `Host` header"));
        };
        if !ours(host) || target.is_some_and(|target| !ours(target)) {
            let sentence = format!("this server is not `{}`", quoted(host));
            return Err(reply::plain(StatusCode::MISDIRECTED_REQUEST, "misdirected", &sentence));
        }
        match one(&head.headers, "origin").map_err(|()| twice("Origin"))? {
            Some(origin) if !self.origins.iter().any(|own| own.eq_ignore_ascii_case(origin)) => {
                let sentence = format!("pages of `{}` may not speak to this server", quoted(origin));
                Err(reply::plain(StatusCode::FORBIDDEN, "origin_not_allowed", &sentence))
            }
            _ => Ok(()),
        }
    }
}

/// What a POST must carry and take.
pub(super) fn check_post(headers: &HeaderMap) -> Result<(), TurnedAway> {
    let kind = one(headers, "content-type").map_err(|()| twice("Content-Type"))?.unwrap_or_default();
    let (essence, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    let parameters = parameters.trim().to_ascii_lowercase();
    let plain = matches!(parameters.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"");
    if !essence.trim().eq_ignore_ascii_case("application/json") || !plain {
        let sentence = "expected `Content-Type: application/json`";
        return Err(reply::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", sentence));
    }
    let coding = headers.get(header::CONTENT_ENCODING);
    if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        let sentence = "expected a body without a `Content-Encoding`";
        return Err(reply::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", sentence));
    }
    check_accept(headers, &["application/json", "text/event-stream"])
}

/// Whether a client would rather have a stream of one event than a document: where it takes both it names first what it
/// likes best (RFC 9110 section 12.5.1 gives equals no order, so this only follows the sender's own).
pub(super) fn prefers_stream(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds =
        values.flat_map(|value| value.split(',')).map(|kind| kind.split(';').next().unwrap_or_default().trim());
    let first =
        kinds.find(|kind| ["application/json", "text/event-stream"].iter().any(|own| kind.eq_ignore_ascii_case(own)));
    first.is_some_and(|kind| kind.eq_ignore_ascii_case("text/event-stream"))
}

/// What a GET must take.
pub(super) fn check_listen(headers: &HeaderMap) -> Result<(), TurnedAway> {
    check_accept(headers, &["text/event-stream"])
}

fn check_accept(headers: &HeaderMap, wanted: &[&str]) -> Result<(), TurnedAway> {
    match wanted.iter().find(|kind| !accepts(headers, kind)) {
        None => Ok(()),
        Some(kind) => {
            let sentence = format!("expected `Accept` to list `{kind}`");
            Err(reply::plain(StatusCode::NOT_ACCEPTABLE, "not_acceptable", &sentence))
        }
    }
}

/// RFC 9110 §12.5.1, where a weight matters only when it is none.
fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let group = kind.split_once('/').map(|(group, _)| format!("{group}/*")).unwrap_or_default();
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|range| {
        let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
        let name = name.trim().to_ascii_lowercase();
        let refused = parameters.split(';').any(|parameter| {
            let weight = parameter.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
            weight.is_some_and(|weight| weight <= 0.0)
        });
        !refused && (name == kind || name == group || name == "*/*")
    })
}

#[cfg(test)]
mod tests;
