//! What is odd about a tool: a name that may be taken for another's, words that instruct the model, characters that are
//! not seen, secrets that it asks for.

use super::alike::{glance, one_apart};
use crate::method::Method;
use crate::words::ToolWords;
use bailiwick_core::ToolId;
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::normal::{found, invisible, look};

/// The most findings of one kind that are told of one tool: many of one push out none of another.
const OF_CODE_MAX: usize = 16;
/// The most addresses of one text that are looked at.
const FOUND_MAX: usize = 16;
/// The most characters of the words that are shown around what was found.
const AROUND_CHARS: usize = 60;
/// The shortest name of a tool that is no common word.
const NAMED_CHARS_MIN: usize = 6;

/// Words that speak to the model that reads them, and not of the tool. Looked for in what a text looks like, with single
/// spaces.
const INSTRUCTS: &[&str] = &[
    "ignore previous",
    "ignore all",
    "ignore any",
    "ignore the",
    "ignore your",
    "disregard",
    "forget previous",
    "do not tell",
    "don't tell",
    "do not mention",
    "don't mention",
    "do not reveal",
    "do not inform",
    "never tell",
    "never mention",
    "without telling",
    "without asking",
    "without informing",
    "keep this secret",
    "do not ask",
    "don't ask",
    "before using any",
    "before any other tool",
    "before calling any",
    "before you use",
    "always call",
    "always use",
    "always include",
    "always pass",
    "always send",
    "always read",
    "always run",
    "always add",
    "you must",
    "must be called first",
    "call this first",
    "call this tool first",
    "instead of using",
    "instead of the",
    "system prompt",
    "<important",
    "<system",
    "[system",
    "important instruction",
    "grants you",
    "let the user know",
    "tell the user",
];
/// Parts of the name of an argument that asks for a secret.
const SECRETS: [&str; 12] = [
    "apikey",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "privatekey",
    "accesstoken",
    "authtoken",
    "sshkey",
    "credential",
    "cookie",
    "seedphrase",
];
/// What an argument is said to want that is nobody's business but the person's.
const WANTS: [&str; 12] = [
    "conversation",
    "chat history",
    "previous messages",
    "system prompt",
    ".ssh",
    "id_rsa",
    ".env",
    "api key",
    "password",
    "private key",
    "environment variables",
    "access token",
];

/// Something that a person should have seen before they take a tool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What kind it is: `alike`, `hidden`, `instructs`, `names-another`, `secret`; and `unbound`, which is found beside a document.
    pub code: &'static str,
    /// Which member of the tool's words, as `/description`.
    pub at: String,
    /// In a sentence.
    pub why: String,
    /// The very words, as they stand; the other tool's name where it is taken for one.
    pub words: String,
}

/// Looks at the words of a tool beside all others that there are.
pub fn findings<'a>(tool: &ToolId, words: &ToolWords, others: impl Iterator<Item = &'a ToolId>) -> Vec<Finding> {
    let mut out = Vec::new();
    names(tool, words, others, &mut out);
    let entry = words.entry();
    each_text(&entry, &mut |at, text| {
        hidden(at, text, &mut out);
        instructs(at, text, &mut out);
    });
    if let Some(properties) = words.input_schema().get("properties").and_then(Json::as_object) {
        for (name, schema) in properties.iter() {
            let at = format!("/inputSchema/properties/{name}");
            asks_for_secrets(&at, name, schema, &mut out);
        }
    }
    out.sort();
    out.dedup();
    let mut told: Vec<Finding> = Vec::new();
    for same in out.chunk_by(|one, other| one.code == other.code) {
        told.extend(same.iter().take(OF_CODE_MAX).cloned());
        let more = same.len().saturating_sub(OF_CODE_MAX);
        if let Some(last) = told.last_mut().filter(|_| more > 0) {
            last.why.push_str(&format!("; {more} more of this kind are not shown"));
        }
    }
    told
}

/// A name that is, or looks like, one of another server's tools; and another server's tool in what this one says.
fn names<'a>(tool: &ToolId, words: &ToolWords, others: impl Iterator<Item = &'a ToolId>, out: &mut Vec<Finding>) {
    let own = glance(tool.tool());
    let said = look(words.description().unwrap_or_default());
    // methods that are no tools have the names that we give them, the same at every server
    let method = |tool: &ToolId| Method::of_tool(tool.tool()).is_some();
    for other in others.filter(|other| *other != tool && !method(tool) && !method(other)) {
        let foreign = other.server() != tool.server();
        let their = glance(other.tool());
        let why = match () {
            () if foreign && tool.tool() == other.tool() => "has the name of another server's tool",
            () if own == their => "looks like another tool's name",
            () if foreign && one_apart(&own, &their) => "is one letter from another server's tool",
            () => "",
        };
        let put = |code, at: &str, why: &str| Finding {
            code,
            at: at.to_owned(),
            why: why.to_owned(),
            words: other.to_string(),
        };
        if !why.is_empty() {
            out.push(put("alike", "/name", why));
        }
        let (server, theirs) = (glance(tool.server().as_str()), glance(other.server().as_str()));
        if foreign && (server == theirs || one_apart(&server, &theirs)) {
            let (code, words) = ("alike", other.server().to_string());
            let why = "its server's name looks like another server's".to_owned();
            out.push(Finding { code, at: String::new(), why, words });
        }
        let common = other.tool().chars().count() < NAMED_CHARS_MIN || !other.tool().contains(['_', '-']);
        let named = said.contains(&other.to_string()) || (!common && said.contains(&look(other.tool())));
        if foreign && named {
            out.push(put("names-another", "/description", "speaks of another server's tool"));
        }
    }
}

/// Every text of an entry, with its place. Names of members are texts as well.
fn each_text(entry: &Json, see: &mut impl FnMut(&str, &str)) {
    let mut rest = vec![(Pointer::root(), entry)];
    while let Some((at, value)) = rest.pop() {
        match value {
            Json::String(text) => see(&at.to_string(), text),
            Json::Array(items) => rest.extend(items.iter().enumerate().map(|(i, item)| (at.clone().index(i), item))),
            Json::Object(members) => {
                for (name, member) in members.iter() {
                    let place = at.clone().join(name);
                    see(&place.to_string(), name);
                    rest.push((place, member));
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }
}

/// What nobody sees and a model reads; and an address in disguise.
fn hidden(at: &str, text: &str, out: &mut Vec<Finding>) {
    let unseen = |c: char| invisible(c) && !matches!(c, '\n' | '\r' | '\t');
    let mut put = |why: &str, words: String| {
        out.push(Finding { code: "hidden", at: at.to_owned(), why: why.to_owned(), words });
    };
    if let Some((place, _)) = text.char_indices().find(|(_, c)| unseen(*c)) {
        let count = text.chars().filter(|c| unseen(*c)).count();
        put(&format!("has {count} characters that nobody sees"), around(text, place));
    }
    if text.is_ascii() {
        return;
    }
    for address in found(text, FOUND_MAX).found.into_iter().filter(|one| one.normal.is_none()) {
        put("has an address that is written to look like another", address.excerpt);
    }
}

fn instructs(at: &str, text: &str, out: &mut Vec<Finding>) {
    let looks: Vec<String> = look(text).split_whitespace().map(str::to_owned).collect();
    let plain = looks.join(" ");
    for phrase in INSTRUCTS {
        let Some(place) = plain.find(phrase) else { continue };
        // a part of a longer word is another word
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let before = plain.get(..place).and_then(|before| before.chars().next_back());
        let after = plain.get(place + phrase.len()..).and_then(|after| after.chars().next());
        if letter(before) || letter(after) {
            continue;
        }
        let why = format!("speaks to the model: `{phrase}`");
        out.push(Finding { code: "instructs", at: at.to_owned(), why, words: around(&plain, place) });
    }
}

fn asks_for_secrets(at: &str, name: &str, schema: &Json, out: &mut Vec<Finding>) {
    let glance: String = look(name).chars().filter(|c| c.is_alphanumeric()).collect();
    let mut put = |why: String, words: String| {
        out.push(Finding { code: "secret", at: at.to_owned(), why, words });
    };
    if SECRETS.iter().any(|secret| glance.contains(secret)) {
        put("asks for a secret by its name".to_owned(), name.to_owned());
    }
    let said = schema.get("description").and_then(Json::as_str).map(look).unwrap_or_default();
    if let Some((want, place)) = WANTS.iter().find_map(|want| Some((want, said.find(want)?))) {
        put(format!("wants what is not for a tool: `{want}`"), around(&said, place));
    }
}

/// The words around a place, whole characters only.
fn around(text: &str, place: usize) -> String {
    let before = text.get(..place).unwrap_or_default();
    let from = before.char_indices().rev().take(AROUND_CHARS / 2).last().map_or(place, |(at, _)| at);
    text.get(from..).unwrap_or_default().chars().take(AROUND_CHARS * 2).collect()
}

#[cfg(test)]
mod tests;
