//! Faults of late, counted in memory at the node that a call comes to. When one has gone on for too long is an event of the
//! control stream, so every node cuts the same calls off; who of them is a probe is a fact of its decision.

use bailiwick_core::{
    AgentId, Breaker, BreakerOf, BreakerRule, ControlState, Digest, GrantId, Micros, RoleName, Span, TaskId, TenantId,
    ToolId, Trouble, Whose, sha256,
};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most that is counted at a time; past it what was counted longest ago is forgotten.
const COUNTED_MAX: usize = 4_096;
/// The most acts that are remembered as probes.
const CARRIED_MAX: usize = 1_024;
/// How many of the latest calls one that is made again is looked for among.
const LATEST: usize = 256;
const _: () = assert!(BreakerRule::MOST_MAX as usize <= LATEST);

/// Whose call it is.
#[derive(Debug, Clone)]
pub(crate) struct Called {
    pub(crate) tenant: TenantId,
    pub(crate) agent: AgentId,
    pub(crate) grant: GrantId,
    /// The grants above it, where a breaker of a grant is open.
    pub(crate) above: Vec<GrantId>,
    pub(crate) tool: ToolId,
}

impl Called {
    fn whose(&self, per: BreakerOf) -> Whose {
        match per {
            BreakerOf::Grant => Whose::Grant(self.grant),
            BreakerOf::Agent => Whose::Agent(self.agent.clone()),
            BreakerOf::Tool => Whose::Tool(self.tool.clone()),
            BreakerOf::Tenant => Whose::Tenant,
        }
    }
}

/// A breaker that is to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opens {
    pub(crate) rule: RoleName,
    pub(crate) whose: Whose,
    pub(crate) counted: u64,
}

/// What is counted together: a rule that was changed counts anew.
type Of = (TenantId, RoleName, u64, Whose);

/// The probes of one breaker.
#[derive(Debug, Default)]
struct Probes {
    under_way: VecDeque<Micros>,
    well: u64,
}

#[derive(Debug, Default)]
struct Memory {
    /// When, and what tells one of them from another: the call, or who made it.
    counted: BTreeMap<Of, VecDeque<(Micros, Digest)>>,
    probes: BTreeMap<(TenantId, u64), Probes>,
    carried: BTreeMap<(TenantId, TaskId, u64), Vec<u64>>,
    /// Whose probe of what others share went wrong last.
    spoilt: BTreeMap<(TenantId, RoleName, Whose), AgentId>,
}

/// Faults of late.
#[derive(Debug, Default)]
pub(crate) struct Breakers(Mutex<Memory>);

impl Breakers {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one fault, and says which breakers it opens. `call` tells a call from another one.
    pub(crate) fn count(
        &self,
        control: &ControlState,
        called: &Called,
        on: Trouble,
        call: Digest,
        now: Micros,
    ) -> Vec<Opens> {
        let mut memory = self.memory();
        let mut opens = Vec::new();
        for (name, entry) in &control.rules {
            let Some(rule) = entry.document.breaker.as_ref() else { continue };
            let Some(over) = rule.over().filter(|_| rule.on == on && rule.counts(&called.tool)) else { continue };
            let of = (called.tenant, name.clone(), entry.since, called.whose(rule.per));
            let mark = match (on, rule.per.shared()) {
                (Trouble::Retries, _) => call,
                (_, true) => sha256(called.agent.as_str().as_bytes()),
                (_, false) => sha256(b""),
            };
            memory.make_room(&of);
            let times = memory.counted.entry(of.clone()).or_default();
            while times.front().is_some_and(|(at, _)| at.after(over) <= now) || times.len() >= LATEST {
                times.pop_front();
            }
            let same = |times: &VecDeque<(Micros, Digest)>| {
                u64::try_from(times.iter().filter(|(_, of)| *of == mark).count()).unwrap_or(u64::MAX)
            };
            // Nobody opens alone what others share: of one agent at most half counts.
            if rule.per.shared() && same(times) >= rule.most.div_ceil(2) {
                continue;
            }
            times.push_back((now, mark));
            let counted = match on {
                Trouble::Retries => same(times),
                _ => u64::try_from(times.len()).unwrap_or(u64::MAX),
            };
            if counted >= rule.most {
                times.clear();
                opens.push(Opens { rule: name.clone(), whose: of.3, counted });
            }
        }
        opens
    }

    /// The half-open breakers over a call, if it may be a probe of each: else it is none of any.
    pub(crate) fn probe(&self, control: &ControlState, called: &Called, now: Micros) -> Vec<u64> {
        if control.breakers.is_empty() {
            return Vec::new();
        }
        let grants: Vec<GrantId> = called.above.iter().copied().chain([called.grant]).collect();
        let over: Vec<_> = control.breakers_over(&grants, &called.agent, &called.tool).collect();
        if over.is_empty() || over.iter().any(|(_, breaker)| !breaker.half_open(now)) {
            return Vec::new();
        }
        let rule = |name: &RoleName| control.rules.get(name).and_then(|entry| entry.document.breaker.as_ref());
        let most = |name| rule(name).map_or(0, |rule| usize::try_from(rule.probes).unwrap_or(usize::MAX));
        // So long a probe keeps others waiting, whatever becomes of it.
        let wait = |name| rule(name).and_then(BreakerRule::wait).unwrap_or(Span(0));
        let mut memory = self.memory();
        let tenant = called.tenant;
        memory.probes.retain(|(of, seq), _| *of != tenant || control.breakers.contains_key(seq));
        for (seq, breaker) in &over {
            // Who spoilt the last probe of what others share leaves the next one to them, for a while.
            let last = memory.spoilt.get(&(tenant, breaker.rule.clone(), breaker.whose.clone()));
            if last == Some(&called.agent) && now < breaker.until.after(wait(&breaker.rule)) {
                return Vec::new();
            }
            let probes = memory.probes.entry((tenant, *seq)).or_default();
            probes.under_way.retain(|at| now < at.after(wait(&breaker.rule)));
            if probes.under_way.len() >= most(&breaker.rule) {
                return Vec::new();
            }
        }
        for (seq, _) in &over {
            memory.probes.entry((tenant, *seq)).or_default().under_way.push_back(now);
        }
        over.into_iter().map(|(seq, _)| seq).collect()
    }

    /// A probe has begun: its outcome tells.
    pub(crate) fn carry(&self, act: (TenantId, TaskId, u64), probes: Vec<u64>) {
        let mut memory = self.memory();
        if memory.carried.len() >= CARRIED_MAX {
            memory.carried.pop_first();
        }
        memory.carried.insert(act, probes);
    }

    /// Of which breakers an act that is open is a probe.
    pub(crate) fn carries(&self, act: (TenantId, TaskId, u64)) -> Vec<u64> {
        self.memory().carried.get(&act).cloned().unwrap_or_default()
    }

    /// Of which breakers an act that ended was a probe.
    pub(crate) fn carried(&self, act: (TenantId, TaskId, u64)) -> Vec<u64> {
        self.memory().carried.remove(&act).unwrap_or_default()
    }

    /// What was no probe after all makes room for another.
    pub(crate) fn give_back(&self, tenant: TenantId, probes: &[u64]) {
        let mut memory = self.memory();
        for seq in probes {
            memory.probes.get_mut(&(tenant, *seq)).map(|probes| probes.under_way.pop_front());
        }
    }

    /// Breakers that an agent's probes which went wrong open anew.
    pub(crate) fn wrong(
        &self,
        control: &ControlState,
        (tenant, agent): (TenantId, &AgentId),
        probes: &[u64],
    ) -> Vec<Opens> {
        let mut memory = self.memory();
        let open = |Breaker { rule, whose, .. }: &Breaker| {
            if matches!(whose, Whose::Tool(_) | Whose::Tenant) {
                if memory.spoilt.len() >= CARRIED_MAX {
                    memory.spoilt.pop_first();
                }
                memory.spoilt.insert((tenant, rule.clone(), whose.clone()), agent.clone());
            }
            Opens { rule: rule.clone(), whose: whose.clone(), counted: 1 }
        };
        probes.iter().filter_map(|seq| control.breakers.get(seq)).map(open).collect()
    }

    /// Probes went well: those breakers of them that now close.
    pub(crate) fn well(&self, control: &ControlState, tenant: TenantId, probes: &[u64]) -> Vec<u64> {
        self.give_back(tenant, probes);
        let mut memory = self.memory();
        let mut closes = Vec::new();
        for seq in probes {
            let rule = control.breakers.get(seq).and_then(|breaker| control.rules.get(&breaker.rule));
            let Some(rule) = rule.and_then(|entry| entry.document.breaker.as_ref()) else { continue };
            let own = memory.probes.entry((tenant, *seq)).or_default();
            own.well = own.well.saturating_add(1);
            if own.well >= rule.probes {
                closes.push(*seq);
            }
        }
        closes
    }
}

impl Memory {
    fn make_room(&mut self, of: &Of) {
        if self.counted.len() < COUNTED_MAX || self.counted.contains_key(of) {
            return;
        }
        let last = |times: &VecDeque<(Micros, Digest)>| times.back().map(|(at, _)| *at);
        let oldest = self.counted.iter().min_by_key(|(_, times)| last(times)).map(|(of, _)| of.clone());
        oldest.map(|of| self.counted.remove(&of));
    }
}

#[cfg(test)]
mod tests;
