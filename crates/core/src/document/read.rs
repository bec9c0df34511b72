//! Reading a document: what is wrong is told with its place, so that whoever wrote it finds the line.

use super::Document;
use super::mistakes::{MISSING, UNKNOWN};
use crate::json::{Json, Pointer};
use serde::de::DeserializeOwned;
use std::fmt;

/// Why a document is not one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadDocument {
    /// Where in it.
    pub at: Pointer,
    /// What is wrong there.
    pub why: String,
}

impl fmt::Display for BadDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_root() { f.write_str(&self.why) } else { write!(f, "`{}`: {}", dotted(&self.at), self.why) }
    }
}
impl std::error::Error for BadDocument {}

/// The kinds of documents, as written.
const KINDS: [&str; 9] = ["agent", "role", "server", "tool", "template", "policy", "person", "rule", "mandate"];

impl Document {
    /// Reads one document from strict JSON.
    ///
    /// # Errors
    /// [`BadDocument`] naming the field and what was expected.
    pub fn read(json: &Json) -> Result<Self, BadDocument> {
        let document = Self::read_fields(json)?;
        match &document {
            Self::Template(template) => template.check()?,
            Self::Rule(rule) => rule.check()?,
            Self::Mandate(mandate) => mandate.check()?,
            Self::Policy(policy) => policy.check()?,
            _ => {}
        }
        Ok(document)
    }

    /// The same field by field, none of which has seen the others.
    pub(super) fn read_fields(json: &Json) -> Result<Self, BadDocument> {
        let bad = |why: String| BadDocument { at: Pointer::root(), why };
        if json.canonical().len() > Self::BYTES_MAX {
            return Err(bad(format!("a document has at most {} bytes", Self::BYTES_MAX)));
        }
        let Json::Object(members) = json else {
            return Err(bad(format!("expected a document with a `kind`, found {}", json.kind())));
        };
        let mut members = members.clone();
        let kinds = || KINDS.map(|kind| format!("`{kind}`")).join(", ");
        let Some(kind) = members.remove("kind") else {
            return Err(bad(format!("missing `kind`, one of {}", kinds())));
        };
        let rest = Json::Object(members);
        Ok(match kind.as_str() {
            Some("agent") => Self::Agent(fields(&rest)?),
            Some("role") => Self::Role(fields(&rest)?),
            Some("server") => Self::Server(fields(&rest)?),
            Some("tool") => Self::Tool(fields(&rest)?),
            Some("template") => Self::Template(fields(&rest)?),
            Some("policy") => Self::Policy(fields(&rest)?),
            Some("person") => Self::Person(fields(&rest)?),
            Some("rule") => Self::Rule(fields(&rest)?),
            Some("mandate") => Self::Mandate(fields(&rest)?),
            _ => {
                let why = format!("expected one of {}, found {}", kinds(), shown(&kind));
                return Err(BadDocument { at: Pointer::root().join("kind"), why });
            }
        })
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => format!("`{}`", text.escape_debug()),
        other => other.kind().to_owned(),
    }
}

/// The fields of a document. serde says at which byte it stopped; what stands there is the place.
fn fields<T: DeserializeOwned>(json: &Json) -> Result<T, BadDocument> {
    let text = json.canonical();
    serde_json::from_str(&text).map_err(|error| {
        let why = plain(&error);
        // by INVARIANT of RFC 8785: the text has one line, so that a column is a byte
        let at = stopped_at(&text, &error);
        let why = own_words(&why);
        BadDocument { at, why }
    })
}

/// Where in a text of RFC 8785 form serde stopped.
pub(crate) fn stopped_at(text: &str, error: &serde_json::Error) -> Pointer {
    place(text.as_bytes(), error.column(), plain(error).starts_with("missing field"))
}

/// The innermost member or element that the first `end` bytes of a text of RFC 8785 form lead to. What is wrong with the
/// last part of a container is told when that is closed; `whole` says that it is about the container itself.
fn place(text: &[u8], end: usize, whole: bool) -> Pointer {
    /// A container that is open: its member's name or its element's number.
    enum Open {
        Object(Option<String>),
        Array(usize),
    }
    let mut open: Vec<Open> = Vec::new();
    let mut rest = text.iter().copied().take(end).enumerate().peekable();
    while let Some((start, byte)) = rest.next() {
        match byte {
            b'{' => open.push(Open::Object(None)),
            b'[' => open.push(Open::Array(0)),
            // what is wrong with an empty list is wrong with the list, for it has no element
            b']' if start.checked_sub(1).and_then(|before| text.get(before)) == Some(&b'[') => drop(open.pop()),
            b'}' | b']' if whole || rest.peek().is_some() => drop(open.pop()),
            b',' => match open.last_mut() {
                Some(Open::Array(index)) => *index += 1,
                Some(Open::Object(name)) => *name = None,
                None => {}
            },
            b'"' => {
                let mut escaped = false;
                let mut last = start;
                for (at, byte) in rest.by_ref() {
                    last = at;
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => break,
                        _ => {}
                    }
                }
                if let Some(Open::Object(name @ None)) = open.last_mut() {
                    let text = text.get(start..=last).unwrap_or_default();
                    *name = serde_json::from_slice(text).ok();
                }
            }
            _ => {}
        }
    }
    open.into_iter().fold(Pointer::root(), |at, open| match open {
        Open::Object(Some(name)) => at.join(name),
        Open::Object(None) => at,
        Open::Array(index) => at.index(index),
    })
}

/// serde's message without its "at line 1 column …": the text it counts in is not the person's.
pub(crate) fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

/// serde's message in the words of whoever writes documents.
fn own_words(text: &str) -> String {
    let named = |text: &str, before: &str| -> Option<(String, String)> {
        let (name, rest) = text.strip_prefix(before)?.strip_prefix('`')?.split_once('`')?;
        Some((name.to_owned(), rest.trim_start_matches(", ").to_owned()))
    };
    if let Some((name, expected)) = named(text, "unknown field ") {
        return format!("{UNKNOWN}{name}`; {expected}");
    }
    if let Some((name, expected)) = named(text, "unknown variant ") {
        return format!("{expected}, found `{name}`");
    }
    if let Some((name, _)) = named(text, "missing field ") {
        return format!("{MISSING}{name}`");
    }
    let Some((found, expected)) = text.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "))
    else {
        return text.to_owned();
    };
    let found = match found.split(' ').next() {
        Some("map") => "an object",
        Some("sequence") => "a list",
        Some("null") => "nothing",
        Some("boolean") => "a boolean",
        Some("integer" | "floating") => "a number: write it in quotes, if it is meant as a text",
        _ => "a text",
    };
    let expected = match expected {
        "a sequence" => "a list",
        "a map" => "an object",
        "a boolean" => "`true` or `false`",
        "a string" => "a text",
        "u64" | "u32" => "a whole number",
        other if other.starts_with("struct ") => "an object",
        other if other.contains("enum") => "one of its words",
        other => other,
    };
    format!("expected {expected}, found {found}")
}

/// A place as people write it: `grant[0].meters.EUR`.
pub fn dotted(at: &Pointer) -> String {
    let mut out = String::new();
    for token in at.tokens() {
        if !out.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit()) {
            out.push_str(&format!("[{token}]"));
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(&token.escape_debug().to_string());
        }
    }
    out
}

/// The place that [`dotted`] writes so.
pub(super) fn undotted(text: &str) -> Pointer {
    let parts = text.split(['.', '[']).map(|part| part.trim_end_matches(']'));
    parts.filter(|part| !part.is_empty()).fold(Pointer::root(), Pointer::join)
}

#[cfg(test)]
mod tests;
