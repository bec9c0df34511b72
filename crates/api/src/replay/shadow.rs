//! `/v1/policy/shadow`: a candidate beside the policies that run, on live traffic. It is asked from the record, after the
//! answer has left: no call waits for it, and none is answered otherwise because of it.

use super::reader::{Reader, ReplayError};
use super::replayed_json;
use crate::documents::documents;
use crate::policies::{overlaid, policies};
use crate::read::{body, typed};
use crate::who::Who;
use crate::{Api, Problem};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{ControlState, Digest, Document, Micros, PersonId, PolicyText, Span, TenantId};
use bailiwick_node::Node;
use bailiwick_policy::PolicyProblem;
use bailiwick_verify::{Candidate, Replay};
use serde::Deserialize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// How many pages of the log one beat looks through: a second's work is a fraction of a second.
const PAGES_A_BEAT: usize = 1;
/// How far it may be behind; what is older then is left out, and counted.
const BEHIND_MAX: u64 = 20_000;
/// The most tasks that it remembers.
const TASKS_MAX: usize = 100;
/// The longest that one runs, and how long it does where nobody says, in days.
const DAYS_MAX: u64 = 14;
const DAYS: u64 = 7;
/// The most that is kept of one between two starts of a node.
const KEPT_BYTES_MAX: usize = 4 << 20;

const _: () = assert!(DAYS <= DAYS_MAX, "what nobody says is allowed");

/// Where a candidate is kept between two starts of the node. It decides nothing, so it is no part of the record.
pub trait ShadowKept: std::fmt::Debug + Send + Sync {
    /// What was kept last.
    fn read(&self) -> Option<Vec<u8>>;
    /// Keeps this in its place; nothing where there is none.
    ///
    /// # Errors
    /// What the system says.
    fn keep(&self, bytes: Option<&[u8]>) -> Result<(), String>;
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShadowBody {
    documents: Vec<Json>,
    #[serde(default)]
    removed: Vec<(String, String)>,
    #[serde(default)]
    alone: bool,
    #[serde(default)]
    days: Option<u64>,
}

/// What is tried: all that the counts follow from, beside the log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tried {
    documents: Vec<Json>,
    removed: Vec<(String, String)>,
    alone: bool,
    began: Micros,
    by: PersonId,
    leaf: u64,
    tenant: TenantId,
    until: Micros,
}

impl Tried {
    fn json(&self) -> Json {
        let removed = |(kind, name): &(String, String)| Json::array([kind, name].map(|part| Json::from(part.as_str())));
        Json::object([
            ("alone", Json::from(self.alone)),
            ("began", Json::from(self.began.0)),
            ("by", Json::from(self.by.to_string())),
            ("documents", Json::array(self.documents.iter().cloned())),
            ("leaf", Json::from(self.leaf)),
            ("removed", Json::array(self.removed.iter().map(removed))),
            ("tenant", Json::from(self.tenant.to_string())),
            ("until", Json::from(self.until.0)),
        ])
    }

    fn given(&self) -> Vec<PolicyText> {
        policies(self.documents.iter().filter_map(|document| Document::read(document).ok()).collect())
    }

    fn texts(&self, state: &ControlState) -> Vec<PolicyText> {
        if self.alone { self.given() } else { overlaid(state, self.given(), &self.removed) }
    }
}

/// One candidate, as far as it has come.
struct Following {
    tried: Tried,
    reader: Reader,
    replay: Replay,
    /// The policies of the tenant that the candidate stands over.
    over: Digest,
    /// The next event that it looks at, and the end of the log when it looked.
    next: u64,
    size: u64,
    skipped: u64,
    ended: bool,
    trouble: Option<String>,
}

/// The candidate that runs beside the policies; one at a time.
#[derive(Default)]
pub(crate) struct Shadows {
    at_work: AtomicBool,
    running: Mutex<Option<Following>>,
    kept: OnceLock<Arc<dyn ShadowKept>>,
}

impl std::fmt::Debug for Shadows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shadows").finish_non_exhaustive()
    }
}

impl Following {
    /// It stands over the policies of when it began, also after a restart.
    fn begin(node: Arc<Node>, tried: Tried) -> Result<Self, Problem> {
        let bad = |problems: Vec<PolicyProblem>| {
            Problem::bad(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        };
        let candidate = Candidate::new(&tried.given(), Micros(0)).map_err(bad)?;
        let mut reader = Reader::new(node, tried.tenant, TASKS_MAX);
        let mut replay = Replay::new(candidate);
        let next = tried.leaf;
        reader.skip_to(next, &mut replay)?;
        let over = replay.standing().policy_digest();
        let texts = tried.texts(replay.standing());
        replay.renewed(&texts).map_err(bad)?;
        Ok(Self { tried, reader, replay, over, next, size: next, skipped: 0, ended: false, trouble: None })
    }

    /// Looks at what came, a bounded part of it.
    fn go_on(&mut self, now: Micros) -> Result<(), ReplayError> {
        if self.ended {
            return Ok(());
        }
        self.size = self.reader.size()?;
        if self.size.saturating_sub(self.next) > BEHIND_MAX {
            let to = self.size - BEHIND_MAX;
            self.skipped = self.skipped.saturating_add(to - self.next);
            self.next = to;
            self.reader.skip_to(to, &mut self.replay)?;
            self.renew();
        }
        for _page in 0..PAGES_A_BEAT {
            let Some((next, _)) = self.reader.page(self.next, self.size, &mut self.replay)? else { break };
            self.next = next.min(self.size);
            self.renew();
        }
        self.trouble = None;
        // what came before its end is looked at first
        self.ended = now >= self.tried.until && self.next >= self.size;
        Ok(())
    }

    /// The policies beside which it stands were changed: it stands over those of now.
    fn renew(&mut self) {
        let state = self.replay.standing();
        let over = state.policy_digest();
        if over == self.over {
            return;
        }
        let texts = self.tried.texts(state);
        // what cannot be read beside it leaves the candidate as it was: the tenant's own policies are read when they are applied
        self.trouble =
            self.replay.renewed(&texts).err().map(|_| "its policies and those that run now do not fit".into());
        self.over = over;
    }

    fn json(&self) -> Json {
        let mut told = replayed_json(self.replay.so_far(), Some(self.tried.began), self.skipped == 0);
        if let Json::Object(members) = &mut told {
            let names = self.tried.given().into_iter().map(|text| Json::from(text.name));
            members.insert("alone", Json::from(self.tried.alone));
            members.insert("behind", Json::from(self.size.saturating_sub(self.next)));
            members.insert("by", Json::from(self.tried.by.to_string()));
            members.insert("ended", Json::from(self.ended));
            members.insert("policies", Json::array(names));
            members.insert("skipped", Json::from(self.skipped));
            members.insert("trouble", self.trouble.as_deref().map_or(Json::Null, Json::from));
            members.insert("until", Json::from(self.tried.until.0));
        }
        told
    }
}

impl Shadows {
    fn running(&self) -> MutexGuard<'_, Option<Following>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, tried: Option<&Tried>) -> Result<(), Problem> {
        let Some(kept) = self.kept.get() else { return Ok(()) };
        let bytes = tried.map(|tried| tried.json().canonical().into_bytes());
        if bytes.as_ref().is_some_and(|bytes| bytes.len() > KEPT_BYTES_MAX) {
            return Err(Problem::bad(format!("a candidate has {KEPT_BYTES_MAX} bytes at most")));
        }
        kept.keep(bytes.as_deref()).map_err(Problem::broken)
    }

    /// Looks at what came: one at a time, and nobody waits.
    fn go_on(&self, now: Micros) {
        if self.at_work.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(following) = self.running().as_mut()
            && let Err(error) = following.go_on(now)
        {
            following.trouble = Some(Problem::from(error).detail);
        }
        self.at_work.store(false, Ordering::Release);
    }

    fn json(&self) -> Json {
        Json::object([("shadow", self.running().as_ref().map_or(Json::Null, Following::json))])
    }
}

impl Api {
    /// Says where a candidate is kept, and goes on with one that was.
    pub fn keeps_shadow(&self, kept: Arc<dyn ShadowKept>) {
        let found = kept.read();
        // One process has one.
        let _first = self.shadows.kept.set(kept);
        let limits = Limits { bytes: KEPT_BYTES_MAX, depth: 80, nodes: 200_000 };
        let Some(json) = found.and_then(|bytes| Json::parse(&bytes, &limits).ok()) else { return };
        let Ok(tried) = typed::<Tried>(&json) else { return };
        if tried.tenant == self.tenant
            && let Ok(following) = Following::begin(Arc::clone(self.desk.node()), tried)
        {
            *self.shadows.running() = Some(following);
        }
    }

    /// The candidate looks at what came since: beside the node's own threads, and nothing that is decided waits for it.
    pub async fn shadow_beat(&self) {
        if self.shadows.at_work.load(Ordering::Acquire) {
            return;
        }
        let (shadows, now) = (Arc::clone(&self.shadows), self.desk.node().now());
        // A node that ends looks no further.
        let _looked = self.desk.node().beside(move || shadows.go_on(now)).await;
    }

    /// What a candidate would have said of live traffic so far.
    pub(crate) async fn policy_shadow(&self) -> Result<Json, Problem> {
        let (shadows, now) = (Arc::clone(&self.shadows), self.desk.node().now());
        let work = move || {
            shadows.go_on(now);
            shadows.json()
        };
        Ok(self.desk.node().beside(work).await?)
    }

    /// Begins with a candidate, in the place of the one before.
    pub(crate) async fn begin_shadow(&self, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: ShadowBody = body(bytes)?;
        let days = asked.days.unwrap_or(DAYS);
        if !(1..=DAYS_MAX).contains(&days) {
            return Err(Problem::bad(format!("`days` is {days}: expected 1 to {DAYS_MAX}")));
        }
        let control = self.control()?;
        let given = policies(documents(&asked.documents, &control.state, &asked.removed)?);
        if given.is_empty() && asked.removed.is_empty() {
            return Err(Problem::bad("expected policies that are to be tried: there is none among the documents"));
        }
        let (node, now, tenant) = (Arc::clone(self.desk.node()), self.desk.node().now(), self.tenant);
        let tried = Tried {
            documents: given.into_iter().map(|text| Document::Policy(text).json()).collect(),
            removed: asked.removed,
            alone: asked.alone,
            began: now,
            by: self.by(who)?.person,
            leaf: 0,
            tenant,
            until: now.after(Span::hours(24 * days)),
        };
        let shadows = Arc::clone(&self.shadows);
        let work = move || {
            let leaf = Reader::new(Arc::clone(&node), tenant, TASKS_MAX).size()?;
            let following = Following::begin(node, Tried { leaf, ..tried })?;
            shadows.keep(Some(&following.tried))?;
            *shadows.running() = Some(following);
            Ok::<_, Problem>(shadows.json())
        };
        self.desk.node().beside(work).await?
    }

    /// Ends it, and tells what it came to.
    pub(crate) async fn end_shadow(&self) -> Result<Json, Problem> {
        let (shadows, now) = (Arc::clone(&self.shadows), self.desk.node().now());
        let work = move || {
            shadows.go_on(now);
            let told = shadows.json();
            shadows.keep(None)?;
            *shadows.running() = None;
            Ok::<_, Problem>(told)
        };
        self.desk.node().beside(work).await?
    }
}
