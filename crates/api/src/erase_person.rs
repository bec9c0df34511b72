//! `/v1/persons/{person}/erase`: the tasks that one person began are erased, as many at a time as a second person can look at;
//! what is kept is named, and so is what no erasure takes away.

use crate::people::text;
use crate::read::body;
use crate::who::Who;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ControlCommand, ControlState, Document, ErasePerson, PersonId, TaskId, Unfinished};
use bailiwick_node::{BegunBy, KeptBy};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErasePersonBody {
    /// Why: it stands in the record.
    #[serde(default)]
    reason: String,
    /// Say what would be erased and what is kept, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Why a task is kept, and what to do.
fn kept_json((task, why): &(TaskId, KeptBy)) -> Json {
    let show = || Some(format!("bailiwick task show {task}"));
    let (why, command) = match why {
        KeptBy::Unfinished(Unfinished::Lives) => ("it lives", Some(format!("bailiwick task revoke {task}"))),
        KeptBy::Unfinished(Unfinished::Open(_)) => ("what became of an act is not known yet", show()),
        KeptBy::Unfinished(Unfinished::Draws) => ("what it drew on mandates has not gone back yet", None),
        KeptBy::Unfinished(Unfinished::Asks) => ("a yes is asked for", show()),
        KeptBy::Held => ("somebody holds it", show()),
        KeptBy::Glass => ("the glass was broken over it, and nobody has closed that yet", show()),
        KeptBy::Proposed => ("its erasure waits for a second person", Some("bailiwick change list".to_owned())),
        KeptBy::Unreadable => ("this node cannot read it", Some("bailiwick doctor".to_owned())),
    };
    let command = command.map_or(Json::Null, Json::from);
    Json::object([("command", command), ("task", text(task)), ("why", Json::from(why))])
}

/// Whether any text of a document is this name, or names the person so.
fn names(json: &Json, name: &str) -> bool {
    match json {
        Json::String(text) => **text == *name,
        Json::Array(all) => all.iter().any(|one| names(one, name)),
        Json::Object(members) => members.iter().any(|(_, one)| names(one, name)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

/// The documents that stand and name a person.
fn naming(state: &ControlState, person: &PersonId) -> Vec<String> {
    let agents = state.agents.values().map(|entry| Document::Agent(entry.document.clone()));
    let templates = state.templates.values().map(|(template, _)| Document::Template(template.as_ref().clone()));
    let rules = state.rules.values().map(|entry| Document::Rule(entry.document.clone()));
    let mandates = state.mandates.values().map(|entry| Document::Mandate(entry.document.clone()));
    let persons = state.persons.get(person).cloned().map(Document::Person);
    let all = agents.chain(templates).chain(rules).chain(mandates).chain(persons);
    let named = all.filter(|document| names(&document.json(), person.as_str()));
    named.map(|document| format!("{} {}", document.kind(), document.name())).collect()
}

/// What of a person stays whatever is erased, in words.
fn stays(state: &ControlState, person: &PersonId) -> Vec<String> {
    let mut out = vec![
        "their name, in the clear, wherever the record says who began, signed, refused or changed something".to_owned(),
        "in tasks that others began: what they said there, until these are erased".to_owned(),
        "reasons of overrides, holds and erasures, and documents that were applied: they stand in the clear".to_owned(),
    ];
    if state.passkeys.contains_key(person) {
        out.push(format!("their passkeys' public keys: `bailiwick person remove-passkey {person}` ends their use"));
    }
    let named = naming(state, person);
    if !named.is_empty() {
        out.push(format!("documents that name them, until they are changed or removed: {}", named.join(", ")));
    }
    out.push("copies of the store and bundles that were made before".to_owned());
    out
}

/// Neither the directory nor the record knows the name: most likely it was mistyped.
fn nobody(person: &PersonId) -> Problem {
    let detail = format!("there is no person `{person}`, and nobody of that name began a task");
    let command = Some("bailiwick person list".to_owned());
    Problem { command, detail, ..Problem::not_found("person") }
}

impl Api {
    /// Erases what a person began, or says what that would be.
    pub(crate) async fn erase_person(&self, person: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: ErasePersonBody = body(bytes)?;
        let person = crate::persons::person_id(person)?;
        let found = self.desk.node().begun_by(self.tenant, person.clone()).await?;
        if found.is_none() && !self.control()?.state.persons.contains_key(&person) {
            return Err(nobody(&person));
        }
        if asked.dry_run || found.erasable.is_empty() {
            let nothing = Json::object([("changed", Json::from(false)), ("event", Json::Null)]);
            return self.person_told(nothing, &person, &found);
        }
        let tasks = found.erasable.clone();
        let (accounts, by) = (found.accounts.clone(), self.by(who)?);
        let said = ErasePerson { accounts, by, person: person.clone(), reason: asked.reason, tasks };
        let done = self.control_act(ControlCommand::ErasePerson(Box::new(said))).await?;
        self.person_told(done, &person, &found)
    }

    /// What came of it, with all that was found.
    fn person_told(&self, done: Json, person: &PersonId, found: &BegunBy) -> Result<Json, Problem> {
        let control = self.control()?;
        let Json::Object(mut members) = done else { return Ok(done) };
        let of_account =
            |(task, name): (&TaskId, &PersonId)| Json::object([("name", text(name)), ("task", text(task))]);
        members.insert("accounts", Json::array(found.accounts.iter().map(of_account)));
        members.insert("all", Json::from(found.all));
        members.insert("erased_before", Json::from(found.erased));
        members.insert("kept", Json::array(found.kept.iter().map(kept_json)));
        members.insert("kept_count", Json::from(found.kept_count));
        members.insert("more", Json::from(found.more));
        members.insert("names", Json::array(found.names.iter().map(|name| text(name))));
        members.insert("person", text(person));
        members.insert("stays", Json::array(stays(&control.state, person).into_iter().map(Json::from)));
        members.insert("tasks", Json::array(found.erasable.iter().map(|task| text(task))));
        Ok(Json::Object(members))
    }
}
