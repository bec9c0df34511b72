//! Sessions of wrappers and scripts on the node's own socket. A session's secret stands for a key that was made for one
//! start of one process; it never leaves the machine.

use bailiwick_core::{Digest, KeyThumbprint, sha256};
use bailiwick_node::Bound;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The most sessions that one node keeps.
const SESSIONS_MAX: usize = 10_000;

/// What a session stands for.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The caller and its grant.
    pub(crate) bound: Bound,
    /// The wrapped server, where there is one.
    pub(crate) server: Option<bailiwick_core::ServerName>,
    /// The command that its process was started with.
    pub(crate) command: Vec<String>,
    /// Who the server is, by what it was seen to be; nothing before it was looked at.
    pub(crate) identity: Option<Digest>,
    /// The uid of the process that opened it.
    pub(crate) uid: u32,
    /// Whether a connection stands for its process.
    pub(crate) held: bool,
}

/// All sessions, by the hash of their secret.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: Mutex<BTreeMap<Digest, Session>>,
}

impl Sessions {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Digest, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a session; false when there are too many.
    pub(crate) fn put(&self, secret: &str, session: Session) -> bool {
        let mut open = self.lock();
        let name = name(secret);
        if open.len() >= SESSIONS_MAX && !open.contains_key(&name) {
            return false;
        }
        open.insert(name, session);
        true
    }

    /// The session of a secret, if the same uid asks.
    pub(crate) fn get(&self, secret: &str, uid: u32) -> Option<Session> {
        // The map is keyed by a hash of the secret: a comparison tells nothing of it.
        self.lock().get(&name(secret)).filter(|session| session.uid == uid).cloned()
    }

    /// Binds a session to another task; false when it has ended.
    pub(crate) fn rebind(&self, secret: &str, bound: Bound) -> bool {
        self.lock().get_mut(&name(secret)).map(|session| session.bound = bound).is_some()
    }

    /// A connection stands for its process from here on.
    pub(crate) fn hold(&self, secret: &str) {
        if let Some(session) = self.lock().get_mut(&name(secret)) {
            session.held = true;
        }
    }

    /// Remembers who the server of a session was seen to be.
    pub(crate) fn seen(&self, secret: &str, identity: Digest) {
        if let Some(session) = self.lock().get_mut(&name(secret)) {
            session.identity = Some(identity);
        }
    }

    /// All that stand.
    pub(crate) fn all(&self) -> Vec<Session> {
        self.lock().values().cloned().collect()
    }

    /// Ends a session, if the same uid asks. What it stood for is given to one of those who end it.
    pub(crate) fn take(&self, secret: &str, uid: u32) -> Option<Session> {
        let (mut open, name) = (self.lock(), name(secret));
        open.get(&name).filter(|session| session.uid == uid)?;
        open.remove(&name)
    }

    /// Ends a session that no connection stands for.
    pub(crate) fn take_unheld(&self, secret: &str, uid: u32) -> Option<Session> {
        let (mut open, name) = (self.lock(), name(secret));
        open.get(&name).filter(|session| session.uid == uid && !session.held)?;
        open.remove(&name)
    }

    /// Ends the sessions of an agent.
    pub(crate) fn take_agent(&self, agent: &bailiwick_core::AgentId) -> Vec<Session> {
        self.lock().extract_if(.., |_, session| session.bound.caller.agent == *agent).map(|(_, it)| it).collect()
    }

    /// All sessions; from here on there are none.
    pub(crate) fn take_all(&self) -> Vec<Session> {
        std::mem::take(&mut *self.lock()).into_values().collect()
    }

    /// How many are open.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }
}

fn name(secret: &str) -> Digest {
    sha256(format!("bailiwick/session/1\0{secret}").as_bytes())
}

/// What stands for the session's key in the stream: the base64url form of a hash of its secret.
pub(crate) fn thumbprint(secret: &str) -> Option<KeyThumbprint> {
    let digest = sha256(format!("bailiwick/session-key/1\0{secret}").as_bytes());
    let text = URL_SAFE_NO_PAD.encode(digest.bytes());
    KeyThumbprint::parse(&text).ok()
}

#[cfg(test)]
mod tests;
