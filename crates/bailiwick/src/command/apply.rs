//! `apply`.

use super::Outcome;
use crate::cli::Apply;
use crate::client::{Client, Refused};
use crate::home::Trouble;
use crate::print::{self, counted, data, foreign_whole, list, number, text, words};
use crate::trust::BadInput;
use crate::yaml::{self, BadFile, Placed, Wrong};
use bailiwick_core::json::{Json, Pointer};

/// The JSON Schema of documents.
pub(super) const SCHEMA: &str = include_str!("../../../../docs/reference/schema/documents.schema.json");

/// Reads the files and applies their documents: all or none.
pub(super) async fn apply(client: &Client, asked: Apply, json: bool) -> Result<Outcome, Trouble> {
    let paths: Vec<_> = asked.file.iter().chain(&asked.paths).cloned().collect();
    let read = yaml::from_paths(&paths);
    let removed = asked
        .remove
        .iter()
        .map(|name| {
            name.split_once('/')
                .ok_or_else(|| BadInput(format!("`{name}`: expected KIND/NAME as `template/pay-invoice`")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let removed = removed.into_iter().map(|(kind, name)| Json::array([Json::from(kind), Json::from(name)]));
    let body = |dry_run: bool| {
        Json::object([
            ("documents", Json::array(read.documents.iter().map(|placed| placed.json.clone()))),
            ("dry_run", Json::from(dry_run)),
            ("removed", Json::array(removed)),
        ])
    };
    let documents = &read.documents;
    if !read.wrong.is_empty() {
        return Err(all_wrong(client, &read, &body(true)).await.into());
    }
    let body = body(asked.dry_run);
    let answer = client.post("/v1/documents", &body).await.map_err(|trouble| placed(trouble, documents))?;
    let notes: Vec<Wrong> = list(&answer, "notes").iter().filter_map(|note| noted(note, documents)).collect();
    if json {
        lines(&answer, &notes);
        return Ok(Outcome::Done);
    }
    if list(&answer, "changes").is_empty() {
        data("nothing changed: it stood so already");
    }
    let waits = answer.get("waits").and_then(Json::as_bool).unwrap_or_default();
    list(&answer, "changes").iter().for_each(|change| show(change, waits));
    notes.iter().for_each(|note| words(&format!("note: {note}")));
    list(&answer, "ends").iter().filter_map(ending).for_each(|line| words(&format!("note: {line}")));
    answer.get("erases").iter().for_each(|erases| words(&erasing(erases, asked.dry_run || waits)));
    if asked.dry_run {
        words("nothing was applied: this was a dry run");
        if waits {
            words("applied, it would wait until two persons have signed it: it loosens");
        }
    } else if !super::change::waits(&answer) && answer.get("event").is_some_and(|event| !event.is_null()) {
        data(&format!("applied; event {}", number(&answer, "event")));
    }
    Ok(Outcome::Done)
}

/// How many tasks a rule of retention erases as things stand.
fn erasing(erases: &Json, would: bool) -> String {
    let (tasks, all) = (number(erases, "tasks"), erases.get("all").and_then(Json::as_bool).unwrap_or_default());
    let least = if all { "" } else { "at least " };
    let (which, verb) = (if tasks == 1 { "task" } else { "tasks" }, if would { "would erase" } else { "erases" });
    format!("note: it {verb} {least}{tasks} {which} for good as things stand, and others as they come to their time")
}

/// What is wrong with the files, and what the node finds besides: who wrote them is told of both at once.
async fn all_wrong(client: &Client, read: &yaml::Read, dry_run: &Json) -> BadFile {
    let mut wrong = read.wrong.clone();
    // what a file that is missing here describes would be missed there
    if !read.lacks
        && let Err(trouble) = client.post("/v1/documents", dry_run).await
        && let Some(refused) = trouble.downcast_ref::<Refused>()
    {
        for found in at_places(refused, &read.documents) {
            if !wrong.contains(&found) {
                wrong.push(found);
            }
        }
        wrong.sort_by(|one, other| (&one.file, one.at).cmp(&(&other.file, other.at)));
    }
    BadFile(wrong)
}

fn at_places(refused: &Refused, documents: &[Placed]) -> Vec<Wrong> {
    let found = refused.places.iter();
    found.filter_map(|(index, at, why)| Some(documents.get(*index)?.wrong(at, why))).collect()
}

/// A change a line, a note a line; the last line says how it ended.
fn lines(answer: &Json, notes: &[Wrong]) {
    for change in list(answer, "changes") {
        print::json(&Json::object([("change", change.clone())]));
    }
    for note in BadFile(notes.to_vec()).places() {
        print::json(&Json::object([("note", note)]));
    }
    let Json::Object(members) = answer else { return };
    let mut members = members.clone();
    members.remove("changes");
    members.remove("notes");
    print::json(&Json::Object(members));
}

/// One change. Where it waits, all that a second person is asked for is marked.
fn show(change: &Json, waits: bool) {
    let loosens = |json: &Json| json.get("loosens").and_then(Json::as_bool).unwrap_or(true);
    data(&format!("{} {} {}", text(change, "what"), text(change, "kind"), foreign_whole(text(change, "name"))));
    // What is new changes nothing that stood, but a rule and a policy, and a word on a tool whose server proposed another.
    let changes = match text(change, "kind") {
        "policy" | "rule" => true,
        "tool" => list(change, "lines").first().is_some_and(|whole| !loosens(whole)),
        _ => false,
    };
    let adds = text(change, "what") == "new" && !changes;
    for line in list(change, "lines") {
        let mark = if loosens(line) && (waits || !adds) { "LOOSENS" } else { "" };
        let at = text(line, "at");
        let at = if at.is_empty() { String::new() } else { format!("{}: ", foreign_whole(at)) };
        data(&format!("  {mark:<8} {at}{}", foreign_whole(text(line, "words"))));
    }
}

/// What live work ends with a change, in words.
pub(super) fn ending(ending: &Json) -> Option<String> {
    let (grants, tasks) = (number(ending, "grants"), number(ending, "tasks"));
    let named: Vec<&str> = list(ending, "first").iter().filter_map(Json::as_str).collect();
    let more = tasks.saturating_sub(u64::try_from(named.len()).unwrap_or(u64::MAX));
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let tasks = format!("{} ({}{more})", counted(tasks, "live task"), named.join(", "));
    let (held, they) = (counted(grants, "live grant"), if grants == 1 { "it ends" } else { "they end" });
    let mandate = ending.get("mandate").and_then(Json::as_str).map(foreign_whole);
    let agent = foreign_whole(text(ending, "agent"));
    match (mandate, text(ending, "why")) {
        _ if grants == 0 => None,
        (Some(mandate), _) => Some(format!(
            "on mandate {mandate} {} {held}: {they} with it, in {tasks}",
            if grants == 1 { "rests" } else { "rest" }
        )),
        (None, "agent_inactive") => {
            Some(format!("agent {agent} holds {held}: {they} with it, and all below, in {tasks}"))
        }
        (None, why) => {
            Some(format!("agent {agent} holds {held}: {they} with this change (`{why}`), and all below, in {tasks}"))
        }
    }
}

fn noted(note: &Json, documents: &[Placed]) -> Option<Wrong> {
    let document = documents.get(usize::try_from(number(note, "document")).ok()?)?;
    let noted = document.wrong(&Pointer::parse(text(note, "at")).ok()?, text(note, "why"));
    Some(match note.get("line").and_then(Json::as_u64) {
        Some(line) => on_line(noted, document, line),
        None => noted,
    })
}

/// The same on a line of the text that stands there: the line of the file where that is the text and nothing else.
fn on_line(wrong: Wrong, document: &Placed, line: u64) -> Wrong {
    match document.own {
        Some(_) => Wrong { at: (line, 1), ..wrong },
        None => Wrong { why: format!("line {line} of it: {}", wrong.why), ..wrong },
    }
}

/// A node's no about documents, told at the places of the files.
fn placed(trouble: Trouble, documents: &[Placed]) -> Trouble {
    let Some(refused) = trouble.downcast_ref::<Refused>() else { return trouble };
    let mut wrong = at_places(refused, documents);
    if wrong.is_empty() {
        wrong = refused.detail.lines().filter_map(|line| in_policy(line, documents)).collect();
        if wrong.len() != refused.detail.lines().count() {
            return trouble;
        }
    }
    BadFile(wrong).into()
}

/// What is wrong with a rule, at its line of the policy's own file.
fn in_policy(line: &str, documents: &[Placed]) -> Option<Wrong> {
    let (name, rest) = line.strip_prefix("policy `")?.split_once('`')?;
    let named = |placed: &&Placed| {
        placed.json.get("kind").and_then(Json::as_str) == Some("policy") && text(&placed.json, "name") == name
    };
    let document = documents.iter().find(named)?;
    let mut wrong = document.wrong(&yaml::rules_at(&document.json), rest.trim_start_matches([',', ':', ' ']));
    if let Some((number, why)) = rest.strip_prefix(", line ").and_then(|rest| rest.split_once([',', ':'])) {
        wrong = on_line(Wrong { why: why.trim().to_owned(), ..wrong }, document, number.trim().parse().ok()?);
    }
    Some(wrong)
}

#[cfg(test)]
mod tests;
