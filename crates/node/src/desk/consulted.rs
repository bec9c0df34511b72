//! A command that engines outside have a say in: decided, they are asked, and it is decided again with what they said.

use super::{Bound, Desk};
use crate::consult::failed;
use crate::live::LiveControl;
use crate::node::Decision;
use crate::step::Failure;
use bailiwick_core::{Attempt, Command, Consult, ControlState, Facts, Stands, TaskState, Verdict, View, stands};
use std::sync::Arc;

/// How often engines are asked about one call whose task changes meanwhile.
const CONSULTS_MAX: usize = 3;

impl Desk {
    /// Decides an attempt.
    pub(super) async fn consulted(
        &self,
        bound: &Bound,
        control: &ControlState,
        attempt: Attempt,
        mut facts: Facts,
    ) -> Result<Decision, Failure> {
        let decide = |attempt: Attempt, facts: Facts| {
            self.node.command(bound.tenant, bound.task, Command::Attempt(Box::new(attempt)), facts)
        };
        if control.policies.values().all(|(text, _)| text.opa.is_none()) {
            return match decide(attempt, facts).await? {
                // one was named a moment ago: whoever calls tries again
                Decision { decided, .. } if matches!(decided.verdict, Verdict::Consult(_)) => Err(Failure::Busy),
                decision => Ok(decision),
            };
        }
        for turn in 0..=CONSULTS_MAX {
            let decision = decide(attempt.clone(), facts.clone()).await?;
            let Verdict::Consult(wanted) = &decision.decided.verdict else { return Ok(decision) };
            facts = self.with_engines(wanted, facts, turn).await;
        }
        Err(Failure::Busy)
    }

    /// Looks whether an act that has begun stands.
    pub(super) async fn stands_consulted(
        &self,
        bound: &Bound,
        act: Option<(u64, u64)>,
        attempt: Attempt,
        mut facts: Facts,
    ) -> Result<bool, Failure> {
        let attempt = Arc::new(attempt);
        for turn in 0..=CONSULTS_MAX {
            let (of, now) = (Arc::clone(&attempt), facts.clone());
            let look = move |task: &TaskState, control: &LiveControl| {
                stands(View::of(task, &control.state), control.policy.as_ref(), act, &of, &now)
            };
            match self.node.look(bound.tenant, bound.task, look).await? {
                Stands::Yes => return Ok(true),
                Stands::No(_) => return Ok(false),
                Stands::Consult(wanted) => facts = self.with_engines(&wanted, facts, turn).await,
            }
        }
        Ok(false)
    }

    /// The facts with what these engines say, as they are once they have said it.
    async fn with_engines(&self, wanted: &[Consult], facts: Facts, turn: usize) -> Facts {
        let engines = if turn + 1 < CONSULTS_MAX {
            self.node.consult(wanted).await
        } else {
            wanted.iter().map(|of| failed(of, "what it is asked about changes faster than it answers")).collect()
        };
        let others = facts.engines.iter().filter(|known| engines.iter().all(|new| new.name != known.name));
        let engines = others.cloned().chain(engines.iter().cloned()).collect();
        Facts { engines, now: self.node.now(), ..facts }
    }
}
