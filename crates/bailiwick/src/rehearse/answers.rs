//! How played servers answer: with what is on record of a tool, with what its places were, or with what its schema promises.

use super::case;
use super::copied::Copied;
use super::on_record::{OnRecord, fits};
use super::recorded::{Kept, Recorded};
use super::shape::Shape;
use super::values;
use crate::print::text;
use bailiwick_core::ToolId;
use bailiwick_core::json::Json;
use std::collections::{BTreeMap, BTreeSet};

/// How deep a generated answer is.
const DEPTH_MAX: u32 = 6;
/// What stands in generated answers where nothing else is to.
const WORDS: &str = "as rehearsed";

/// How a tool answers.
#[derive(Debug, Clone)]
pub(super) enum Answers {
    /// With what is on record: all of a result.
    Recorded {
        /// The event that has it, by its number in the log.
        event: u64,
        /// The answer.
        answer: Box<OnRecord>,
    },
    /// In the shape of a result of which the record has the places of values, and not the values.
    Shaped {
        /// The event that has them.
        event: u64,
        /// The places.
        shape: Shape,
    },
    /// As its schema says, though something is on record.
    Made {
        /// Why not with that.
        why: String,
    },
}

/// How a tool answered, as people are told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// `recorded`, `shape` or `schema`.
    pub(super) from: &'static str,
    /// The event of the record that it rests on.
    pub(super) event: Option<u64>,
    /// Why it does not rest on what is on record.
    pub(super) why: Option<String>,
}

impl Told {
    /// Of a tool.
    pub(super) fn of(own: Option<&Answers>) -> Self {
        match own {
            Some(Answers::Recorded { event, .. }) => Self { from: "recorded", event: Some(*event), why: None },
            Some(Answers::Shaped { event, .. }) => Self { from: "shape", event: Some(*event), why: None },
            Some(Answers::Made { why }) => Self { from: "schema", event: None, why: Some(why.clone()) },
            None => Self { from: "schema", event: None, why: None },
        }
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        match (self.from, self.event, &self.why) {
            ("recorded", Some(event), _) => format!("as on record, event {event}"),
            ("shape", Some(event), _) => format!("in the shape of event {event}, of which no text is kept"),
            (_, _, Some(why)) => format!("made of its schema: {why}"),
            _ => "made of its schema".to_owned(),
        }
    }
}

/// How each tool answers of which something is on record.
pub(super) fn of(copied: &Copied, recorded: BTreeMap<String, Recorded>) -> BTreeMap<String, Answers> {
    let asked = asked_of_others(copied);
    let one = |(name, one): (String, Recorded)| {
        let tool = ToolId::parse(&name).ok()?;
        let words = copied.words.get(tool.server().as_str())?.iter().find(|own| text(own, "name") == tool.tool())?;
        if asked.contains(&name) {
            let why = "its answers say what became of another call".to_owned();
            return Some((name, Answers::Made { why }));
        }
        let document = copied.tool(&name);
        let event = one.event;
        let answers = match one.kept {
            Kept::Whole(result) => match OnRecord::of(words, document, case::effect(copied, &tool, words), &result) {
                Ok(answer) => Answers::Recorded { event, answer: Box::new(answer) },
                Err(why) => Answers::Made { why },
            },
            Kept::Places(places) => Answers::Shaped { event, shape: Shape::of(document, places)? },
        };
        Some((name, answers))
    };
    recorded.into_iter().filter_map(one).collect()
}

/// Tools that are asked what became of a call: an old answer would say that of a call of the rehearsal.
fn asked_of_others(copied: &Copied) -> BTreeSet<String> {
    let named = |tool: &Json| {
        let asked = text(tool.get("bind")?.get("outcome")?, "tool").to_owned();
        Some(format!("{}/{asked}", text(tool, "tool").split('/').next()?))
    };
    copied.of_kind("tool").filter_map(named).collect()
}

/// What a tool of these words answers, and what stands in it.
pub(super) fn answer(own: Option<&Answers>, words: &Json, holding: Option<&str>, arguments: &Json) -> Json {
    let promised = words.get("outputSchema");
    match own {
        Some(Answers::Recorded { answer, .. }) => {
            if let Some(given) = answer.answer(holding, arguments) {
                return given;
            }
        }
        Some(Answers::Shaped { shape, .. }) => {
            let holding = holding.unwrap_or(WORDS);
            let made = promised.map_or(Json::Null, |schema| generated(schema, holding, 0));
            if let Some(content) = shape.over(made, holding)
                && promised.is_none_or(|schema| fits(schema, &content))
            {
                return result(promised.is_some(), content);
            }
        }
        Some(Answers::Made { .. }) | None => {}
    }
    let holding = holding.unwrap_or(WORDS);
    let content = promised.map_or_else(|| Json::from(holding), |schema| generated(schema, holding, 0));
    result(promised.is_some(), content)
}

fn result(structured: bool, content: Json) -> Json {
    let shown = content.as_str().map_or_else(|| content.canonical(), str::to_owned);
    let part = Json::object([("text", Json::from(shown)), ("type", Json::from("text"))]);
    let mut members =
        vec![("content", Json::array([part])), ("isError", Json::from(false)), ("resultType", Json::from("complete"))];
    members.extend(structured.then_some(("structuredContent", content)));
    Json::object(members)
}

/// A value that fits a schema as far as it is simple. The text stands wherever any text may.
fn generated(schema: &Json, holding: &str, depth: u32) -> Json {
    let first = |name: &str| schema.get(name).and_then(Json::as_array).and_then(<[Json]>::first).cloned();
    if let Some(value) = schema.get("const").cloned().or_else(|| first("enum")) {
        return value;
    }
    if let Some(branch) = first("anyOf").or_else(|| first("oneOf")) {
        return generated(&branch, holding, depth);
    }
    let kind = match schema.get("type") {
        Some(Json::Array(kinds)) => kinds.first().and_then(Json::as_str).unwrap_or("string"),
        Some(Json::String(kind)) => kind,
        _ => {
            if schema.get("properties").is_some() {
                "object"
            } else {
                "string"
            }
        }
    };
    match kind {
        "object" if depth < DEPTH_MAX => {
            let properties = schema.get("properties").and_then(Json::as_object).into_iter().flat_map(|all| all.iter());
            Json::object(properties.map(|(name, own)| (name.to_owned(), generated(own, holding, depth + 1))))
        }
        "object" => Json::object::<&str>([]),
        "array" if depth < DEPTH_MAX => {
            Json::array([generated(schema.get("items").unwrap_or(&Json::Null), holding, depth + 1)])
        }
        "array" => Json::Array(Vec::new()),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(Json::from(1_u64)),
        "boolean" => Json::from(false),
        "null" => Json::Null,
        _ => {
            let most = schema.get("maxLength").and_then(Json::as_u64).and_then(|most| usize::try_from(most).ok());
            let plain = text(schema, "format").is_empty() && schema.get("pattern").is_none();
            let words = if plain { holding.to_owned() } else { values::honest(&bailiwick_core::normal::Kind::Date, 1) };
            Json::from(words.chars().take(most.unwrap_or(usize::MAX)).collect::<String>())
        }
    }
}
