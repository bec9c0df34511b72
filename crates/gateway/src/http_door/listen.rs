//! The stream on which a client of the older era hears what it did not ask for: that what it can use changed, and that people answered
//! what it waits for.

use super::body::{DoorBody, Events, Gone, Tied};
use super::sessions::{Listening, Opened};
use crate::decider::Undecided;
use crate::rpc;
use crate::session::{Answers, Caller, offers_changed};
use bailiwick_core::json::Object;
use std::time::Duration;

/// How long it waits until it asks again whether the grant has ended, when nobody answers.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Opens the stream; it ends with the session, the grant, the token or the connection, whichever is first.
pub(super) fn open(
    opened: Opened,
    listening: Listening,
    caller: Caller,
    lives: Duration,
    keep_alive_every: Duration,
) -> DoorBody {
    let (events, body) = DoorBody::events(Tied::default());
    tokio::spawn(async move {
        let stream = Stream { opened, caller, events, keep_alive_every };
        // a client that is gone needs no more
        let _ended = tokio::time::timeout(lives, stream.run()).await;
        drop(listening);
    });
    body
}

struct Stream {
    opened: Opened,
    caller: Caller,
    events: Events,
    keep_alive_every: Duration,
}

impl Stream {
    async fn run(&self) -> Result<(), Gone> {
        self.events.comment().await?;
        let mut over = self.opened.over.clone();
        let mut over = std::pin::pin!(async move { over.wait_for(|over| *over).await.map(drop) });
        let mut changes = self.caller.upstreams.watch_changes();
        let mut ending = std::pin::pin!(self.ended());
        let mut answers = Answers::new(self.opened.session.clone(), self.caller.clone());
        loop {
            tokio::select! {
                _ = &mut over => return Ok(()),
                () = &mut ending => return Ok(()),
                () = self.events.closed() => return Err(Gone),
                Ok(()) = changes.changed() => {
                    if offers_changed(&self.caller).await && self.opened.session.version().is_some() {
                        let changed = "notifications/tools/list_changed";
                        self.events.message(&rpc::notification(changed, Object::default())).await?;
                    }
                }
                told = answers.next() => self.events.message(&told).await?,
                () = tokio::time::sleep(self.keep_alive_every) => self.events.comment().await?,
            }
        }
    }

    async fn ended(&self) {
        while let Err(Undecided::Unavailable(_) | Undecided::Unknown) = self.caller.decider.ended().await {
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }
}
