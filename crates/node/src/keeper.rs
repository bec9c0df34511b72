//! What a node does for its logs: remembers their heads outside of the store, signs them, commits to the heads of streams.

use crate::export::{ExportError, ExportOptions, export_log, export_task};
use crate::genuine::compare_row;
use crate::live::LiveControl;
use crate::log::{self, LogError, SignedCheckpoint};
use crate::node::Node;
use crate::step::{Failure, Input};
use bailiwick_core::{Digest, Micros, Span, TaskId, TenantId};
use bailiwick_record::{Guard, GuardError, Mark, TilePath, VerifierKey};
use bailiwick_store::StoreError;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// How long a log that grew may stay unsigned.
const SIGN_EVERY: Span = Span::seconds(60);
/// How many leaves may stay unsigned: comparing reads all of them again.
const UNSIGNED_LEAVES_MAX: u64 = 10_000;
/// How long a log that grew may go without a commitment to the heads of its streams.
const HEADS_EVERY: Span = Span::seconds(3_600);

/// What was done last for a tenant's log.
#[derive(Debug, Clone, Copy, Default)]
struct Kept {
    /// Leaves when it was last compared.
    seen: u64,
    /// Leaves when it was last signed, and when.
    signed: u64,
    signed_at: Micros,
    /// When its heads were last committed to.
    heads_at: Micros,
}

/// What is remembered of the logs.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// Held while a log is compared or signed: one at a time.
    guard: Mutex<Option<Guard>>,
    kept: Mutex<BTreeMap<TenantId, Kept>>,
    behind: RwLock<BTreeMap<TenantId, String>>,
    /// Why the last look after the logs failed.
    trouble: RwLock<Option<String>>,
}

impl Keeper {
    pub(crate) fn new(guard: Option<Guard>) -> Self {
        Self { guard: Mutex::new(guard), kept: Mutex::default(), behind: RwLock::default(), trouble: RwLock::default() }
    }

    pub(crate) fn guard(&self) -> MutexGuard<'_, Option<Guard>> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self, tenant: TenantId) -> Kept {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).copied().unwrap_or_default()
    }

    fn keep(&self, tenant: TenantId, change: impl FnOnce(&mut Kept)) {
        change(self.kept.lock().unwrap_or_else(PoisonError::into_inner).entry(tenant).or_default());
    }
}

/// Why something cannot be said of the log.
#[derive(Debug)]
pub enum KeepError {
    /// The log cannot be read, signed or proven.
    Log(LogError),
    /// The commitment to heads could not be appended.
    Node(Failure),
    /// There is no such event: so many leaves the log has.
    NoLeaf(u64),
}

impl fmt::Display for KeepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log(error) => error.fmt(f),
            Self::Node(failure) => failure.fmt(f),
            Self::NoLeaf(size) => write!(f, "there is no such event: the log has `{size}`, numbered from 0"),
        }
    }
}
impl std::error::Error for KeepError {}
impl From<LogError> for KeepError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Behind(why) => Self::Node(Failure::Behind(why)),
            other => Self::Log(other),
        }
    }
}
impl From<Failure> for KeepError {
    fn from(failure: Failure) -> Self {
        Self::Node(failure)
    }
}

/// A proof that an event stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafProof {
    /// The signed head it stands under.
    pub checkpoint: SignedCheckpoint,
    /// The event's hash, which is the log's entry.
    pub entry: Digest,
    /// The audit path.
    pub path: Vec<Digest>,
}

impl Node {
    /// What was noticed when the tenant's store went back; then everything of it is refused.
    pub fn behind(&self, tenant: TenantId) -> Option<String> {
        self.keeper().behind.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned()
    }

    /// As [`Node::control`], with the reason where there is none.
    ///
    /// # Errors
    /// [`Failure::Behind`] when the store was changed so that it cannot be read; [`Failure::Unavailable`] before it was.
    pub fn control_now(&self, tenant: TenantId) -> Result<Arc<LiveControl>, Failure> {
        self.control(tenant).ok_or_else(|| match self.behind(tenant) {
            Some(why) => Failure::Behind(why),
            None => Failure::Unavailable("the tenant's control is not read yet".to_owned()),
        })
    }

    /// From now on everything of a tenant whose log went back is refused.
    fn judge<T>(&self, tenant: TenantId, result: Result<T, LogError>) -> Result<T, LogError> {
        let why = match &result {
            Err(LogError::Behind(why)) => why.clone(),
            Err(LogError::Guard(error @ (GuardError::Forked(_) | GuardError::Epoch(_)))) => error.to_string(),
            // What cannot be read or followed cannot be remembered either, and could go back unseen.
            Err(
                error @ (LogError::Note(_)
                | LogError::Broken(_)
                | LogError::Store(StoreError::Broken(_) | StoreError::Refused(_))),
            ) => {
                format!("the log cannot be followed: {error}")
            }
            _ => return result,
        };
        let mut behind = self.keeper().behind.write().unwrap_or_else(PoisonError::into_inner);
        behind.insert(tenant, why.clone());
        drop(behind);
        self.tell(Input::Behind { tenant, why });
        result
    }

    /// Compares a tenant's log with what is remembered of it, and remembers its head. A log that went back is noticed, and
    /// is no error here.
    pub(crate) fn compare(&self, tenant: TenantId) -> Result<(), LogError> {
        let mut guard = self.keeper().guard();
        let Some(guard) = guard.as_mut() else { return Ok(()) };
        match self.judge(tenant, log::watch_log((self.store().as_ref(), self.vault(), self.reaches()), guard, tenant)) {
            Ok(seen) => {
                self.keeper().keep(tenant, |kept| kept.seen = seen);
                Ok(())
            }
            // Another node that shares the file was faster.
            Err(LogError::Guard(GuardError::Higher(_))) => Ok(()),
            Err(_) if self.behind(tenant).is_some() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Reads a tenant's log on. What no node of the tenant wrote is noticed, and is no error here.
    pub(crate) fn follow(&self, tenant: TenantId) -> Result<(), LogError> {
        let epoch = self.control(tenant).map(|control| control.state.epoch);
        let followed = self.reaches().follow(self.store().as_ref(), self.vault(), tenant);
        let followed = followed.and_then(|()| compare_row(self.store().as_ref(), tenant, epoch));
        match self.judge(tenant, followed) {
            Err(_) if self.behind(tenant).is_some() => Ok(()),
            other => other,
        }
    }

    /// The streams of all tasks, as the log has them.
    pub(crate) async fn task_streams(self: &Arc<Self>, tenant: TenantId) -> Result<Vec<TaskId>, Failure> {
        Ok(self.task_heads(tenant).await?.into_iter().map(|(task, _)| task).collect())
    }

    /// The same, each with the seq of its last event.
    pub(crate) async fn task_heads(self: &Arc<Self>, tenant: TenantId) -> Result<Vec<(TaskId, u64)>, Failure> {
        let node = Arc::clone(self);
        let found = blocking(move || node.reaches().tasks(node.store().as_ref(), node.vault(), tenant)).await;
        found.map_err(|error| match error {
            LogError::Behind(why) => Failure::Behind(why),
            other => Failure::Unavailable(other.to_string()),
        })
    }

    /// Compares the rows of all streams with what the log says of them.
    ///
    /// # Errors
    /// [`KeepError`] when one is not as far as its log, or they cannot be read.
    pub async fn compare_streams(self: &Arc<Self>, tenant: TenantId) -> Result<(), KeepError> {
        let node = Arc::clone(self);
        Ok(blocking(move || node.reaches().compare(node.store().as_ref(), node.vault(), tenant)).await?)
    }

    /// The highest heads known of the logs, by tenant.
    pub(crate) fn marks(&self) -> Result<BTreeMap<TenantId, Mark>, StoreError> {
        let tenants = self.store().tenants()?;
        let guard = self.keeper().guard();
        let mark = |tenant: TenantId| Some((tenant, guard.as_ref()?.mark(tenant)?));
        Ok(tenants.into_iter().filter_map(|(tenant, _)| mark(tenant)).collect())
    }

    fn sign(&self, tenant: TenantId) -> Result<SignedCheckpoint, LogError> {
        if let Some(why) = self.behind(tenant) {
            return Err(LogError::Behind(why));
        }
        let mut guard = self.keeper().guard();
        let signed =
            log::sign_checkpoint((self.store().as_ref(), self.vault(), self.reaches()), guard.as_mut(), tenant);
        let signed = self.judge(tenant, signed)?;
        let now = self.now();
        self.keeper().keep(tenant, |kept| (kept.seen, kept.signed, kept.signed_at) = (signed.size, signed.size, now));
        Ok(signed)
    }

    /// Looks after the logs; called every second. A log that grew is compared and remembered at once, signed once a minute,
    /// and the heads of its streams are committed to once an hour.
    ///
    /// # Errors
    /// [`KeepError`] when a log cannot be read or what is remembered cannot be written; the next call tries again.
    pub async fn keep(self: &Arc<Self>) -> Result<(), KeepError> {
        let kept = self.kept().await;
        let trouble = kept.as_ref().err().map(ToString::to_string);
        *self.keeper().trouble.write().unwrap_or_else(PoisonError::into_inner) = trouble;
        kept
    }

    /// Why the logs are not looked after: then what was appended since is neither remembered outside of the store nor signed.
    /// Work goes on: this process still knows what it wrote, and no other starts before it can be remembered.
    pub fn unkept(&self) -> Option<String> {
        self.keeper().trouble.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn kept(self: &Arc<Self>) -> Result<(), KeepError> {
        let node = Arc::clone(self);
        for tenant in blocking(move || node.keep_logs()).await? {
            self.commit(tenant).await?;
        }
        Ok(())
    }

    /// Compares and signs what is due, and names the tenants whose heads are.
    fn keep_logs(&self) -> Result<Vec<TenantId>, KeepError> {
        let mut due = Vec::new();
        for (tenant, _) in self.store().tenants().map_err(LogError::from)? {
            if self.behind(tenant).is_some() {
                continue;
            }
            self.follow(tenant)?;
            if self.behind(tenant).is_some() {
                continue;
            }
            let size = self.store().log(tenant).map_err(LogError::from)?.size;
            let (kept, now) = (self.keeper().kept(tenant), self.now());
            let grew = size != kept.signed;
            if grew && (now >= kept.signed_at.after(SIGN_EVERY) || size > kept.signed + UNSIGNED_LEAVES_MAX) {
                self.sign(tenant)?;
            } else if size != kept.seen {
                self.compare(tenant)?;
            }
            if kept.heads_at == Micros(0) {
                // The first hour begins with the process.
                self.keeper().keep(tenant, |kept| kept.heads_at = now);
            } else if now >= kept.heads_at.after(HEADS_EVERY) || self.reaches().is_due(tenant, size) {
                self.keeper().keep(tenant, |kept| kept.heads_at = now);
                due.push(tenant);
            }
        }
        Ok(due)
    }

    /// Commits to the heads of all streams, if anything was appended since the last time.
    async fn commit(self: &Arc<Self>, tenant: TenantId) -> Result<(), KeepError> {
        if let Some(why) = self.behind(tenant) {
            return Err(Failure::Behind(why).into());
        }
        let node = Arc::clone(self);
        let command = blocking(move || {
            if log::heads_are_due(node.store().as_ref(), tenant)? {
                node.judge(tenant, node.reaches().commit(node.store().as_ref(), node.vault(), tenant)).map(Some)
            } else {
                Ok(None)
            }
        })
        .await?;
        if let Some(command) = command {
            self.control_command(tenant, command, Vec::new()).await?;
            let now = self.now();
            self.keeper().keep(tenant, |kept| kept.heads_at = now);
        }
        Ok(())
    }

    /// Signs a tenant's log as it stands.
    ///
    /// # Errors
    /// [`KeepError`] when the log cannot be read, or went back.
    pub async fn checkpoint(self: &Arc<Self>, tenant: TenantId) -> Result<SignedCheckpoint, KeepError> {
        let node = Arc::clone(self);
        Ok(blocking(move || node.sign(tenant)).await?)
    }

    /// Commits to the heads of all streams, and signs the log with it.
    ///
    /// # Errors
    /// [`KeepError`] when the log cannot be read or written, or went back.
    pub async fn checkpoint_with_heads(self: &Arc<Self>, tenant: TenantId) -> Result<SignedCheckpoint, KeepError> {
        self.commit(tenant).await?;
        self.checkpoint(tenant).await
    }

    /// The key that a tenant's checkpoints are checked with.
    ///
    /// # Errors
    /// [`KeepError`] when the tenant's keys cannot be had.
    pub fn log_key(&self, tenant: TenantId) -> Result<VerifierKey, KeepError> {
        Ok(log::log_key(self.store().as_ref(), self.vault(), tenant)?.verifier().clone())
    }

    /// The last checkpoint of a tenant's log; `None` before the first. Signs nothing.
    ///
    /// # Errors
    /// [`KeepError`] when the log cannot be read.
    pub async fn last_checkpoint(self: &Arc<Self>, tenant: TenantId) -> Result<Option<String>, KeepError> {
        let node = Arc::clone(self);
        Ok(blocking(move || log::last_signed(node.store().as_ref(), node.vault(), tenant)).await?)
    }

    /// A tile or a bundle of entries of the signed log (C2SP tlog-tiles); `None` when its tree has no such.
    ///
    /// # Errors
    /// [`KeepError`] when the log cannot be read.
    pub async fn log_file(self: &Arc<Self>, tenant: TenantId, path: TilePath) -> Result<Option<Vec<u8>>, KeepError> {
        let node = Arc::clone(self);
        Ok(blocking(move || log::file(node.store().as_ref(), tenant, &path)).await?)
    }

    /// Proves that an event stands in the log.
    ///
    /// # Errors
    /// [`KeepError::NoLeaf`] when it does not; others when the log cannot be read.
    pub async fn prove(self: &Arc<Self>, tenant: TenantId, leaf: u64) -> Result<LeafProof, KeepError> {
        let checkpoint = self.checkpoint(tenant).await?;
        if leaf >= checkpoint.size {
            return Err(KeepError::NoLeaf(checkpoint.size));
        }
        let node = Arc::clone(self);
        let proven = blocking(move || {
            let store = node.store().as_ref();
            let path = log::prove_leaf(store, tenant, &checkpoint, leaf)?;
            let entry = store.entries(tenant, leaf, 1)?.first().map(|line| line.hash);
            let entry = entry.ok_or_else(|| LogError::Broken(format!("leaf `{leaf}` of the log is missing")))?;
            Ok::<_, LogError>(LeafProof { checkpoint, entry, path })
        });
        Ok(proven.await?)
    }

    /// Writes a bundle of a task, or of the whole log, under a checkpoint.
    ///
    /// # Errors
    /// [`ExportError`] saying what is missing; what was written until then is no whole bundle.
    pub fn export(
        &self,
        tenant: TenantId,
        task: Option<TaskId>,
        checkpoint: &SignedCheckpoint,
        options: &ExportOptions,
        out: &mut dyn Write,
    ) -> Result<(), ExportError> {
        let (store, vault) = (self.store().as_ref(), self.vault());
        match task {
            Some(task) => export_task(store, vault, tenant, task, checkpoint, options, out),
            None => export_log(store, vault, tenant, checkpoint, options, out),
        }
    }

    /// Commits to heads and drains, then signs every log: nothing of this node comes after.
    ///
    /// # Errors
    /// [`KeepError`] when a log could not be signed. The node is drained all the same.
    pub async fn close(self: &Arc<Self>) -> Result<(), KeepError> {
        let tenants: Vec<TenantId> = self
            .store()
            .tenants()
            .map(|tenants| tenants.into_iter().map(|(tenant, _)| tenant).collect())
            .unwrap_or_default();
        let mut result = Ok(());
        let live: Vec<TenantId> = tenants.into_iter().filter(|tenant| self.behind(*tenant).is_none()).collect();
        for tenant in &live {
            result = result.and(self.commit(*tenant).await);
        }
        self.drain().await;
        for tenant in live {
            result = result.and(self.checkpoint(tenant).await.map(drop));
        }
        result
    }
}

pub(crate) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: Send + From<LogError> + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(LogError::Store(StoreError::Broken("the work was ended".to_owned())).into()))
}
