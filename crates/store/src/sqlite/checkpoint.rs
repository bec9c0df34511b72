//! Moves the write-ahead log into the file, on a thread of its own, so that no append pays for it.

use super::{BrokenHook, Writer, fail, file};
use crate::StoreError;
use rusqlite::Connection;
use std::{
    path::Path,
    sync::{
        Arc, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

/// Bytes committed after which the thread is woken.
pub(super) const WAKE_BYTES: usize = 4 << 20;
/// Pages in the log past which the writer is held up until the log starts anew: 64 MiB.
const LOG_PAGES_MAX: i64 = 8 << 10;

pub(super) enum Ask {
    /// Move what can be moved without holding anybody up.
    Some,
    /// Empty the log: what was erased must not live on in it.
    All,
}

pub(super) struct Checkpoints {
    asks: Option<SyncSender<Ask>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    pub(super) fn start(path: &Path, writer: Arc<Writer>, broken: BrokenHook) -> Result<Self, StoreError> {
        let connection = file::connect(path)?;
        let (asks, waiting) = sync_channel(4);
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || run(&connection, &waiting, &writer, &broken))
            .map_err(|why| StoreError::Unavailable(format!("no thread for checkpoints: {why}")))?;
        Ok(Self { asks: Some(asks), thread: Some(thread) })
    }

    pub(super) fn ask(&self, ask: Ask) {
        let Some(asks) = &self.asks else { return };
        // Full: the thread is at it already. Only the wish to empty the log must not be lost for that.
        if let Err(TrySendError::Full(Ask::All)) = asks.try_send(ask) {
            asks.send(Ask::All).ok();
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn run(connection: &Connection, asks: &Receiver<Ask>, writer: &Writer, broken: &BrokenHook) {
    for ask in asks {
        let done = match ask {
            Ask::Some => checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)")
                .and_then(|pages| if pages <= LOG_PAGES_MAX { Ok(()) } else { emptied(connection, writer) }),
            Ask::All => emptied(connection, writer),
        };
        match done {
            // After a failed sync the kernel may have thrown the pages away: what the file holds is unknown.
            Err(error) if fail::is_disk(&error) => broken(&format!("a checkpoint failed: {error}")),
            // Busy or full: the log stays as it is, nothing is lost, the next ask tries again.
            Ok(()) | Err(_) => {}
        }
    }
}

/// Pages that the log held.
fn checkpoint(connection: &Connection, how: &str) -> rusqlite::Result<i64> {
    connection.query_row(how, [], |row| row.get(1))
}

/// Most is moved while appends go on; only for the rest the writer waits.
fn emptied(connection: &Connection, writer: &Writer) -> rusqlite::Result<()> {
    checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)")?;
    let held = writer.lock().unwrap_or_else(PoisonError::into_inner);
    let done = checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)").map(drop);
    drop(held);
    done
}
