//! Step 6: what policy says, and what engines outside say of what it permits.
//!
//! What an engine said is a fact, bound to what it was told: told again by the state that is decided on, it has to come to
//! the same. So an answer to one question is none to another, and who decides again asks nobody.

use super::{Asked, Stopped};
use crate::decide::Consult;
use crate::envelope::Ask;
use crate::facts::{Engine, EngineVerdict, Facts};
use crate::policy::{Answer, Policy, Question};
use crate::reason::{Code, Reason};
use crate::task::GrantState;
use crate::time::Span;
use crate::{Digest, Outside, sha256};

/// How old an answer may be when it is used.
const ANSWER_AGE_MAX: Span = Span::seconds(15);
const _: () = assert!(ANSWER_AGE_MAX.0 > Outside::WITHIN_MS_MAX * 1_000, "an answer in time is young enough");

/// The rules that permit, and whom policy asks.
type Ruled = (Vec<String>, Vec<Ask>);

/// Forbid wins, otherwise at least one permit, nothing is no, an error is no. Of what is permitted engines outside are
/// asked, and each may forbid or ask.
pub(in crate::decide) fn ask_policy(
    asked: &Asked<'_>,
    lineage: &[&GrantState],
    policy: &dyn Policy,
) -> Result<Ruled, Stopped> {
    let grant = lineage.last().copied().ok_or(Reason::new(Code::CallerUnknown))?;
    let view = asked.view;
    let question = Question {
        action: &asked.attempt.action,
        grant,
        task: view.task,
        control: view.control,
        facts: asked.facts,
        sources: &asked.judged.sources,
        label: &asked.judged.carries,
        risk: asked.risk.as_ref(),
    };
    let ruled = match policy.ask(&question) {
        Answer::Permit(rules) => (rules, Vec::new()),
        Answer::StepUp { rules, asks } => (rules, asks),
        Answer::Forbid(rules) => return Err(no(Code::PolicyForbidden, rules.join(", "), rules)),
        Answer::Nothing => return Err(Reason::new(Code::PolicyNotPermitted).into()),
        Answer::Broken { rule, why } => return Err(no(Code::PolicyBroken, format!("{rule}: {why}"), vec![rule])),
    };
    outside(&question, policy, ruled)
}

fn no(code: Code, told: String, rules: Vec<String>) -> Stopped {
    Stopped::No(vec![Reason::new(code).rule(told)], rules)
}

/// What engines outside say of what is permitted.
fn outside(question: &Question<'_>, policy: &dyn Policy, (mut rules, mut asks): Ruled) -> Result<Ruled, Stopped> {
    let mut wanted = Vec::new();
    for (name, (text, document)) in &question.control.policies {
        let Some(outside) = &text.opa else { continue };
        let said = question.facts.engines.iter().find(|said| said.name == *name && said.document == Some(*document));
        let said = match said {
            Some(Engine { verdict: EngineVerdict::Failed, why, .. }) => {
                let why = why.as_deref().unwrap_or("it did not say why");
                return Err(no(Code::EngineFailed, format!("{name}: {why}"), vec![name.clone()]));
            }
            Some(said) if answers(question, policy, (outside, said)) => said,
            _ => {
                let told = |why| no(Code::PolicyBroken, format!("{name}: {why}"), vec![name.clone()]);
                let input = policy.told(question, outside).map_err(told)?;
                wanted.push(consult(question, (name, *document), (outside, input)));
                continue;
            }
        };
        match said.verdict {
            EngineVerdict::Forbid => {
                let rule = format!("{name}.deny");
                return Err(no(Code::PolicyForbidden, rule.clone(), vec![rule]));
            }
            EngineVerdict::Ask => {
                rules.push(format!("{name}.step_up"));
                asks.extend(said.asks.iter().cloned());
            }
            EngineVerdict::Nothing | EngineVerdict::Failed => {}
        }
    }
    if wanted.is_empty() { Ok((rules, asks)) } else { Err(Stopped::Consult(wanted)) }
}

fn consult(question: &Question<'_>, (name, document): (&str, Digest), (outside, input): (&Outside, String)) -> Consult {
    Consult { at: question.facts.now, document, input, name: name.to_owned(), outside: outside.clone() }
}

/// Whether an answer is to this question: asked a moment ago, by a state that tells the same.
fn answers(question: &Question<'_>, policy: &dyn Policy, (outside, said): (&Outside, &Engine)) -> bool {
    let Some(at) = said.at.filter(|at| *at <= question.facts.now && question.facts.now <= at.after(ANSWER_AGE_MAX))
    else {
        return false;
    };
    let facts = Facts { now: at, ..question.facts.clone() };
    let told = policy.told(&Question { facts: &facts, ..*question }, outside);
    told.is_ok_and(|told| said.input == Some(sha256(told.as_bytes())))
}
