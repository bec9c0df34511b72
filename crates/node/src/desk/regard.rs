//! What is gathered of a call beside who makes it, for what speaks against it: what is new to its agent, and what its person
//! said no to elsewhere.

use super::{Bound, Desk};
use crate::habits::Marks;
use crate::node::Decision;
use crate::refused::Goal;
use crate::step::Failure;
use bailiwick_core::{Action, Effect, Facts, Micros, PersonId, Salt, TaskState, Verdict, comes_to};

/// Tells goals apart in this process, and is written nowhere.
const IN_MEMORY: Salt = Salt::new([0; 16]);

/// What is remembered of a call while it is decided.
pub(super) struct Regard {
    marks: Marks,
    goal: Option<Goal>,
    /// The person whose task it is, where that was asked.
    requester: Option<PersonId>,
    pub(super) refused_elsewhere: u64,
}

impl Desk {
    /// A call that is about to be decided: the facts with what is gathered of it.
    pub(super) async fn regarded(
        &self,
        bound: &Bound,
        action: &Action,
        facts: Facts,
    ) -> Result<(Facts, Regard), Failure> {
        let rates = &self.node.rates;
        let (agent, marks) = (&bound.caller.agent, Marks::of(action));
        let novel = rates.habits.novel(bound.tenant, agent, &marks);
        let mark = || Goal { tenant: bound.tenant, agent: agent.clone(), comes_to: comes_to(&IN_MEMORY, action) };
        let goal = (action.effect != Effect::Read).then(mark);
        let mut regard = Regard { marks, goal, requester: None, refused_elsewhere: 0 };
        if let Some(goal) = regard.goal.as_ref().filter(|goal| rates.refused.knows(goal)) {
            regard.requester = self.requester(bound).await?;
            let elsewhere = |person| rates.refused.elsewhere(goal, (bound.task, person), facts.now);
            regard.refused_elsewhere = regard.requester.as_ref().map_or(0, elsewhere);
        }
        let refused_elsewhere = regard.refused_elsewhere;
        Ok((Facts { novel: Some(novel), refused_elsewhere, ..facts }, regard))
    }

    /// What the decision on it tells.
    pub(super) async fn learnt(&self, bound: &Bound, regard: Regard, decision: &Decision, now: Micros) {
        let rates = &self.node.rates;
        match decision.decided.verdict {
            Verdict::Allow { .. } | Verdict::Done => {
                rates.habits.learn(bound.tenant, &bound.caller.agent, &regard.marks, now);
                if let (Some(goal), Some(requester)) = (&regard.goal, &regard.requester) {
                    rates.refused.forget(goal, requester);
                }
            }
            // The same call that waits already asks nobody again.
            Verdict::StepUp { approval } if !decision.decided.events.is_empty() => {
                // Where the task cannot be read any more, nobody answers in it either.
                let requester = self.requester(bound).await.ok().flatten();
                if let (Some(goal), Some(requester)) = (regard.goal, requester) {
                    rates.refused.asked((bound.tenant, bound.task, approval), goal, requester);
                }
            }
            _ => {}
        }
    }

    async fn requester(&self, bound: &Bound) -> Result<Option<PersonId>, Failure> {
        self.node.look(bound.tenant, bound.task, |task: &TaskState, _: &_| task.requester.clone()).await
    }
}
