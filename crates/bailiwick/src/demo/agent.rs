//! The agent of the story: a real MCP client (2026-07-28) that holds a key, gets a token for its task and proves the key
//! with every call. Two of its calls are made as a thief would make them.

use super::teller::Seen;
use crate::connect::clock;
use crate::home::Trouble;
use bailiwick_authority::client::{Asked, Client, Granted, Outgoing, Secured};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{AgentId, Salt, TaskId, sha256};
use bailiwick_identity::{ProofFor, PublicUrl, SigningKey, make_proof};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpStream;

const VERSION: &str = "2026-07-28";
const ANSWER_BYTES_MAX: usize = 4 << 20;
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
const PROOF: HeaderName = HeaderName::from_static("dpop");

/// The agent, once it holds a token.
pub(super) struct Agent {
    client: Client,
    url: String,
    key: SigningKey,
    granted: Granted,
    calls: AtomicU64,
}

/// A client of the authority.
pub(super) fn client() -> Client {
    Client::new(Arc::new(bailiwick_record::system_random), Arc::new(clock))
}

impl Agent {
    /// Gets a token for a task, with the agent's registered key, bound to a key that is fresh.
    pub(super) async fn start(url: &str, name: &str, agent_key: &SigningKey, task: &str) -> Result<Self, Trouble> {
        let client = client();
        let url = format!("{url}/mcp");
        let found = client.find(&url).await?;
        let key = client.draw_key()?;
        let agent = AgentId::parse(name)?;
        let asked = Asked {
            agent: &agent,
            agent_key,
            key: &key,
            task: Some(TaskId::parse(task)?),
            grant: None,
            software: None,
        };
        let granted = client.ask(&found, &asked).await.map_err(|why| why.to_string())?;
        Ok(Self { client, url, key, granted, calls: AtomicU64::new(1) })
    }

    /// One call, as it should be made. Answers what came of it, and the result.
    pub(super) async fn call(&self, tool: &str, arguments: Json) -> Result<(Seen, Json), Trouble> {
        let (headers, body) = self.message(tool, arguments)?;
        let outgoing = Outgoing { method: Method::POST, url: &self.url, headers, body };
        let secured = Secured { key: &self.key, token: Some(self.granted.token.as_str()) };
        read(self.client.send(outgoing, secured).await?).await
    }

    /// The same, by somebody who stole the token and has another key.
    pub(super) async fn call_with_another_key(&self, tool: &str, arguments: Json) -> Result<Seen, Trouble> {
        let (headers, body) = self.message(tool, arguments)?;
        let key = self.client.draw_key()?;
        let outgoing = Outgoing { method: Method::POST, url: &self.url, headers, body };
        let secured = Secured { key: &key, token: Some(self.granted.token.as_str()) };
        Ok(read(self.client.send(outgoing, secured).await?).await?.0)
    }

    /// A call, and then the very same bytes once more, as somebody would who listened. Answers both.
    pub(super) async fn call_twice(&self, tool: &str, arguments: Json) -> Result<(Seen, Seen), Trouble> {
        let (headers, body) = self.message(tool, arguments)?;
        // A first answer brings the nonce that a proof must carry.
        let asked = self.raw(&headers, &body, "").await?;
        let nonce = asked.headers().get(NONCE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let mut jti = [0; 16];
        bailiwick_record::system_random(&mut jti)?;
        let digest = sha256(&body);
        let proof = make_proof(
            &self.key,
            &ProofFor {
                method: "POST",
                url: &PublicUrl::parse(&self.url)?,
                token: Some(self.granted.token.as_str()),
                nonce: Some(&nonce),
                body: Some(&digest),
                jti: Salt::new(jti),
                now: clock(),
            },
        )?;
        let first = read(self.raw(&headers, &body, &proof).await?).await?.0;
        let again = read(self.raw(&headers, &body, &proof).await?).await?.0;
        Ok((first, again))
    }

    fn message(&self, tool: &str, arguments: Json) -> Result<(HeaderMap, Bytes), Trouble> {
        let empty = || Json::object::<&str>([]);
        let meta = Json::object([
            ("io.modelcontextprotocol/clientCapabilities", empty()),
            ("io.modelcontextprotocol/protocolVersion", Json::from(VERSION)),
        ]);
        let params = Json::object([("_meta", meta), ("arguments", arguments), ("name", Json::from(tool))]);
        let message = Json::object([
            ("id", Json::from(self.calls.fetch_add(1, Ordering::Relaxed))),
            ("jsonrpc", Json::from("2.0")),
            ("method", Json::from("tools/call")),
            ("params", params),
        ]);
        let mut headers = HeaderMap::new();
        let mut set = |name: &'static str, value: &str| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value)?);
            Ok::<(), Trouble>(())
        };
        set("accept", "application/json, text/event-stream")?;
        set("content-type", "application/json")?;
        set("mcp-method", "tools/call")?;
        set("mcp-name", tool)?;
        set("mcp-protocol-version", VERSION)?;
        Ok((headers, Bytes::from(message.canonical())))
    }

    /// Sends exactly these bytes with this proof.
    async fn raw(&self, headers: &HeaderMap, body: &Bytes, proof: &str) -> Result<Response<Incoming>, Trouble> {
        let mut all = headers.clone();
        let token = format!("DPoP {}", self.granted.token.as_str());
        for (name, value) in [(header::AUTHORIZATION, token.as_str()), (PROOF, proof)] {
            if !value.is_empty() {
                all.insert(name, HeaderValue::from_str(value)?);
            }
        }
        send(&self.url, Method::POST, all, body.clone()).await
    }
}

/// Sends one request, these bytes and no others, over a connection of its own.
pub(super) async fn send(
    url: &str,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response<Incoming>, Trouble> {
    let uri: http::Uri = url.parse()?;
    let authority = uri.authority().ok_or("the node's URL names no host")?.as_str();
    let stream = TcpStream::connect(authority).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri.path().parse()?;
    *request.headers_mut() = headers;
    if !request.headers().contains_key(header::HOST) {
        request.headers_mut().insert(header::HOST, HeaderValue::from_str(authority)?);
    }
    Ok(sender.send_request(request).await?)
}

/// Reads an answer: a result, a refusal within one, or an error before any call was read.
async fn read(response: Response<Incoming>) -> Result<(Seen, Json), Trouble> {
    let status = response.status();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await.map_err(|why| why.to_string())?;
    let body = body.to_bytes();
    let text = std::str::from_utf8(&body)?;
    // An answer that was streamed: its last event is the response.
    let json = text.lines().rev().find_map(|line| line.strip_prefix("data:")).unwrap_or(text);
    let json = Json::parse(json.trim().as_bytes(), &Limits::default())?;
    let said = |json: &Json, name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    if !status.is_success() {
        let reason = said(&json, "error");
        return Ok((Seen { allowed: false, reason, said: said(&json, "error_description") }, Json::Null));
    }
    let result = json.get("result").cloned().unwrap_or(Json::Null);
    if let Some(refusal) = result.get("_meta").and_then(|meta| meta.get("bailiwick.dev/refusal")) {
        let seen = Seen { allowed: false, reason: said(refusal, "code"), said: said(refusal, "sentence") };
        return Ok((seen, result));
    }
    if let Some(error) = json.get("error") {
        let seen = Seen { allowed: false, reason: "error".to_owned(), said: said(error, "message") };
        return Ok((seen, Json::Null));
    }
    let failed = result.get("isError").and_then(Json::as_bool).unwrap_or_default();
    let seen = Seen { allowed: !failed, reason: String::new(), said: spoken(&result) };
    Ok((seen, result))
}

fn spoken(result: &Json) -> String {
    let content = result.get("content").and_then(Json::as_array).unwrap_or_default();
    let texts = content.iter().filter_map(|part| part.get("text").and_then(Json::as_str));
    texts.collect::<Vec<_>>().join(" ")
}
