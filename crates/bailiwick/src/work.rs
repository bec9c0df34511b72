//! Requests under way: what a node that is told to stop waits for.

use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

/// How many requests are under way.
#[derive(Debug)]
pub(crate) struct Work(AtomicUsize);

/// One of them. Dropped: it has ended.
#[derive(Debug)]
pub(crate) struct Doing(Arc<Work>);

impl Work {
    /// None yet.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(0)))
    }

    /// One more.
    pub(crate) fn begin(self: &Arc<Self>) -> Doing {
        self.0.fetch_add(1, Ordering::Relaxed);
        Doing(Arc::clone(self))
    }

    /// How many.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Doing {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A body that holds something, such as its place among the work, until it has been sent.
pub(crate) struct Counted<B, G = Doing> {
    body: B,
    held: Option<G>,
}

impl<B, G> Counted<B, G> {
    /// `None`: what it answers is nothing that anybody waits for.
    pub(crate) fn new(body: B, held: Option<G>) -> Self {
        Self { body, held }
    }
}

impl<B: Body + Unpin, G: Unpin> Body for Counted<B, G> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let own = self.get_mut();
        let polled = Pin::new(&mut own.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) {
            own.held = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
