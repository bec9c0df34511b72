//! Sessions with servers, each grant's own: opened for its first request, ended with the grant or when nobody uses them.

use crate::local::Looker;
use crate::print::words;
use bailiwick_api::Api;
use bailiwick_core::{AgentId, GrantId, Server, ServerName, TaskState, TenantId};
use bailiwick_gateway::{HttpTarget, NoTarget, Secrets, Settings, Target, Upstreams};
use bailiwick_node::{Failure, LiveControl};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

/// The most grants whose servers run at a time.
const HELD_MAX: usize = 1_024;
/// Servers that nobody used for so long are ended; the next call starts them again.
const IDLE_MAX: Duration = Duration::from_secs(900);
/// How long what lasts may take to be settled when the node stops.
const SETTLE_WITHIN: Duration = Duration::from_secs(3);
/// How often that is looked at.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How long until a server that did not start is looked at again, the first time; each time twice as long.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// The longest that it takes.
const LOOK_AGAIN_MAX: Duration = Duration::from_secs(900);

/// How servers are reached.
#[derive(Clone, Default)]
pub(crate) struct Reach {
    /// What they are given that no document holds.
    pub(crate) secrets: Secrets,
    /// Where all of them are played, each below this URL by its name. Then none is started, called or given a secret.
    pub(crate) played_at: Option<String>,
}

impl Reach {
    /// As documents say, with these secrets.
    pub(crate) const fn with(secrets: Secrets) -> Self {
        Self { secrets, played_at: None }
    }
}

/// The servers of one grant.
struct Held {
    upstreams: Arc<Upstreams>,
    documents: Vec<Server>,
    used: Instant,
}

/// When a server was looked at last, as which document, and how long until it is again where it did not start.
struct Looked {
    document: Server,
    at: Instant,
    again: Duration,
}

/// The servers of all grants.
pub(crate) struct Pool {
    api: Arc<Api>,
    tenant: TenantId,
    settings: Settings,
    reach: Reach,
    held: Mutex<BTreeMap<GrantId, Held>>,
    /// Which documents were looked at.
    looked: Mutex<BTreeMap<ServerName, Looked>>,
}

impl Pool {
    pub(crate) fn new(api: Arc<Api>, tenant: TenantId, settings: Settings, reach: Reach) -> Self {
        Self { api, tenant, settings, reach, held: Mutex::default(), looked: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<GrantId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The servers of a grant, whose `documents` are those that [`named`] finds now.
    ///
    /// # Errors
    /// [`Failure`] when too many grants run their servers.
    pub(crate) async fn of(
        &self,
        (agent, grant): (&AgentId, GrantId),
        documents: Vec<Server>,
    ) -> Result<Arc<Upstreams>, Failure> {
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
            let targets = documents.iter().filter_map(|server| Some((server.name.clone(), self.target(server)?)));
            let room = self.settings.room.for_agent(self.tenant, agent.clone());
            let settings = Settings { room, ..self.settings.clone() };
            let upstreams = Arc::new(Upstreams::new(targets, settings));
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
                    Ok(ended) if ended.tenant == self.tenant => {
                        drop(self.end(|grant, _| ended.grants.contains(grant)).await);
                    }
                    Ok(_) => {}
                    // we fell behind: whoever is still alive starts its servers again
                    Err(RecvError::Lagged(_)) => drop(self.end(|_, _| true).await),
                    Err(RecvError::Closed) => return drop(self.end(|_, _| true).await),
                },
                _ = sweep.tick() => {
                    self.hear();
                    // one that a request or a stream holds is in use
                    let idle = |held: &Held| held.used.elapsed() > IDLE_MAX && Arc::strong_count(&held.upstreams) == 1;
                    drop(self.end(|_, held| idle(held)).await);
                }
            }
        }
    }

    /// Ends all.
    pub(crate) async fn close(&self) {
        let all = self.end(|_, _| true).await;
        for upstreams in all {
            upstreams.settled(SETTLE_WITHIN).await;
        }
    }

    async fn end(&self, which: impl Fn(&GrantId, &Held) -> bool) -> Vec<Arc<Upstreams>> {
        let ended: Vec<Held> =
            self.held().extract_if(.., |grant, held| which(grant, held)).map(|(_, held)| held).collect();
        for held in &ended {
            held.upstreams.close().await;
        }
        ended.into_iter().map(|held| held.upstreams).collect()
    }

    /// Looks at servers that nobody has seen yet, so that a person can review them before a task needs them.
    pub(crate) fn look(self: &Arc<Self>) {
        let Some(control) = self.api.desk().node().control(self.tenant) else { return };
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        looked.retain(|name, _| control.state.servers.contains_key(name));
        for (name, entry) in &control.state.servers {
            let well = entry.identity.is_some() && self.api.trouble_of(name).is_none();
            let before = looked.get(name).filter(|looked| looked.document == entry.document);
            if before.is_some_and(|looked| well || looked.at.elapsed() < looked.again) {
                continue;
            }
            let Some(target) = self.target(&entry.document) else { continue };
            let again = before.map_or(LOOK_AGAIN, |looked| looked.again.saturating_mul(2).min(LOOK_AGAIN_MAX));
            looked.insert(name.clone(), Looked { document: entry.document.clone(), at: Instant::now(), again });
            let (pool, name) = (Arc::clone(self), name.clone());
            tokio::spawn(async move {
                let upstreams = Upstreams::new([(name.clone(), target)], pool.settings.clone());
                upstreams.start(&Looker(pool.api.clone())).await;
                pool.tell(&name, upstreams.troubles().into_iter().next().map(|(_, why)| why));
                upstreams.close().await;
            });
        }
    }

    /// Says what is wrong with a server, once until it is another.
    fn tell(&self, server: &ServerName, why: Option<String>) {
        if self.api.trouble(server, why.clone()) {
            words(&match why {
                Some(why) => format!("the server `{server}` cannot be used: {why}"),
                None => format!("the server `{server}` can be used again"),
            });
        }
    }

    /// Hears of servers that did not start for a grant; they are looked at again in a while.
    fn hear(&self) {
        let troubles: Vec<_> = self.held().values().flat_map(|held| held.upstreams.troubles()).collect();
        troubles.into_iter().for_each(|(server, why)| self.tell(&server, Some(why)));
    }

    /// How the node reaches a server; `None` for one that is not the node's to reach, or lacks a secret.
    fn target(&self, server: &Server) -> Option<Target> {
        if let Some(url) = &self.reach.played_at {
            return Some(Target::Http(HttpTarget::new(format!("{url}/{}", server.name), Vec::new())));
        }
        match Target::of(server, &self.reach.secrets, std::env::vars_os(), crate::accounts::of_server) {
            Ok(target) => Some(target),
            Err(NoTarget::Wrapped) => None,
            Err(why) => {
                self.tell(&server.name, Some(why.to_string()));
                None
            }
        }
    }
}

/// The documents of the servers that a grant's rows name; none of one that has ended, for which nothing is started.
pub(crate) fn named(grant: GrantId, task: &TaskState, control: &LiveControl) -> Vec<Server> {
    let live = task.lineage(grant).is_some_and(|lineage| lineage.iter().all(|grant| grant.standing.live()));
    let own = task.grants.get(&grant).filter(|_| live && task.standing.live());
    let envelope = own.and_then(|grant| grant.envelope.as_ref());
    let rows = envelope.map(|envelope| envelope.rows.as_slice()).unwrap_or_default();
    let names: BTreeSet<&ServerName> = rows.iter().flat_map(|row| &row.tools).map(|tool| tool.server()).collect();
    names.iter().filter_map(|name| Some(control.state.servers.get(*name)?.document.clone())).collect()
}
