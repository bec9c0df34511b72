//! How much is at stake: what follows from effect and reversibility, and one step more where a server's own words give reason.
//! Less than what follows is never proposed.

use super::nature::parts;
use crate::words::ToolWords;
use bailiwick_core::normal::look;
use bailiwick_core::{Effect, Impact, Reversibility};

/// Words of a name that say that one call is about many things.
const MANY: [&str; 9] = ["all", "bulk", "batch", "mass", "everyone", "everybody", "everything", "many", "recursive"];
/// Words of a name or a description that say that much hangs on it.
const STAKES: [&str; 14] = [
    "production",
    "prod",
    "payroll",
    "salary",
    "medical",
    "patient",
    "legal",
    "admin",
    "administrator",
    "root",
    "firewall",
    "dns",
    "billing",
    "force",
];
/// What a description says of what only writes, so that it weighs more than a write.
const FINAL: [&str; 6] =
    ["cannot be undone", "can't be undone", "can not be undone", "irreversible", "irrevocable", "permanent"];

/// The impact to write down, where it is more than what follows; why, in any case.
pub(super) fn impact(
    words: &ToolWords,
    (effect, reversibility): (Effect, Reversibility),
    why: &mut Vec<(String, String)>,
) -> Option<Impact> {
    let follows = effect.impact(reversibility);
    let of = format!("what follows from {effect} and from how far it can be undone");
    let more = Impact::ALL.into_iter().find(|impact| *impact > follows);
    let raised = more.and_then(|more| Some((more, reason(words, effect)?)));
    let said = match &raised {
        Some((more, reason)) => format!("{more}: {reason}, so more than {follows}, {of}"),
        None => format!("{follows}: {of}"),
    };
    why.push(("impact".to_owned(), said));
    raised.map(|(more, _)| more)
}

fn reason(words: &ToolWords, effect: Effect) -> Option<String> {
    let name = parts(words.name());
    let said = look(words.description().unwrap_or_default());
    let has = |word: &str| name.iter().any(|own| own == word);
    // a list of all things is a list
    if let Some(word) = MANY.iter().find(|word| effect != Effect::Read && has(word)) {
        return Some(format!("`{word}` is in its name: one call may be about many things"));
    }
    if let Some(word) = STAKES.iter().find(|word| has(word)) {
        return Some(format!("`{word}` is in its name"));
    }
    let words: Vec<&str> = said.split(|c: char| !c.is_alphanumeric()).collect();
    if let Some(word) = STAKES.iter().find(|word| words.contains(*word)) {
        return Some(format!("`{word}` is in its description"));
    }
    let end = FINAL.iter().find(|phrase| effect == Effect::Write && said.contains(*phrase))?;
    Some(format!("the server says `{end}` of it"))
}
