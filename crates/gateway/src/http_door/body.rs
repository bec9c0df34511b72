//! Bodies: what comes is bounded in bytes and time, what goes is one document or a stream of events.

use super::doorkeeper::TurnedAway;
use super::reply;
use crate::cut::Cut;
use bailiwick_core::json::Json;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

/// How long a body may take to come.
const BODY_WITHIN: Duration = Duration::from_secs(30);
/// How long a client that reads nothing is waited for.
const READ_WITHIN: Duration = Duration::from_secs(60);
/// How many events may wait for the connection.
const EVENTS_MAX: usize = 16;
/// Memory for bodies that are coming is handed out in pieces of this.
const PIECE_BYTES: usize = 1 << 10;
/// The most pieces at a time, over all connections.
pub(super) const PIECES_MAX: usize = 256 << 10;

/// Reads a whole body. Nothing of a longer one is kept.
pub(super) async fn read<B>(
    headers: &HeaderMap,
    body: B,
    bytes_max: usize,
    pieces: &Semaphore,
) -> Result<Bytes, TurnedAway>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let too_large = || {
        let sentence = format!("the body is larger than {bytes_max} bytes");
        reply::plain(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &sentence)
    };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let most = announced.unwrap_or(bytes_max);
    if most > bytes_max {
        return Err(too_large());
    }
    let wanted = u32::try_from(most.div_ceil(PIECE_BYTES)).unwrap_or(u32::MAX);
    let Ok(_held) = pieces.try_acquire_many(wanted) else {
        return Err(reply::later("too many large requests come at once, try again"));
    };
    let collecting = Box::pin(Limited::new(body, bytes_max).collect());
    match tokio::time::timeout(BODY_WITHIN, collecting).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(reply::plain(StatusCode::BAD_REQUEST, "truncated", "the body ended too early")),
        Err(_) => {
            let sentence = format!("the body did not come within {} s", BODY_WITHIN.as_secs());
            Err(reply::plain(StatusCode::REQUEST_TIMEOUT, "too_slow", &sentence))
        }
    }
}

/// Cuts what it guards when the connection that waits for it is gone.
#[derive(Debug, Default)]
pub(super) struct Tied(Option<Cut>);

impl Tied {
    pub(super) const fn to(cut: Cut) -> Self {
        Self(Some(cut))
    }

    /// It has its answer: what happens to the connection is of no account.
    pub(super) fn untie(&mut self) {
        self.0 = None;
    }
}

impl Drop for Tied {
    fn drop(&mut self) {
        if let Some(cut) = &self.0 {
            cut.cut("cancelled");
        }
    }
}

/// The body of an answer of the door.
#[derive(Debug)]
pub struct DoorBody(Kind);

#[derive(Debug)]
enum Kind {
    Whole(Option<Bytes>),
    Events { events: mpsc::Receiver<Bytes>, _tied: Tied },
}

impl DoorBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self(Kind::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())))
    }

    /// A stream of one event.
    pub(super) fn event(message: &Json) -> Self {
        Self::whole(Bytes::from(event(message)))
    }

    /// A stream of events (HTML, section 9.2), and where they are put in.
    pub(super) fn events(tied: Tied) -> (Events, Self) {
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        (Events(sender), Self(Kind::Events { events, _tied: tied }))
    }
}

impl From<Bytes> for DoorBody {
    fn from(bytes: Bytes) -> Self {
        Self::whole(bytes)
    }
}

impl Body for DoorBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Kind::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Kind::Events { events, .. } => {
                events.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Kind::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX)))
            }
            Kind::Events { .. } => SizeHint::default(),
        }
    }
}

fn event(message: &Json) -> String {
    // by INVARIANT of canonical JSON: it holds no line break
    format!("event: message\ndata: {}\n\n", message.canonical())
}

/// The client is gone, or does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

/// Where events are put in.
#[derive(Debug)]
pub(super) struct Events(mpsc::Sender<Bytes>);

impl Events {
    pub(super) async fn message(&self, message: &Json) -> Result<(), Gone> {
        self.put(event(message)).await
    }

    /// Shows that the stream lives.
    pub(super) async fn comment(&self) -> Result<(), Gone> {
        self.put(":\n\n".to_owned()).await
    }

    /// Resolves when the connection is gone.
    pub(super) async fn closed(&self) {
        self.0.closed().await;
    }

    async fn put(&self, text: String) -> Result<(), Gone> {
        let sending = self.0.send(Bytes::from(text));
        tokio::time::timeout(READ_WITHIN, sending).await.map_err(|_| Gone)?.map_err(|_| Gone)
    }
}
