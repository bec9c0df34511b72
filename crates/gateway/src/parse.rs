//! The parsers of outside bytes that stand in the doors, under one shape, for fuzzing. They say whether the form is right;
//! nothing of what they give is acted on.

use crate::rpc::{self, Message};
use crate::{http_door, upstream};
use bailiwick_core::json::Json;
use http::HeaderMap;

/// A JSON-RPC message of at most so many bytes, written anew as it was understood.
///
/// # Errors
/// What the peer is told of bytes that are no message.
pub fn parse_message(bytes: &[u8], bytes_max: usize) -> Result<String, String> {
    let message = rpc::read(bytes, bytes_max).map_err(|bad| bad.error.to_string())?;
    let written = match message {
        Message::Request { id, method, params } => rpc::request(&id.json(), &method, params),
        Message::Notification { method, params } => rpc::notification(&method, params),
        Message::Response { id, outcome } => rpc::answer(id.as_ref(), &outcome),
    };
    Ok(written.canonical())
}

/// The messages of a stream of events that comes in these pieces; `None` when an event is longer than that.
pub fn parse_events<'a>(pieces: impl Iterator<Item = &'a [u8]>, bytes_max: usize) -> Option<Vec<Vec<u8>>> {
    upstream::messages_of(pieces, bytes_max)
}

/// Whether the head of a POST to the door of MCP has the form that it needs, and says the same as the message of it.
///
/// # Errors
/// What the client is told: the body of the answer, or the sentence about the header that disagrees.
pub fn parse_head(headers: &HeaderMap, method: &str, params: &Json) -> Result<(), String> {
    http_door::form_of_post(headers, method, params)
}

#[cfg(test)]
mod tests;
