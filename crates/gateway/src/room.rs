//! Room for calls that are kept open between two requests of their clients. It is shared by all grants of a process, and each
//! tenant and each agent has a share of it: nobody takes all of it from the others.

use crate::upstream::locked;
use bailiwick_core::{AgentId, TenantId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// How many calls of one process are kept.
const CALLS_MAX: usize = 128;
/// The most of one tenant.
const OF_TENANT_MAX: usize = 96;
/// The most of one agent, whatever its grants.
const OF_AGENT_MAX: usize = 32;

const _: () = assert!(OF_AGENT_MAX < OF_TENANT_MAX && OF_TENANT_MAX < CALLS_MAX, "each has a share, never all");

/// Whose calls are kept; nobody is named where a process serves one client alone.
type Whose = Option<(TenantId, AgentId)>;

/// Room for calls that are kept, shared by all copies.
#[derive(Debug, Clone)]
pub struct Room {
    calls_max: usize,
    taken: Arc<Mutex<BTreeMap<Whose, usize>>>,
    /// Who takes of it.
    whose: Whose,
}

impl Default for Room {
    fn default() -> Self {
        Self::of(CALLS_MAX)
    }
}

/// Held by a call that is kept.
#[derive(Debug)]
pub(crate) struct Taken(Room);

impl Room {
    /// For so many.
    pub fn of(calls_max: usize) -> Self {
        Self { calls_max, taken: Arc::default(), whose: None }
    }

    /// The same room, as far as an agent of a tenant may take of it.
    pub fn for_agent(&self, tenant: TenantId, agent: AgentId) -> Self {
        Self { whose: Some((tenant, agent)), ..self.clone() }
    }

    /// Room for one, while there is.
    pub(crate) fn take(&self) -> Option<Taken> {
        let mut taken = locked(&self.taken);
        let all: usize = taken.values().sum();
        if let Some((tenant, _)) = &self.whose {
            let own = |(whose, _): &(&Whose, &usize)| whose.as_ref().is_some_and(|(of, _)| of == tenant);
            let of_tenant: usize = taken.iter().filter(own).map(|(_, calls)| calls).sum();
            let of_agent = taken.get(&self.whose).copied().unwrap_or_default();
            if of_tenant >= OF_TENANT_MAX || of_agent >= OF_AGENT_MAX {
                return None;
            }
        }
        if all >= self.calls_max {
            return None;
        }
        *taken.entry(self.whose.clone()).or_default() += 1;
        drop(taken);
        Some(Taken(self.clone()))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut taken = locked(&self.0.taken);
        let left = taken.get(&self.0.whose).copied().unwrap_or_default().saturating_sub(1);
        if left > 0 {
            taken.insert(self.0.whose.clone(), left);
        } else {
            taken.remove(&self.0.whose);
        }
    }
}

impl PartialEq for Room {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.taken, &other.taken) && self.whose == other.whose
    }
}
impl Eq for Room {}

#[cfg(test)]
mod tests;
