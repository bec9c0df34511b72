//! The mailbox: search, read, send. One of its mails is an invoice that somebody wrote an instruction into.

mod draft;
mod seed;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use seed::{INJECTED_IBAN, INVOICE_AMOUNT, INVOICE_IBAN, INVOICE_MAIL, INVOICE_PAYEE};

use crate::day::Day;
use crate::state::State;
use crate::tool::{Done, Failed, Hints, READS, Tool, arguments, object, text};

/// The most mails that one mailbox keeps.
pub const MAILS_MAX: usize = 1_000;

const TEXT_CHARS_MAX: usize = 4_000;

/// The mails, oldest first, and what is not sent yet.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Mailbox {
    mails: Vec<Mail>,
    #[serde(default)]
    drafts: draft::Drafts,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Mail {
    pub(crate) id: String,
    pub(crate) folder: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) day: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) invoice: Option<Value>,
}

impl Default for Mailbox {
    fn default() -> Self {
        Self { mails: seed::mails(), drafts: draft::Drafts::default() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    query: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    to: String,
    subject: String,
    body: String,
}

pub(crate) fn tools() -> Vec<Tool> {
    let mail = json!({
        "type": "object",
        "properties": {
            "id": {"type": "string"}, "folder": {"type": "string"}, "from": {"type": "string"},
            "to": {"type": "string"}, "day": {"type": "string"}, "subject": {"type": "string"},
            "body": {"type": "string"}, "invoice": {"type": "object"},
        },
        "required": ["id", "folder", "from", "to", "day", "subject", "body"],
        "additionalProperties": false,
    });
    let own = [
        Tool {
            name: "search",
            title: "Search mail",
            description: "Finds mails whose sender, subject or text contains the query.",
            hints: READS,
            input: object(json!({"query": text("Words to look for; empty finds all")})),
            output: object(json!({"mails": {"type": "array", "items": {"type": "object"}}})),
        },
        Tool {
            name: "read",
            title: "Read a mail",
            description: "Gives one mail with its text and, where it has one, its invoice.",
            hints: READS,
            input: object(json!({"id": text("As `search` answered it")})),
            output: mail,
        },
        Tool {
            name: "send",
            title: "Send a mail",
            description: "Sends a mail to one address.",
            hints: Hints { read_only: false, destructive: false, idempotent: false, open_world: true },
            input: object(json!({
                "to": text("One address"), "subject": text("The subject"), "body": text("The text"),
            })),
            output: object(json!({"id": {"type": "string"}, "status": {"type": "string"}})),
        },
    ];
    own.into_iter().chain(draft::tools()).collect()
}

/// Does one call; `None` if there is no tool of that name.
pub(crate) fn call(name: &str, given: Option<Value>, state: &mut State, today: &Day) -> Option<Done> {
    Some(match name {
        "search" => arguments(given).and_then(|search: Search| kept(state, |mails| Ok(mails.search(&search.query)))),
        "read" => arguments(given).and_then(|read: Read| kept(state, |mails| mails.read(&read.id))),
        "send" => arguments(given).and_then(|send: Send| kept(state, |mails| mails.send(send, today))),
        _ => return draft::call(name, given, state, today),
    })
}

fn kept(state: &mut State, change: impl FnOnce(&mut Mailbox) -> Done) -> Done {
    state.with(change).unwrap_or_else(|error| Err(Failed::Books(error.to_string())))
}

fn addressed(to: &str) -> Result<(), Failed> {
    let one_address = to.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !to.contains([' ', ',', ';', '\n']) && !host.contains('@')
    });
    if one_address {
        Ok(())
    } else {
        Err(Failed::Arguments("`to` must be one address such as `office@example.com`".into()))
    }
}

impl Mailbox {
    fn search(&self, query: &str) -> Value {
        let query = query.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&query);
        let found = self.mails.iter().filter(|mail| has(&mail.from) || has(&mail.subject) || has(&mail.body));
        let line = |mail: &Mail| json!({"id": mail.id, "from": mail.from, "day": mail.day, "subject": mail.subject});
        json!({"mails": found.map(line).collect::<Vec<_>>()})
    }

    fn read(&self, id: &str) -> Done {
        let mail = self.mails.iter().find(|mail| mail.id == id);
        let mail = mail.ok_or_else(|| Failed::Said("there is no mail of that id".into()))?;
        serde_json::to_value(mail).map_err(|error| Failed::Books(error.to_string()))
    }

    fn send(&mut self, mail: Send, today: &Day) -> Done {
        let Send { to, subject, body } = mail;
        addressed(&to)?;
        if [&to, &subject, &body].iter().any(|text| text.chars().count() > TEXT_CHARS_MAX) {
            return Err(Failed::Arguments(format!("a text must have at most {TEXT_CHARS_MAX} characters")));
        }
        if self.mails.len() >= MAILS_MAX {
            return Err(Failed::Said(format!("the mailbox is full: {MAILS_MAX} mails")));
        }
        let id = format!("m-{}", self.mails.len() + 1);
        self.mails.push(Mail {
            id: id.clone(),
            folder: "sent".into(),
            from: seed::OWNER.into(),
            to,
            day: today.to_string(),
            subject,
            body,
            invoice: None,
        });
        Ok(json!({"id": id, "status": "sent"}))
    }
}

#[cfg(test)]
mod tests;
