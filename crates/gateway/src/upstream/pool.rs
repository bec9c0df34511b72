//! The upstream sessions of one grant: opened before the first act needs them, opened again when they end, compared
//! with the pins each time that what they offer may have changed.

use super::offer::{self, Hello};
use super::open::open;
use super::seen;
use super::target::Target;
use super::{Upstream, locked};
use crate::asks::{Able, Kind, Noes};
use crate::decider::{Decider, Shown};
use crate::era::Era;
use crate::lasting::{Lasting, Place};
use crate::settings::Settings;
use bailiwick_core::ServerName;
use bailiwick_core::json::{Json, Object};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, watch};
use tokio::time::Instant;

/// The servers of one grant. A session belongs to it and to no other.
pub struct Upstreams {
    slots: BTreeMap<ServerName, Slot>,
    settings: Settings,
    changed: watch::Sender<u64>,
    noes: Noes,
    lasting: Lasting,
}

struct Slot {
    target: Target,
    state: AsyncMutex<State>,
    /// What the grant names of what a server may ask for, as far as is known.
    named: Mutex<Option<Able>>,
    /// Why the last start failed, for those who ask what is wrong.
    trouble: Mutex<Option<String>>,
    /// Whether its calls may become MCP tasks, as it said last.
    makes_tasks: AtomicBool,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    era: Option<Era>,
    failed: Option<(Instant, String)>,
    closed: bool,
}

struct Open {
    upstream: Arc<Upstream>,
    /// What it was told that it may ask for, where its era is told so once.
    told: Able,
    hello: Hello,
    seen: Object,
    /// How many changes had been told when its lists were fetched last; `None`: not fetched, or nobody took them.
    fetched_at: Option<u64>,
}

/// Why there is no session: nothing was decided and nothing sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotOpen {
    /// No such server here.
    Unknown,
    /// The server did not start, or does not speak as it must.
    Failed(String),
}

impl fmt::Display for NotOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no such server here"),
            Self::Failed(why) => write!(f, "the server is not there: {why}"),
        }
    }
}
impl std::error::Error for NotOpen {}

impl Upstreams {
    /// Of these servers; none is started yet.
    pub fn new(targets: impl IntoIterator<Item = (ServerName, Target)>, settings: Settings) -> Self {
        let slot = |target| {
            let (state, named, trouble) = (AsyncMutex::default(), Mutex::new(None), Mutex::new(None));
            Slot { target, state, named, trouble, makes_tasks: AtomicBool::new(false) }
        };
        let slots = targets.into_iter().map(|(server, target)| (server, slot(target))).collect();
        Self { slots, settings, changed: watch::Sender::new(0), noes: Noes::default(), lasting: Lasting::default() }
    }

    /// The servers, by name.
    pub fn servers(&self) -> impl Iterator<Item = &ServerName> {
        self.slots.keys()
    }

    /// What was turned down in the grant's sessions: a client of the newer era has none that outlives its request.
    pub(crate) const fn noes(&self) -> &Noes {
        &self.noes
    }

    /// What lasts beyond a request.
    pub(crate) const fn lasting(&self) -> &Lasting {
        &self.lasting
    }

    /// A place for a call that is kept between two requests of its client.
    pub(crate) fn kept_place(&self) -> Option<Place> {
        self.lasting.kept().place(&self.settings.room)
    }

    /// Whether a call of any server that is open may become an MCP task.
    pub(crate) fn make_tasks(&self) -> bool {
        self.slots.values().any(|slot| slot.makes_tasks.load(Ordering::Relaxed))
    }

    /// Waits until what lasted is settled, once the sessions are closed.
    pub async fn settled(&self, within: Duration) {
        self.lasting.settled(within).await;
    }

    /// What is wrong with servers that did not start, a sentence each.
    pub fn troubles(&self) -> Vec<(ServerName, String)> {
        let slots = self.slots.iter();
        slots.filter_map(|(server, slot)| Some((server.clone(), locked(&slot.trouble).clone()?))).collect()
    }

    /// Changes whenever a server says that what it offers did.
    pub(crate) fn watch_changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Says what the grant names of what a server may ask for. One of the older era that was told something else when its
    /// session began is begun anew when nothing is open there.
    pub(crate) fn names(&self, server: &ServerName, able: Able) {
        if let Some(slot) = self.slots.get(server) {
            *locked(&slot.named) = Some(able);
        }
    }

    /// Starts what is not started, all at once, and has it compared with the pins. Failures are told by
    /// [`Upstreams::troubles`] and by the calls that need the server.
    pub async fn start(&self, decider: &dyn Decider) {
        let mut opening: Vec<_> = self.slots.keys().map(|server| Box::pin(self.open(server, decider))).collect();
        std::future::poll_fn(|context| {
            opening.retain_mut(|open| open.as_mut().poll(context).is_pending());
            if opening.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }

    /// Ends all sessions for good, and what lasts with them.
    pub async fn close(&self) {
        self.lasting.end();
        for slot in self.slots.values() {
            let mut state = slot.state.lock().await;
            state.closed = true;
            state.open = None;
        }
    }

    /// The session with a server, opened if it is not, with its offer compared with the pins.
    ///
    /// # Errors
    /// [`NotOpen`] when there is none and none could be opened.
    pub(crate) async fn open(&self, server: &ServerName, decider: &dyn Decider) -> Result<Arc<Upstream>, NotOpen> {
        let slot = self.slots.get(server).ok_or(NotOpen::Unknown)?;
        let mut state = slot.state.lock().await;
        let opened = self.ensure(server, slot, &mut state, decider).await;
        *locked(&slot.trouble) = opened.as_ref().err().map(ToString::to_string);
        opened
    }

    async fn ensure(
        &self,
        server: &ServerName,
        slot: &Slot,
        state: &mut State,
        decider: &dyn Decider,
    ) -> Result<Arc<Upstream>, NotOpen> {
        if state.closed {
            return Err(NotOpen::Failed("its session has ended".into()));
        }
        if let Some(open) = &state.open {
            open.upstream.look_again().await;
        }
        let named = *locked(&slot.named);
        let stale = |open: &Open| {
            let told = open.upstream.era() == Era::Modern || named.is_none_or(|named| named == open.told);
            !told && open.upstream.desk.is_idle()
        };
        if state.open.as_ref().is_none_or(|open| !open.upstream.alive() || stale(open)) {
            state.open = None;
            self.begin(server, slot, state, decider).await?;
        }
        match self.compare(server, slot, state, decider).await {
            // its session was gone and nobody had said so: nothing of an act is on its way yet
            Err(_) if state.open.as_ref().is_some_and(|open| !open.upstream.alive()) => {
                state.open = None;
                self.begin(server, slot, state, decider).await?;
                self.compare(server, slot, state, decider).await
            }
            compared => compared,
        }
    }

    /// Has what is offered compared with the pins, if it may be another than when it was last.
    async fn compare(
        &self,
        server: &ServerName,
        slot: &Slot,
        state: &mut State,
        decider: &dyn Decider,
    ) -> Result<Arc<Upstream>, NotOpen> {
        let Some(open) = &mut state.open else { return Err(NotOpen::Unknown) };
        let changes = open.upstream.desk.changes();
        if open.fetched_at != Some(changes) {
            let fetched = offer::fetch(&open.upstream, &open.hello, server.clone(), open.seen.clone(), &self.settings);
            let offer = match tokio::time::timeout(self.settings.start_within, fetched).await {
                Ok(Ok(offer)) => offer,
                Ok(Err(why)) => return Err(NotOpen::Failed(why)),
                Err(_) => return Err(NotOpen::Failed("it did not list what it offers in time".into())),
            };
            // a decider that cannot be asked decides no call either: the offer is made again with the next
            slot.makes_tasks.store(open.upstream.offered().makes_tasks(), Ordering::Relaxed);
            open.fetched_at = decider.offered(offer).await.ok().map(|_| changes);
        }
        Ok(open.upstream.clone())
    }

    async fn begin(
        &self,
        server: &ServerName,
        slot: &Slot,
        state: &mut State,
        decider: &dyn Decider,
    ) -> Result<(), NotOpen> {
        if let Some((at, why)) = &state.failed
            && at.elapsed() < self.settings.restart_after
        {
            return Err(NotOpen::Failed(why.clone()));
        }
        let seen = look(&slot.target).await;
        let named = *locked(&slot.named);
        let told = match named {
            Some(named) => named,
            // nothing is named by whom nobody can ask now
            None => decider
                .shown(Some(server.clone()))
                .await
                .map_or_else(|_| Able::default(), |all| self::named(server, &all)),
        };
        match open(&slot.target, state.era, told, &self.settings).await {
            Ok((upstream, hello)) => {
                state.era = Some(upstream.era());
                state.failed = None;
                let upstream = Arc::new(upstream);
                self.relay(&upstream);
                state.open = Some(Open { upstream, told, hello, seen, fetched_at: None });
                Ok(())
            }
            Err(why) => {
                // another version may be there the next time
                state.era = None;
                state.failed = Some((Instant::now(), why.clone()));
                Err(NotOpen::Failed(why))
            }
        }
    }

    /// Passes the session's own changes on for as long as it lives.
    fn relay(&self, upstream: &Arc<Upstream>) {
        let mut changes = upstream.desk.watch_changes();
        let all = self.changed.clone();
        let desk = upstream.desk.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = desk.gone() => break,
                    more = changes.changed() => if more.is_err() { break },
                }
                all.send_modify(|count| *count = count.wrapping_add(1));
            }
        });
    }
}

/// What the grant names of what a server can ask for, by what it is shown.
pub(crate) fn named(server: &ServerName, all: &[Shown]) -> Able {
    let has = |kind: Kind| {
        let own = all.iter().filter(|shown| shown.server == *server);
        own.filter_map(|shown| shown.words.get("name")?.as_str()).any(|name| Some(name) == kind.tool())
    };
    let elicitation = has(Kind::Elicitation);
    Able { form: elicitation, url: elicitation, sampling: has(Kind::Sampling), ..Able::default() }
}

/// What is seen of a server before it is started.
async fn look(target: &Target) -> Object {
    match target {
        Target::Stdio(stdio) => {
            let stdio = stdio.clone();
            tokio::task::spawn_blocking(move || seen::files(&stdio)).await.unwrap_or_default()
        }
        Target::Http(http) => {
            let mut seen = Object::default();
            if let Some(host) = bailiwick_core::normal::url_host(&http.url) {
                seen.insert("host", Json::from(host));
            }
            seen
        }
        #[cfg(test)]
        Target::Fake(_) => Object::default(),
    }
}
