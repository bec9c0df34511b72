//! An act that nobody knows the outcome of, settled by what its own server has on record of it: read at once, by an act of the
//! same grant. What the record does not tell, and what no grant may read any more, people settle.

use super::look::{Read, read, seen};
use super::looks::ending;
use crate::cut::Cut;
use crate::decider::{Call, Decider, Received};
use crate::refusal::Refusal;
use crate::upstream::Upstreams;
use bailiwick_core::Disposition;
use bailiwick_core::json::Json;
use std::time::Duration;

/// When a server is tried once more that was not there.
const OPENED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Whether what came back may leave its act in doubt.
pub(super) fn doubtful(received: &Received) -> bool {
    match received {
        Received::Nothing(_) | Received::Error(_) => true,
        Received::Result(result) => result.get("isError").is_some_and(|flag| flag.as_bool() != Some(false)),
        // a tool that gave a secret back is called no more
        Received::NeverSent | Received::Secret { .. } => false,
    }
}

/// Whether the server's own record says that an act in doubt was done: it is read by an act of its own, and settles the
/// one in doubt. `None`: it does not say, or cannot be asked. `act` is its seq and its leaf.
pub async fn by_record(decider: &dyn Decider, upstreams: &Upstreams, call: &Call, act: (u64, u64)) -> Option<bool> {
    let on = decider.record(act, call.clone()).await.ok()??;
    // what went away with the act is begun anew, and not as soon as it was begun
    let upstream = match upstreams.open(&call.server, decider).await {
        Ok(upstream) => upstream,
        Err(_) => {
            tokio::time::sleep(OPENED_AGAIN_AFTER).await;
            upstreams.open(&call.server, decider).await.ok()?
        }
    };
    let cut = Cut::new();
    let mut reading = std::pin::pin!(read(decider, &upstream, (call.server.clone(), on.tool, on.arguments), &cut));
    let read = tokio::select! {
        read = &mut reading => read,
        () = ending(decider) => {
            cut.cut("cut");
            reading.await
        }
    };
    let Read { act: number, leaf, received } = read?;
    let said = match seen(&received) {
        Some(seen) => decider.settle_by_record(act, call.clone(), number, seen.clone()).await.ok().flatten(),
        None => None,
    };
    // what was read is over once it has told
    let _given = decider.settle(number, leaf, received).await;
    said
}

/// What the caller is told in the place of a doubt.
pub(super) fn told(done: bool, leaf: u64) -> Refusal {
    let (sentence, next) = if done {
        (
            "no answer came that tells; its server's own record says that it was done, and its result is not known",
            Disposition::Stop,
        )
    } else {
        ("no answer came that tells; its server's own record says that nothing was done", Disposition::TryLater)
    };
    Refusal::own("settled_by_record", sentence, next).at_event(leaf)
}

/// What stands beside a server's own words that something failed.
pub(super) fn note(done: bool) -> String {
    let what = if done { "it was done" } else { "nothing was done" };
    format!("Bailiwick: the server's own record of this call says that {what}.")
}

/// A result with that beside it.
pub(super) fn noted(mut result: Json, done: bool) -> Json {
    super::act::noted(&mut result, vec![note(done)]);
    result
}

#[cfg(test)]
mod tests;
