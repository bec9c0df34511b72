//! `agent …` and `tenant …`.

use super::Outcome;
use crate::cli::{Agent, Tenant};
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{data, number, words};
use bailiwick_core::AgentId;
use bailiwick_core::json::Json;
use bailiwick_identity::SigningKey;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub(super) async fn agent(client: &Client, asked: Agent, json: bool) -> Result<Outcome, Trouble> {
    let path = match asked {
        Agent::Key { agent, out, enroll } => return key(client, &agent, &out, (enroll, json)).await,
        Agent::Suspend { agent } => format!("/v1/agents/{agent}/suspend"),
        Agent::Resume { agent } => format!("/v1/agents/{agent}/resume"),
    };
    act(client, &path, json).await
}

pub(super) async fn tenant(client: &Client, asked: Tenant, json: bool) -> Result<Outcome, Trouble> {
    let path = match asked {
        Tenant::Stop => "/v1/tenant/stop",
        Tenant::Resume => "/v1/tenant/resume",
    };
    act(client, path, json).await
}

/// Makes a key: the private half for its owner's eyes only, the public one to be pasted.
async fn key(client: &Client, agent: &str, out: &Path, (enroll, json): (bool, bool)) -> Result<Outcome, Trouble> {
    let agent = AgentId::parse(agent)?;
    let mut failed = None;
    let key = SigningKey::generate(&mut |bytes| failed = bailiwick_record::system_random(bytes).err());
    if let Some(error) = failed {
        return Err(error.into());
    }
    let key = key?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let file = file.as_mut().map_err(|error| format!("{}: {error}", out.display()))?;
    file.write_all(key.to_pem()?.as_bytes())?;
    file.sync_all()?;
    let jwk = key.public().to_jwk();
    if enroll {
        let jwk: Json = serde_json::from_str(&jwk)?;
        let enrolled = post(client, &format!("/v1/agents/{agent}/keys"), &Json::object([("key", jwk)]), json).await;
        if enrolled.is_err() {
            // A key that nobody took is of no use, and its file would stand in the way of the next try.
            std::fs::remove_file(out)?;
        }
        return enrolled;
    }
    words(&format!("the private key of `{agent}` is in {}; its public key, for the agent's document:", out.display()));
    data(&if json { jwk } else { format!("keys:\n  - {jwk}") });
    Ok(Outcome::Done)
}

async fn act(client: &Client, path: &str, json: bool) -> Result<Outcome, Trouble> {
    post(client, path, &Json::Null, json).await
}

async fn post(client: &Client, path: &str, body: &Json, json: bool) -> Result<Outcome, Trouble> {
    let answer = client.post(path, body).await?;
    if json {
        data(&answer.canonical());
    } else if answer.get("changed").and_then(Json::as_bool).unwrap_or_default() {
        data(&format!("done; event {}", number(&answer, "event")));
    } else {
        data("nothing changed: it stood so already");
    }
    Ok(Outcome::Done)
}
