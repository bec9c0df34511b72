//! A client at the other end of a pair of byte streams (MCP, stdio transport).

use crate::era::Era;
use crate::methods::{Asked, asked};
use crate::rpc::{self, Message, PARSE_ERROR, RpcError};
use crate::session::{Answers, Caller, Incoming, Scope, Session, Updates, Watch};
use crate::settings::Settings;
use crate::upstream::{Line, Lines};
use bailiwick_core::ServerName;
use bailiwick_core::json::{Json, Object};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How many messages may wait for a client that does not read.
const OUT: usize = 256;

/// Serves one client until it goes: one server under its own names, or all of the caller's under prefixed ones. Both eras
/// are spoken. Returns when the input ends or `stop` resolves; what is open then may end within a bound after the input,
/// and at once after `stop`; it is cancelled, settled, and the servers are ended.
///
/// # Errors
/// What reading or writing the streams met.
pub async fn run_stdio<R, W>(
    reader: R,
    writer: W,
    caller: Caller,
    server: Option<ServerName>,
    settings: Settings,
    stop: impl Future<Output = ()> + Send,
) -> io::Result<()>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let scope = server.map_or(Scope::All, Scope::One);
    let session = Session::new(scope, settings.clone());
    let (out, messages) = mpsc::channel(OUT);
    let writing = tokio::spawn(write(writer, messages));
    // begun before the client asks: what it lists takes as long as the servers take to start
    let early = caller.clone();
    let starting = tokio::spawn(async move { early.upstreams.start(&*early.decider).await });
    let mut door = Door { session, caller, settings, out, open: JoinSet::new() };
    let (end, stopped) = door.listen(reader, stop).await;
    let drain_within = door.settings.drain_within;
    let caller = door.close(stopped).await;
    starting.abort();
    caller.upstreams.close().await;
    caller.upstreams.settled(drain_within).await;
    // by INVARIANT of the queue: every sender is gone, so the writer ends when it has written
    match writing.await {
        Ok(Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => end.and(Err(error)),
        _ => end,
    }
}

/// One client, and what is open for it.
struct Door {
    session: Arc<Session>,
    caller: Caller,
    settings: Settings,
    out: mpsc::Sender<Json>,
    open: JoinSet<()>,
}

impl Door {
    /// Takes lines until they end, nobody reads what is answered, or it is stopped: the second answer.
    async fn listen(
        &mut self,
        reader: impl AsyncRead + Unpin,
        stop: impl Future<Output = ()> + Send,
    ) -> (io::Result<()>, bool) {
        let mut lines = Lines::new(reader, self.settings.client_message_bytes_max);
        let mut watch = Watch::start(self.session.clone(), self.caller.clone());
        let mut updates = Updates::new(self.session.clone(), None);
        let mut answers = Answers::new(self.session.clone(), self.caller.clone());
        let mut stop = std::pin::pin!(stop);
        loop {
            let answer = tokio::select! {
                () = &mut stop => return (Ok(()), true),
                line = lines.next() => match line {
                    Ok(Line::Whole(line)) => self.take(&line).await,
                    Ok(Line::TooLong(_)) => {
                        let message = format!("expected at most {} bytes", self.settings.client_message_bytes_max);
                        Some(rpc::answer(None, &Err(RpcError::new(PARSE_ERROR, message))))
                    }
                    Ok(Line::End) => return (Ok(()), false),
                    Err(error) => return (Err(error), false),
                },
                Some(_) = self.open.join_next() => None,
                told = answers.next() => Some(told),
                uri = updates.next() => Some(rpc::updated(&uri)),
                // one of the newer era hears of it on streams that it opens
                changed = watch.next() => {
                    if self.session.version().is_some() {
                        for method in changed.methods() {
                            if self.out.send(rpc::notification(method, Object::default())).await.is_err() {
                                return (Ok(()), false);
                            }
                        }
                    }
                    None
                }
            };
            if let Some(answer) = answer
                && self.out.send(answer).await.is_err()
            {
                return (Ok(()), false);
            }
        }
    }

    /// What is open may end within a bound, or is cut at once. Nothing of this writes to the client any more.
    async fn close(self, stopped: bool) -> Caller {
        let Self { session, caller, settings, out, mut open } = self;
        drop(out);
        caller.upstreams.lasting().end();
        // a client that closed its end may still read the other
        let ended = !stopped && tokio::time::timeout(settings.drain_within, join_all(&mut open)).await.is_ok();
        if !ended {
            session.cut_all("cancelled");
            if tokio::time::timeout(settings.drain_within, join_all(&mut open)).await.is_err() {
                open.shutdown().await;
            }
        }
        caller
    }

    /// Takes one line. What it gives back is the answer, where there is one at once.
    async fn take(&mut self, line: &[u8]) -> Option<Json> {
        let Self { session, caller, settings, out, open } = self;
        let (id, method, params) = match rpc::read(line, settings.client_message_bytes_max) {
            Ok(Message::Request { id, method, params }) => (id, method, params),
            Ok(Message::Notification { method, params }) => {
                session.notification(&method, &params);
                return None;
            }
            Ok(Message::Response { id, outcome }) => {
                session.answered(id.as_ref(), outcome, caller);
                return None;
            }
            Err(bad) => return Some(rpc::answer(bad.id.as_ref(), &Err(bad.error))),
        };
        let admitted = match session.admit(&id, &method, &params) {
            Ok(admitted) => admitted,
            Err(error) => return Some(rpc::answer(Some(&id), &Err(error))),
        };
        let incoming = Incoming { method: method.clone(), params, idempotency: None, mirrored: None, out: out.clone() };
        if asked(Era::Legacy, &method) == Some(Asked::SetLevel) {
            // what follows it in the stream is under the new level
            let answer = session.request(caller, &admitted, incoming).await?;
            return Some(rpc::answer(Some(&id), &answer));
        }
        let (session, caller, out) = (session.clone(), caller.clone(), out.clone());
        open.spawn(async move {
            if let Some(answer) = session.request(&caller, &admitted, incoming).await {
                // its id is free before the client can know
                drop(admitted);
                // a client that is gone needs no answer
                let _ = out.send(rpc::answer(Some(&id), &answer)).await;
            }
        });
        None
    }
}

async fn join_all(open: &mut JoinSet<()>) {
    while open.join_next().await.is_some() {}
}

async fn write(mut writer: impl AsyncWrite + Unpin, mut messages: mpsc::Receiver<Json>) -> io::Result<()> {
    let mut line = Vec::new();
    while let Some(message) = messages.recv().await {
        line.clear();
        message.write_canonical(&mut line);
        line.push(b'\n');
        writer.write_all(&line).await?;
        writer.flush().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
