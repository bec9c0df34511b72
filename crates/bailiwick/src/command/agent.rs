//! `agent …` and `tenant …`.

use super::Outcome;
use crate::cli::{Agent, Tenant};
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{data, number};
use bailiwick_core::json::Json;

pub(super) async fn agent(client: &Client, asked: Agent, json: bool) -> Result<Outcome, Trouble> {
    let path = match asked {
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

async fn act(client: &Client, path: &str, json: bool) -> Result<Outcome, Trouble> {
    let answer = client.post(path, &Json::Null).await?;
    if json {
        data(&answer.canonical());
    } else if answer.get("changed").and_then(Json::as_bool).unwrap_or_default() {
        data(&format!("done; event {}", number(&answer, "event")));
    } else {
        data("nothing changed: it stood so already");
    }
    Ok(Outcome::Done)
}
