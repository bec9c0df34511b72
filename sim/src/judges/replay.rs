//! Replay equals memory: whatever an engine holds of a task at rest is what the log makes, folded anew.

use super::{Judge, Verdict, holds};
use crate::log::Log;
use crate::setup::TENANT;
use crate::world::World;
use bailiwick_core::{ControlState, TaskId, TaskState};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Replay {
    /// By node and task: the log folded as far as the node was.
    folded: BTreeMap<(usize, TaskId), TaskState>,
    /// By node: control, likewise.
    control: BTreeMap<usize, ControlState>,
}

impl Replay {
    fn node(&mut self, at: usize, log: &Log, world: &World) -> Verdict {
        let Some(engine) = world.engines().nth(at).flatten() else { return Ok(()) };
        for task in log.tasks() {
            let Some(memory) = engine.at_rest(TENANT, task) else { continue };
            let empty = || TaskState::empty(TENANT, task);
            let state = self.folded.entry((at, task)).or_insert_with(empty);
            if state.seq > memory.seq {
                *state = empty();
            }
            log.fold(state, memory.seq).map_err(|why| format!("node {at} holds what is not durable: {why}"))?;
            holds(state == memory, || {
                format!("node {at} holds of {task} another state at event {} than the log makes", memory.seq)
            })?;
        }
        if let Some(control) = engine.control_at_rest(TENANT) {
            let state = self.control.entry(at).or_default();
            if state.seq > control.state.seq {
                *state = ControlState::default();
            }
            log.fold_control(state, control.state.seq).map_err(|why| format!("node {at}: {why}"))?;
            holds(*state == control.state, || format!("node {at} holds a control state that the log does not make"))?;
        }
        Ok(())
    }
}

impl Judge for Replay {
    fn name(&self) -> &'static str {
        "replay"
    }

    fn step(&mut self, log: &Log, world: &World, touched: Option<usize>) -> Verdict {
        touched.map_or(Ok(()), |at| self.node(at, log, world))
    }

    fn end(&mut self, log: &Log, world: &World) -> Verdict {
        (0..crate::world::NODES).try_for_each(|at| self.node(at, log, world))
    }
}
