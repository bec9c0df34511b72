//! `review`: authority that nobody uses, that piles up or goes far, and agents that nobody looks after.

use super::Outcome;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, foreign, list, number, text, time, words};
use bailiwick_core::json::Json;

pub(super) async fn review(client: &Client, days: u64, (record, json): (bool, bool)) -> Result<Outcome, Trouble> {
    if record {
        let answer = client.post("/v1/review/record", &Json::object::<&str>([])).await?;
        words(&recorded(&answer));
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

/// What was written down, and why the rest was not.
fn recorded(answer: &Json) -> String {
    let of = |name: &str| number(answer, name);
    let rest = [
        (of("before"), "were written down before"),
        (of("early"), "say that something was not used, for which the record is too short yet"),
        (of("left"), "are left for the next look"),
    ];
    let rest: Vec<String> = rest.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{n} {why}")).collect();
    let written = format!("{} findings written down now", of("written"));
    if rest.is_empty() { written } else { format!("{written}; {}", rest.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_written_down_says_why() {
        let answer = |before: u64, early: u64| {
            let counts = [("before", before), ("early", early), ("left", 0), ("written", 0)];
            recorded(&Json::object(counts.map(|(name, count)| (name, Json::from(count)))))
        };
        assert_eq!(answer(0, 0), "0 findings written down now");
        let told = "0 findings written down now; 3 were written down before; 2 say that something was not used, for which the record is too short yet";
        assert_eq!(answer(3, 2), told);
    }
}
