//! The reference page for people who write policies, made from the table that questions are made from.

use crate::attribute::{ATTRIBUTES, Kind, Presence};
use crate::words::Words;
use bailiwick_core::Sign;
use std::fmt::Write;

/// Everything before the table.
const HEAD: &str = include_str!("reference/head.md");
/// Everything after the lists of words.
const TAIL: &str = include_str!("reference/tail.md");

/// `docs/reference/policy-context.md`, whole.
pub fn reference() -> String {
    let mut out = HEAD.to_owned();
    out.push_str("\n| attribute | type | meaning |\n|---|---|---|\n");
    for attribute in ATTRIBUTES {
        let asked = if attribute.presence == Presence::Sometimes { " (optional)" } else { "" };
        let (name, kind) = (attribute.name, kind(attribute.kind));
        // by INVARIANT of `fmt::Write` for `String`: writing to it never fails
        let _ = writeln!(out, "| `{name}` | {kind}{asked} | {} |", attribute.meaning);
    }
    out.push_str("\n## Words\n\n| type | words |\n|---|---|\n");
    for words in Words::ALL {
        let list: Vec<String> =
            words.list().iter().map(|word| format!("`{}::\"{word}\"`", words.type_name())).collect();
        let _ = writeln!(out, "| `{}` | {} |", words.type_name(), list.join(" "));
    }
    out.push_str("\n## What speaks against a call\n\n| `risk_reasons` | adds | |\n|---|---|---|\n");
    for sign in Sign::ALL {
        let _ = writeln!(out, "| `{}` | {} | {} |", sign.as_str(), sign.weight(), sign.sentence());
    }
    out.push('\n');
    out.push_str(TAIL);
    out
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Text => "String".to_owned(),
        Kind::Long => "Long".to_owned(),
        Kind::Bool => "Bool".to_owned(),
        Kind::Texts => "Set of String".to_owned(),
        Kind::Word(words) => format!("`{}`", words.type_name()),
        Kind::Amounts => "record of decimal by unit, each optional".to_owned(),
        Kind::Args => "record of String by JSON Pointer, each optional".to_owned(),
        Kind::ArgSources => "record of Set of String by JSON Pointer, each optional".to_owned(),
        Kind::Destination => "record: `kind`, `value`, `zone`, each an optional String".to_owned(),
    }
}

#[cfg(test)]
mod tests;
