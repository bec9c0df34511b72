//! Servers behind the real node: whose session is whose, servers that misbehave, and what of a no reaches the wire.

use super::node::{Answer, META, Node, SECRET, key, now, salt};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::sha256;
use bailiwick_identity::{ProofFor, PublicUrl, SigningKey, make_proof};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A process that answers as its tools are called. `pid` says who it is; the others misbehave.
const SCRIPT: &str = r#"while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  ok() { printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"%s"}],"resultType":"complete"}}\n' "$1" "$2"; }
  case "$line" in
    *server/discover*) printf '{"jsonrpc":"2.0","id":%s,"result":{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete"}}\n' "$id";;
    *tools/list*) printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[TOOLS],"resultType":"complete"}}\n' "$id";;
    *'"name":"pid"'*) ok "$id" "$$";;
    *'"name":"dies"'*) exit 3;;
    *'"name":"leak"'*) ok "$id" "the key: $KEY";;
    *'"name":"twice"'*) ok "$id" first; ok "$id" second;;
    *'"name":"other"'*) ok 999999 foreign;;
    *'"name":"never"'*) ;;
    *'"name":"huge"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"' "$id"
      head -c 1000000000 /dev/zero | tr '\0' a; printf '"}],"resultType":"complete"}}\n';;
  esac
done"#;
const NAMES: [&str; 7] = ["pid", "dies", "leak", "twice", "other", "never", "huge"];

/// A node with these servers, looked at by a person, and a template that lets `helper` use them.
fn node(servers: &[(&str, String)]) -> Node {
    furnished(Node::start(), servers)
}

/// The same of a node that runs.
pub(crate) fn furnished(node: Node, servers: &[(&str, String)]) -> Node {
    let documents: Vec<String> = servers
        .iter()
        .map(|(name, transport)| format!("{{\"kind\": \"server\", \"name\": \"{name}\", \"transport\": {transport}}}"))
        .collect();
    let rows: Vec<String> = servers.iter().map(|(name, _)| format!("\"{name}/*\"")).collect();
    let jwk = node.agent_key.public().to_jwk();
    node.documents(&format!(
        r#"
{{kind: role, name: reader, allow: [{{tools: ["*"], effects: [read, write]}}]}}
---
{{kind: agent, name: helper, owner: ann, contact: ann, run_by: own, autonomy: execute, role: reader, review: "2030-01-01", keys: [{jwk}]}}
---
{}
---
{{kind: policy, name: night-watch, cedar: "@id(\"no-huge-things-at-night\") forbid(principal, action == Action::\"one/huge\", resource) when {{ context.purpose == \"night\" }};"}}
---
{{kind: template, name: night, purpose: night, intent: "look", start: {{who: [anyone], agents: [helper]}}, grant: [{{tools: [{rows}], resources: any}}]}}
---
{{kind: template, name: look, purpose: look, intent: "look around", start: {{who: [anyone], agents: [helper]}}, grant: [{{tools: [{rows}], resources: any}}]}}
"#,
        documents.join("\n---\n"),
        rows = rows.join(", "),
    ));
    for (name, _) in servers {
        // one program stands behind several names, so its tools have each other's
        let taken = ["--accept-finding", "*:alike", "--accept-finding", "*:unbound"];
        node.cli(&[&["server", "review", name, "--yes"], &taken[..]].concat());
    }
    node
}

pub(crate) fn process() -> String {
    let tool = |name: &&str| {
        format!(r#"{{"name":"{name}","inputSchema":{{"type":"object"}},"annotations":{{"readOnlyHint":true}}}}"#)
    };
    let tools: Vec<String> = NAMES.iter().map(tool).collect();
    let script = SCRIPT.replace("TOOLS", &tools.join(","));
    Json::object([(
        "stdio",
        Json::object([
            ("args", Json::array([Json::from("-c"), Json::from(script)])),
            ("command", Json::from("/bin/sh")),
            ("env", Json::object([("KEY", Json::from("secret:own"))])),
        ]),
    )])
    .canonical()
}

/// Somebody who acts under one grant.
#[derive(Clone)]
pub(crate) struct Holder {
    pub(crate) key: std::sync::Arc<SigningKey>,
    pub(crate) token: String,
    pub(crate) nonce: Option<String>,
}

impl Holder {
    /// Takes the one task that waits, at the door of one server.
    pub(crate) async fn new(node: &Node, server: &str) -> Self {
        Self::with(std::sync::Arc::new(key()), node, server, None).await
    }

    /// With a key that may hold the task already.
    pub(crate) async fn with(
        key: std::sync::Arc<SigningKey>,
        node: &Node,
        server: &str,
        task: Option<bailiwick_core::TaskId>,
    ) -> Self {
        let granted = node.ask(&format!("/mcp/{server}"), &key, task).await.unwrap();
        let nonce = node.post("/mcp", &[], "{}").header("dpop-nonce").map(str::to_owned);
        Self { key, token: granted.token.to_string(), nonce }
    }

    pub(crate) fn call(&self, node: &Node, server: &str, tool: &str) -> Answer {
        self.call_with(node, server, tool, "{}")
    }

    pub(crate) fn call_with(&self, node: &Node, server: &str, tool: &str, arguments: &str) -> Answer {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},{META}}}}}"#
        );
        let path = format!("/mcp/{server}");
        let url = PublicUrl::parse(&format!("{}{path}", node.base)).unwrap();
        let digest = sha256(body.as_bytes());
        let what = ProofFor {
            method: "POST",
            url: &url,
            token: Some(&self.token),
            nonce: self.nonce.as_deref(),
            body: Some(&digest),
            jti: salt(),
            now: now(),
        };
        let proof = make_proof(&self.key, &what).unwrap();
        let authorization = format!("DPoP {}", self.token);
        let headers = [
            ("authorization", authorization.as_str()),
            ("dpop", &proof),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", tool),
        ];
        node.post(&path, &headers, &body)
    }
}

/// The text of a tool's result, or of an error.
pub(crate) fn said(answer: &Answer) -> String {
    let (_, body) = answer.0.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{}", answer.0));
    let start = body.find('{').unwrap_or_else(|| panic!("{}", answer.0));
    let end = body.rfind('}').unwrap();
    let json = Json::parse(&body.as_bytes()[start..=end], &Limits::default()).unwrap();
    let content = json.get("result").and_then(|result| result.get("content")).and_then(Json::as_array);
    let text = content.and_then(|content| content.first()?.get("text")?.as_str());
    text.or_else(|| json.get("error")?.get("message")?.as_str()).unwrap_or_else(|| panic!("{body}")).to_owned()
}

/// An HTTP server of the older era that gives each session a name and says it on every call.
fn web() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        static SESSIONS: AtomicUsize = AtomicUsize::new(0);
        for stream in listener.incoming() {
            std::thread::spawn(move || serve(stream.unwrap(), &SESSIONS));
        }
    });
    url
}

fn serve(mut stream: TcpStream, sessions: &AtomicUsize) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let (mut length, mut session, mut first) = (0, String::new(), String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if first.is_empty() {
                line.clone_into(&mut first);
            }
            if let Some((name, value)) = line.split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.parse().unwrap(),
                    "mcp-session-id" => value.clone_into(&mut session),
                    _ => {}
                }
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        let id =
            body.split("\"id\":").nth(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
        let (status, more, answer) = if !first.starts_with("POST") {
            ("405 Method Not Allowed", String::new(), String::new())
        } else if body.contains("\"initialize\"") {
            let name = format!("mcp-session-id: session-{}\r\n", sessions.fetch_add(1, Ordering::SeqCst));
            ("200 OK", name, r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"web","version":"1"}}"#.to_owned())
        } else if body.contains("tools/list") {
            let tool =
                r#"{"tools":[{"name":"who","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}]}"#;
            ("200 OK", String::new(), tool.to_owned())
        } else if body.contains("tools/call") {
            ("200 OK", String::new(), format!(r#"{{"content":[{{"type":"text","text":"{session}"}}]}}"#))
        } else if id.is_none() {
            ("202 Accepted", String::new(), String::new())
        } else {
            ("400 Bad Request", String::new(), String::new())
        };
        let text = id
            .filter(|_| !answer.is_empty())
            .map_or(String::new(), |id| format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{answer}}}"#));
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{more}content-length: {}\r\n\r\n",
            text.len()
        );
        if stream.write_all(format!("{head}{text}").as_bytes()).is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_grants_never_share_a_session_with_a_server() {
    let url = web();
    let node = node(&[("one", process()), ("web", format!(r#"{{"http": {{"url": "{url}"}}}}"#))]);
    for (server, tool) in [("one", "pid"), ("web", "who")] {
        node.start_task();
        let first = Holder::new(&node, server).await;
        let own = said(&first.call(&node, server, tool));
        assert!(!own.is_empty());
        node.start_task();
        let second = Holder::new(&node, server).await;
        let other = said(&second.call(&node, server, tool));
        assert_ne!(own, other, "{server}");
        // each keeps its own
        assert_eq!(said(&first.call(&node, server, tool)), own, "{server}");
        assert_eq!(said(&second.call(&node, server, tool)), other, "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_misbehaves_harms_its_own_call_at_most() {
    let node = node(&[("one", process())]);
    let task = node.start_task();
    let holder = Holder::new(&node, "one").await;
    let first = said(&holder.call(&node, "one", "pid"));
    let died = holder.call(&node, "one", "dies");
    assert!(died.0.contains("in_doubt") && said(&died).contains("disconnected"), "{}", died.0);
    let again = said(&holder.call(&node, "one", "pid"));
    assert_ne!(again, first, "it was started again");
    assert_eq!(said(&holder.call(&node, "one", "twice")), "first");
    assert_eq!(said(&holder.call(&node, "one", "pid")), again, "the second answer was nobody's");
    let huge = said(&holder.call(&node, "one", "huge"));
    assert!(huge.contains("longer than"), "{huge}");
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.child.id())).unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    assert!(peak.is_none_or(|kilobytes| kilobytes < 400_000), "{peak:?} kB for an answer of a GB");
    assert_eq!(said(&holder.call(&node, "one", "pid")), again, "it goes on after its long answer");
    let other = holder.call(&node, "one", "other");
    assert!(other.0.contains("999999") && other.0.contains("not asked") && !other.0.contains("foreign"), "{}", other.0);
    // where no answer comes the call waits, and the end of its grant says that it had begun
    let waiting = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| holder.call(&node, "one", "never"));
        while !node.cli(&["event", "tail", "--once"]).contains("one/never") {
            std::thread::yield_now();
        }
        node.cli(&["task", "revoke", &task.to_string()]);
        waiting.join().unwrap()
    });
    assert!(waiting.0.contains("ended_in_doubt"), "{}", waiting.0);
    assert!(said(&waiting).contains("it had begun, as event"), "{}", waiting.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_knows_a_person_finds_out_and_says() {
    let node = node(&[("one", process())]);
    let task = node.start_task();
    let holder = Holder::new(&node, "one").await;
    assert!(holder.call(&node, "one", "dies").0.contains("in_doubt"));
    // the same again waits until somebody knows; the answer says how
    let waits = holder.call(&node, "one", "dies");
    let told = said(&waits);
    let command =
        told.split('`').find(|part| part.starts_with("bailiwick task settle")).unwrap_or_else(|| panic!("{told}"));
    let words: Vec<&str> =
        command.split(' ').skip(1).chain(["--not-done", "--evidence", "its log has nothing"]).collect();
    let settled = node.cli(&words);
    assert!(settled.contains("\"doubtful\":[]"), "{settled}");
    assert!(holder.call(&node, "one", "dies").0.contains("in_doubt"), "it may be called again, and dies again");
    assert!(
        node.cli(&["event", "tail", "--once"]).contains("nothing was done, as "),
        "whose word it is stands in the line"
    );
    super::shared::verified(&node, task);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wire_names_no_rule_of_policy_and_no_threshold() {
    let node = node(&[("one", process())]);
    node.cli(&["task", "start", "night", "--agent", "helper", "--yes"]);
    let holder = Holder::new(&node, "one").await;
    let refused = holder.call(&node, "one", "huge");
    assert!(refused.0.contains("policy_forbidden"), "{}", refused.0);
    for secret in ["no-huge", "night-watch", "\"rule\""] {
        assert!(!refused.0.contains(secret), "{secret} is told: {}", refused.0);
    }
    // people who may read the record are told
    let event = said(&refused).rsplit_once("Event ").unwrap().1.trim_end_matches('.').to_owned();
    assert!(node.cli(&["event", "show", &event]).contains("night-watch"), "the rule stands in the record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_leaks_is_held_until_a_person_was_told_why_and_takes_it_again() {
    let node = node(&[("one", process())]);
    node.start_task();
    let holder = Holder::new(&node, "one").await;
    let leaked = holder.call(&node, "one", "leak");
    assert!(leaked.0.contains("secret_returned") && said(&leaked).contains("it was done"), "{}", leaked.0);
    assert!(!leaked.0.contains(SECRET));
    assert!(holder.call(&node, "one", "leak").0.contains("under_review"));
    assert!(holder.call(&node, "one", "pid").0.contains("complete"), "the others go on");
    // a person is told why before they free it
    let shown = node.cli(&["server", "show", "one"]);
    for part in ["quarantined at event", "held a secret that its server was given", "replace that secret first"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    node.cli(&["server", "review", "one", "--yes", "--accept-finding", "*:alike"]);
    assert!(!node.cli(&["server", "show", "one"]).contains("quarantined"));
    let again = holder.call(&node, "one", "leak");
    assert!(again.0.contains("secret_returned"), "it may be called, and does it again: {}", again.0);
    let tail = node.cli(&["event", "tail", "--once"]);
    assert_eq!(tail.matches("one/leak is quarantined").count(), 2, "{tail}");
    let files = std::fs::read_dir(&node.home).unwrap().flatten().filter(|entry| entry.path().is_file());
    let holds = |bytes: &[u8]| bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
    let kept: Vec<_> = files.filter(|entry| holds(&std::fs::read(entry.path()).unwrap())).collect();
    assert!(kept.is_empty(), "{kept:?}");
}

#[test]
fn a_tool_of_which_something_was_found_is_taken_by_no_yes_to_all() {
    let node = node(&[("one", process())]);
    // the same program once more: each of its tools is named as one of another server
    node.documents(&format!("{{kind: server, name: two, transport: {}}}", process()));
    let review = |more: &[&str]| {
        let args = [&["server", "review", "two", "--yes"], more].concat();
        let output =
            std::process::Command::new(crate::BINARY).arg("--home").arg(&node.home).args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = review(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("not taken: pid:alike; --accept-finding pid:alike takes it"), "{said}");
    let (code, said) = review(&["--accept-finding", "pid:alike"]);
    assert_eq!(code, Some(1), "one of them was named: {said}");
    assert!(!said.contains("not taken: pid:alike") && said.contains("not taken: leak:alike"), "{said}");
    let (code, said) = review(&["--accept-finding", "*:alike"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_was_found_of_a_tool_and_taken_all_the_same_stands_in_the_record() {
    // the same program under two names: what the second offers is named as what the first does
    let node = node(&[("one", process()), ("two", process())]);
    let tail = node.cli(&["event", "tail", "--once"]);
    let reviewed = tail.lines().find(|line| line.contains("reviewed two")).unwrap();
    let reviewed: serde_json::Value = serde_json::from_str(reviewed).unwrap();
    let sentence = reviewed["sentence"].as_str().unwrap();
    assert!(sentence.contains("findings among its tools accepted"), "{sentence}");
    let told = node.cli(&["explain", &reviewed["leaf"].to_string()]);
    assert!(told.contains("although of two/pid this was found: alike"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_holds_over_all_tasks_of_an_agent_and_what_it_refused_is_decided_again_by_anybody() {
    let node = node(&[("one", process())]);
    // half of it counts as used by a node that has just begun
    node.documents(r#"{kind: rule, name: pace, rate: {per: agent, most: {calls: "4"}, over: 1h}}"#);
    let first = node.start_task();
    let holder = Holder::new(&node, "one").await;
    for made_up in ["a", "b", "c", "d"] {
        let told = holder.call(&node, "one", made_up).0;
        assert!(told.contains("not_available"), "it takes no room from others: {told}");
    }
    for _ in 0..2 {
        assert!(holder.call(&node, "one", "pid").0.contains("complete"));
    }
    let refused = holder.call(&node, "one", "pid");
    assert!(refused.0.contains("rate_spent"), "{}", refused.0);
    node.start_task();
    let other = Holder::new(&node, "one").await;
    assert!(other.call(&node, "one", "pid").0.contains("rate_spent"), "another task is no way around");
    let (bundle, key) = (node.home.join("first.bundle"), node.home.join("log.key"));
    let written: serde_json::Value = serde_json::from_str(&node.cli(&["log", "key"])).unwrap();
    std::fs::write(&key, written["key"].as_str().unwrap()).unwrap();
    let [bundle, key] = [&bundle, &key].map(|path| path.to_str().unwrap());
    node.cli(&["log", "export", &first.to_string(), "--output", bundle]);
    let told = node.cli(&["verify", bundle, "--key", key]);
    assert!(told.contains("confirmed") && !told.contains("contradicted"), "{told}");
}
