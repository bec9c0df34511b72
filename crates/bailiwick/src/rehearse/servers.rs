//! Servers that are played: each offers the words that were copied, answers what it is told to, and remembers what reached it.
//! Nothing is done by any of them.

use super::answers::{Answers, answer};
use crate::home::Trouble;
use crate::print::text;
use bailiwick_core::json::{Json, Limits};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const MODERN: &str = "2026-07-28";
const BODY_BYTES_MAX: usize = 4 << 20;

/// A call that reached a server.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    /// As `server/tool`.
    pub(super) tool: String,
    /// As it came.
    pub(super) arguments: Json,
    /// All of the message.
    pub(super) whole: String,
}

/// What a tool is to answer from now on.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// A result in which this text stands: in a text of what is on record, or wherever a text may.
    Holding(String),
    /// An error of the protocol, after which nobody knows what was done.
    Error,
}

#[derive(Debug, Default)]
struct Books {
    offers: BTreeMap<String, Vec<Json>>,
    /// How each tool answers where it is told nothing else.
    own: BTreeMap<String, Answers>,
    answers: BTreeMap<String, Answer>,
    heard: Vec<Heard>,
}

/// All of them, at one address of this machine.
#[derive(Debug)]
pub(super) struct Servers {
    books: Arc<Mutex<Books>>,
    /// Each stands below it by its name.
    pub(super) url: String,
    serving: JoinHandle<()>,
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Servers {
    /// Plays the servers that offer these words, and whose tools answer so.
    pub(super) async fn play(
        offers: BTreeMap<String, Vec<Json>>,
        own: BTreeMap<String, Answers>,
    ) -> Result<Self, Trouble> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let books = Arc::new(Mutex::new(Books { offers, own, ..Books::default() }));
        let own = Arc::clone(&books);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let books = Arc::clone(&own);
                let service = service_fn(move |request| answered(Arc::clone(&books), request));
                tokio::spawn(async move {
                    // what goes wrong on a connection is seen by whoever called over it
                    let _closed = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Ok(Self { books, url, serving })
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a tool answers from now on.
    pub(super) fn answers(&self, tool: &str, answer: Answer) {
        self.books().answers.insert(tool.to_owned(), answer);
    }

    /// All tools answer again as of themselves.
    pub(super) fn as_before(&self) {
        self.books().answers.clear();
    }

    /// How many calls have reached them.
    pub(super) fn count(&self) -> usize {
        self.books().heard.len()
    }

    /// The calls that reached them after the first so many.
    pub(super) fn since(&self, count: usize) -> Vec<Heard> {
        self.books().heard.get(count..).unwrap_or_default().to_vec()
    }

    /// A server changes one of the tools that it offers.
    pub(super) fn change(&self, server: &str, tool: &str, change: impl Fn(&mut Json)) {
        let mut books = self.books();
        let offered = books.offers.get_mut(server).into_iter().flatten();
        offered.filter(|own| text(own, "name") == tool).for_each(change);
    }

    /// A server offers one tool more.
    pub(super) fn offer(&self, server: &str, words: Json) {
        self.books().offers.entry(server.to_owned()).or_default().push(words);
    }
}

async fn answered(books: Arc<Mutex<Books>>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let server = request.uri().path().trim_matches('/').to_owned();
    if *request.method() != Method::POST {
        return Ok(said(StatusCode::METHOD_NOT_ALLOWED, Json::Null));
    }
    let Ok(body) = Limited::new(request.into_body(), BODY_BYTES_MAX).collect().await else {
        return Ok(said(StatusCode::BAD_REQUEST, Json::Null));
    };
    let body = body.to_bytes();
    let Ok(message) = Json::parse(&body, &Limits::stored()) else {
        return Ok(said(StatusCode::BAD_REQUEST, Json::Null));
    };
    let Some(id) = message.get("id").cloned() else { return Ok(said(StatusCode::ACCEPTED, Json::Null)) };
    let mut books = books.lock().unwrap_or_else(PoisonError::into_inner);
    let outcome = books.answer(&server, &message, &body);
    let (name, value) = match outcome {
        Some(result) => ("result", result),
        None => ("error", Json::object([("code", Json::from(-32_601_i64)), ("message", Json::from("not played"))])),
    };
    Ok(said(StatusCode::OK, Json::object([("id", id), ("jsonrpc", Json::from("2.0")), (name, value)])))
}

fn said(status: StatusCode, json: Json) -> Response<Full<Bytes>> {
    let body = if json == Json::Null { Bytes::new() } else { Bytes::from(json.canonical()) };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

impl Books {
    fn answer(&mut self, server: &str, message: &Json, body: &[u8]) -> Option<Json> {
        let none = Json::object::<&str>([]);
        let params = message.get("params").unwrap_or(&none);
        let members = match text(message, "method") {
            "server/discover" => vec![
                ("capabilities", Json::object([("tools", none.clone())])),
                ("supportedVersions", Json::array([Json::from(MODERN)])),
            ],
            "tools/list" => vec![("tools", Json::Array(self.offers.get(server).cloned().unwrap_or_default()))],
            "tools/call" => return self.call(server, params, body),
            _ => return None,
        };
        let about = [
            ("cacheScope", Json::from("private")),
            ("resultType", Json::from("complete")),
            ("ttlMs", Json::from(0_u64)),
        ];
        Some(Json::object(members.into_iter().chain(about)))
    }

    fn call(&mut self, server: &str, params: &Json, body: &[u8]) -> Option<Json> {
        let name = text(params, "name");
        let tool = format!("{server}/{name}");
        let arguments = params.get("arguments").cloned().unwrap_or(Json::Null);
        let whole = String::from_utf8_lossy(body).into_owned();
        self.heard.push(Heard { tool: tool.clone(), arguments: arguments.clone(), whole });
        let words = self.offers.get(server)?.iter().find(|own| text(own, "name") == name)?;
        let holding = match self.answers.get(&tool) {
            Some(Answer::Error) => return None,
            Some(Answer::Holding(text)) => Some(text.as_str()),
            None => None,
        };
        Some(answer(self.own.get(&tool), words, holding, &arguments))
    }
}
