//! `stop`: ends the node of this home, and waits until it has.

use super::Outcome;
use crate::client::Client;
use crate::home::Trouble;
use crate::places::Places;
use crate::print::{self, data, number, words};
use crate::server::STOP_WITHIN;
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
        tell(json, None, false, &format!("no node runs at {}", places.socket.display()));
        return Ok(Outcome::Done);
    }
    let (told, ended) = end(client, !json).await?;
    if !ended {
        let log = places.log();
        let why = format!("the node has not ended within {} s; see {}", END_WITHIN.as_secs(), log.display());
        tell(json, Some(&told), false, &why);
        return Ok(Outcome::No);
    }
    tell(json, Some(&told), true, "the node has ended");
    Ok(Outcome::Done)
}

/// Ends the node that answers; says what it waits for. Answers what it said of that, and whether it has ended.
///
/// # Errors
/// What the socket or the node say.
pub(super) async fn end(client: &Client, say: bool) -> Result<(Json, bool), Trouble> {
    // Ends with the process, whoever its parent is.
    let mut watched = client.watch().await?;
    let process = watched.peer_cred()?.pid().and_then(Pid::from_raw);
    let told = client.post("/v1/node/stop", &Json::Null).await?;
    let (busy, acts, sessions) = (number(&told, "busy"), number(&told, "acts"), number(&told, "sessions"));
    if say && (busy, acts) != (0, 0) {
        words(&format!(
            "under way: {busy} requests, {acts} calls of wrapped servers; waits at most {} s for them, then they are cut and \
             what they did is in doubt",
            STOP_WITHIN.as_secs()
        ));
    }
    if say && sessions != 0 {
        words(&format!("ends the tasks of {sessions} wrapped servers; their clients start them again"));
    }
    let mut nothing = [0; 1];
    // An error is an end as well.
    if tokio::time::timeout(END_WITHIN, watched.read(&mut nothing)).await.is_err() {
        return Ok((told, false));
    }
    let taken = async {
        while process.is_some_and(|process| test_kill_process(process).is_ok()) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let _taken = tokio::time::timeout(TAKEN_WITHIN, taken).await;
    Ok((told, true))
}

/// `told`: what a node that ran said of what it waits for.
fn tell(json: bool, told: Option<&Json>, ended: bool, line: &str) {
    if json {
        let count = |name: &str| told.and_then(|told| told.get(name)).cloned().unwrap_or(Json::from(0_u64));
        print::json(&Json::object([
            ("acts", count("acts")),
            ("busy", count("busy")),
            ("ended", Json::from(ended)),
            ("ran", Json::from(told.is_some())),
            ("sessions", count("sessions")),
        ]));
    } else {
        data(line);
    }
}
