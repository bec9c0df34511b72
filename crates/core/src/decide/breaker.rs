//! Breakers: what opens and closes one, and whether a call passes those that are over it.

use super::{ControlDecided, View};
use crate::control::ControlState;
use crate::document::BreakerOf;
use crate::event::{ControlBreakerClosed, ControlBreakerOpened, RULES, Whose};
use crate::facts::{By, Facts};
use crate::json::Json;
use crate::reason::{Code, Reason};
use crate::task::GrantState;
use crate::{AgentId, GrantId, RoleName, Salt, ToolId};

/// Step 3: a call passes a breaker that is over it only as one of its probes.
pub(super) fn passes(
    view: View<'_>,
    lineage: &[&GrantState],
    agent: &AgentId,
    tool: &ToolId,
    facts: &Facts,
) -> Result<(), Reason> {
    if view.control.breakers.is_empty() {
        return Ok(());
    }
    let grants: Vec<GrantId> = lineage.iter().map(|grant| grant.id).collect();
    let shut = |(seq, breaker): &(u64, &crate::Breaker)| !(breaker.half_open(facts.now) && facts.probes.contains(seq));
    match view.control.breakers_over(&grants, agent, tool).find(shut) {
        None => Ok(()),
        // What became of others is not the caller's to know: the rule alone is named.
        Some((_, breaker)) => Err(Reason::new(Code::BreakerOpen).rule(&breaker.rule)),
    }
}

pub(super) fn open(
    state: &ControlState,
    (rule, whose): (&RoleName, &Whose),
    counted: u64,
    facts: &Facts,
) -> ControlDecided {
    let no = |what: &str| ControlDecided::refuse(Reason::new(Code::NotPossible).asked(what));
    let Some(document) = state.rules.get(rule).and_then(|entry| entry.document.breaker.as_ref()) else {
        return no("the rule is gone");
    };
    let same = matches!(
        (document.per, whose),
        (BreakerOf::Grant, Whose::Grant(_))
            | (BreakerOf::Agent, Whose::Agent(_))
            | (BreakerOf::Tool, Whose::Tool(_))
            | (BreakerOf::Tenant, Whose::Tenant)
    );
    // by INVARIANT of the document: it has a wait
    let (true, Some(wait)) = (same, document.wait()) else { return no("the rule counts others together") };
    let mut own = state.breakers.values().filter(|breaker| breaker.rule == *rule && breaker.whose == *whose);
    let displaces = match own.next() {
        // Whoever counted beside others comes second.
        Some(breaker) if !breaker.half_open(facts.now) => return ControlDecided::nothing(),
        Some(_) => None,
        None => match state.room_for_breaker(whose, facts.now) {
            Ok(displaces) => displaces,
            Err(most) => return no(&format!("{most} breakers of no wider reach are open, and none is half-open")),
        },
    };
    let opened = ControlBreakerOpened {
        counted,
        displaces,
        facts: facts.clone(),
        on: document.on,
        rule: rule.clone(),
        rules: RULES,
        until: facts.now.after(wait),
        whose: whose.clone(),
    };
    ControlDecided::one(facts, opened)
}

pub(super) fn close(state: &ControlState, by: Option<&By>, breaker: u64, facts: &Facts) -> ControlDecided {
    match closed(state, by, breaker, facts) {
        Ok(closed) => ControlDecided::one(facts, closed),
        Err(reason) => ControlDecided::refuse(reason),
    }
}

pub(super) fn closed(
    state: &ControlState,
    by: Option<&By>,
    breaker: u64,
    facts: &Facts,
) -> Result<ControlBreakerClosed, Reason> {
    match state.breakers.get(&breaker) {
        None => Err(Reason::new(Code::NotAvailable).asked(format_args!("breaker {breaker}"))),
        // Nothing passes before its time, so nothing can have shown that the fault is over.
        Some(open) if by.is_none() && !open.half_open(facts.now) => {
            Err(Reason::new(Code::NotPossible).asked(format_args!("breaker {breaker} is open")))
        }
        Some(_) => {
            let (by, facts) = (by.cloned(), facts.clone());
            Ok(ControlBreakerClosed { breaker, by, facts, rules: RULES, shown: None, signed: None })
        }
    }
}

/// What a person is shown of a breaker that they close: the fault, and whose calls go on.
pub(super) fn close_shown(state: &ControlState, closed: &ControlBreakerClosed, blind: Salt) -> Option<Json> {
    let breaker = state.breakers.get(&closed.breaker)?;
    let text = |of: &dyn std::fmt::Display| Json::from(of.to_string());
    Some(Json::object([
        ("act", Json::from("close_breaker")),
        ("blind", text(&blind)),
        ("breaker", Json::from(closed.breaker)),
        ("counted", Json::from(breaker.counted)),
        ("on", Json::from(breaker.on.as_str())),
        ("opened", Json::from(breaker.opened.0)),
        ("rule", text(&breaker.rule)),
        ("whose", text(&breaker.whose)),
    ]))
}
