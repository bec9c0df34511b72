//! A signal that ends what is open, once, with its reason.

use std::sync::Arc;
use tokio::sync::watch;

/// Ends one open request. Copies are the same signal.
#[derive(Debug, Clone)]
pub(crate) struct Cut(Arc<watch::Sender<Option<&'static str>>>);

impl Cut {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    /// Ends it; the first reason stays.
    pub(crate) fn cut(&self, why: &'static str) {
        self.0.send_if_modified(|reason| {
            let first = reason.is_none();
            if first {
                *reason = Some(why);
            }
            first
        });
    }

    /// Whether both are the same signal.
    pub(crate) fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Why it was ended, if it was.
    pub(crate) fn why(&self) -> Option<&'static str> {
        *self.0.borrow()
    }

    /// Waits until it is ended.
    pub(crate) async fn wait(&self) -> &'static str {
        let mut watching = self.0.subscribe();
        loop {
            if let Some(why) = *watching.borrow_and_update() {
                return why;
            }
            // by INVARIANT on self.0: the sender lives as long as self
            if watching.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
