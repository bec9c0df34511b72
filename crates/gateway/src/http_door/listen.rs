//! The stream on which a client of the older era hears what it did not ask for: that what it can use changed, and that people answered
//! what it waits for.

use super::body::{DoorBody, Events, Gone, Tied};
use super::sessions::{Listening, Opened};
use crate::decider::Undecided;
use crate::rpc;
use crate::session::{Answers, Caller, Changed, Updates, Watch};
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
        let session = || self.opened.session.clone();
        let mut watch = Watch::start(session(), self.caller.clone());
        let mut updates = Updates::new(session(), None);
        let mut ending = std::pin::pin!(self.ended());
        let mut answers = Answers::new(self.opened.session.clone(), self.caller.clone());
        loop {
            tokio::select! {
                _ = &mut over => return Ok(()),
                () = &mut ending => {
                    // what is left is seen before the stream ends
                    let changed = self.opened.session.changed(&self.caller).await;
                    return self.changed(changed).await;
                }
                () = self.events.closed() => return Err(Gone),
                changed = watch.next() => self.changed(changed).await?,
                uri = updates.next() => self.events.message(&rpc::updated(&uri)).await?,
                told = answers.next() => self.events.message(&told).await?,
                () = tokio::time::sleep(self.keep_alive_every) => self.events.comment().await?,
            }
        }
    }

    async fn changed(&self, changed: Changed) -> Result<(), Gone> {
        for method in changed.methods().filter(|_| self.opened.session.version().is_some()) {
            self.events.message(&rpc::notification(method, Object::default())).await?;
        }
        Ok(())
    }

    async fn ended(&self) {
        while let Err(Undecided::Unavailable(_) | Undecided::Unknown) = self.caller.decider.ended().await {
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }
}
