//! Sessions with servers, each grant's own: opened for its first request, ended with the grant or when nobody uses them.

use crate::local::Looker;
use crate::print::words;
use bailiwick_api::Api;
use bailiwick_core::{GrantId, Server, ServerName, TaskState, TenantId};
use bailiwick_gateway::{NoTarget, Secrets, Settings, Target, Upstreams};
use bailiwick_node::{Bound, Failure, LiveControl};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

/// The most grants whose servers run at a time.
const HELD_MAX: usize = 1_024;
/// Servers that nobody used for so long are ended; the next call starts them again.
const IDLE_MAX: Duration = Duration::from_secs(900);
/// How often that is looked at.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How long until a server that did not start is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// The servers of one grant.
struct Held {
    upstreams: Arc<Upstreams>,
    documents: Vec<Server>,
    used: Instant,
}

/// The servers of all grants.
pub(crate) struct Pool {
    api: Arc<Api>,
    tenant: TenantId,
    settings: Settings,
    secrets: Secrets,
    held: Mutex<BTreeMap<GrantId, Held>>,
    /// Which documents were looked at, and when last.
    looked: Mutex<BTreeMap<ServerName, (Server, Instant)>>,
}

impl Pool {
    pub(crate) fn new(api: Arc<Api>, tenant: TenantId, settings: Settings, secrets: Secrets) -> Self {
        Self { api, tenant, settings, secrets, held: Mutex::default(), looked: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<GrantId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The servers that a grant names, as they are described now.
    ///
    /// # Errors
    /// [`Failure`] when the task cannot be read, or too many grants run their servers.
    pub(crate) async fn of(&self, bound: &Bound) -> Result<Arc<Upstreams>, Failure> {
        let grant = bound.grant;
        let look = move |task: &TaskState, control: &LiveControl| named(task, control, grant);
        let documents = self.api.desk().node().look(bound.tenant, bound.task, look).await?;
        let (upstreams, old) = {
            let mut held = self.held();
            let full = held.len() >= HELD_MAX;
            match held.get_mut(&grant) {
                Some(own) if own.documents == documents => {
                    own.used = Instant::now();
                    return Ok(own.upstreams.clone());
                }
                None if full => return Err(Failure::Busy),
                _ => {}
            }
            let targets =
                documents.iter().filter_map(|server| Some((server.name.clone(), target(server, &self.secrets)?)));
            let upstreams = Arc::new(Upstreams::new(targets, self.settings.clone()));
            let own = Held { upstreams: upstreams.clone(), documents, used: Instant::now() };
            (upstreams, held.insert(grant, own))
        };
        if let Some(old) = old {
            old.upstreams.close().await;
        }
        Ok(upstreams)
    }

    /// Ends sessions with their grants, and those that nobody uses. Runs as long as the node.
    pub(crate) async fn tend(self: Arc<Self>) {
        let mut endings = self.api.desk().node().endings();
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        loop {
            tokio::select! {
                ended = endings.recv() => match ended {
                    Ok(ended) if ended.tenant == self.tenant => self.end(|grant, _| ended.grants.contains(grant)).await,
                    Ok(_) => {}
                    // we fell behind: whoever is still alive starts its servers again
                    Err(RecvError::Lagged(_)) => self.end(|_, _| true).await,
                    Err(RecvError::Closed) => return self.end(|_, _| true).await,
                },
                _ = sweep.tick() => {
                    // one that a request or a stream holds is in use
                    self.end(|_, held| held.used.elapsed() > IDLE_MAX && Arc::strong_count(&held.upstreams) == 1).await;
                }
            }
        }
    }

    /// Ends all.
    pub(crate) async fn close(&self) {
        self.end(|_, _| true).await;
    }

    async fn end(&self, which: impl Fn(&GrantId, &Held) -> bool) {
        let ended: Vec<Held> =
            self.held().extract_if(.., |grant, held| which(grant, held)).map(|(_, held)| held).collect();
        for held in ended {
            held.upstreams.close().await;
        }
    }

    /// Looks at servers that nobody has seen yet, so that a person can review them before a task needs them.
    pub(crate) fn look(self: &Arc<Self>) {
        let Some(control) = self.api.desk().node().control(self.tenant) else { return };
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        looked.retain(|name, _| control.state.servers.contains_key(name));
        for (name, entry) in &control.state.servers {
            let fresh = looked.get(name).is_some_and(|(document, at)| {
                *document == entry.document && (entry.identity.is_some() || at.elapsed() < LOOK_AGAIN)
            });
            if fresh {
                continue;
            }
            let target = match Target::of(&entry.document, &self.secrets, std::env::vars_os()) {
                Ok(target) => target,
                Err(NoTarget::Wrapped) => continue,
                Err(why) => {
                    let told = looked.insert(name.clone(), (entry.document.clone(), Instant::now()));
                    if told.is_none_or(|(document, _)| document != entry.document) {
                        words(&format!("the server `{name}` cannot be used: {why}"));
                    }
                    self.api.unreachable(name, why.to_string());
                    continue;
                }
            };
            looked.insert(name.clone(), (entry.document.clone(), Instant::now()));
            let (api, settings, name) = (self.api.clone(), self.settings.clone(), name.clone());
            tokio::spawn(async move {
                let upstreams = Upstreams::new([(name, target)], settings);
                upstreams.start(&Looker(Arc::clone(&api))).await;
                for (server, why) in upstreams.troubles() {
                    words(&format!("the server `{server}` cannot be used: {why}"));
                    api.unreachable(&server, why);
                }
                upstreams.close().await;
            });
        }
    }
}

/// The documents of the servers that a grant's rows name; none of one that has ended, for which nothing is started.
fn named(task: &TaskState, control: &LiveControl, grant: GrantId) -> Vec<Server> {
    let live = task.lineage(grant).is_some_and(|lineage| lineage.iter().all(|grant| grant.standing.live()));
    let own = task.grants.get(&grant).filter(|_| live && task.standing.live());
    let envelope = own.and_then(|grant| grant.envelope.as_ref());
    let rows = envelope.map(|envelope| envelope.rows.as_slice()).unwrap_or_default();
    let names: BTreeSet<&ServerName> = rows.iter().flat_map(|row| &row.tools).map(|tool| tool.server()).collect();
    names.iter().filter_map(|name| Some(control.state.servers.get(*name)?.document.clone())).collect()
}

/// How the node reaches a server; `None` for one that is not the node's to reach, or lacks a secret.
fn target(server: &Server, secrets: &Secrets) -> Option<Target> {
    match Target::of(server, secrets, std::env::vars_os()) {
        Ok(target) => Some(target),
        Err(NoTarget::Wrapped) => None,
        Err(why) => {
            words(&format!("the server `{}` cannot be used: {why}", server.name));
            None
        }
    }
}
