//! `server …`.

use super::Outcome;
use crate::cli::Server;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, foreign, list, number, text, words, yes};
use bailiwick_core::json::Json;

pub(super) async fn server(client: &Client, asked: Server, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Server::Show { server } => {
            let shown = client.get(&format!("/v1/servers/{server}")).await?;
            if json {
                print::json(&shown)
            } else {
                show(&shown, data)
            }
            Ok(Outcome::Done)
        }
        Server::Review { server, yes: said } => {
            let shown = client.get(&format!("/v1/servers/{server}")).await?;
            show(&shown, words);
            if !said && !yes("Do you take this server and its tools as they are now?") {
                return Ok(Outcome::No);
            }
            let seen = Json::object([("look", shown.get("look").cloned().unwrap_or(Json::Null))]);
            let answer = client.post(&format!("/v1/servers/{server}/review"), &seen).await?;
            if json {
                print::json(&answer);
            } else {
                data(&format!("reviewed; event {}", number(&answer, "event")));
            }
            Ok(Outcome::Done)
        }
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
