//! `server …`.

use super::Outcome;
use crate::cli::Server;
use crate::client::Client;
use crate::home::Trouble;
use crate::names::known;
use crate::print::{self, data, foreign, foreign_whole, list, number, text, words, yes};
use crate::trouble::NoYes;
use crate::trust::BadInput;
use bailiwick_core::json::Json;
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
                show(&shown, data);
                if list(&shown, "tools").iter().any(|tool| text(tool, "standing") == "new") {
                    show_offered(&shown, data);
                }
            }
            Ok(Outcome::Done)
        }
        Server::Review { server, yes: said } => {
            let server = named(client, &server).await?;
            let shown = looked_at(client, &server).await?;
            show(&shown, words);
            show_offered(&shown, words);
            if !said && !yes("Do you take this server and its tools as they are now?") {
                return Err(NoYes("not reviewed: nobody said yes; --yes says so without being asked").into());
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

fn show(server: &Json, out: impl Fn(&str)) {
    let same = server.get("same").and_then(Json::as_bool).unwrap_or(true);
    out(&format!("server {}{}", text(server, "name"), if same { "" } else { "  ANOTHER SERVER ANSWERS" }));
    for tool in list(server, "tools") {
        out(&format!("  {:<40} {:<10} {}", foreign(text(tool, "tool")), text(tool, "effect"), text(tool, "standing")));
    }
    for problem in list(server, "problems") {
        out(&format!("  not usable: {}: {}", foreign(text(problem, "tool")), foreign_whole(text(problem, "why"))));
    }
    if let Some(why) = server.get("trouble").and_then(Json::as_str) {
        out(&format!("  cannot be used: {}", foreign_whole(why)));
    }
    if server.get("floating").and_then(Json::as_bool) == Some(true) {
        out("  floating: what it runs may change by itself, so a review of it holds for its words alone");
    }
    let Some(now) = server.get("now").filter(|now| !now.is_null()) else {
        out("  this node has not looked at it yet");
        return;
    };
    // whole: a person says yes to it
    for line in list(now, "differs").iter().filter_map(Json::as_str) {
        out(&format!("  differs: {}", foreign_whole(line)));
    }
    for fault in list(now, "faults").iter().filter_map(Json::as_str) {
        out(&format!("  not taken: {}", foreign_whole(fault)));
    }
}

/// What a person says yes to, tool by tool: what it does, in whose words, what it says of itself, what it takes.
fn show_offered(server: &Json, out: impl Fn(&str)) {
    let now = server.get("now").unwrap_or(&Json::Null);
    for tool in list(now, "offered") {
        let by = match tool.get("described").and_then(Json::as_bool).unwrap_or_default() {
            true => "as your document says",
            false => "as the server says",
        };
        let (effect, reversibility) = (text(tool, "effect"), text(tool, "reversibility"));
        out(&format!("  {}: {effect}, {reversibility}, {by}", foreign(text(tool, "tool"))));
        let description = text(tool, "description").trim();
        let mut lines = description.lines();
        if let Some(first) = lines.next() {
            let left = lines.filter(|line| !line.trim().is_empty()).count();
            // what is not shown is said to be there: a description is what a model reads
            let more = if left == 0 {
                String::new()
            } else {
                let lines = if left == 1 { "line" } else { "lines" };
                format!(" (and {left} more {lines})")
            };
            out(&format!("    says     {}{more}", foreign_whole(first.trim_end())));
        }
        let arguments: Vec<String> = list(tool, "arguments").iter().filter_map(Json::as_str).map(foreign).collect();
        out(&format!(
            "    takes    {}",
            if arguments.is_empty() { "nothing".to_owned() } else { arguments.join(", ") }
        ));
    }
    if !list(now, "offered").is_empty() {
        // what a model reads is more than fits on a line
        out(&format!(
            "  whole, with what is said of each argument: bailiwick --json server show {}",
            text(server, "name")
        ));
    }
}
