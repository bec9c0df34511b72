//! Looking at what a call points to, right before it is decided: each look is an act of its own, of the same grant, with a
//! tool that reads. What it brings goes to whoever decides and to nobody else.

use super::Asking;
use super::act::asks;
use super::share::SETTLE_SLACK_SECONDS;
use crate::asks::Able;
use crate::clock::Boot;
use crate::cut::Cut;
use crate::decider::{Attempted, Call, Decider, Given, Look, Looked, Received, Undecided};
use crate::upstream::{Ask, Upstream};
use bailiwick_core::ServerName;
use bailiwick_core::json::Json;
use std::time::Duration;

/// How long one look may take.
const LOOK_WITHIN: Duration = Duration::from_secs(10);
/// The most bytes of what one look brings: what is larger was not seen.
const SEEN_BYTES_MAX: usize = 64 << 10;

impl Asking<'_> {
    /// Decides a call; what it points to is looked at first, where that is asked for.
    pub(super) async fn decided(&self, call: Call, upstream: &Upstream) -> Result<Attempted, Undecided> {
        let decider = &*self.caller.decider;
        let looks = match decider.attempt(call.clone()).await? {
            Attempted::Look(looks) => looks,
            decided => return Ok(decided),
        };
        let mut looked = Vec::new();
        for look in looks {
            let pointer = look.pointer.clone();
            let seen = self.look(&call, look, upstream).await;
            looked.push(Looked { pointer, seen });
        }
        decider.attempt(Call { looked: Some(looked), ..call }).await
    }

    /// What a reading tool of the same server says. `None`: it is not allowed, it failed, or it said too much.
    async fn look(&self, call: &Call, look: Look, upstream: &Upstream) -> Option<Json> {
        let decider = &*self.caller.decider;
        let reading = (call.server.clone(), look.tool, look.arguments);
        let Read { act, leaf, received } = read(decider, upstream, reading, &self.admitted.cut).await?;
        let small = seen(&received).is_some();
        match decider.settle(act, leaf, received).await {
            Ok(Given::Whole(seen)) if small => Some(seen),
            _ => None,
        }
    }
}

/// A read of our own: begun as any act, and not settled yet.
pub(super) struct Read {
    pub(super) act: u64,
    pub(super) leaf: u64,
    pub(super) received: Received,
}

/// Reads with a tool, by an act of its own. `None`: it is not allowed.
pub(super) async fn read(
    decider: &dyn Decider,
    upstream: &Upstream,
    (server, tool, arguments): (ServerName, String, Json),
    cut: &Cut,
) -> Option<Read> {
    let reading = Call {
        server,
        tool: tool.clone(),
        arguments,
        input: Json::Null,
        idempotency: None,
        continues: None,
        looked: None,
        declined: false,
        settle_within_seconds: LOOK_WITHIN.as_secs().saturating_add(SETTLE_SLACK_SECONDS),
    };
    let Attempted::Forward(forward) = decider.attempt(reading).await.ok()? else { return None };
    let ask = Ask {
        method: "tools/call",
        params: [("arguments", forward.arguments), ("name", Json::from(tool))].into_iter().collect(),
        idempotency: forward.idempotency,
        leave_by: Boot::now().after(Duration::from_micros(forward.forward_within_micros)),
        answer_within: LOOK_WITHIN,
        cut: cut.clone(),
        notices: None,
        // who only looks is asked nothing
        able: Able::default(),
        questions: None,
    };
    let received = upstream.ask(ask).await;
    Some(Read { act: forward.act, leaf: forward.leaf, received })
}

/// What a read says, where that is an answer and not too long.
pub(super) fn seen(received: &Received) -> Option<&Json> {
    match received {
        Received::Result(result) => {
            Some(result).filter(|_| !asks(result) && result.canonical().len() <= SEEN_BYTES_MAX)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
