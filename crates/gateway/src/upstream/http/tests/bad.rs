use super::good::until;
use crate::decider::Received;
use crate::era::Era;
use crate::rpc::METHOD_NOT_FOUND;
use crate::settings::Settings;
use crate::testing::*;
use crate::upstream::http::UNUSED;
use crate::upstream::http::peer::*;
use crate::upstream::{HttpTarget, Link, Secrets, Target, locked};
use bailiwick_catalogue::Secret;
use bailiwick_core::json::Json;
use std::time::Duration;
use zeroize::Zeroizing;

const BOTH: [Era; 2] = [Era::Legacy, Era::Modern];
const SECRET: &str = "s3cret-of-this-server";
/// Small, so that what is too long is soon.
const BYTES_MAX: usize = 64 << 10;

fn short() -> Settings {
    Settings { call_within: Duration::from_millis(400), server_message_bytes_max: BYTES_MAX, ..settings() }
}

/// What a call comes to at a server that does this.
async fn settles(era: Era, does: impl Fn(&Heard) -> Does + Send + Sync + 'static) -> (Received, Json, Peer) {
    settles_within(short().call_within, era, does).await
}

/// With as long as that to answer: what is not about time is given much of it.
async fn settles_within(
    call_within: Duration,
    era: Era,
    does: impl Fn(&Heard) -> Does + Send + Sync + 'static,
) -> (Received, Json, Peer) {
    let peer = calls(era, does).await;
    let settings = Settings { call_within, ..short() };
    let mut client = Client::with(vec![("s", peer.target())], FakeDecider::default(), settings);
    let answer = client.ask(&call(1, "echo", "{}")).await;
    let settled = client.settled();
    assert_eq!(settled.len(), 1, "{}", answer.canonical());
    assert_eq!(peer.asked("tools/call"), 1, "nothing is sent twice");
    client.close().await;
    (settled.into_iter().next().unwrap(), answer, peer)
}

fn message(received: &Received) -> String {
    match received {
        Received::Error(error) => error.get("message").unwrap().as_str().unwrap().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_goes_in_the_middle_leaves_the_act_in_doubt() {
    let part = |head: &str| format!("HTTP/1.1 200 OK\r\n{head}Content-Length: 500\r\n\r\n{{\"jsonrpc\"").into_bytes();
    for era in BOTH {
        for bytes in [
            Vec::new(),
            b"HTTP/1.1 200 OK\r\nContent-".to_vec(),
            b"this is no HTTP\r\n\r\n".to_vec(),
            part(JSON),
            part(EVENTS),
            http("200 OK", EVENTS, &events(&[])),
            http("200 OK", EVENTS, &events(&[r#"{"jsonrpc":"2.0","id":77,"result":{"resultType":"complete"}}"#])),
        ] {
            let shown = String::from_utf8(bytes.clone()).unwrap();
            let (received, answer, _) = settles(era, move |_| Does::Ends(bytes.clone())).await;
            assert_eq!(received, Received::Nothing("disconnected"), "{shown}");
            assert_eq!(refused(&answer), "in_doubt", "{shown}");
        }
    }
}

#[tokio::test]
async fn a_server_that_never_answers_leaves_the_act_in_doubt() {
    for era in BOTH {
        let head = format!("HTTP/1.1 200 OK\r\n{EVENTS}\r\n").into_bytes();
        for bytes in [Vec::new(), head] {
            let (received, answer, _) = settles(era, move |_| Does::Waits(bytes.clone())).await;
            assert_eq!(received, Received::Nothing("time-out"));
            assert_eq!(refused(&answer), "in_doubt");
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_told_and_proves_nothing() {
    let html = http("200 OK", "Content-Type: text/html\r\n", "<p>hi</p>");
    let gzip = http("200 OK", &format!("{JSON}Content-Encoding: gzip\r\n"), "x");
    let redirect = http("307 Temporary Redirect", "Location: http://127.0.0.1:1/\r\n", "");
    let whole = r#"{"jsonrpc":"2.0","id":ID,"result":{"content":[],"resultType":"complete"}}"#;
    for era in BOTH {
        for (bytes, why) in [
            (html.clone(), "content type `text/html`"),
            (gzip.clone(), "coding `gzip`"),
            (redirect.clone(), "never followed"),
            (http("202 Accepted", "", ""), "no content type"),
            (http("401 Unauthorized", JSON, "{}"), "401"),
            (http("403 Forbidden", "", ""), "403"),
            (http("418 I'm a teapot", JSON, r#"{"error":"tea"}"#), "418"),
            (http("500 Internal Server Error", JSON, whole), "500"),
            (http("400 Bad Request", JSON, whole), "400"),
            (http("200 OK", JSON, "{nothing"), "not taken"),
            (http("200 OK", JSON, &format!("[{whole}]")), "batch"),
            (http("200 OK", JSON, r#"{"jsonrpc":"2.0","id":77,"result":{}}"#), "another request"),
            (http("200 OK", JSON, r#"{"jsonrpc":"2.0","id":"ID","result":{}}"#), "another request"),
            (http("200 OK", JSON, r#"{"jsonrpc":"2.0","result":{}}"#), "name its request"),
            (http("200 OK", EVENTS, "data: [1]\n\n"), "batch"),
        ] {
            let (received, _, _) = settles(era, move |heard| {
                let text = String::from_utf8(bytes.clone()).unwrap();
                // the length was counted with two letters
                Does::Says(text.replace("\"id\":ID", &format!("\"id\":{:>2}", heard.id())).into_bytes())
            })
            .await;
            assert!(message(&received).contains(why), "{why}: {received:?}");
        }
    }
}

#[tokio::test]
async fn a_redirect_carries_nothing_away() {
    let thief = Peer::start(|_| says_json("{}")).await;
    let location = format!("Location: {}\r\n", thief.url);
    let redirect = http("307 Temporary Redirect", &location, "");
    let (received, _, _) = settles(Era::Modern, move |_| Does::Says(redirect.clone())).await;
    assert!(message(&received).contains("307"));
    // nor does one at the first question
    let redirect = http("308 Permanent Redirect", &location, "");
    let peer = Peer::start(move |_| Does::Says(redirect.clone())).await;
    let mut client = Client::of(peer.target());
    let answer = client.ask(&call(1, "echo", "{}")).await;
    assert_eq!(refused(&answer), "server_unavailable");
    assert!(text(&answer).contains("308"), "{}", answer.canonical());
    assert_eq!((client.calls(), peer.heard().len(), thief.heard().len()), (0, 1, 0));
    client.close().await;
}

#[tokio::test]
async fn an_error_of_the_protocol_comes_through_whatever_its_status() {
    for (era, status) in [(Era::Modern, "404 Not Found"), (Era::Modern, "200 OK"), (Era::Legacy, "200 OK")] {
        let (received, answer, _) = settles(era, move |heard| {
            let error = r#"{"code":-32601,"message":"no such thing","data":{"a":1}}"#;
            let body = format!(r#"{{"jsonrpc":"2.0","id":{},"error":{error}}}"#, heard.id());
            Does::Says(http(status, JSON, &body))
        })
        .await;
        assert_eq!(message(&received), "no such thing");
        assert_eq!(code(&answer), METHOD_NOT_FOUND);
    }
}

#[tokio::test]
async fn of_two_answers_the_first_counts() {
    for era in BOTH {
        let (received, answer, _) =
            settles(era, move |heard| says_events(&[&result(era, heard, "first"), &result(era, heard, "second")]))
                .await;
        assert!(matches!(received, Received::Result(_)));
        assert_eq!(text(&answer), "first");
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off_at_the_bound() {
    let head = |more: &str| format!("HTTP/1.1 200 OK\r\n{more}\r\n").into_bytes();
    let gigabyte = format!("{JSON}Content-Length: 1073741824\r\n");
    for era in BOTH {
        for (first, then) in [
            (head(&gigabyte), vec![b' '; 8192]),
            (head(JSON), vec![b' '; 8192]),
            (head(EVENTS), b"data: ".to_vec()),
            (head(EVENTS), b"data: x\n".to_vec()),
            (head(EVENTS), b": on and on\n\n".repeat(1000)),
        ] {
            let floods = move |_: &Heard| Does::Floods(first.clone(), then.clone());
            let (received, _, peer) = settles_within(Duration::from_secs(15), era, floods).await;
            assert!(message(&received).contains("longer than 65536 bytes"), "{received:?}");
            let mut closed = peer.closed.clone();
            tokio::time::timeout(Duration::from_secs(5), closed.wait_for(|count| *count > 0)).await.unwrap().unwrap();
            // what the sockets between hold is the system's
            assert!(*locked(&peer.flooded) < 32 << 20, "{}", locked(&peer.flooded));
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_reached_is_an_ordinary_no() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", nobody.local_addr().unwrap());
    drop(nobody);
    let mut client = Client::of(Target::Http(HttpTarget::new(url, Vec::new())));
    let answer = client.ask(&call(1, "echo", "{}")).await;
    assert_eq!(refused(&answer), "server_unavailable");
    assert!(text(&answer).contains("not reached"), "{}", answer.canonical());
    assert_eq!(client.calls(), 0);
    client.close().await;
}

#[tokio::test]
async fn what_cannot_be_sent_any_more_was_never_sent() {
    for era in BOTH {
        let peer = calls(era, move |heard| says_json(&result(era, heard, "ok"))).await;
        let mut client = Client::of(peer.target());
        client.ask(&call(1, "echo", "{}")).await;
        peer.stop().await;
        let answer = client.ask(&call(2, "echo", "{}")).await;
        assert_eq!(refused(&answer), "never_sent");
        assert_eq!(client.settled().last(), Some(&Received::NeverSent));
        // and the next one does not even begin
        let calls = client.calls();
        assert_eq!(refused(&client.ask(&call(3, "echo", "{}")).await), "server_unavailable");
        assert_eq!(client.calls(), calls);
        client.close().await;
    }
}

#[tokio::test]
async fn no_byte_leaves_after_its_time() {
    for era in BOTH {
        let peer = calls(era, move |heard| says_json(&result(era, heard, "ok"))).await;
        let decider = FakeDecider { forward_within: Duration::ZERO, ..FakeDecider::default() };
        let mut client = Client::with(vec![("s", peer.target())], decider, settings());
        assert_eq!(refused(&client.ask(&call(1, "echo", "{}")).await), "never_sent");
        assert_eq!(client.settled(), [Received::NeverSent]);
        client.close().await;
        assert_eq!(peer.asked("tools/call"), 0);
    }
}

#[tokio::test]
async fn a_session_that_is_gone_is_opened_anew_and_its_act_is_not_repeated() {
    let gone = std::sync::atomic::AtomicBool::new(true);
    let peer = calls(Era::Legacy, move |heard| {
        if gone.swap(false, std::sync::atomic::Ordering::SeqCst) {
            return Does::Says(http(
                "404 Not Found",
                JSON,
                r#"{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}"#,
            ));
        }
        says_json(&result(Era::Legacy, heard, "ok"))
    })
    .await;
    let mut client = Client::of(peer.target());
    client.ask(&call(1, "echo", "{}")).await;
    assert!(message(&client.settled()[0]).contains("session is gone"));
    assert_eq!(text(&client.ask(&call(2, "echo", "{}")).await), "ok");
    assert_eq!((peer.asked("initialize"), peer.asked("tools/call")), (2, 2));
    client.close().await;
}

#[tokio::test]
async fn a_session_that_went_while_nobody_used_it_is_opened_anew_before_an_act_begins() {
    let peer = Peer::start(move |heard| match heard.method() {
        "ping" => Does::Says(http("404 Not Found", "", "")),
        _ => begins(Era::Legacy, heard).unwrap_or_else(|| says_json(&result(Era::Legacy, heard, "ok"))),
    })
    .await;
    let mut client = Client::of(peer.target());
    assert_eq!(text(&client.ask(&call(1, "echo", "{}")).await), "ok");
    assert_eq!(peer.asked("ping"), 0, "one in use is not asked");
    let upstream = client.upstreams.open(&server("s"), &*client.decider).await.unwrap();
    let Link::Http(link) = &upstream.link else { panic!("over HTTP") };
    *locked(&link.shared.used) -= UNUSED * 2;
    assert_eq!(text(&client.ask(&call(2, "echo", "{}")).await), "ok");
    assert_eq!((peer.asked("ping"), peer.asked("initialize"), peer.asked("tools/call")), (1, 2, 2));
    assert!(client.settled().iter().all(|settled| matches!(settled, Received::Result(_))));
    client.close().await;
}

#[tokio::test]
async fn a_server_that_refuses_the_credential_is_not_taken_for_one_of_another_era() {
    for status in ["401 Unauthorized", "403 Forbidden", "500 Internal Server Error", "503 Service Unavailable"] {
        let peer = Peer::start(move |_| Does::Says(http(status, JSON, "{}"))).await;
        let mut client = Client::of(peer.target());
        let answer = client.ask(&call(1, "echo", "{}")).await;
        assert_eq!(refused(&answer), "server_unavailable");
        assert!(text(&answer).contains(status.split(' ').next().unwrap()), "{}", answer.canonical());
        assert_eq!((peer.asked("server/discover"), peer.asked("initialize"), client.calls()), (1, 0, 0));
        client.close().await;
    }
}

fn with_secret(peer: &Peer) -> Target {
    let headers = vec![("Authorization".to_owned(), Zeroizing::new(format!("Bearer {SECRET}")))];
    let secrets = [Secret::new(SECRET.as_bytes())].into();
    Target::Http(HttpTarget { secrets, ..HttpTarget::new(peer.url.as_str(), headers) })
}

#[tokio::test]
async fn a_secret_that_is_handed_back_reaches_nobody() {
    let plain = SECRET.to_owned();
    let escaped = SECRET.replace('s', "\\u0073");
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("key={SECRET}"));
    for era in BOTH {
        for form in [&plain, &escaped, &encoded] {
            for error in [false, true] {
                let form = form.clone();
                let peer = calls(era, move |heard| {
                    assert_eq!(heard.header("authorization"), Some(&*format!("Bearer {SECRET}")));
                    let log = format!(
                        r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":1,"message":"{form}"}}}}"#,
                        heard.id()
                    );
                    let answer = if error {
                        format!(r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":-1,"message":"{form}"}}}}"#, heard.id())
                    } else {
                        result(era, heard, "FORM").replace("FORM", &form)
                    };
                    says_events(&[&log, &answer])
                })
                .await;
                let mut client = Client::of(with_secret(&peer));
                let meta = meta(r#""progressToken":"p""#);
                let ask = format!(
                    r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo","arguments":{{}},{meta}}}}}"#
                );
                // the first message is the answer: the progress note held it too
                let answer = client.ask(&ask).await;
                assert_eq!(refused(&answer), "secret_returned");
                // an error proves nothing of what was done; an answer that is none says that it was
                assert_eq!(client.settled(), [Received::Secret { failed: error }]);
                assert_eq!(text(&answer).contains("nobody knows whether it was done"), error, "{}", text(&answer));
                assert!(text(&answer).contains("bailiwick server review s"), "{}", text(&answer));
                client.close().await;
            }
        }
    }
}

/// A result in which the secret stands in two pieces, and one that says of itself that it failed.
const SPLIT: [(&str, bool); 3] = [
    (
        r#"{"content":[{"type":"text","text":"s3cret-of-"},{"type":"text","text":"this-server"}],"resultType":"complete"}"#,
        false,
    ),
    (
        r#"{"content":[{"type":"text","text":"s3cret-of-"}],"structuredContent":{"k":"this-server"},"resultType":"complete"}"#,
        false,
    ),
    (
        r#"{"content":[{"type":"text","text":"s3cret-of-"},{"type":"text","text":"this-server"}],"isError":true,"resultType":"complete"}"#,
        true,
    ),
];

#[tokio::test]
async fn a_secret_in_two_pieces_reaches_nobody_over_either_transport() {
    for (result, failed) in SPLIT {
        let peer = calls(Era::Modern, move |heard| {
            says_json(&format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, heard.id()))
        })
        .await;
        for target in [with_secret(&peer), process_with_secret(result)] {
            let mut client = Client::of(target);
            let answer = client.ask(&call(1, "echo", "{}")).await;
            assert_eq!(refused(&answer), "secret_returned", "{result}");
            assert!(!answer.canonical().contains("this-server"), "{result}");
            assert_eq!(client.settled(), [Received::Secret { failed }], "{result}");
            client.close().await;
        }
    }
}

/// What a server says while a call is open, and what it answers: `$1` and `$2` are the halves of the secret.
const SAID: [(&str, &str, bool); 4] = [
    (r#"progress","params":{"progressToken":1,"progress":1,"message":"$1"#, r#""text":"$2""#, true),
    (r#"message","params":{"level":"info","data":"$1"#, r#""text":"$2""#, true),
    (r#"message","params":{"level":"info","data":"$1$2"#, r#""text":"done""#, true),
    (r#"message","params":{"level":"info","data":"done"#, r#""text":"done""#, false),
];

#[tokio::test]
async fn a_secret_that_begins_in_a_note_and_ends_in_the_answer_reaches_nobody() {
    let (first, second) = SECRET.split_at(SECRET.len() / 2);
    let halves = |text: &str| text.replace("$1", first).replace("$2", second);
    for (note, text, leaks) in SAID {
        let note = halves(&format!(r#"{{"jsonrpc":"2.0","method":"notifications/{note}"}}}}"#));
        let result = halves(&format!(r#"{{"content":[{{"type":"text",{text}}}],"resultType":"complete"}}"#));
        let mut client = Client::of(process_that_says(&note, &result));
        let answer = client.ask(&call(1, "echo", "{}")).await;
        assert_eq!(answer.canonical().contains("secret_returned"), leaks, "{note}: {answer:?}");
        assert_eq!(matches!(client.settled()[..], [Received::Secret { .. }]), leaks, "{note}");
        client.close().await;
    }
}

#[tokio::test]
async fn a_secret_in_a_list_keeps_the_server_closed() {
    let peer = Peer::start(|heard| match heard.method() {
        "tools/list" => {
            let tools = format!(r#"[{{"name":"echo","description":"{SECRET}","inputSchema":{{"type":"object"}}}}]"#);
            says_json(&format!(
                r#"{{"jsonrpc":"2.0","id":{},"result":{{"tools":{tools},"resultType":"complete"}}}}"#,
                heard.id()
            ))
        }
        _ => begins(Era::Modern, heard).unwrap_or_else(|| says_json("{}")),
    })
    .await;
    let mut client = Client::of(with_secret(&peer));
    let answer = client.ask(&call(1, "echo", "{}")).await;
    assert_eq!(refused(&answer), "server_unavailable");
    assert!(!answer.canonical().contains(SECRET));
    assert!(locked(&client.decider.offers).is_empty());
    client.close().await;
}

/// A process that has the secret in its environment and answers every call with this; `$KEY` is the secret.
fn process_with_secret(result: &str) -> Target {
    process_that_says("", result)
}

/// The same with a line before each answer.
fn process_that_says(note: &str, result: &str) -> Target {
    let script = r#"while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  case "$line" in
    *server/discover*) printf '{"jsonrpc":"2.0","id":%s,"result":{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete"}}\n' "$id";;
    *tools/list*) printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[{"name":"echo","inputSchema":{"type":"object"}}],"resultType":"complete"}}\n' "$id";;
    *tools/call*) [ -z "$NOTE" ] || printf '%s\n' "$NOTE"; printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$(printf '%s' "$RESULT" | sed "s/[$]KEY/$KEY/")";;
  esac
done"#;
    let document = Json::object([
        ("name", Json::from("s")),
        (
            "transport",
            Json::object([(
                "stdio",
                Json::object([
                    ("command", Json::from("/bin/sh")),
                    ("args", Json::array([Json::from("-c"), Json::from(script)])),
                    (
                        "env",
                        Json::object([
                            ("KEY", Json::from("secret:own")),
                            ("NOTE", Json::from(note)),
                            ("RESULT", Json::from(result)),
                        ]),
                    ),
                ]),
            )]),
        ),
    ]);
    let mut secrets = Secrets::default();
    secrets.put("own", SECRET.to_owned().into()).unwrap();
    let document = serde_json::from_str(&document.canonical()).unwrap();
    Target::of(&document, &secrets, [("PATH".into(), "/usr/bin:/bin".into())], |_| None).unwrap()
}

#[tokio::test]
async fn a_process_that_hands_its_secret_back_is_withheld_too() {
    let result = r#"{"content":[{"type":"text","text":"$KEY"}],"resultType":"complete"}"#;
    let mut client = Client::of(process_with_secret(result));
    let answer = client.ask(&call(1, "echo", "{}")).await;
    assert_eq!(refused(&answer), "secret_returned", "{}", answer.canonical());
    assert_eq!(client.settled(), [Received::Secret { failed: false }]);
    client.close().await;
}

#[tokio::test]
async fn a_long_answer_to_one_call_does_not_hold_up_another() {
    let peer =
        calls(Era::Modern, |heard| match heard.body.get("params").unwrap().get("arguments").unwrap().get("text") {
            Some(_) => Does::Waits(Vec::new()),
            None => says_json(&result(Era::Modern, heard, "ok")),
        })
        .await;
    let mut client = Client::of(peer.target());
    client.say(&call(1, "echo", r#"{"text":"wait"}"#)).await;
    until(|| (peer.asked("tools/call") == 1).then_some(())).await;
    assert_eq!(text(&client.ask(&call(2, "echo", "{}")).await), "ok");
    client.close().await;
}
