//! cvc5 beside us: it answers questions about rules ([`bailiwick_policy::prove`]).
//!
//! Each question has a process of its own. Before it is told the question it may open nothing more, so neither a file nor a
//! socket, and has bounded memory and time; then it is ended. What it says is one word, or it is no answer.

use crate::places::variable;
use crate::wrap::find_program;
use bailiwick_api::Provers;
use bailiwick_policy::{Solver, SolverAnswer};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;
use tokio::time::Instant;

/// Where the program is, if not in PATH.
pub(crate) const CVC5: &str = "BAILIWICK_CVC5";

/// How long it may take to begin, and to answer one question.
const START_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// How many questions may go without an answer before no more is asked.
const LOST_MAX: u32 = 3;
/// The most memory of a process.
const MEMORY_BYTES_MAX: u64 = 2 << 30;
/// The most seconds of a processor: for a process that outlives us.
const CPU_S_MAX: u64 = 10;
/// The most that is read of what it says.
const SAID_BYTES_MAX: u64 = 4_096;
const LINES_MAX: usize = 8;
/// What it is asked to say first.
const READY: &str = "ready";

/// How much one look may ask.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The most questions.
    pub(crate) questions: u32,
    /// All of them together.
    pub(crate) within: Duration,
}

/// While somebody waits for `apply`.
const APPLYING: Bounds = Bounds { questions: 128, within: Duration::from_secs(10) };
/// When somebody asks.
pub(crate) const ASKED: Bounds = Bounds { questions: 2_048, within: Duration::from_secs(60) };

/// How there comes to be one.
pub(crate) const HOW: &str = "install it (Debian: `apt-get install cvc5`), or name the program by BAILIWICK_CVC5";

/// The program that `BAILIWICK_CVC5` names, else `cvc5` in PATH.
///
/// # Errors
/// Why there is none that can be run.
pub(crate) fn find() -> Result<PathBuf, String> {
    find_program(variable(CVC5).as_deref().unwrap_or("cvc5"), variable("PATH").as_deref())
}

/// What a node asks, where there is one.
#[derive(Debug)]
pub(crate) struct OfNode;

impl Provers for OfNode {
    fn solver(&self, applying: bool) -> Option<Box<dyn Solver + Send>> {
        let cvc5 = Cvc5::open(&find().ok()?, if applying { APPLYING } else { ASKED }).ok()?;
        Some(Box::new(cvc5))
    }
}

/// One look's solver.
pub(crate) struct Cvc5 {
    path: PathBuf,
    name: String,
    bounds: Bounds,
    begun: Instant,
    asked: u32,
    lost: u32,
}

impl Cvc5 {
    /// The program at a path, once it said its version.
    ///
    /// # Errors
    /// Why it cannot be run, or what is odd about it.
    pub(crate) fn open(path: &Path, bounds: Bounds) -> Result<Self, String> {
        let told = |why: String| format!("`{}`: {why}", path.display());
        let mut running = Running::start(path, &["--version"]).map_err(told)?;
        running.input.take();
        let line = running.line(START_WITHIN).map_err(told)?;
        // `This is cvc5 version 1.0.3`, and of a build from between releases more after it
        let version = line.strip_prefix("This is cvc5 version ").and_then(|rest| rest.split_whitespace().next());
        let version = version.ok_or_else(|| told("it does not say that it is cvc5".to_owned()))?;
        let plain: String = version.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
        let (path, name) = (path.to_owned(), format!("cvc5 {plain}"));
        Ok(Self { path, name, bounds, begun: Instant::now(), asked: 0, lost: 0 })
    }

    fn once(&self, question: &str, within: Duration) -> Result<SolverAnswer, String> {
        let mut running = Running::start(&self.path, &["--lang=smt2"])?;
        let mut input = running.input.take().ok_or("it has no input")?;
        let hello = format!("(echo \"{READY}\")\n");
        input.write_all(hello.as_bytes()).and_then(|()| input.flush()).map_err(|error| error.to_string())?;
        let said = running.line(START_WITHIN)?;
        if said.trim_matches('"') != READY {
            return Err(format!("it said `{said}`, expected `{READY}`"));
        }
        confine(&running.child)?;
        // written beside, so that one who does not read holds nobody up: the pipe breaks when it is ended
        let question = question.to_owned();
        std::thread::spawn(move || input.write_all(question.as_bytes()));
        match running.line(within)?.as_str() {
            "unsat" => Ok(SolverAnswer::None),
            "sat" => Ok(SolverAnswer::Some),
            other => Err(format!("it said `{other}`")),
        }
    }
}

impl Solver for Cvc5 {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn ask(&mut self, question: &str) -> SolverAnswer {
        if self.done() {
            return SolverAnswer::Unknown;
        }
        let left = self.bounds.within.saturating_sub(self.begun.elapsed());
        self.asked += 1;
        self.once(question, ANSWER_WITHIN.min(left)).unwrap_or_else(|_| {
            self.lost += 1;
            SolverAnswer::Unknown
        })
    }

    fn done(&self) -> bool {
        let over = self.begun.elapsed() >= self.bounds.within;
        over || self.asked >= self.bounds.questions || self.lost >= LOST_MAX
    }
}

/// A process that is ended when nobody waits for it any more.
struct Running {
    child: Child,
    input: Option<std::process::ChildStdin>,
    lines: Receiver<String>,
}

impl Running {
    fn start(path: &Path, args: &[&str]) -> Result<Self, String> {
        let mut command = Command::new(path);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // nothing of what this process was told is told on; PATH is for a program that is a script
        command.env_clear().envs(variable("PATH").map(|path| ("PATH", path))).current_dir("/");
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (say, lines) = sync_channel(LINES_MAX);
        let running = Self { child, input, lines };
        let output = output.ok_or("it has no output")?;
        std::thread::spawn(move || {
            let lines = BufReader::new(output.take(SAID_BYTES_MAX)).lines().take(LINES_MAX);
            lines.map_while(Result::ok).try_for_each(|line| say.send(line))
        });
        Ok(running)
    }

    /// The next line that it says.
    fn line(&self, within: Duration) -> Result<String, String> {
        self.lines.recv_timeout(within).map(|line| line.trim().to_owned()).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("it said nothing within {} ms", within.as_millis()),
            RecvTimeoutError::Disconnected => "it ended without an answer".to_owned(),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended by itself; who is not waited for stays in the table of processes
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// From here on it opens nothing: its three streams are all that it may have.
#[cfg(target_os = "linux")]
fn confine(child: &Child) -> Result<(), String> {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let pid = Pid::from_child(child);
    let bounds = [
        (Resource::Nofile, 3),
        (Resource::Nproc, 0),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::As, MEMORY_BYTES_MAX),
        (Resource::Cpu, CPU_S_MAX),
    ];
    for (what, most) in bounds {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        prlimit(Some(pid), what, limit).map_err(|error| format!("it cannot be bounded: {error}"))?;
    }
    Ok(())
}

/// Elsewhere a process cannot be bounded once it runs, so none is asked.
#[cfg(not(target_os = "linux"))]
fn confine(_child: &Child) -> Result<(), String> {
    Err("it cannot be bounded on this system".to_owned())
}

#[cfg(test)]
mod tests;
