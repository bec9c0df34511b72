//! An engine outside: what is wrong with the document that names it, what it is told, and what its answer says.
//!
//! Nothing that it says in words of its own is kept but its revision and what it calls its decision: what it was told is
//! private, and its messages may be made of that.

use crate::attribute::{ATTRIBUTES, Attribute, attribute};
use crate::context::Asked;
use crate::problem::PolicyProblem;
use crate::rego;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{Ask, Outside, PolicyText, Question};

/// The most engines of one tenant: a call waits for each.
pub const ENGINES_MAX: usize = 4;
/// What an answer may cost to read.
const ANSWER: Limits = Limits { bytes: ENGINE_ANSWER_BYTES_MAX, depth: 32, nodes: 10_000 };
/// The most bytes of an engine's answer.
pub const ENGINE_ANSWER_BYTES_MAX: usize = 64 << 10;
/// The most that one answer may ask of people.
const ASKS_MAX: usize = 16;
/// The most characters of a revision, and of what a decision is called.
const NAME_CHARS_MAX: usize = 128;

/// What an engine outside said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSaid {
    /// Whom it asks.
    pub asks: Vec<Ask>,
    /// What it calls its decision.
    pub decision: Option<String>,
    /// Whether it forbids.
    pub forbids: bool,
    /// The revision of what it decided by.
    pub revision: String,
}

/// What is wrong with the documents of engines.
pub(crate) fn problems<'a>(texts: impl Iterator<Item = &'a PolicyText>) -> Vec<PolicyProblem> {
    let mut out = Vec::new();
    for (at, (text, outside)) in texts.filter_map(|text| Some((text, text.opa.as_ref()?))).enumerate() {
        if at == ENGINES_MAX {
            let problem = PolicyProblem::new(&text.name, "too many engines outside");
            out.push(problem.expected(format_args!("at most {ENGINES_MAX} in one tenant")));
        }
        for name in outside.context.iter().filter(|name| attribute(name).is_none()) {
            let problem = PolicyProblem::new(&text.name, format!("`opa.context` names `{name}`"));
            out.push(problem.expected("what a policy can read: docs/reference/policy-context.md"));
        }
    }
    out
}

/// What an engine is told of a question: as a policy in Rego reads it.
pub(crate) fn told(asked: &Asked<'_>, outside: &Outside) -> Result<String, String> {
    let unknown = |name: &String| format!("`opa.context` names `{name}`, which no question has");
    let attributes = outside.context.iter().map(|name| attribute(name).ok_or_else(|| unknown(name)));
    Ok(in_json(asked, attributes.collect::<Result<Vec<_>, _>>()?)?.canonical())
}

fn in_json<'a>(asked: &Asked<'_>, attributes: impl IntoIterator<Item = &'a Attribute>) -> Result<Json, String> {
    let input = rego::input(asked, attributes, true)?;
    let text = input.to_json_str().map_err(|_| "it cannot be told as JSON".to_owned())?;
    Json::parse(text.as_bytes(), &Limits::stored()).map_err(|_| "it cannot be told as JSON".to_owned())
}

/// A question as a policy in Rego reads it, all of it, for people who ask an engine of their own the same.
///
/// # Errors
/// A sentence: what of it could not be read.
pub fn input(question: &Question<'_>) -> Result<Json, String> {
    in_json(&Asked::new(question)?, ATTRIBUTES)
}

/// Reads an answer of OPA's data API (v1), asked with `provenance=true`. What fits no form is no answer.
///
/// # Errors
/// A sentence of ours, which holds no word of the answer.
pub fn engine_said(outside: &Outside, answer: &[u8]) -> Result<EngineSaid, String> {
    let answer = Json::parse(answer, &ANSWER).map_err(|_| "its answer is no JSON that can be read".to_owned())?;
    let result = answer.get("result").ok_or_else(|| format!("it has no document `{}`", outside.path))?;
    let (allow, deny, step_up) = (result.get("allow"), result.get("deny"), result.get("step_up"));
    if allow.is_none() && deny.is_none() && step_up.is_none() {
        return Err(format!("`{}` has neither `allow`, `deny` nor `step_up`", outside.path));
    }
    // A rule that is undefined looks like one that is not there, so the document says which are.
    let there = [("allow", allow), ("deny", deny), ("step_up", step_up)];
    if let Some((missing, _)) = there.iter().find(|(name, rule)| rule.is_none() && outside.rules.contains(*name)) {
        return Err(format!("`{}` has no `{missing}`", outside.path));
    }
    let allowed = match allow {
        None | Some(Json::Bool(true)) => true,
        Some(Json::Bool(false)) => false,
        Some(_) => return Err("`allow` is neither `true` nor `false`".to_owned()),
    };
    let denied = match deny {
        None | Some(Json::Bool(false)) => false,
        Some(Json::Bool(true)) => true,
        Some(Json::Array(messages)) if messages.iter().all(|message| message.as_str().is_some()) => {
            !messages.is_empty()
        }
        Some(_) => return Err("`deny` is neither `true`, `false` nor a set of messages".to_owned()),
    };
    let asks = step_up.map_or_else(|| Ok(Vec::new()), asks)?;
    let decision = answer.get("decision_id").map(|id| name(id, "`decision_id`")).transpose()?;
    Ok(EngineSaid { asks, decision, forbids: denied || !allowed, revision: revision(outside, &answer)? })
}

fn asks(step_up: &Json) -> Result<Vec<Ask>, String> {
    let odd = || "`step_up` is no set of who is asked, as `role:finance:2`".to_owned();
    let words = step_up.as_array().ok_or_else(odd)?;
    if words.len() > ASKS_MAX {
        return Err(format!("`step_up` asks {}, at most {ASKS_MAX}", words.len()));
    }
    let ask = |word: &Json| word.as_str().and_then(|word| rego::parse_ask(word).ok()).ok_or_else(odd);
    words.iter().map(ask).collect()
}

/// The revision of the bundle that is named, else of the one that there is; nothing where there is none.
fn revision(outside: &Outside, answer: &Json) -> Result<String, String> {
    let bundles = answer.get("provenance").and_then(|provenance| provenance.get("bundles"));
    let of = |bundle: &Json| bundle.get("revision").map(|revision| name(revision, "its revision")).transpose();
    let Some(bundle) = &outside.bundle else {
        return match bundles {
            Some(Json::Object(bundles)) if bundles.iter().len() == 1 => {
                let only = bundles.iter().next().map(|(_, bundle)| of(bundle)).transpose()?;
                Ok(only.flatten().unwrap_or_default())
            }
            _ => Ok(String::new()),
        };
    };
    let found = bundles.and_then(|bundles| bundles.get(bundle)).map(of).transpose()?.flatten();
    let found = found.ok_or_else(|| format!("it says no revision of its bundle `{bundle}`"))?;
    match &outside.revision {
        Some(wanted) if *wanted != found => Err(format!("its bundle `{bundle}` is not at revision `{wanted}`")),
        _ => Ok(found),
    }
}

/// A text that can stand in the open part of the record.
fn name(value: &Json, what: &str) -> Result<String, String> {
    let plain = |text: &&str| text.chars().count() <= NAME_CHARS_MAX && text.chars().all(|c| c.is_ascii_graphic());
    let text = value.as_str().filter(plain);
    text.map(str::to_owned).ok_or_else(|| format!("{what} is no plain text of at most {NAME_CHARS_MAX} characters"))
}

#[cfg(test)]
mod tests;
