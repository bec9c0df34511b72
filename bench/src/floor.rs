//! The reference of what is durable: rows of given bytes, group-committed by bare SQLite with a disk flush a commit.

use crate::Trouble;
use rusqlite::Connection;
use std::path::Path;
use tokio::sync::{mpsc, oneshot};

/// The most rows of one commit: as many as ours takes.
const ROWS_PER_COMMIT_MAX: usize = 256;

/// A thread that writes what it is given.
#[derive(Clone)]
pub(crate) struct Floor {
    rows: mpsc::Sender<(Vec<u8>, oneshot::Sender<()>)>,
}

impl Floor {
    /// On a fresh file.
    pub(crate) fn start(file: &Path) -> Result<Self, Trouble> {
        let mut database = Connection::open(file)?;
        database
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (bytes BLOB);")?;
        let (rows, mut inbox) = mpsc::channel::<(Vec<u8>, oneshot::Sender<()>)>(4_096);
        std::thread::spawn(move || {
            while let Some(first) = inbox.blocking_recv() {
                let mut group = vec![first];
                while group.len() < ROWS_PER_COMMIT_MAX {
                    match inbox.try_recv() {
                        Ok(row) => group.push(row),
                        Err(_) => break,
                    }
                }
                let committed = commit(&mut database, &group);
                if committed.is_err() {
                    // the writers hear of it: their answers are dropped
                    return;
                }
                for (_, done) in group {
                    let _gone = done.send(());
                }
            }
        });
        Ok(Self { rows })
    }

    /// Answers when these bytes are durable.
    pub(crate) async fn write(&self, bytes: Vec<u8>) -> Result<(), Trouble> {
        let (done, answer) = oneshot::channel();
        self.rows.send((bytes, done)).await.map_err(|_| "the reference has ended")?;
        Ok(answer.await?)
    }
}

fn commit(database: &mut Connection, group: &[(Vec<u8>, oneshot::Sender<()>)]) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    {
        let mut insert = transaction.prepare_cached("INSERT INTO row (bytes) VALUES (?1)")?;
        for (bytes, _) in group {
            insert.execute([bytes])?;
        }
    }
    transaction.commit()
}
