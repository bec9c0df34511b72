//! Documents that people apply: read, looked at against what stands, compared with it, and applied all or none.

mod ending;
mod loosening;

use crate::policies::search_findings;
use crate::problem::Misplaced;
use crate::problem::Own;
use crate::read::body;
use crate::{Api, Problem, Who};
use bailiwick_catalogue::{Binding, Catalogue, Method};
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{
    AgentId, Change, ControlCommand, ControlState, Document, Finding, Template, ToolId, ToolPattern, findings, nearest,
    standing,
};
use bailiwick_identity::PublicKey;
use bailiwick_node::{LiveControl, knows_zone};
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplyBody {
    documents: Vec<Json>,
    #[serde(default)]
    removed: Vec<(String, String)>,
    /// Say what would change, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyBody {
    key: Json,
}

/// Reads documents out of JSON. All that is wrong with them is told at once: where each can still be read but for fields that
/// are none, also what they name that is not there.
pub(crate) fn documents(
    json: &[Json],
    state: &ControlState,
    removed: &[(String, String)],
) -> Result<Vec<Document>, Problem> {
    let mut out = Vec::with_capacity(json.len());
    let mut places = Vec::new();
    for (index, document) in json.iter().enumerate() {
        let (read, faults) = Document::read_all(document);
        out.extend(read);
        places.extend(faults.into_iter().map(|fault| Misplaced {
            document: index,
            at: fault.at,
            line: None,
            why: fault.why,
        }));
    }
    if places.is_empty() {
        return Ok(out);
    }
    if out.len() == json.len() {
        let found = own_findings(&out).into_iter().chain(findings(state, &out, removed));
        places.extend(found.filter(|finding| finding.refused).map(|finding| misplaced(&finding)));
        places.sort_by_key(|place| place.document);
    }
    Err(Problem::misplaced(places))
}

/// An agent's document that says nothing of keys leaves those that were enrolled.
fn keep_keys(document: &mut Json, control: &LiveControl) {
    let text = |document: &Json, name: &str| document.get(name).and_then(Json::as_str).map(str::to_owned);
    if text(document, "kind").as_deref() != Some("agent") || document.get("keys").is_some() {
        return;
    }
    let known = text(document, "name").and_then(|name| AgentId::parse(&name).ok());
    let Some(entry) = known.and_then(|name| control.state.agents.get(&name)) else { return };
    if let Json::Object(members) = document {
        members.insert("keys", Json::array(entry.document.keys.clone()));
    }
}

/// What is found of the documents themselves, whatever stands.
fn own_findings(documents: &[Document]) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut named = BTreeSet::new();
    for (index, document) in documents.iter().enumerate() {
        let mut no = |at: Pointer, why: String| {
            out.push(Finding { document: index, at, line: None, why, refused: true });
        };
        if !named.insert((document.kind(), document.name())) {
            let field = if document.kind() == "tool" { "tool" } else { "name" };
            let why = format!("{} `{}` stands twice", document.kind(), document.name());
            no(Pointer::root().join(field), why);
        }
        match document {
            // A key that could never verify anything is a mistake to be told now, not a token refused later.
            Document::Agent(agent) => {
                for (key, jwk) in agent.keys.iter().enumerate() {
                    if let Err(error) = PublicKey::parse(jwk.canonical().as_bytes()) {
                        no(Pointer::root().join("keys").index(key), error.to_string());
                    }
                }
            }
            Document::Mandate(mandate) => {
                for (unit, limit) in &mandate.meters {
                    let zone = limit.per.as_ref().map(|per| per.zone.as_str());
                    if let Some(zone) = zone.filter(|zone| !knows_zone(zone)) {
                        let at = Pointer::root().join("meters").join(unit.as_str()).join("per");
                        no(at, format!("there is no time zone `{zone}`; zones have names as `Europe/Berlin`"));
                    }
                }
            }
            Document::Tool(tool) => {
                if let Err(error) = Binding::read(&tool.bind) {
                    no(Pointer::root().join("bind"), error.to_string());
                }
            }
            _ => {}
        }
    }
    out
}

/// What is found of bindings and conditions against the schemas that are known.
fn schema_findings(control: &LiveControl, after: &ControlState, documents: &[Document]) -> Vec<Finding> {
    let catalogue = control.catalogue.follow(after, &control.blobs);
    let mut out = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        match document {
            Document::Tool(tool) => {
                // while a change waits for review, the document may be meant for what comes
                let waits = after.tools.get(&tool.tool).is_some_and(|entry| entry.seen.is_some());
                let own = catalogue.problems().iter().filter(|problem| problem.tool == tool.tool);
                out.extend(own.map(|problem| Finding {
                    document: index,
                    at: Pointer::root().join("bind"),
                    line: None,
                    why: problem.why.clone(),
                    refused: problem.of_binding && !waits,
                }));
            }
            Document::Template(template) => {
                for (at, why) in nowhere(template, &catalogue, after) {
                    out.push(Finding { document: index, at, line: None, why, refused: true });
                }
            }
            _ => {}
        }
    }
    out
}

/// Tools that policies name and nobody knows: whoever mistypes one must not believe that it is forbidden.
fn unknown_tools(after: &ControlState, documents: &[Document]) -> Vec<Finding> {
    let given = |name: &str| documents.iter().position(|given| given.kind() == "policy" && given.name() == name);
    let unknown = bailiwick_policy::unknown_tools(after).into_iter();
    let note = |unknown: bailiwick_policy::UnknownTool| {
        let why = format!("rule `{}`: `{}` names no tool that is known yet", unknown.rule, unknown.tool);
        let document = given(&unknown.document)?;
        let field = match documents.get(document) {
            Some(Document::Policy(text)) => text.field(),
            _ => "cedar",
        };
        Some(Finding { document, at: Pointer::root().join(field), line: unknown.line, why, refused: false })
    };
    unknown.filter_map(note).collect()
}

/// Conditions at places that no tool of their row can have: nothing would ever meet them.
fn nowhere(template: &Template, catalogue: &Catalogue, after: &ControlState) -> Vec<(Pointer, String)> {
    let mut out = Vec::new();
    for (row, grant) in template.grant.iter().enumerate() {
        let patterns: Vec<ToolPattern> = grant.tools.iter().filter_map(|text| ToolPattern::parse(text).ok()).collect();
        // a row of a server that nobody has seen, or that a parameter names, is looked at when it is used
        let seen =
            |pattern: &ToolPattern| after.servers.get(pattern.server()).is_some_and(|entry| entry.identity.is_some());
        if patterns.len() != grant.tools.len() || !patterns.iter().all(seen) {
            continue;
        }
        let named = after.tools.keys().filter(|tool| Method::of_tool(tool.tool()).is_none());
        let tools: Vec<&ToolId> = named.filter(|tool| patterns.iter().any(|pattern| pattern.matches(tool))).collect();
        for pointer in grant.when.as_object().into_iter().flat_map(bailiwick_core::json::Object::keys) {
            let Ok(place) = Pointer::parse(pointer) else { continue };
            let has: Vec<Option<bool>> = tools.iter().map(|tool| catalogue.has_place(tool, &place)).collect();
            if !has.is_empty() && has.iter().all(|has| *has == Some(false)) {
                let at = Pointer::root().join("grant").index(row).join("when").join(pointer);
                out.push((at, format!("no tool of this row has an argument at `{pointer}`")));
            }
        }
    }
    out
}

fn change_json(change: &Change) -> Json {
    let lines = change.lines.iter().map(|line| {
        Json::object([
            ("at", Json::from(line.at.as_str())),
            ("loosens", Json::from(line.loosens)),
            ("words", Json::from(line.words.as_str())),
        ])
    });
    Json::object([
        ("kind", Json::from(change.kind)),
        ("lines", Json::array(lines)),
        ("loosens", Json::from(change.loosens())),
        ("name", Json::from(change.name.as_str())),
        ("what", Json::from(change.what.as_str())),
    ])
}

/// What was asked to be removed and is not there.
fn removed_in_vain(state: &ControlState, removed: &[(String, String)]) -> Result<(), Problem> {
    let kinds = ["agent", "role", "server", "tool", "template", "policy", "person", "rule", "mandate"];
    for (kind, name) in removed {
        if !kinds.contains(&kind.as_str()) {
            return Err(Problem::bad(format!(
                "`{kind}/{name}`: expected one of `{}` before the slash",
                kinds.join("`, `")
            )));
        }
        if standing(state, kind, name).is_some() {
            continue;
        }
        let known = names(state, kind);
        let near = nearest(name, known.iter().map(String::as_str));
        let hint = match near {
            Some(near) => format!("; is `{kind}/{near}` meant?"),
            None if known.is_empty() => "; there is none".to_owned(),
            None => format!("; there are {}", known.join(", ")),
        };
        return Err(Problem::bad(format!("there is no {kind} `{name}` to remove{hint}")));
    }
    Ok(())
}

/// What goes and comes in one step would come as new, without what is known of it: no comparison says so.
fn removed_and_given(documents: &[Document], removed: &[(String, String)]) -> Result<(), Problem> {
    let given = |(kind, name): &&(String, String)| {
        documents.iter().any(|document| document.kind() == kind.as_str() && document.name() == *name)
    };
    match removed.iter().find(given) {
        Some((kind, name)) => Err(Problem::bad(format!("`{kind}/{name}` is both given and to be removed"))),
        None => Ok(()),
    }
}

/// Templates that stay and name an agent that goes could not be applied so again: they go or change with it. Asked here and
/// not where it is decided: the record decides again what was decided before this was asked.
pub(crate) fn removed_and_named(
    state: &ControlState,
    documents: &[Document],
    removed: &[(String, String)],
) -> Result<(), Problem> {
    let gone = |kind: &str, name: &str| removed.iter().any(|(k, n)| k == kind && n == name);
    let given = |name: &str| documents.iter().any(|given| given.kind() == "template" && given.name() == name);
    for (template, _) in state.templates.values() {
        if gone("template", template.name.as_str()) || given(template.name.as_str()) {
            continue;
        }
        let named = template.start.agents.iter().chain(template.delegate.iter().flat_map(|to| &to.agents));
        if let Some(agent) = named.into_iter().find(|agent| gone("agent", agent.as_str())) {
            let name = &template.name;
            return Err(Problem::bad(format!(
                "template `{name}` names agent `{agent}`: change it, or remove `template/{name}` with it"
            )));
        }
    }
    Ok(())
}

/// Nobody raises their own roles: an administrator may give them to others, and lay down their own.
fn own_roles(state: &ControlState, documents: &[Document], who: &Who) -> Result<(), Problem> {
    let Who::Person(signed) = who else { return Ok(()) };
    let held = state.persons.get(signed.person()).map(|person| person.roles.as_slice()).unwrap_or_default();
    let raises = |document: &Document| match document {
        Document::Person(person) => {
            person.name == *signed.person() && person.roles.iter().any(|role| !held.contains(role))
        }
        _ => false,
    };
    if documents.iter().any(raises) {
        let detail = "nobody gives a role to themselves: another administrator does";
        return Err(Problem { status: http::StatusCode::FORBIDDEN, code: Own::OwnRole.into(), ..Problem::bad(detail) });
    }
    Ok(())
}

/// The names of all documents of a kind.
fn names(state: &ControlState, kind: &str) -> Vec<String> {
    match kind {
        "agent" => state.agents.keys().map(ToString::to_string).collect(),
        "role" => state.roles.keys().map(ToString::to_string).collect(),
        "server" => state.servers.keys().map(ToString::to_string).collect(),
        "tool" => state.tool_rules.keys().map(ToString::to_string).collect(),
        "template" => state.templates.keys().map(ToString::to_string).collect(),
        "policy" => state.policies.keys().cloned().collect(),
        "rule" => state.rules.keys().map(ToString::to_string).collect(),
        "mandate" => state.mandates.keys().map(ToString::to_string).collect(),
        _ => state.persons.keys().map(ToString::to_string).collect(),
    }
}

impl Api {
    /// Applies documents: all or none. A dry run says what would change and changes nothing.
    pub(crate) async fn apply(
        &self,
        documents: Vec<Document>,
        removed: Vec<(String, String)>,
        dry_run: bool,
        who: &Who,
    ) -> Result<Json, Problem> {
        let control = self.control()?;
        own_roles(&control.state, &documents, who)?;
        removed_in_vain(&control.state, &removed)?;
        removed_and_given(&documents, &removed)?;
        removed_and_named(&control.state, &documents, &removed)?;
        let mut found = own_findings(&documents);
        found.extend(findings(&control.state, &documents, &removed));
        refuse(&found)?;
        let all = documents.clone();
        let names: Vec<String> =
            documents.iter().map(|document| format!("{} {}", document.kind(), document.name())).collect();
        let command = ControlCommand::Apply { by: self.by(who)?, documents, removed: removed.clone() };
        let after = self.after(&control, &command)?;
        let ends = self.ends((&control.state, &after), &removed).await?;
        let changed = loosening::all_changes(&control.state, &after, &all, &removed);
        let schema = schema_findings(&control, &after, &all);
        refuse(&schema)?;
        found.extend(schema);
        check_policies(&control.state, &after)?;
        found.extend(unknown_tools(&after, &all));
        if after.policies != control.state.policies {
            let (then, given, prover) = (after.clone(), all.clone(), self.provers.get().cloned());
            found.extend(self.desk.node().beside(move || search_findings(&then, &given, &prover)).await?);
        }
        let loosens = changed.iter().any(Change::loosens);
        let erases = self.would_erase(&control.state, &after).await?.map(|erases| ("erases", erases));
        let mut waits = None;
        let leaf = if dry_run {
            None
        } else {
            let (decided, leaf) = self.desk.node().control_command(self.tenant, command, Vec::new()).await?;
            if let Some(reason) = decided.refused {
                return Err(Problem { status: http::StatusCode::BAD_REQUEST, ..Problem::refused(&reason) });
            }
            waits = self.proposed(&decided);
            leaf
        };
        let notes = found.into_iter().map(|finding| misplaced(&finding).json());
        let applied = names.iter().filter(|_| waits.is_none()).map(|name| Json::from(name.as_str()));
        let answer = [
            ("applied", Json::array(applied)),
            ("changed", Json::from(!changed.is_empty() && waits.is_none())),
            ("changes", Json::array(changed.iter().map(change_json))),
            ("dry_run", Json::from(dry_run)),
            ("ends", ends),
            ("event", leaf.map_or(Json::Null, Json::from)),
            ("loosens", Json::from(loosens)),
            ("notes", Json::array(notes)),
        ];
        let would = waits.is_some() || (dry_run && loosens && control.state.is_user_verified());
        let would = would.then(|| ("waits", Json::from(true)));
        let waits = waits.map(|waits| ("proposed", waits));
        Ok(Json::object(answer.into_iter().chain(erases).chain(waits).chain(would)))
    }

    /// The control state as it will be.
    fn after(&self, control: &LiveControl, command: &ControlCommand) -> Result<ControlState, Problem> {
        let facts = self.desk.node().facts(0)?;
        let decided = bailiwick_core::decide_at_once(&control.state, command, &facts);
        if let Some(reason) = decided.refused {
            return Err(Problem { status: http::StatusCode::BAD_REQUEST, ..Problem::refused(&reason) });
        }
        let mut after = control.state.clone();
        let mut blobs = control.blobs.clone();
        blobs.extend(decided.blobs.iter().map(|(digest, bytes)| (*digest, bytes.as_slice().into())));
        for event in &decided.events {
            let leaf = after.leaf.map_or(0, |leaf| leaf + 1);
            after.apply(event, leaf, &blobs).map_err(|error| Problem::bad(error.to_string()))?;
        }
        Ok(after)
    }

    pub(crate) async fn apply_body(&self, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let mut asked: ApplyBody = body(bytes)?;
        let control = self.control()?;
        for document in &mut asked.documents {
            keep_keys(document, &control);
        }
        let documents = documents(&asked.documents, &control.state, &asked.removed)?;
        self.apply(documents, asked.removed, asked.dry_run, who).await
    }

    /// Adds a key that an agent may sign with to its document.
    pub(crate) async fn enroll(&self, name: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: KeyBody = body(bytes)?;
        let name = AgentId::parse(name).map_err(|error| Problem::bad(error.to_string()))?;
        let control = self.control()?;
        let entry = control.state.agents.get(&name).ok_or_else(|| Problem::not_found("agent"))?;
        let mut document = entry.document.clone();
        if !document.keys.contains(&asked.key) {
            document.keys.push(asked.key);
        }
        self.apply(vec![Document::Agent(document)], Vec::new(), false, who).await
    }
}

fn misplaced(finding: &Finding) -> Misplaced {
    Misplaced { document: finding.document, at: finding.at.clone(), line: finding.line, why: finding.why.clone() }
}

fn refuse(found: &[Finding]) -> Result<(), Problem> {
    let places: Vec<Misplaced> = found.iter().filter(|finding| finding.refused).map(misplaced).collect();
    if places.is_empty() { Ok(()) } else { Err(Problem::misplaced(places)) }
}

/// Policies are validated against the catalogue as it will be: a misspelt tool, attribute or type is an error here.
fn check_policies(before: &ControlState, after: &ControlState) -> Result<(), Problem> {
    if after.policies == before.policies {
        return Ok(());
    }
    let problems = bailiwick_policy::validate(after, &[]);
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    if lines.is_empty() { Ok(()) } else { Err(Problem::bad(lines.join("\n"))) }
}

#[cfg(test)]
mod tests;
