//! `status`.

use super::Outcome;
use crate::client::{Client, NoNode};
use crate::hint::{here, ours};
use crate::home::Trouble;
use crate::places::Places;
use crate::print::{self, data, foreign, list, number, text, time, time_of};
use bailiwick_core::json::Json;
use std::time::Duration;

/// How long a node may take that was started in the same breath. Whoever looks at a home where none runs is not kept.
const NODE_WITHIN: Duration = Duration::from_millis(300);

/// What it means that a node cannot remember or sign its log.
const UNKEPT: &str = "work goes on, but what happens now is neither remembered outside of the store nor signed";

/// What is governed, which tasks live, the last ten decisions, where the files are. Starts no node: where none runs, that
/// is the answer.
pub(super) async fn status(places: &Places, own_home: bool, json: bool) -> Result<Outcome, Trouble> {
    let client = Client::new(&places.socket, None).waiting_within(&places.state, NODE_WITHIN);
    let status = match client.get("/v1/status").await {
        Err(trouble) if places.state.is_dir() && trouble.downcast_ref::<NoNode>().is_some_and(NoNode::is_nobody) => {
            return Ok(asleep(places, own_home, json));
        }
        status => status?,
    };
    if json {
        print::json(&status);
        return Ok(Outcome::Done);
    }
    head(&status);
    servers(&status);
    told(&status);
    data("live tasks");
    for task in list(&status, "tasks") {
        data(&format!("  {}  {}{}", text(task, "task"), foreign(text(task, "intent")), super::task::mark(task)));
        for grant in list(task, "grants") {
            data(&format!("    {} until {}", text(grant, "holder"), time_of(grant, "expires")));
        }
    }
    super::task::closed(&status, false);
    data("");
    data("last decisions");
    for event in list(&status, "decisions") {
        data(&format!("  {}", super::event::line(event)));
    }
    data("");
    files(status.get("places"));
    let node = status.get("node").unwrap_or(&Json::Null);
    let own = node.get("own").and_then(Json::as_bool).unwrap_or_default();
    let kind = if own { ", the user's own: it ends after ten idle minutes" } else { "" };
    data(&format!("  {:<10} process {}{kind}", "node", number(node, "pid")));
    Ok(Outcome::Done)
}

/// Whether anything is allowed, and what that rests on.
fn head(status: &Json) {
    let running = status.get("running").and_then(Json::as_bool).unwrap_or_default();
    let behind = status.get("behind").and_then(Json::as_str);
    let work = match (behind, running) {
        (Some(_), _) => "NOTHING IS ALLOWED",
        (None, true) => "work goes on",
        (None, false) => "ALL WORK IS STOPPED",
    };
    data(&format!(
        "tenant {}: {work}, {} events, epoch {}",
        text(status, "tenant"),
        number(status, "leaves"),
        number(status, "epoch")
    ));
    if let Some(behind) = behind {
        data(&format!("THE STORE IS NOT AS IT WAS: {behind}"));
    }
    if let Some(why) = status.get("unkept").and_then(Json::as_str) {
        data(&format!("THE LOG IS NOT KEPT: {}; {UNKEPT}", foreign(why)));
    }
    for glass in list(status, "broken_glass") {
        let (by, task, until) = (text(glass, "by"), text(glass, "task"), time(number(glass, "expires")));
        let why = foreign(text(glass, "reason"));
        data(&format!(
            "THE GLASS IS BROKEN by {by} over task {task}, until {until}: {why}; see `{}`",
            ours("break-glass list")
        ));
    }
    for one in list(status, "observed") {
        let (agent, server, until) = (text(one, "agent"), text(one, "server"), time(number(one, "until")));
        let list = ours("observe list");
        data(&format!("NOT ENFORCED: {agent} at {server}, observed until {until}; see `{list}`"));
    }
    let suspended: Vec<&str> = list(status, "suspended").iter().filter_map(Json::as_str).collect();
    if !suspended.is_empty() {
        data(&format!(
            "suspended: {}; `{}` lets one be given new tasks",
            suspended.join(", "),
            ours("agent resume NAME")
        ));
    }
    data(&format!("administration rests on: {}", text(status, "trust")));
    data("");
}

fn servers(status: &Json) {
    data("servers");
    for server in list(status, "servers") {
        let note = match text(server, "mode") {
            "cooperative" => "cooperative: this machine's user could go around it",
            "enforced" => "enforced: for agents of other accounts and machines; see `bailiwick enforcement`",
            other => other,
        };
        let note = here(note);
        let same = server.get("same").and_then(Json::as_bool).unwrap_or(true);
        let changed = if same { "" } else { "  ANOTHER SERVER ANSWERS" };
        let floats = server.get("floating").and_then(Json::as_bool).unwrap_or_default();
        let note = if floats { format!("{note}; floating: what it runs may change by itself") } else { note };
        data(&format!("  {:<24} {:>3} tools  {note}{changed}", text(server, "name"), number(server, "tools")));
        if let Some(why) = server.get("trouble").and_then(Json::as_str) {
            data(&format!("    cannot be used: {}", here(&foreign(why))));
        }
        for tool in list(server, "waiting").iter().filter_map(Json::as_str) {
            data(&format!("    waits for review: {}", foreign(tool)));
        }
    }
    data("");
}

/// How notices go, where rules have somebody told.
fn told(status: &Json) {
    if list(status, "notices").is_empty() {
        return;
    }
    data("notices");
    for rule in list(status, "notices") {
        let (sent, waiting, given_up) = (number(rule, "sent"), number(rule, "waiting"), number(rule, "given_up"));
        data(&format!("  {:<24} {sent} arrived, {waiting} wait, {given_up} given up", text(rule, "rule")));
        if let Some(why) = rule.get("trouble").and_then(Json::as_str) {
            data(&format!("    the last {} tries failed: {}", number(rule, "failed"), foreign(why)));
        }
    }
    data("");
}

fn files(places: Option<&Json>) {
    data("files");
    for (name, place) in places.and_then(Json::as_object).into_iter().flat_map(bailiwick_core::json::Object::iter) {
        data(&format!("  {:<10} {}", name.replace('_', " "), place.as_str().unwrap_or_default()));
    }
}

/// What can be said of a home where no node runs.
fn asleep(places: &Places, own_home: bool, json: bool) -> Outcome {
    let shown = places.shown();
    if json {
        print::json(&Json::object([("node", Json::Null), ("places", shown)]));
        return Outcome::No;
    }
    data("no node runs in this home: nothing is decided, and no agent of it can act");
    data(&here("  `bailiwick wrap` starts one when a client starts its server, `bailiwick serve` until it is stopped"));
    if !own_home && Places::are_usual() && places.has_store() {
        data("  `task list` and `event list` start one to read its record");
    }
    data("");
    files(Some(&shown));
    Outcome::No
}
