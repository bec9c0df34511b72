//! Newline-delimited messages over a pair of byte streams (MCP, stdio transport).

use super::desk::{Desk, Expected};
use super::lines::{Line, Lines};
use super::{Outgoing, locked};
use crate::clock::Boot;
use crate::cut::Cut;
use crate::decider::Received;
use crate::rpc::{self, Id};
use bailiwick_core::json::{Json, Object};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

/// How many messages may wait for a server that does not read.
const QUEUE: usize = 256;
/// How long a server may take no byte of a message that it has begun to read.
const STALL: Duration = Duration::from_secs(60);

/// The writing end; the reading end is a task.
pub(crate) struct Pipe {
    queue: mpsc::Sender<Item>,
    writer: AbortHandle,
    /// Dropped with the pipe: whoever holds the other half learns that the session is over.
    _open: oneshot::Sender<()>,
}

struct Item {
    line: Vec<u8>,
    /// `None`: may leave at any time.
    ticket: Option<Arc<Ticket>>,
}

/// Whether a request leaves is settled once, between its caller and the writer.
struct Ticket {
    leave_by: Boot,
    state: AtomicU8,
    left: Mutex<Option<oneshot::Sender<bool>>>,
}

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const WITHDRAWN: u8 = 2;

impl Ticket {
    fn settle(&self, to: u8) -> bool {
        self.state.compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn report(&self, left: bool) {
        if let Some(sender) = locked(&self.left).take() {
            // nobody waits for it any more: then nobody needs it
            let _ = sender.send(left);
        }
    }
}

impl Pipe {
    /// Starts both ends. The second value resolves when the pipe is dropped.
    pub(crate) fn start(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
        desk: Arc<Desk>,
    ) -> (Self, oneshot::Receiver<()>) {
        let (queue, items) = mpsc::channel(QUEUE);
        let (open, closing) = oneshot::channel();
        let writing = tokio::spawn(write(writer, items, desk.clone()));
        tokio::spawn(read(reader, desk, queue.downgrade()));
        (Self { queue, writer: writing.abort_handle(), _open: open }, closing)
    }

    /// Sends what needs no answer; dropped when the server does not read.
    pub(crate) fn tell(&self, line: Vec<u8>) {
        // by INVARIANT of the queue's bound: a server that does not read loses notifications first
        let _ = self.queue.try_send(Item { line, ticket: None });
    }

    /// Sends an answer, before its time or not at all.
    pub(crate) async fn answer(&self, line: Vec<u8>, leave_by: Boot) -> Option<bool> {
        self.send(line, leave_by, &Cut::new()).await
    }

    pub(crate) async fn exchange(&self, outgoing: Outgoing<'_>, mut expected: Expected) -> Received {
        let Outgoing { id, body, leave_by, answer_within, cut, .. } = outgoing;
        if expected.hopeless() {
            return Received::NeverSent;
        }
        match self.send(body, leave_by, cut).await {
            Some(true) => {}
            Some(false) => return Received::NeverSent,
            None => return Received::Nothing("disconnected"),
        }
        let nothing = tokio::select! {
            biased;
            received = expected.answer() => return received,
            why = cut.wait() => why,
            () = tokio::time::sleep(answer_within) => "time-out",
        };
        let mut params = Object::default();
        params.insert("reason", Json::from(nothing));
        params.insert("requestId", Json::from(id));
        self.tell(rpc::notification("notifications/cancelled", params).canonical().into_bytes());
        Received::Nothing(nothing)
    }

    /// Whether the line left; `None` when it began to and nobody knows.
    async fn send(&self, line: Vec<u8>, leave_by: Boot, cut: &Cut) -> Option<bool> {
        let (sender, mut left) = oneshot::channel();
        let ticket = Arc::new(Ticket { leave_by, state: AtomicU8::new(WAITING), left: Mutex::new(Some(sender)) });
        let item = Item { line, ticket: Some(ticket.clone()) };
        let too_late = async {
            while let Some(rest) = leave_by.left() {
                tokio::time::sleep(rest).await;
            }
        };
        let leaving = async {
            match self.queue.send(item).await {
                Ok(()) => (&mut left).await.ok(),
                Err(_) => Some(false),
            }
        };
        tokio::select! {
            biased;
            left = leaving => return left,
            _ = cut.wait() => {}
            () = too_late => {}
        }
        if ticket.settle(WITHDRAWN) {
            return Some(false);
        }
        left.await.ok()
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.writer.abort();
    }
}

async fn write(mut writer: impl AsyncWrite + Unpin, mut items: mpsc::Receiver<Item>, desk: Arc<Desk>) {
    while let Some(Item { mut line, ticket }) = items.recv().await {
        line.push(b'\n');
        let sent = match &ticket {
            Some(ticket) => match first_bytes(&mut writer, &line, ticket).await {
                Some(sent) => sent,
                None => continue,
            },
            None => 0,
        };
        let rest = line.get(sent..).unwrap_or_default();
        let whole = async {
            writer.write_all(rest).await?;
            writer.flush().await
        };
        if !matches!(tokio::time::timeout(STALL, whole).await, Ok(Ok(()))) {
            // half a message may have left: nothing that follows would be read as what it is
            desk.close();
            return;
        }
    }
}

/// Writes the first bytes of a request, if it may still leave.
async fn first_bytes(writer: &mut (impl AsyncWrite + Unpin), line: &[u8], ticket: &Ticket) -> Option<usize> {
    if !ticket.settle(TAKEN) {
        return None;
    }
    let sent = match ticket.leave_by.left() {
        // a write that is dropped has written nothing
        Some(left) => tokio::time::timeout(left, writer.write(line)).await,
        None => {
            ticket.report(false);
            return None;
        }
    };
    let sent = sent.ok().and_then(Result::ok).filter(|sent| *sent > 0);
    ticket.report(sent.is_some());
    sent
}

async fn read(reader: impl AsyncRead + Unpin, desk: Arc<Desk>, queue: mpsc::WeakSender<Item>) {
    let mut lines = Lines::new(reader, desk.message_bytes_max());
    loop {
        match lines.next().await {
            Ok(Line::Whole(line)) => {
                let reply = desk.take(&line);
                if let (Some(line), Some(queue)) = (reply, queue.upgrade()) {
                    // a server that asks and does not read gets no answer
                    let _ = queue.try_send(Item { line, ticket: None });
                }
            }
            Ok(Line::TooLong(tail)) => {
                let why = format!("it is longer than {} bytes", desk.message_bytes_max());
                desk.unreadable(id_at_end(&tail).as_ref(), &why);
            }
            Ok(Line::End) | Err(_) => break,
        }
    }
    desk.close();
}

/// The id of a message whose beginning is not known, where it stands last, as common servers write it.
fn id_at_end(tail: &[u8]) -> Option<Id> {
    let text = String::from_utf8_lossy(tail);
    let (_, last) = text.rsplit_once("\"id\":")?;
    let digits = last.trim().strip_suffix('}')?.trim();
    digits.parse().ok().map(Id::Integer)
}

#[cfg(test)]
mod tests;
