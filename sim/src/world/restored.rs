//! Somebody goes on from a store that was put back, as `bailiwick restore` does: all nodes are ended, the row is raised, the event is
//! appended, what is over is written down. It may break off between any two of them, and is begun again.

use super::people::Known;
use super::{Event, NODES, World};
use crate::bundle::Bundle;
use crate::happening::{Happening, Loss};
use crate::mutant::Mutant;
use crate::setup::pump::Pump;
use crate::setup::{AGENTS, PEOPLE, TENANT, by, wide};
use bailiwick_core::{AgentId, ControlCommand, LogHead, Span, TaskId};
use bailiwick_node::{Reaches, next_epoch, watch_log};
use bailiwick_record::Guard;
use bailiwick_store::{Ledger, StreamKind};

/// How soon it is noticed and begun, at most; and how soon it is begun again where it broke off. Both are over before a run that
/// nobody goes on from is.
const BEGUN_WITHIN_S: u64 = 20;
const AGAIN_WITHIN_S: u64 = 12;

impl World {
    pub(super) fn plan_restore(&mut self) {
        if self.options.restored {
            let soon = Span::seconds(self.fate.between(2, BEGUN_WITHIN_S));
            self.after(soon, Event::Restore);
        }
    }

    /// Somebody took a bundle away before the loss: it is good for ever, by the key of then. Of runs in which people sign none
    /// is: their devices make no signatures that a verifier reads.
    pub(super) fn export_before(&mut self) -> Result<(), String> {
        let Some(task) = self.tasks.first().map(|known| known.task) else { return Ok(()) };
        if !self.options.restored || self.options.wide || self.exported.is_some() {
            return Ok(());
        }
        self.store.set_gone(false);
        self.store.clear_faults();
        let now = self.store_now();
        let Some(vault) = self.vault() else { return Ok(()) };
        self.exported = Some(Bundle::of((&self.store, vault), now, task)?);
        Ok(())
    }

    /// The node that knows most of what is lost: on its machine it is done.
    fn knows_most(&self) -> usize {
        let mark = |at: &usize| {
            let mark = self.nodes.get(*at).and_then(|node| node.guard.mark(TENANT));
            mark.map(|mark| (mark.epoch, mark.size))
        };
        (0..NODES).max_by_key(mark).unwrap_or(0)
    }

    pub(super) fn restore(&mut self) -> Result<(), String> {
        if self.lost.is_none() || self.healed {
            return Ok(());
        }
        (0..NODES).for_each(|node| self.kill(node));
        self.store.set_gone(false);
        self.store.clear_faults();
        if self.mutated(Mutant::ForgetsEpoch) {
            self.nodes.iter_mut().for_each(|node| node.guard = Guard::in_memory());
            let size = self.store.log(TENANT).map_err(|error| error.to_string())?.size;
            self.goes_on(size);
            return Ok(());
        }
        let (home, now) = (self.knows_most(), self.store_now());
        let Some(node) = self.nodes.get_mut(home) else { return Ok(()) };
        let told = |error: bailiwick_store::StoreError| error.to_string();
        let known = node.guard.mark(TENANT);
        let vault = std::sync::Arc::clone(&node.vault);
        let mut pump = Pump::new(&self.store, &vault, now);
        let (recorded, log) = (pump.control()?.state.epoch, self.store.log(TENANT).map_err(told)?);
        let epoch = next_epoch((recorded, log.epoch), known).ok_or("there is no further epoch")?;
        self.store.raise_epoch(TENANT, epoch).map_err(told)?;
        if !std::mem::replace(&mut self.broke_off, true) && self.fate.permille(400) {
            let later = Span::seconds(self.fate.between(1, AGAIN_WITHIN_S));
            self.after(later, Event::Restore);
            return Ok(());
        }
        let before = known.map(|known| LogHead { epoch: known.epoch, root: known.root, size: known.size });
        let leaf = pump.govern(ControlCommand::Restore { by: by("ada")?, epoch, before }, Vec::new())?;
        // Between the row and the event nothing was appended, whoever was there meanwhile.
        if leaf != Some(log.size) {
            return Err(format!("epoch {epoch} begins at leaf {leaf:?}, its row was raised at {}", log.size));
        }
        watch_log((&self.store, &vault, &Reaches::default()), &mut node.guard, TENANT)
            .map_err(|error| error.to_string())?;
        // A crash before this leaves to the nodes what is over.
        if self.fate.permille(500) {
            let heads = self.store.heads(TENANT, None, usize::MAX).map_err(told)?;
            let tasks = heads.into_iter().filter(|head| head.kind == StreamKind::TASK);
            tasks.map(|head| head.stream).try_for_each(|task: TaskId| pump.tick(task))?;
        }
        self.epoch = epoch;
        self.goes_on(log.size);
        Ok(())
    }

    fn goes_on(&mut self, from: u64) {
        (self.lost, self.forged, self.broke_off) = (None, None, false);
        self.restored += 1;
        self.happenings.push(Happening::Restored { from });
        // Nobody acts before somebody says so; more than once, for an answer may be lost.
        for agent in 0..AGENTS.len() {
            for _ in 0..2 {
                let person = usize::try_from(self.fate.below(2)).unwrap_or(0);
                let later = Span::seconds(self.fate.between(2, 20));
                self.after(later, Event::ActsAgain(person, agent));
                self.after(Span(later.0 / 2), Event::GivesAgain(person));
            }
        }
        // A stop that was in force is taken back.
        self.after(Span::seconds(5), Event::Running(0));
        // It may be put back once more: never the same epoch twice.
        if self.restored == 1 && self.options.loss == Some(Loss::Backup) && self.fate.permille(300) {
            let later = Span::seconds(self.fate.between(5, 40));
            self.after(later, Event::Loss);
        }
    }

    pub(super) fn acts_again(&mut self, person: usize, agent: usize) -> Result<(), String> {
        if self.healed {
            return Ok(());
        }
        let agent =
            AgentId::parse(AGENTS.get(agent).copied().unwrap_or_default()).map_err(|error| error.to_string())?;
        self.control_command(person, |by| ControlCommand::Agent { by, agent, active: true })
    }

    pub(super) fn gives_again(&mut self, person: usize) -> Result<(), String> {
        if self.healed || !self.options.wide || PEOPLE.get(person).is_none() {
            return Ok(());
        }
        let documents = wide::given()?;
        self.control_command(person, |by| ControlCommand::Apply { by, documents, removed: Vec::new() })
    }

    /// The epoch that a caller's token is of; of one that is of before, the edge may know no better.
    pub(super) fn claimed_epoch(&mut self, known: &Known) -> u32 {
        if known.epoch != self.epoch && self.chance.permille(300) { self.epoch } else { known.epoch }
    }
}
