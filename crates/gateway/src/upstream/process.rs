//! A server that is a child of ours: started with its own environment, ended when its session is.

use super::desk::Desk;
use super::locked;
use super::pipe::Pipe;
use super::target::{StderrTo, StdioTarget};
use rustix::process::{Pid, Signal};
use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::{oneshot, watch};

/// What is kept of a server's last words.
const LAST_WORDS_BYTES: usize = 4096;

/// What is known of a process from outside.
#[derive(Clone, Default)]
pub(crate) struct Fate {
    last_words: Arc<Mutex<VecDeque<u8>>>,
    ended: Arc<watch::Sender<Option<String>>>,
    /// Whether all that it said was read.
    heard: Arc<watch::Sender<bool>>,
}

impl Fate {
    /// How it ended and what it said last, as far as both are known within a moment.
    pub(crate) async fn explain(&self, within: Duration) -> String {
        let mut ended = self.ended.subscribe();
        let mut heard = self.heard.subscribe();
        let how = tokio::time::timeout(within, ended.wait_for(Option::is_some)).await;
        let how = how.ok().and_then(Result::ok).and_then(|ended| ended.clone());
        // what it started may go on and hold its stderr
        let _ = tokio::time::timeout(within, heard.wait_for(|heard| *heard)).await.map(drop);
        let bytes: Vec<u8> = locked(&self.last_words).iter().copied().collect();
        let words = String::from_utf8_lossy(&bytes);
        let last = telling(&words);
        let how = how.unwrap_or_else(|| "it closed its output".into());
        match last {
            Some(line) => format!("{how}; it said `{}`", crate::rpc::quoted(line)),
            None => how,
        }
    }
}

/// The line that says what is wrong: the last one that names an error, since what comes after it is where and by what;
/// else the last one.
fn telling(words: &str) -> Option<&str> {
    let lines = || words.lines().map(str::trim).filter(|line| !line.is_empty());
    let named = |line: &&str| line.split(' ').any(|word| word.ends_with("rror:") || word == "ERR!");
    lines().rfind(named).or_else(|| lines().next_back())
}

/// What was written to a process and is not read: tells one that ended by itself from one that ended for what it was asked.
/// While it is there, the process's input stays open.
#[derive(Default)]
pub(crate) struct Unread(Option<OwnedFd>);

impl Unread {
    /// Whether something lies there. Where nobody can tell it is as if all was read.
    pub(crate) fn any(&self) -> bool {
        self.0.as_ref().and_then(|input| rustix::io::ioctl_fionread(input).ok()).is_some_and(|bytes| bytes > 0)
    }
}

/// Starts the command and the pipe to it.
pub(crate) fn start(
    target: &StdioTarget,
    desk: Arc<Desk>,
    stop_within: Duration,
) -> Result<(Pipe, Fate, Unread), String> {
    let mut command = match &target.account {
        None => Command::new(&target.program),
        Some(account) => {
            let mut command = Command::new(&account.starter);
            command.args(["run-as", &account.uid.to_string(), &account.gid.to_string()]).arg(&account.home);
            command.arg("--").arg(&target.program);
            command
        }
    };
    command.args(&target.args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if !target.inherit_environment {
        command.env_clear();
    }
    command.envs(target.environment.iter().map(|(name, value)| (name, value.as_str())));
    // The account's own folder is for itself to go to: nobody else may, not the node either.
    if let Some(directory) = target.directory.as_ref().filter(|_| target.account.is_none()) {
        command.current_dir(directory);
    }
    // a group of its own, so that what it starts ends with it
    command.process_group(0).kill_on_drop(true);
    let program = target.program.to_string_lossy().into_owned();
    let mut child =
        command.spawn().map_err(|error| format!("`{}` did not start: {error}", crate::rpc::quoted(&program)))?;
    let fate = Fate::default();
    if let Some(stderr) = child.stderr.take() {
        let (fate, shown) = (fate.clone(), target.stderr == StderrTo::Shown);
        tokio::spawn(async move {
            drain(stderr, &fate.last_words, shown).await;
            fate.heard.send_replace(true);
        });
    }
    let (Some(stdout), Some(stdin)) = (child.stdout.take(), child.stdin.take()) else {
        // by INVARIANT of `Stdio::piped`: both are there
        return Err(format!("`{}` has no streams", crate::rpc::quoted(&program)));
    };
    let unread = Unread(stdin.as_fd().try_clone_to_owned().ok());
    let (pipe, closing) = Pipe::start(stdout, stdin, desk);
    tokio::spawn(supervise(child, closing, stop_within, fate.clone()));
    Ok((pipe, fate, unread))
}

async fn drain(mut stderr: impl AsyncRead + Unpin, last_words: &Mutex<VecDeque<u8>>, shown: bool) {
    let mut own = tokio::io::stderr();
    let mut buffer = [0; 1024];
    while let Ok(count) = stderr.read(&mut buffer).await {
        if count == 0 {
            return;
        }
        {
            let mut words = locked(last_words);
            words.extend(buffer.iter().take(count));
            let surplus = words.len().saturating_sub(LAST_WORDS_BYTES);
            words.drain(..surplus);
        }
        if shown && let Some(bytes) = buffer.get(..count) {
            // who started us may not listen: what it says is kept all the same
            let _ = own.write_all(bytes).await;
            let _ = own.flush().await;
        }
    }
}

/// A process with all that it started, until it is waited for: whoever goes before that ends all of it at once.
struct Group(Option<Pid>);

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // by INVARIANT of `Group`: it is not waited for yet, so its group is still its own; gone is as good
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Waits for the process; ends it when its session is over: its input is closed already, then SIGTERM, then SIGKILL
/// (MCP, stdio transport, shutdown).
async fn supervise(mut child: Child, closing: oneshot::Receiver<()>, stop_within: Duration, fate: Fate) {
    let mut group = Group(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw));
    let mut status = tokio::select! {
        status = child.wait() => Some(status),
        _ = closing => None,
    };
    for signal in [None, Some(Signal::TERM), Some(Signal::KILL)] {
        if status.is_some() {
            break;
        }
        if let Some(signal) = signal {
            group.signal(signal);
        }
        status = tokio::time::timeout(stop_within, child.wait()).await.ok();
    }
    if status.is_some() {
        // what it left behind is nobody's to find by a number that may be another's by now
        group.0 = None;
    }
    let how = match status {
        Some(Ok(status)) => status.to_string(),
        Some(Err(error)) => error.to_string(),
        None => "it does not end".into(),
    };
    fate.ended.send_replace(Some(how));
}

#[cfg(test)]
mod tests;
