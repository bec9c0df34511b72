//! Commands on the control stream; and what follows the erasure of tasks: their keys are destroyed, and nothing of them is
//! remembered.

use super::Node;
use crate::step::{Answer, Failure, Input};
use bailiwick_core::{By, ControlCommand, ControlDecided, Data, Digest, EraseTask, TaskId, TenantId};
use bailiwick_store::StoreError;
use std::sync::PoisonError;

/// Why a task is erased again that was before the store was put back.
const AGAIN: &str = "it was erased before the store was put back";

/// The tasks that an event says are erased.
fn erased(data: &Data) -> Vec<TaskId> {
    match data {
        Data::ControlErased(erased) => vec![erased.task],
        Data::ControlPersonErased(erased) => erased.tasks.clone(),
        Data::ControlExpired(expired) => expired.tasks.iter().map(|of| of.task).collect(),
        _ => Vec::new(),
    }
}

impl Node {
    /// Decides a command on the tenant's control stream. `blobs` are bytes that it names beside documents. What it erased is
    /// gone when this answers.
    ///
    /// # Errors
    /// [`Failure`] when it could not be decided, or what was erased is not gone yet.
    pub async fn control_command(
        &self,
        tenant: TenantId,
        mut command: ControlCommand,
        blobs: Vec<(Digest, Vec<u8>)>,
    ) -> Result<(ControlDecided, Option<u64>), Failure> {
        let facts = self.facts(0)?;
        // What was erased so long ago that the state has forgotten it. What is erased from here on, the state knows.
        if let ControlCommand::Hold(said) = &mut command {
            said.gone = self.is_gone(tenant, said.task).await?;
        }
        let erases = match &command {
            ControlCommand::Erase(said) => Some(said.task),
            _ => None,
        };
        let input = move |ticket| Input::Control { ticket, tenant, command, blobs, facts };
        let Answer::Control { decided, leaf } = self.answer(Box::new(input)).await? else {
            return Err(Failure::Unknown);
        };
        let mut gone: Vec<TaskId> = decided.events.iter().flat_map(|event| erased(&event.data)).collect();
        // One that was erased before may have its key yet.
        let before = |task: &TaskId| self.control(tenant).is_some_and(|live| live.state.erased.contains_key(task));
        gone.extend(erases.filter(|_| gone.is_empty()).filter(before));
        // Whoever is cut off before this leaves the keys of tasks that the record calls erased: a beat destroys them.
        self.destroy(tenant, gone).await?;
        Ok((*decided, leaf))
    }

    /// Destroys what the record calls erased and is there yet, where anything was erased since this was done last.
    pub(super) fn go_on_erasing(&self, tenant: TenantId) -> Result<(), StoreError> {
        let newest = self.control(tenant).and_then(|live| live.state.erased.values().max().copied()).unwrap_or(0);
        let done = || self.erasures_done.lock().unwrap_or_else(PoisonError::into_inner);
        let before = done().get(&tenant).copied().unwrap_or(0);
        if before >= newest || self.behind(tenant).is_some() {
            return Ok(());
        }
        self.finish_erased(tenant, self.erased_since(tenant, before))?;
        done().insert(tenant, newest);
        Ok(())
    }

    /// The tasks that the record calls erased by an event after that of number `seq`.
    fn erased_since(&self, tenant: TenantId, seq: u64) -> Vec<TaskId> {
        let since = |live: std::sync::Arc<crate::LiveControl>| {
            live.state.erased.iter().filter(|(_, of)| **of > seq).map(|(task, _)| *task).collect()
        };
        self.control(tenant).map(since).unwrap_or_default()
    }

    /// Destroys the keys of tasks that the record calls erased, and all that is sealed under them.
    async fn destroy(&self, tenant: TenantId, tasks: Vec<TaskId>) -> Result<(), Failure> {
        if tasks.is_empty() {
            return Ok(());
        }
        let late = |why: String| Failure::Unavailable(format!("the erasure stands, its key is destroyed later: {why}"));
        // Before a key goes: a backup of before must not bring it back.
        if let Some(guard) = self.keeper().guard().as_mut() {
            guard.erase(tenant, &tasks).map_err(|error| late(error.to_string()))?;
        }
        self.keep_elsewhere_anew(tenant).map_err(|error| late(error.to_string()))?;
        let (store, all) = (std::sync::Arc::clone(self.store()), tasks.clone());
        let gone = move || all.into_iter().try_for_each(|task| store.erase(tenant, task).map(drop));
        self.beside(gone).await?.map_err(|error| late(error.to_string()))?;
        tasks.into_iter().for_each(|task| self.tell(Input::Erased(tenant, task)));
        Ok(())
    }

    /// Destroys what is left of tasks that were erased: a node that was killed may have left it, or a store that was put back
    /// by other means. Of a store that went back nothing is touched.
    pub(super) fn finish_erasures(&self, tenant: TenantId) -> Result<(), StoreError> {
        if self.behind(tenant).is_some() {
            return Ok(());
        }
        let listed = self.keeper().guard().as_ref().map(|guard| guard.erased(tenant)).unwrap_or_default();
        self.finish_erased(tenant, self.erased_since(tenant, 0))?;
        self.finish_erased(tenant, listed)
    }

    /// Remembers these outside of the store, whichever node erased them, and destroys what is left of them.
    fn finish_erased(&self, tenant: TenantId, tasks: Vec<TaskId>) -> Result<(), StoreError> {
        if let Some(guard) = self.keeper().guard().as_mut() {
            guard.erase(tenant, &tasks).map_err(|error| StoreError::Broken(error.to_string()))?;
        }
        let mut there = Vec::new();
        for task in &tasks {
            there.extend(self.has_key(tenant, *task)?.then_some(*task));
        }
        if !there.is_empty() {
            // Listed and not on record yet, it is kept anew once more when it is.
            self.keep_elsewhere_anew(tenant).map_err(|error| StoreError::Broken(error.to_string()))?;
        }
        there.into_iter().try_for_each(|task| self.store().erase(tenant, task).map(drop))?;
        // Another node may have erased it, and this one remember it.
        tasks.into_iter().for_each(|task| self.tell(Input::Erased(tenant, task)));
        Ok(())
    }

    /// Whether the key of a task is destroyed.
    async fn is_gone(&self, tenant: TenantId, task: TaskId) -> Result<bool, Failure> {
        let store = std::sync::Arc::clone(self.store());
        let key = self.beside(move || store.data_key(tenant, task)).await?;
        key.map(|key| key.is_none()).map_err(|error| Failure::Unavailable(error.to_string()))
    }

    pub(super) fn has_key(&self, tenant: TenantId, task: TaskId) -> Result<bool, StoreError> {
        Ok(self.store().data_key(tenant, task)?.is_some())
    }

    /// Erases again what was erased before the store was put back, by the list outside of it. Answers how many came back and
    /// are gone again.
    ///
    /// # Errors
    /// [`Failure`] when one could not be erased: this is asked again then.
    pub async fn erase_again(&self, tenant: TenantId, by: &By, listed: Vec<TaskId>) -> Result<u64, Failure> {
        let mut again = 0;
        for task in listed {
            let there = self.has_key(tenant, task).map_err(|error| Failure::Unavailable(error.to_string()))?;
            let recorded = self.control(tenant).is_some_and(|live| live.state.erased.contains_key(&task));
            if !there && recorded {
                continue;
            }
            let said = EraseTask { by: by.clone(), listed: true, reason: AGAIN.to_owned(), task };
            self.control_command(tenant, ControlCommand::Erase(Box::new(said)), Vec::new()).await?;
            // One that the copy calls erased already, from the moment between the record and the key.
            self.destroy(tenant, vec![task]).await?;
            again += 1;
        }
        Ok(again)
    }
}
