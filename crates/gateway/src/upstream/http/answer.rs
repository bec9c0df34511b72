//! What came of a request, from the head of the answer to its last byte.
//!
//! An answer that is not taken proves nothing about what was done: only what never left does.

use super::Shared;
use super::events::{Events, TooLong};
use super::wire::Wire;
use crate::decider::Received;
use crate::rpc::{self, INTERNAL_ERROR, Message, RpcError, quoted};
use crate::upstream::desk::{Expected, Whose};
use crate::upstream::locked;
use bailiwick_core::json::Json;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Incoming};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A stream of events may be so many times longer than one message.
const STREAM_FACTOR: usize = 16;
/// How long a stream may go on after its answer, for its connection to be used again.
const TAIL_WITHIN: Duration = Duration::from_millis(500);

/// What a body is, by its content type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Events,
    Other(String),
}

impl Form {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        // nothing was said to be accepted but plain bytes
        if let Some(coding) = text(CONTENT_ENCODING).filter(|coding| !coding.trim().eq_ignore_ascii_case("identity")) {
            return Self::Other(format!("coding `{}`", quoted(&coding)));
        }
        let said = text(CONTENT_TYPE).unwrap_or_default();
        let kind = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/json" => Self::Json,
            "text/event-stream" => Self::Events,
            "" => Self::Other("no content type".into()),
            _ => Self::Other(format!("content type `{}`", quoted(&said))),
        }
    }
}

/// How a body ended that is not taken.
enum Broken {
    TooLong,
    Lost,
}

impl Shared {
    /// Reads the answer to request `id`.
    pub(super) async fn read(
        self: &Arc<Self>,
        wire: Wire,
        response: Response<Incoming>,
        id: u64,
        expected: &mut Expected,
    ) -> Received {
        let (head, body) = response.into_parts();
        let status = head.status;
        if status == StatusCode::NOT_FOUND && locked(&self.heads).has_session() {
            // MCP 2025-11-25, Transports, session management: the next request opens another. This one is not sent
            // again: that it was not done is only the server's word
            self.gone.store(true, Ordering::Release);
            return refused(status, "its session is gone");
        }
        // an error of the protocol may stand in these (MCP 2026-07-28, Transports)
        let may_explain = status.is_client_error() && !matches!(status.as_u16(), 401 | 403 | 407 | 429);
        match (Form::of(&head.headers), status.is_success()) {
            (Form::Json, true) => self.whole(wire, body, status, id, expected).await,
            (Form::Json, false) if may_explain => self.whole(wire, body, status, id, expected).await,
            (Form::Events, true) => self.stream(wire, body, id, expected).await,
            (Form::Other(form), true) => {
                untaken(&format!("expected `application/json` or `text/event-stream`, found {form}"))
            }
            (_, false) => refused(status, said(status)),
        }
    }

    async fn whole(
        self: &Arc<Self>,
        wire: Wire,
        body: Incoming,
        status: StatusCode,
        id: u64,
        expected: &mut Expected,
    ) -> Received {
        let bytes = match collect(body, self.desk.message_bytes_max()).await {
            Ok(bytes) => bytes,
            Err(Broken::TooLong) => return self.too_long(),
            Err(Broken::Lost) => return Received::Nothing("disconnected"),
        };
        self.wires.keep(wire);
        let bad = !status.is_success();
        if bad && !matches!(rpc::read(&bytes, self.desk.message_bytes_max()), Ok(Message::Response { .. })) {
            return refused(status, said(status));
        }
        if let Some(reply) = self.desk.take_as(&bytes, Whose::Only(id)) {
            self.spawn_aside(reply);
        }
        match expected.now() {
            Some(Received::Result(_)) if bad => refused(status, said(status)),
            Some(received) => received,
            None => untaken("it names another request"),
        }
    }

    async fn stream(self: &Arc<Self>, wire: Wire, mut body: Incoming, id: u64, expected: &mut Expected) -> Received {
        let mut events = Events::new(self.desk.message_bytes_max());
        let mut left = self.desk.message_bytes_max().saturating_mul(STREAM_FACTOR);
        loop {
            let Some(piece) = next(&mut body).await else { return Received::Nothing("disconnected") };
            let Some(rest) = left.checked_sub(piece.len()) else { return self.too_long() };
            left = rest;
            let Ok(()) = self.hear(&mut events, &piece, Whose::Only(id)) else { return self.too_long() };
            if let Some(received) = expected.now() {
                self.finish(wire, body, events, id);
                return received;
            }
        }
    }

    /// Takes what a piece of a stream completes.
    pub(super) fn hear(self: &Arc<Self>, events: &mut Events, piece: &[u8], whose: Whose) -> Result<(), TooLong> {
        for message in events.take(piece)? {
            if let Some(reply) = self.desk.take_as(&message, whose) {
                self.spawn_aside(reply);
            }
        }
        Ok(())
    }

    /// What follows an answer is nobody's; a connection that has nothing more to say is kept.
    fn finish(self: &Arc<Self>, wire: Wire, mut body: Incoming, mut events: Events, id: u64) {
        let shared = self.clone();
        tokio::spawn(async move {
            let tail = async {
                let mut left = shared.desk.message_bytes_max();
                while let Some(piece) = next(&mut body).await {
                    left = left.checked_sub(piece.len())?;
                    shared.hear(&mut events, &piece, Whose::Only(id)).ok()?;
                }
                body.is_end_stream().then_some(())
            };
            if let Ok(Some(())) = tokio::time::timeout(TAIL_WITHIN, tail).await {
                shared.wires.keep(wire);
            }
        });
    }

    fn too_long(&self) -> Received {
        untaken(&format!("it is longer than {} bytes", self.desk.message_bytes_max()))
    }
}

/// The next piece of a body, `None` at its end or when it breaks off.
pub(super) async fn next(body: &mut Incoming) -> Option<Bytes> {
    loop {
        let frame = body.frame().await?.ok()?;
        if let Ok(data) = frame.into_data() {
            return Some(data);
        }
    }
}

/// A whole body; nothing beyond the bound is read.
async fn collect(mut body: Incoming, bytes_max: usize) -> Result<Vec<u8>, Broken> {
    if body.size_hint().lower() > u64::try_from(bytes_max).unwrap_or(u64::MAX) {
        return Err(Broken::TooLong);
    }
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Broken::Lost)?.into_data() else { continue };
        if bytes.len() + data.len() > bytes_max {
            return Err(Broken::TooLong);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// An answer that came and is none.
fn untaken(why: &str) -> Received {
    Received::Error(RpcError::new(INTERNAL_ERROR, format!("the server's answer was not taken: {why}")).json())
}

/// A status that is no answer. Its body is not shown: it is not the protocol's.
fn refused(status: StatusCode, why: &str) -> Received {
    let data = Json::object([("status", Json::from(u64::from(status.as_u16())))]);
    let message = format!("the server answered with HTTP status {}: {why}", status.as_u16());
    Received::Error(RpcError::new(INTERNAL_ERROR, message).with(data).json())
}

fn said(status: StatusCode) -> &'static str {
    match status.as_u16() {
        300..400 => "it points to another place, which is never followed",
        401 | 407 => "the credential that it was given is missing or not good",
        403 => "the credential that it was given does not suffice",
        429 => "it is asked too often",
        400..500 => "it does not take the request",
        500.. => "it failed",
        _ => "that is no answer",
    }
}

#[cfg(test)]
mod tests;
