//! Deciding an action, in the order of `docs/ARCHITECTURE.md`: caller, lineage, control, (idempotency,) envelope and role,
//! policy, meters, approvals. The first no ends it.

mod control;
mod digest;
mod going_on;
mod lasting;
mod ruled;

use control::control;
pub use lasting::{Stands, stands};
pub(super) use ruled::ask_policy;

use super::approval::{Wait, approvals, goal, wait};
use super::breaker;
use super::delegate::{self, HandedOn, minted};
use super::ending::grants_ended;
use super::flow::{flows, readable};
use super::glass::broken_over;
use super::observe::{observed_over, recorded_only};
use super::recorded::reads_for_a_person;
use super::sources::{Judged, judged};
use super::value::{Charged, charge};
use super::{
    Consult, Decided, ENDINGS_KEPT_BACK, FORWARD_WITHIN, REFUSAL_WINDOW, REFUSALS_MAX, REFUSALS_WRITTEN_MAX,
    SETTLE_WITHIN_MAX, Verdict, View, event, full, live_lineage,
};
use crate::action::Action;
use crate::delegation::zone_reached;
use crate::event::{ActionBegun, ActionPrivate, ActionRefused, OnlyObserved, RULES, Recorded, RowUsed, Source, Under};
use crate::facts::{Caller, Facts, Mode};
use crate::policy::Policy;
use crate::reason::{Code, Reason};
use crate::risk::{Called, Risk, risk_of};
use crate::task::{
    EVENTS_MAX, GrantState, KEYS_MAX, OPEN_PER_GRANT_MAX, OPEN_PER_TASK_MAX, counts_against, of_goal, of_stranger,
};
use crate::{Attempt, Autonomy, Digest, Effect, GrantId, own};
use digest::{action_digest, salted_key};
use going_on::{going_on, same_rows};
use std::sync::Arc;

/// What all steps have in common.
pub(super) struct Asked<'a> {
    pub(super) view: View<'a>,
    pub(super) attempt: &'a Attempt,
    pub(super) facts: &'a Facts,
    digest: Digest,
    /// The digest without referents, where it has any.
    plain: Option<Digest>,
    key: Option<Digest>,
    /// The digest of the policy.
    pub(super) policy: Digest,
    /// The override that it is decided under.
    pub(super) broken: Option<u64>,
    /// The observation that covers it.
    pub(super) observed: Option<u64>,
    /// Where its values came from, and what its holder has touched.
    pub(super) judged: Arc<Judged>,
    /// What speaks against it; `None` where nobody gathered that.
    pub(super) risk: Option<Risk>,
    /// The rows that it is to be charged to, where it takes a charge over.
    charged_before: Option<&'a [RowUsed]>,
}

impl Asked<'_> {
    /// The action digest.
    pub(super) const fn digest(&self) -> Digest {
        self.digest
    }
    /// The action digest without what it points to, where it points to anything.
    pub(super) const fn plain(&self) -> Option<Digest> {
        self.plain
    }
    /// What is kept of the action for ever.
    pub(super) fn recorded(&self) -> Recorded {
        Recorded { asked: self.plain, ..Recorded::of(&self.attempt.action, self.digest, self.key) }
    }
}

/// What an allowed action rests on.
pub(super) struct Allowed {
    /// What people signed for it.
    pub(super) approvals: Vec<Digest>,
    pub(super) charged: Charged,
    /// The grant that it makes, where it hands work on.
    pub(super) handed_on: Option<HandedOn>,
    pub(super) policy_rules: Vec<String>,
    /// What would have stopped it, were it not observed.
    pub(super) observed: Vec<Reason>,
}

/// Why it did not come to that.
pub(super) enum Stopped {
    /// The same act was begun before.
    Again(u64),
    /// What it points to has to be read first.
    Look,
    /// Outside engines have to be asked first.
    Consult(Vec<Consult>),
    /// People have to say yes first.
    Wait(Box<Wait>),
    /// No, with the rules of policy that said so.
    No(Vec<Reason>, Vec<String>),
}

impl From<Reason> for Stopped {
    fn from(reason: Reason) -> Self {
        Self::No(vec![reason], Vec::new())
    }
}

pub(super) fn attempt(view: View<'_>, policy: &dyn Policy, attempt: &Attempt, facts: &Facts) -> Decided {
    match asked(view, policy, attempt, facts) {
        Ok((asked, lineage)) => Decided { risk: asked.risk.clone(), ..decided(&asked, &lineage, policy) },
        Err(reason) => Decided::deny(reason),
    }
}

fn decided(asked: &Asked<'_>, lineage: &[&GrantState], policy: &dyn Policy) -> Decided {
    let (view, attempt, facts, broken) = (asked.view, asked.attempt, asked.facts, asked.broken);
    let seen = |reasons: Vec<Reason>| {
        let observation = asked.observed.filter(|_| !reasons.is_empty())?;
        Some(OnlyObserved { observation, reasons: reasons.iter().map(Reason::written).collect() })
    };
    let under = |policy_rules, observed| Under {
        breakglass: broken,
        control: view.control.leaf,
        epoch: view.control.epoch,
        observed: seen(observed),
        policy: policy.digest(),
        policy_rules,
        risk: asked.risk.clone().filter(|risk| risk.score > 0),
        rules: RULES,
    };
    match attempt.continues.and_then(|first| going_on(asked, policy, first)) {
        Some(Ok((first, allowed))) => {
            let rules = under(allowed.policy_rules, allowed.observed);
            return begin(asked, (allowed.charged, allowed.approvals), rules, Some(first));
        }
        Some(Err(Stopped::Wait(waits))) => return wait(asked, lineage, *waits, under(Vec::new(), Vec::new())),
        Some(Err(Stopped::Consult(engines))) => return consult(engines),
        Some(Err(_)) | None => {}
    }
    match judge(asked, policy) {
        Ok(Allowed { charged, approvals, handed_on: None, policy_rules, observed }) => {
            begin(asked, (charged, approvals), under(policy_rules, observed), None)
        }
        Ok(Allowed { charged, approvals, handed_on: Some(handed_on), policy_rules, observed }) => {
            let mut decided = begin(asked, (charged, approvals), under(policy_rules, observed), None);
            let minted = minted(asked, handed_on);
            decided.grant = Some(minted.grant);
            decided.events.push(event(facts, minted));
            // The grant is the outcome: nothing is to be forwarded.
            Decided { verdict: Verdict::Done, ..decided }
        }
        Err(Stopped::Again(act)) => Decided { verdict: Verdict::Again { act }, ..Decided::done(Vec::new()) },
        Err(Stopped::Look) => Decided { verdict: Verdict::Look, ..Decided::done(Vec::new()) },
        Err(Stopped::Consult(engines)) => consult(engines),
        Err(Stopped::Wait(mut waits)) => {
            let rules = under(std::mem::take(&mut waits.policy_rules), Vec::new());
            wait(asked, lineage, *waits, rules)
        }
        Err(Stopped::No(reasons, rules)) => refuse(asked, reasons, under(rules, Vec::new())),
    }
}

fn consult(engines: Vec<Consult>) -> Decided {
    Decided { verdict: Verdict::Consult(engines), ..Decided::done(Vec::new()) }
}

/// What all steps have in common, and the lineage of the grant that it is asked under.
fn asked<'a>(
    view: View<'a>,
    policy: &dyn Policy,
    attempt: &'a Attempt,
    facts: &'a Facts,
) -> Result<(Asked<'a>, Vec<&'a GrantState>), Reason> {
    let lineage = view.task.lineage(attempt.grant).ok_or(Reason::new(Code::CallerUnknown))?;
    let erased = || Reason::new(Code::GrantEnded).asked("erased");
    let digest = action_digest(view.task, &lineage, &attempt.action).ok_or_else(erased)?;
    let bare = || Action { referents: Vec::new(), ..attempt.action.clone() };
    let plain = (!attempt.action.referents.is_empty()).then(|| action_digest(view.task, &lineage, &bare())).flatten();
    let (round, key) = (attempt.action.round, attempt.action.idempotency.as_ref());
    let key = key.and_then(|key| salted_key(view.task, key.as_str(), round));
    let judged = Arc::new(judged(view, &lineage, &attempt.action, facts.elsewhere.as_deref()));
    let policy = policy.digest();
    let refused_here = !view.task.goals.is_empty() || !view.task.tried.is_empty();
    let counts = attempt.action.effect != Effect::Read && refused_here;
    let goal = counts.then(|| goal(view.task, &attempt.action, facts)).flatten();
    let untrusted = judged.before.trusted == Some(false);
    let called = Called { facts, untrusted, tool: &attempt.action.tool, sources: &judged.sources, goal };
    let risk = risk_of((view.task, view.control), &lineage, &called);
    let (broken, observed, charged_before) = (None, None, None);
    let asked =
        Asked { view, attempt, facts, digest, plain, key, policy, broken, observed, judged, risk, charged_before };
    let broken = broken_over(&asked);
    let observed = if broken.is_none() { observed_over(&asked, &lineage) } else { None };
    Ok((Asked { broken, observed, ..asked }, lineage))
}

fn judge(asked: &Asked<'_>, policy: &dyn Policy) -> Result<Allowed, Stopped> {
    let (view, action, facts) = (asked.view, &asked.attempt.action, asked.facts);
    let caller = caller(view, (asked.attempt.grant, asked.attempt.epoch), facts)?;
    reads_for_a_person(view, asked.attempt, facts)?;
    if own::hands_on(&action.tool) {
        return delegate::judge(asked, policy);
    }
    let lineage = live_lineage(view, asked.attempt.grant, facts.now)?;
    control(view, caller, asked.attempt.grant, action)?;
    breaker::passes(view, &lineage, &caller.agent, &action.tool, facts)?;
    if let Some(reason) = &asked.attempt.refused {
        return Err(reason.clone().into());
    }
    again(asked)?;
    room(asked)?;
    let mut rows = within(asked, caller, &lineage)?;
    readable(view.task, &lineage, asked.attempt, facts)?;
    if let Some(before) = asked.charged_before {
        same_rows(&lineage, &mut rows, before);
    }
    role(view, &lineage, action)?;
    if let Some(rate) = facts.rates.iter().find(|rate| !rate.within) {
        return Err(Reason::new(Code::RateSpent).asked(&rate.scope).into());
    }
    flows(view, &lineage, asked)?;
    // A person broke the glass over this: neither policy nor people are asked, everything else is.
    if asked.broken.is_some() {
        let charged = charge(view.task, &lineage, &rows, action, facts.now)?;
        let (approvals, policy_rules, observed) = (Vec::new(), Vec::new(), Vec::new());
        return Ok(Allowed { charged, approvals, handed_on: None, policy_rules, observed });
    }
    let (policy_rules, by_policy, mut observed) = match ask_policy(asked, &lineage, policy) {
        Ok((rules, asks)) => (rules, asks, Vec::new()),
        Err(stopped) => {
            let (reasons, rules) = recorded_only(asked, stopped)?;
            (rules, Vec::new(), reasons)
        }
    };
    let charged = charge(view.task, &lineage, &rows, action, facts.now)?;
    let (charged, approvals, unasked) = approvals(asked, &lineage, charged, (&policy_rules, &by_policy))?;
    observed.extend(unasked);
    Ok(Allowed { charged, approvals, handed_on: None, policy_rules, observed })
}

/// Step 4: the rows of each grant of the lineage that fit, and that it was not handed on too far.
fn within(asked: &Asked<'_>, caller: &Caller, lineage: &[&GrantState]) -> Result<Vec<Vec<usize>>, Reason> {
    let (view, action, own) = (asked.view, &asked.attempt.action, asked.attempt.grant);
    let fits = |grant: &&GrantState| {
        fitting(grant, action, &asked.judged.sources)
            .map_err(|reason| if grant.id == own { reason } else { reason.of_above() })
    };
    let mut rows = lineage.iter().map(fits).collect::<Result<Vec<_>, _>>()?;
    if let (Some(grant), Some(fitting)) = (lineage.last(), rows.last_mut()) {
        named_if_it_coordinates(view, caller, grant, fitting, action)?;
    }
    handed_this_far(view, lineage, action)?;
    Ok(rows)
}

/// Step 1: the key is the one that the stream names, the proof was not used here, the token is of this epoch.
pub(super) fn caller<'a>(
    view: View<'_>,
    (grant, epoch): (GrantId, u32),
    facts: &'a Facts,
) -> Result<&'a Caller, Reason> {
    let caller = facts.caller.as_ref().ok_or(Reason::new(Code::CallerUnknown))?;
    if epoch != view.control.epoch || view.task.epoch != view.control.epoch {
        return Err(Reason::new(Code::EpochPassed));
    }
    let grant = view.task.grants.get(&grant).ok_or(Reason::new(Code::CallerUnknown))?;
    if grant.holder != caller.agent {
        return Err(Reason::new(Code::CallerUnknown));
    }
    let bound = grant.key.as_ref().ok_or(Reason::new(Code::KeyNotBound))?;
    if bound.key != caller.key || bound.instance != caller.instance || bound.attestation != caller.attestation {
        return Err(Reason::new(Code::KeyNotBound));
    }
    if caller.proof.is_some_and(|proof| view.task.proofs.contains_key(&proof)) {
        return Err(Reason::new(Code::ProofReplayed));
    }
    Ok(caller)
}

/// The same key and digest is the same act; the same key and another digest is a mistake.
pub(super) fn again(asked: &Asked<'_>) -> Result<(), Stopped> {
    let Some(key) = asked.key else { return Ok(()) };
    let task = asked.view.task;
    match task.keys.get(&(asked.attempt.grant, key)) {
        Some((digest, act)) if *digest == asked.plain.unwrap_or(asked.digest) => Err(Stopped::Again(*act)),
        Some(_) => Err(Reason::new(Code::KeyReused).into()),
        None if task.keys.len() >= KEYS_MAX => Err(Reason::new(Code::KeysSpent).into()),
        None => Ok(()),
    }
}

/// Bounds on what one task and one grant hold.
pub(super) fn room(asked: &Asked<'_>) -> Result<(), Reason> {
    let task = asked.view.task;
    let open = u64::try_from(task.open).unwrap_or(u64::MAX);
    // Every open act still has an ending to write, and every grant too.
    let below = u64::try_from(task.grants.len()).unwrap_or(u64::MAX).saturating_sub(1);
    let kept_back = open.saturating_mul(2).saturating_add(below).saturating_add(ENDINGS_KEPT_BACK);
    if task.seq.saturating_add(kept_back) >= EVENTS_MAX {
        return Err(Reason::new(Code::TaskFull));
    }
    let grant_open = task.grants.get(&asked.attempt.grant).map_or(0, |grant| grant.open);
    if task.open >= OPEN_PER_TASK_MAX || grant_open >= OPEN_PER_GRANT_MAX {
        return Err(Reason::new(Code::TooManyOpen));
    }
    Ok(())
}

/// Step 4: the rows of one grant that fit.
fn fitting(grant: &GrantState, action: &Action, sources: &[Source]) -> Result<Vec<usize>, Reason> {
    let envelope = grant.envelope.as_ref().ok_or(Reason::new(Code::GrantEnded).asked("erased"))?;
    let mut fitting = envelope.fits(action, grant.privileged)?;
    let mut first = None;
    fitting.retain(|row| {
        let fits = envelope.rows.get(*row).map(|row| row.lets_in(&action.bound, sources));
        fits.is_some_and(|fits| fits.map_err(|reason| first.get_or_insert(reason).code).is_ok())
    });
    if fitting.is_empty() { Err(first.unwrap_or(Reason::new(Code::SourceNotGranted))) } else { Ok(fitting) }
}

/// Step 4: who coordinates does nothing but read itself, unless a row names that very tool.
fn named_if_it_coordinates(
    view: View<'_>,
    caller: &Caller,
    grant: &GrantState,
    fitting: &mut Vec<usize>,
    action: &Action,
) -> Result<(), Reason> {
    let coordinates = |entry: &crate::AgentEntry| entry.document.autonomy == Autonomy::Coordinate;
    if action.effect == Effect::Read || !view.control.agents.get(&caller.agent).is_some_and(coordinates) {
        return Ok(());
    }
    let names = |row: &usize| {
        let row = grant.envelope.as_ref().and_then(|envelope| envelope.rows.get(*row));
        row.is_some_and(|row| row.tools.iter().any(|tool| tool.exact() && tool.matches(&action.tool)))
    };
    fitting.retain(names);
    if fitting.is_empty() { Err(Reason::new(Code::CoordinatesOnly).asked(&action.tool)) } else { Ok(()) }
}

/// Step 4: what is high is handed on once at most and to no other zone, what is critical not at all.
fn handed_this_far(view: View<'_>, lineage: &[&GrantState], action: &Action) -> Result<(), Reason> {
    let Some(most) = action.impact.hands_most() else { return Ok(()) };
    if let Some(zone) = zone_reached(view.control, lineage) {
        return Err(Reason::new(Code::TooFarHanded).asked(format_args!("zone {zone}")).most("no other zone"));
    }
    let hands = lineage.len().saturating_sub(1);
    if hands <= most { Ok(()) } else { Err(Reason::new(Code::TooFarHanded).asked(hands).most(most)) }
}

/// Step 4: the baseline role of every agent of the lineage.
pub(super) fn role(view: View<'_>, lineage: &[&GrantState], action: &Action) -> Result<(), Reason> {
    lineage.iter().try_for_each(|grant| {
        let agent = view.control.agents.get(&grant.holder).ok_or(Reason::new(Code::AgentInactive))?;
        let role = view.control.roles.get(&agent.document.role);
        if role.is_some_and(|role| role.allows(&action.tool, action.effect)) {
            Ok(())
        } else {
            Err(Reason::new(Code::RoleNotGranted).asked(&action.tool).rule(&agent.document.role))
        }
    })
}

fn begin(
    asked: &Asked<'_>,
    (charged, approvals): (Charged, Vec<Digest>),
    under: Under,
    continues: Option<u64>,
) -> Decided {
    let (attempt, facts) = (asked.attempt, asked.facts);
    let forward_by = facts.now.after(FORWARD_WITHIN);
    let settle_by = forward_by.after(attempt.settle_within.min(SETTLE_WITHIN_MAX));
    let begun = ActionBegun {
        action: asked.recorded(),
        approvals,
        continues,
        facts: facts.clone(),
        forward_by,
        grant: attempt.grant,
        label_after: asked.judged.after.clone(),
        label_before: asked.judged.before.clone(),
        mode: if under.observed.is_some() { Mode::Observed } else { facts.mode },
        private: Some(ActionPrivate::of(&attempt.action)),
        reserved: charged.reserved,
        rows: charged.rows,
        settle_by,
        sheds: asked.judged.sheds.clone(),
        signature: attempt.signature.clone(),
        sources: asked.judged.sources.clone(),
        under,
    };
    let act = asked.view.task.seq + 1;
    let verdict = Verdict::Allow { act, forward_by, settle_by };
    Decided { verdict, ..Decided::done(vec![event(facts, begun)]) }
}

/// The first refusal of a (grant, code, tool) in a minute is an event, the rest are counted.
fn refuse(asked: &Asked<'_>, reasons: Vec<Reason>, under: Under) -> Decided {
    let (attempt, facts, task) = (asked.attempt, asked.facts, asked.view.task);
    let Some(code) = reasons.first().map(|reason| reason.code) else {
        return Decided::deny(Reason::new(Code::NotPossible));
    };
    let recent = |last: &crate::Micros| facts.now < last.after(REFUSAL_WINDOW);
    // Strangers choose the tool they name: of theirs, one of a code is written, whatever the tool.
    let written = task.refusals.iter().any(|((grant, of, tool), last)| {
        *grant == attempt.grant && *of == code && (of_stranger(code) || *tool == attempt.action.tool) && recent(last)
    });
    let way = (attempt.grant, &attempt.action.tool);
    let goal = refused_goal(asked, code);
    let new_way = goal.is_some_and(|goal| task.new_way(&goal, way, facts.now.before(REFUSAL_WINDOW)));
    let of_grant = task.refusals.iter().filter(|((grant, ..), last)| *grant == attempt.grant && recent(last)).count();
    // That somebody said no is told once for each request, of which there are few: that it was told has to stand.
    let always = code == Code::ApprovalRefused && !full(task);
    if !always && ((written && !new_way) || of_grant >= REFUSALS_WRITTEN_MAX || full(task)) {
        return Decided { verdict: Verdict::Deny, reasons, counted: true, ..Decided::done(Vec::new()) };
    }
    let refused = ActionRefused {
        action: asked.recorded(),
        approvals: Vec::new(),
        facts: facts.clone(),
        goal,
        grant: attempt.grant,
        label_after: asked.judged.after.clone(),
        label_before: asked.judged.before.clone(),
        mode: facts.mode,
        private: Some(ActionPrivate::of(&attempt.action)),
        reasons: reasons.iter().map(Reason::written).collect(),
        signature: attempt.signature.clone(),
        sources: asked.judged.sources.clone(),
        under,
    };
    let mut events = vec![event(facts, refused)];
    let spent = |grant: &GrantState| grant.standing.live() && grant.refused.saturating_add(1) >= REFUSALS_MAX;
    if counts_against(code) && task.grants.get(&attempt.grant).is_some_and(|grant| spent(grant)) {
        events.extend(grants_ended(task, &[(attempt.grant, Code::RefusedTooOften)], None, &[], facts));
    } else if code == Code::GoalRefused && ends_for_goal(asked) {
        // People said no twice: whoever tries a third time ends.
        events.extend(grants_ended(task, &[(attempt.grant, Code::GoalRefused)], None, &[], facts));
    }
    Decided { verdict: Verdict::Deny, reasons, ..Decided::done(events) }
}

/// Whether trying again what people refused ends who tries: where they refused it to this grant, or to one that it works for. What
/// was refused to another is refused to it as well, and nobody ends by what another asked for.
fn ends_for_goal(asked: &Asked<'_>) -> bool {
    let (task, attempt) = (asked.view.task, asked.attempt);
    let own = |goal: Digest| task.people_refused_own(&goal, attempt.grant);
    let live = task.grants.get(&attempt.grant).is_some_and(|grant| grant.standing.live());
    live && goal(task, &attempt.action, asked.facts).is_some_and(own)
}

/// What a refused act comes to, where rules refused that and not who, how much or when. Events of before name none.
fn refused_goal(asked: &Asked<'_>, code: Code) -> Option<Digest> {
    let action = &asked.attempt.action;
    let counts = asked.facts.novel.is_some() && of_goal(code) && action.effect != Effect::Read;
    counts.then(|| goal(asked.view.task, action, asked.facts)).flatten()
}
