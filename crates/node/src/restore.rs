//! Going on from a copy of the store: a new epoch begins, in which nothing of before counts.

use crate::keeper::KeepError;
use crate::node::Node;
use crate::step::Failure;
use bailiwick_core::{AgentId, By, Command, ControlCommand, LogHead, Standing, TenantId, ToolEntry, ToolId};
use bailiwick_record::Mark;
use std::sync::Arc;

/// What a restore came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The epoch that began.
    pub epoch: u32,
    /// The leaf of the event that says so.
    pub leaf: u64,
    /// Tasks that ended with it.
    pub ended: u64,
    /// Agents that act again only once somebody says so.
    pub suspended: Vec<AgentId>,
    /// Whether the tenant's work goes on, as it did in the copy: a stop of after it is not in it.
    pub running: bool,
    /// Tools that were quarantined in the copy. What was quarantined after it is usable again.
    pub quarantined: Vec<ToolId>,
}

/// The epoch that begins in a store whose record is of one epoch and whose row of the same or a later one. Never one that was
/// there already, in what is lost or in what is known; one that was raised and no more is gone on with.
pub fn next_epoch((recorded, row): (u32, u32), known: Option<Mark>) -> Option<u32> {
    let seen = recorded.max(known.map_or(0, |known| known.epoch));
    Some(seen.checked_add(1)?.max(row))
}

impl Node {
    /// Begins a new epoch of a tenant whose store was put back. `known` is the highest head of its log that is remembered
    /// outside of the store. Sent again after it broke off, it goes on.
    ///
    /// # Errors
    /// [`KeepError`] when the store is not what nodes of the tenant wrote, or cannot be written.
    pub async fn restore(
        self: &Arc<Self>,
        tenant: TenantId,
        by: By,
        known: Option<Mark>,
    ) -> Result<Restored, KeepError> {
        let control = self.control_now(tenant)?;
        let unavailable = |error: bailiwick_store::StoreError| Failure::Unavailable(error.to_string());
        let row = self.store().log(tenant).map_err(unavailable)?.epoch;
        let epoch = next_epoch((control.state.epoch, row), known)
            .ok_or_else(|| Failure::Unavailable("no further epoch".to_owned()))?;
        // First the row: from here on no other node appends what this epoch would not know. A crash before the event leaves
        // a row that is not the record's, and that allows nothing.
        self.store().raise_epoch(tenant, epoch).map_err(unavailable)?;
        let before = known.map(|known| LogHead { epoch: known.epoch, root: known.root, size: known.size });
        let command = ControlCommand::Restore { by, epoch, before };
        let (decided, leaf) = self.control_command(tenant, command, Vec::new()).await?;
        match (decided.refused, leaf) {
            (None, Some(leaf)) => {
                let suspended = control.state.agents.keys().cloned().collect();
                let quarantined = |entry: &ToolEntry| entry.pinned.standing == Standing::Quarantined;
                let tools = control.state.tools.iter().filter(|(_, entry)| quarantined(entry));
                let quarantined = tools.map(|(tool, _)| tool.clone()).collect();
                let ended = self.write_endings(tenant).await?;
                Ok(Restored { epoch, leaf, ended, suspended, running: control.state.running, quarantined })
            }
            (refused, _) => {
                let why = refused.map_or_else(|| "nothing was appended".to_owned(), |reason| reason.to_string());
                Err(Failure::Unavailable(why).into())
            }
        }
    }

    /// Writes down what the new epoch has ended: it is true already, and whoever looks at a task is to see it.
    async fn write_endings(self: &Arc<Self>, tenant: TenantId) -> Result<u64, Failure> {
        let mut ended = 0_u64;
        for task in self.task_streams(tenant).await? {
            let live = self.look(tenant, task, |task, _| task.standing.live()).await?;
            // One tick has room for so many endings; the end of a task is one.
            let told = self.command(tenant, task, Command::Tick, self.facts(0)?).await?;
            ended += u64::from(live && !told.decided.events.is_empty());
        }
        Ok(ended)
    }
}
