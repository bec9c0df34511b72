//! Whether a request left, settled once, at the socket: beneath TLS, where bytes become somebody else's.

use crate::clock::Boot;
use crate::upstream::locked;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// One request's leave to go, until its time.
#[derive(Debug)]
pub(super) struct Ticket {
    leave_by: Boot,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No byte of it has left.
    Waiting,
    /// At least one has.
    Left,
    /// None has, and none will.
    Withdrawn,
}

impl Ticket {
    pub(super) fn new(leave_by: Boot) -> Arc<Self> {
        Arc::new(Self { leave_by, state: Mutex::new(State::Waiting) })
    }

    /// Takes it back. Answers whether no byte left: then none will.
    pub(super) fn withdraw(&self) -> bool {
        let mut state = locked(&self.state);
        if *state == State::Waiting {
            *state = State::Withdrawn;
        }
        *state == State::Withdrawn
    }

    pub(super) fn has_left(&self) -> bool {
        *locked(&self.state) == State::Left
    }

    /// Resolves once its time is over.
    pub(super) async fn too_late(&self) {
        while let Some(rest) = self.leave_by.left() {
            tokio::time::sleep(rest).await;
        }
    }

    fn write(&self, write: impl FnOnce() -> Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        // held over the write, which does not wait: nobody can take back what is just leaving
        let mut state = locked(&self.state);
        match *state {
            State::Left => write(),
            State::Waiting if self.leave_by.left().is_some() => {
                let written = write();
                if matches!(written, Poll::Ready(Ok(count)) if count > 0) {
                    *state = State::Left;
                }
                written
            }
            State::Waiting | State::Withdrawn => {
                *state = State::Withdrawn;
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "it may not leave any more")))
            }
        }
    }
}

/// Which request's bytes a connection carries at present.
#[derive(Debug, Clone, Default)]
pub(super) struct Valve(Arc<Mutex<Option<Arc<Ticket>>>>);

impl Valve {
    /// From now on what is written is this request.
    pub(super) fn carry(&self, ticket: &Arc<Ticket>) {
        *locked(&self.0) = Some(ticket.clone());
    }

    fn write(&self, write: impl FnOnce() -> Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let ticket = locked(&self.0).clone();
        match ticket {
            Some(ticket) => ticket.write(write),
            // the handshake
            None => write(),
        }
    }
}

/// A stream whose writes go through a valve.
#[derive(Debug)]
pub(super) struct Gated<S> {
    pub(super) stream: S,
    pub(super) valve: Valve,
}

impl<S: AsyncRead + Unpin> AsyncRead for Gated<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gated<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.valve.write(|| Pin::new(&mut this.stream).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.valve.write(|| Pin::new(&mut this.stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
