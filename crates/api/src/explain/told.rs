//! One part of an explanation: for programs as JSON, and the same for people in lines.

use bailiwick_core::json::Json;
use bailiwick_core::{Assurance, By, Micros};

/// The most lines of one part: what is left out is said.
const LINES_MAX: usize = 100;

/// A line for people; where it tells of an event, which one and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) event: Option<u64>,
    pub(super) at: Option<Micros>,
    pub(super) text: String,
}

/// One part of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// Its name, as programs read it.
    pub(super) name: &'static str,
    /// What stands above it.
    title: &'static str,
    pub(super) json: Json,
    pub(super) lines: Vec<Line>,
}

impl Told {
    pub(super) const fn new(name: &'static str, title: &'static str) -> Self {
        Self { name, title, json: Json::Null, lines: Vec::new() }
    }

    pub(super) fn json(self, json: Json) -> Self {
        Self { json, ..self }
    }

    /// A line more.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.lines.push(Line { event: None, at: None, text: text.into() });
    }

    /// A line more, of an event.
    pub(super) fn say_of(&mut self, event: Option<u64>, at: Micros, text: impl Into<String>) {
        self.lines.push(Line { event, at: Some(at), text: text.into() });
    }

    /// For people: what stands above, and the lines.
    pub(super) fn section(&self) -> Json {
        let line = |line: &Line| {
            Json::object([
                ("at", line.at.map_or(Json::Null, |at| Json::from(at.0))),
                ("event", line.event.map_or(Json::Null, Json::from)),
                ("text", Json::from(line.text.as_str())),
            ])
        };
        let left = self.lines.len().saturating_sub(LINES_MAX);
        let more = Line { event: None, at: None, text: format!("and {left} lines more") };
        let shown = self.lines.iter().take(LINES_MAX).chain((left > 0).then_some(&more));
        Json::object([("lines", Json::array(shown.map(line))), ("title", Json::from(self.title))])
    }
}

/// How an act of somebody was made sure, in words.
pub(super) const fn sure(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::Local => "by an account of this machine",
        Assurance::Software => "by software, for a trial",
        Assurance::KeyOnly => "by a key alone",
        Assurance::Oidc => "by an OIDC token",
        Assurance::Spiffe => "by a SPIFFE identity",
        Assurance::Session => "by a session that a passkey began",
        Assurance::Passkey => "by a passkey",
        Assurance::Fido2 => "by a FIDO2 key",
    }
}

/// A person who did something, in words.
pub(super) fn who(by: &By) -> String {
    format!("{}, made sure {}", by.person, sure(by.assurance))
}

/// The same as JSON.
pub(super) fn by_json(by: &By) -> Json {
    Json::object([("assurance", crate::nouns::word(&by.assurance)), ("person", Json::from(by.person.as_str()))])
}

/// A text that is there, or null.
pub(super) fn optional(text: Option<&str>) -> Json {
    text.map_or(Json::Null, Json::from)
}
