//! A few connections that only read. In WAL mode they never wait for the writer.

use super::{fail, file};
use crate::StoreError;
use rusqlite::Connection;
use std::{
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

/// The most connections that read at the same time.
const READERS_MAX: usize = 8;
/// How long a read waits for a connection.
const WAIT_MS_MAX: u64 = 2_000;

pub(super) struct Readers {
    path: PathBuf,
    state: Mutex<State>,
    back: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    out: usize,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, state: Mutex::default(), back: Condvar::new() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let idle = self.take()?;
        let connection = match idle.map_or_else(|| file::reader(&self.path), Ok) {
            Ok(connection) => connection,
            Err(error) => {
                self.give(None);
                return Err(error);
            }
        };
        let answer = read(&connection).map_err(fail::of);
        self.give(Some(connection));
        answer
    }

    fn take(&self) -> Result<Option<Connection>, StoreError> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = Duration::from_millis(WAIT_MS_MAX);
        let all_out = |state: &mut State| state.out >= READERS_MAX;
        let (mut state, late) =
            self.back.wait_timeout_while(state, wait, all_out).unwrap_or_else(PoisonError::into_inner);
        if late.timed_out() {
            return Err(StoreError::Unavailable(format!("all `{READERS_MAX}` readers are busy")));
        }
        state.out += 1;
        Ok(state.idle.pop())
    }

    fn give(&self, connection: Option<Connection>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.out -= 1;
        state.idle.extend(connection);
        self.back.notify_one();
    }
}
