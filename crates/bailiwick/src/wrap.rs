//! `wrap`: words in front of a server's command. The wrapper owns the server's process and forwards; the node decides.

mod program;

use crate::cli::{McpClient, Wrap};
use crate::client::{Client, Refused};
use crate::command::{Outcome, ensure_user_node};
use crate::hint::ours;
use crate::home::Trouble;
use crate::places::{Places, variable};
use crate::print::{data, words};
use crate::remote::Remote;
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use bailiwick_core::{AgentId, Digest, ServerName, sha256};
use bailiwick_gateway::{Caller, Settings, StderrTo, StdioTarget, Target, Upstreams, run_stdio};
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use program::find as find_program;

/// The largest executable whose bytes are hashed.
const EXECUTABLE_BYTES_MAX: u64 = 512 << 20;

/// How often a session is asked for where a node is just ending.
const OPEN_TRIES_MAX: u32 = 40;
/// How long between two times.
const OPEN_AGAIN: Duration = Duration::from_millis(250);
/// How long the node may take to end the session's task.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// Runs the wrapped server, or prints the client's configuration.
///
/// # Errors
/// When the server cannot be started, or the node does not answer, or refuses the session.
pub(crate) async fn wrap(asked: Wrap, places: &Places, own_home: bool) -> Result<Outcome, Trouble> {
    // A name that is none is refused before it stands in a configuration, or starts anything.
    asked.name.as_deref().map(ServerName::parse).transpose()?;
    AgentId::parse(&asked.agent)?;
    if let Some(client) = asked.print {
        let program = std::env::current_exe()?;
        let home = own_home.then(|| std::path::absolute(&places.state)).transpose()?;
        data(&configuration(client, &asked, &program, home.as_deref())?);
        return Ok(Outcome::Done);
    }
    let named = asked.command.first().ok_or_else(|| BadInput("expected a command after `--`".to_owned()))?;
    let executable = match program::find(named, variable("PATH").as_deref()) {
        Ok(path) => executable_digest(&path),
        Err(why) => return Err(not_started(&why).await.into()),
    };
    ensure_user_node(places, own_home).await?;
    let secret = hex(&draw::<32>()?);
    let client = Client::new(&places.socket, Some(secret.clone()));
    let open = Json::object([
        ("agent", Json::from(asked.agent.as_str())),
        ("command", Json::array(asked.command.iter().map(|word| Json::from(word.as_str())))),
        ("executable", executable.map_or(Json::Null, |digest| Json::from(digest.to_string().as_str()))),
        ("instance", Json::from(process_name()?.as_str())),
        ("name", asked.name.as_deref().map_or(Json::Null, Json::from)),
        ("secret", Json::from(secret.as_str())),
    ]);
    let session = match opened(&client, &open, places, own_home).await {
        Ok(session) => session,
        Err(trouble) => {
            let why = trouble.downcast_ref::<Refused>().map_or_else(|| trouble.to_string(), |no| no.detail.clone());
            program::tell(&format!("the wrapped server was not started: {why}")).await;
            return Err(trouble);
        }
    };
    let server = session.get("server").and_then(Json::as_str).ok_or("the node's answer was not understood")?;
    let server = ServerName::parse(server)?;
    if let Some(note) = session.get("note").and_then(Json::as_str) {
        words(&format!("bailiwick: {note}"));
    }
    words(&format!("bailiwick: {server} is governed (cooperative); see `{}`", ours("status")));
    let closing = Client::new(&places.socket, Some(secret.clone()));
    // Open for as long as this process is: when it goes without a word, the node hears of it, and ends the task.
    let holding = Client::new(&places.socket, Some(secret.clone()));
    let holding = tokio::spawn(async move { drop(holding.get("/v1/wrap/held").await) });
    let remote = Remote::new(client, server.clone(), executable.map(|digest| digest.to_string()), &secret);
    let settings = Settings { server_needed: true, ..Settings::default() };
    let target = target(&asked.command).ok_or("expected a command after `--`")?;
    let upstreams = Upstreams::new([(server.clone(), Target::Stdio(target))], settings.clone());
    let upstreams = Arc::new(upstreams);
    let caller = Caller { key: "wrap".to_owned(), decider: Arc::new(remote), upstreams: Arc::clone(&upstreams) };
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let stop = async move {
        terminate.recv().await;
    };
    let ended = run_stdio(tokio::io::stdin(), tokio::io::stdout(), caller, Some(server), settings, stop).await;
    let trouble = upstreams.troubles().into_iter().next();
    let closed = if trouble.is_none() { "/v1/wrap" } else { "/v1/wrap?server=gone" };
    // A node that is gone has forgotten the session already, and one that is slow ends it all the same.
    let _gone = tokio::time::timeout(CLOSE_WITHIN, closing.delete(closed)).await;
    holding.abort();
    ended?;
    match trouble {
        None => Ok(Outcome::Done),
        Some((server, why)) => Err(BadInput(format!("the server `{server}`: {why}")).into()),
    }
}

/// Opens the session. A node that is just ending takes none: the next one does.
async fn opened(client: &Client, open: &Json, places: &Places, own_home: bool) -> Result<Json, Trouble> {
    let mut tries = 0;
    loop {
        let answer = client.post("/v1/wrap", open).await;
        let later = match &answer {
            Ok(_) => false,
            // Nothing was decided: there is nothing to ask twice.
            Err(trouble) => match trouble.downcast_ref::<Refused>() {
                Some(refused) => refused.code == "unavailable",
                // It was gone before it answered.
                None => true,
            },
        };
        if !later || tries >= OPEN_TRIES_MAX {
            return answer;
        }
        tries += 1;
        tokio::time::sleep(OPEN_AGAIN).await;
        ensure_user_node(places, own_home).await?;
    }
}

/// Says to the client, and to whoever reads standard error, that the server cannot be started.
async fn not_started(why: &str) -> BadInput {
    let why = format!("the wrapped server cannot be started: {why}");
    words(&format!("bailiwick: {why}"));
    program::tell(&why).await;
    BadInput("nothing was started: correct the command after `wrap --` in the client's configuration".to_owned())
}

fn target(command: &[String]) -> Option<StdioTarget> {
    let (program, args) = command.split_first()?;
    Some(StdioTarget {
        program: OsString::from(program),
        args: args.iter().map(OsString::from).collect(),
        inherit_environment: true,
        environment: Vec::new(),
        secrets: Arc::default(),
        account: None,
        directory: None,
        search: variable("PATH").map(OsString::from),
        stderr: StderrTo::Shown,
    })
}

/// The digest of a program's file, where it can be read.
fn executable_digest(path: &Path) -> Option<Digest> {
    let size = std::fs::metadata(path).ok()?.len();
    if size > EXECUTABLE_BYTES_MAX {
        return None;
    }
    std::fs::read(path).ok().map(|bytes| sha256(&bytes))
}

/// What this process calls itself: its id is used again, so chance is beside it.
pub(crate) fn process_name() -> Result<String, Trouble> {
    Ok(format!("{}-{}", std::process::id(), hex(&draw::<4>()?)))
}

fn draw<const N: usize>() -> Result<[u8; N], Trouble> {
    let mut out = [0; N];
    bailiwick_record::system_random(&mut out)?;
    Ok(out)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The client's configuration with the command wrapped, ready to paste. `program` is this one, `home` one of its own.
fn configuration(client: McpClient, asked: &Wrap, program: &Path, home: Option<&Path>) -> Result<String, Trouble> {
    let name = asked.name.clone().unwrap_or_else(|| bailiwick_api::called(&asked.command).to_string());
    let mut args: Vec<Json> = Vec::new();
    if let Some(home) = home {
        args.extend([Json::from("--home"), Json::from(written(home)?)]);
    }
    args.push(Json::from("wrap"));
    if let Some(name) = &asked.name {
        args.extend([Json::from("--name"), Json::from(name.as_str())]);
    }
    if asked.agent != "personal" {
        args.extend([Json::from("--agent"), Json::from(asked.agent.as_str())]);
    }
    args.push(Json::from("--"));
    args.extend(asked.command.iter().map(|word| Json::from(word.as_str())));
    let command = match client {
        // it is started by the desktop, which does not know the folders of the user's shell
        McpClient::ClaudeDesktop => written(program)?,
        McpClient::ClaudeCode | McpClient::Cursor | McpClient::Vscode => "bailiwick",
    };
    let mut server = vec![("args", Json::array(args)), ("command", Json::from(command))];
    if client != McpClient::ClaudeDesktop {
        server.push(("type", Json::from("stdio")));
    }
    let top = if client == McpClient::Vscode { "servers" } else { "mcpServers" };
    let whole = Json::object([(top, Json::object([(name, Json::object(server))]))]);
    let pretty: serde_json::Value = serde_json::from_str(&whole.canonical())?;
    Ok(serde_json::to_string_pretty(&pretty)?)
}

fn written(path: &Path) -> Result<&str, Trouble> {
    path.to_str()
        .ok_or_else(|| format!("the path `{}` is not UTF-8, so no configuration can say it", path.display()).into())
}

#[cfg(test)]
mod tests;
