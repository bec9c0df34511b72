//! What is gathered of a call beside who makes it, for what speaks against it: what is new to its agent, and what its person
//! said no to elsewhere.

use super::{Bound, Desk};
use crate::habits::Marks;
use crate::node::Decision;
use crate::noes::IN_MEMORY;
use crate::refused::Of;
use crate::step::Failure;
use bailiwick_core::{
    Action, ActionBegun, Data, Digest, Effect, Facts, Micros, PersonId, TaskState, Verdict, comes_to,
};

/// What is remembered of a call while it is decided.
pub(super) struct Regard {
    marks: Marks,
    /// What it comes to and the person whose task it is, where that person said no to it elsewhere.
    refused: Option<(Digest, PersonId)>,
    pub(super) refused_elsewhere: u64,
}

impl Desk {
    /// A call that is about to be decided: the facts with what is gathered of it. What it comes to is hashed where people
    /// refused something to its agent, and nowhere else.
    pub(super) async fn regarded(
        &self,
        bound: &Bound,
        action: &Action,
        facts: Facts,
    ) -> Result<(Facts, Regard), Failure> {
        let facts = self.node.with_elsewhere((bound.tenant, bound.task), Some(action), facts).await?;
        let rates = &self.node.rates;
        let (tenant, agent, marks) = (bound.tenant, &bound.caller.agent, Marks::of(action));
        let novel = rates.habits.novel(tenant, agent, &marks);
        let mut regard = Regard { marks, refused: None, refused_elsewhere: 0 };
        if action.effect != Effect::Read && rates.refused.knows(tenant, agent) {
            let goal = comes_to(&IN_MEMORY, action);
            if let Some(person) = self.requester(bound).await? {
                let of = Of { tenant, agent, person: &person };
                regard.refused_elsewhere = rates.refused.elsewhere(of, &goal, bound.task, facts.now);
                regard.refused = (regard.refused_elsewhere > 0).then_some((goal, person));
            }
        }
        let refused_elsewhere = regard.refused_elsewhere;
        Ok((Facts { novel: Some(novel), refused_elsewhere, ..facts }, regard))
    }

    /// What the decision on it tells.
    pub(super) async fn learnt(&self, bound: &Bound, regard: Regard, decision: &Decision, now: Micros) {
        let (rates, agent) = (&self.node.rates, &bound.caller.agent);
        match decision.decided.verdict {
            // That it was done says its outcome.
            Verdict::Allow { act, .. } => {
                rates.habits.begun((bound.tenant, bound.task, act), agent, regard.marks);
                let Some((goal, person)) = regard.refused else { return };
                let begun = decision.decided.events.iter().find_map(|event| match &event.data {
                    Data::ActionBegun(begun) => Some(begun.as_ref()),
                    _ => None,
                });
                // What lets an act pass without their yes, as broken glass does, says nothing for them.
                if let Some(begun) = begun
                    && self.said_yes(bound, begun, &person).await
                {
                    rates.refused.forget(Of { tenant: bound.tenant, agent, person: &person }, &goal);
                }
            }
            Verdict::Done => rates.habits.learn(bound.tenant, agent, &regard.marks, now),
            _ => {}
        }
    }

    /// Whether this person is one of those whose yes an act used.
    async fn said_yes(&self, bound: &Bound, begun: &ActionBegun, person: &PersonId) -> bool {
        let (signed, person) = (begun.approvals.clone(), person.clone());
        let look = move |task: &TaskState, _: &_| {
            let mut given = task.approvals.values().flat_map(|approval| &approval.given);
            given.any(|given| given.person == person && signed.contains(&given.signed))
        };
        !begun.approvals.is_empty() && self.node.look(bound.tenant, bound.task, look).await.unwrap_or(false)
    }

    async fn requester(&self, bound: &Bound) -> Result<Option<PersonId>, Failure> {
        self.node.look(bound.tenant, bound.task, |task: &TaskState, _: &_| task.requester.clone()).await
    }
}
