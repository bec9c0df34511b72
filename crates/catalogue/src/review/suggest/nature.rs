//! What a tool does, by its name and by what its server says of it. The worse of the two stands.

use crate::propose::propose;
use crate::words::ToolWords;
use bailiwick_core::json::Json;
use bailiwick_core::{Effect, Egress, Reversibility};

/// Words in a name and what they say, the worst first: the first that is there counts.
const VERBS: [(Effect, &[&str]); 9] = [
    (Effect::Execute, &["run", "exec", "execute", "eval", "shell", "command", "sql", "deploy", "invoke", "script"]),
    (Effect::Credential, &["password", "secret", "credential", "token", "apikey", "key", "login", "passkey"]),
    (Effect::Permission, &["grant", "revoke", "permission", "permissions", "acl", "chmod", "role", "member", "invite"]),
    (
        Effect::Transfer,
        &["pay", "payment", "transfer", "withdraw", "deposit", "charge", "refund", "purchase", "buy", "wire"],
    ),
    (
        Effect::Delete,
        &["delete", "remove", "drop", "purge", "erase", "destroy", "wipe", "truncate", "trash", "uninstall"],
    ),
    (Effect::Export, &["export", "download", "dump", "backup"]),
    (
        Effect::Share,
        &[
            "send", "share", "post", "publish", "email", "mail", "tweet", "notify", "forward", "upload", "push",
            "message", "reply", "comment",
        ],
    ),
    (
        Effect::Write,
        &[
            "create", "add", "update", "set", "edit", "write", "put", "insert", "append", "save", "rename", "move",
            "copy", "commit", "checkout", "reset", "merge", "close", "reopen", "toggle", "book", "reserve", "schedule",
            "cancel",
        ],
    ),
    (
        Effect::Read,
        &[
            "get", "list", "read", "search", "find", "fetch", "show", "view", "describe", "query", "lookup", "count",
            "check", "status", "diff", "log", "stat", "info", "tree", "open", "echo",
        ],
    ),
];
/// Nouns among them that say so only of what does more than read: `list_payments` pays nothing.
const NOUNS: [&str; 13] = [
    "payment",
    "transfer",
    "message",
    "mail",
    "email",
    "member",
    "role",
    "permission",
    "permissions",
    "key",
    "token",
    "backup",
    "comment",
];

/// The words of a name, in small letters: `getFile_by-id` is four.
pub(super) fn parts(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && small) {
            out.push(String::new());
        }
        small = c.is_lowercase() || c.is_numeric();
        if let Some(last) = out.last_mut().filter(|_| c.is_alphanumeric()) {
            last.extend(c.to_lowercase());
        }
    }
    out.retain(|part| !part.is_empty());
    out
}

pub(super) fn nature(words: &ToolWords, why: &mut Vec<(String, String)>) -> (Effect, Egress, Reversibility) {
    let hints = words.annotations();
    let said = propose(hints);
    let hint = |name: &str| hints.and_then(|hints| hints.get(name)).and_then(Json::as_bool);
    let names = parts(words.name());
    let reads = VERBS.last().is_some_and(|(_, verbs)| names.first().is_some_and(|first| verbs.contains(&&**first)));
    let named = VERBS.iter().find_map(|(effect, verbs)| {
        let noun = |name: &&String| reads && NOUNS.contains(&&***name);
        let word = names.iter().find(|name| verbs.contains(&&***name) && !noun(name))?;
        Some((*effect, word))
    });
    let mut say = |part: &str, reason: String| why.push((part.to_owned(), reason));
    let effect = match (named, hint("readOnlyHint")) {
        (Some((Effect::Read, word)), Some(true)) => {
            say("effect", format!("read: the server says so, and so does `{word}` in its name"));
            Effect::Read
        }
        (Some((Effect::Read, word)), Some(false)) => {
            say("effect", format!("write: `{word}` is in its name, and the server says that it does more than read"));
            Effect::Write
        }
        (Some((effect, word)), Some(true)) => {
            say("effect", format!("{effect}: `{word}` is in its name, although the server says that it only reads"));
            effect
        }
        (Some((effect, word)), _) => {
            say("effect", format!("{effect}: `{word}` is in its name, and from its name alone"));
            effect
        }
        (None, Some(true)) => {
            say("effect", "read: the server says so, and nothing else does".to_owned());
            Effect::Read
        }
        (None, Some(false)) => {
            say(
                "effect",
                "write: the server says that it does more than read, and its name does not say what".to_owned(),
            );
            Effect::Write
        }
        (None, None) => {
            say("effect", "execute: nothing says what it does".to_owned());
            Effect::Execute
        }
    };
    let reversibility = match (effect, hint("destructiveHint")) {
        (Effect::Read, _) => Reversibility::ReadOnly,
        (Effect::Write, Some(false)) => {
            say("reversibility", "reversible: the server says that it destroys nothing".to_owned());
            Reversibility::Reversible
        }
        _ => {
            say("reversibility", "irreversible: nobody says that it can be undone".to_owned());
            Reversibility::Irreversible
        }
    };
    let leaves = matches!(effect, Effect::Share | Effect::Export) || said.egress == Egress::Open;
    let egress = if leaves { Egress::Open } else { Egress::None };
    say(
        "egress",
        match (leaves, hint("openWorldHint")) {
            (false, _) => "none: the server says that it stays in its own world".to_owned(),
            (true, Some(false)) => format!("open: {effect} leaves, whatever the server says"),
            (true, Some(true)) => "open: the server says that it reaches an open world".to_owned(),
            (true, None) => "open: the server does not say that it stays in its own world".to_owned(),
        },
    );
    (effect, egress, reversibility)
}
