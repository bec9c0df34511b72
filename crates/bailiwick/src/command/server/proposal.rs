//! What tools seem to be: in a line for who reviews them, and as documents in a file to change and to apply.

use super::Outcome;
use crate::hint::ours;
use crate::home::Trouble;
use crate::print::{self, foreign, foreign_whole, list, text, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

/// The members of a proposed document that are one word each, in the order in which people read them.
const WORDS: [&str; 3] = ["effect", "egress", "reversibility"];

/// What a tool seems to be, a line each; only what it does, and more at stake than follows from that, unless all is asked for.
/// Nothing of one that a document describes.
pub(super) fn seems(tool: &Json, all: bool) -> Vec<String> {
    let proposal = tool.get("proposal").unwrap_or(&Json::Null);
    let raised = proposal.get("document").and_then(|document| document.get("impact")?.as_str()).is_some();
    let told = |part: &str| all || part == "effect" || (part == "impact" && raised);
    let why = list(proposal, "why").iter().filter(|one| told(text(one, "part")));
    let line = |one: &Json| {
        let (part, why) = (foreign(text(one, "part")), foreign_whole(text(one, "why")));
        let bind = proposal.get("document").and_then(|document| document.get("bind"));
        if part.starts_with('/') {
            let at = bind.and_then(|bind| bind.get("arguments")?.get(&part));
            return format!("{part} {}: {why}", at.map(flow).unwrap_or_default());
        }
        // an impact begins with which one it is, as an effect does
        match part.as_str() {
            "impact" => format!("impact {why}"),
            part if part.starts_with("result") => format!("{part}: {why}"),
            _ => why,
        }
    };
    why.map(line).collect()
}

/// Writes the proposals of a server's tools as documents.
pub(super) fn write(server: &str, shown: &Json, path: &Path, json: bool) -> Result<Outcome, Trouble> {
    let tools = shown.get("now").map(|now| list(now, "offered")).unwrap_or_default();
    let tools: Vec<&Json> =
        tools.iter().filter_map(|tool| tool.get("proposal")).filter(|seems| !seems.is_null()).collect();
    if tools.is_empty() {
        return Err(BadInput(format!("every tool of `{server}` has a document already: nothing is written")).into());
    }
    let bad = |error: std::io::Error| BadInput(format!("{}: {error}", path.display()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(bad)?;
    file.write_all(documents(server, &tools).as_bytes()).and_then(|()| file.sync_all()).map_err(bad)?;
    let file = path.display();
    if json {
        print::json(&Json::object([
            ("tools", Json::from(u64::try_from(tools.len()).unwrap_or(u64::MAX))),
            ("written", Json::from(file.to_string())),
        ]));
    } else {
        words(&format!("{} tools as they seem to be: {file}; nothing was taken", tools.len()));
        let (apply, review) = (ours(&format!("apply {file}")), ours(&format!("server review {server}")));
        words(&format!("look it over, then: {apply}; {review}"));
    }
    Ok(Outcome::Done)
}

/// The documents as YAML, each line with what it rests on.
fn documents(server: &str, proposals: &[&Json]) -> String {
    let mut out = format!(
        "# What the tools of `{server}` seem to be, by the server's own words alone. Each line is a guess, with what it rests on:\n\
         # read it, change it, and apply the file. Who can write a field of a result no schema says, least of all where it says\n\
         # `trusted` below: look there twice (docs/reference/bindings.md)\n"
    );
    let each: Vec<String> = proposals.iter().map(|proposal| document(proposal)).collect();
    out.push_str(&each.join("---\n"));
    out
}

fn document(proposal: &Json) -> String {
    let none = Json::Null;
    let document = proposal.get("document").unwrap_or(&none);
    let why = |part: &str| {
        let of = list(proposal, "why").iter().filter(|one| text(one, "part") == part);
        of.map(|one| foreign_whole(text(one, "why"))).collect::<Vec<_>>().join("; ")
    };
    let mut out = format!("kind: tool\ntool: {}\n", scalar(text(document, "tool")));
    for name in WORDS.into_iter().filter(|name| document.get(name).is_some()) {
        out.push_str(&line("", name, &scalar(text(document, name)), &why(name)));
    }
    match document.get("impact").and_then(Json::as_str) {
        Some(impact) => out.push_str(&line("", "impact", &scalar(impact), &why("impact"))),
        // what follows from the rest is not written down: it goes with what is changed there
        None => out.push_str(&format!("# impact {}\n", why("impact"))),
    }
    let bind = document.get("bind").and_then(Json::as_object).filter(|bind| !bind.is_empty());
    out.push_str(if bind.is_some() { "bind:\n" } else { "" });
    let arguments = document.get("bind").and_then(|bind| bind.get("arguments")?.as_object());
    if let Some(arguments) = arguments {
        out.push_str("  arguments:\n");
        for (place, binding) in arguments.iter() {
            out.push_str(&line("    ", &scalar(place), &flow(binding), &why(place)));
        }
    }
    let referents = document.get("bind").map(|bind| list(bind, "referents")).unwrap_or_default();
    if !referents.is_empty() {
        out.push_str("  referents:\n");
        referents.iter().for_each(|referent| out.push_str(&format!("    - {}\n", flow(referent))));
    }
    out.push_str(&result(proposal, document, &why));
    out
}

/// What is said of a result: its fields with what they rest on, and those of which there is nothing to write down.
fn result(proposal: &Json, document: &Json, why: &impl Fn(&str) -> String) -> String {
    let form = document.get("bind").and_then(|bind| bind.get("result"));
    let mut out = String::from(if form.is_some() { "  result:\n" } else { "" });
    let mut written = vec!["result".to_owned()];
    for list_name in ["values", "fields"] {
        let all = form.map(|form| list(form, list_name)).unwrap_or_default();
        if !all.is_empty() {
            out.push_str(&format!("    {list_name}:\n"));
        }
        for one in all {
            let part = format!("result{}", text(one, "at"));
            out.push_str(&format!("      - {}  # {}\n", flow(one), why(&part)));
            written.push(part);
        }
    }
    // what there is nothing to write down of, by why that is
    let mut rest = Vec::<(&str, Vec<String>)>::new();
    for one in list(proposal, "why").iter().filter(|one| !written.iter().any(|known| known == text(one, "part"))) {
        let Some(at) = text(one, "part").strip_prefix("result/") else { continue };
        let (at, why) = (format!("/{}", foreign(at)), text(one, "why"));
        match rest.iter_mut().find(|(known, _)| *known == why) {
            Some((_, places)) => places.push(at),
            None => rest.push((why, vec![at])),
        }
    }
    for (why, places) in rest {
        out.push_str(&format!("# result at {}: {}\n", places.join(", "), foreign_whole(why)));
    }
    let whole = why("result");
    if whole.is_empty() { out } else { format!("{out}# result: {whole}\n") }
}

/// One member, with what it rests on behind it.
fn line(indent: &str, name: &str, value: &str, why: &str) -> String {
    // a reason begins with what it is a reason for
    let why = why.strip_prefix(value).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(why);
    let why = if why.is_empty() { String::new() } else { format!("  # {why}") };
    format!("{indent}{name}: {value}{why}\n")
}

/// A binding on one line: `{kind: path, role: resource}`.
fn flow(value: &Json) -> String {
    let member = |(name, value): (&str, &Json)| format!("{}: {}", scalar(name), flow(value));
    match value {
        Json::Object(members) => format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", ")),
        Json::String(text) => scalar(text),
        other => other.canonical(),
    }
}

/// A text as YAML reads it back: bare where nobody could take it for anything else, else in quotes.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if begins && !word && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}

/// In double quotes, with whatever does not print as YAML's own escapes: those of JSON have no single form beyond 16 bits.
fn quoted(text: &str) -> String {
    let prints = |c: char| c == ' ' || c.is_alphanumeric() || c.is_ascii_graphic();
    let canonical = Json::from(text).canonical();
    canonical.chars().map(|c| if prints(c) { c.to_string() } else { format!("\\U{:08x}", u32::from(c)) }).collect()
}

#[cfg(test)]
mod tests;
