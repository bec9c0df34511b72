//! What a server has on record of an act that is in doubt: how it is read, and the settlement by what was read.

use super::{Asked, Attempted, Bound, Desk, Reading};
use crate::live::LiveControl;
use crate::step::Failure;
use bailiwick_catalogue::RecordCall;
use bailiwick_core::json::Json;
use bailiwick_core::{ActStanding, By, Command, Digest, Facts, GrantId, SettleByRecord, TaskState, ToolId, Verdict};

impl Desk {
    /// How the server's own record of an act is read: where the act is in doubt, a binding says how, and the grant names the
    /// tool that reads. Writes nothing. Where the call was kept and not brought, `sent` is the digest of what was sent: of one
    /// that was kept in part nothing is read.
    ///
    /// # Errors
    /// [`Failure`] when the task cannot be read.
    pub async fn record(
        &self,
        bound: &Bound,
        asked: Asked,
        (act, leaf): (u64, u64),
        sent: Option<Digest>,
    ) -> Result<Option<RecordCall>, Failure> {
        let control = self.node.control_now(bound.tenant)?;
        // the same key of the same grant is forwarded as the same text
        let Reading { forward, action, .. } = self.read(bound, &control, &asked)?;
        if sent.is_some_and(|sent| sent != action.sent) {
            return Ok(None);
        }
        let Some(call) = control.catalogue.record_call(&asked.tool, &forward) else { return Ok(None) };
        let (grant, now, tool) = (bound.grant, self.node.now(), call.tool.clone());
        let look = move |task: &TaskState, _: &LiveControl| {
            let act = task.acts.get(&act).filter(|own| own.leaf == leaf && own.grant == grant);
            let doubtful = act.is_some_and(|act| act.standing != ActStanding::Asked && act.in_doubt(now));
            // what would be refused is not tried: nobody asked for it
            doubtful && names(task, grant, &tool)
        };
        let may = self.node.look(bound.tenant, bound.task, look).await?;
        Ok(may.then_some(call))
    }

    /// Decides a read of a server's own record that a person wants, through the grant of the act in doubt: as a call of its
    /// holder would be decided, and recorded as nobody's call.
    ///
    /// # Errors
    /// As of [`Self::attempt`].
    pub async fn attempt_in_place(&self, bound: &Bound, by: By, asked: Asked) -> Result<Attempted, Failure> {
        self.attempt_for(bound, asked, Some(by)).await
    }

    /// Settles an act that is in doubt by what the act `read` has just read. `None`: it tells nothing, or it was settled
    /// meanwhile; else whether it was done.
    ///
    /// # Errors
    /// [`Failure`] when it could not be decided or made durable; the act then stays in doubt.
    pub async fn settle_by_record(
        &self,
        bound: &Bound,
        tool: &ToolId,
        (act, leaf): (u64, u64),
        read: u64,
        seen: &Json,
    ) -> Result<Option<bool>, Failure> {
        let control = self.node.control_now(bound.tenant)?;
        let Some(found) = control.catalogue.on_record(tool, seen) else { return Ok(None) };
        let done = found.done;
        let said = SettleByRecord { act, leaf, read, done, observed: found.observed };
        let facts = Facts { mode: bound.mode, ..self.node.facts(0)? };
        let command = Command::SettleByRecord(Box::new(said));
        let settled = self.node.command(bound.tenant, bound.task, command, facts).await?;
        self.settled.notify_waiters();
        Ok((settled.decided.verdict == Verdict::Done).then_some(done))
    }
}

fn names(task: &TaskState, grant: GrantId, tool: &ToolId) -> bool {
    let held = task.grants.get(&grant).filter(|held| held.standing.live());
    held.and_then(|held| held.envelope.as_ref()).is_some_and(|envelope| envelope.names(tool))
}
