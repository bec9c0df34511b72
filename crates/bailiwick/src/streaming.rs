//! Answers that are written while they are sent: never more of them in memory than a few parts.

use bailiwick_api::{Problem, Streamed};
use bailiwick_node::Failure;
use http::{HeaderValue, Response, header};
use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::LazyLock;
use std::task::{Context, Poll};
use tokio::sync::{Semaphore, mpsc};

/// The bytes of one part.
const PART_BYTES: usize = 256 << 10;
/// How many parts may wait for who reads.
const PARTS_MAX: usize = 2;
/// How many are written at once: each holds a thread for as long as its reader takes.
const STREAMS_MAX: usize = 4;

static STREAMS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(STREAMS_MAX)));

/// What an answer consists of.
pub(crate) enum Sent {
    /// Bytes that are there.
    Whole(Full<Bytes>),
    /// The first part, and the others as they come. One that is an error ends the connection, so that nobody takes what came for all of it.
    Parts(Option<Bytes>, mpsc::Receiver<io::Result<Bytes>>),
}

impl Sent {
    /// Bytes that are there.
    pub(crate) fn whole(bytes: Vec<u8>) -> Self {
        Self::Whole(Full::new(Bytes::from(bytes)))
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::Whole(whole) => Pin::new(whole)
                .poll_frame(context)
                .map(|frame| frame.map(|frame| frame.map_err(|never| match never {}))),
            Self::Parts(first @ Some(_), _) => Poll::Ready(first.take().map(Frame::data).map(Ok)),
            Self::Parts(None, parts) => parts.poll_recv(context).map(|part| part.map(|part| part.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(whole) if whole.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(whole) => whole.size_hint(),
            Self::Parts(..) => SizeHint::default(),
        }
    }
}

/// Collects parts and hands them on; blocks while too many wait.
struct Parts {
    out: mpsc::Sender<io::Result<Bytes>>,
    part: Vec<u8>,
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.part.is_empty() {
            return Ok(());
        }
        let part = Bytes::from(std::mem::take(&mut self.part));
        self.out.blocking_send(Ok(part)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// An answer whose body is written by a thread of its own while it is sent. What fails before there is a part is answered as
/// what it is; later, nobody can be told more than that it broke off.
pub(crate) async fn streamed(body: Streamed) -> Response<Sent> {
    let Ok(place) = Arc::clone(&STREAMS).try_acquire_owned() else {
        return Problem::from(Failure::Busy).response().map(Sent::whole);
    };
    let (out, mut parts) = mpsc::channel(PARTS_MAX);
    tokio::task::spawn_blocking(move || {
        let mut writer = Parts { out: out.clone(), part: Vec::new() };
        let written = body.write(&mut writer).map_err(|error| io::Error::other(error.to_string()));
        if let Err(error) = written.and_then(|()| writer.flush()) {
            crate::print::words(&format!("a bundle was not written to its end: {error}"));
            // A reader that is gone need not be told.
            let _gone = out.blocking_send(Err(error));
        }
        drop(place);
    });
    let first = match parts.recv().await {
        Some(Err(error)) => {
            let problem = Problem { detail: error.to_string(), ..Failure::Closed(String::new()).into() };
            return problem.response().map(Sent::whole);
        }
        first => first.and_then(Result::ok),
    };
    let mut response = Response::new(Sent::Parts(first, parts));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(Streamed::CONTENT_TYPE));
    response
}
