//! `enforcement`: for each agent and server, whether the node is the only way.

use super::Outcome;
use crate::client::Client;
use crate::hint::{here, ours};
use crate::home::Trouble;
use crate::print::{self, data, foreign, foreign_whole, list, number, text, time, words};
use bailiwick_core::json::Json;

/// Says it of all pairs; done where all of them are enforced.
pub(super) async fn enforcement(client: &Client, json: bool) -> Result<Outcome, Trouble> {
    let told = client.get("/v1/enforcement").await?;
    let pairs = list(&told, "pairs");
    let kept = pairs.iter().filter(|pair| text(pair, "state") == "enforced").count();
    let all = kept == pairs.len() && number(&told, "left_off") == 0;
    let outcome = if all { Outcome::Done } else { Outcome::No };
    if json {
        print::json(&told);
        return Ok(outcome);
    }
    let mut server = "";
    for pair in pairs {
        if text(pair, "server") != server {
            server = text(pair, "server");
            data(server);
        }
        show(pair);
    }
    if !list(&told, "ungoverned").is_empty() {
        data("not governed");
        for one in list(&told, "ungoverned") {
            data(&format!("  {:<24} {}", text(one, "server"), foreign_whole(text(one, "why"))));
            data(&format!("  {:<24}   {}", "", here(&foreign_whole(text(one, "fix")))));
        }
    }
    if number(&told, "left_off") > 0 {
        words(&format!("{} more are not listed: too many for one answer", number(&told, "left_off")));
    }
    words(&match pairs.len() {
        0 => "no agent's role names a server: nobody may call anything through this node".to_owned(),
        all => match list(&told, "observed").len() {
            0 => format!("{kept} of {all} are enforced; nothing is only observed"),
            some => {
                let list = ours("observe list");
                format!("{kept} of {all} are enforced; {some} only observed, and NOT enforced: {list}")
            }
        },
    });
    words(text(&told, "unseen"));
    Ok(outcome)
}

fn show(pair: &Json) {
    let from: Vec<&str> = list(pair, "from").iter().filter_map(Json::as_str).collect();
    let from = match from.as_slice() {
        [] => "it has not called since the node began, so where from is not known".to_owned(),
        some => format!("called from {}", some.join(", ")),
    };
    let state = match text(pair, "state") {
        "not_seen" => "not seen",
        other => other,
    };
    let from = match number(pair, "observed_until") {
        0 => from,
        until => format!("rules are NOT enforced, observed until {}; {from}", time(until)),
    };
    data(&format!("  {state:<12} {:<24} {from}", text(pair, "agent")));
    for way in list(pair, "ways") {
        data(&format!("      {}", foreign(text(way, "words"))));
        data(&format!("        {}", here(&foreign_whole(text(way, "fix")))));
    }
}
