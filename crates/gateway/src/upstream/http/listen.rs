//! What a server says by itself: a stream that is opened again when it ends, where the server has one at all.

use super::answer::{Form, next};
use super::events::Events;
use super::head::Routed;
use super::valve::Ticket;
use super::wires::Lost;
use super::{Shared, own_params};
use crate::clock::Boot;
use crate::rpc;
use crate::upstream::desk::Whose;
use crate::upstream::locked;
use bailiwick_core::json::{Json, Object};
use http::StatusCode;
use hyper::body::Bytes;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// How long a server may take to open the stream.
const OPEN_WITHIN: Duration = Duration::from_secs(30);
/// The least and the most time between two streams.
const AGAIN_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// The request for word of these changes. Over HTTP its id is of another kind than those of calls.
pub(crate) fn question(id: &Json, changes: &[&'static str]) -> Vec<u8> {
    let wanted: Object = changes.iter().map(|change| (*change, Json::from(true))).collect();
    let mut params = own_params();
    params.insert("notifications", Json::Object(wanted));
    rpc::request(id, "subscriptions/listen", params).canonical().into_bytes()
}

/// Hears until there is nothing to hear.
pub(super) async fn listen(shared: Arc<Shared>, question: Option<Bytes>) {
    let (least, most) = AGAIN_AFTER;
    let mut wait = least;
    loop {
        let begun = Instant::now();
        if hear(&shared, question.as_ref()).await.is_none() {
            return;
        }
        wait = if begun.elapsed() > most { least } else { most.min(wait * 2) };
        tokio::time::sleep(wait).await;
        // what was said meanwhile was not heard
        shared.desk.offer_may_have_changed();
    }
}

/// One stream to its end; `None`: there will be no other.
async fn hear(shared: &Arc<Shared>, question: Option<&Bytes>) -> Option<()> {
    let (request, has_session) = {
        let heads = locked(&shared.heads);
        let routed = Routed { method: "subscriptions/listen", ..Routed::default() };
        (question.map_or_else(|| heads.get(), |body| heads.post(body.clone(), routed)), heads.has_session())
    };
    let ticket = Ticket::new(Boot::now().after(OPEN_WITHIN));
    let opened = tokio::time::timeout(OPEN_WITHIN, shared.wires.send(request, &ticket)).await.ok()?;
    // held to the end of the stream: dropped, the connection is closed
    let (_wire, response) = match opened {
        Ok(answered) => answered,
        Err(Lost::Unreached(_)) => {
            shared.gone.store(true, Ordering::Release);
            return None;
        }
        Err(Lost::Unsent | Lost::Sent) => return Some(()),
    };
    let (head, mut body) = response.into_parts();
    if head.status == StatusCode::NOT_FOUND && has_session {
        shared.gone.store(true, Ordering::Release);
    }
    // MCP 2025-11-25, Transports, listening: 405 says that there is none
    if !head.status.is_success() || Form::of(&head.headers) != Form::Events {
        return None;
    }
    let mut events = Events::new(shared.desk.message_bytes_max());
    while let Some(piece) = next(&mut body).await {
        // a message that is too long ends the listening: what changed is looked at when the session is opened anew
        shared.hear(&mut events, &piece, Whose::Nobody).ok()?;
    }
    Some(())
}
