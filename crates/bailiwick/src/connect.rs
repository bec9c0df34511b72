//! `connect`: a client that knows neither tokens nor proofs acts through this process, which has both.

mod alone;
mod bridge;
mod events;
mod grantee;
mod headers;
mod message;
mod mirror;

use crate::cli::Connect;
use crate::command::Outcome;
use crate::home::Trouble;
use crate::trust::BadInput;
use bailiwick_authority::client::Client;
use bailiwick_core::json::Json;
use bailiwick_core::normal::url_host;
use bailiwick_core::{AgentId, GrantId, InstanceId, Micros, Software, TaskId, Version, sha256};
use bailiwick_identity::SigningKey;
use bridge::Bridge;
use grantee::{Grantee, Named};
use message::{MESSAGE_LIMITS, Message};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use zeroize::Zeroizing;

/// How many messages may wait for a client that does not read.
const OUT: usize = 256;
/// The most requests that are open at a time: what comes after them waits.
const OPEN_MAX: usize = 64;
/// How long a client is waited for that cannot be served, to be told why.
const FIRST_WITHIN: Duration = Duration::from_secs(5);
/// How long what is open may take once the client has closed its end.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);

/// This machine's time: a client proves when it asks, and the server compares.
#[expect(clippy::disallowed_methods, reason = "the client is a driver; this is the one place where it reads a clock")]
pub(crate) fn clock() -> Micros {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}

/// Serves the client on standard input and output until it goes.
///
/// # Errors
/// When the key cannot be read, or the streams fail.
pub(crate) async fn connect(asked: Connect, node: &crate::client::Client) -> Result<Outcome, Trouble> {
    let (agent, task) = match ready(&asked, node).await {
        Ok(ready) => ready,
        Err(why) => {
            refuse_first(&why).await;
            return Err(why);
        }
    };
    let client = Client::new(Arc::new(bailiwick_record::system_random), Arc::new(clock));
    let grantee = Grantee::new(client, resource(&asked.url), agent, task, clock);
    let (out, messages) = mpsc::channel(OUT);
    let writing = tokio::spawn(write(messages));
    let bridge = Bridge::new(grantee, out);
    let waiting = tokio::spawn(Arc::clone(&bridge).wait_for_tasks());
    let renewing = tokio::spawn(Arc::clone(&bridge).renew());
    let mut input = BufReader::new(tokio::io::stdin());
    let mut open = JoinSet::new();
    // Clients that do not only close their end ask to go: what is held is given back then too.
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    loop {
        while open.len() >= OPEN_MAX {
            open.join_next().await;
        }
        let line = tokio::select! {
            line = line(&mut input) => line?,
            _ = terminate.recv() => None,
        };
        let Some(line) = line else { break };
        let Some(message) = Message::read(&line) else {
            crate::print::words("bailiwick: a line of the client is no message and was dropped");
            continue;
        };
        if message.is_ordered() {
            // what follows in the stream counts on it
            Arc::clone(&bridge).take(message).await;
            continue;
        }
        let tracked = message.id_of_request();
        let taken = open.spawn(Arc::clone(&bridge).take(message));
        bridge.track(tracked, taken);
        while open.try_join_next().is_some() {}
    }
    let _drained = tokio::time::timeout(DRAIN_WITHIN, async { while open.join_next().await.is_some() {} }).await;
    open.shutdown().await;
    waiting.abort();
    renewing.abort();
    let _told = tokio::time::timeout(DRAIN_WITHIN, bridge.close()).await;
    drop(bridge);
    writing.abort();
    Ok(Outcome::Done)
}

/// Who acts, by which key, what it says that it runs, and what this process calls itself.
type Acting = (AgentId, SigningKey, Option<Software>, InstanceId);

/// Who acts, under which task.
async fn ready(asked: &Connect, node: &crate::client::Client) -> Result<(Acting, Option<Named>), Trouble> {
    check_url(&asked.url)?;
    let agent = AgentId::parse(&asked.agent)?;
    let agent_key = key(&asked.key, &agent)?;
    let task = match asked.task.as_deref() {
        Some(task) => Some(named(task, asked.grant.as_deref(), node).await?),
        None => None,
    };
    let software = software(asked)?;
    let instance = InstanceId::parse(&crate::wrap::process_name()?)?;
    Ok(((agent, agent_key, software, instance), task))
}

/// The agent's version as it was given, and the digest of its configuration's file.
fn software(asked: &Connect) -> Result<Option<Software>, Trouble> {
    let version = asked.agent_version.as_deref().map(Version::parse).transpose()?;
    let read = |file: &PathBuf| {
        std::fs::read(file).map_err(|error| BadInput(format!("--agent-config: {}: {error}", file.display())))
    };
    let config = asked.agent_config.as_ref().map(read).transpose()?.map(|bytes| sha256(&bytes));
    Ok(Some(Software { config, version }).filter(|software| !software.is_empty()))
}

/// A client that asks is told why this process ends: what stands on standard error many of them show to nobody.
async fn refuse_first(why: &Trouble) {
    use std::io::IsTerminal as _;
    if std::io::stdin().is_terminal() {
        return;
    }
    let mut input = BufReader::new(tokio::io::stdin());
    let Ok(Ok(Some(line))) = tokio::time::timeout(FIRST_WITHIN, line(&mut input)).await else { return };
    let asked = Message::read(&line).filter(|message| message.method.is_some());
    let Some(id) = asked.and_then(|message| message.id) else { return };
    let error = Json::object([("code", Json::from(alone::INTERNAL_ERROR)), ("message", Json::from(why.to_string()))]);
    let answer = Json::object([("error", error), ("id", id), ("jsonrpc", Json::from("2.0"))]);
    let mut output = tokio::io::stdout();
    // one that is gone needs no answer
    let _gone = output.write_all(format!("{}\n", answer.canonical()).as_bytes()).await;
    let _gone = output.flush().await;
}

/// One line, bounded; `None` at the end.
async fn line(input: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let most = u64::try_from(MESSAGE_LIMITS.bytes).unwrap_or(u64::MAX);
    loop {
        let mut line = Vec::new();
        let count = (&mut *input).take(most).read_until(b'\n', &mut line).await?;
        if count == 0 {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') && line.len() >= MESSAGE_LIMITS.bytes {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "the client wrote a line without end"));
        }
        if !line.trim_ascii().is_empty() {
            return Ok(Some(line));
        }
    }
}

async fn write(mut messages: mpsc::Receiver<Json>) {
    let mut output = tokio::io::stdout();
    while let Some(message) = messages.recv().await {
        let mut line = message.canonical().into_bytes();
        line.push(b'\n');
        // a client that is gone needs nothing more
        if output.write_all(&line).await.is_err() || output.flush().await.is_err() {
            return;
        }
    }
}

/// The door of all servers, where only the node is named.
fn resource(url: &str) -> String {
    let url = url.trim_end_matches('/');
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    if path.is_none() { format!("{url}/mcp") } else { url.to_owned() }
}

/// A task by its id, and a grant of it. Their beginnings do where the node of this home can be asked which one that is.
async fn named(task: &str, grant: Option<&str>, node: &crate::client::Client) -> Result<Named, Trouble> {
    let whole = TaskId::parse(task).ok().zip(grant.map(GrantId::parse).transpose().ok());
    if let Some(named) = whole {
        return Ok(named);
    }
    if !node.answers().await {
        let (what, text) =
            if TaskId::parse(task).is_ok() { ("grant", grant.unwrap_or_default()) } else { ("task", task) };
        let why = format!("without a node in this home a {what} is named by its whole id");
        return Err(BadInput(format!("`{}`: {why}", text.escape_debug())).into());
    }
    let (task, grant) = crate::command::find_grant(node, task, grant).await?;
    Ok((TaskId::parse(&task)?, grant.as_deref().map(GrantId::parse).transpose()?))
}

/// What can never be a node is refused before anything waits for it.
fn check_url(url: &str) -> Result<(), BadInput> {
    let bad = |why: &str| BadInput(format!("`{}`: {why}", url.escape_debug()));
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "https")) {
        return Err(bad("expected the node as `http://127.0.0.1:8484` or `https://…`"));
    }
    url_host(url).map(drop).ok_or_else(|| bad("it names no host, or more than a node's address"))
}

fn key(path: &Path, agent: &AgentId) -> Result<SigningKey, BadInput> {
    let bad = |error: &dyn std::fmt::Display| BadInput(format!("{}: {error}", path.display()));
    let unread = |error: std::io::Error| {
        let make = format!("`bailiwick agent key {agent} --out {} --enroll` makes one", path.display());
        bad(&format_args!("the agent's private key cannot be read ({error}): {make}"))
    };
    let text = Zeroizing::new(std::fs::read(path).map_err(unread)?);
    SigningKey::parse(&text).map_err(|error| bad(&error))
}

#[cfg(test)]
mod tests;
