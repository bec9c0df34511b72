//! `agent …` and `tenant …`.

mod offboard;

use super::Outcome;
use crate::cli::{Agent, Tenant};
use crate::client::Client;
use crate::hint::ours;
use crate::home::Trouble;
use crate::names::known;
use crate::print::{self, data, foreign, list, number, text, time, time_of, words};
use crate::trust::BadInput;
use bailiwick_core::AgentId;
use bailiwick_core::json::Json;
use bailiwick_identity::SigningKey;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub(super) async fn agent(client: &Client, asked: Agent, json: bool) -> Result<Outcome, Trouble> {
    let path = match asked {
        Agent::List => return all(client, json).await,
        Agent::Show { agent } => return one(client, &agent, json).await,
        Agent::Key { agent, out, enroll } => return key(client, &agent, &out, (enroll, json)).await,
        Agent::Offboard { agent, remove, output } => {
            return offboard::offboard(client, &agent, (remove, output)).await;
        }
        Agent::Certificate { agent, check, key } => {
            return offboard::certificate(client, &agent, (&check, key), json).await;
        }
        Agent::Suspend { agent } => format!("/v1/agents/{}/suspend", named(client, &agent).await?),
        Agent::Resume { agent } => format!("/v1/agents/{}/resume", named(client, &agent).await?),
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

/// The name of an agent that is there.
pub(super) async fn named(client: &Client, name: &str) -> Result<String, Trouble> {
    let all = client.get("/v1/agents").await?;
    Ok(known("agent", name, list(&all, "agents").iter().map(|agent| text(agent, "name")))?)
}

fn standing(agent: &Json) -> &'static str {
    let is = |name: &str| agent.get(name).and_then(Json::as_bool).unwrap_or_default();
    match (is("active"), is("offboarded")) {
        (true, _) => "active",
        (false, true) => "offboarded",
        (false, false) => "suspended",
    }
}

async fn all(client: &Client, json: bool) -> Result<Outcome, Trouble> {
    let all = client.get("/v1/agents").await?;
    if json {
        print::json_lines(&all, "agents");
        return Ok(Outcome::Done);
    }
    for agent in list(&all, "agents") {
        let (name, role, owner) = (text(agent, "name"), text(agent, "role"), text(agent, "owner"));
        let (keys, standing) = (number(agent, "keys"), standing(agent));
        data(&format!(
            "{name:<20} {standing:<10} role {role:<16} owner {owner:<16} {keys} {}",
            if keys == 1 { "key" } else { "keys" }
        ));
    }
    Ok(Outcome::Done)
}

async fn one(client: &Client, name: &str, json: bool) -> Result<Outcome, Trouble> {
    let agent = client.get(&format!("/v1/agents/{}", named(client, name).await?)).await?;
    if json {
        print::json(&agent);
        return Ok(Outcome::Done);
    }
    let document = agent.get("document").unwrap_or(&Json::Null);
    data(&format!("agent {}  {}", text(&agent, "name"), standing(&agent)));
    for field in ["owner", "contact", "run_by", "zone", "autonomy", "memory", "role", "review"] {
        data(&format!("  {field:<9} {}", foreign(text(document, field))));
    }
    // What an instance has to say that it runs, where the document asks for it.
    for field in ["version", "config"] {
        if let Some(asked) = document.get(field).and_then(Json::as_str) {
            data(&format!("  {field:<9} {}", foreign(asked)));
        }
    }
    for row in list(&agent, "role_allows") {
        let words = |name: &str| list(row, name).iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ");
        data(&format!("  bounded   {} with {}", words("effects"), foreign(&words("tools"))));
    }
    data(&format!("  keys      {}", number(&agent, "keys")));
    let templates: Vec<&str> = list(&agent, "templates").iter().filter_map(Json::as_str).collect();
    data(&format!("  templates {}", if templates.is_empty() { "none".to_owned() } else { templates.join(", ") }));
    for grant in list(&agent, "grants") {
        let until = time_of(grant, "expires");
        data(&format!("  grant     {} of task {}, until {until}", text(grant, "grant"), text(grant, "task")));
    }
    Ok(Outcome::Done)
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
    if enroll {
        // before there is a key: one that nobody takes is of no use
        named(client, agent.as_str()).await?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let file = file.as_mut().map_err(|error| {
        let there = error.kind() == ErrorKind::AlreadyExists;
        let why =
            if there { "it is there already, and may be the key that is in use".to_owned() } else { error.to_string() };
        BadInput(format!("{}: {why}", out.display()))
    })?;
    file.write_all(key.to_pem()?.as_bytes())?;
    file.sync_all()?;
    let jwk = key.public().to_jwk();
    if enroll {
        let jwk: Json = serde_json::from_str(&jwk)?;
        let enrolled = client.post(&format!("/v1/agents/{agent}/keys"), &Json::object([("key", jwk)])).await;
        let Ok(answer) = &enrolled else {
            // A key that nobody took is of no use, and its file would stand in the way of the next try.
            std::fs::remove_file(out)?;
            return enrolled.map(|_| Outcome::Done);
        };
        if json {
            print::json(answer);
        } else if super::change::waits(answer) {
            words(&format!("the private key of `{agent}` is in {}: it is good once that is signed", out.display()));
        } else {
            let event = number(answer, "event");
            data(&format!(
                "the private key of `{agent}` is in {}, its public key is enrolled; event {event}",
                out.display()
            ));
        }
        return Ok(Outcome::Done);
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
        print::json(&answer);
    } else if answer.get("changed").and_then(Json::as_bool).unwrap_or_default() {
        data(&format!("done; event {}", number(&answer, "event")));
        if answer.get("effective_at").is_some() {
            data(&format!("effective at {}: nothing begins after it", time(number(&answer, "effective_at"))));
            data(&format!("drained by {}: nothing leaves after it", time(number(&answer, "drained_at"))));
        }
        under_way(&answer);
    } else if !super::change::waits(&answer) {
        data("nothing changed: it stood so already");
    }
    Ok(Outcome::Done)
}

/// What a receipt says that ended, and what was under way; of what it could not look at it says so.
fn under_way(receipt: &Json) {
    if receipt.get("effective_at").is_none() {
        return;
    }
    if receipt.get("open").is_none_or(Json::is_null) {
        data(&format!("what was under way could not be looked at (`{}`)", ours("task list")));
        return;
    }
    if let ended @ 1.. = number(receipt, "ended") {
        data(&format!("grants that ended: {ended}"));
    }
    if let open @ 1.. = number(receipt, "open") {
        data(&format!("acts under way: {open}; their outcomes come, or they are in doubt"));
        for act in list(receipt, "open_acts") {
            let (tool, agent) = (foreign(text(act, "tool")), text(act, "agent"));
            data(&format!("  #{} {tool} by {agent}, task {}", number(act, "event"), text(act, "task")));
        }
    }
    for task in list(receipt, "closed").iter().filter_map(Json::as_str) {
        data(&format!("task {task} could not be looked at: its stream is closed on this node"));
    }
}
