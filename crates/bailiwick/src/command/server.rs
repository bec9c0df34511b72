//! `server …`.

use super::Outcome;
use crate::cli::Server;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{data, foreign, list, number, text, words, yes};
use bailiwick_core::json::Json;
use std::time::Duration;

/// How long a server may take to start.
const LOOKED_AT_WITHIN: Duration = Duration::from_secs(30);
/// How often the node is asked.
const ASK_EVERY: Duration = Duration::from_millis(100);

pub(super) async fn server(client: &Client, asked: Server, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Server::Show { server } => {
            let shown = client.get(&format!("/v1/servers/{server}")).await?;
            if json {
                data(&shown.canonical())
            } else {
                show(&shown, data)
            }
            Ok(Outcome::Done)
        }
        Server::Review { server, yes: said } => {
            let shown = looked_at(client, &server).await?;
            show(&shown, words);
            if !said && !yes("Do you take this server and its tools as they are now?") {
                return Ok(Outcome::No);
            }
            let seen = Json::object([("look", shown.get("look").cloned().unwrap_or(Json::Null))]);
            let answer = client.post(&format!("/v1/servers/{server}/review"), &seen).await?;
            if json {
                data(&answer.canonical());
            } else {
                data(&format!("reviewed; event {}", number(&answer, "event")));
            }
            Ok(Outcome::Done)
        }
    }
}

/// A server once the node has looked at it: it looks at new ones within a second or two, if they start.
async fn looked_at(client: &Client, server: &str) -> Result<Json, Trouble> {
    let mut waited = Duration::ZERO;
    loop {
        let shown = client.get(&format!("/v1/servers/{server}")).await?;
        if shown.get("look").is_some_and(|look| !look.is_null()) {
            return Ok(shown);
        }
        if waited.is_zero() {
            words(&format!("waiting for the node to look at `{server}`"));
        }
        if waited >= LOOKED_AT_WITHIN {
            let why = "see what the node says on its standard error";
            return Err(format!("`{server}` has not been started by this node yet; {why}").into());
        }
        tokio::time::sleep(ASK_EVERY).await;
        waited += ASK_EVERY;
    }
}

fn show(server: &Json, out: impl Fn(&str)) {
    let same = server.get("same").and_then(Json::as_bool).unwrap_or(true);
    out(&format!("server {}{}", text(server, "name"), if same { "" } else { "  ANOTHER SERVER ANSWERS" }));
    for tool in list(server, "tools") {
        out(&format!("  {:<40} {:<10} {}", foreign(text(tool, "tool")), text(tool, "effect"), text(tool, "standing")));
    }
    let Some(now) = server.get("now").filter(|now| !now.is_null()) else {
        out("  it was not started on this node yet");
        return;
    };
    for line in list(now, "lines").iter().filter_map(Json::as_str) {
        out(&format!("  differs: {}", foreign(line)));
    }
    for fault in list(now, "faults").iter().filter_map(Json::as_str) {
        out(&format!("  not taken: {}", foreign(fault)));
    }
}
