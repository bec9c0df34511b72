//! `stop`: ends the node of this home, and waits until it has.

use super::Outcome;
use crate::client::Client;
use crate::home::Trouble;
use crate::places::Places;
use crate::print::{self, data, number, words};
use bailiwick_core::json::Json;
use rustix::process::{Pid, test_kill_process};
use std::time::Duration;
use tokio::io::AsyncReadExt;

/// How long the node may take: what is under way, wrappers' tasks, servers, and the last signature.
/// A connection that asks nothing is closed after 30 s as it is.
const END_WITHIN: Duration = Duration::from_secs(25);
/// How often it is looked whether the system has taken it away.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How long that may take: one whose parent does not ask for it stays as a name.
const TAKEN_WITHIN: Duration = Duration::from_millis(500);

pub(super) async fn stop(client: &Client, places: &Places, json: bool) -> Result<Outcome, Trouble> {
    if !client.answers().await {
        tell(json, false, false, &format!("no node runs at {}", places.socket.display()));
        return Ok(Outcome::Done);
    }
    // Ends with the process, whoever its parent is.
    let mut watched = client.watch().await?;
    let process = watched.peer_cred()?.pid().and_then(Pid::from_raw);
    let told = client.post("/v1/node/stop", &Json::Null).await?;
    let (busy, acts, sessions) = (number(&told, "busy"), number(&told, "acts"), number(&told, "sessions"));
    if !json && (busy, sessions) != (0, 0) {
        words(&format!(
            "waits for `{busy}` requests and `{acts}` calls of wrapped servers; ends the tasks of `{sessions}` of them"
        ));
    }
    let mut nothing = [0; 1];
    // An error is an end as well.
    if tokio::time::timeout(END_WITHIN, watched.read(&mut nothing)).await.is_err() {
        let log = places.log();
        let why = format!("the node has not ended within {} s; see {}", END_WITHIN.as_secs(), log.display());
        tell(json, true, false, &why);
        return Ok(Outcome::No);
    }
    let taken = async {
        while process.is_some_and(|process| test_kill_process(process).is_ok()) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let _taken = tokio::time::timeout(TAKEN_WITHIN, taken).await;
    tell(json, true, true, "the node has ended");
    Ok(Outcome::Done)
}

fn tell(json: bool, ran: bool, ended: bool, line: &str) {
    if json {
        print::json(&Json::object([("ended", Json::from(ended)), ("ran", Json::from(ran))]));
    } else {
        data(line);
    }
}
