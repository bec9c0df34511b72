//! What documents would do to a tenant, before they are applied: what is new, what changes, what of it loosens, and what
//! they name that is not there. Says so to people; the decision itself is [`decide_control`](crate::decide_control)'s.

mod around;
mod bound;
mod compare;
mod loosens;
mod references;
mod rows;

pub use around::{PolicyReader, UnreadPolicies, changes_around};
pub use references::{Finding, findings};

use crate::control::{ControlState, MandateEntry};
use crate::document::{Document, written};
use crate::json::{Json, Pointer};
use crate::{
    AgentId, Effect, Egress, Impact, MandateName, PersonId, Reversibility, RoleName, ServerName, TemplateName, ToolId,
    Unit, dotted,
};
use std::collections::BTreeSet;

/// What happens to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It was not there.
    New,
    /// It was another.
    Changed,
    /// It goes.
    Removed,
}

impl What {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// What happens to one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What happens to it.
    pub what: What,
    /// Field by field.
    pub lines: Vec<ChangeLine>,
}

impl Change {
    /// Whether any of it lets more happen than before.
    pub fn loosens(&self) -> bool {
        self.lines.iter().any(|line| line.loosens)
    }
}

/// What happens to one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeLine {
    /// The field, as `grant[0].meters.EUR.total`; nothing for the document as a whole.
    pub at: String,
    /// In words.
    pub words: String,
    /// Whether it lets more happen than before. What nobody classified does.
    pub loosens: bool,
}

impl ChangeLine {
    /// About the document as a whole.
    pub fn whole(words: impl Into<String>, loosens: bool) -> Self {
        Self { at: String::new(), words: words.into(), loosens }
    }
}

/// What these documents change, in their order; then what is removed. What stands as it is given is not among it.
/// `told_after` are the units of which some tool tells by its result only: bindings say so, which are not read here.
pub fn changes(
    state: &ControlState,
    documents: &[Document],
    removed: &[(String, String)],
    told_after: &BTreeSet<Unit>,
) -> Vec<Change> {
    let given = documents.iter().filter_map(|document| {
        let (kind, name) = (document.kind(), document.name());
        // what a restore took back is given anew, also where the same words are given
        let gives = |old: &Document| match old {
            Document::Mandate(old) => state.mandates.get(&old.name).is_some_and(MandateEntry::is_given),
            Document::Rule(old) => !state.rests(old),
            _ => true,
        };
        let (what, lines) = match standing(state, kind, &name).filter(gives) {
            None => (What::New, new(state, document)),
            Some(old) if old == *document => return None,
            Some(old) => {
                let lines = compared(&old, document, told_after);
                // what differs where nothing was found to differ was not compared
                let untold = lines.is_empty() && !compare::alike(&old.json(), &document.json());
                let whole = untold.then(|| ChangeLine::whole("the document changes", true));
                (What::Changed, lines.into_iter().chain(whole).collect())
            }
        };
        Some(Change { kind, name, what, lines })
    });
    let gone = removed.iter().filter_map(|(kind, name)| {
        let old = standing(state, kind, name)?;
        // without a person's word, what the server proposes of a tool stands again
        let loosens = match &old {
            Document::Tool(_) | Document::Policy(_) => true,
            // their account acts under its number again, which others may have named
            Document::Person(person) => person.uid.is_some() || person.mail.is_some(),
            // nothing is erased by it any more; of all others, who was told no longer is
            Document::Rule(rule) => rule.retention.is_none(),
            _ => false,
        };
        let lines = vec![ChangeLine::whole(format!("{} {name} goes", old.kind()), loosens)];
        Some(Change { kind: old.kind(), name: name.clone(), what: What::Removed, lines })
    });
    given.chain(gone).collect()
}

/// The document of this kind and name as it stands.
pub fn standing(state: &ControlState, kind: &str, name: &str) -> Option<Document> {
    Some(match kind {
        "agent" => Document::Agent(state.agents.get(&AgentId::parse(name).ok()?)?.document.clone()),
        "role" => Document::Role(state.roles.get(&RoleName::parse(name).ok()?)?.clone()),
        "server" => Document::Server(state.servers.get(&ServerName::parse(name).ok()?)?.document.clone()),
        "tool" => Document::Tool(state.tool_rules.get(&ToolId::parse(name).ok()?)?.as_ref().clone()),
        "template" => Document::Template(state.templates.get(&TemplateName::parse(name).ok()?)?.0.as_ref().clone()),
        "policy" => Document::Policy(state.policies.get(name)?.0.as_ref().clone()),
        "person" => Document::Person(state.persons.get(&PersonId::parse(name).ok()?)?.clone()),
        "mandate" => Document::Mandate(state.mandates.get(&MandateName::parse(name).ok()?)?.document.clone()),
        "rule" => Document::Rule(state.rules.get(&RoleName::parse(name).ok()?)?.document.clone()),
        _ => return None,
    })
}

fn compared(old: &Document, new: &Document, told_after: &BTreeSet<Unit>) -> Vec<ChangeLine> {
    let (before, after) = (old.json(), new.json());
    let lines = compare::compare(&before, &after).into_iter().map(|difference| {
        let kind = new.kind();
        let loosens = loosens::loosens(kind, &difference, (&before, &after), told_after)
            && !loosens::within(kind, &difference, &before);
        let words = row(&difference, old, new).unwrap_or_else(|| difference.words());
        ChangeLine { at: dotted(&difference.at), words, loosens }
    });
    lines.collect()
}

/// A row that comes or goes, in the words that a person says yes to.
fn row(difference: &Difference, old: &Document, new: &Document) -> Option<String> {
    let tokens = difference.at.tokens();
    let (document, what, row) = match (&difference.old, &difference.new) {
        (None, Some(row)) => (new, "added", row),
        (Some(row), None) => (old, "removed", row),
        _ => return None,
    };
    match (document, tokens.as_slice()) {
        (Document::Template(template), ["grant", index]) => {
            let row = template.row_sentence(index.parse().ok()?)?;
            Some(format!("{row}: {what}"))
        }
        (Document::Role(_), ["allow", _]) => Some(format!("{}: {what}", role_row(row))),
        _ => None,
    }
}

/// A row of a role in words.
fn role_row(row: &Json) -> String {
    let words = |name: &str| {
        let words = row.get(name).and_then(Json::as_array).unwrap_or_default();
        words.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ")
    };
    format!("{} with {}", words("effects"), words("tools"))
}

/// What is new, said once. What nobody could do before loosens.
fn new(state: &ControlState, document: &Document) -> Vec<ChangeLine> {
    let whole = |words: String, loosens| vec![ChangeLine::whole(words, loosens)];
    match document {
        Document::Agent(agent) => {
            let keys = match agent.keys.len() {
                0 => "without a key: it cannot act yet".to_owned(),
                1 => "with one key".to_owned(),
                more => format!("with {more} keys"),
            };
            whole(format!("an agent of role {}, {keys}", agent.role), true)
        }
        Document::Role(role) => {
            let mut lines = whole("a role: bounds what agents of it may be granted".to_owned(), true);
            let rows = role.allow.iter().enumerate();
            lines.extend(rows.map(|(index, row)| ChangeLine {
                at: format!("allow[{index}]"),
                words: role_row(&written(row)),
                loosens: true,
            }));
            lines
        }
        Document::Server(_) => whole("a server: its tools may be granted once they are reviewed".to_owned(), true),
        Document::Template(template) => {
            let who = template.start.who.join(", ");
            let mut lines = whole(format!("{who} may start it: {}", template.intent), true);
            let rows = template.sentences().into_iter();
            lines.extend(rows.map(|(_, row)| ChangeLine { at: "grant".to_owned(), words: row, loosens: true }));
            let read = template.reading().into_iter();
            lines.extend(read.map(|read| ChangeLine { at: "read".to_owned(), words: read, loosens: true }));
            lines
        }
        Document::Policy(_) => whole("a policy".to_owned(), true),
        // who is told, and where, is a target of notices, and what is erased is gone; the other rules only refuse, or ask
        Document::Rule(rule) => whole(rule.sentence(), rule.notify.is_some() || rule.retention.is_some()),
        // what draws on it could not be started before
        Document::Mandate(mandate) => whole(mandate.sentence(), true),
        Document::Person(person) if person.roles.is_empty() && person.uid.is_none() && person.mail.is_none() => {
            whole("a person".to_owned(), false)
        }
        Document::Person(person) => {
            let roles: Vec<String> = person.roles.iter().map(ToString::to_string).collect();
            let roles = (!roles.is_empty()).then(|| format!("with the roles {}", roles.join(", ")));
            let account = person.uid.map(|uid| format!("whose account here is uid {uid}"));
            let mail = person.mail.as_ref().map(|mail| format!("whom mail reaches at {mail}"));
            let words: Vec<String> = roles.into_iter().chain(account).chain(mail).collect();
            whole(format!("a person {}", words.join(", ")), true)
        }
        Document::Tool(tool) => {
            let new = nature(tool.effect, tool.egress, tool.reversibility, tool.impact);
            // what the server's own annotations propose is what stood before
            let mut lines = match state.tools.get(&tool.tool).map(|entry| &entry.pinned) {
                Some(pinned) => {
                    let old = nature(pinned.effect, pinned.egress, pinned.reversibility, None);
                    let said = "a person's word on this tool, in place of what its server proposes".to_owned();
                    let mut lines = whole(said, false);
                    lines.extend(compare::compare(&old, &new).iter().map(|difference| ChangeLine {
                        at: dotted(&difference.at),
                        words: difference.words(),
                        loosens: loosens::loosens("tool", difference, (&old, &new), &BTreeSet::new()),
                    }));
                    lines
                }
                // nobody knows what it will propose
                None => {
                    let leaves = if tool.egress == Egress::None { "stays" } else { "leaves to others" };
                    let (effect, undone) = (tool.effect, written(&tool.reversibility));
                    let undone = undone.as_str().unwrap_or_default();
                    whole(
                        format!("a person's word on a tool that was not seen yet: {effect}, {undone}, {leaves}"),
                        true,
                    )
                }
            };
            // what a binding reads decides what is charged, and what is given back
            for (name, part) in tool.bind.as_object().into_iter().flat_map(crate::json::Object::iter) {
                let words = bound::words(name, part);
                lines.push(ChangeLine { at: dotted(&Pointer::root().join("bind").join(name)), words, loosens: true });
            }
            lines
        }
    }
}

fn nature(effect: Effect, egress: Egress, reversibility: Reversibility, impact: Option<Impact>) -> Json {
    Json::object([
        ("effect", written(&effect)),
        ("egress", written(&egress)),
        ("impact", written(&impact)),
        ("reversibility", written(&reversibility)),
    ])
}

/// One field that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Difference {
    at: Pointer,
    old: Option<Json>,
    new: Option<Json>,
}

impl Difference {
    /// Whether the same elements stand in another order.
    const fn is_order(&self) -> bool {
        self.old.is_none() && self.new.is_none()
    }

    fn words(&self) -> String {
        let shown = |value: &Json| match value {
            Json::String(text) => format!("`{}`", text.escape_debug()),
            // what is not said says nothing
            Json::Object(members) => {
                let said = members.iter().filter(|(_, value)| !value.is_null());
                let said = said.map(|(name, value)| (name, value.clone()));
                format!("`{}`", Json::object(said).canonical())
            }
            other => format!("`{}`", other.canonical()),
        };
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => format!("from {} to {}", shown(old), shown(new)),
            (None, Some(new)) => format!("{} added", shown(new)),
            (Some(old), None) => format!("{} removed", shown(old)),
            (None, None) => "in another order".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
