//! Requests as bytes, and what their answers say.

use super::Seen;
use crate::home::Trouble;
use bailiwick_core::json::{Json, Limits};
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

const ANSWER_BYTES_MAX: usize = 4 << 20;

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
    *request.uri_mut() = uri.path_and_query().map_or("/", |whole| whole.as_str()).parse()?;
    *request.headers_mut() = headers;
    if !request.headers().contains_key(header::HOST) {
        request.headers_mut().insert(header::HOST, HeaderValue::from_str(authority)?);
    }
    Ok(sender.send_request(request).await?)
}

/// Reads an answer: a result, a refusal within one, or an error before any call was read.
pub(super) async fn read(response: Response<Incoming>) -> Result<(Seen, Json), Trouble> {
    let status = response.status();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await.map_err(|why| why.to_string())?;
    let body = body.to_bytes();
    let text = std::str::from_utf8(&body)?;
    // An answer that was streamed: its last event is the response.
    let json = text.lines().rev().find_map(|line| line.strip_prefix("data:")).unwrap_or(text);
    let json = Json::parse(json.trim().as_bytes(), &Limits::default())?;
    let said = |json: &Json, name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    if let Some(error @ Json::Object(_)) = json.get("error").filter(|_| !status.is_success()) {
        let code = error.get("code").map(Json::canonical).unwrap_or_default();
        return Ok((
            Seen { allowed: false, reason: format!("error {code}"), said: said(error, "message") },
            Json::Null,
        ));
    }
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

/// Sends a request that is no call of a tool; what refused it, by its code and its sentence.
pub(super) async fn v1(url: &str, headers: HeaderMap, body: Bytes) -> Result<(u16, Json), Trouble> {
    let response = send(url, Method::POST, headers, body).await?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await.map_err(|why| why.to_string())?;
    let body = body.to_bytes();
    Ok((status, Json::parse(&body, &Limits::default()).unwrap_or(Json::Null)))
}

fn spoken(result: &Json) -> String {
    let content = result.get("content").and_then(Json::as_array).unwrap_or_default();
    let texts = content.iter().filter_map(|part| part.get("text").and_then(Json::as_str));
    texts.collect::<Vec<_>>().join(" ")
}
