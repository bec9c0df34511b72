//! `status`.

use super::Outcome;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, foreign, list, number, text, time};
use bailiwick_core::json::Json;

/// What is governed, which tasks live, the last ten decisions, where the files are.
pub(super) async fn status(client: &Client, json: bool) -> Result<Outcome, Trouble> {
    let status = client.get("/v1/status").await?;
    if json {
        print::json(&status);
        return Ok(Outcome::Done);
    }
    let running = status.get("running").and_then(Json::as_bool).unwrap_or_default();
    let behind = status.get("behind").and_then(Json::as_str);
    let work = match (behind, running) {
        (Some(_), _) => "NOTHING IS ALLOWED",
        (None, true) => "work goes on",
        (None, false) => "ALL WORK IS STOPPED",
    };
    data(&format!(
        "tenant {}: {work}, {} events, epoch {}",
        text(&status, "tenant"),
        number(&status, "leaves"),
        number(&status, "epoch")
    ));
    if let Some(behind) = behind {
        data(&format!("THE STORE IS NOT AS IT WAS: {behind}"));
    }
    data(&format!("rests on: {}", text(&status, "trust")));
    data("");
    data("servers");
    for server in list(&status, "servers") {
        let note = match text(server, "mode") {
            "cooperative" => "cooperative: this machine's user could go around it",
            other => other,
        };
        let same = server.get("same").and_then(Json::as_bool).unwrap_or(true);
        let changed = if same { "" } else { "  ANOTHER SERVER ANSWERS" };
        data(&format!("  {:<24} {:>3} tools  {note}{changed}", text(server, "name"), number(server, "tools")));
        if let Some(why) = server.get("trouble").and_then(Json::as_str) {
            data(&format!("    cannot be used: {}", foreign(why)));
        }
        for tool in list(server, "waiting").iter().filter_map(Json::as_str) {
            data(&format!("    waits for review: {}", foreign(tool)));
        }
    }
    data("");
    data("live tasks");
    for task in list(&status, "tasks") {
        data(&format!("  {}  {}{}", text(task, "task"), foreign(text(task, "intent")), super::task::mark(task)));
        for grant in list(task, "grants") {
            data(&format!("    {} until {}", text(grant, "holder"), time(number(grant, "expires"))));
        }
    }
    super::task::closed(&status, false);
    data("");
    data("last decisions");
    for event in list(&status, "decisions") {
        data(&format!("  {}", super::event::line(event)));
    }
    data("");
    data("files");
    let places = status.get("places").and_then(Json::as_object);
    for (name, place) in places.into_iter().flat_map(bailiwick_core::json::Object::iter) {
        data(&format!("  {:<10} {}", name.replace('_', " "), place.as_str().unwrap_or_default()));
    }
    Ok(Outcome::Done)
}
