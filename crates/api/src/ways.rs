//! Whether somebody could go around the node on the way to a server: by whose accounts the agent, the node and the server
//! run under. Only what no way leads around is *enforced*.
//!
//! 1. What is not known counts as a way around.

use crate::Api;
use bailiwick_core::json::Json;
use bailiwick_core::normal::url_host;
use bailiwick_core::{AgentId, Mode, Server, ServerName, Transport, is_own, secret_named};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// The most places of one agent that are remembered; one that moves about more has the rest forgotten, never the worst.
const PLACES_MAX: usize = 16;

/// Where an agent's process is, as the node sees its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// On this machine, and the system does not tell under which account.
    Unseen,
    /// On this machine, under this account.
    Account(u32),
    /// On another machine.
    Elsewhere,
}

/// The accounts of this machine, as the process around the node knows them.
pub trait Accounts: std::fmt::Debug + Send + Sync {
    /// The account that the node runs under.
    fn own(&self) -> u32;
    /// The uid of an account, where there is one.
    fn uid(&self, name: &str) -> Option<u32>;
    /// A place of a server's program that somebody else than root, the node and the server's own account could change.
    fn changeable(&self, server: &Server) -> Option<String>;
}

/// A way around the node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// The agent's client starts the server itself.
    Wrapped,
    /// The server runs under an account that the node's socket lets in.
    ServerLetIn,
    /// The server is to run under an account that is not there, so it does not run.
    NoAccount(String),
    /// Somebody else could change what the server runs.
    Changeable(String),
    /// The agent's process runs under an account that the node's socket lets in.
    AgentLetIn(u32),
    /// Nobody knows under which account of this machine the agent's process runs.
    AgentUnseen,
    /// The server runs under the agent's own account.
    ServerIsAgent(u32),
    /// Whatever runs on this machine can call the server, and the node shows it no credential of its own.
    Open,
}

impl Way {
    const fn code(&self) -> &'static str {
        match self {
            Self::Wrapped => "wrapped",
            Self::ServerLetIn => "server_has_the_nodes_account",
            Self::NoAccount(_) => "no_account",
            Self::Changeable(_) => "program_can_be_changed",
            Self::AgentLetIn(_) => "agent_has_the_nodes_account",
            Self::AgentUnseen => "agent_unseen",
            Self::ServerIsAgent(_) => "server_has_the_agents_account",
            Self::Open => "open_to_this_machine",
        }
    }

    /// What the way is.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Wrapped => "its client starts it, under the account of its user".to_owned(),
            Self::ServerLetIn => {
                "it runs under the node's own account, so it can read the node's keys and use its socket".to_owned()
            }
            Self::NoAccount(name) => format!("it is to run as `{name}`, and there is no such account here"),
            Self::Changeable(place) => {
                format!("others than root, the node and itself can change what it runs: `{place}`")
            }
            Self::AgentLetIn(uid) => {
                format!(
                    "the agent runs under account {uid}, which the node's socket lets in and which can read its keys"
                )
            }
            Self::AgentUnseen => {
                "the agent runs on this machine, and the system does not say under which account".to_owned()
            }
            Self::ServerIsAgent(uid) => {
                format!("it runs under the agent's own account {uid}, which can read its secrets and its memory")
            }
            Self::Open => {
                "all that runs on this machine reaches its address, and the node shows it no credential".to_owned()
            }
        }
    }

    /// What would close it.
    pub(crate) const fn fix(&self) -> &'static str {
        match self {
            Self::Wrapped => "sudo bailiwick install --for USER -- COMMAND",
            Self::ServerLetIn => {
                "give it an account of its own: `run_as` in its document, where the node may set accounts"
            }
            Self::NoAccount(_) => "make the account, or name another",
            Self::Changeable(_) => "put its program where only root may write",
            Self::AgentLetIn(_) => {
                "run the node under an account of its own, or the agent under another: `bailiwick install`"
            }
            Self::AgentUnseen => "only Linux tells whose a local connection is: run the agent on another machine",
            Self::ServerIsAgent(_) => "give it an account of its own: `run_as` in its document",
            Self::Open => "have it ask for a credential, and name that in its document as `secret:NAME`",
        }
    }

    /// As it is told.
    pub(crate) fn json(&self) -> Json {
        Json::object([
            ("code", Json::from(self.code())),
            ("fix", Json::from(self.fix())),
            ("words", Json::from(self.words())),
        ])
    }
}

/// What a server's document alone says of ways around it: what is true wherever it is read.
pub(crate) const fn mode_by_document(server: &Server) -> &'static str {
    match server.transport {
        Transport::Wrapped { .. } | Transport::Stdio { run_as: None, .. } => "cooperative",
        Transport::Stdio { run_as: Some(_), .. } | Transport::Http { .. } => "enforced",
    }
}

/// Whether a server's address is this machine, and nothing is shown there that the agent does not have.
fn is_open(server: &Server) -> bool {
    let Transport::Http { url, headers } = &server.transport else { return false };
    let near = |host: &str| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let address = bare.parse::<IpAddr>().ok().map(|address| address.to_canonical());
        address.map_or_else(|| bare == "localhost" || bare.ends_with(".localhost"), |address| address.is_loopback())
    };
    url_host(url).is_none_or(|host| near(&host)) && headers.values().all(|value| secret_named(value).is_none())
}

/// The ways around to a server that whoever calls it has.
fn of_server(accounts: Option<&dyn Accounts>, server: &Server) -> Vec<Way> {
    match (&server.transport, accounts) {
        (Transport::Wrapped { .. }, _) => vec![Way::Wrapped],
        (Transport::Http { .. }, Some(_)) => Vec::new(),
        (Transport::Http { .. } | Transport::Stdio { .. }, None) | (Transport::Stdio { run_as: None, .. }, Some(_)) => {
            vec![Way::ServerLetIn]
        }
        (Transport::Stdio { run_as: Some(name), .. }, Some(accounts)) => match accounts.uid(name) {
            None => vec![Way::NoAccount(name.clone())],
            Some(uid) if let_in(accounts, uid) => vec![Way::ServerLetIn],
            Some(_) => accounts.changeable(server).map(Way::Changeable).into_iter().collect(),
        },
    }
}

/// Whether the node's socket lets an account in: its own, and that which no file keeps out.
fn let_in(accounts: &dyn Accounts, uid: u32) -> bool {
    uid == 0 || uid == accounts.own()
}

/// The ways around that an agent has by where it is, whatever it calls.
fn of_agent(accounts: Option<&dyn Accounts>, place: Place) -> Option<Way> {
    match (place, accounts) {
        (Place::Elsewhere, Some(_)) => None,
        (Place::Account(uid), Some(accounts)) => let_in(accounts, uid).then_some(Way::AgentLetIn(uid)),
        (Place::Unseen, _) | (_, None) => Some(Way::AgentUnseen),
    }
}

/// All ways around from a place to a server.
fn between(accounts: Option<&dyn Accounts>, place: Place, server: &Server) -> Vec<Way> {
    let mut ways = of_server(accounts, server);
    ways.extend(of_agent(accounts, place));
    if let (Transport::Stdio { run_as: Some(name), .. }, Place::Account(agent), Some(accounts)) =
        (&server.transport, place, accounts)
        && accounts.uid(name) == Some(agent)
        && !let_in(accounts, agent)
    {
        ways.push(Way::ServerIsAgent(agent));
    }
    if place != Place::Elsewhere && is_open(server) {
        ways.push(Way::Open);
    }
    ways
}

/// Where agents called from since the node began.
#[derive(Debug, Default)]
pub(crate) struct Places(Mutex<BTreeMap<AgentId, BTreeSet<Place>>>);

impl Places {
    fn of(&self, agent: &AgentId) -> BTreeSet<Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(agent).cloned().unwrap_or_default()
    }
}

impl Api {
    fn accounts(&self) -> Option<&dyn Accounts> {
        self.accounts.get().map(AsRef::as_ref)
    }

    /// Says which accounts this machine has.
    pub fn has_accounts(&self, accounts: std::sync::Arc<dyn Accounts>) {
        // One process has one machine.
        let _first = self.accounts.set(accounts);
    }

    /// The account that the node runs under, where it is known.
    pub(crate) fn own_account(&self) -> Option<u32> {
        self.accounts().map(Accounts::own)
    }

    /// Whether an agent that calls from here could go around the node to a server. `None`: to what the node does itself.
    pub fn mode_from(&self, place: Place, server: Option<&ServerName>) -> Mode {
        // Without it nothing is decided either.
        let Some(control) = self.desk.node().control(self.tenant) else { return Mode::Cooperative };
        let entry = server.filter(|name| !is_own(name)).and_then(|name| control.state.servers.get(name));
        let around = match entry {
            Some(entry) => !between(self.accounts(), place, &entry.document).is_empty(),
            // What is not there is called by nobody.
            None => of_agent(self.accounts(), place).is_some(),
        };
        if around { Mode::Cooperative } else { Mode::Enforced }
    }

    /// Remembers where an agent called from.
    pub fn called_from(&self, agent: &AgentId, place: Place) {
        let mut places = self.places_of_agents.0.lock().unwrap_or_else(PoisonError::into_inner);
        if places.get(agent).is_some_and(|own| own.contains(&place)) {
            return;
        }
        // As many as there are agents: those that were taken away are forgotten.
        if let Ok(control) = self.control() {
            places.retain(|name, _| control.state.agents.contains_key(name));
            if control.state.agents.contains_key(agent) {
                let own = places.entry(agent.clone()).or_default();
                own.insert(place);
                if own.len() > PLACES_MAX {
                    // By its order, and so by what is worst: another machine first, then the highest account.
                    own.pop_last();
                }
            }
        }
    }

    /// Where an agent called from since the node began.
    pub(crate) fn places_of(&self, agent: &AgentId) -> BTreeSet<Place> {
        self.places_of_agents.of(agent)
    }

    /// The ways around to a server that whoever calls it has.
    pub(crate) fn ways(&self, server: &Server) -> Vec<Way> {
        of_server(self.accounts(), server)
    }

    /// The ways around to a server from any of these places.
    pub(crate) fn ways_from(&self, places: &BTreeSet<Place>, server: &Server) -> BTreeSet<Way> {
        places.iter().flat_map(|place| between(self.accounts(), *place, server)).collect()
    }

    /// Whether a server can be gone around by all who call it.
    pub(crate) fn mode_of(&self, server: &Server) -> &'static str {
        if self.ways(server).is_empty() { "enforced" } else { "cooperative" }
    }
}

#[cfg(test)]
mod tests;
