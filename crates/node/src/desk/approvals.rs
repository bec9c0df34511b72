//! What people are asked: which requests are open, what they are shown, what they sign, and what they answer.

use super::awaited::refused_before;
use super::{Bound, Desk, Waits};
use crate::codec::open_event;
use crate::live::{LiveControl, control_stream};
use crate::refused::No;
use crate::step::Failure;
use bailiwick_core::json::Json;
use bailiwick_core::{
    AgentId, ApprovalStanding, ApprovalState, Approve, Command, Data, Event, PersonId, Reason, RefuseApproval, TaskId,
    TaskState, TenantId, View, Void, display_digest, is_asked, may_sign, signed_by_all, why_void,
};

/// A request, as people are shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalSummary {
    /// As it stands in the task.
    pub state: ApprovalState,
    /// The task.
    pub task: TaskId,
    /// Who wants to act.
    pub agent: Option<AgentId>,
    /// What the task is for; `None` once it is erased.
    pub intent: Option<String>,
    /// Who started the task.
    pub requester: Option<PersonId>,
    /// Whether all have said yes: the same call begins.
    pub signed: bool,
    /// Whether its grant, and everything above it, lives, the act can still be done and is what the agent wants now, and the
    /// consent that it asks about was not renewed since: else nobody needs to answer.
    pub live: bool,
    /// Whether it asks the one who looks, whatever became of it.
    pub asks: bool,
    /// The request that was made since, of another version of what this one points to or for another amount; of one that is void
    /// the one that asks anew.
    pub newer: Option<u64>,
    /// As what somebody may sign it now.
    pub mine: Vec<String>,
    /// What they would sign, by role: the text of the statement.
    pub statements: Vec<(String, String)>,
    /// Of each yes, in their order, why it counts no more.
    pub void: Vec<Option<Void>>,
}

impl ApprovalSummary {
    fn of(
        task: &TaskState,
        control: &LiveControl,
        state: &ApprovalState,
        person: Option<&PersonId>,
        now: bailiwick_core::Micros,
    ) -> Self {
        let view = View::of(task, &control.state);
        let mine = person.map(|person| may_sign(view, state, person, now)).unwrap_or_default();
        let signed = signed_by_all(view, state, now);
        // what all signed is used by its call, whatever was asked for since
        let superseded = task.superseded(state).filter(|_| !signed);
        let open = state.standing == ApprovalStanding::Open;
        let over = open && (task.past_doing(state) || superseded.is_some());
        let void = state.given.iter().map(|given| why_void(view, state, given, now)).collect();
        let text = |role: &String| Some((role.clone(), task.statement(state, role, person?).text()));
        Self {
            state: state.clone(),
            task: task.id,
            agent: task.grants.get(&state.grant).map(|grant| grant.holder.clone()),
            intent: task.intent.clone(),
            requester: task.requester.clone(),
            signed,
            live: task.standing.live()
                && !task.renewed_since(state)
                && !over
                && task.lineage(state.grant).is_some_and(|line| line.iter().all(|grant| grant.standing.live())),
            newer: match &state.standing {
                ApprovalStanding::Void { .. } => task.asked_anew(state),
                _ => task.newer(state).or(superseded),
            }
            .map(|newer| newer.leaf),
            asks: person.is_some_and(|person| is_asked(view, state, person, now)),
            statements: mine.iter().filter_map(text).collect(),
            mine,
            void,
        }
    }
}

/// Which request a person is asked about, and who the person is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YesAsked {
    /// The request, by the leaf of its `approval.asked`.
    pub leaf: u64,
    /// Who looks at it; nobody where it is only looked at.
    pub person: Option<PersonId>,
}

/// What an answer came to.
pub type Answered = Result<u64, Reason>;

impl Desk {
    /// What a call waits for, as it stands now; and beside the reasons for it, what people said no to before that comes to the
    /// same. That stands in the no to that call, and is told here.
    pub(super) async fn waits(
        &self,
        bound: &Bound,
        approval: u64,
        mut reasons: Vec<Reason>,
    ) -> Result<(Vec<Reason>, Option<Waits>), Failure> {
        let look = move |task: &TaskState, _: &LiveControl| {
            let state = task.approvals.get(&approval)?;
            let waits = Waits { approval: state.leaf, until: state.terms.not_after };
            Some((waits, refused_before(task, state)))
        };
        let (waits, before) = self.node.look(bound.tenant, bound.task, look).await?.unzip();
        reasons.extend(before.flatten());
        Ok((reasons, waits))
    }

    /// The task and the event of a request; `None` where the leaf is another event's.
    fn asked_at(&self, tenant: TenantId, leaf: u64) -> Result<Option<(TaskId, Event)>, Failure> {
        let unavailable = |error: &dyn std::fmt::Display| Failure::Unavailable(error.to_string());
        let store = self.node.store();
        let found = store.leaves(tenant, leaf, 1).map_err(|error| unavailable(&error))?;
        let Some(stored) = found.into_iter().find(|stored| stored.leaf == leaf) else { return Ok(None) };
        if stored.stream == control_stream(tenant) {
            return Ok(None);
        }
        if let Some(why) = self.node.unlike(tenant, None, &stored)? {
            return Err(Failure::Unavailable(format!("the store was changed: this event {why}")));
        }
        let key = self.node.vault().data_key(store.as_ref(), tenant, stored.stream);
        let key = key.map_err(|error| unavailable(&error))?;
        let event = open_event(tenant, key.as_ref(), &stored).map_err(|error| unavailable(&error))?;
        Ok(matches!(event.data, Data::ApprovalAsked(_)).then_some((stored.stream, event)))
    }

    /// One request, and what is displayed of it; `None` where there is none. What is displayed is missing once it is erased.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be read.
    pub async fn approval(
        &self,
        tenant: TenantId,
        asked: YesAsked,
    ) -> Result<Option<(ApprovalSummary, Option<Json>)>, Failure> {
        let YesAsked { leaf, person } = asked;
        let Some((task, event)) = self.asked_at(tenant, leaf)? else { return Ok(None) };
        let now = self.node.now();
        let look = move |task: &TaskState, control: &LiveControl| {
            let state = task.approval_at(leaf)?;
            Some(ApprovalSummary::of(task, control, state, person.as_ref(), now))
        };
        let Some(summary) = self.node.look(tenant, task, look).await? else { return Ok(None) };
        let Data::ApprovalAsked(data) = event.data else { return Ok(None) };
        // What is shown is what the statement holds the digest of, or it is not shown.
        let shown = data.private.map(|private| private.display);
        let shown = shown.filter(|display| display_digest(display) == summary.state.terms.display);
        Ok(Some((summary, shown)))
    }

    /// The requests of one task, as a person sees them.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be read.
    pub async fn approvals_of(
        &self,
        tenant: TenantId,
        task: TaskId,
        person: Option<PersonId>,
    ) -> Result<Vec<ApprovalSummary>, Failure> {
        let now = self.node.now();
        let look = move |task: &TaskState, control: &LiveControl| {
            let each = task.approvals.values();
            each.map(|state| ApprovalSummary::of(task, control, state, person.as_ref(), now)).collect::<Vec<_>>()
        };
        self.node.look(tenant, task, look).await
    }

    /// Says yes to a request. The signature was checked by whoever brings it.
    ///
    /// # Errors
    /// [`Failure`] when it could not be made durable.
    pub async fn approve(&self, tenant: TenantId, task: TaskId, said: Approve) -> Result<Answered, Failure> {
        self.answer(tenant, task, Command::Approve(Box::new(said))).await
    }

    /// Says no to a request.
    ///
    /// # Errors
    /// [`Failure`] when it could not be made durable.
    pub async fn refuse_approval(
        &self,
        tenant: TenantId,
        task: TaskId,
        said: RefuseApproval,
    ) -> Result<Answered, Failure> {
        let no = No { at: self.node.now(), task, approval: said.approval };
        let answered = self.answer(tenant, task, Command::RefuseApproval(Box::new(said))).await?;
        if answered.is_ok() {
            // What could not be read back now is heard of by the log.
            let _later = self.node.remember_no(tenant, no).await;
        }
        Ok(answered)
    }

    async fn answer(&self, tenant: TenantId, task: TaskId, command: Command) -> Result<Answered, Failure> {
        let decision = self.node.command(tenant, task, command, self.node.facts(0)?).await?;
        self.settled.notify_waiters();
        match decision.decided.reasons.into_iter().next() {
            Some(reason) => Ok(Err(reason)),
            None => decision.leaf.map(Ok).ok_or(Failure::Unknown),
        }
    }

    /// Answers once somebody has answered a request, or it ran out: then the same call is worth another try.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be read.
    pub async fn answered(&self, bound: &Bound, approval: u64) -> Result<(), Failure> {
        loop {
            let told = self.settled.notified();
            let now = self.node.now();
            let look = move |task: &TaskState, control: &LiveControl| {
                let state = task.approval_at(approval).filter(|state| state.open(now));
                let signed = |state: &&ApprovalState| signed_by_all(View::of(task, &control.state), state, now);
                !task.standing.live() || state.is_none_or(|state| signed(&state))
            };
            if self.node.look(bound.tenant, bound.task, look).await? {
                return Ok(());
            }
            // Another node may be where it is answered: then it is seen at the next look.
            let _either = tokio::time::timeout(ANSWER_LOOKED_FOR_EVERY, told).await;
        }
    }
}

/// How often it is looked whether another node was told the answer.
const ANSWER_LOOKED_FOR_EVERY: std::time::Duration = std::time::Duration::from_secs(2);
