//! `breaker …`: calls that a fault has cut off.

use super::Outcome;
use crate::cli::Breaker;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, list, number, text, time, words};
use bailiwick_core::json::Json;

pub(super) async fn breaker(client: &Client, asked: Breaker, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Breaker::List => {
            let found = client.get("/v1/breakers").await?;
            if json {
                print::json_lines(&found, "breakers");
            } else if list(&found, "breakers").is_empty() {
                words("no breaker is open: nothing is cut off");
            } else {
                list(&found, "breakers").iter().for_each(show);
            }
        }
        Breaker::Close { breaker } => {
            let done = client.post(&format!("/v1/breakers/{breaker}/close"), &Json::object::<&str>([])).await?;
            if json {
                print::json(&done);
            } else {
                data(&format!("breaker {breaker} is closed; event {}", number(&done, "event")));
            }
        }
    }
    Ok(Outcome::Done)
}

fn show(one: &Json) {
    let (id, standing, whose) = (number(one, "id"), text(one, "standing").replace('_', "-"), text(one, "whose"));
    data(&format!("{id:<7} {standing:<10} {whose}"));
    let (counted, on, rule) = (number(one, "counted"), text(one, "on").replace('_', "-"), text(one, "rule"));
    let then = if standing == "open" { "probes pass from" } else { "probes pass since" };
    data(&format!("        {counted} {on} (rule {rule}); {then} {}", time(number(one, "until"))));
}
