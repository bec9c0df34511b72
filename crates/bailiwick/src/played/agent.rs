//! An agent: a real MCP client (2026-07-28) that holds a key, gets a token for its task and proves the key with every call.
//! Some of its calls are made as a thief would make them.

use super::Seen;
use super::raw::{read, send, v1};
use crate::connect::clock;
use crate::home::Trouble;
use bailiwick_authority::client::{Asked, Client, Granted, Outgoing, Secured};
use bailiwick_core::json::Json;
use bailiwick_core::{AgentId, Salt, TaskId, sha256};
use bailiwick_identity::{ProofFor, PublicUrl, SigningKey, make_proof};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, header};
use hyper::body::{Bytes, Incoming};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const VERSION: &str = "2026-07-28";
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
const PROOF: HeaderName = HeaderName::from_static("dpop");

/// The agent, once it holds a token.
pub(crate) struct Agent {
    client: Client,
    url: String,
    key: Arc<SigningKey>,
    granted: Granted,
    calls: AtomicU64,
}

/// A client of the authority.
pub(crate) fn client() -> Client {
    Client::new(Arc::new(bailiwick_record::system_random), Arc::new(clock))
}

impl Agent {
    /// Gets a token for a task, with the agent's registered key, bound to a key that is fresh.
    pub(crate) async fn start(url: &str, name: &str, agent_key: &SigningKey, task: &str) -> Result<Self, Trouble> {
        let key = Arc::new(client().draw_key()?);
        Self::with_key(url, name, agent_key, task, key).await
    }

    /// The same process in another task: its token there is bound to the key that it has.
    pub(crate) async fn also(
        &self,
        url: &str,
        name: &str,
        agent_key: &SigningKey,
        task: &str,
    ) -> Result<Self, Trouble> {
        Self::with_key(url, name, agent_key, task, Arc::clone(&self.key)).await
    }

    async fn with_key(
        url: &str,
        name: &str,
        agent_key: &SigningKey,
        task: &str,
        key: Arc<SigningKey>,
    ) -> Result<Self, Trouble> {
        let client = client();
        let url = format!("{url}/mcp");
        let found = client.find(&url).await?;
        let agent = AgentId::parse(name)?;
        let asked = Asked {
            agent: &agent,
            agent_key,
            key: &key,
            task: Some(TaskId::parse(task)?),
            grant: None,
            instance: None,
            software: None,
        };
        let granted = client.ask(&found, &asked).await.map_err(|why| why.to_string())?;
        Ok(Self { client, url, key, granted, calls: AtomicU64::new(1) })
    }

    /// One call, as it should be made. Answers what came of it, and the result.
    pub(crate) async fn call(&self, tool: &str, arguments: Json) -> Result<(Seen, Json), Trouble> {
        let (headers, body) = self.message(tool, arguments)?;
        let outgoing = Outgoing { method: Method::POST, url: &self.url, headers, body };
        let secured = Secured { key: &self.key, token: Some(self.granted.token.as_str()) };
        read(self.client.send(outgoing, secured).await?).await
    }

    /// The same, by somebody who stole the token and has another key.
    pub(crate) async fn call_with_another_key(&self, tool: &str, arguments: Json) -> Result<Seen, Trouble> {
        let (headers, body) = self.message(tool, arguments)?;
        let key = self.client.draw_key()?;
        let outgoing = Outgoing { method: Method::POST, url: &self.url, headers, body };
        let secured = Secured { key: &key, token: Some(self.granted.token.as_str()) };
        Ok(read(self.client.send(outgoing, secured).await?).await?.0)
    }

    /// A call, and then the very same bytes once more, as somebody would who listened. Answers both.
    pub(crate) async fn call_twice(&self, tool: &str, arguments: Json) -> Result<(Seen, Seen), Trouble> {
        self.call_and_again(tool, arguments, None).await
    }

    /// A call, and then with its proof another one, or the very same bytes. Answers both.
    pub(crate) async fn call_and_again(
        &self,
        tool: &str,
        arguments: Json,
        other: Option<Json>,
    ) -> Result<(Seen, Seen), Trouble> {
        let (headers, body) = self.message(tool, arguments)?;
        let again = other.map(|other| self.message(tool, other)).transpose()?.map_or(body.clone(), |(_, body)| body);
        let proof = self.proof(&headers, &body).await?;
        let first = read(self.raw(&headers, &body, ("DPoP", &proof)).await?).await?.0;
        let again = read(self.raw(&headers, &again, ("DPoP", &proof)).await?).await?.0;
        Ok((first, again))
    }

    /// A call whose token is shown as one that whoever has it may use: without a proof.
    pub(crate) async fn call_as_bearer(&self, tool: &str, arguments: Json) -> Result<Seen, Trouble> {
        let (headers, body) = self.message(tool, arguments)?;
        Ok(read(self.raw(&headers, &body, ("Bearer", "")).await?).await?.0)
    }

    /// These very bytes as the body of a call of this tool, with a proof of their own.
    pub(crate) async fn call_in_bytes(&self, tool: &str, body: Bytes) -> Result<Seen, Trouble> {
        let (headers, _) = self.message(tool, Json::Null)?;
        let proof = self.proof(&headers, &body).await?;
        Ok(read(self.raw(&headers, &body, ("DPoP", &proof)).await?).await?.0)
    }

    /// The bytes of a call, to be changed.
    pub(crate) fn bytes(&self, tool: &str, arguments: Json) -> Result<Bytes, Trouble> {
        Ok(self.message(tool, arguments)?.1)
    }

    /// Asks `/v1` for something with its token, as a person would with a session. Answers status, and what was said.
    pub(crate) async fn asks_v1(&self, path: &str, body: Json) -> Result<(u16, Json), Trouble> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("DPoP {}", self.granted.token.as_str()))?);
        let host = self.url.trim_end_matches("/mcp").replace("http://127.0.0.1", "localhost");
        headers.insert(header::HOST, HeaderValue::from_str(&host)?);
        headers.insert(header::ORIGIN, HeaderValue::from_str(&format!("http://{host}"))?);
        let url = format!("{}{path}", self.url.trim_end_matches("/mcp"));
        v1(&url, headers, Bytes::from(body.canonical())).await
    }

    /// A proof of its key over these bytes. A first answer brings the nonce that it must carry.
    async fn proof(&self, headers: &HeaderMap, body: &Bytes) -> Result<String, Trouble> {
        let asked = self.raw(headers, body, ("DPoP", "")).await?;
        let nonce = asked.headers().get(NONCE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let mut jti = [0; 16];
        bailiwick_record::system_random(&mut jti)?;
        let digest = sha256(body);
        let proof = ProofFor {
            method: "POST",
            url: &PublicUrl::parse(&self.url)?,
            token: Some(self.granted.token.as_str()),
            nonce: Some(&nonce),
            body: Some(&digest),
            jti: Salt::new(jti),
            now: clock(),
        };
        Ok(make_proof(&self.key, &proof)?)
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

    /// Sends exactly these bytes with this proof, its token under this scheme.
    async fn raw(
        &self,
        headers: &HeaderMap,
        body: &Bytes,
        (scheme, proof): (&str, &str),
    ) -> Result<Response<Incoming>, Trouble> {
        let mut all = headers.clone();
        let token = format!("{scheme} {}", self.granted.token.as_str());
        for (name, value) in [(header::AUTHORIZATION, token.as_str()), (PROOF, proof)] {
            if !value.is_empty() {
                all.insert(name, HeaderValue::from_str(value)?);
            }
        }
        send(&self.url, Method::POST, all, body.clone()).await
    }
}
