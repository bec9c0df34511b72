//! `review`: authority that nobody uses, that piles up or goes far, and agents that nobody looks after.

use super::Outcome;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, foreign, list, number, text, time, words};
use bailiwick_core::json::Json;

pub(super) async fn review(client: &Client, days: u64, (record, json): (bool, bool)) -> Result<Outcome, Trouble> {
    if record {
        let answer = client.post("/v1/review/record", &Json::object::<&str>([])).await?;
        words(&format!("{} findings written down that were not before", number(&answer, "written")));
    }
    let found = client.get(&format!("/v1/review?days={days}")).await?;
    if json {
        print::json(&found);
        return Ok(Outcome::Done);
    }
    if found.get("whole") == Some(&Json::from(false)) {
        words(&format!("the record that was looked at begins at {}", time(number(&found, "from"))));
    }
    let all = list(&found, "findings");
    if all.is_empty() {
        words(&format!("nothing is unused or unlooked after in the last {days} days"));
    }
    for one in all {
        let (code, of) = (text(one, "code").replace('_', " "), foreign(text(one, "of")));
        let event = one.get("event").and_then(Json::as_u64).map_or(String::new(), |event| format!(" (event {event})"));
        data(&format!("{code:<18} {of}: {}{event}", foreign(text(one, "why"))));
    }
    let listed = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let more = number(&found, "count").saturating_sub(listed);
    if more > 0 {
        words(&format!("and {more} more"));
    }
    Ok(Outcome::Done)
}
