//! What was found of authority that sprawls is written once, whoever finds it and how often.

use super::ControlDecided;
use crate::command::FoundSprawl;
use crate::control::{ControlState, FINDINGS_MAX};
use crate::event::{ControlFound, FOUND_CHARS_MAX, RULES, finding_of, turn_of};
use crate::facts::Facts;
use crate::reason::{Code, Reason};

pub(super) fn find(state: &ControlState, found: &FoundSprawl, facts: &Facts) -> ControlDecided {
    let FoundSprawl { agent, code, of, why } = found;
    let no = |what: &str| ControlDecided::refuse(Reason::new(Code::NotPossible).asked(what));
    if [of, why].iter().any(|text| text.is_empty() || text.chars().count() > FOUND_CHARS_MAX) {
        return no("a finding says what it is about, and why, in few words");
    }
    let turn = turn_of(facts.now);
    let finding = finding_of(*code, of, turn);
    let kept = || state.findings.iter().filter(|found| turn_of(found.at).saturating_add(1) >= turn);
    if kept().any(|found| found.finding == finding) {
        return ControlDecided::nothing();
    }
    if kept().count() >= FINDINGS_MAX {
        return no("as many findings as are kept were found");
    }
    let (agent, of, why) = (agent.clone(), of.clone(), why.clone());
    let found = ControlFound { agent, code: *code, facts: facts.clone(), finding, of, rules: RULES, why };
    ControlDecided::one(facts, found)
}
