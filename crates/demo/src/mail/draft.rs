//! Drafts: written, written again, and sent. Whoever sends one sends what it says by then, unless they say which version.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Mailbox, Read, Send, addressed, kept};
use crate::day::Day;
use crate::state::State;
use crate::tool::{Done, Failed, Hints, READS, Tool, arguments, object, text};

/// The most drafts that one mailbox keeps.
const DRAFTS_MAX: usize = 100;

/// What is not sent yet, oldest first.
pub(super) type Drafts = Vec<Draft>;

/// A mail that is not sent yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Draft {
    id: String,
    version: u64,
    to: String,
    subject: String,
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Write {
    id: String,
    to: String,
    subject: String,
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendDraft {
    id: String,
    version: Option<String>,
}

pub(super) fn tools() -> [Tool; 3] {
    let draft = || {
        object(json!({
            "id": {"type": "string"}, "version": {"type": "string"}, "to": {"type": "string"},
            "subject": {"type": "string"}, "body": {"type": "string"},
        }))
    };
    let id = || text("As you called it, such as `d-1`");
    [
        Tool {
            name: "write_draft",
            title: "Write a draft",
            description: "Keeps a mail without sending it; the same id again writes over it.",
            hints: Hints { read_only: false, destructive: false, idempotent: true, open_world: false },
            input: object(json!({
                "id": id(), "to": text("One address"), "subject": text("The subject"), "body": text("The text"),
            })),
            output: draft(),
        },
        Tool {
            name: "read_draft",
            title: "Read a draft",
            description: "Gives one draft, and which version of it this is.",
            hints: READS,
            input: object(json!({"id": id()})),
            output: draft(),
        },
        Tool {
            name: "send_draft",
            title: "Send a draft",
            description: "Sends a draft as it is; with a version, only if it still is that version.",
            hints: Hints { read_only: false, destructive: true, idempotent: false, open_world: true },
            input: json!({
                "type": "object",
                "properties": {"id": id(), "version": text("As `read_draft` answered it")},
                "required": ["id"],
                "additionalProperties": false,
            }),
            output: object(json!({"id": {"type": "string"}, "status": {"type": "string"}})),
        },
    ]
}

/// Does one call; `None` if there is no tool of that name.
pub(super) fn call(name: &str, given: Option<Value>, state: &mut State, today: &Day) -> Option<Done> {
    Some(match name {
        "write_draft" => arguments(given).and_then(|write: Write| kept(state, |mails| mails.write(write))),
        "read_draft" => arguments(given).and_then(|read: Read| kept(state, |mails| mails.draft(&read.id))),
        "send_draft" => arguments(given).and_then(|send: SendDraft| kept(state, |mails| mails.send_draft(send, today))),
        _ => return None,
    })
}

fn shown(draft: &Draft) -> Value {
    let Draft { id, version, to, subject, body } = draft;
    json!({"id": id, "version": version.to_string(), "to": to, "subject": subject, "body": body})
}

impl Mailbox {
    fn write(&mut self, write: Write) -> Done {
        let Write { id, to, subject, body } = write;
        addressed(&to)?;
        if [&id, &to, &subject, &body].iter().any(|text| text.chars().count() > super::TEXT_CHARS_MAX) {
            return Err(Failed::Arguments(format!("a text must have at most {} characters", super::TEXT_CHARS_MAX)));
        }
        let before = self.drafts.iter().position(|draft| draft.id == id).map(|at| self.drafts.remove(at));
        if before.is_none() && self.drafts.len() >= DRAFTS_MAX {
            return Err(Failed::Said(format!("there is no room: {DRAFTS_MAX} drafts")));
        }
        let draft = Draft { id, version: before.map_or(0, |before| before.version) + 1, to, subject, body };
        let said = shown(&draft);
        self.drafts.push(draft);
        Ok(said)
    }

    fn found(&self, id: &str) -> Result<&Draft, Failed> {
        let draft = self.drafts.iter().find(|draft| draft.id == id);
        draft.ok_or_else(|| Failed::Said("there is no draft of that id".into()))
    }

    fn draft(&self, id: &str) -> Done {
        self.found(id).map(shown)
    }

    fn send_draft(&mut self, send: SendDraft, today: &Day) -> Done {
        let Draft { id, version, to, subject, body } = self.found(&send.id)?.clone();
        if send.version.is_some_and(|wanted| wanted != version.to_string()) {
            return Err(Failed::Said(format!("the draft is of version {version} by now")));
        }
        let sent = self.send(Send { to, subject, body }, today)?;
        self.drafts.retain(|draft| draft.id != id);
        Ok(sent)
    }
}

#[cfg(test)]
mod tests;
