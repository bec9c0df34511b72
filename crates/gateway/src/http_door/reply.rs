//! Answers of the door: JSON-RPC where a message was read, a short document where it was not.

use super::body::DoorBody;
use super::doorkeeper::TurnedAway;
use crate::era::{Era, status_of};
use crate::rpc::{self, Id, RpcError};
use bailiwick_core::json::Json;
use http::{HeaderValue, Response, StatusCode, header};
use hyper::body::Bytes;

/// Which session of the older era a request belongs to.
pub(super) const SESSION: &str = "mcp-session-id";

fn json(status: StatusCode, json: &Json) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(json.canonical()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // what depends on a grant is nobody else's
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A no before any message was read.
pub(super) fn plain(status: StatusCode, error: &str, sentence: &str) -> TurnedAway {
    Box::new(json(status, &Json::object([("error", Json::from(error)), ("error_description", Json::from(sentence))])))
}

/// Not now.
pub(super) fn later(sentence: &str) -> TurnedAway {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, "unavailable", sentence);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// A method of HTTP that means nothing here.
pub(super) fn wrong_method(allowed: &'static str) -> TurnedAway {
    let sentence = "this method has no meaning here";
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", sentence);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

/// A message that is refused before it is any session's.
pub(super) fn refused(status: StatusCode, id: Option<&Id>, error: RpcError) -> TurnedAway {
    Box::new(json(status, &rpc::answer(id, &Err(error))))
}

/// MCP 2026-07-28, Transports: errors of the protocol have a status.
pub(super) fn status(era: Era, outcome: &Result<Json, RpcError>) -> StatusCode {
    match (era, outcome) {
        (Era::Modern, Err(error)) => StatusCode::from_u16(status_of(error.code)).unwrap_or(StatusCode::OK),
        _ => StatusCode::OK,
    }
}

/// The answer to a request.
pub(super) fn answer(era: Era, id: &Id, outcome: &Result<Json, RpcError>) -> Response<Bytes> {
    json(status(era, outcome), &rpc::answer(Some(id), outcome))
}

/// Taken; there is no answer to it.
pub(super) fn accepted() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

/// A stream of events that begins now.
pub(super) fn stream(body: DoorBody) -> Response<DoorBody> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, no-transform"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // proxies that gather what they pass on would keep progress back
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
