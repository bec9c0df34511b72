//! The tenant's control stream, folded: who might do what, as of each control leaf that a decision may still name.

use crate::report::{Finding, Found};
use bailiwick_core::{Blobs, ControlState, Data, Digest, Event, NoPolicy, Policy};
use bailiwick_policy::Compiled;
use std::sync::Arc;

/// The most states that are remembered beside the newest. A decision names one that is at most seconds old.
const EARLIER_MAX: usize = 256;
/// The most compiled policies that are remembered.
const COMPILED_MAX: usize = 16;

/// One state, and the control leaves as of which it was the tenant's.
struct Stand {
    leaves: Vec<u64>,
    state: ControlState,
}

/// What a decision is made again under.
pub(crate) struct Ruling<'a> {
    pub(crate) state: &'a ControlState,
    pub(crate) policy: Arc<dyn Policy>,
}

/// Control, up to now.
pub(crate) struct Control {
    newest: Stand,
    /// Older ones that nothing has narrowed since, oldest first.
    earlier: Vec<Stand>,
    /// The leaf of the last event that narrows: nothing may be decided under an older one.
    floor: Option<u64>,
    compiled: Vec<(Digest, Arc<dyn Policy>)>,
}

impl Default for Control {
    fn default() -> Self {
        let newest = Stand { leaves: Vec::new(), state: ControlState::default() };
        Self { newest, earlier: Vec::new(), floor: None, compiled: Vec::new() }
    }
}

impl Control {
    pub(crate) fn state(&self) -> &ControlState {
        &self.newest.state
    }

    /// Folds one event.
    pub(crate) fn fold(&mut self, event: &Event, leaf: u64, blobs: &dyn Blobs) -> Result<(), Finding> {
        match &event.data {
            Data::ControlHeads(_) => {}
            // What only widens leaves a state behind that may still be decided under.
            data if !data.narrows() => {
                let state = self.newest.state.clone();
                let leaves = std::mem::take(&mut self.newest.leaves);
                self.earlier.push(Stand { leaves, state });
                if self.earlier.len() > EARLIER_MAX {
                    self.earlier.remove(0);
                }
            }
            _ => {
                self.earlier.clear();
                self.newest.leaves.clear();
                self.floor = Some(leaf);
            }
        }
        self.newest.state.apply(event, leaf, blobs).map_err(|error| Finding::new(Found::Unfit, error))?;
        self.newest.leaves.push(leaf);
        Ok(())
    }

    /// The state as of a control leaf that a decision names.
    pub(crate) fn as_of(&mut self, leaf: Option<u64>) -> Result<Ruling<'_>, Finding> {
        let Some(leaf) = leaf else {
            return Err(Finding::new(Found::ControlStale, "it was decided under no control state at all"));
        };
        if let Some(floor) = self.floor.filter(|floor| leaf < *floor) {
            let text = format!("it was decided under control leaf {leaf}, though leaf {floor} had narrowed that");
            return Err(Finding::new(Found::ControlStale, text));
        }
        let found = self.earlier.iter().position(|stand| stand.leaves.binary_search(&leaf).is_ok());
        if found.is_none() && self.newest.leaves.binary_search(&leaf).is_err() {
            let text = format!("it was decided under control leaf {leaf}, which is none of the control stream");
            return Err(Finding::new(Found::ControlStale, text));
        }
        let stand = found.and_then(|at| self.earlier.get_mut(at)).unwrap_or(&mut self.newest);
        // Heads move the leaf and nothing else.
        stand.state.leaf = Some(leaf);
        let policy = compile(&mut self.compiled, &stand.state);
        Ok(Ruling { state: &stand.state, policy })
    }

    /// Every state that something may be decided under now, newest first: for events that do not name theirs.
    pub(crate) fn states(&self) -> impl Iterator<Item = &ControlState> {
        std::iter::once(&self.newest.state).chain(self.earlier.iter().rev().map(|stand| &stand.state))
    }
}

/// Policy of a state, compiled from the documents in the log. No policy means deny.
fn compile(compiled: &mut Vec<(Digest, Arc<dyn Policy>)>, state: &ControlState) -> Arc<dyn Policy> {
    if state.policies.is_empty() {
        return Arc::new(NoPolicy);
    }
    let digest = state.policy_digest();
    if let Some((_, policy)) = compiled.iter().find(|(of, _)| *of == digest) {
        return Arc::clone(policy);
    }
    let policy: Arc<dyn Policy> = Arc::new(Compiled::compile_or_refuse(state));
    if compiled.len() >= COMPILED_MAX {
        compiled.remove(0);
    }
    compiled.push((digest, Arc::clone(&policy)));
    policy
}

#[cfg(test)]
mod tests;
