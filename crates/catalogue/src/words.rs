//! The words of a tool: what a server says of it in `tools/list`. They are what a person reviews and a pin holds.

use crate::{Method, digest};
use bailiwick_core::json::{Json, Limits, Object};
use bailiwick_core::{Digest, sha256};
use std::collections::BTreeMap;
use std::fmt;

/// The most bytes of one member of an entry, in RFC 8785 form.
const MEMBER_BYTES_MAX: usize = 64 << 10;
/// The most bytes of a whole entry.
const ENTRY_BYTES_MAX: usize = 256 << 10;
const _: () = assert!(MEMBER_BYTES_MAX < ENTRY_BYTES_MAX);
/// The most tools of one server.
const TOOLS_MAX: usize = 1024;
/// The most bytes of a tool's name.
const NAME_BYTES_MAX: usize = 128;

/// Why an entry of `tools/list` is not taken. The server misbehaved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadWords {
    /// What is wrong, naming the member.
    pub why: String,
}

impl fmt::Display for BadWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}
impl std::error::Error for BadWords {}

fn bad(why: impl Into<String>) -> BadWords {
    BadWords { why: why.into() }
}

/// One tool in the server's own words. Members that we do not know are kept and pinned with the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolWords {
    name: String,
    entry: Object,
}

impl ToolWords {
    /// Reads one entry of `tools/list`.
    ///
    /// # Errors
    /// [`BadWords`] naming the member that is missing, too long, or of another type.
    pub fn read(entry: &Json) -> Result<Self, BadWords> {
        let words = Self::read_any(entry)?;
        match Method::of_tool(&words.name) {
            Some(_) => Err(bad(format!("`name`: `{}` is our name of a method", words.name))),
            None => Ok(words),
        }
    }

    /// Reads an entry, that of a method included.
    pub(crate) fn read_any(entry: &Json) -> Result<Self, BadWords> {
        let members = entry.as_object().ok_or_else(|| bad(format!("expected an object, found {}", entry.kind())))?;
        let mut size = 2;
        for (name, value) in members.iter() {
            let bytes = value.canonical().len();
            size += bytes + name.len() + 4;
            if bytes > MEMBER_BYTES_MAX {
                return Err(bad(format!("`{}`: at most {MEMBER_BYTES_MAX} bytes, found {bytes}", name.escape_debug())));
            }
        }
        if size > ENTRY_BYTES_MAX {
            return Err(bad(format!("at most {ENTRY_BYTES_MAX} bytes, found about {size}")));
        }
        let name = match members.get("name") {
            Some(Json::String(name)) => name.to_string(),
            Some(other) => return Err(bad(format!("`name`: expected a string, found {}", other.kind()))),
            None => return Err(bad("`name`: expected a string, found nothing")),
        };
        if !(1..=NAME_BYTES_MAX).contains(&name.len()) || name.chars().any(char::is_control) {
            return Err(bad(format!("`name`: expected 1 to {NAME_BYTES_MAX} bytes without control characters")));
        }
        for text in ["title", "description"] {
            expect(members, text, "a string", |value| value.as_str().is_some())?;
        }
        for object in ["inputSchema", "outputSchema", "annotations", "_meta"] {
            expect(members, object, "an object", |value| value.as_object().is_some())?;
        }
        if !members.contains_key("inputSchema") {
            return Err(bad("`inputSchema`: expected an object, found nothing"));
        }
        Ok(Self { name, entry: members.clone() })
    }

    /// Reads the bytes that a pin names.
    ///
    /// # Errors
    /// [`BadWords`] when they are not what [`ToolWords::bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadWords> {
        let entry = Json::parse(bytes, &Limits::stored()).map_err(|error| bad(error.to_string()))?;
        Self::read_any(&entry)
    }

    /// The tool's own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What people are shown as its name.
    pub fn title(&self) -> Option<&str> {
        self.entry.get("title")?.as_str()
    }

    /// What it says it does.
    pub fn description(&self) -> Option<&str> {
        self.entry.get("description")?.as_str()
    }

    /// The JSON Schema of its arguments.
    pub fn input_schema(&self) -> &Json {
        // by INVARIANT of `read_any`: it is there
        self.entry.get("inputSchema").unwrap_or(&Json::Null)
    }

    /// The JSON Schema of its structured results.
    pub fn output_schema(&self) -> Option<&Json> {
        self.entry.get("outputSchema")
    }

    /// What it claims of its own nature.
    pub fn annotations(&self) -> Option<&Json> {
        self.entry.get("annotations")
    }

    /// One member by name.
    pub fn member(&self, name: &str) -> Option<&Json> {
        self.entry.get(name)
    }

    /// The whole entry, as a client is shown it.
    pub fn entry(&self) -> Json {
        Json::Object(self.entry.clone())
    }

    pub(crate) const fn members(&self) -> &Object {
        &self.entry
    }

    /// The bytes to keep: RFC 8785 form.
    pub fn bytes(&self) -> Vec<u8> {
        self.entry().canonical().into_bytes()
    }

    /// The digest that names those bytes.
    pub fn digest(&self) -> Digest {
        sha256(&self.bytes())
    }

    /// The pin: these words behind this server and no other.
    pub fn pin(&self, server: &Digest) -> Digest {
        let form = Json::object([
            ("server", Json::from(server.to_string())),
            ("words", Json::from(self.digest().to_string())),
        ]);
        digest::of("bailiwick/pin/1", &form)
    }
}

fn expect(members: &Object, name: &str, what: &str, right: fn(&Json) -> bool) -> Result<(), BadWords> {
    match members.get(name) {
        Some(value) if !right(value) => Err(bad(format!("`{name}`: expected {what}, found {}", value.kind()))),
        Some(_) | None => Ok(()),
    }
}

/// All that a server offers at one time. What it offers twice under one name it does not offer at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    tools: BTreeMap<String, ToolWords>,
    faults: Vec<String>,
}

impl Offer {
    /// Reads the entries of `tools/list`, all pages together, with the words of methods beside them.
    pub fn read(entries: &[Json], methods: Vec<ToolWords>) -> Self {
        let mut offer = Self::default();
        let mut twice: Vec<String> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            if index >= TOOLS_MAX {
                offer.faults.push(format!("more than {TOOLS_MAX} tools: the others are not taken"));
                break;
            }
            match ToolWords::read(entry) {
                Err(error) => offer.faults.push(format!("entry {index}: {error}")),
                Ok(words) => {
                    if let Some(earlier) = offer.tools.insert(words.name.clone(), words) {
                        twice.push(earlier.name);
                    }
                }
            }
        }
        twice.sort();
        twice.dedup();
        for name in twice {
            offer.tools.remove(&name);
            offer.faults.push(format!("`{}` is offered twice: neither is taken", name.escape_debug()));
        }
        offer.tools.extend(methods.into_iter().map(|words| (words.name.clone(), words)));
        offer
    }

    /// The tools by name.
    pub fn tools(&self) -> impl Iterator<Item = &ToolWords> {
        self.tools.values()
    }

    /// The tool of that name.
    pub fn tool(&self, name: &str) -> Option<&ToolWords> {
        self.tools.get(name)
    }

    /// What was not taken and why, a line each.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }
}

#[cfg(test)]
mod tests;
