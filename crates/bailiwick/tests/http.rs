//! The node's address, from outside: the real binary, real sockets, tokens and proofs with one thing changed.

#![cfg(test)]

use bailiwick_authority::client::{Asked, Client, Found, Granted, NotGranted};
use bailiwick_core::json::Json;
use bailiwick_core::{AgentId, Digest, Micros, Salt, TaskId, sha256};
use bailiwick_identity::{ProofFor, PublicUrl, SigningKey, make_proof};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_bailiwick");
const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;

#[expect(clippy::disallowed_methods, reason = "the test is a client: it proves when it asks")]
fn now() -> Micros {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Micros(u64::try_from(since.as_micros()).unwrap())
}

fn salt() -> Salt {
    let mut bytes = [0; 16];
    bailiwick_record::system_random(&mut bytes).unwrap();
    Salt::new(bytes)
}

fn key() -> SigningKey {
    SigningKey::generate(&mut |bytes| bailiwick_record::system_random(bytes).unwrap()).unwrap()
}

/// A node in a folder of its own; both are gone when it is dropped.
struct Node {
    home: PathBuf,
    child: Child,
    base: String,
    agent_key: SigningKey,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::fs::remove_dir_all(&self.home).unwrap();
    }
}

impl Node {
    fn start() -> Self {
        let home = std::env::temp_dir().join(format!("bailiwick-http-{}", salt()));
        std::fs::create_dir_all(&home).unwrap();
        let mut child = Command::new(BINARY)
            .arg("--home")
            .arg(&home)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let base = loop {
            let line = said.next().expect("the node says where it is").unwrap();
            if let Some(url) = line.strip_prefix("agents reach it at ") {
                break url.strip_suffix("/mcp").unwrap().to_owned();
            }
        };
        // what it says later is read, so that it never waits for us
        std::thread::spawn(move || said.for_each(drop));
        let agent_key = key();
        let node = Self { home, child, base, agent_key };
        node.apply();
        node
    }

    fn apply(&self) {
        let jwk = self.agent_key.public().to_jwk();
        let text = format!(
            r#"
{{kind: agent, name: helper, owner: ann, contact: ann, run_by: own, autonomy: execute, role: personal, review: "2030-01-01", keys: [{jwk}]}}
---
{{kind: server, name: bank, transport: {{stdio: {{command: /nowhere/bank}}}}}}
---
{{kind: template, name: look, purpose: look, intent: "look around", start: {{who: [anyone], agents: [helper]}}, grant: [{{tools: ["bank/*"], resources: any}}]}}
"#
        );
        let file = self.home.join("documents.yaml");
        std::fs::write(&file, text).unwrap();
        self.cli(&["apply", file.to_str().unwrap()]);
    }

    /// What a command prints; it must be done.
    fn cli(&self, args: &[&str]) -> String {
        let output = Command::new(BINARY).arg("--home").arg(&self.home).arg("--json").args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The agent's private key, as its owner keeps it.
    fn key_file(&self) -> PathBuf {
        let file = self.home.join("helper.pem");
        std::fs::write(&file, self.agent_key.to_pem().unwrap().as_bytes()).unwrap();
        file
    }

    fn start_task(&self) -> TaskId {
        let started = self.cli(&["task", "start", "look", "--agent", "helper", "--yes"]);
        let json = Json::parse(started.trim().as_bytes(), &bailiwick_core::json::Limits::default()).unwrap();
        TaskId::parse(json.get("task").unwrap().as_str().unwrap()).unwrap()
    }

    fn client() -> Client {
        Client::new(Arc::new(bailiwick_record::system_random), Arc::new(now))
    }

    async fn ask(&self, path: &str, key: &SigningKey, task: Option<TaskId>) -> Result<Granted, NotGranted> {
        let client = Self::client();
        let found: Found = client.find(&format!("{}{path}", self.base)).await.unwrap();
        let agent = AgentId::parse("helper").unwrap();
        client.ask(&found, &Asked { agent: &agent, agent_key: &self.agent_key, key, task }).await
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.base.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends bytes as they are, and reads until the node closes.
    fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        // a node that closes early resets what we still send
        let _reset = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let host = self.base.strip_prefix("http://").unwrap();
        let mut text = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             accept: application/json, text/event-stream\r\ncontent-length: {}\r\n",
            body.len()
        );
        headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
        Answer(self.raw(format!("{text}\r\n{body}").as_bytes()))
    }
}

struct Answer(String);

impl Answer {
    fn status(&self) -> u16 {
        self.0.split(' ').nth(1).unwrap_or_else(|| panic!("{:?}", self.0)).parse().unwrap()
    }
    fn header(&self, name: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
    /// The status, and the error of the challenge where one came.
    fn line(&self) -> String {
        let challenge = self.header("www-authenticate").unwrap_or_default();
        let error = challenge.split("error=\"").nth(1).and_then(|rest| rest.split('"').next());
        format!("{} {}", self.status(), error.unwrap_or_default()).trim_end().to_owned()
    }
}

fn list() -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{META}}}}}"#)
}

/// What a good request has; a test changes one thing.
#[derive(Clone)]
struct Good {
    token: String,
    ath: Option<String>,
    method: &'static str,
    url: String,
    body: Option<Digest>,
    made: Micros,
    nonce: Option<String>,
    path: &'static str,
}

impl Good {
    fn proof(&self, key: &SigningKey) -> String {
        let url = PublicUrl::parse(&self.url).unwrap();
        let what = ProofFor {
            method: self.method,
            url: &url,
            token: self.ath.as_deref(),
            nonce: self.nonce.as_deref(),
            body: self.body.as_ref(),
            jti: salt(),
            now: self.made,
        };
        make_proof(key, &what).unwrap()
    }

    fn send(&self, node: &Node, proof: &str) -> Answer {
        let authorization = format!("DPoP {}", self.token);
        let headers = [
            ("authorization", authorization.as_str()),
            ("dpop", proof),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/list"),
        ];
        node.post(self.path, &headers, &list())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_for_its_key_its_request_and_its_door_alone() {
    let node = Node::start();
    node.start_task();
    let key = key();
    let token = node.ask("/mcp", &key, None).await.unwrap().token.to_string();
    let stranger = node.post("/mcp", &[], &list());
    assert_eq!(stranger.line(), "401");
    assert!(stranger.header("www-authenticate").unwrap().starts_with("DPoP "), "{}", stranger.0);
    let nonce = stranger.header("dpop-nonce").map(str::to_owned);
    let good = Good {
        ath: Some(token.clone()),
        token,
        method: "POST",
        url: format!("{}/mcp", node.base),
        body: Some(sha256(list().as_bytes())),
        made: now(),
        nonce,
        path: "/mcp",
    };
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
    assert_eq!(node.ask("/mcp", &key(), None).await.unwrap().task, first);
    assert_eq!(node.ask("/mcp", &key(), None).await.unwrap_err(), NotGranted::NoTask);
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

/// A client that speaks MCP over its standard streams, and knows nothing else.
struct Plain {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Plain {
    fn start(node: &Node) -> Self {
        let mut child = Command::new(BINARY)
            .args(["connect", &node.base, "--agent", "helper", "--key"])
            .arg(node.key_file())
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

    fn ask(&mut self, message: &str) -> String {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(format!("{message}\n").as_bytes()).unwrap();
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
