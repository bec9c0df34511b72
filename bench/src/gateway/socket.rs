//! The person's side: the node's socket, as the command line speaks to it.

use crate::Trouble;
use http::{Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::path::PathBuf;
use tokio::net::UnixStream;

const ANSWER_BYTES_MAX: usize = 4 << 20;

/// A node behind its socket.
pub(super) struct Socket(pub(super) PathBuf);

impl Socket {
    /// Whether a node answers there.
    pub(super) async fn answers(&self) -> bool {
        UnixStream::connect(&self.0).await.is_ok()
    }

    /// GET.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Trouble> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// POST.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.send(Method::POST, path, Bytes::from(body.to_string())).await
    }

    async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Value, Trouble> {
        let stream = UnixStream::connect(&self.0).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let request = Request::builder().method(method).uri(path).header("host", "node");
        let request = request.header("content-type", "application/json").body(Full::new(body))?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await?.to_bytes();
        if !head.status.is_success() {
            return Err(format!("{path}: {}: {}", head.status, String::from_utf8_lossy(&body)).into());
        }
        Ok(serde_json::from_slice(&body)?)
    }
}
