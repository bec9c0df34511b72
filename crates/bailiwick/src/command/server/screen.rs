//! A server as a person looks at it: each tool once, with what stands and what is offered now.

use crate::hint::ours;
use crate::print::{foreign, foreign_whole, list, text};
use bailiwick_catalogue::Method;
use bailiwick_core::json::Json;

/// The most characters of a description's first sentence.
const SENTENCE_CHARS_MAX: usize = 100;

/// How much of what a server says of its tools is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// How each tool stands, and no more.
    Nothing,
    /// The first sentence, and that there is more.
    First,
    /// All of it.
    Whole,
}

pub(super) fn show(server: &Json, told: Told, out: impl Fn(&str)) {
    let same = server.get("same").and_then(Json::as_bool).unwrap_or(true);
    let name = text(server, "name");
    out(&format!("server {name}{}", if same { "" } else { "  ANOTHER SERVER ANSWERS" }));
    let now = server.get("now").filter(|now| !now.is_null());
    tools(server, now, told, &out);
    for problem in list(server, "problems") {
        out(&format!("  not usable: {}: {}", foreign(text(problem, "tool")), foreign_whole(text(problem, "why"))));
    }
    if let Some(why) = server.get("trouble").and_then(Json::as_str) {
        out(&format!("  cannot be used: {}", foreign_whole(why)));
    }
    if server.get("floating").and_then(Json::as_bool) == Some(true) {
        out("  floating: what it runs may change by itself, so a review of it holds for its words alone");
    }
    let Some(now) = now else {
        out("  this node has not looked at it yet");
        return;
    };
    // whole: a person says yes to it
    for line in list(now, "differs").iter().filter_map(Json::as_str) {
        out(&format!("  differs: {}", foreign_whole(line)));
    }
    for fault in list(now, "faults").iter().filter_map(Json::as_str) {
        out(&format!("  not taken: {}", foreign_whole(fault)));
    }
    if told == Told::First && !list(now, "offered").is_empty() {
        // what a model reads is more than fits on a line
        out(&format!(
            "  all that it says: {}; of each argument too: {}",
            ours(&format!("server review {name} --all")),
            ours(&format!("--json server show {name}"))
        ));
        if let Some(described) = super::catalogue::hint(server) {
            out(&described);
        }
        if list(now, "offered").iter().any(|tool| tool.get("proposal").is_some_and(|seems| !seems.is_null())) {
            out(&format!(
                "  what tools seem to be is a guess and counts for nothing; as documents to change and apply: {}",
                ours(&format!("server review {name} --write FILE"))
            ));
        }
    }
}

/// Each tool once: those that are offered now, then those that stand and are not.
fn tools(server: &Json, now: Option<&Json>, told: Told, out: &impl Fn(&str)) {
    let own = |entry: &&Json| !Method::answers(text(entry, "tool"));
    let standing = list(server, "tools");
    let offered = now.filter(|_| told != Told::Nothing).map(|now| list(now, "offered")).unwrap_or_default();
    for tool in offered.iter().filter(own) {
        let stands = standing.iter().find(|stood| text(stood, "tool") == text(tool, "tool"));
        offer(tool, stands.map_or("new", |stood| text(stood, "standing")), told, out);
    }
    let named = |tool: &&Json| !offered.iter().any(|offer| text(offer, "tool") == text(tool, "tool"));
    for tool in standing.iter().filter(own).filter(named) {
        out(&format!("  {:<40} {:<10} {}", foreign(text(tool, "tool")), text(tool, "effect"), text(tool, "standing")));
    }
    if standing.iter().chain(offered).any(|tool| Method::answers(text(tool, "tool"))) {
        out(
            "  what it asks a person (elicitation:create) or a model (sampling:createMessage) in a call is answered only \
             in a task whose template names that with effect share",
        );
    }
}

/// What a person says yes to: what it does, in whose words, what it says of itself, what it takes.
fn offer(tool: &Json, standing: &str, told: Told, out: &impl Fn(&str)) {
    let by = match tool.get("described").and_then(Json::as_bool).unwrap_or_default() {
        true => "as your document says",
        false => "as the server says",
    };
    let (name, effect, undone) = (foreign(text(tool, "tool")), text(tool, "effect"), text(tool, "reversibility"));
    out(&format!("  {name}: {effect}, {undone}, {by}; {standing}"));
    let description = text(tool, "description").trim();
    let lines: Vec<String> = match told {
        Told::Whole => description.lines().map(|line| foreign_whole(line.trim_end())).collect(),
        _ => first_sentence(description).into_iter().collect(),
    };
    for (at, said) in lines.iter().enumerate() {
        out(&format!("    {:<8} {said}", if at == 0 { "says" } else { "" }));
    }
    let arguments: Vec<String> = list(tool, "arguments").iter().filter_map(Json::as_str).map(foreign).collect();
    for finding in list(tool, "findings") {
        let [why, at, said] = ["why", "at", "words"].map(|name| foreign_whole(text(finding, name)));
        let name = foreign(text(finding, "accept"));
        let at = if at.is_empty() { at } else { format!(" at {at}") };
        out(&format!("    FOUND    {why}{at}: \"{said}\" ({name})"));
    }
    out(&format!("    takes    {}", if arguments.is_empty() { "nothing".to_owned() } else { arguments.join(", ") }));
    let unbound: Vec<String> = list(tool, "unbound").iter().filter_map(Json::as_str).map(foreign).collect();
    // what was taken with them is no finding any more
    let found = list(tool, "findings").iter().any(|finding| text(finding, "code") == "unbound");
    if !unbound.is_empty() && !found {
        out(&format!(
            "    NOT READ {}: no document reads these, so of what stands in them addresses alone are judged",
            unbound.join(", ")
        ));
    }
    for line in super::proposal::seems(tool, told == Told::Whole) {
        out(&format!("    seems    {line}"));
    }
}

/// The names of all findings that are shown.
pub(super) fn findings(server: &Json) -> Vec<String> {
    let offered = server.get("now").map(|now| list(now, "offered")).unwrap_or_default();
    let mut names: Vec<String> = offered
        .iter()
        .flat_map(|tool| list(tool, "findings"))
        .map(|finding| text(finding, "accept").to_owned())
        .collect();
    names.dedup();
    names
}

/// The first sentence of a description. What is not shown is said to be there: a description is what a model reads.
fn first_sentence(description: &str) -> Option<String> {
    let line = description.lines().next()?.trim_end();
    let sentence = line.split_once(". ").map_or(line, |(first, _)| first);
    let sentence = if sentence.len() < line.len() { format!("{sentence}.") } else { sentence.to_owned() };
    let cut: String = sentence.chars().take(SENTENCE_CHARS_MAX).collect();
    let cut_off = if cut.len() < sentence.len() { "…" } else { "" };
    let left = description.chars().count().saturating_sub(cut.chars().count());
    let more = if left == 0 { String::new() } else { format!(" ({left} characters more)") };
    Some(format!("{}{cut_off}{more}", foreign_whole(&cut)))
}

#[cfg(test)]
mod tests;
