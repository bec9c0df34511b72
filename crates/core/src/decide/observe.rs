//! Observation: for a while what rules would stop of an agent at a server is let through, and recorded as that. It never
//! covers what is privileged or high, what carries something to another zone or may not leave, or money; identity, lineage,
//! envelopes, roles, labels, meters, stops and what a person said no to hold as ever.

use super::ControlDecided;
use super::attempt::{Asked, Stopped};
use super::flow::zones;
use crate::approval::{Need, REASON_CHARS_MAX, Why};
use crate::control::{ControlState, OBSERVATIONS_MAX, OBSERVE_SPAN_MAX};
use crate::event::{ControlObserveBegun, ControlObserveEnded, RULES};
use crate::facts::{By, Facts};
use crate::normal::invisible;
use crate::reason::{Code, Reason};
use crate::task::GrantState;
use crate::{DataClass, Effect, Impact, Observe, Zone, own};

fn no(why: &str) -> Reason {
    Reason::new(Code::NotPossible).asked(why)
}

/// What a person wants observed.
pub(super) fn begin(state: &ControlState, said: &Observe, facts: &Facts) -> ControlDecided {
    match begun(state, said, facts) {
        Ok(begun) => ControlDecided::one(facts, begun),
        Err(reason) => ControlDecided::refuse(reason),
    }
}

fn begun(state: &ControlState, said: &Observe, facts: &Facts) -> Result<ControlObserveBegun, Reason> {
    let now = facts.now;
    may(state, &said.by)?;
    if said.span.0 == 0 || said.span > OBSERVE_SPAN_MAX {
        return Err(no("that long").most("an hour to 14 days"));
    }
    let agent = state.agents.get(&said.agent).filter(|entry| entry.active);
    let agent = agent.ok_or_else(|| Reason::new(Code::NotAvailable).asked(&said.agent))?;
    if agent.document.zone != Zone::own() {
        return Err(no("an agent of another zone is never observed"));
    }
    let server = state.servers.get(&said.server).ok_or(Reason::new(Code::NotAvailable).asked(&said.server))?;
    if server.document.zone != Zone::own() {
        return Err(no("a server of another zone is never observed"));
    }
    let mut same = state.observations.values().filter(|of| of.agent == said.agent && of.server == said.server);
    if state.observed(now).any(|(_, of)| of.agent == said.agent && of.server == said.server) {
        return Err(no("this agent is observed at this server already"));
    }
    if same.any(|of| of.by.person == said.by.person && of.recent(now)) {
        return Err(no("this person began it before, within 14 days: somebody else begins it anew"));
    }
    if state.observed(now).count() >= OBSERVATIONS_MAX {
        return Err(no("as many as may are observed already"));
    }
    let reason = said.reason.trim();
    if !(1..=REASON_CHARS_MAX).contains(&reason.chars().count()) || reason.chars().any(invisible) {
        return Err(no("the reason").most(format_args!("1 to {REASON_CHARS_MAX} characters on one line")));
    }
    Ok(ControlObserveBegun {
        agent: said.agent.clone(),
        by: said.by.clone(),
        expires: now.after(said.span),
        facts: facts.clone(),
        reason: reason.to_owned(),
        rules: RULES,
        server: said.server.clone(),
    })
}

/// Once people have passkeys it is administrators' matter; before that it rests on the administrator's word.
fn may(state: &ControlState, by: &By) -> Result<(), Reason> {
    match state.is_user_verified() && !state.is_administrator(&by.person) {
        true => Err(no("this person is not administrator")),
        false => Ok(()),
    }
}

/// It ends before its time: at once, for it tightens.
pub(super) fn end(state: &ControlState, by: &By, observation: u64, facts: &Facts) -> ControlDecided {
    if let Err(reason) = may(state, by) {
        return ControlDecided::refuse(reason);
    }
    if state.observations.get(&observation).is_none_or(|of| facts.now >= of.until()) {
        let open = Reason::new(Code::NotAvailable).asked("an observation of that number that is open");
        return ControlDecided::refuse(open);
    }
    let (by, facts_kept) = (by.clone(), facts.clone());
    ControlDecided::one(facts, ControlObserveEnded { by, facts: facts_kept, observation, rules: RULES })
}

/// The observation that covers an act, where each agent of its lineage is observed at that server: nobody goes around rules by
/// the hand of one that is.
pub(super) fn observed_over(asked: &Asked<'_>, lineage: &[&GrantState]) -> Option<u64> {
    let (control, now) = (asked.view.control, asked.facts.now);
    // Where nothing is observed nothing is looked at.
    if control.observations.is_empty() || !covers(asked) {
        return None;
    }
    let server = asked.attempt.action.tool.server();
    let of = |grant: &&GrantState| {
        let mut all = control.observed(now).filter(|(_, of)| of.server == *server);
        all.find(|(_, of)| of.agent == grant.holder).map(|(number, _)| number)
    };
    lineage.iter().map(of).collect::<Option<Vec<u64>>>()?.pop()
}

fn covers(asked: &Asked<'_>) -> bool {
    let (view, action) = (asked.view, &asked.attempt.action);
    let plain = matches!(action.effect, Effect::Read | Effect::Write) && action.impact < Impact::High;
    if !plain || own::hands_on(&action.tool) || !zones(view, action).is_empty() {
        return false;
    }
    // What is measured in a unit that nobody could read may be money.
    let money = action.measures.iter().any(|measure| measure.unit.known().is_none_or(|unit| unit.is_currency()));
    let rules = view.control.rules.values().filter_map(|rule| rule.document.flow.as_ref());
    let bound = |class: &DataClass| rules.clone().any(|flow| flow.classes.contains(class));
    let mut classes = asked.judged.after.classes.iter().chain(&action.classes);
    !money && !classes.any(bound)
}

/// Whether a no of policy is only recorded. A policy that could not be asked is no rule: then the engine failed, and nothing begins.
pub(super) fn recorded_only(asked: &Asked<'_>, stopped: Stopped) -> Result<(Vec<Reason>, Vec<String>), Stopped> {
    match stopped {
        Stopped::No(reasons, rules)
            if asked.observed.is_some()
                && reasons.iter().all(|no| matches!(no.code, Code::PolicyForbidden | Code::PolicyNotPermitted)) =>
        {
            Ok((reasons, rules))
        }
        stopped => Err(stopped),
    }
}

/// What people would be asked, apart from what is only recorded: rules of policy, and sources that do not suffice. What the person
/// who consented wants to be asked, an earlier no, a twin in doubt and what an agent's autonomy asks stay asked.
pub(super) fn asked_all_the_same(asked: &Asked<'_>, needs: Vec<Need>) -> (Vec<Need>, Vec<Need>) {
    if asked.observed.is_none() {
        return (needs, Vec::new());
    }
    needs.into_iter().partition(|need| !matches!(need.why, Why::Policy | Why::Source | Why::Unnamed))
}

#[cfg(test)]
mod tests;
