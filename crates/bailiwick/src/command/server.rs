//! `server …`.

mod catalogue;
mod left;
mod proposal;
mod screen;

use super::Outcome;
use crate::cli::Server;
use crate::client::Client;
use crate::hint::ours;
use crate::home::Trouble;
use crate::names::known;
use crate::print::{self, data, foreign, foreign_whole, list, number, text, words, yes};
use crate::trouble::NoYes;
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use screen::Told;
use std::time::Duration;

/// How long a server may take to start.
const LOOKED_AT_WITHIN: Duration = Duration::from_secs(30);
/// How often the node is asked.
const ASK_EVERY: Duration = Duration::from_millis(100);

pub(super) async fn server(client: &Client, asked: Server, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Server::List => {
            let all = client.get("/v1/servers").await?;
            if json {
                print::json_lines(&all, "servers");
            } else {
                list(&all, "servers").iter().for_each(|server| data(&line(server)));
            }
            Ok(Outcome::Done)
        }
        Server::Show { server } => {
            let server = named(client, &server).await?;
            let shown = client.get(&format!("/v1/servers/{server}")).await?;
            if json {
                print::json(&shown)
            } else {
                let new = list(&shown, "tools").iter().any(|tool| text(tool, "standing") == "new");
                screen::show(&shown, if new { Told::First } else { Told::Nothing }, data);
            }
            Ok(Outcome::Done)
        }
        Server::Catalogue { name, named, tools } => {
            catalogue::catalogue(name.as_deref(), named.as_deref(), tools, json)
        }
        Server::Left { server } => left::list(client, &named(client, &server).await?, json).await,
        Server::Lower { server, class, event, reason } => {
            left::lower(client, &named(client, &server).await?, (&class, event, &reason), json).await
        }
        Server::Review { server, all, write, yes: said, accept_finding } => {
            let server = named(client, &server).await?;
            let shown = looked_at(client, &server).await?;
            if let Some(path) = write {
                return proposal::write(&server, &shown, &path, json);
            }
            screen::show(&shown, if all { Told::Whole } else { Told::First }, words);
            if !said && !yes("Do you take this server and its tools as they are now?") {
                return Err(NoYes("not reviewed: nobody said yes; --yes says so without being asked").into());
            }
            // who was asked has seen them; who said yes beforehand names them
            let accept = if said { accept_finding } else { screen::findings(&shown) };
            let seen = Json::object([
                ("accept", Json::array(accept.iter().map(|name| Json::from(name.as_str())))),
                ("look", shown.get("look").cloned().unwrap_or(Json::Null)),
            ]);
            let answer = client.post(&format!("/v1/servers/{server}/review"), &seen).await?;
            let kept = list(&answer, "kept");
            if json {
                print::json(&answer);
            } else if !super::change::waits(&answer) {
                data(&format!("reviewed; event {}", number(&answer, "event")));
                for name in kept.iter().filter_map(Json::as_str) {
                    words(&format!("not taken: {0}; --accept-finding {0} takes it", foreign(name)));
                }
                if kept.iter().filter_map(Json::as_str).any(|name| name.ends_with(":unbound")) {
                    words(&format!(
                        "what an argument is, its tool's document says (`bind`); to begin with: {}",
                        ours(&format!("server review {server} --write FILE"))
                    ));
                }
            }
            Ok(if kept.is_empty() { Outcome::Done } else { Outcome::No })
        }
    }
}

/// The name of a server that is there.
pub(super) async fn named(client: &Client, name: &str) -> Result<String, Trouble> {
    let all = client.get("/v1/servers").await?;
    Ok(known("server", name, list(&all, "servers").iter().map(|server| text(server, "name")))?)
}

fn line(server: &Json) -> String {
    let flag = |name: &str| server.get(name).and_then(Json::as_bool).unwrap_or_default();
    let mut notes = Vec::new();
    if !flag("same") {
        notes.push("ANOTHER SERVER ANSWERS".to_owned());
    }
    if flag("floating") {
        notes.push("floating: what it runs may change by itself".to_owned());
    }
    if number(server, "waiting") > 0 {
        notes.push(format!("{} wait for review", number(server, "waiting")));
    }
    match server.get("trouble").and_then(Json::as_str) {
        Some(why) => notes.push(format!("cannot be used: {}", foreign(why))),
        None if !flag("seen") => notes.push("not seen yet".to_owned()),
        None => {}
    }
    let (name, transport, mode) = (text(server, "name"), text(server, "transport"), text(server, "mode"));
    format!("{name:<24} {transport:<8} {mode:<12} {:>3} tools  {}", number(server, "tools"), notes.join("; "))
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
        // one that cannot be started is not waited for: the reason is known
        let trouble = shown.get("trouble").is_some_and(|trouble| !trouble.is_null());
        if trouble || waited >= LOOKED_AT_WITHIN {
            let why = shown.get("trouble").and_then(Json::as_str);
            let why = why.map_or_else(|| "it has not been started by this node yet".to_owned(), foreign_whole);
            return Err(BadInput(format!("`{server}` cannot be reviewed: {why}")).into());
        }
        tokio::time::sleep(ASK_EVERY).await;
        waited += ASK_EVERY;
    }
}
