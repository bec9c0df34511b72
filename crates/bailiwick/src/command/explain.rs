//! `explain`: what the record says of one event, in the order that people ask for it.

use super::Outcome;
use crate::client::Client;
use crate::hint::here;
use crate::home::Trouble;
use crate::print::{self, data, foreign_whole, list, number, text, time};
use crate::trust::BadInput;
use bailiwick_core::json::Json;

pub(super) async fn explain(client: &Client, event: u64, json: bool) -> Result<Outcome, Trouble> {
    let leaves = number(&client.get("/v1/log").await?, "size");
    if event >= leaves {
        return Err(BadInput(format!("there is no event {event}: the last one is {}", leaves.saturating_sub(1))).into());
    }
    let told = client.get(&format!("/v1/events/{event}/explain")).await?;
    if json {
        print::json(&told);
    } else {
        show(&told);
    }
    Ok(Outcome::Done)
}

fn show(told: &Json) {
    let sentence = foreign_whole(text(told, "sentence"));
    data(&format!("#{} {} {}  {sentence}", number(told, "event"), time(number(told, "at")), text(told, "kind")));
    for section in list(told, "sections") {
        data(&format!("{}:", text(section, "title")));
        let next = text(section, "title") == "what to do next";
        for line in list(section, "lines") {
            let of = |name: &str| line.get(name).and_then(Json::as_u64);
            let event = of("event").map_or_else(String::new, |event| format!("#{event} "));
            let at = of("at").map_or_else(String::new, |at| format!("{} ", time(at)));
            let said = foreign_whole(text(line, "text"));
            // what others wrote stands in other sections, and as they wrote it
            let said = if next { here(&said) } else { said };
            data(&format!("  {event}{at}{said}"));
        }
    }
}
