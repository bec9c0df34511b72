//! Text of others that a person pasted beside their own words: what stands in it is nobody's word, until its person confirms a
//! value of it, one by one.
//!
//! A parameter of free text may come with two more. `NAME.pasted` is the text; `NAME.confirmed` are values of it, a line each,
//! as they were listed.

use super::{BadFilling, bad, stated};
use crate::document::Template;
use crate::json::{Json, Object};
use crate::normal::{Kind, normal};
use crate::template::Stated;
use std::collections::BTreeMap;

/// What follows the name of a parameter that the pasted text belongs to.
pub const PASTED: &str = ".pasted";
/// What follows it for the values that its person confirmed.
pub const CONFIRMED: &str = ".confirmed";
/// The most characters of one pasted text.
const CHARS_MAX: usize = 16_384;

/// What was pasted, read.
#[derive(Debug, Default)]
pub(super) struct Pasted {
    /// As it is kept, by its name.
    pub(super) parameters: Vec<(String, String)>,
    /// Values that the person confirmed: theirs.
    pub(super) confirmed: Vec<Stated>,
    /// All others.
    pub(super) left: Vec<Stated>,
}

/// The parameter of free text that one of ours belongs to.
fn belongs<'a>(template: &Template, name: &'a str) -> Option<&'a str> {
    let own = name.strip_suffix(PASTED).or_else(|| name.strip_suffix(CONFIRMED))?;
    let parameter = template.parameters.get(own).filter(|_| !template.parameters.contains_key(name))?;
    matches!(Kind::parse(&parameter.kind), Some(Kind::Content | Kind::Text | Kind::Title)).then_some(own)
}

/// Whether a name is one of the two of a parameter of free text.
pub(super) fn is_one(template: &Template, name: &str) -> bool {
    belongs(template, name).is_some()
}

/// Why text is not pasted beside a parameter of a type; `None` of a name that is none of these.
pub(super) fn typed(template: &Template, name: &str) -> Option<BadFilling> {
    let own = name.strip_suffix(PASTED).or_else(|| name.strip_suffix(CONFIRMED))?;
    let kind = &template.parameters.get(own)?.kind;
    let free = template.parameters.iter().filter(|(name, _)| is_one(template, &format!("{name}{PASTED}")));
    let free: Vec<&str> = free.map(|(name, _)| name.as_str()).collect();
    let where_to = match free.as_slice() {
        [] => "this template has none".to_owned(),
        free => format!("here {}", free.join(", ")),
    };
    Some(bad(
        own,
        format_args!(
            "a value of the kind {kind}, given as `{own}=VALUE`: text of others is pasted beside a parameter of free text ({where_to})"
        ),
    ))
}

/// Whether a person pasted anything.
pub(crate) fn any<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    names.any(|name| name.ends_with(PASTED))
}

/// An intent as whoever works on it is told it: what was pasted stands after it, each line marked as none of the person's.
pub(crate) fn told(intent: &str, parameters: &Json) -> String {
    let mut out = intent.to_owned();
    for (name, text) in parameters.as_object().into_iter().flat_map(Object::iter) {
        let (Some(own), Some(text)) = (name.strip_suffix(PASTED), text.as_str()) else { continue };
        out.push_str(&format!("\nPasted with `{own}`, in the words of others, and no word of the person's:\n"));
        text.lines().for_each(|line| out.push_str(&format!("> {line}\n")));
    }
    out
}

/// Reads it. What is confirmed has to stand there.
pub(super) fn read(template: &Template, given: &BTreeMap<String, String>) -> Result<Pasted, BadFilling> {
    let mut out = Pasted::default();
    for name in template.parameters.keys() {
        let (pasted, confirmed) = (format!("{name}{PASTED}"), format!("{name}{CONFIRMED}"));
        let text = given.get(&pasted).filter(|_| is_one(template, &pasted));
        let lines = given.get(&confirmed).filter(|_| is_one(template, &confirmed));
        let Some(text) = text else {
            if lines.is_some() {
                return Err(bad(confirmed, format_args!("values of a text that was pasted as `{pasted}`")));
            }
            continue;
        };
        let fits = text.chars().count() <= CHARS_MAX;
        let text = normal(&Kind::Content, text).filter(|_| fits);
        let text = text.ok_or_else(|| bad(&pasted, format_args!("a text of at most {CHARS_MAX} characters")))?;
        let mut values = stated::stated(&text);
        for value in &mut values {
            // What stands together in it belongs together, and to nothing of the person's own.
            value.part = value.part.take().map(|part| format!("{pasted}, {part}"));
        }
        let mut taken = Vec::new();
        for line in lines.into_iter().flat_map(|lines| lines.lines()) {
            let at = values.iter().position(|value| value.to_string() == line);
            let at = at.ok_or_else(|| bad(&confirmed, "values that stand in what was pasted, each once"))?;
            taken.push(values.remove(at));
        }
        out.parameters.push((pasted, text));
        if let Some(lines) = lines {
            out.parameters.push((confirmed, lines.clone()));
        }
        out.confirmed.extend(taken);
        out.left.extend(values);
    }
    // What the person confirmed once is theirs wherever else it stands.
    out.left.retain(|left| !out.confirmed.iter().any(|own| own.kind == left.kind && own.value == left.value));
    Ok(out)
}

#[cfg(test)]
mod tests;
