//! Tells a client of the older era which of the pages that it was given have been answered.

use super::wait::elicitation_id;
use super::{Caller, Session};
use crate::decider::Undecided;
use crate::rpc;
use bailiwick_core::json::{Json, Object};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Of how many requests one session is told that they were answered; a task has fewer open at a time.
const EXPECTED_MAX: usize = 64;
/// How long until it is asked again, when nobody could say.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The requests whose pages a session was given, and that it was not told of since.
#[derive(Default)]
pub(super) struct Expected(watch::Sender<BTreeSet<u64>>);

impl Expected {
    pub(super) fn expect(&self, approval: u64) {
        self.0.send_if_modified(|all| all.len() < EXPECTED_MAX && all.insert(approval));
    }

    fn told(&self, approval: u64) {
        self.0.send_if_modified(|all| all.remove(&approval));
    }
}

/// Waits for answers on behalf of the one stream that tells of them. Dropped: nobody waits.
pub(crate) struct Answers {
    session: Arc<Session>,
    caller: Caller,
    expected: watch::Receiver<BTreeSet<u64>>,
    open: JoinSet<u64>,
    waiting: BTreeSet<u64>,
}

impl Answers {
    pub(crate) fn new(session: Arc<Session>, caller: Caller) -> Self {
        let expected = session.answers.0.subscribe();
        Self { session, caller, expected, open: JoinSet::new(), waiting: BTreeSet::new() }
    }

    /// What the client is told next. It may be dropped and called again.
    pub(crate) async fn next(&mut self) -> Json {
        loop {
            let expected = self.expected.borrow_and_update().clone();
            for approval in expected {
                if self.waiting.insert(approval) {
                    let decider = Arc::clone(&self.caller.decider);
                    self.open.spawn(async move {
                        while let Err(Undecided::Unavailable(_) | Undecided::Unknown) = decider.answered(approval).await
                        {
                            tokio::time::sleep(ASK_AGAIN).await;
                        }
                        approval
                    });
                }
            }
            tokio::select! {
                Some(Ok(approval)) = self.open.join_next() => {
                    self.waiting.remove(&approval);
                    self.session.answers.told(approval);
                    let mut params = Object::default();
                    params.insert("elicitationId", Json::from(elicitation_id(approval)));
                    return rpc::notification("notifications/elicitation/complete", params);
                }
                // by INVARIANT on self.session: it keeps the sender
                Ok(()) = self.expected.changed() => {}
                else => std::future::pending().await,
            }
        }
    }
}
