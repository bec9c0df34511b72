//! A small MCP server over Streamable HTTP (2026-07-28, the era that the node asks for first): one tool, and an answer of
//! 1 KiB for each call of it.

use super::call::{TOOL, VERSION};
use super::part::{Answers, listen};
use crate::Trouble;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// With it the result is 1 KiB.
const TEXT_BYTES: usize = 957;
const METHOD_NOT_FOUND: i64 = -32_601;
const INVALID_PARAMS: i64 = -32_602;

/// A message, as far as it says what to do. What the tool is given is left as it came.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: &'a str,
    #[serde(borrow)]
    params: Option<Params<'a>>,
}

#[derive(Deserialize)]
struct Params<'a> {
    name: Option<&'a str>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

struct Upstream {
    /// The result of each call.
    paid: String,
}

/// The tool.
fn tool() -> Value {
    json!({
        "name": TOOL,
        "description": "Pays.",
        "inputSchema": {
            "type": "object",
            "additionalProperties": false,
            "properties": {"amount": {"type": "string"}, "iban": {"type": "string"}, "note": {"type": "string"}},
            "required": ["amount", "iban"],
        },
    })
}

/// A result of exactly 1 KiB.
fn paid() -> String {
    let text = format!("paid{}", "r".repeat(TEXT_BYTES));
    format!(r#"{{"content":[{{"type":"text","text":"{text}"}}],"resultType":"complete"}}"#)
}

impl Upstream {
    /// The result, or the code and the sentence of an error.
    fn result(&self, message: &Message<'_>) -> Result<String, (i64, &'static str)> {
        match message.method {
            "server/discover" => Ok(json!({
                "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "bench", "version": "1"}},
                "cacheScope": "private",
                "capabilities": {"tools": {}},
                "resultType": "complete",
                "supportedVersions": [VERSION],
                "ttlMs": 0,
            })
            .to_string()),
            "tools/list" => {
                Ok(json!({"cacheScope": "private", "resultType": "complete", "tools": [tool()], "ttlMs": 0})
                    .to_string())
            }
            "tools/call" => {
                let params = message.params.as_ref().ok_or((INVALID_PARAMS, "expected `params`"))?;
                match (params.name, params.arguments) {
                    (Some(TOOL), Some(_)) => Ok(self.paid.clone()),
                    _ => Err((INVALID_PARAMS, "expected the tool `pay` and its arguments")),
                }
            }
            _ => Err((METHOD_NOT_FOUND, "there is no such method")),
        }
    }
}

impl Answers for Upstream {
    type Line = ();
    type Body = Full<Bytes>;

    async fn connect(&self, _: &str) -> Result<(), Trouble> {
        Ok(())
    }

    async fn answer(&self, (): &mut (), request: Request<Incoming>) -> Result<Response<Self::Body>, Trouble> {
        if request.method() != Method::POST {
            return Ok(said(StatusCode::METHOD_NOT_ALLOWED, String::new()));
        }
        let body = Limited::new(request.into_body(), MESSAGE_BYTES_MAX).collect().await?.to_bytes();
        let message: Message<'_> = serde_json::from_slice(&body)?;
        let Some(id) = message.id.map(RawValue::get) else { return Ok(said(StatusCode::ACCEPTED, String::new())) };
        Ok(match self.result(&message) {
            Ok(result) => said(StatusCode::OK, format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)),
            Err((code, sentence)) => {
                let status = if code == METHOD_NOT_FOUND { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST };
                let error = json!({"code": code, "message": sentence});
                said(status, format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#))
            }
        })
    }
}

fn said(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Runs it.
pub(super) async fn run() -> Result<(), Trouble> {
    listen(Upstream { paid: paid() }).await
}

#[cfg(test)]
mod tests;
