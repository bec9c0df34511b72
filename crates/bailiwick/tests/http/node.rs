//! What these tests share: a node in a folder of its own, and a client that writes every byte of a request itself.

use super::stopped::comes;
use bailiwick_authority::client::{Asked, Client, Found, Granted, NotGranted};
use bailiwick_core::json::Json;
use bailiwick_core::{AgentId, Digest, Micros, Salt, TaskId, sha256};
use bailiwick_identity::{ProofFor, PublicUrl, SigningKey, make_proof};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_bailiwick");
/// A secret that the node gives to servers.
pub(crate) const SECRET: &str = "s3cret-of-a-server-0123456789";
pub(crate) const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;

#[expect(clippy::disallowed_methods, reason = "the test is a client: it proves when it asks")]
pub(crate) fn now() -> Micros {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Micros(u64::try_from(since.as_micros()).unwrap())
}

pub(crate) fn salt() -> Salt {
    let mut bytes = [0; 16];
    bailiwick_record::system_random(&mut bytes).unwrap();
    Salt::new(bytes)
}

pub(crate) fn key() -> SigningKey {
    SigningKey::generate(&mut |bytes| bailiwick_record::system_random(bytes).unwrap()).unwrap()
}

/// A node in a folder of its own; both are gone when it is dropped.
pub(crate) struct Node {
    pub(crate) home: PathBuf,
    pub(crate) child: Child,
    pub(crate) base: String,
    pub(crate) agent_key: Arc<SigningKey>,
    /// Its store, where that is not a file in its folder.
    store: Option<String>,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        std::fs::remove_dir_all(&self.home).unwrap();
    }
}

fn folder() -> PathBuf {
    let home = std::env::temp_dir().join(format!("bailiwick-http-{}", salt()));
    std::fs::create_dir_all(&home).unwrap();
    home
}

impl Node {
    pub(crate) fn start() -> Self {
        Self::start_on(None)
    }

    /// Over a store that is not a file in its folder.
    pub(crate) fn start_on(store: Option<String>) -> Self {
        let home = folder();
        let (child, base) = Self::serve(&home, "127.0.0.1:0", store.as_deref());
        let node = Self { home, child, base, agent_key: Arc::new(key()), store };
        node.apply();
        node
    }

    /// Another node of the same store, in a folder of its own with the same root key.
    pub(crate) fn beside(&self) -> Self {
        self.beside_by(self.store.clone())
    }

    /// The same, by another way to that store.
    pub(crate) fn beside_by(&self, store: Option<String>) -> Self {
        let home = folder();
        std::fs::copy(self.home.join("root.key"), home.join("root.key")).unwrap();
        let (child, base) = Self::serve(&home, "127.0.0.1:0", store.as_deref());
        Self { home, child, base, agent_key: Arc::clone(&self.agent_key), store }
    }

    /// Stops it where it stands, or lets it go on.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it with signal 9.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn serve(home: &std::path::Path, listen: &str, store: Option<&str>) -> (Child, String) {
        let mut child = Command::new(BINARY)
            .arg("--home")
            .arg(home)
            .args(["serve", "--listen", listen])
            .args(store.iter().flat_map(|url| ["--store", *url]))
            // what a test's servers are given; servers without it never see it
            .args(["--secret-env", "own=BAILIWICK_TEST_SECRET", "--secret-env", "hook=BAILIWICK_TEST_HOOK"])
            .env("BAILIWICK_TEST_SECRET", SECRET)
            .env("BAILIWICK_TEST_HOOK", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
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
        (child, base)
    }

    /// Ends the node, does this with its folder, and starts it again at the same address.
    pub(crate) fn meanwhile<T>(&mut self, work: impl FnOnce(&std::path::Path) -> T) -> T {
        self.kill();
        let done = work(&self.home);
        let listen = self.base.strip_prefix("http://").unwrap();
        (self.child, self.base) = Self::serve(&self.home, listen, self.store.as_deref());
        done
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
        self.documents(&text);
    }

    /// A person applies these.
    pub(crate) fn documents(&self, text: &str) {
        let file = self.home.join("documents.yaml");
        std::fs::write(&file, text).unwrap();
        self.cli(&["apply", file.to_str().unwrap()]);
    }

    /// What is said of documents that are not applied.
    pub(crate) fn refused(&self, text: &str) -> String {
        let file = self.home.join("documents.yaml");
        std::fs::write(&file, text).unwrap();
        let output = Command::new(BINARY).arg("--home").arg(&self.home).arg("apply").arg(&file).output().unwrap();
        assert!(!output.status.success(), "{text} was applied");
        String::from_utf8(output.stderr).unwrap()
    }

    /// What a command prints; it must be done.
    pub(crate) fn cli(&self, args: &[&str]) -> String {
        let output = Command::new(BINARY).arg("--home").arg(&self.home).arg("--json").args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command says that is not done.
    pub(crate) fn fails(&self, args: &[&str]) -> String {
        let output = Command::new(BINARY).arg("--home").arg(&self.home).args(args).output().unwrap();
        assert!(!output.status.success(), "{args:?} was done");
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }

    /// What the command line lists, once it lists anything: what a call came to is told before it stands in the record.
    pub(crate) fn once_listed(&self, args: &[&str]) -> String {
        let mut listed = String::new();
        comes(&format!("{args:?} lists nothing"), || {
            listed = self.cli(args);
            !listed.is_empty()
        });
        listed
    }

    /// The command line as a person reads it.
    pub(crate) fn cli_text(&self, args: &[&str]) -> String {
        let output = Command::new(BINARY).arg("--home").arg(&self.home).args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The agent's private key, as its owner keeps it.
    pub(crate) fn key_file(&self) -> PathBuf {
        let file = self.home.join("helper.pem");
        std::fs::write(&file, self.agent_key.to_pem().unwrap().as_bytes()).unwrap();
        file
    }

    pub(crate) fn start_task(&self) -> TaskId {
        let started = self.cli(&["task", "start", "look", "--agent", "helper", "--yes"]);
        let json = Json::parse(started.trim().as_bytes(), &bailiwick_core::json::Limits::default()).unwrap();
        TaskId::parse(json.get("task").unwrap().as_str().unwrap()).unwrap()
    }

    pub(crate) fn client() -> Client {
        Client::new(Arc::new(bailiwick_record::system_random), Arc::new(now))
    }

    pub(crate) async fn ask(&self, path: &str, key: &SigningKey, task: Option<TaskId>) -> Result<Granted, NotGranted> {
        let client = Self::client();
        let found: Found = client.find(&format!("{}{path}", self.base)).await.unwrap();
        let agent = AgentId::parse("helper").unwrap();
        client
            .ask(
                &found,
                &Asked {
                    agent: &agent,
                    agent_key: &self.agent_key,
                    key,
                    task,
                    grant: None,
                    instance: None,
                    software: None,
                },
            )
            .await
    }

    pub(crate) async fn release(&self, path: &str, key: &SigningKey, granted: &Granted) {
        let client = Self::client();
        let found: Found = client.find(&format!("{}{path}", self.base)).await.unwrap();
        // what only lacks a nonce is asked once more
        for _ in 0..2 {
            client.release(&found, key, &granted.token).await.unwrap();
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.base.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends bytes as they are, and reads until the node closes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        // a node that closes early resets what we still send
        let _reset = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
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

pub(crate) struct Answer(pub(crate) String);

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.0.split(' ').nth(1).unwrap_or_else(|| panic!("{:?}", self.0)).parse().unwrap()
    }
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
    /// The status, and the error of the challenge where one came.
    pub(crate) fn line(&self) -> String {
        let challenge = self.header("www-authenticate").unwrap_or_default();
        let error = challenge.split("error=\"").nth(1).and_then(|rest| rest.split('"').next());
        format!("{} {}", self.status(), error.unwrap_or_default()).trim_end().to_owned()
    }
}

pub(crate) fn list() -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{META}}}}}"#)
}

/// What a good request has; a test changes one thing.
#[derive(Clone)]
pub(crate) struct Good {
    pub(crate) token: String,
    pub(crate) ath: Option<String>,
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) body: Option<Digest>,
    pub(crate) made: Micros,
    pub(crate) nonce: Option<String>,
    pub(crate) path: &'static str,
}

impl Good {
    /// At this door, with this token, a nonce of the node's and nothing wrong.
    pub(crate) fn new(node: &Node, path: &'static str, token: String) -> Self {
        let nonce = node.post(path, &[], &list()).header("dpop-nonce").map(str::to_owned);
        Self {
            ath: Some(token.clone()),
            token,
            method: "POST",
            url: format!("{}{path}", node.base),
            body: Some(sha256(list().as_bytes())),
            made: now(),
            nonce,
            path,
        }
    }

    pub(crate) fn proof(&self, key: &SigningKey) -> String {
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

    pub(crate) fn send(&self, node: &Node, proof: &str) -> Answer {
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
