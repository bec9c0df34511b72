//! `wrap`: words in front of a server's command. The wrapper owns the server's process and forwards; the node decides.

use crate::cli::{McpClient, Wrap};
use crate::client::Client;
use crate::command::{Outcome, ensure_user_node};
use crate::home::Trouble;
use crate::places::{Places, variable};
use crate::print::{data, words};
use crate::remote::Remote;
use bailiwick_core::json::Json;
use bailiwick_core::{Digest, ServerName, sha256};
use bailiwick_gateway::{Caller, Settings, StderrTo, StdioTarget, Target, Upstreams, run_stdio};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest executable whose bytes are hashed.
const EXECUTABLE_BYTES_MAX: u64 = 512 << 20;

/// Runs the wrapped server, or prints the client's configuration.
///
/// # Errors
/// When the node does not answer, or refuses the session.
pub(crate) async fn wrap(asked: Wrap, places: &Places, own_home: bool) -> Result<Outcome, Trouble> {
    if let Some(client) = asked.print {
        let program = std::env::current_exe()?;
        let home = own_home.then(|| std::path::absolute(&places.state)).transpose()?;
        data(&configuration(client, &asked, &program, home.as_deref())?);
        return Ok(Outcome::Done);
    }
    ensure_user_node(places, own_home).await?;
    let secret = hex(&draw::<32>()?);
    let client = Client::new(&places.socket, Some(secret.clone()));
    let executable = asked.command.first().and_then(|program| executable_digest(program));
    let open = Json::object([
        ("agent", Json::from(asked.agent.as_str())),
        ("command", Json::array(asked.command.iter().map(|word| Json::from(word.as_str())))),
        ("executable", executable.map_or(Json::Null, |digest| Json::from(digest.to_string().as_str()))),
        ("instance", Json::from(format!("{}-{}", std::process::id(), hex(&draw::<4>()?)).as_str())),
        ("name", asked.name.as_deref().map_or(Json::Null, Json::from)),
        ("secret", Json::from(secret.as_str())),
    ]);
    let session = client.post("/v1/wrap", &open).await?;
    let server = session.get("server").and_then(Json::as_str).ok_or("the node's answer was not understood")?;
    let server = ServerName::parse(server)?;
    words(&format!("bailiwick: {server} is governed (cooperative); see `bailiwick status`"));
    let closing = Client::new(&places.socket, Some(secret));
    let remote = Remote::new(client, server.clone(), executable.map(|digest| digest.to_string()));
    let settings = Settings::default();
    let target = target(&asked.command).ok_or("expected a command after `--`")?;
    let caller = Caller {
        key: "wrap".to_owned(),
        decider: Arc::new(remote),
        upstreams: Arc::new(Upstreams::new([(server.clone(), Target::Stdio(target))], settings.clone())),
    };
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let stop = async move {
        terminate.recv().await;
    };
    let ended = run_stdio(tokio::io::stdin(), tokio::io::stdout(), caller, Some(server), settings, stop).await;
    // A node that is gone has forgotten the session already.
    let _gone = closing.delete("/v1/wrap").await;
    ended?;
    Ok(Outcome::Done)
}

fn target(command: &[String]) -> Option<StdioTarget> {
    let (program, args) = command.split_first()?;
    Some(StdioTarget {
        program: OsString::from(program),
        args: args.iter().map(OsString::from).collect(),
        inherit_environment: true,
        environment: Vec::new(),
        secrets: Arc::default(),
        directory: None,
        search: variable("PATH").map(OsString::from),
        stderr: StderrTo::Inherited,
    })
}

/// The digest of the file that a program's name means, where it can be read.
fn executable_digest(program: &str) -> Option<Digest> {
    let path = if program.contains('/') {
        PathBuf::from(program)
    } else {
        let folders = variable("PATH")?;
        std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())?
    };
    let path: &Path = &path;
    let size = std::fs::metadata(path).ok()?.len();
    if size > EXECUTABLE_BYTES_MAX {
        return None;
    }
    std::fs::read(path).ok().map(|bytes| sha256(&bytes))
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
