mod asks;
mod lasting;

use super::*;
use crate::rpc::{HEADER_MISMATCH, INVALID_PARAMS, METHOD_NOT_FOUND, PARSE_ERROR, UNSUPPORTED_VERSION};
use crate::session::Caller;
use crate::testing::{FakeDecider, call, code, meta, server, settings, text};
use crate::upstream::fake::{Fake, echo, json};
use crate::upstream::{Target, Upstreams};
use http_body_util::{BodyExt, Full};
use hyper::body::Frame;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::sync::Notify;

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Lets everybody in who says a name; one whose name is `stranger` may be told nothing that is not recorded.
struct Keeper {
    decider: Arc<FakeDecider>,
    upstreams: Arc<Upstreams>,
}

impl Doorkeeper for Keeper {
    fn admit<'a>(&'a self, knock: Knock<'a>) -> Admitting<'a> {
        Box::pin(async move {
            let again = || reply::plain(StatusCode::UNAUTHORIZED, "who", "say who you are");
            let key = knock.headers.get("x-caller").ok_or_else(again)?.to_str().unwrap().to_owned();
            let unrecorded = (key == "stranger").then(again);
            let lives = knock.headers.get("x-lives").map_or(60, |text| text.to_str().unwrap().parse().unwrap());
            let caller = Caller { key, decider: self.decider.clone(), upstreams: self.upstreams.clone() };
            Ok(Guest { caller, lives: Duration::from_secs(lives), unrecorded, recorded: Recorded::default() })
        })
    }
    fn mark(&self, headers: &mut HeaderMap) {
        headers.insert("x-nonce", HeaderValue::from_static("n"));
    }
}

struct World {
    door: Arc<HttpDoor>,
    decider: Arc<FakeDecider>,
}

fn world(target: Target) -> World {
    let settings = settings();
    let decider = Arc::new(FakeDecider::default());
    let upstreams = Arc::new(Upstreams::new([(server("s"), target)], settings.clone()));
    let keeper = Arc::new(Keeper { decider: decider.clone(), upstreams });
    let reached = Reached { hosts: vec!["node.example".into()], origins: vec!["https://node.example".into()] };
    World { door: Arc::new(HttpDoor::new(keeper, reached, settings, [7; 32])), decider }
}

type Headers<'a> = &'a [(&'a str, &'a str)];

fn request(method: &str, path: &str, headers: Headers<'_>, body: &str) -> Request<Full<Bytes>> {
    let mut all = vec![
        ("host", "node.example"),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("x-caller", "ann"),
    ];
    all.retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in all.iter().chain(headers).filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, *value);
    }
    request.body(Full::new(Bytes::from(body.to_owned()))).unwrap()
}

struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Got {
    fn json(&self) -> Json {
        json(&self.body)
    }
    /// The messages of a stream of events.
    fn events(&self) -> Vec<Json> {
        self.body.lines().filter_map(|line| line.strip_prefix("data: ")).map(json).collect()
    }
}

impl World {
    async fn send(&self, request: Request<Full<Bytes>>) -> Got {
        let (head, body) = self.door.answer(request, PEER).await.into_parts();
        assert_eq!(head.headers.get("x-nonce").unwrap(), "n", "an answer without its mark");
        let bytes = tokio::time::timeout(Duration::from_secs(20), body.collect()).await.unwrap().unwrap().to_bytes();
        Got { status: head.status.as_u16(), headers: head.headers, body: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    async fn post(&self, headers: Headers<'_>, body: &str) -> Got {
        self.send(request("POST", "/mcp/s", headers, body)).await
    }

    async fn initialize(&self, caller: &str) -> String {
        let got = self.post(&[("x-caller", caller)], INITIALIZE).await;
        assert_eq!(got.status, 200, "{}", got.body);
        got.headers.get(SESSION).unwrap().to_str().unwrap().to_owned()
    }
}

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#;
const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;

fn modern<'a>(method: &'a str, name: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("mcp-protocol-version", MODERN), ("mcp-method", method), ("mcp-name", name)]
}

#[tokio::test]
async fn a_client_of_the_newer_era_needs_no_session() {
    let world = world(echo(Era::Legacy));
    let got = world.post(&modern("tools/call", "echo"), &call(1, "echo", r#"{"text":"a"}"#)).await;
    assert_eq!((got.status, got.headers.get(SESSION)), (200, None));
    assert_eq!(got.json().get("result").unwrap().get("resultType"), Some(&Json::from("complete")));
    assert!(text(&got.json()).contains(r#""arguments":{"text":"a"}"#));
    // on the door of all servers the name says which
    let body = call(2, "s__echo", "{}");
    let got = world.send(request("POST", "/mcp", &modern("tools/call", "s__echo"), &body)).await;
    // what is not shown yet is asked for by its own name all the same
    assert!(text(&got.json()).contains(r#""name":"echo""#), "{}", got.body);
}

#[tokio::test]
async fn a_session_of_the_older_era_is_of_one_caller_at_one_endpoint() {
    let world = world(echo(Era::Legacy));
    let id = world.initialize("ann").await;
    let with = |caller| [("mcp-session-id", id.as_str()), ("mcp-protocol-version", "2025-11-25"), ("x-caller", caller)];
    assert_eq!(world.post(&with("ann"), LIST).await.status, 200);
    assert_eq!(world.post(&with("bob"), LIST).await.status, 404);
    assert_eq!(world.send(request("POST", "/mcp", &with("ann"), LIST)).await.status, 404);
    assert_eq!(world.send(request("DELETE", "/mcp/s", &with("bob"), "")).await.status, 404);
    let noted = world.post(&with("ann"), r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    assert_eq!((noted.status, noted.body.as_str()), (202, ""));
    assert_eq!(world.send(request("DELETE", "/mcp/s", &with("ann"), "")).await.status, 204);
    assert_eq!(world.post(&with("ann"), LIST).await.status, 404);
}

#[tokio::test]
async fn requests_that_are_none_are_refused_before_anybody_decides() {
    let world = world(echo(Era::Legacy));
    let id = world.initialize("ann").await;
    let deep = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"x","params":{}}}"#, "[".repeat(4000));
    let huge = format!(r#"{{"a":"{}"}}"#, "x".repeat(5 << 20));
    let cases: &[(&str, Headers<'_>, &str, u16)] = &[
        ("no content type", &[("content-type", "")], LIST, 415),
        ("another content type", &[("content-type", "text/plain")], LIST, 415),
        ("another charset", &[("content-type", "application/json; charset=utf-16")], LIST, 415),
        ("a coding", &[("content-encoding", "gzip")], LIST, 415),
        ("takes no stream", &[("accept", "application/json")], LIST, 406),
        ("takes no document", &[("accept", "text/event-stream, application/json;q=0")], LIST, 406),
        ("another host", &[("host", "evil.example")], LIST, 421),
        ("no host", &[("host", "")], LIST, 400),
        ("another origin", &[("origin", "https://evil.example")], LIST, 403),
        ("nobody", &[("x-caller", "")], LIST, 401),
        ("no session", &[], LIST, 400),
        ("a session that never was", &[("mcp-session-id", "00")], LIST, 404),
        ("another version", &[("mcp-session-id", &id), ("mcp-protocol-version", "2025-06-18")], LIST, 400),
        ("a batch", &[("mcp-session-id", &id)], &format!("[{LIST}]"), 400),
        ("no JSON", &[("mcp-session-id", &id)], "{", 400),
        ("deep JSON", &[("mcp-session-id", &id)], &deep, 400),
        ("a key twice", &[("mcp-session-id", &id)], r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, 400),
        ("huge", &[("mcp-session-id", &id)], &huge, 413),
        ("a second handshake", &[("mcp-session-id", &id)], INITIALIZE, 400),
    ];
    for (what, headers, body, status) in cases {
        let got = world.post(headers, body).await;
        assert_eq!(got.status, *status, "{what}: {}", got.body);
    }
    assert_eq!(world.post(&[("origin", "https://node.example")], INITIALIZE).await.status, 200);
    for (method, path, status) in [("PUT", "/mcp/s", 405), ("POST", "/mcp/", 404), ("POST", "/mcp/s/t", 404)] {
        assert_eq!(world.send(request(method, path, &[], LIST)).await.status, status, "{method} {path}");
    }
    let batch = world.post(&[("mcp-session-id", &id)], &format!("[{LIST}]")).await;
    assert_eq!(code(&batch.json()), INVALID_REQUEST);
    assert_eq!(code(&world.post(&[], "{").await.json()), PARSE_ERROR);
    assert!(world.decider.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_header_that_disagrees_with_the_body_is_refused() {
    let world = world(echo(Era::Legacy));
    let body = call(5, "echo", "{}");
    let cases: &[(Headers<'_>, i64, u16)] = &[
        (&[("mcp-protocol-version", MODERN), ("mcp-method", "tools/list"), ("mcp-name", "echo")], HEADER_MISMATCH, 400),
        (
            &[("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", "other")],
            HEADER_MISMATCH,
            400,
        ),
        (&[("mcp-protocol-version", MODERN), ("mcp-method", "tools/call")], HEADER_MISMATCH, 400),
        (&[("mcp-protocol-version", MODERN), ("mcp-name", "echo")], HEADER_MISMATCH, 400),
        (&[("mcp-method", "tools/call"), ("mcp-name", "echo")], HEADER_MISMATCH, 400),
        (
            &[("mcp-protocol-version", "2025-11-25"), ("mcp-method", "tools/call"), ("mcp-name", "echo")],
            HEADER_MISMATCH,
            400,
        ),
    ];
    for (headers, wanted, status) in cases {
        let got = world.post(headers, &body).await;
        assert_eq!((got.status, code(&got.json())), (*status, *wanted), "{headers:?}");
        assert_eq!(got.json().get("id"), Some(&Json::from(5u64)));
    }
    assert!(world.decider.calls.lock().unwrap().is_empty());
    let encoded = [("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", "=?base64?ZWNobw==?=")];
    assert_eq!(world.post(&encoded, &body).await.status, 200);
}

#[tokio::test]
async fn errors_of_the_newer_era_have_their_status() {
    let world = world(echo(Era::Legacy));
    let ask =
        |method: &str, meta: &str| format!(r#"{{"jsonrpc":"2.0","id":"x","method":"{method}","params":{{{meta}}}}}"#);
    let whole = meta("");
    let other = whole.replace(MODERN, "2099-01-01");
    for (method, meta, version, wanted, status) in [
        ("initialize", whole.as_str(), MODERN, METHOD_NOT_FOUND, 404),
        ("ping", &whole, MODERN, METHOD_NOT_FOUND, 404),
        ("made/up", &whole, MODERN, METHOD_NOT_FOUND, 404),
        ("resources/subscribe", &whole, MODERN, METHOD_NOT_FOUND, 404),
        ("subscriptions/listen", &whole, MODERN, INVALID_PARAMS, 400),
        ("tools/list", &other, "2099-01-01", UNSUPPORTED_VERSION, 400),
        ("tools/list", "", MODERN, INVALID_PARAMS, 400),
    ] {
        let got = world.post(&[("mcp-protocol-version", version), ("mcp-method", method)], &ask(method, meta)).await;
        assert_eq!((got.status, code(&got.json())), (status, wanted), "{method}: {}", got.body);
        assert_eq!(got.json().get("id"), Some(&Json::from("x")), "{method}");
    }
}

/// A server that holds each call until it is told to answer.
fn held(release: Arc<Notify>, notes: bool) -> Target {
    Fake::target(move |mut wire| {
        let release = release.clone();
        async move {
            while let Some(call) = wire.call(Era::Legacy).await {
                if notes {
                    let token = call.id.canonical();
                    let note = format!(r#"{{"progressToken":{token},"progress":1}}"#);
                    wire.say(&format!(r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{note}}}"#))
                        .await;
                }
                release.notified().await;
                wire.text(Era::Legacy, &call.id, "done").await;
            }
        }
    })
}

#[tokio::test]
async fn progress_comes_before_the_answer_on_one_stream() {
    let release = Arc::new(Notify::new());
    let world = world(held(release.clone(), true));
    let meta = meta(r#""progressToken":"p""#);
    let ask = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo",{meta}}}}}"#);
    release.notify_one();
    let got = world.post(&modern("tools/call", "echo"), &ask).await;
    assert_eq!(got.headers.get("content-type").unwrap(), "text/event-stream");
    let events = got.events();
    assert_eq!(events.len(), 2, "{}", got.body);
    assert_eq!(events[0].get("params").unwrap().get("progressToken"), Some(&Json::from("p")));
    assert_eq!(text(&events[1]), "done");
}

async fn until(what: impl Fn() -> bool) {
    let waiting = async {
        while !what() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it comes");
}

#[tokio::test]
async fn a_connection_that_closes_cancels_in_the_newer_era_and_not_in_the_older() {
    for era in [Era::Modern, Era::Legacy] {
        let release = Arc::new(Notify::new());
        let world = world(held(release.clone(), false));
        let id = world.initialize("ann").await;
        let older = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}"#;
        let (headers, body) = match era {
            Era::Modern => (modern("tools/call", "echo"), call(1, "echo", "{}")),
            Era::Legacy => (vec![("mcp-session-id", id.as_str())], older.to_owned()),
        };
        let (door, asking) = (world.door.clone(), request("POST", "/mcp/s", &headers, &body));
        let open = tokio::spawn(async move { door.answer(asking, PEER).await });
        until(|| world.decider.calls.lock().unwrap().len() == 1).await;
        open.abort();
        assert!(open.await.is_err());
        if era == Era::Legacy {
            release.notify_one();
        }
        until(|| world.decider.settled.lock().unwrap().len() == 1).await;
        let settled = world.decider.settled.lock().unwrap()[0].clone();
        let done = matches!(settled, crate::decider::Received::Result(_));
        assert_eq!(done, era == Era::Legacy, "{settled:?}");
    }
}

#[tokio::test]
async fn two_open_requests_of_a_session_do_not_share_an_id() {
    let release = Arc::new(Notify::new());
    let world = world(held(release.clone(), false));
    let id = world.initialize("ann").await;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}"#;
    let (door, asking) = (world.door.clone(), request("POST", "/mcp/s", &[("mcp-session-id", &id)], body));
    let open = tokio::spawn(async move { door.answer(asking, PEER).await });
    until(|| world.decider.calls.lock().unwrap().len() == 1).await;
    let second = world.post(&[("mcp-session-id", &id)], body).await;
    assert_eq!((second.status, code(&second.json())), (400, INVALID_REQUEST));
    release.notify_one();
    assert_eq!(open.await.unwrap().status(), 200);
    assert_eq!(world.decider.calls.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_caller_has_so_many_requests_open_and_no_more() {
    let release = Arc::new(Notify::new());
    let world = world(held(release.clone(), false));
    let most = settings().open_requests_max;
    let open: Vec<_> = (0..most)
        .map(|n| {
            let body = call(u64::try_from(n).unwrap(), "echo", "{}");
            let (door, asking) = (world.door.clone(), request("POST", "/mcp/s", &modern("tools/call", "echo"), &body));
            tokio::spawn(async move { door.answer(asking, PEER).await })
        })
        .collect();
    until(|| world.decider.calls.lock().unwrap().len() == most).await;
    let headers = modern("tools/call", "echo");
    assert_eq!(world.post(&headers, &call(999, "echo", "{}")).await.status, 429);
    let other = [modern("tools/call", "bailiwick_authority").as_slice(), &[("x-caller", "bob")]].concat();
    assert_eq!(world.post(&other, &call(1, "bailiwick_authority", "{}")).await.status, 200);
    open.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn what_is_not_recorded_is_not_told_to_a_proof_that_may_have_been_used() {
    let world = world(echo(Era::Legacy));
    let list = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{}}}}}"#, meta(""));
    let stranger = [modern("tools/list", "").as_slice(), &[("x-caller", "stranger")]].concat();
    assert_eq!(world.post(&stranger, &list).await.status, 401);
    // the fake marks nothing, so nothing of the act is told either
    let stranger = [modern("tools/call", "echo").as_slice(), &[("x-caller", "stranger")]].concat();
    assert_eq!(world.post(&stranger, &call(1, "echo", "{}")).await.status, 401);
    assert_eq!(world.decider.calls.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_has_one_stream_of_its_own_that_ends_with_the_grant() {
    let world = world(echo(Era::Legacy));
    let id = world.initialize("ann").await;
    let with = [("mcp-session-id", id.as_str()), ("content-type", "")];
    let stream = world.door.answer(request("GET", "/mcp/s", &with, ""), PEER).await;
    assert_eq!(stream.status(), 200);
    assert_eq!(world.send(request("GET", "/mcp/s", &with, "")).await.status, 409);
    assert_eq!(world.send(request("GET", "/mcp/s", &[], "")).await.status, 405);
    world.decider.ended.send_replace(true);
    let told = tokio::time::timeout(Duration::from_secs(20), stream.into_body().collect()).await.unwrap().unwrap();
    assert_eq!(told.to_bytes(), ":\n\n");
}

#[tokio::test]
async fn a_body_that_breaks_off_or_never_ends_is_refused() {
    let world = world(echo(Era::Legacy));
    let (head, _) = request("POST", "/mcp/s", &[], "").into_parts();
    let parts: Vec<Result<Frame<Bytes>, std::io::Error>> =
        vec![Ok(Frame::data(Bytes::from_static(b"{"))), Err(std::io::ErrorKind::UnexpectedEof.into())];
    let body = Parts(parts.into_iter());
    let got = world.door.answer(Request::from_parts(head, body), PEER).await;
    assert_eq!(got.status(), 400);
    tokio::time::pause();
    let (head, _) = request("POST", "/mcp/s", &[], "").into_parts();
    let got = world.door.answer(Request::from_parts(head, Never), PEER).await;
    assert_eq!(got.status(), 408);
}

/// A body whose parts are there at once.
struct Parts(std::vec::IntoIter<Result<Frame<Bytes>, std::io::Error>>);
impl Body for Parts {
    type Data = Bytes;
    type Error = std::io::Error;
    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        std::task::Poll::Ready(self.0.next())
    }
}

/// A body that says nothing, for ever.
struct Never;
impl Body for Never {
    type Data = Bytes;
    type Error = std::io::Error;
    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        std::task::Poll::Pending
    }
}

#[tokio::test]
async fn a_header_that_repeats_an_argument_says_the_same_or_nothing_is_decided() {
    let world = world(echo(Era::Modern));
    let headers = |more: Headers<'static>| [modern("tools/call", "echo"), more.to_vec()].concat();
    let eu = call(1, "echo", r#"{"region":"eu"}"#);
    for (more, body) in [
        (&[][..], &eu),
        (&[("mcp-param-region", "us")], &eu),
        (&[("mcp-param-region", "EU")], &eu),
        (&[("mcp-param-region", "eu"), ("mcp-param-region", "eu")], &eu),
        (&[("mcp-param-region", "=?base64?ZXU?=")], &eu),
        (&[("mcp-param-region", "eu")], &call(1, "echo", "{}")),
    ] {
        let got = world.post(&headers(more), body).await;
        assert_eq!((got.status, code(&got.json())), (400, HEADER_MISMATCH), "{more:?}: {}", got.body);
    }
    assert!(world.decider.calls.lock().unwrap().is_empty());
    for more in
        [&[("mcp-param-region", "eu")][..], &[("Mcp-Param-Region", "=?base64?ZXU=?="), ("mcp-param-other", "x")]]
    {
        assert_eq!(world.post(&headers(more), &eu).await.status, 200, "{more:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_does_not_outlive_the_newest_token_that_its_caller_came_with() {
    let release = Arc::new(Notify::new());
    let world = world(held(release.clone(), true));
    let id = world.initialize("ann").await;
    let ask = |n: u64| {
        let more = r#""_meta":{"progressToken":"p"}"#;
        format!(r#"{{"jsonrpc":"2.0","id":{n},"method":"tools/call","params":{{"name":"echo",{more}}}}}"#)
    };
    let with = |lives: &'static str| [("mcp-session-id", id.clone()), ("x-lives", lives.to_owned())];
    let send = |lives: &'static str, body: String| {
        let headers = with(lives);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        world.send(request("POST", "/mcp/s", &headers, &body))
    };
    // a stream is open, notes have come over it, and it ends with its token
    let got = send("1", ask(1)).await;
    let last = got.events().pop().unwrap();
    assert!(text(&last).contains("token expired") && text(&last).contains("it had begun"), "{}", got.body);
    assert_eq!(world.decider.settled.lock().unwrap().clone(), [crate::decider::Received::Nothing("token_expired")]);
    // another goes on, because its caller came with a newer one in time
    let open = send("1", ask(2));
    let renewed = async {
        let got = send("4", r#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#.to_owned()).await;
        assert_eq!(got.status, 200);
        tokio::time::sleep(Duration::from_secs(2)).await;
        // the first call's answer was never waited for: the server still held it
        release.notify_one();
        release.notify_one();
        tokio::task::yield_now().await;
        release.notify_one();
    };
    let (got, ()) = tokio::join!(open, renewed);
    assert_eq!(text(&got.events().pop().unwrap()), "done", "{}", got.body);
}
