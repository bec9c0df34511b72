//! Sessions of the older era, each of one caller at one endpoint, and how many requests a caller has open.

use crate::session::{Scope, Session};
use crate::settings::Settings;
use crate::upstream::locked;
use bailiwick_core::sha256;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// A session that nobody used for so long is over.
const IDLE_MAX: Duration = Duration::from_secs(3600);

/// One session.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) session: Arc<Session>,
    /// True once the session is over.
    pub(super) over: watch::Receiver<bool>,
    listening: Arc<Mutex<bool>>,
}

/// The one stream on which a session hears what it did not ask for. Dropped: there may be another.
pub(super) struct Listening(Arc<Mutex<bool>>);

impl Drop for Listening {
    fn drop(&mut self) {
        *locked(&self.0) = false;
    }
}

impl Opened {
    pub(super) fn listen(&self) -> Option<Listening> {
        let mut listening = locked(&self.listening);
        (!std::mem::replace(&mut *listening, true)).then(|| Listening(self.listening.clone()))
    }
}

struct Entry {
    caller: String,
    scope: Scope,
    opened: Opened,
    used: Instant,
    over: watch::Sender<bool>,
}

/// All sessions of one door.
pub(super) struct Sessions {
    entries: Mutex<BTreeMap<String, Entry>>,
    seats: Arc<Mutex<BTreeMap<String, Own>>>,
    next: AtomicU64,
    /// Makes ids that nobody guesses, though knowing one is of no use to another caller.
    secret: [u8; 32],
}

/// Too many sessions are open.
pub(super) struct Full;

/// What a caller has open, and until when the newest token lives that it came with.
struct Own {
    taken: usize,
    until: watch::Sender<Instant>,
}

/// A caller's open request. Dropped: there is room for another.
pub(super) struct Seat {
    seats: Arc<Mutex<BTreeMap<String, Own>>>,
    caller: String,
    until: watch::Receiver<Instant>,
}

impl Seat {
    /// Resolves when the token has expired that the request came with, and every newer one that its caller came with
    /// since: what is open does not outlive them.
    pub(super) fn expired(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut until = self.until.clone();
        async move {
            loop {
                let at = *until.borrow_and_update();
                tokio::select! {
                    () = tokio::time::sleep_until(at) => return,
                    // by INVARIANT of seats: the sender goes with the last seat
                    Ok(()) = until.changed() => {}
                }
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = locked(&self.seats);
        if let Some(taken) = seats.get_mut(&self.caller) {
            taken.taken = taken.taken.saturating_sub(1);
            if taken.taken == 0 {
                seats.remove(&self.caller);
            }
        }
    }
}

impl Sessions {
    pub(super) fn new(secret: [u8; 32]) -> Self {
        Self { entries: Mutex::default(), seats: Arc::default(), next: AtomicU64::new(0), secret }
    }

    /// A seat for one request of this caller, whose token lives so long.
    pub(super) fn seat(&self, caller: &str, most: usize, lives: Duration) -> Option<Seat> {
        let now = Instant::now();
        let until = now.checked_add(lives).unwrap_or(now);
        let mut seats = locked(&self.seats);
        let own = seats.entry(caller.to_owned()).or_insert_with(|| Own { taken: 0, until: watch::Sender::new(until) });
        if own.taken >= most {
            return None;
        }
        own.taken += 1;
        own.until.send_if_modified(|known| {
            let later = until > *known;
            *known = until.max(*known);
            later
        });
        Some(Seat { seats: self.seats.clone(), caller: caller.to_owned(), until: own.until.subscribe() })
    }

    /// Keeps a session, and names it. Of a caller that has its share, the one that was used least lately ends.
    pub(super) fn open(&self, caller: &str, scope: &Scope, settings: &Settings) -> Result<(String, Opened), Full> {
        let now = Instant::now();
        let mut entries = locked(&self.entries);
        let idle = |_: &String, entry: &mut Entry| now.duration_since(entry.used) >= IDLE_MAX;
        entries.extract_if(.., idle).for_each(|(_, ended)| end(&ended));
        let own = entries.iter().filter(|(_, entry)| entry.caller == caller);
        let (count, oldest) = own.fold((0, None::<(&String, Instant)>), |(count, oldest), (id, entry)| {
            let older = oldest.filter(|(_, used)| *used <= entry.used);
            (count + 1, older.or(Some((id, entry.used))))
        });
        if count >= settings.http_sessions_per_caller_max {
            let oldest = oldest.map(|(id, _)| id.clone()).unwrap_or_default();
            if let Some(ended) = entries.remove(&oldest) {
                end(&ended);
            }
        }
        if entries.len() >= settings.http_sessions_max {
            return Err(Full);
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let id = sha256(&[b"bailiwick mcp session 1\0".as_slice(), &self.secret, &number.to_be_bytes()].concat());
        let id = id.bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let (over, watching) = watch::channel(false);
        let session = Session::new(scope.clone(), settings.clone());
        let opened = Opened { session, over: watching, listening: Arc::default() };
        let entry = Entry { caller: caller.to_owned(), scope: scope.clone(), opened: opened.clone(), used: now, over };
        entries.insert(id.clone(), entry);
        Ok((id, opened))
    }

    /// The session of this name, if it is this caller's at this endpoint: another's is as one that never was.
    pub(super) fn find(&self, id: &str, caller: &str, scope: &Scope) -> Option<Opened> {
        let mut entries = locked(&self.entries);
        let entry = entries.get_mut(id).filter(|entry| entry.caller == caller && entry.scope == *scope)?;
        entry.used = Instant::now();
        Some(entry.opened.clone())
    }

    /// Ends a session of this caller.
    pub(super) fn close(&self, id: &str, caller: &str, scope: &Scope) -> bool {
        if self.find(id, caller, scope).is_none() {
            return false;
        }
        locked(&self.entries).remove(id).inspect(end).is_some()
    }
}

fn end(entry: &Entry) {
    entry.over.send_replace(true);
    entry.opened.session.cut_all("cancelled");
}
