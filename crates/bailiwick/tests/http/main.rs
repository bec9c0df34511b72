//! The node's address, from outside: the real binary, real sockets, tokens and proofs with one thing changed.

#![cfg(test)]

mod amended;
mod answered;
mod approved;
mod breakglass;
mod carried;
mod changes;
#[path = "../../../store/src/postgres/tests/cluster.rs"]
#[expect(dead_code, reason = "by INVARIANT of the store's own tests: they use all of it")]
mod cluster;
mod completed;
mod configured;
mod confirmed;
mod consented;
mod counted;
mod data;
mod destinations;
mod enforced;
mod erased;
mod exchanged;
mod explained;
mod forged;
mod halted;
mod handed_on;
mod keys;
mod mandates;
mod node;
mod noticed;
mod observed;
mod people;
#[path = "../../../store/src/postgres/tests/proxy.rs"]
#[expect(dead_code, reason = "by INVARIANT of the store's own tests: they use all of it")]
mod proxy;
mod recorded;
mod referents;
mod rehearsed;
mod replayed;
mod restored;
mod reviewed;
mod routes;
mod scenario;
mod secrets;
mod servers;
mod shared;
mod sheets;
mod stopped;
mod till;
mod tried;
mod waiting;
#[path = "../../../node/tests/world/mod.rs"]
#[expect(dead_code, reason = "by INVARIANT of the node's own tests: they use all of it")]
mod world;

use bailiwick_authority::client::NotGranted;
use bailiwick_core::{Micros, sha256};
use bailiwick_identity::{ProofFor, PublicUrl, make_proof};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use node::{BINARY, Good, META, Node, key, list, now, salt};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_for_its_key_its_request_and_its_door_alone() {
    let node = Node::start();
    node.start_task();
    let key = key();
    let token = node.ask("/mcp", &key, None).await.unwrap().token.to_string();
    let stranger = node.post("/mcp", &[], &list());
    assert_eq!(stranger.line(), "401");
    assert!(stranger.header("www-authenticate").unwrap().starts_with("DPoP "), "{}", stranger.0);
    let good = Good::new(&node, "/mcp", token);
    let proof = good.proof(&key);
    let first = good.send(&node, &proof);
    assert_eq!(first.status(), 200, "{}", first.0);
    assert!(first.0.contains("bailiwick_authority") && first.header("dpop-nonce").is_some(), "{}", first.0);
    assert_eq!(good.send(&node, &proof).line(), "401 invalid_dpop_proof", "replayed");

    let payload = good.token.split('.').nth(1).unwrap().to_owned();
    let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"typ":"at+jwt","alg":"none"}"#));
    let with_token = |token: String| Good { ath: Some(token.clone()), token, ..good.clone() };
    let of_bank = node.ask("/mcp/bank", &key, None).await.unwrap().token.to_string();
    let hour = 3_600_000_000;
    let cases = [
        ("another URL", Good { url: format!("{}/mcp/bank", node.base), ..good.clone() }, "401 invalid_dpop_proof"),
        ("another method", Good { method: "GET", ..good.clone() }, "401 invalid_dpop_proof"),
        ("another body", Good { body: Some(sha256(b"other")), ..good.clone() }, "401 invalid_dpop_proof"),
        ("no ath", Good { ath: None, ..good.clone() }, "401 invalid_dpop_proof"),
        ("another token's ath", Good { ath: Some("other".into()), ..good.clone() }, "401 invalid_dpop_proof"),
        ("old", Good { made: Micros(now().0 - hour), ..good.clone() }, "401 invalid_dpop_proof"),
        ("of the future", Good { made: Micros(now().0 + hour), ..good.clone() }, "401 invalid_dpop_proof"),
        ("no nonce", Good { nonce: None, ..good.clone() }, "401 use_dpop_nonce"),
        ("a made-up nonce", Good { nonce: Some("made-up".into()), ..good.clone() }, "401 use_dpop_nonce"),
        ("alg none", with_token(unsigned), "401 invalid_token"),
        ("no token at all", with_token("x".into()), "401 invalid_token"),
        ("a token of one server's door", with_token(of_bank), "401 invalid_token"),
        (
            "another door",
            Good { path: "/mcp/bank", url: format!("{}/mcp/bank", node.base), ..good.clone() },
            "401 invalid_token",
        ),
    ];
    for (what, changed, expected) in cases {
        assert_eq!(changed.send(&node, &changed.proof(&key)).line(), expected, "{what}");
    }
    assert_eq!(good.send(&node, &good.proof(&self::key())).line(), "401 invalid_token", "another key");
    assert_eq!(good.send(&node, &good.proof(&key)).status(), 200, "and what is right is still let in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_worth_nothing_at_the_next_call() {
    let node = Node::start();
    let task = node.start_task();
    let key = key();
    let token = node.ask("/mcp/bank", &key, None).await.unwrap().token.to_string();
    let nonce = node.post("/mcp/bank", &[], "{}").header("dpop-nonce").map(str::to_owned);
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"pay","arguments":{{}},{META}}}}}"#
    );
    let call = || {
        let url = PublicUrl::parse(&format!("{}/mcp/bank", node.base)).unwrap();
        let digest = sha256(body.as_bytes());
        let what = ProofFor {
            method: "POST",
            url: &url,
            token: Some(&token),
            nonce: nonce.as_deref(),
            body: Some(&digest),
            jti: salt(),
            now: now(),
        };
        let proof = make_proof(&key, &what).unwrap();
        let authorization = format!("DPoP {token}");
        let headers = [
            ("authorization", authorization.as_str()),
            ("dpop", &proof),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", "pay"),
        ];
        node.post("/mcp/bank", &headers, &body)
    };
    assert!(call().0.contains("server_unavailable"), "the server does not start, and that is all");
    node.cli(&["task", "revoke", &task.to_string()]);
    let after = call();
    assert!(after.0.contains("task_ended"), "{}", after.0);
    assert!(after.0.contains("A person can run `bailiwick template show look`"), "its own template: {}", after.0);
    assert!(node.cli(&["event", "tail", "--once"]).contains("task has ended"), "the refusal stands in the record");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_gets_the_only_task_or_the_one_that_a_person_picks() {
    let node = Node::start();
    assert_eq!(node.ask("/mcp", &key(), None).await.unwrap_err(), NotGranted::NoTask);
    let (first, second) = (node.start_task(), node.start_task());
    let Err(NotGranted::Several(waiting)) = node.ask("/mcp", &key(), None).await else { panic!("one was given") };
    assert_eq!(waiting.len(), 2);
    node.cli(&["task", "attach", &second.to_string()]);
    assert_eq!(node.ask("/mcp", &key(), None).await.unwrap().task, second);
    let last = key();
    let granted = node.ask("/mcp", &last, None).await.unwrap();
    assert_eq!(granted.task, first);
    let Err(NotGranted::Held(held)) = node.ask("/mcp", &key(), None).await else { panic!("both are held") };
    assert!(held.len() == 2 && held.iter().all(|task| (1..=300).contains(&task.seconds)), "{held:?}");
    node.release("/mcp", &last, &granted).await;
    assert_eq!(node.ask("/mcp", &key(), None).await.unwrap().task, first, "what was given back is free at once");
    let named = node.ask("/mcp", &key(), Some(first)).await.unwrap();
    assert_eq!(named.task, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_requests_harm_nobody() {
    let node = Node::start();
    let host = node.base.strip_prefix("http://").unwrap().to_owned();
    let head = |more: &str| format!("POST /mcp HTTP/1.1\r\nhost: {host}\r\n{more}\r\n");
    let long = format!("x: {}\r\n", "x".repeat(200 << 10));
    let many: String = (0..200).map(|n| format!("x{n}: 1\r\n")).collect();
    for (what, bytes, expected) in [
        ("no HTTP", "hello\r\n\r\n".to_owned(), "400"),
        ("a head without end", head(&long), "431"),
        ("too many headers", head(&many), "431"),
        ("a length that is none", head("content-length: -1\r\n"), "400"),
        ("two lengths", head("content-length: 1\r\ncontent-length: 2\r\n"), "400"),
        ("no type", head("content-length: 0\r\nconnection: close\r\n"), "415"),
        ("nothing there", format!("GET /other HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"), "404"),
    ] {
        let answer = node.raw(bytes.as_bytes());
        assert_eq!(answer.split(' ').nth(1), Some(expected), "{what}: {answer}");
    }
    let json = "content-type: application/json\r\naccept: application/json, text/event-stream\r\n";
    let announced = node.raw(head(&format!("{json}content-length: 99999999\r\n")).as_bytes());
    assert!(announced.starts_with("HTTP/1.1 413"), "{announced}");
    // a body that breaks off
    let mut stream = node.connect();
    stream.write_all(head(&format!("{json}content-length: 100\r\n")).as_bytes()).unwrap();
    stream.write_all(b"{").unwrap();
    drop(stream);
    let alive = node.raw(format!("GET /readyz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").as_bytes());
    assert!(alive.starts_with("HTTP/1.1 200"), "{alive}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_holds_connections_open_keeps_nobody_out() {
    let node = Node::start();
    node.start_task();
    // more than there are: some say nothing, some send a head that never ends, some a body that never comes
    let host = node.base.strip_prefix("http://").unwrap().to_owned();
    let begun = format!("POST /mcp HTTP/1.1\r\nhost: {host}\r\n");
    let body = format!(
        "{begun}content-type: application/json\r\naccept: application/json, text/event-stream\r\ncontent-length: 100\r\n\r\n"
    );
    let held: Vec<TcpStream> = (0..1_100)
        .map(|n| {
            let mut stream = node.connect();
            let said = [b"".as_slice(), begun.as_bytes(), body.as_bytes()][n % 3];
            stream.write_all(said).unwrap();
            stream
        })
        .collect();
    let key = key();
    let granted = node.ask("/mcp", &key, None).await.expect("the authority still answers");
    let good = Good::new(&node, "/mcp", granted.token.to_string());
    let answer = good.send(&node, &good.proof(&key));
    assert_eq!(answer.status(), 200, "{}", answer.0);
    drop(held);
}

/// A client that speaks MCP over its standard streams, and knows nothing else.
struct Plain {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Plain {
    fn start(node: &Node) -> Self {
        Self::of(node, "helper", &node.key_file())
    }

    fn of(node: &Node, agent: &str, key: &std::path::Path) -> Self {
        let mut child = Command::new(BINARY)
            .args(["connect", &node.base, "--agent", agent, "--key"])
            .arg(key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn next(&mut self) -> String {
        self.lines.next().expect("it says something").unwrap()
    }

    fn say(&mut self, message: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(format!("{message}\n").as_bytes()).unwrap();
    }

    fn ask(&mut self, message: &str) -> String {
        self.say(message);
        self.next()
    }

    /// Closes its end; the process must end by itself.
    fn close(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
fn an_unchanged_client_gets_its_task_when_a_person_starts_one_and_loses_it_when_it_ends() {
    let node = Node::start();
    let mut client = Plain::start(&node);
    let hello = client.ask(
        r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#,
    );
    assert!(hello.contains(r#""listChanged":true"#) && hello.contains("2025-06-18"), "{hello}");
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    assert!(client.ask(list).contains(r#"[{"annotations":{"readOnlyHint":true},"#));
    let own = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"bailiwick_authority"}}"#;
    assert!(client.ask(own).contains("bailiwick task start TEMPLATE --agent helper"));
    let other = r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"bank__pay"}}"#;
    assert!(client.ask(other).contains(r#""isError":true"#));

    let task = node.start_task().to_string();
    assert!(client.next().contains("notifications/tools/list_changed"), "it is told without asking");
    assert!(client.ask(own).contains(&task));
    node.cli(&["task", "revoke", &task]);
    assert!(client.ask(other).contains("task_ended"));
    assert!(client.ask(other).contains("No task waits"));
    let next = node.start_task().to_string();
    assert!(client.next().contains("notifications/tools/list_changed"));
    assert!(client.ask(own).contains(&next), "another task, with another key");
    client.close();
}

#[test]
fn an_instance_that_goes_gives_its_task_back_and_the_next_one_has_it_at_once() {
    let node = Node::start();
    let task = node.start_task().to_string();
    let own =
        format!(r#"{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"bailiwick_authority",{META}}}}}"#);
    let held = |client: &mut Plain| {
        let told = client.ask(&own);
        told.contains(&task) && told.contains("The grant is live")
    };
    for asked_to_go in [false, true] {
        let mut client = Plain::start(&node);
        assert!(held(&mut client), "asked to go: {asked_to_go}");
        if asked_to_go {
            let id = client.child.id().to_string();
            assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
            assert!(client.child.wait().unwrap().success());
        } else {
            client.close();
        }
    }
    let mut last = Plain::start(&node);
    assert!(held(&mut last));
    // one that is killed says nothing: its task stays its own for as long as its token is good
    last.child.kill().unwrap();
    last.child.wait().unwrap();
    let mut next = Plain::start(&node);
    let told = next.ask(&own);
    assert!(told.contains("held by an earlier instance") && told.contains("bailiwick task attach"), "{told}");
    next.close();
}

#[test]
fn a_process_that_is_only_asked_what_it_serves_takes_no_task() {
    let node = Node::start();
    node.start_task();
    let discover = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{{{META}}}}}"#);
    let mut probe = Plain::start(&node);
    assert!(probe.ask(&discover).contains("2026-07-28"));
    probe.close();
    let mut client = Plain::start(&node);
    let own =
        format!(r#"{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"bailiwick_authority",{META}}}}}"#);
    let told = client.ask(&own);
    assert!(told.contains("The grant is live") && told.contains(r#""resultType":"complete""#), "{told}");
    client.close();
}

#[test]
fn tokens_do_not_go_over_a_network_in_the_clear() {
    let home = std::env::temp_dir().join(format!("bailiwick-http-{}", salt()));
    let output =
        Command::new(BINARY).arg("--home").arg(&home).args(["serve", "--listen", "0.0.0.0:0"]).output().unwrap();
    std::fs::remove_dir_all(&home).unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("tokens do not go over a network in the clear"), "{said}");
}
