//! Acts that last, looked at again while they are open: whether they may go on, and whether what their caller can use is
//! as it was.

use super::{Asked, Bound, Desk, Reading};
use crate::live::LiveControl;
use crate::step::Failure;
use bailiwick_core::{Attempt, Facts, GrantId, Novel, TaskState, sha256};

/// What a caller's grant comes to now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Whether it and all above it are live.
    pub live: bool,
    /// Another text when what it is shown may be another; of the same text it is the same.
    pub name: String,
}

impl Desk {
    /// Whether an act that has begun would still be allowed, by the task and the control as they stand: its lineage is
    /// live, its tool is as reviewed, envelope and role name it and policy does not forbid it. Without an `act` it is over,
    /// and what came of it is asked for. Writes nothing.
    ///
    /// # Errors
    /// [`Failure`] when nobody can say: then it may not go on either.
    pub async fn stands(&self, bound: &Bound, asked: Asked, act: Option<(u64, u64)>) -> Result<bool, Failure> {
        let control = self.node.control_now(bound.tenant)?;
        let Reading { action, refused, .. } = self.read(bound, &control, &asked)?;
        let attempt = Attempt {
            grant: bound.grant,
            epoch: bound.epoch,
            action,
            refused,
            settle_within: asked.settle_within,
            signature: None,
            continues: None,
        };
        // What began as a probe of a breaker goes on as one, while that breaker is half-open.
        let carried = |(act, _): (u64, u64)| self.node.rates.breakers.carries((bound.tenant, bound.task, act));
        let probes = act.map(carried).unwrap_or_default();
        // What has begun is not new any more.
        let facts = Facts { novel: Some(Novel::default()), probes, ..self.facts(bound, None)? };
        let of = (bound.tenant, bound.task);
        let facts = self.node.with_elsewhere(of, Some(&attempt.action), facts).await?;
        self.stands_consulted(bound, act, attempt, facts).await
    }

    /// What the caller's grant comes to now, for whoever has to know when that changes.
    ///
    /// # Errors
    /// [`Failure`] when the task cannot be read.
    pub async fn mark(&self, bound: &Bound) -> Result<Mark, Failure> {
        let grant = bound.grant;
        let look = move |task: &TaskState, control: &LiveControl| mark(task, control.state.seq, grant);
        self.node.look(bound.tenant, bound.task, look).await
    }
}

fn mark(task: &TaskState, control: u64, grant: GrantId) -> Mark {
    let lineage = task.lineage(grant).unwrap_or_default();
    let live = task.standing.live() && !lineage.is_empty() && lineage.iter().all(|grant| grant.standing.live());
    let held: Vec<_> = lineage.iter().map(|grant| (grant.id, grant.privileged, &grant.envelope)).collect();
    // by INVARIANT of these types: all are written as texts and numbers, so writing them cannot fail
    let form = serde_json::to_vec(&(live, control, held)).unwrap_or_default();
    Mark { live, name: sha256(&form).to_string() }
}
