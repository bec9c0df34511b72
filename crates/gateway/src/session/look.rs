//! Looking at what a call points to, right before it is decided: each look is an act of its own, of the same grant, with a
//! tool that reads. What it brings goes to whoever decides and to nobody else.

use super::Asking;
use super::act::asks;
use super::share::SETTLE_SLACK_SECONDS;
use crate::asks::Able;
use crate::clock::Boot;
use crate::decider::{Attempted, Call, Given, Look, Looked, Received, Undecided};
use crate::upstream::{Ask, Upstream};
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
        let reading = Call {
            server: call.server.clone(),
            tool: look.tool.clone(),
            arguments: look.arguments,
            input: Json::Null,
            idempotency: None,
            continues: None,
            looked: None,
            declined: false,
            settle_within_seconds: LOOK_WITHIN.as_secs().saturating_add(SETTLE_SLACK_SECONDS),
        };
        let Attempted::Forward(forward) = self.caller.decider.attempt(reading).await.ok()? else { return None };
        let (act, leaf) = (forward.act, forward.leaf);
        let ask = Ask {
            method: "tools/call",
            params: [("arguments", forward.arguments), ("name", Json::from(look.tool))].into_iter().collect(),
            idempotency: forward.idempotency,
            leave_by: Boot::now().after(Duration::from_micros(forward.forward_within_micros)),
            answer_within: LOOK_WITHIN,
            cut: self.admitted.cut.clone(),
            notices: None,
            // who only looks is asked nothing
            able: Able::default(),
            questions: None,
        };
        let received = upstream.ask(ask).await;
        let small = match &received {
            Received::Result(result) => !asks(result) && result.canonical().len() <= SEEN_BYTES_MAX,
            _ => false,
        };
        match self.caller.decider.settle(act, leaf, received).await {
            Ok(Given::Whole(seen)) if small => Some(seen),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
