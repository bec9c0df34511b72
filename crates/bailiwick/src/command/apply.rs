//! `apply`.

use super::Outcome;
use crate::cli::Apply;
use crate::client::{Client, Refused};
use crate::home::Trouble;
use crate::print::{self, data, foreign_whole, list, number, text, words};
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
    for ending in list(&answer, "ends").iter().filter(|ending| number(ending, "grants") > 0) {
        let grants = number(ending, "grants");
        match ending.get("mandate").and_then(Json::as_str) {
            Some(mandate) => {
                let mandate = foreign_whole(mandate);
                words(&format!("note: {grants} live grants rest on mandate {mandate}: they end with it"));
            }
            None => {
                let agent = foreign_whole(text(ending, "agent"));
                words(&format!("note: agent {agent} holds {grants} live grants: they end with it, and all below them"));
            }
        }
    }
    if asked.dry_run {
        words("nothing was applied: this was a dry run");
        if waits {
            words("applied, it would wait for a second person: it loosens");
        }
    } else if !super::change::waits(&answer) && answer.get("event").is_some_and(|event| !event.is_null()) {
        data(&format!("applied; event {}", number(&answer, "event")));
    }
    Ok(Outcome::Done)
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
    // What is new changes nothing that stood, but a rule, and a word on a tool whose server proposed another.
    let changes = match text(change, "kind") {
        "policy" => true,
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

fn noted(note: &Json, documents: &[Placed]) -> Option<Wrong> {
    let document = documents.get(usize::try_from(number(note, "document")).ok()?)?;
    Some(document.wrong(&Pointer::parse(text(note, "at")).ok()?, text(note, "why")))
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
        let number: u64 = number.trim().parse().ok()?;
        if document.own.is_some() {
            (wrong.at, wrong.why) = ((number, 1), why.trim().to_owned());
        }
    }
    Some(wrong)
}

#[cfg(test)]
mod tests;
