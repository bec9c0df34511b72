//! An endpoint in the test's own process, whose every byte is a script.

use crate::era::Era;
use crate::upstream::fake::{TOOLS, json};
use crate::upstream::{HttpTarget, Target, locked};
use bailiwick_core::json::Json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A request as the endpoint sees it.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) verb: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Json,
}

/// What it does then.
#[derive(Debug, Clone)]
pub(crate) enum Does {
    /// Says this, and reads on.
    Says(Vec<u8>),
    /// Says this, and closes.
    Ends(Vec<u8>),
    /// Says this, and then nothing, until the other end closes.
    Waits(Vec<u8>),
    /// Says the first, then the second until it cannot.
    Floods(Vec<u8>, Vec<u8>),
}

/// An endpoint that listens.
pub(crate) struct Peer {
    pub(crate) url: String,
    pub(crate) heard: Arc<Mutex<Vec<Heard>>>,
    /// How many connections the other end has closed, or that ended.
    pub(crate) closed: watch::Receiver<usize>,
    pub(crate) opened: Arc<Mutex<usize>>,
    /// Bytes of floods that were taken.
    pub(crate) flooded: Arc<Mutex<usize>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Heard {
    pub(crate) fn method(&self) -> &str {
        self.body.get("method").and_then(Json::as_str).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn id(&self) -> String {
        self.body.get("id").map(Json::canonical).unwrap_or_default()
    }
}

impl Peer {
    pub(crate) async fn start(script: impl Fn(&Heard) -> Does + Send + Sync + 'static) -> Self {
        Self::over(script, async |stream| Some(stream)).await
    }

    /// With something between the socket and the script.
    pub(crate) async fn over<S, F>(
        script: impl Fn(&Heard) -> Does + Send + Sync + 'static,
        wrap: impl Fn(tokio::net::TcpStream) -> F + Send + Sync + 'static,
    ) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        F: Future<Output = Option<S>> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let opened = Arc::new(Mutex::new(0));
        let flooded = Arc::new(Mutex::new(0));
        let (closing, closed) = watch::channel(0);
        let (script, closing) = (Arc::new(script), Arc::new(closing));
        let (h, o, f) = (heard.clone(), opened.clone(), flooded.clone());
        let serving = tokio::spawn(async move {
            // ends with this task
            let mut connections = JoinSet::new();
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                *locked(&o) += 1;
                let Some(stream) = wrap(stream).await else { continue };
                let (script, heard, closing, flooded) = (script.clone(), h.clone(), closing.clone(), f.clone());
                connections.spawn(async move {
                    serve(stream, &*script, &heard, &flooded).await;
                    closing.send_modify(|count| *count += 1);
                });
            }
        });
        Self { url: format!("http://127.0.0.1:{port}/mcp"), heard, closed, opened, flooded, serving }
    }

    pub(crate) fn target(&self) -> Target {
        Target::Http(HttpTarget::new(self.url.as_str(), Vec::new()))
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        locked(&self.heard).clone()
    }

    pub(crate) fn asked(&self, method: &str) -> usize {
        self.heard().iter().filter(|heard| heard.method() == method).count()
    }

    /// No connection is taken or goes on.
    pub(crate) async fn stop(self) {
        self.serving.abort();
        let _ = self.serving.await;
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    script: &(impl Fn(&Heard) -> Does + ?Sized),
    heard: &Mutex<Vec<Heard>>,
    flooded: &Mutex<usize>,
) {
    let mut bytes = Vec::new();
    while let Some(request) = read(&mut stream, &mut bytes).await {
        locked(heard).push(request.clone());
        match script(&request) {
            Does::Says(text) => {
                if stream.write_all(&text).await.is_err() {
                    return;
                }
            }
            Does::Ends(text) => {
                let _ = stream.write_all(&text).await;
                let _ = stream.shutdown().await;
                return;
            }
            Does::Waits(text) => {
                let _ = stream.write_all(&text).await;
                let _ = stream.read(&mut [0; 1]).await;
                return;
            }
            Does::Floods(first, then) => {
                let mut sent = stream.write_all(&first).await;
                while sent.is_ok() {
                    sent = stream.write_all(&then).await;
                    *locked(flooded) += then.len();
                }
                return;
            }
        }
    }
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S, bytes: &mut Vec<u8>) -> Option<Heard> {
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let mut lines = head.lines();
            let mut first = lines.next().unwrap().split(' ').map(str::to_owned);
            let headers: BTreeMap<String, String> = lines
                .map(|line| line.split_once(':').unwrap())
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect();
            let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                let body = std::str::from_utf8(&bytes[end + 4..end + 4 + length]).unwrap();
                let body = if body.is_empty() { Json::Null } else { json(body) };
                bytes.drain(..end + 4 + length);
                return Some(Heard { verb: first.next().unwrap(), path: first.next().unwrap(), headers, body });
            }
        }
        if stream.read_buf(bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// A whole answer.
pub(crate) fn http(status: &str, more: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

pub(crate) const JSON: &str = "Content-Type: application/json\r\n";
pub(crate) const EVENTS: &str = "Content-Type: text/event-stream\r\n";

pub(crate) fn says_json(body: &str) -> Does {
    Does::Says(http("200 OK", JSON, body))
}

/// A stream of these messages, with what servers put around them.
pub(crate) fn events(messages: &[&str]) -> String {
    let mut text = String::from("id: 0\nretry: 3000\ndata:\n\n: still here\n\n");
    for message in messages {
        text.push_str(&format!("event: message\nid: 1\ndata: {message}\n\n"));
    }
    text
}

pub(crate) fn says_events(messages: &[&str]) -> Does {
    Does::Says(http("200 OK", EVENTS, &events(messages)))
}

/// A tool's result as this era has it.
pub(crate) fn result(era: Era, heard: &Heard, text: &str) -> String {
    let kind = if era == Era::Modern { r#","resultType":"complete""# } else { "" };
    let text = Json::from(text).canonical();
    format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"text","text":{text}}}]{kind}}}}}"#, heard.id())
}

/// Shakes hands and lists as a server of this era; `None`: something else is asked.
pub(crate) fn begins(era: Era, heard: &Heard) -> Option<Does> {
    let complete = if era == Era::Modern { r#","resultType":"complete","ttlMs":0,"cacheScope":"public""# } else { "" };
    let capabilities = r#""capabilities":{"tools":{"listChanged":true}}"#;
    let answer = |result: &str| format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, heard.id());
    Some(match (heard.verb.as_str(), heard.method(), era) {
        ("POST", "server/discover", Era::Modern) => {
            says_json(&answer(&format!(r#"{{"supportedVersions":["2026-07-28"],{capabilities}{complete}}}"#)))
        }
        // as server-everything answers
        ("POST", "server/discover", Era::Legacy) => Does::Says(http(
            "400 Bad Request",
            JSON,
            r#"{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: Server not initialized"},"id":null}"#,
        )),
        ("POST", "initialize", Era::Legacy) => {
            let server = r#""serverInfo":{"name":"peer","version":"7"}"#;
            let hello = answer(&format!(r#"{{"protocolVersion":"2025-11-25",{server},{capabilities}}}"#));
            let more = format!("{EVENTS}Mcp-Session-Id: session-1\r\n");
            Does::Says(http("200 OK", &more, &events(&[&hello])))
        }
        ("POST", "tools/list", _) => says_json(&answer(&format!(r#"{{"tools":{TOOLS}{complete}}}"#))),
        ("POST", "subscriptions/listen", _) => Does::Says(http("404 Not Found", "", "")),
        ("GET", ..) => Does::Says(http("405 Method Not Allowed", "", "")),
        ("DELETE", ..) => Does::Says(http("200 OK", "", "")),
        ("POST", method, _) if method.starts_with("notifications/") => Does::Says(http("202 Accepted", "", "")),
        _ => return None,
    })
}

/// A server of this era that does this when a tool is called.
pub(crate) async fn calls(era: Era, call: impl Fn(&Heard) -> Does + Send + Sync + 'static) -> Peer {
    Peer::start(move |heard| begins(era, heard).unwrap_or_else(|| call(heard))).await
}
