//! What a decision and an outcome tell of faults: which breakers open, which probes went well.

use super::{Bound, Desk};
use crate::breakers::{Called, Opens};
use crate::node::Decision;
use crate::step::Failure;
use bailiwick_core::{
    Action, Code, ControlCommand, ControlState, Data, Digest, GrantId, Micros, Outcome, Risk, Sign, TaskState, ToolId,
    Trouble, Verdict, Whose, comes_to, of_stranger, sha256,
};

/// What is remembered of a call while it is decided.
pub(super) struct Trial {
    pub(super) called: Called,
    /// Tells this call from another one.
    call: Digest,
    /// A round of a call that goes on is none made again.
    again: bool,
    /// The half-open breakers that it is a probe of.
    pub(super) probes: Vec<u64>,
}

fn called(bound: &Bound, tool: &ToolId) -> Called {
    let (agent, above) = (bound.caller.agent.clone(), Vec::new());
    Called { tenant: bound.tenant, agent, grant: bound.grant, above, tool: tool.clone() }
}

/// Whether a breaker of another grant is open: then it matters which grants are above.
fn over_grants(control: &ControlState, own: GrantId) -> bool {
    control.breakers.values().any(|breaker| matches!(breaker.whose, Whose::Grant(of) if of != own))
}

/// Whether a refusal tells of a fault of who called: one that a breaker made does not keep it open.
const fn of_fault(code: Code) -> bool {
    !of_stranger(code) && !matches!(code, Code::Declined | Code::BreakerOpen | Code::EngineFailed | Code::TenantStopped)
}

impl Desk {
    /// A call that is about to be decided.
    pub(super) async fn trial(
        &self,
        bound: &Bound,
        control: &ControlState,
        (action, goes_on): (&Action, bool),
        now: Micros,
    ) -> Trial {
        let mut called = called(bound, &action.tool);
        if over_grants(control, bound.grant) {
            let own = bound.grant;
            let above = move |task: &TaskState, _: &_| -> Vec<GrantId> {
                task.lineage(own)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|grant| grant.id)
                    .filter(|id| *id != own)
                    .collect()
            };
            // Of a task that cannot be read nothing is allowed, so nothing is a probe either.
            called.above = self.node.look(bound.tenant, bound.task, above).await.unwrap_or_default();
        }
        let probes = self.node.rates.breakers.probe(control, &called, now);
        // Hashing all arguments of each call is for rules that tell one from another.
        let mut told_apart = control.rules.values().filter_map(|entry| entry.document.breaker.as_ref());
        let call = match told_apart.any(|rule| rule.on == Trouble::Retries) {
            true => sha256(format!("{} {}", action.tool, action.arguments.canonical()).as_bytes()),
            false => sha256(b""),
        };
        Trial { called, call, again: !goes_on, probes }
    }

    /// What the decision on it tells.
    pub(super) async fn tried(
        &self,
        bound: &Bound,
        control: &ControlState,
        trial: Trial,
        decision: &Result<Decision, Failure>,
        now: Micros,
    ) {
        let breakers = &self.node.rates.breakers;
        let Trial { called, call, again, probes } = trial;
        let Ok(decision) = decision else { return breakers.give_back(bound.tenant, &probes) };
        let mut opens = Vec::new();
        let mut count = |on| opens.extend(breakers.count(control, &called, on, call, now));
        let verdict = &decision.decided.verdict;
        if again && !matches!(verdict, Verdict::Look) {
            count(Trouble::Retries);
        }
        let mut refused = false;
        match verdict {
            Verdict::Done => count(Trouble::FanOut),
            // The same call that waits already asks nobody again.
            Verdict::StepUp { .. } if !decision.decided.events.is_empty() => count(Trouble::FanOut),
            Verdict::Deny if decision.decided.reasons.first().is_some_and(|reason| of_fault(reason.code)) => {
                refused = true;
                count(Trouble::Refusals);
            }
            _ => {}
        }
        let again = |risk: &Risk| risk.has(Sign::RefusedGoal) || risk.has(Sign::RefusedElsewhere);
        let asks = matches!(verdict, Verdict::StepUp { .. }) && !decision.decided.events.is_empty();
        // Who is told of a no has to make the call again for it.
        let told = decision.decided.reasons.first().is_some_and(|reason| reason.code == Code::ApprovalRefused);
        if (refused || asks)
            && !told
            && decision.decided.risk.as_ref().is_some_and(again)
            && self.own(bound, decision).await
        {
            count(Trouble::Goals);
        }
        match verdict {
            Verdict::Allow { act, .. } if !probes.is_empty() => {
                breakers.carry((bound.tenant, bound.task, *act), probes);
            }
            Verdict::Done => self.close(bound, breakers.well(control, bound.tenant, &probes)).await,
            _ => {
                breakers.give_back(bound.tenant, &probes);
                let refusals = [Trouble::Refusals, Trouble::Goals];
                let of_refusals = |seq: &u64| control.breakers.get(seq).is_some_and(|of| refusals.contains(&of.on));
                let again: Vec<u64> = probes.into_iter().filter(|seq| refused && of_refusals(seq)).collect();
                opens.extend(breakers.wrong(control, (bound.tenant, &bound.caller.agent), &again));
            }
        }
        self.open(bound, opens).await;
    }

    /// Whether what was refused before was refused to who tries it now, or to whom they work for: what another was refused
    /// asks, and shuts nobody's breaker but that one's.
    async fn own(&self, bound: &Bound, decision: &Decision) -> bool {
        if decision.decided.risk.as_ref().is_some_and(|risk| risk.has(Sign::RefusedElsewhere)) {
            return true;
        }
        let called = decision.decided.events.iter().find_map(|event| match &event.data {
            Data::ActionWaiting(of) => Some(of.action.whole(of.private.as_ref()?)),
            Data::ActionRefused(of) => Some(of.action.whole(of.private.as_ref()?)),
            _ => None,
        });
        // What is counted and not written is the same try once more.
        let (Some(action), grant) = (called, bound.grant) else { return false };
        let look = move |task: &TaskState, _: &_| {
            let goal = task.salt.as_ref().map(|salt| comes_to(salt, &action));
            goal.is_some_and(|goal| task.refused_to_own(&goal, (grant, &action.tool)))
        };
        self.node.look(bound.tenant, bound.task, look).await.unwrap_or(false)
    }

    /// What the outcome of an act tells.
    pub(super) async fn came_to(
        &self,
        bound: &Bound,
        control: &ControlState,
        (tool, act): (&ToolId, u64),
        failed: bool,
        now: Micros,
    ) {
        let breakers = &self.node.rates.breakers;
        let probes = breakers.carried((bound.tenant, bound.task, act));
        if !failed {
            return self.close(bound, breakers.well(control, bound.tenant, &probes)).await;
        }
        breakers.give_back(bound.tenant, &probes);
        let mut opens = breakers.wrong(control, (bound.tenant, &bound.caller.agent), &probes);
        opens.extend(breakers.count(control, &called(bound, tool), Trouble::Failures, sha256(b""), now));
        self.open(bound, opens).await;
    }

    async fn open(&self, bound: &Bound, opens: Vec<Opens>) {
        for Opens { rule, whose, counted } in opens {
            let command = ControlCommand::OpenBreaker { rule, whose, counted };
            // Where nothing can be appended nothing is allowed either.
            let _unsaid = self.node.control_command(bound.tenant, command, Vec::new()).await;
        }
    }

    async fn close(&self, bound: &Bound, closes: Vec<u64>) {
        for breaker in closes {
            let command = ControlCommand::CloseBreaker { by: None, breaker };
            // What could not be closed now is by the next probe.
            let _unsaid = self.node.control_command(bound.tenant, command, Vec::new()).await;
        }
    }
}

/// Whether an outcome is a fault: that a server says that nothing was done is an answer.
pub(super) const fn is_fault(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::NeverSent | Outcome::Doubt { .. })
}
