//! The program of a wrapped server: whether it can be started, and what the client is told when it cannot.

use crate::print::words;
use bailiwick_core::json::{Json, Limits};
use rustix::fs::{Access, access};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

/// How long a client may take to ask for the first time.
const ASKED_WITHIN: Duration = Duration::from_secs(10);
/// The most bytes of its first message.
const FIRST_BYTES_MAX: u64 = 1 << 20;
/// What reading that may cost.
const FIRST_LIMITS: Limits = Limits { bytes: 1 << 20, depth: 64, nodes: 100_000 };
/// JSON-RPC's code of what is not the client's fault.
const INTERNAL_ERROR: i64 = -32603;

/// The file that a program's name means to `execvp`. Says why when there is none.
pub(crate) fn find(program: &str, search: Option<&str>) -> Result<PathBuf, String> {
    let runs = |path: &Path| path.is_file() && access(path, Access::EXEC_OK).is_ok();
    if program.contains('/') {
        let path = PathBuf::from(program);
        return match path.try_exists() {
            Ok(true) if runs(&path) => Ok(path),
            Ok(true) => Err(format!("`{program}` is not executable")),
            Ok(false) => Err(format!("`{program}` is not there")),
            Err(why) => Err(format!("`{program}`: {why}")),
        };
    }
    let folders: Vec<PathBuf> = search.map(|search| std::env::split_paths(search).collect()).unwrap_or_default();
    let named = || folders.iter().map(|folder| folder.join(program)).filter(|path| path.is_file());
    match named().find(|path| runs(path)) {
        Some(path) => Ok(path),
        None if named().next().is_some() => Err(format!("`{program}` in PATH is not executable")),
        None => Err(format!("there is no program `{program}` in PATH")),
    }
}

/// Tells the client that its server cannot be started, as the answer to its first request: that is what clients show.
pub(super) async fn tell(why: &str) {
    if std::io::stdin().is_terminal() {
        // A person, who reads what is said besides.
        return;
    }
    let mut input = BufReader::new(tokio::io::stdin()).take(FIRST_BYTES_MAX);
    let first = async {
        loop {
            let mut line = Vec::new();
            if input.read_until(b'\n', &mut line).await.unwrap_or(0) == 0 {
                return None;
            }
            let id = Json::parse(line.trim_ascii(), &FIRST_LIMITS).ok().and_then(|message| message.get("id").cloned());
            if id.is_some() {
                return id;
            }
        }
    };
    // A client that asks nothing reads it on standard error.
    let Ok(Some(id)) = tokio::time::timeout(ASKED_WITHIN, first).await else { return };
    let error = Json::object([("code", Json::from(INTERNAL_ERROR)), ("message", Json::from(why))]);
    let answer = Json::object([("error", error), ("id", id), ("jsonrpc", Json::from("2.0"))]);
    let mut output = tokio::io::stdout();
    let told = output.write_all(format!("{}\n", answer.canonical()).as_bytes()).await;
    if told.is_err() || output.flush().await.is_err() {
        words("the client was gone before it could be told");
    }
}

#[cfg(test)]
mod tests;
