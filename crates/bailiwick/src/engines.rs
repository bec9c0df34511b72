//! Engines of policy outside: one question over HTTP, one answer. OPA's data API, version 1.
//!
//! One connection a question: it ends with it, so an engine that hangs holds nothing but its own time.

use bailiwick_core::Outside;
use bailiwick_dial::{Dialler, Place, Range, Stream, Trust};
use bailiwick_node::{Engines, Reached};
use bailiwick_policy::ENGINE_ANSWER_BYTES_MAX;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::sync::Semaphore;

/// The most questions at once; others wait, within their own time.
const AT_ONCE_MAX: usize = 64;
/// The most bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// Reaches engines outside.
pub(crate) struct OverHttp {
    room: Semaphore,
}

impl OverHttp {
    pub(crate) fn new() -> Self {
        Self { room: Semaphore::new(AT_ONCE_MAX) }
    }
}

impl Engines for OverHttp {
    fn reach<'a>(&'a self, outside: &'a Outside, body: String) -> Reached<'a> {
        Box::pin(async move {
            let _room = self.room.acquire().await.map_err(|_| "the node is ending")?;
            ask(outside, body).await
        })
    }
}

async fn ask(outside: &Outside, body: String) -> Result<Vec<u8>, String> {
    let (stream, host) = dial(outside).await?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/v1/data/{}?provenance=true&strict-builtin-errors=true", outside.path))
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "bailiwick")
        .header(header::CONNECTION, "close")
        .body(Full::new(Bytes::from(body)))
        .map_err(|_| "it cannot be asked")?;
    let shaken = Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|_| "it speaks no HTTP")?;
    let exchange = async {
        let answer = sender.send_request(request).await.map_err(|_| "it broke off before it answered")?;
        // a redirect is followed by nobody
        if answer.status() != StatusCode::OK {
            return Err(format!("it answered `{}`", answer.status().as_u16()));
        }
        let body = Limited::new(answer.into_body(), ENGINE_ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|_| format!("its answer broke off, or has over {ENGINE_ANSWER_BYTES_MAX} bytes"))?;
        Ok(body.to_bytes().to_vec())
    };
    let mut exchange = std::pin::pin!(exchange);
    // the connection ends with this question, whatever is still to come on it
    tokio::select! {
        biased;
        answer = &mut exchange => answer,
        // what it read before it ended may be the answer
        _ended = connection => exchange.await,
    }
}

/// A connection, and what the `Host` header says.
async fn dial(outside: &Outside) -> Result<(Box<dyn Stream>, HeaderValue), String> {
    if let Some(path) = outside.socket() {
        let stream = UnixStream::connect(path).await.map_err(|error| unreached(error.kind()))?;
        return Ok((Box::new(stream), HeaderValue::from_static("localhost")));
    }
    let place = Place::read(&outside.url).map_err(|error| format!("its URL {error}"))?;
    let trust = match outside.ca.as_deref() {
        None => Trust::public(),
        Some(pem) => Trust::pem(pem.as_bytes()).map_err(|error| format!("its `ca`: {error}"))?,
    };
    // an administrator names engines, those of inner networks among them
    let dialler = Dialler::new(place, Range::Inner, trust).map_err(|error| error.to_string())?;
    let stream = dialler.dial().await.map_err(|error| unreached(error.why))?;
    Ok((stream, dialler.place().authority.clone()))
}

/// Without its address: who is refused because of it need not know where it is.
fn unreached(why: impl std::fmt::Display) -> String {
    format!("it is not reached: {why}")
}

#[cfg(test)]
mod tests;
