//! What a tool seems to do and how its calls would be read: a document to look over and to change.
//!
//! It rests on names, schema and annotations alone, and says of each guess what it rests on. Of two guesses the one that
//! holds more back is proposed. Of a result only what a system issues is proposed as trusted, and nothing is before a person
//! takes the proposal.

mod argument;
mod impact;
mod nature;
mod referents;
mod result;

use crate::binding::Binding;
use crate::words::ToolWords;
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{DataClass, Effect, Egress, Impact, Reversibility};

/// The most arguments that are proposed for: a binding holds no more.
const ARGUMENTS_MAX: usize = 64;
/// How deep arguments within arguments are proposed for.
const DEPTH_MAX: usize = 4;

/// A proposal, with what each part of it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What it seems to do.
    pub effect: Effect,
    /// Whether it seems to leave.
    pub egress: Egress,
    /// How far it can be undone.
    pub reversibility: Reversibility,
    /// How much is at stake, where that is more than what follows from the others.
    pub impact: Option<Impact>,
    /// How to read its arguments and results.
    pub bind: Json,
    /// What it rests on: the part, as `effect`, `/path` or `result/id`, and a sentence.
    pub why: Vec<(String, String)>,
}

/// Proposes for one tool; `others` are the tools of the same server, `classes` those of the data that it can reach.
pub fn suggest(words: &ToolWords, others: &[ToolWords], classes: &[DataClass]) -> Suggestion {
    let mut why = Vec::new();
    let (effect, egress, reversibility) = nature::nature(words, &mut why);
    let impact = impact::impact(words, (effect, reversibility), &mut why);
    let mut arguments = Vec::new();
    let names = nature::parts(words.name());
    walk(words.input_schema(), "", 0, &mut |place, name, schema, beside| {
        if arguments.len() < ARGUMENTS_MAX {
            let seen = argument::Seen { name, schema, beside, place };
            let Some((bound, reason)) = argument::argument(&seen, effect, &names) else { return };
            why.push((place.to_owned(), reason.to_owned()));
            arguments.push((place.to_owned(), bound));
        } else {
            why.push((place.to_owned(), "there are more arguments than a binding holds: it is left to you".to_owned()));
        }
    });
    argument::together(&mut arguments, &mut why);
    let referents =
        if effect == Effect::Read { Vec::new() } else { referents::referents(words, &arguments, others, &mut why) };
    let result = result::result(words, effect, classes, &mut why).bind();
    let mut parts = Vec::new();
    if !arguments.is_empty() {
        parts.push(("arguments", Json::object(arguments)));
    }
    if !referents.is_empty() {
        parts.push(("referents", Json::array(referents)));
    }
    let without = parts.clone();
    parts.extend(result.map(|result| ("result", result)));
    // what would be no binding is none: a place that is no pointer, or two keys of one act
    let forms = [parts, without].into_iter().map(Json::object);
    let bind = forms.into_iter().find(|bind| Binding::read(bind).is_ok()).unwrap_or_else(|| Json::object::<&str>([]));
    Suggestion { effect, egress, reversibility, impact, bind, why }
}

/// Every member that holds a value, and each within those that hold others: its place, name, schema, and what stands beside it.
fn walk(schema: &Json, at: &str, depth: usize, see: &mut impl FnMut(&str, &str, &Json, &Object)) {
    let Some(properties) = schema.get("properties").and_then(Json::as_object) else { return };
    for (name, member) in properties.iter() {
        let token = bailiwick_core::json::Pointer::root().join(name).to_string();
        // `*` names every element, and no member
        if name == "*" {
            continue;
        }
        let mut place = format!("{at}{token}");
        let mut inner = member;
        while let Some(items) = inner.get("items").filter(|items| items.as_object().is_some()) {
            place.push_str("/*");
            inner = items;
        }
        if inner.get("properties").is_some() && depth < DEPTH_MAX {
            walk(inner, &place, depth + 1, see);
        } else {
            see(&place, name, inner, properties);
        }
    }
}

#[cfg(test)]
mod tests;
