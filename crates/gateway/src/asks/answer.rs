//! A client's answer: as the arguments of an act, and from what was decided of them as it leaves.

use super::check::wrong;
use super::{ANSWER_BYTES_MAX, Kind};
use bailiwick_core::json::{Json, Object};
use std::borrow::Cow;
use std::fmt;

/// The most values, or blocks, of one answer.
const PARTS_MAX: usize = 64;

/// A client's answer, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answered {
    /// No, in the client's or the person's own name: nothing is shared, so nothing is decided, and it is passed on.
    No(Json),
    /// What would be shared, as the arguments of the act.
    Shares(Json),
}

/// An answer that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadAnswer(Cow<'static, str>);

fn bad(why: &'static str) -> BadAnswer {
    BadAnswer(why.into())
}

impl fmt::Display for BadAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the answer to what was `asked`, by this form where it was one. What is not said by MCP, or was not asked for, is no
/// part of it.
pub(crate) fn read_answer(kind: Kind, asked: &Json, form: &Json, said: &Json) -> Result<Answered, BadAnswer> {
    if said.as_object().is_none() {
        return Err(bad("expected an object"));
    }
    if said.canonical().len() > ANSWER_BYTES_MAX {
        return Err(bad("it is too large"));
    }
    let answer = match kind {
        Kind::Elicitation => match said.get("action").and_then(Json::as_str) {
            Some("accept") => accepted(asked, form, said)?,
            // one no: which of two a client says would carry a bit that nobody decided on
            Some("decline" | "cancel") => return Ok(Answered::No(Json::object([("action", Json::from("decline"))]))),
            _ => return Err(bad("expected `action` to be `accept`, `decline` or `cancel`")),
        },
        Kind::Sampling => spoken(said)?,
        Kind::Roots => return Err(bad("roots are not taken from a client")),
    };
    Ok(Answered::Shares(Json::object([("answer", answer), ("asked", asked.clone())])))
}

fn accepted(asked: &Json, form: &Json, said: &Json) -> Result<Json, BadAnswer> {
    let mut answer = Object::default();
    answer.insert("action", Json::from("accept"));
    // of a page nothing comes back through here (MCP 2025-11-25, Elicitation, URL mode)
    if asked.get("mode").and_then(Json::as_str) == Some("form") {
        let content = said.get("content").and_then(Json::as_object);
        let content = content.ok_or(bad("expected `content` to be an object"))?;
        if content.len() > PARTS_MAX {
            return Err(bad("it has too many values"));
        }
        if let Some(wrong) = wrong(form, content) {
            return Err(BadAnswer(wrong.into()));
        }
        let mut values = Vec::new();
        for (name, value) in content.iter() {
            let simple = match value {
                Json::String(_) | Json::Number(_) | Json::Bool(_) => true,
                Json::Array(items) => items.iter().all(|item| item.as_str().is_some()),
                Json::Null | Json::Object(_) => false,
            };
            if !simple {
                return Err(bad("expected values to be texts, numbers, true or false, or lists of texts"));
            }
            values.push(Json::object([("name", Json::from(name)), ("value", value.clone())]));
        }
        answer.insert("content", Json::array(values));
    }
    Ok(Json::Object(answer))
}

fn spoken(said: &Json) -> Result<Json, BadAnswer> {
    let text = |name: &str| said.get(name).filter(|value| value.as_str().is_some()).cloned();
    let mut answer = Object::default();
    answer.insert("role", text("role").ok_or(bad("expected `role` to be a string"))?);
    answer.insert("model", text("model").ok_or(bad("expected `model` to be a string"))?);
    if let Some(reason) = text("stopReason") {
        answer.insert("stopReason", reason);
    }
    let blocks = match said.get("content") {
        Some(block @ Json::Object(_)) => std::slice::from_ref(block),
        Some(Json::Array(blocks)) => blocks.as_ref(),
        _ => return Err(bad("expected `content` to be a block or a list of them")),
    };
    if blocks.is_empty() || blocks.len() > PARTS_MAX {
        return Err(bad("it has no blocks, or too many"));
    }
    answer.insert("content", Json::array(blocks.iter().map(block).collect::<Result<Vec<_>, _>>()?));
    Ok(Json::Object(answer))
}

fn block(said: &Json) -> Result<Json, BadAnswer> {
    let kind = said.get("type").and_then(Json::as_str).ok_or(bad("expected each block to have a `type`"))?;
    let taken: &[&str] = match kind {
        "text" => &["text"],
        "image" | "audio" => &["data", "mimeType"],
        other => return Ok(Json::object([("json", Json::from(said.canonical())), ("type", Json::from(other))])),
    };
    let mut block = Object::default();
    block.insert("type", Json::from(kind));
    for name in taken {
        let value = said.get(name).filter(|value| value.as_str().is_some());
        block.insert(*name, value.cloned().ok_or(bad("expected each block to have what its type says"))?);
    }
    Ok(Json::Object(block))
}

/// What leaves, written anew from the arguments of the decided act.
pub(crate) fn written(kind: Kind, decided: &Json) -> Option<Json> {
    let answer = decided.get("answer")?;
    let mut out = Object::default();
    match kind {
        Kind::Elicitation => {
            out.insert("action", answer.get("action")?.clone());
            if let Some(values) = answer.get("content").and_then(Json::as_array) {
                let named = |entry: &Json| Some((entry.get("name")?.as_str()?.to_owned(), entry.get("value")?.clone()));
                let content = values.iter().map(named).collect::<Option<Object>>()?;
                out.insert("content", Json::Object(content));
            }
        }
        Kind::Sampling => {
            for name in ["model", "role", "stopReason"] {
                if let Some(value) = answer.get(name) {
                    out.insert(name, value.clone());
                }
            }
            let blocks = answer.get("content").and_then(Json::as_array)?.iter();
            let mut blocks = blocks.map(unblock).collect::<Option<Vec<_>>>()?;
            let content = if blocks.len() == 1 { blocks.pop()? } else { Json::array(blocks) };
            out.insert("content", content);
        }
        Kind::Roots => return None,
    }
    Some(Json::Object(out))
}

fn unblock(block: &Json) -> Option<Json> {
    match block.get("json").and_then(Json::as_str) {
        None => Some(block.clone()),
        Some(text) => Json::parse(text.as_bytes(), &bailiwick_core::json::Limits::default()).ok(),
    }
}
