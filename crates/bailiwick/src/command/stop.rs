//! `stop`: ends the node of this home, and waits until it has.

use super::Outcome;
use crate::client::Client;
use crate::home::Trouble;
use crate::places::Places;
use crate::print::{self, data, number, words};
use bailiwick_core::json::Json;
use rustix::process::{Pid, test_kill_process};
use std::time::Duration;

/// How long the node may take: what is under way, wrappers' tasks, servers, and the last signature.
const END_WITHIN: Duration = Duration::from_secs(30);
/// How often it is looked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub(super) async fn stop(client: &Client, places: &Places, json: bool) -> Result<Outcome, Trouble> {
    if !client.answers().await {
        tell(json, false, false, &format!("no node runs at {}", places.socket.display()));
        return Ok(Outcome::Done);
    }
    let process = client.process().await.and_then(Pid::from_raw);
    let told = client.post("/v1/node/stop", &Json::Null).await?;
    let (busy, sessions) = (number(&told, "busy"), number(&told, "sessions"));
    if !json && (busy, sessions) != (0, 0) {
        words(&format!("waits for `{busy}` requests under way; ends the tasks of `{sessions}` wrapped servers"));
    }
    let mut waited = Duration::ZERO;
    loop {
        let there = match process {
            Some(process) => test_kill_process(process).is_ok(),
            // Where the system does not tell who answers, its socket is the sign.
            None => client.answers().await,
        };
        if !there {
            tell(json, true, true, "the node has ended");
            return Ok(Outcome::Done);
        }
        if waited >= END_WITHIN {
            let log = places.log();
            let why = format!("the node has not ended within {} s; see {}", END_WITHIN.as_secs(), log.display());
            tell(json, true, false, &why);
            return Ok(Outcome::No);
        }
        tokio::time::sleep(LOOK_EVERY).await;
        waited += LOOK_EVERY;
    }
}

fn tell(json: bool, ran: bool, ended: bool, line: &str) {
    if json {
        print::json(&Json::object([("ended", Json::from(ended)), ("ran", Json::from(ran))]));
    } else {
        data(line);
    }
}
