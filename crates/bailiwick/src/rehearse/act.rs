//! One act that a template grants: its tool, and arguments that an honest agent would give it.

use super::arguments;
use super::copied::Copied;
use super::values;
use crate::print::text;
use bailiwick_catalogue::{ToolWords, suggest};
use bailiwick_core::json::{Json, Object, Pointer};
use bailiwick_core::normal::Kind;
use bailiwick_core::{Effect, ToolId};
use std::collections::BTreeMap;

/// Names by which recipients go.
const RECIPIENTS: [&str; 6] = ["to", "recipient", "recipients", "receiver", "cc", "bcc"];

/// An argument that a binding reads.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    /// Where it stands, as `/iban`.
    pub(super) at: String,
    /// What it is.
    pub(super) kind: Kind,
    /// What it is to the call: `destination`, `resource`, `measure`, …; nothing for a value.
    pub(super) role: String,
}

/// An act, as an honest agent would do it.
#[derive(Debug, Clone)]
pub(super) struct Act {
    /// The tool.
    pub(super) tool: ToolId,
    /// What it does.
    pub(super) effect: Effect,
    /// Whether it carries what the caller says elsewhere.
    pub(super) leaves: bool,
    /// Its arguments.
    pub(super) arguments: Json,
    /// What of them is read.
    pub(super) bound: Vec<Bound>,
    /// Where the amount stands, and its unit.
    pub(super) amount: Option<(String, String)>,
    /// Where that unit stands, if an argument says it.
    pub(super) unit_at: Option<String>,
    /// Where its name for idempotency stands.
    pub(super) key: Option<String>,
    /// Whether a binding reads that name.
    pub(super) keyed: bool,
    /// The row of the template.
    pub(super) row: Json,
    /// Its words.
    pub(super) words: Json,
    /// Conditions of its row of which no value was found that they take.
    pub(super) cannot: Vec<String>,
}

/// What a person filled in.
pub(super) type Filled = BTreeMap<String, (Kind, String)>;

/// A condition or a limit with the parameters put in.
pub(super) fn put_in(value: &Json, filled: &Filled) -> Json {
    let name = value.as_str().and_then(|text| text.strip_prefix('{')?.strip_suffix('}'));
    match name.and_then(|name| filled.get(name)) {
        Some((_, given)) => Json::from(given.as_str()),
        None => value.clone(),
    }
}

impl Act {
    /// As clients call it.
    pub(super) fn name(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
        let tool: String = self.tool.tool().chars().map(plain).collect();
        format!("{}__{tool}", self.tool.server()).chars().take(64).collect()
    }

    /// The act of a tool under a row.
    pub(super) fn of(copied: &Copied, tool: ToolId, effect: Effect, words: &Json, row: &Json, filled: &Filled) -> Self {
        let document = copied.tool(&tool.to_string());
        let bind = document
            .and_then(|document| document.get("bind")?.get("arguments")?.as_object().cloned())
            .unwrap_or_default();
        let mut act = Self {
            leaves: document.is_some_and(|own| text(own, "egress") == "open") || open_world(document, words),
            tool,
            effect,
            arguments: Json::Null,
            bound: Vec::new(),
            amount: None,
            unit_at: None,
            key: None,
            keyed: false,
            row: row.clone(),
            words: words.clone(),
            cannot: Vec::new(),
        };
        for (at, how) in bind.iter() {
            act.bind(at, how, filled);
        }
        act.keyed = act.key.is_some();
        let unit_at = act.unit_at.clone();
        // what no binding reads, or is called harmless, is what the words say that it is: whoever attacks reads them too
        let unread = |at: &str| bind.get(at).is_none_or(|how| text(how, "role") == "harmless");
        for (at, how) in seems(words).iter().filter(|(at, _)| unread(at)) {
            // of what only reads, `to` is a day as a rule
            let how = if act.effect == Effect::Read { how.clone() } else { recipient(at, how) };
            act.bind(at, &how, filled);
        }
        // a unit that only the words speak of is as their schema has it
        act.unit_at = unit_at;
        (act.arguments, act.cannot) = arguments::honest(&act, &bind, filled);
        act
    }

    fn bind(&mut self, at: &str, how: &Json, filled: &Filled) {
        let at = at.trim_end_matches("/*");
        // of every element of a list the first is meant
        let within = at.trim_start_matches('/').contains('/');
        match text(how, "role") {
            "idempotency" if self.key.is_none() && !within => self.key = Some(at.to_owned()),
            "idempotency" => {}
            "measure" if self.amount.is_some() => {}
            "measure" => {
                let unit = match text(how, "currency") {
                    "" => self.unit_of(text(how, "currency_at"), filled),
                    unit => unit.to_owned(),
                };
                self.unit_at = Some(text(how, "currency_at").to_owned()).filter(|at| !at.is_empty());
                self.amount = Some((at.to_owned(), unit));
            }
            "harmless" => {}
            role => {
                if let Some(kind) = Kind::parse(text(how, "kind")) {
                    self.bound.push(Bound { at: at.to_owned(), kind, role: role.to_owned() });
                }
            }
        }
    }

    /// The unit that its row limits, where an argument names it.
    fn unit_of(&self, at: &str, filled: &Filled) -> String {
        let said = self.row.get("when").and_then(|when| when.get(at)?.get("equals"));
        if let Some(Json::String(unit)) = said.map(|said| put_in(said, filled)) {
            return unit.to_string();
        }
        let meters = self.row.get("meters").and_then(Json::as_object);
        meters.and_then(|meters| meters.keys().find(|unit| *unit != "calls")).unwrap_or("EUR").to_owned()
    }

    /// The arguments with another value at a place; `None` where nothing stands there.
    pub(super) fn with(&self, at: &str, value: &str) -> Option<Json> {
        let value = values::typed(value, self.schema_at(at)?);
        self.with_json(at, value)
    }

    /// The same with a value of any type.
    pub(super) fn with_json(&self, at: &str, value: Json) -> Option<Json> {
        let place = place(at)?;
        match place.tokens()[..] {
            // of arguments that may be left out one that is not there is given
            [name] => {
                let mut arguments = self.arguments.as_object()?.clone();
                arguments.insert(name, value);
                Some(Json::Object(arguments))
            }
            _ => values::put(&self.arguments, &place.tokens(), value),
        }
    }

    /// What the schema says of a place.
    fn schema_at(&self, at: &str) -> Option<&Json> {
        let schema = self.words.get("inputSchema")?;
        Pointer::parse(at).ok()?.tokens().into_iter().try_fold(schema, |schema, token| match token {
            "*" => schema.get("items"),
            name => schema.get("properties")?.get(name),
        })
    }

    /// The text that stands at a place.
    pub(super) fn value(&self, at: &str) -> Option<String> {
        let found = self.arguments.pointer(&place(at)?)?;
        found.as_str().map(str::to_owned).or_else(|| Some(found.canonical()))
    }

    /// The first bound argument of a role.
    pub(super) fn role(&self, role: &str) -> Option<&Bound> {
        self.bound.iter().find(|bound| bound.role == role)
    }

    /// An argument that holds words: a bound content or text, or one that nobody speaks of.
    pub(super) fn words_at(&self) -> Option<String> {
        let holds =
            |bound: &&Bound| matches!(bound.kind, Kind::Content | Kind::Text | Kind::Title) && bound.role.is_empty();
        let spoken_of = |at: &str| self.row.get("when").is_some_and(|when| when.get(at).is_some());
        let bound = self.bound.iter().filter(holds).map(|bound| bound.at.clone());
        let texts = self.arguments.as_object().into_iter().flat_map(|all| all.iter());
        let free = texts.filter(|(_, value)| value.as_str().is_some()).map(|(name, _)| format!("/{name}"));
        let others = free.filter(|at| {
            !self.bound.iter().any(|bound| bound.at == *at)
                && self.amount.as_ref().is_none_or(|(own, _)| own != at)
                && self.unit_at.as_ref() != Some(at)
        });
        bound.chain(others).find(|at| !spoken_of(at) && self.key.as_ref() != Some(at))
    }

    /// In words.
    pub(super) fn shown(&self) -> String {
        self.tool.to_string()
    }
}

/// What is called as a recipient is one for whoever attacks, where nothing else says so.
fn recipient(at: &str, how: &Json) -> Json {
    let named = RECIPIENTS.contains(&at.trim_end_matches("/*").trim_start_matches('/'));
    match named && text(how, "role").is_empty() {
        true => Json::object([("kind", Json::from("email")), ("role", Json::from("destination"))]),
        false => how.clone(),
    }
}

/// How the arguments of a tool would be read, by its words alone.
fn seems(words: &Json) -> Object {
    let read = ToolWords::read(words).ok().map(|words| suggest(&words, &[], &[]).bind);
    read.and_then(|bind| bind.get("arguments")?.as_object().cloned()).unwrap_or_default()
}

fn open_world(document: Option<&Json>, words: &Json) -> bool {
    // who has said what it is needs no guess
    document.is_none()
        && words.get("annotations").and_then(|own| own.get("openWorldHint")).and_then(Json::as_bool) != Some(false)
}

/// A place of which every element of a list is the first.
fn place(at: &str) -> Option<Pointer> {
    let place = Pointer::parse(at).ok()?;
    Some(
        place.tokens().into_iter().fold(Pointer::root(), |all, token| all.join(if token == "*" { "0" } else { token })),
    )
}
