//! `observe …`: agents whose rules are recorded and not enforced for a while.

use super::Outcome;
use crate::cli::ObserveAct;
use crate::client::Client;
use crate::hint::here;
use crate::home::Trouble;
use crate::print::{self, data, foreign_whole, list, number, text, time, words};
use bailiwick_core::json::Json;

pub(super) async fn observe(client: &Client, asked: ObserveAct, json: bool) -> Result<Outcome, Trouble> {
    let done = match asked {
        ObserveAct::Begin { agent, server, hours, reason } => {
            let agent = super::agent::named(client, &agent).await?;
            let server = super::server::named(client, &server).await?;
            let body = Json::object([
                ("agent", Json::from(agent.as_str())),
                ("hours", Json::from(hours)),
                ("reason", Json::from(reason.as_str())),
                ("server", Json::from(server.as_str())),
            ]);
            let done = client.post("/v1/observe", &body).await?;
            if !json {
                begun(&done, &format!("{agent} at {server}"));
            }
            done
        }
        ObserveAct::End { observation } => {
            let done = client.post(&format!("/v1/observe/{observation}/end"), &Json::Null).await?;
            if !json {
                data(&format!(
                    "observation {observation} is over: rules are enforced; event {}",
                    number(&done, "event")
                ));
            }
            done
        }
        ObserveAct::List => {
            let found = client.get("/v1/observe").await?;
            if json {
                print::json_lines(&found, "observations");
            } else if list(&found, "observations").is_empty() {
                words("nothing is observed: all rules are enforced");
            } else {
                list(&found, "observations").iter().for_each(show);
            }
            return Ok(Outcome::Done);
        }
    };
    if json {
        print::json(&done);
    }
    Ok(Outcome::Done)
}

fn begun(done: &Json, what: &str) {
    match done.get("proposed") {
        Some(_) => {
            super::change::waits(done);
        }
        None => {
            data(&format!("{what} is observed: rules are NOT enforced; event {}", number(done, "event")));
            words(&here("what it came to, as documents: bailiwick propose --agent AGENT"));
        }
    }
}

fn show(one: &Json) {
    let open = one.get("open").and_then(Json::as_bool) == Some(true);
    let standing = if open { "observed until" } else { "over, was to end" };
    data(&format!(
        "{:<7} {} at {}  {standing} {}  by {}: {}",
        number(one, "id"),
        text(one, "agent"),
        text(one, "server"),
        time(number(one, "until")),
        text(one, "by"),
        foreign_whole(text(one, "reason"))
    ));
}
