//! Commands on the control stream; and what follows the erasure of a task: its key is destroyed, and nothing of it is remembered.

use super::Node;
use crate::step::{Answer, Failure, Input};
use bailiwick_core::{By, ControlCommand, ControlDecided, Data, Digest, EraseTask, TaskId, TenantId};
use std::collections::BTreeSet;
use std::sync::PoisonError;

/// Why a task is erased again that was before the store was put back.
const AGAIN: &str = "it was erased before the store was put back";

impl Node {
    /// Decides a command on the tenant's control stream. `blobs` are bytes that it names beside documents. What it erased is
    /// gone when this answers.
    ///
    /// # Errors
    /// [`Failure`] when it could not be decided, or what was erased is not gone yet.
    pub async fn control_command(
        &self,
        tenant: TenantId,
        command: ControlCommand,
        blobs: Vec<(Digest, Vec<u8>)>,
    ) -> Result<(ControlDecided, Option<u64>), Failure> {
        let facts = self.facts(0)?;
        let erases = match &command {
            ControlCommand::Erase(said) => Some(said.task),
            _ => None,
        };
        let input = move |ticket| Input::Control { ticket, tenant, command, blobs, facts };
        let Answer::Control { decided, leaf } = self.answer(Box::new(input)).await? else {
            return Err(Failure::Unknown);
        };
        let erased = decided.events.iter().find_map(|event| match &event.data {
            Data::ControlErased(erased) => Some(erased.task),
            _ => None,
        });
        // One that was erased before may have its key yet.
        let before =
            || erases.filter(|task| self.control(tenant).is_some_and(|live| live.state.erased.contains_key(task)));
        // Whoever is cut off before this leaves the key of a task that the record calls erased: a beat destroys it.
        if let Some(task) = erased.or_else(before) {
            self.destroy(tenant, task).await?;
        }
        Ok((*decided, leaf))
    }

    /// Destroys what the record calls erased and is there yet, where anything was erased since this was done last.
    pub(super) fn go_on_erasing(&self, tenant: TenantId) -> Result<(), bailiwick_store::StoreError> {
        let recorded = self.control(tenant).map_or(0, |live| live.state.erased.len());
        let done = || self.erasures_done.lock().unwrap_or_else(PoisonError::into_inner);
        if done().get(&tenant).copied().unwrap_or(0) == recorded {
            return Ok(());
        }
        self.finish_erasures(tenant)?;
        done().insert(tenant, recorded);
        Ok(())
    }

    /// Destroys the key of a task that the record calls erased, and all that is sealed under it.
    async fn destroy(&self, tenant: TenantId, task: TaskId) -> Result<(), Failure> {
        let late = |why: String| Failure::Unavailable(format!("the erasure stands, its key is destroyed later: {why}"));
        // Before the key goes: a backup of before must not bring it back.
        if let Some(guard) = self.keeper().guard().as_mut() {
            guard.erase(tenant, task).map_err(|error| late(error.to_string()))?;
        }
        let store = std::sync::Arc::clone(self.store());
        let gone = self.beside(move || store.erase(tenant, task)).await?;
        gone.map_err(|error| late(error.to_string()))?;
        self.tell(Input::Erased(tenant, task));
        Ok(())
    }

    /// Destroys what is left of tasks that were erased: a node that was killed may have left it, or a store that was put back
    /// by other means. Of a store that went back nothing is touched.
    pub(super) fn finish_erasures(&self, tenant: TenantId) -> Result<(), bailiwick_store::StoreError> {
        if self.behind(tenant).is_some() {
            return Ok(());
        }
        let recorded: Vec<TaskId> =
            self.control(tenant).map(|live| live.state.erased.keys().copied().collect()).unwrap_or_default();
        let mut listed: BTreeSet<TaskId> = BTreeSet::new();
        if let Some(guard) = self.keeper().guard().as_mut() {
            for task in recorded.iter().filter(|task| self.has_key(tenant, **task).unwrap_or(true)) {
                guard.erase(tenant, *task).map_err(|error| bailiwick_store::StoreError::Broken(error.to_string()))?;
            }
            listed.extend(guard.erased(tenant));
        }
        for task in recorded.into_iter().chain(listed) {
            if self.has_key(tenant, task)? {
                self.store().erase(tenant, task)?;
                self.tell(Input::Erased(tenant, task));
            }
        }
        Ok(())
    }

    fn has_key(&self, tenant: TenantId, task: TaskId) -> Result<bool, bailiwick_store::StoreError> {
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
            self.destroy(tenant, task).await?;
            again += 1;
        }
        Ok(again)
    }
}
