//! `event …`.

use super::Outcome;
use crate::cli::Event;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{data, foreign, list, number, text, time};
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use std::time::Duration;

/// How often the node is asked for more.
const ASK_EVERY: Duration = Duration::from_millis(300);

pub(super) async fn event(client: &Client, asked: Event, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Event::Tail { once, last } => tail(client, once, last, json).await,
        Event::Show { event } => {
            let events = client.get(&format!("/v1/events?from={event}")).await?;
            let found = list(&events, "events").first().filter(|found| number(found, "leaf") == event);
            let Some(found) = found else { return Err(BadInput(format!("there is no event {event}")).into()) };
            data(&found.canonical());
            Ok(Outcome::Done)
        }
    }
}

async fn tail(client: &Client, once: bool, last: u64, json: bool) -> Result<Outcome, Trouble> {
    let leaves = number(&client.get("/v1/status").await?, "leaves");
    let mut next = leaves.saturating_sub(last);
    loop {
        let events = client.get(&format!("/v1/events?from={next}")).await?;
        for event in list(&events, "events") {
            if json {
                data(&event.canonical());
            } else {
                data(&format!(
                    "{} #{:<6} {:<18} {}",
                    time(number(event, "at")),
                    number(event, "leaf"),
                    text(event, "kind"),
                    foreign(text(event, "sentence"))
                ));
            }
        }
        let came = list(&events, "events").len();
        next = events.get("next").and_then(Json::as_u64).unwrap_or(next);
        if came == 0 {
            if once {
                return Ok(Outcome::Done);
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }
}
