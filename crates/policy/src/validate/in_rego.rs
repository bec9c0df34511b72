//! Validation of policies in Rego. The language knows no types and takes what is missing for undefined, so that a misspelt
//! attribute makes a rule silent: what the table of attributes and the catalogue know is asked here.

use super::{UnknownTool, entities, named};
use crate::attribute::{ATTRIBUTES, Kind, attribute};
use crate::names::NAMES;
use crate::problem::{PolicyProblem, nearest};
use crate::rego::{Compared, Constant, Rego};
use crate::schema::Catalogue;
use bailiwick_core::{ControlState, Origin, ServerEntry, ToolId};
use std::collections::BTreeSet;

/// The members of `input`.
const INPUT: [&str; 4] = ["action", "context", "principal", "resource"];
/// Those of `input.principal`.
const PRINCIPAL: [&str; 3] = ["agent", "role", "zone"];

fn set<'a>(of: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    of.into_iter().map(str::to_owned).collect()
}

/// What a policy reads that is never there, and what it compares that cannot be alike.
pub(super) fn check(control: &ControlState, catalogue: &Catalogue, rego: &Rego) -> Vec<PolicyProblem> {
    let problem = |line: usize, found: String| PolicyProblem::new(&rego.document, found).line(Some(line));
    let mut out = Vec::new();
    for (path, line) in &rego.paths {
        if let Some((found, expected)) = misread(catalogue, path) {
            out.push(problem(*line, found).expected(expected));
        }
    }
    for one in &rego.sought {
        if let Some((found, expected)) = sought(one) {
            out.push(problem(one.line, found).expected(expected));
        }
    }
    for compared in &rego.compared {
        if let Some((found, expected)) = never(control, catalogue, compared) {
            out.push(problem(compared.line, found).expected(expected));
        }
    }
    out
}

/// A path behind `input` that never leads anywhere.
fn misread(catalogue: &Catalogue, path: &[String]) -> Option<(String, String)> {
    let wrong = |at: &str, name: &str, known: &BTreeSet<String>| {
        (!known.contains(name)).then(|| (format!("`{at}` has no `{name}`"), nearest(name, known)))
    };
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [] | ["context" | "action" | "resource" | "principal"] => None,
        ["principal", part] => wrong("input.principal", part, &set(PRINCIPAL)),
        ["context", name, rest @ ..] => {
            let all = ATTRIBUTES.iter().map(|attribute| attribute.name);
            let Some(of) = attribute(name) else { return wrong("input.context", name, &set(all)) };
            let at = format!("input.context.{name}");
            match (of.kind, rest) {
                (_, []) => None,
                (Kind::Amounts, [unit]) => {
                    // any currency may come, and whoever reads one that no tool counts means one that may
                    let currency = unit.len() == 3 && unit.bytes().all(|b| b.is_ascii_uppercase());
                    if currency { None } else { wrong(&at, unit, &catalogue.units) }
                }
                (Kind::Args, [pointer]) => {
                    let known = catalogue.tools.values().flat_map(|tool| tool.args.one.iter().map(String::as_str));
                    let may_come = catalogue.any_unseen();
                    if may_come { None } else { wrong(&at, pointer, &set(known)) }
                }
                (Kind::ArgSources, [pointer, word @ ..]) if word.len() <= 1 => {
                    let known = catalogue.tools.values().flat_map(|tool| tool.args.all().map(String::as_str));
                    let place = if catalogue.any_unseen() { None } else { wrong(&at, pointer, &set(known)) };
                    place.or_else(|| source(&at, word))
                }
                (Kind::Texts, [_]) if *name == "sources" => source(&at, rest),
                (Kind::Destination, [part]) => wrong(&at, part, &set(["kind", "value", "zone"])),
                // one of a set is read as `input.context.touched["personal"]`
                (Kind::Texts, [_]) => None,
                (_, [part, ..]) => {
                    Some((format!("`{at}` has no members, and `{part}` is read"), "it is read as it is".to_owned()))
                }
            }
        }
        [first, ..] if !INPUT.contains(first) => wrong("input", first, &set(INPUT)),
        [first, part, ..] => Some((format!("`input.{first}` has no `{part}`"), "it is one text".to_owned())),
        [_] => None,
    }
}

/// A word that no source is called by.
fn source(at: &str, word: &[&str]) -> Option<(String, String)> {
    let known = set(Origin::ALL.iter().map(|origin| origin.as_str()));
    let wrong = word.first().filter(|word| !known.contains(**word))?;
    Some((format!("`{at}` is asked for `{wrong}`, which names no source"), nearest(wrong, &known)))
}

/// What is looked for in a set of sources.
fn sought(sought: &Compared) -> Option<(String, String)> {
    let Constant::Text(text) = &sought.with else { return None };
    let parts: Vec<&str> = sought.path.iter().map(String::as_str).collect();
    let of_sources = matches!(parts.as_slice(), ["context", "sources"] | ["context", "arg_sources", _]);
    of_sources.then(|| source(&format!("input.{}", parts.join(".")), &[text])).flatten()
}

/// A comparison that comes to the same always: of what is not alike, or with the name of nothing.
fn never(control: &ControlState, catalogue: &Catalogue, compared: &Compared) -> Option<(String, String)> {
    let parts: Vec<&str> = compared.path.iter().map(String::as_str).collect();
    let at = format!("input.{}", parts.join("."));
    let kind = match parts.as_slice() {
        ["action" | "resource"] | ["principal", _] => Kind::Text,
        ["context", name] => attribute(name)?.kind,
        ["context", name, _] => match attribute(name)?.kind {
            Kind::Amounts => Kind::Long,
            Kind::ArgSources => Kind::Texts,
            Kind::Args | Kind::Destination => Kind::Text,
            _ => return None,
        },
        _ => return None,
    };
    let is = match kind {
        Kind::Text | Kind::Word(_) => "a text",
        Kind::Long => "a whole number",
        Kind::Bool => "`true` or `false`",
        Kind::Texts | Kind::Amounts | Kind::Args | Kind::ArgSources | Kind::Destination => "of several parts",
    };
    let text = match (kind, &compared.with) {
        (Kind::Text | Kind::Word(_), Constant::Text(text)) => text,
        (Kind::Long, Constant::Number) | (Kind::Bool, Constant::Bool) => return None,
        _ => return Some((format!("`{at}` is compared with what it never is"), format!("it is {is}"))),
    };
    let (what, known) = match (parts.as_slice(), kind) {
        (_, Kind::Word(words)) => ("word", set(words.list().iter().copied())),
        (["action"], _) => named(control, catalogue, "tool")?,
        (["principal", "agent"], _) => entities(control, catalogue, &NAMES.agent)?,
        (["principal", "role"], _) => entities(control, catalogue, &NAMES.role)?,
        (["principal", "zone"], _) => entities(control, catalogue, &NAMES.zone)?,
        (["context", name], _) => named(control, catalogue, name)?,
        _ => return None,
    };
    let may_come = what == "tool" && ToolId::parse(text).is_ok_and(|tool| catalogue.unseen(tool.server()));
    let found = || format!("`{at}` is compared with `{text}`, which names no {what}");
    (!known.contains(text) && !may_come).then(|| (found(), nearest(text, &known)))
}

/// The tools that a policy compares with and that nobody knows.
pub(super) fn unknown(control: &ControlState, rego: &Rego) -> Vec<UnknownTool> {
    let tools = rego.compared.iter().filter_map(|compared| match (compared.path.as_slice(), &compared.with) {
        ([action], Constant::Text(text)) if action == "action" => Some((ToolId::parse(text).ok()?, compared.line)),
        ([context, tool], Constant::Text(text)) if context == "context" && tool == "tool" => {
            Some((ToolId::parse(text).ok()?, compared.line))
        }
        _ => None,
    });
    let unknown = tools.filter(|(tool, _)| !control.tools.contains_key(tool) && control.nature(tool).is_none());
    let told = |(tool, line): (ToolId, usize)| {
        let seen = control.servers.get(tool.server()).is_none_or(|entry: &ServerEntry| entry.identity.is_some());
        UnknownTool { document: rego.document.clone(), rule: rego.document.clone(), tool, seen, line: Some(line) }
    };
    unknown.map(told).collect()
}
