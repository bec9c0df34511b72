//! `policy shadow`: other policies beside those that run.

use super::{offline, replay};
use crate::cli::Shadow;
use crate::client::Client;
use crate::command::Outcome;
use crate::hint::here;
use crate::home::Trouble;
use crate::print::{self, data, foreign_whole, list, number, text, time, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;

pub(super) async fn shadow(client: &Client, asked: Shadow, json: bool) -> Result<Outcome, Trouble> {
    let begins = asked.candidate.is_some();
    let found = match asked.candidate {
        Some(candidate) => {
            let placed = offline::placed(std::slice::from_ref(&candidate))?;
            let policies = offline::policies(&placed);
            if policies.is_empty() {
                return Err(BadInput(format!("{}: there is no policy in it", candidate.display())).into());
            }
            let fields = [("alone", Json::from(asked.alone)), ("documents", Json::array(policies))];
            let days = asked.days.map(|days| ("days", Json::from(days)));
            client.post("/v1/policy/shadow", &Json::object(fields.into_iter().chain(days))).await?
        }
        None if asked.end => client.post("/v1/policy/shadow/end", &Json::Null).await?,
        None => client.get("/v1/policy/shadow").await?,
    };
    if json {
        print::json(&found);
        return Ok(Outcome::Done);
    }
    let Some(of) = found.get("shadow").filter(|of| !of.is_null()) else {
        words(&here("no candidate runs beside the policies: bailiwick policy shadow DIR"));
        return Ok(Outcome::Done);
    };
    let names: Vec<String> = list(of, "policies").iter().filter_map(Json::as_str).map(foreign_whole).collect();
    if begins {
        data(&format!("{} runs beside the policies until {}", names.join(", "), time(number(of, "until"))));
        words(&here("no answer changes; what it would have changed: bailiwick policy shadow"));
        return Ok(Outcome::Done);
    }
    replay::show(of);
    standing(of, asked.end, &names.join(", "));
    Ok(Outcome::Done)
}

fn standing(of: &Json, end: bool, names: &str) {
    let ended = end || of.get("ended").and_then(Json::as_bool) == Some(true);
    let until = time(number(of, "until"));
    words(&if ended { format!("{names}: ended") } else { format!("{names}: no answer changes; until {until}") });
    for (name, what) in [
        ("behind", "events of the log are still to be looked at"),
        ("skipped", "events were left out: it was too far behind"),
    ] {
        if number(of, name) > 0 {
            words(&format!("{} {what}", number(of, name)));
        }
    }
    if !text(of, "trouble").is_empty() {
        words(&foreign_whole(text(of, "trouble")));
    }
}
