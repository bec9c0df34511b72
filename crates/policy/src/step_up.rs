//! The soft set: a `forbid` that says `@step_up("…")` does not forbid, it asks people.

use bailiwick_core::{Approver, Approvers, Ask, COUNT_MAX, Escalation, Span, VALID};
use cedar_policy::{Effect, Policy};
use std::collections::BTreeMap;

/// The annotation that makes a rule ask; the others stand beside it.
const STEP_UP: &str = "step_up";
/// How many distinct persons.
const COUNT: &str = "count";
/// How long a yes is good.
const VALID_FOR: &str = "valid";
/// To whom it goes when nobody answers.
const ESCALATE: &str = "escalate";
/// Who may not say yes.
const EXCLUDE: &str = "exclude";
/// All of them.
pub(crate) const ANNOTATIONS: [&str; 5] = [STEP_UP, COUNT, VALID_FOR, ESCALATE, EXCLUDE];
/// The longest that a yes is good, as in templates.
const VALID_HOURS_MAX: u64 = 366 * 24;

/// What is wrong with an annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadStepUp {
    pub(crate) found: String,
    pub(crate) expected: String,
}

/// What a rule asks of people; `None` of one that permits or forbids.
pub(crate) fn ask(policy: &Policy) -> Result<Option<Ask>, BadStepUp> {
    let Some(who) = policy.annotation(STEP_UP) else { return Ok(None) };
    if policy.effect() == Effect::Permit {
        let found = "a permit with `@step_up`".to_owned();
        return Err(BadStepUp {
            found,
            expected: "step_up belongs on forbid: beside it, another rule permits".to_owned(),
        });
    }
    let who = several(STEP_UP, who)?;
    let who = Approvers::new(who).ok_or_else(|| bad(STEP_UP, "", format_args!("1 to {} of them", Approvers::MAX)))?;
    let count = match policy.annotation(COUNT) {
        None => 1,
        Some(text) => {
            let count = text.parse().ok().filter(|count| (1..=COUNT_MAX).contains(count));
            count.ok_or_else(|| bad(COUNT, text, format_args!("1 to {COUNT_MAX} persons")))?
        }
    };
    let valid = match policy.annotation(VALID_FOR) {
        None => VALID,
        Some(text) => span(text).ok_or_else(|| bad(VALID_FOR, text, "a span as `30m`, at most 366d"))?,
    };
    let escalate = policy.annotation(ESCALATE).map(|text| escalation(text, valid)).transpose()?;
    let exclude = match policy.annotation(EXCLUDE) {
        None => Vec::new(),
        Some(text) => {
            let exclude = several(EXCLUDE, text)?;
            let most = format_args!("at most {} of them", Approvers::MAX);
            Approvers::new(exclude).ok_or_else(|| bad(EXCLUDE, text, most))?.iter().cloned().collect()
        }
    };
    Ok(Some(Ask { count, escalate, exclude, over: BTreeMap::new(), tools: Vec::new(), valid, who }))
}

fn bad(annotation: &str, found: &str, expected: impl std::fmt::Display) -> BadStepUp {
    BadStepUp { found: format!("`@{annotation}` is `{found}`"), expected: format!("expected {expected}") }
}

/// Words of approvers, with commas between them.
fn several(annotation: &str, text: &str) -> Result<Vec<Approver>, BadStepUp> {
    let one = |word: &str| Approver::parse(word.trim()).map_err(|expected| bad(annotation, text, expected));
    text.split(',').map(one).collect()
}

fn span(text: &str) -> Option<Span> {
    Span::parse(text).filter(|span| *span <= Span::hours(VALID_HOURS_MAX))
}

/// `10m role:cfo`: after how long, and to whom.
fn escalation(text: &str, valid: Span) -> Result<Escalation, BadStepUp> {
    let expected = || bad(ESCALATE, text, "a span shorter than `@valid` and who, as `10m role:boss`");
    let (after, to) = text.trim().split_once(' ').ok_or_else(expected)?;
    let after = span(after).filter(|after| *after < valid).ok_or_else(expected)?;
    let to = Approvers::new(several(ESCALATE, to)?).ok_or_else(expected)?;
    Ok(Escalation { after, to })
}

#[cfg(test)]
mod tests;
