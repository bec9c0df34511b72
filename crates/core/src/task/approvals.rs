//! The approvals of a task: asked, given, refused, used.

use super::{GrantState, Offer, TaskState};
use crate::approval::{AskedFor, Need, Statement, Terms};
use crate::control::BadFold;
use crate::event::{
    ActionBegun, ActionRefused, ApprovalAsked, ApprovalEscalated, ApprovalExpired, ApprovalGiven, ApprovalRefused,
};
use crate::json::Json;
use crate::reason::Code;
use crate::{Digest, Effect, GrantId, Impact, Micros, PersonId, ToolId};
use serde::{Deserialize, Serialize};

/// How a request to say yes stands. That it ran out is for whoever looks to see, also before it is written down: silence never
/// means yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ApprovalStanding {
    /// It may be signed, or used once all have.
    Open,
    /// Somebody said no.
    Refused {
        /// Who.
        by: PersonId,
        /// Arguments that they would say yes to; `None` also once they are erased.
        instead: Option<Json>,
        /// Why; empty once it is erased.
        reason: String,
        /// Whether the agent was told.
        told: bool,
    },
    /// An act used it.
    Used {
        /// The act, by the seq of its `action.begun`.
        act: u64,
    },
    /// It ran out.
    Expired,
    /// Somebody said no to what comes to the same, since: no yes to it counts.
    Void {
        /// Who.
        by: PersonId,
        /// What they said no to: the request, by the leaf of its `approval.asked`.
        refused: u64,
    },
}

/// A yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// When.
    pub at: Micros,
    /// By which passkey.
    pub passkey: String,
    /// Who.
    pub person: PersonId,
    /// As what.
    pub role: String,
    /// The digest of the statement.
    pub signed: Digest,
    /// Whether one person stood for two.
    pub single_person: bool,
}

/// A request to say yes to one act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalState {
    /// The seq of its `approval.asked`: its name in the task.
    pub seq: u64,
    /// The leaf of that event: its name in the tenant.
    pub leaf: u64,
    /// When.
    pub asked: Micros,
    /// Under which grant.
    pub grant: GrantId,
    /// The tool.
    pub tool: ToolId,
    /// What it does.
    pub effect: Effect,
    /// How much is at stake.
    pub impact: Impact,
    /// What it comes to.
    pub goal: Digest,
    /// The action digest without what it points to, where it points to anything: of every version the same.
    pub plain: Option<Digest>,
    /// The salted hash of the act's idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Digest>,
    /// Who is to say yes.
    pub needs: Vec<Need>,
    /// What they say yes to.
    pub terms: Terms,
    /// Who did.
    pub given: Vec<Given>,
    /// How it stands.
    pub standing: ApprovalStanding,
    /// The needs that were said to have gone on to others, by their roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalated: Vec<String>,
    /// What is offered in its place is held to this; kept while nobody has answered it, and not once it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_for: Option<Box<AskedFor>>,
}

impl ApprovalState {
    /// Whether it may still be signed or used.
    pub fn open(&self, now: Micros) -> bool {
        self.standing == ApprovalStanding::Open && now < self.terms.not_after
    }

    /// The needs that go on to others at `now`, and were not said to yet.
    pub(crate) fn goes_on(&self, now: Micros) -> Vec<String> {
        let due = |need: &&Need| self.goes_on_at(need).is_some_and(|at| at <= now);
        self.needs.iter().filter(due).map(|need| need.role.clone()).collect()
    }

    fn goes_on_at(&self, need: &Need) -> Option<Micros> {
        let at = self.asked.after(need.escalate.as_ref()?.after);
        Some(at).filter(|at| *at < self.terms.not_after && !self.escalated.contains(&need.role))
    }

    /// When something of it falls due that is to be written down: it goes on to others, or runs out.
    fn due(&self) -> Option<Micros> {
        let on = self.needs.iter().filter_map(|need| self.goes_on_at(need));
        on.chain([self.terms.not_after]).min()
    }

    /// Whether others than the one whose act it is are asked.
    pub fn review(&self) -> bool {
        self.needs.iter().any(|need| !need.confirms())
    }
}

impl ApprovalState {
    /// Whether this asks for another amount than that, of what is the same beside it.
    fn in_place_of(&self, older: &Self) -> bool {
        let same_act = self.grant == older.grant && self.tool == older.tool && self.key == older.key;
        let amounts =
            |of: &Self| -> Vec<_> { of.terms.meters.iter().map(|of| (of.grant, of.unit.clone(), of.amount)).collect() };
        same_act && (self.key.is_some() || self.goal == older.goal) && amounts(self) != amounts(older)
    }

    /// Whether this is the same act with another version of what it points to, and was not done with that.
    pub(crate) fn of_another_version(&self, grant: GrantId, plain: Option<Digest>, action: Digest) -> bool {
        let used = matches!(self.standing, ApprovalStanding::Used { .. });
        plain.is_some() && self.plain == plain && self.grant == grant && self.terms.action != action && !used
    }
}

/// What people said no to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoalRefused {
    /// How often.
    pub refused: u64,
    /// Whom the refused request had asked: whoever tries it another way asks the same.
    pub needs: Vec<Need>,
    /// What was offered by the last no, until an act was done by it or somebody says no once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Box<Offer>>,
}

/// How often a task has asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedSoFar {
    /// Reviews.
    pub reviews: u64,
    /// Confirmations.
    pub confirmations: u64,
    /// Confirmations of acts of high impact.
    pub confirmations_high: u64,
}

impl TaskState {
    /// The statement that this person signs who says yes as `role`.
    pub fn statement(&self, approval: &ApprovalState, role: &str, person: &PersonId) -> Statement {
        let before = approval.given.iter().filter(|given| given.person == *person && given.role == role).count();
        Statement {
            again: u64::try_from(before).unwrap_or(u64::MAX),
            approval: approval.seq,
            person: person.clone(),
            role: role.to_owned(),
            task: self.id,
            tenant: self.tenant,
            terms: approval.terms.clone(),
            of: Statement::TYPE.to_owned(),
        }
    }

    /// The newest request of another version of what this one points to, where it was asked since.
    pub fn newer(&self, approval: &ApprovalState) -> Option<&ApprovalState> {
        let newer = self.approvals.values().rev().take_while(|of| of.seq > approval.seq).map(Box::as_ref);
        let mut newer = newer.filter(|of| of.of_another_version(approval.grant, approval.plain, approval.terms.action));
        newer.next()
    }

    /// The newest request for the very same act, where it was asked anew.
    pub fn asked_anew(&self, approval: &ApprovalState) -> Option<&ApprovalState> {
        let newer = self.approvals.values().rev().take_while(|of| of.seq > approval.seq).map(Box::as_ref);
        let mut same = newer.filter(|of| of.grant == approval.grant && of.terms.action == approval.terms.action);
        same.next()
    }

    /// The newest request by which the same grant has asked for another amount instead: of the act of the same idempotency
    /// key, or, of acts that name none, of what comes to the same. One of the two is what it wants now.
    pub fn superseded(&self, approval: &ApprovalState) -> Option<&ApprovalState> {
        let newer = self.approvals.values().rev().take_while(|of| of.seq > approval.seq).map(Box::as_ref);
        let mut newer = newer.filter(|of| of.in_place_of(approval));
        newer.next()
    }

    /// Whether a request asks only because the consent had aged, and it was renewed since: then nobody needs to answer.
    pub fn renewed_since(&self, approval: &ApprovalState) -> bool {
        let aged = |need: &Need| need.why == crate::approval::Why::Aged;
        self.consented > approval.asked && approval.needs.iter().all(aged)
    }

    /// Whether the act that a request asks about cannot be done any more, whoever says yes: no row names its tool with its effect
    /// now, or its idempotency key is another act's.
    pub fn past_doing(&self, approval: &ApprovalState) -> bool {
        let named = |grant: &&GrantState| {
            let envelope = grant.envelope.as_ref();
            envelope.is_some_and(|envelope| envelope.lists(&approval.tool, approval.effect))
        };
        // Handing on is an axis of its own, and named by no row.
        let lineage = self.lineage(approval.grant).unwrap_or_default();
        let gone = !crate::own::hands_on(&approval.tool) && !lineage.iter().all(named);
        gone || approval.key.is_some_and(|key| self.keys.contains_key(&(approval.grant, key)))
    }

    /// Requests that nobody refused or used, of grants that live: those of others ended with them.
    pub(crate) fn approvals_waiting(&self) -> impl Iterator<Item = &ApprovalState> {
        let live = |grant: GrantId| {
            let lineage = self.lineage(grant).unwrap_or_default();
            self.standing.live() && !lineage.is_empty() && lineage.iter().all(|state| state.standing.live())
        };
        let open = self.approvals.values().map(Box::as_ref).filter(|of| of.standing == ApprovalStanding::Open);
        open.filter(move |of| live(of.grant))
    }

    /// When a request next falls due.
    pub(super) fn approvals_due(&self) -> Option<Micros> {
        // a task without room says nothing of them, and is not to be woken for it
        let waiting = self.approvals_waiting().filter(|_| !crate::decide::full(self));
        waiting.filter_map(ApprovalState::due).min()
    }

    pub(super) fn approval_escalated(&mut self, gone: &ApprovalEscalated) -> Result<(), BadFold> {
        let approval = self.approvals.get_mut(&gone.approval).ok_or(BadFold::Unfit("no such approval"))?;
        if approval.standing != ApprovalStanding::Open {
            return Err(BadFold::Unfit("the approval is not open"));
        }
        approval.escalated.extend(gone.roles.iter().cloned());
        Ok(())
    }

    pub(super) fn approval_expired(&mut self, expired: &ApprovalExpired) -> Result<(), BadFold> {
        let approval = self.approvals.get_mut(&expired.approval).ok_or(BadFold::Unfit("no such approval"))?;
        if approval.standing != ApprovalStanding::Open {
            return Err(BadFold::Unfit("the approval is not open"));
        }
        approval.standing = ApprovalStanding::Expired;
        approval.asked_for = None;
        Ok(())
    }

    /// The request that was asked at this leaf.
    pub fn approval_at(&self, leaf: u64) -> Option<&ApprovalState> {
        self.approvals.values().map(Box::as_ref).find(|approval| approval.leaf == leaf)
    }

    pub(super) fn approval_asked(&mut self, asked: &ApprovalAsked, at: Micros, leaf: u64) {
        let approval = ApprovalState {
            seq: self.seq,
            leaf,
            asked: at,
            grant: asked.grant,
            tool: asked.tool.clone(),
            effect: asked.effect,
            impact: asked.impact,
            goal: asked.goal,
            plain: self.waited.take(),
            key: self.waited_key.take(),
            needs: asked.needs.clone(),
            terms: asked.terms.clone(),
            given: Vec::new(),
            standing: ApprovalStanding::Open,
            escalated: Vec::new(),
            asked_for: asked.private.as_ref().and_then(|private| AskedFor::of(&private.display)).map(Box::new),
        };
        let counts = &mut self.asked;
        if approval.review() {
            counts.reviews += 1;
        } else {
            counts.confirmations += 1;
            counts.confirmations_high += u64::from(asked.impact >= Impact::High);
        }
        self.approvals.insert(self.seq, Box::new(approval));
    }

    pub(super) fn approval_given(&mut self, given: &ApprovalGiven, at: Micros) -> Result<(), BadFold> {
        let approval = self.approvals.get_mut(&given.statement.approval).ok_or(BadFold::Unfit("no such approval"))?;
        if approval.standing != ApprovalStanding::Open {
            return Err(BadFold::Unfit("the approval is not open"));
        }
        approval.given.push(Given {
            at,
            passkey: given.assertion.id.clone(),
            person: given.by.person.clone(),
            role: given.statement.role.clone(),
            signed: given.statement.digest(),
            single_person: given.single_person,
        });
        Ok(())
    }

    pub(super) fn approval_refused(&mut self, refused: &ApprovalRefused) -> Result<(), BadFold> {
        let approval = self.approvals.get_mut(&refused.approval).ok_or(BadFold::Unfit("no such approval"))?;
        if approval.standing != ApprovalStanding::Open {
            return Err(BadFold::Unfit("the approval is not open"));
        }
        let (instead, reason) = match &refused.private {
            Some(private) => (private.instead.clone(), private.reason.clone()),
            None => (None, String::new()),
        };
        let asked = approval.asked_for.take().zip(instead.as_ref()).filter(|_| refused.voids.is_some());
        let offer = asked.map(|(asked, instead)| Offer::of(approval, &refused.by.person, (*asked).with(instead)));
        let by = refused.by.person.clone();
        approval.standing = ApprovalStanding::Refused { by: by.clone(), instead, reason, told: false };
        let (needs, leaf, goal) = (approval.needs.clone(), approval.leaf, approval.goal);
        let goal = self.goals.entry(goal).or_insert(GoalRefused { refused: 0, needs: Vec::new(), offer: None });
        goal.refused += 1;
        goal.needs = needs;
        goal.offer = offer.map(Box::new);
        for seq in refused.voids.iter().flatten() {
            let other = self.approvals.get_mut(seq).filter(|of| of.standing == ApprovalStanding::Open);
            let other = other.ok_or(BadFold::Unfit("no such approval is open"))?;
            other.standing = ApprovalStanding::Void { by: by.clone(), refused: leaf };
            other.asked_for = None;
        }
        Ok(())
    }

    /// The agent was told that somebody said no: asking again is another request.
    pub(super) fn told_refused(&mut self, refused: &ActionRefused) {
        if refused.reasons.first().is_none_or(|reason| reason.code != Code::ApprovalRefused) {
            return;
        }
        let (grant, digest) = (refused.grant, refused.action.digest);
        for approval in self.approvals.values_mut().filter(|of| of.grant == grant && of.terms.action == digest) {
            if let ApprovalStanding::Refused { told, .. } = &mut approval.standing {
                *told = true;
            }
        }
    }

    /// What an act names as its approvals is used by it, and by no other.
    pub(super) fn approvals_used(&mut self, begun: &ActionBegun) -> Result<(), BadFold> {
        let act = self.seq;
        for signed in &begun.approvals {
            let holds = |approval: &&mut Box<ApprovalState>| approval.given.iter().any(|given| given.signed == *signed);
            let approval = self.approvals.values_mut().find(holds).ok_or(BadFold::Unfit("no such approval"))?;
            let fits = matches!(approval.standing, ApprovalStanding::Open)
                || approval.standing == ApprovalStanding::Used { act };
            if !fits || approval.terms.action != begun.action.digest {
                return Err(BadFold::Unfit("the approval is another act's"));
            }
            approval.standing = ApprovalStanding::Used { act };
            approval.asked_for = None;
        }
        self.offer_taken(begun);
        Ok(())
    }
}
