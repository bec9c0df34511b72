//! A node in a home of its own, and the command line asked of it.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_bailiwick");
/// How long anything may take before it counts as hanging.
const WAIT_MAX: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(50);

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(out: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: out.status.code().unwrap(), out: text(out.stdout), err: text(out.stderr) }
    }

    /// The JSON of each line of standard output.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let json = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.out.lines().map(json).collect()
    }

    /// The one object that says what went wrong.
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(self.out, "", "{self:?}");
        let problem: Value = serde_json::from_str(self.err.lines().last().unwrap()).unwrap();
        assert_eq!(problem["exit"], self.code, "{problem}");
        problem
    }
}

pub(crate) struct World {
    pub(crate) folder: PathBuf,
    node: Option<Child>,
    pub(crate) address: String,
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut node) = self.node.take() {
            let _gone = node.kill();
            let _status = node.wait();
        }
        let _left = std::fs::remove_dir_all(&self.folder);
    }
}

impl World {
    /// A folder with a home in it that nobody has used.
    pub(crate) fn empty() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bw-cli-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, node: None, address: String::new() }
    }

    /// A running node.
    pub(crate) fn running() -> Self {
        let mut world = Self::empty();
        let mut child = world
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        world.node = Some(child);
        world.address = loop {
            let line = said.next().expect("the node says where it is").unwrap();
            if let Some(url) = line.strip_prefix("agents reach it at ") {
                break url.strip_suffix("/mcp").unwrap().to_owned();
            }
        };
        // what it says later is read, so that it never waits for us
        std::thread::spawn(move || said.for_each(drop));
        world
    }

    /// Starts a node and does not wait for it.
    pub(crate) fn starts(&mut self) {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        self.node = Some(command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }

    /// A running node that knows the bank and the mailbox, looked at and reviewed.
    pub(crate) fn furnished() -> Self {
        let world = Self::running();
        world.done(&["apply", "-f", example()]);
        for server in ["bank", "mail"] {
            world.done(&["server", "review", server, "--yes"]);
        }
        world
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        // the example's servers are started by their name
        let own = Path::new(BINARY).parent().unwrap();
        let path = std::env::join_paths(
            std::iter::once(own.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        command.env("PATH", path.unwrap()).arg("--home").arg(self.folder.join("home")).args(args);
        command
    }

    /// A command as people are told to run it: with the home that was named.
    pub(crate) fn told(&self, command: &str) -> String {
        format!("bailiwick --home {} {command}", self.folder.join("home").display())
    }

    pub(crate) fn run(&self, args: &[&str]) -> Said {
        Said::of(self.command(args).stdin(Stdio::null()).output().unwrap())
    }

    /// What a command that succeeds says.
    pub(crate) fn done(&self, args: &[&str]) -> Said {
        let said = self.run(args);
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        said
    }

    /// The one line of JSON that a command prints.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let mut lines = self.done(&[&["--json"], args].concat()).lines();
        assert_eq!(lines.len(), 1, "{args:?}: {lines:?}");
        lines.remove(0)
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A task to pay an invoice, consented to wholly; its id.
    pub(crate) fn task(&self) -> String {
        let start = ["task", "start", "pay-one-invoice", "payee=X", "iban=DE89370400440532013000", "max=100"];
        let task = self.json(&[&start[..], &["--agent", "clerk", "--yes", "--yes-privileged"]].concat());
        task["task"].as_str().unwrap().to_owned()
    }

    /// Asks until what is said is as it should be.
    pub(crate) fn until(&self, args: &[&str], is: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..WAIT_MAX.as_millis() / STEP.as_millis() {
            let said = self.json(args);
            if is(&said) {
                return said;
            }
            std::thread::sleep(STEP);
        }
        panic!("{args:?} never said so: {}", self.json(args));
    }
}

/// Waits for a process, which must end by itself; its code.
pub(crate) fn ended(child: &mut Child) -> Option<i32> {
    for _ in 0..WAIT_MAX.as_millis() / STEP.as_millis() {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(STEP);
    }
    child.kill().unwrap();
    panic!("a process did not end");
}

/// The beginning of an id.
pub(crate) fn beginning(id: &str, chars: usize) -> &str {
    id.get(..chars).unwrap()
}

pub(crate) fn example() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/pay-invoice")
}
