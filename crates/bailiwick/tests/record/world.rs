//! The real binary in a home of its own, a real server behind `wrap`, and both verifiers.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How long anything may take before it counts as hanging.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// What each grant may spend on the bank.
pub(crate) const TOTAL_EUR: u64 = 12;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_bailiwick");

/// A folder that is gone when the test is.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("bw-{name}-{}-{next}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

/// A home, and the bank's books beside it.
pub(crate) struct World {
    pub(crate) folder: Folder,
    pub(crate) home: PathBuf,
    /// Where the bank keeps its books.
    pub(crate) books: PathBuf,
    node: Option<Child>,
    /// What the node said after it was ready.
    said: Option<Receiver<String>>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.kill();
    }
}

fn ended(child: &mut Child) {
    let step = Duration::from_millis(10);
    for _ in 0..WAIT_MAX.as_millis() / step.as_millis() {
        if child.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::sleep(step);
    }
    panic!("a process did not end");
}

impl World {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let (home, books) = (folder.0.join("home"), folder.0.join("books.json"));
        Self { folder, home, books, node: None, said: None }
    }

    /// A running node that knows the bank.
    pub(crate) fn furnished(name: &str) -> Self {
        let mut world = Self::new(name);
        world.start();
        let documents = world.folder.0.join("documents.yaml");
        std::fs::write(&documents, world.documents()).unwrap();
        world.done(&["apply", documents.to_str().unwrap()]);
        world
    }

    fn documents(&self) -> String {
        let command = self.bank().iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        format!(
            r#"
kind: server
name: bank
transport: {{wrapped: {{command: [{command}]}}}}
---
kind: tool
tool: bank/pay
effect: write
reversibility: reversible
bind:
  arguments:
    /amount: {{kind: amount, currency_at: /currency, role: measure}}
---
kind: template
name: personal
purpose: personal
intent: "Work with {{server}} for the user of this machine"
parameters:
  server: {{kind: server}}
start: {{who: [anyone], agents: [personal]}}
window: 12h
keep_results: 0
grant:
  - {{tools: ["{{server}}/balance"], effects: [read]}}
  - {{tools: ["{{server}}/pay"], effects: [write], meters: {{EUR: {{each: "10.00", total: "{TOTAL_EUR}.00"}}}}}}
"#
        )
    }

    /// Where payments are held while somebody listens.
    pub(crate) fn hold(&self) -> PathBuf {
        self.books.with_extension("sock")
    }

    fn bank(&self) -> Vec<String> {
        let books = self.books.display().to_string();
        let hold = self.hold().display().to_string();
        [BINARY, "demo-server", "bank", "--state", &books, "--hold", &hold].map(str::to_owned).to_vec()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("--home").arg(&self.home).args(args);
        command
    }

    /// Starts the node and waits until it answers.
    pub(crate) fn start(&mut self) {
        self.start_as(&["serve", "--user"]);
    }

    /// What the node that has ended said since it was ready.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.iter().flat_map(Receiver::iter).collect()
    }

    /// The next line that the node says.
    pub(crate) fn says(&self) -> String {
        self.said.as_ref().expect("it was started").recv_timeout(WAIT_MAX).expect("it says something")
    }

    /// Starts the node in another way.
    pub(crate) fn start_as(&mut self, args: &[&str]) {
        assert!(self.node.is_none(), "a node runs already");
        let mut child = self.command(args).stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        let lines = lines(child.stderr.take().unwrap());
        self.node = Some(child);
        loop {
            match lines.recv_timeout(WAIT_MAX) {
                Ok(line) if line.starts_with("node ready") => break self.said = Some(lines),
                Ok(line) => println!("node: {line}"),
                Err(error) => panic!("the node did not say that it is ready: {error}"),
            }
        }
    }

    /// What a node says that does not start, and ends with this code.
    pub(crate) fn fails_to_start(&self, code: i32) -> String {
        let out = self.command(&["serve", "--user"]).stdin(Stdio::null()).output().unwrap();
        assert_eq!(out.status.code(), Some(code), "{out:?}");
        String::from_utf8(out.stderr).unwrap()
    }

    /// Ends the node as a service manager does.
    pub(crate) fn stop(&mut self) {
        self.terminate();
        self.has_ended();
    }

    /// The node's process.
    pub(crate) fn process(&self) -> u32 {
        self.node.as_ref().expect("a node runs").id()
    }

    /// Tells the node to end.
    pub(crate) fn terminate(&self) {
        let node = self.node.as_ref().expect("a node runs");
        let told = Command::new("kill").args(["-TERM", &node.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    /// The node has ended by itself, or is waited for.
    pub(crate) fn has_ended(&mut self) {
        ended(&mut self.node.take().expect("a node runs"));
    }

    /// Ends the node with signal 9.
    pub(crate) fn kill(&mut self) {
        if let Some(mut node) = self.node.take() {
            let _gone = node.kill();
            let _status = node.wait();
        }
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    /// What a command that succeeds prints.
    pub(crate) fn done(&self, args: &[&str]) -> String {
        let out = self.run(args);
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let all: Vec<&str> = std::iter::once("--json").chain(args.iter().copied()).collect();
        serde_json::from_str(&self.done(&all)).unwrap()
    }

    /// An agent's client, with the bank wrapped.
    pub(crate) fn wrap(&self) -> Wrapped {
        let bank = self.bank();
        let bank: Vec<&str> = bank.iter().map(String::as_str).collect();
        self.wrap_of("bank", &bank)
    }

    /// An agent's client, with this command wrapped.
    pub(crate) fn wrap_of(&self, name: &str, command: &[&str]) -> Wrapped {
        self.wrap_with(&["--name", name], command)
    }

    /// The same with options of `wrap`.
    pub(crate) fn wrap_with(&self, options: &[&str], command: &[&str]) -> Wrapped {
        let args = [&["wrap"], options, &["--"], command].concat();
        let mut child =
            self.command(&args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (input, out) = (child.stdin.take(), lines(child.stdout.take().unwrap()));
        let errors = lines(child.stderr.take().unwrap());
        Wrapped { child, input, out, errors, next: 1, answers: None }
    }

    /// All tasks, the newest first.
    pub(crate) fn listed(&self) -> Vec<Value> {
        let tasks = self.done(&["--json", "task", "list"]);
        tasks.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The ids of all tasks.
    pub(crate) fn tasks(&self) -> Vec<String> {
        self.listed().iter().map(|task| task["task"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn key(&self) -> String {
        self.done(&["log", "key"]).trim().to_owned()
    }

    pub(crate) fn export(&self, task: &str, more: &[&str]) -> String {
        self.done(&[&["log", "export", task], more].concat())
    }
}

/// The lines of a stream, read by a thread.
fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (out, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if out.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// A wrapped server, with a client of ours before it.
pub(crate) struct Wrapped {
    child: Child,
    input: Option<ChildStdin>,
    out: Receiver<String>,
    errors: Receiver<String>,
    next: u64,
    /// What it answers a server that asks it something.
    pub(crate) answers: Option<Value>,
}

impl Drop for Wrapped {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

impl Wrapped {
    /// Ends it with signal 9.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn send(&mut self, message: &Value) -> Option<()> {
        writeln!(self.input.as_mut()?, "{message}").ok()
    }

    /// The answer to a request; `None` when the wrapper ended.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Option<Value> {
        let id = self.next;
        self.next += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))?;
        loop {
            let line = match self.out.recv_timeout(WAIT_MAX) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("no answer to {method}"),
            };
            let answer: Value = serde_json::from_str(&line).unwrap();
            if answer["id"] == json!(id) && answer.get("method").is_none() {
                return Some(answer);
            }
            if let (Some(result), Some("elicitation/create")) = (&self.answers, answer["method"].as_str()) {
                let told = json!({"jsonrpc": "2.0", "id": answer["id"], "result": result});
                self.send(&told)?;
            }
        }
    }

    /// Waits until the node has opened its session.
    pub(crate) fn governed(&mut self) {
        let said = self.errors.recv_timeout(WAIT_MAX).expect("the wrapper says that it has a session");
        assert!(said.contains("is governed"), "{said}");
    }

    /// The handshake and the list of tools.
    pub(crate) fn open(&mut self) -> Option<Value> {
        let client = json!({"name": "test", "version": "1"});
        let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
        self.ask("initialize", hello)?;
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))?;
        self.ask("tools/list", json!({}))
    }

    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Option<Value> {
        self.ask("tools/call", json!({"name": tool, "arguments": arguments}))
    }

    /// Pays some euros; the reference is unique.
    pub(crate) fn pay(&mut self, euros: u64, reference: &str) -> Option<Value> {
        self.call("pay", payment(euros, reference))
    }

    /// Asks for a payment and hears no answer.
    pub(crate) fn pays_without_waiting(&mut self, euros: u64, reference: &str) {
        let params = json!({"name": "pay", "arguments": payment(euros, reference)});
        self.send(&json!({"jsonrpc": "2.0", "id": "unheard", "method": "tools/call", "params": params})).unwrap();
    }

    /// Ends it as a client does, by closing its input.
    pub(crate) fn close(mut self) {
        self.input = None;
        ended(&mut self.child);
    }

    /// What it says when its client goes.
    pub(crate) fn ended_by_its_client(mut self) -> (Option<i32>, String) {
        self.input = None;
        self.last_words()
    }

    /// What it says before it ends by itself.
    pub(crate) fn last_words(mut self) -> (Option<i32>, String) {
        ended(&mut self.child);
        let code = self.child.wait().unwrap().code();
        (code, self.errors.iter().collect::<Vec<_>>().join("\n"))
    }
}

fn payment(euros: u64, reference: &str) -> Value {
    json!({
        "iban": "DE02120300000000202051", "payee": "Example", "amount": format!("{euros}.00"),
        "currency": "EUR", "reference": reference, "idempotency_key": reference,
    })
}

/// Whether a call was answered with success.
pub(crate) fn succeeded(answer: &Value) -> bool {
    answer.get("result").is_some_and(|result| result["isError"] != json!(true))
}

/// Runs `bailiwick verify` as on a machine without a home, and answers its report.
pub(crate) fn verify(bundle: &Path, key: &str, kept: &[PathBuf]) -> Value {
    let mut command = Command::new(BINARY);
    command.env_clear().args(["--json", "verify", "--key", key]).arg(bundle);
    for kept in kept {
        command.arg("--checkpoint").arg(kept);
    }
    let out = command.output().unwrap();
    let report: Value = serde_json::from_slice(&out.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&out.stderr)));
    let expected = if report["answer"] == "confirmed" { 0 } else { 1 };
    assert_eq!(out.status.code(), Some(expected), "{report}");
    report
}

/// The second verifier's report; `None` where there is no Python.
pub(crate) fn verify_python(bundle: &Path, key: &str, kept: &[PathBuf]) -> Option<Value> {
    static THERE: OnceLock<bool> = OnceLock::new();
    let there = *THERE.get_or_init(|| {
        let there = Command::new("python3").arg("--version").output().is_ok_and(|out| out.status.success());
        if !there {
            // Not by `println!`, which the harness keeps to itself.
            writeln!(std::io::stderr(), "skipped: the verifier in Python, since there is no python3").ok();
        }
        there
    });
    if !there {
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suites/verify-python/verify.py");
    let mut command = Command::new("python3");
    command.arg(script).args(["--json", "--log-key", key]);
    for kept in kept {
        command.arg("--kept").arg(kept);
    }
    let out = command.arg(bundle).output().unwrap();
    Some(serde_json::from_slice(&out.stdout).unwrap_or_else(|error| panic!("{error}: {out:?}")))
}

/// The names of what was found.
pub(crate) fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["found"].as_str().unwrap().to_owned()).collect()
}
