//! The answer to what a server asks, as an act of its own: decided when it is there, before a byte of it leaves.

use super::Asking;
use super::wait::Tries;
use crate::asks::{Kind, written};
use crate::clock::Boot;
use crate::cut::Cut;
use crate::decider::{Attempted, Call, Decider, Received};
use crate::refusal::Refusal;
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{Code, Disposition, ServerName};
use std::time::Duration;

/// Settling takes this much longer than the call.
pub(super) const SETTLE_SLACK_SECONDS: u64 = 30;

/// An answer that may leave.
pub(super) struct Share {
    act: u64,
    leaf: u64,
    /// Written anew from the decided act.
    pub(super) answer: Json,
    pub(super) leave_by: Boot,
}

impl Share {
    /// Says what became of it.
    pub(super) async fn settle(&self, decider: &dyn Decider, came: &Came) {
        let received = match came {
            Came::Taken => Received::Result(Json::Object(Object::default())),
            Came::NeverSent => Received::NeverSent,
            Came::Unknown(why) => Received::Nothing(why),
        };
        // what could not be kept leaves the act open, and in doubt past its time
        let _unkept = decider.settle(self.act, self.leaf, received).await;
    }
}

/// What became of answers that went with a message.
pub(super) enum Came {
    /// The server had the message.
    Taken,
    NeverSent,
    /// Nobody knows.
    Unknown(&'static str),
}

impl Came {
    /// Of the request that they went with: whatever the server answered, it had them.
    pub(super) const fn with(received: &Received) -> Self {
        match received {
            Received::Result(_) | Received::Error(_) | Received::Secret { .. } => Self::Taken,
            Received::NeverSent => Self::NeverSent,
            Received::Nothing(why) => Self::Unknown(why),
        }
    }
}

impl Asking<'_> {
    /// Whoever was asked said no: it is remembered, and recorded as an answer that was refused. It leaves whether or not it
    /// could be.
    pub(super) async fn turned_down(&self, decider: &dyn Decider, server: &ServerName, kind: Kind, asked: &Json) {
        self.caller.upstreams.noes().said(server, asked);
        let Some(tool) = kind.tool() else { return };
        let no = Json::object([("action", Json::from("decline"))]);
        let call = Call {
            server: server.clone(),
            tool: tool.to_owned(),
            arguments: Json::object([("answer", no), ("asked", asked.clone())]),
            input: Json::Null,
            idempotency: None,
            continues: None,
            looked: None,
            declined: true,
            settle_within_seconds: 0,
        };
        if let Ok(Attempted::Forward(forward)) = decider.attempt(call).await {
            // by INVARIANT of `declined`: nobody allows it; if it was, nothing left
            let _unkept = decider.settle(forward.act, forward.leaf, Received::NeverSent).await;
        }
    }

    /// As [`Asking::share`], for a client of the older era: where people are asked first, its open call waits for them, until
    /// `over`.
    pub(super) async fn share_waiting(
        &self,
        decider: &dyn Decider,
        server: &ServerName,
        kind: Kind,
        arguments: Json,
        over: &Cut,
    ) -> Result<Share, Refusal> {
        let mut tries = Tries::default();
        loop {
            let refusal = match self.share(decider, server, kind, arguments.clone()).await {
                Ok(share) => return Ok(share),
                Err(refusal) => refusal,
            };
            if !self.people_answer(decider, &refusal, over, &mut tries).await {
                return Err(refusal);
            }
        }
    }

    /// Decides whether an answer may be shared with the server. `decider` is that of whoever brought it.
    pub(super) async fn share(
        &self,
        decider: &dyn Decider,
        server: &ServerName,
        kind: Kind,
        arguments: Json,
    ) -> Result<Share, Refusal> {
        let Some(tool) = kind.tool() else { return Err(Refusal::of(Code::NotAvailable, server, None)) };
        let settle_within_seconds = self.session.settings.call_within.as_secs().saturating_add(SETTLE_SLACK_SECONDS);
        let call = Call {
            server: server.clone(),
            tool: tool.to_owned(),
            arguments,
            input: Json::Null,
            idempotency: None,
            continues: None,
            looked: None,
            declined: false,
            settle_within_seconds,
        };
        match decider.attempt(call).await {
            Ok(Attempted::Forward(forward)) => {
                let leave_by = Boot::now().after(Duration::from_micros(forward.forward_within_micros));
                let (act, leaf) = (forward.act, forward.leaf);
                match written(kind, &forward.arguments) {
                    Some(answer) => Ok(Share { act, leaf, answer, leave_by }),
                    // by INVARIANT of `read_answer`: what it made can be written
                    None => {
                        let nothing = Share { act, leaf, answer: Json::Null, leave_by };
                        nothing.settle(decider, &Came::NeverSent).await;
                        Err(Refusal::own("never_sent", "the answer could not be written", Disposition::Stop))
                    }
                }
            }
            // by INVARIANT of the call: it bears no key that an act could be known by again
            // by INVARIANT of our own tools: they bind nothing that could point to anything
            Ok(Attempted::Look(_)) => Err(Refusal::of(Code::NotAvailable, server, None)),
            Ok(Attempted::Again { .. }) => {
                Err(Refusal::own("repeated", "this answer was given before", Disposition::Stop))
            }
            Ok(Attempted::Refused(refused)) => Err(Refusal::decided(&refused, server)),
            Err(why) => Err(Refusal::undecided(&why)),
        }
    }
}
