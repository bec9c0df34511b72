//! `review`: authority that nobody uses, and agents that nobody looks after.

use super::Outcome;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, foreign, list, number, text, time, words};
use bailiwick_core::json::Json;

pub(super) async fn review(client: &Client, days: u64, json: bool) -> Result<Outcome, Trouble> {
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
        data(&format!("{code:<18} {of}: {}", foreign(text(one, "why"))));
    }
    let listed = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let more = number(&found, "count").saturating_sub(listed);
    if more > 0 {
        words(&format!("and {more} more"));
    }
    Ok(Outcome::Done)
}
