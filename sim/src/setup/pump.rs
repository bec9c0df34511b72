//! An engine driven straight: every output is done before the next, and nothing befalls it.

use super::TENANT;
use bailiwick_core::{Command, ControlCommand, Digest, Facts, Micros, TaskId};
use bailiwick_node::{Answer, Engine, Input, Joined, LiveControl, Output, Reaches, Vault, load};
use bailiwick_store::{Ledger, MemoryStore};
use std::collections::VecDeque;
use std::sync::Arc;

/// An engine of its own, on the store itself.
pub(crate) struct Pump<'a> {
    store: &'a MemoryStore,
    vault: &'a Arc<Vault>,
    now: Micros,
    reaches: Reaches,
    engine: Engine,
    control: Option<Arc<LiveControl>>,
}

impl<'a> Pump<'a> {
    /// One that has read nothing yet.
    pub(crate) fn new(store: &'a MemoryStore, vault: &'a Arc<Vault>, now: Micros) -> Self {
        let engine = Engine::new(Arc::clone(vault));
        Self { store, vault, now, reaches: Reaches::default(), engine, control: None }
    }

    /// The tenant's control, as it stands in the store.
    ///
    /// # Errors
    /// The sentence when it cannot be read.
    pub(crate) fn control(&mut self) -> Result<Arc<LiveControl>, String> {
        if self.control.is_none() {
            let (tenant, task) = (TENANT, TaskId::new([0; 16]));
            self.drive(Input::Look { ticket: 1, tenant, task, look: Box::new(|_, _| ()) })?;
        }
        self.control.clone().ok_or_else(|| "control was not read".to_owned())
    }

    /// A control command that has to stand; answers the leaf of its first event.
    ///
    /// # Errors
    /// The sentence when it is refused.
    pub(crate) fn govern(
        &mut self,
        command: ControlCommand,
        blobs: Vec<(Digest, Vec<u8>)>,
    ) -> Result<Option<u64>, String> {
        let facts = Facts::of_nobody(self.now, Vec::new());
        match self.drive(Input::Control { ticket: 1, tenant: TENANT, command, blobs, facts })? {
            Some(Answer::Control { decided, leaf }) if decided.refused.is_none() => Ok(leaf),
            other => Err(format!("a command that has to stand does not: {other:?}")),
        }
    }

    /// Writes down what is true of a task already.
    ///
    /// # Errors
    /// The sentence when the store does not take it.
    pub(crate) fn tick(&mut self, task: TaskId) -> Result<(), String> {
        let facts = Facts::of_nobody(self.now, Vec::new());
        match self.drive(Input::Ask { ticket: 1, tenant: TENANT, task, command: Command::Tick, facts })? {
            Some(Answer::Decided { .. }) => Ok(()),
            other => Err(format!("a tick was not decided: {other:?}")),
        }
    }

    /// Commits to the heads of all streams.
    ///
    /// # Errors
    /// The sentence when the log cannot be followed.
    pub(crate) fn commit_to_heads(&mut self) -> Result<(), String> {
        let heads = self.reaches.commit(self.store, self.vault, TENANT).map_err(|error| error.to_string())?;
        self.govern(heads, Vec::new()).map(drop)
    }

    fn drive(&mut self, input: Input) -> Result<Option<Answer>, String> {
        let mut inputs = VecDeque::from([input]);
        let mut answered = None;
        while let Some(input) = inputs.pop_front() {
            for output in self.engine.step(self.now, input) {
                match output {
                    Output::Append(batch) => {
                        let appended = self.store.append(Joined::of(batch.clone()).append());
                        let stood = appended.map(|appended| appended.groups.first().copied());
                        let result = stood.map_err(|error| error.to_string())?.ok_or("an append without a group")?;
                        inputs.push_back(Input::Appended { batch: batch.id, result: Ok(result) });
                    }
                    Output::Answer { answer, .. } => answered = Some(answer),
                    Output::Control { live, .. } => self.control = Some(live),
                    Output::Ended { .. } => {}
                    wanted => inputs.extend(load(self.store, self.vault, &self.reaches, wanted)),
                }
            }
        }
        Ok(answered)
    }
}
