//! Calls, one after another on each of some connections, as fast as answers come.

use super::call::{Caller, PATH, arguments, headers, message};
use super::part::{Part, cpu_seconds};
use crate::Trouble;
use crate::table::{micros, now, quantile};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const ANSWER_BYTES_MAX: usize = 1 << 20;
/// What stands in the answer of the server and in none of a refusal.
const DONE: &[u8] = br#""text":"paid"#;

/// Where calls go.
pub(super) struct Target {
    address: String,
    /// One for each connection; none where nobody asks who calls.
    callers: Vec<Arc<Caller>>,
}

impl Target {
    /// One that asks nobody who calls.
    pub(super) fn open(part: &Part) -> Self {
        Self { address: part.address.clone(), callers: Vec::new() }
    }

    /// One that wants a proof.
    pub(super) fn proven(part: &Part, callers: Vec<Arc<Caller>>) -> Self {
        Self { address: part.address.clone(), callers }
    }

    /// The node.
    pub(super) fn node(address: &str, callers: Vec<Arc<Caller>>) -> Self {
        Self { address: address.to_owned(), callers }
    }
}

/// What came of a round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    /// Calls a second.
    pub(super) rate: f64,
    /// Half of the calls took no longer, in microseconds.
    pub(super) p50: f64,
    /// 99 of 100 took no longer.
    pub(super) p99: f64,
    /// What the process in question worked for each call, in microseconds.
    pub(super) cpu: f64,
}

/// One round.
///
/// # Errors
/// When any call was not answered by the server behind.
pub(super) async fn fire(target: &Target, connections: usize, length: Duration, pid: u32) -> Result<Figures, Trouble> {
    let worked = cpu_seconds(pid)?;
    let begun = now();
    let until = begun + length;
    let mut running = JoinSet::new();
    for number in 0..connections {
        let (address, caller) = (target.address.clone(), target.callers.get(number).cloned());
        running.spawn(async move { Line::open(&address, caller).await?.call_until(until).await });
    }
    let mut all = Vec::new();
    while let Some(done) = running.join_next().await {
        all.extend(done??);
    }
    let took = begun.elapsed().as_secs_f64();
    let worked = cpu_seconds(pid)? - worked;
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let calls = all.len() as f64;
    let (p50, p99) = (quantile(&mut all, 0.5), quantile(&mut all, 0.99));
    Ok(Figures { rate: calls / took, p50: micros(p50), p99: micros(p99), cpu: worked * 1e6 / calls })
}

/// One connection and who calls on it.
struct Line {
    sender: SendRequest<Full<Bytes>>,
    caller: Option<Arc<Caller>>,
    headers: HeaderMap,
    arguments: String,
    calls: u64,
}

impl Line {
    async fn open(address: &str, caller: Option<Arc<Caller>>) -> Result<Self, Trouble> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, caller, headers: headers(address)?, arguments: arguments(), calls: 0 })
    }

    async fn call_until(mut self, until: Instant) -> Result<Vec<Duration>, Trouble> {
        let mut all = Vec::new();
        while now() < until {
            all.push(self.call().await?);
        }
        Ok(all)
    }

    /// One call. One that only lacked a nonce is made again with the one that came, and timed from there.
    async fn call(&mut self) -> Result<Duration, Trouble> {
        let (mut took, mut status, mut body) = self.call_once().await?;
        if status == StatusCode::UNAUTHORIZED {
            (took, status, body) = self.call_once().await?;
        }
        let answered = body.windows(DONE.len()).any(|window| window == DONE);
        match status == StatusCode::OK && answered {
            true => Ok(took),
            false => Err(format!("a call was not done: {status}: {}", String::from_utf8_lossy(&body)).into()),
        }
    }

    async fn call_once(&mut self) -> Result<(Duration, StatusCode, Bytes), Trouble> {
        self.calls += 1;
        let body = message(self.calls, &self.arguments);
        let mut headers = self.headers.clone();
        if let Some(caller) = &self.caller {
            caller.secure(&mut headers, &body)?;
        }
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = http::Uri::from_static(PATH);
        *request.headers_mut() = headers;
        let start = now();
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await?.to_bytes();
        let took = start.elapsed();
        if let Some(caller) = &self.caller {
            caller.keep_nonce(&head.headers);
        }
        Ok((took, head.status, body))
    }
}
