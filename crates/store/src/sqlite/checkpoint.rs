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
    time::Duration,
};

/// Bytes committed after which the thread is woken.
pub(super) const WAKE_BYTES: usize = 8 << 20;
/// Pages in the log past which the writer is held up until the log starts anew: 16 MiB. A log that starts anew is written
/// over in place, which syncs faster than one that grows.
const LOG_PAGES_MAX: i64 = 2 << 10;

/// How long the writer is held up for a reader that is in the way.
const READER_WAIT_MS_MAX: u64 = 20;

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
        connection.busy_timeout(Duration::from_millis(READER_WAIT_MS_MAX)).map_err(fail::of)?;
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
    // A log that a reader kept from being emptied is emptied at the next ask.
    let mut empty = false;
    for ask in asks {
        empty |= matches!(ask, Ask::All);
        match moved(connection, writer, empty) {
            Ok(done) => empty &= !done,
            // After a failed sync the kernel may have thrown the pages away: what the file holds is unknown.
            Err(error) if fail::is_disk(&error) => broken(&format!("a checkpoint failed: {error}")),
            // Busy or full: the log stays as it is, nothing is lost, the next ask tries again.
            Err(_) => {}
        }
    }
}

/// Most is moved while appends go on; for the rest the writer waits, if the log is to start anew. Answers whether it has
/// done all that was asked.
fn moved(connection: &Connection, writer: &Writer, empty: bool) -> rusqlite::Result<bool> {
    let (_, pages) = checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)")?;
    if !empty && pages <= LOG_PAGES_MAX {
        return Ok(true);
    }
    let how = if empty { "PRAGMA wal_checkpoint(TRUNCATE)" } else { "PRAGMA wal_checkpoint(RESTART)" };
    let held = writer.lock().unwrap_or_else(PoisonError::into_inner);
    let (done, _) = checkpoint(connection, how)?;
    drop(held);
    Ok(done)
}

/// Whether no reader was in the way, and the pages that the log held.
fn checkpoint(connection: &Connection, how: &str) -> rusqlite::Result<(bool, i64)> {
    connection.query_row(how, [], |row| Ok((row.get::<_, i64>(0)? == 0, row.get(1)?)))
}
