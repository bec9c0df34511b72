//! `server left` and `server lower`: what tasks left on a server, and the word of a person that it holds none of a class.

use super::Outcome;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, foreign, number, text, words};
use bailiwick_core::json::Json;

pub(super) async fn list(client: &Client, server: &str, json: bool) -> Result<Outcome, Trouble> {
    let found = client.get(&format!("/v1/servers/{server}/left")).await?;
    if json {
        print::json_lines(&found, "left");
    } else if print::list(&found, "left").is_empty() {
        words("nobody left data of a class there");
    } else {
        print::list(&found, "left").iter().for_each(|one| data(&line(one)));
        if let more @ 1.. = number(&found, "left_out") {
            data(&format!("and {more} more"));
        }
    }
    Ok(Outcome::Done)
}

fn line(one: &Json) -> String {
    let anywhere = one.get("anywhere").and_then(Json::as_bool).unwrap_or_default();
    let place = if anywhere { "anywhere on it" } else { "at one place" };
    let (class, task) = (foreign(text(one, "class")), foreign(text(one, "task")));
    format!("#{:<6} {class}  {place}  by task {task}", number(one, "event"))
}

pub(super) async fn lower(
    client: &Client,
    server: &str,
    (class, event, reason): (&str, Option<u64>, &str),
    json: bool,
) -> Result<Outcome, Trouble> {
    let body = Json::object([
        ("class", Json::from(class)),
        ("event", event.map_or(Json::Null, Json::from)),
        ("reason", Json::from(reason)),
    ]);
    let done = client.post(&format!("/v1/servers/{server}/lower"), &body).await?;
    if json {
        print::json(&done);
    } else if !crate::command::change::waits(&done) {
        let place = event.map_or(String::new(), |event| format!(" where event {event} left it"));
        let class = foreign(class);
        data(&format!(
            "what tasks left on {server}{place} counts no more as {class}, as event {}",
            number(&done, "event")
        ));
        data("left there anew, it counts again; whoever has read it keeps it: `bailiwick task declassify`");
    }
    Ok(Outcome::Done)
}
