//! Text of results that would load something by itself where it is shown, made inert: an image or frame fetches its address as soon
//! as somebody looks, and the address can carry what was read. Addresses stay, as text; what is no address of the world is left.

use bailiwick_core::json::{Json, Object};
use std::borrow::Cow;

/// Tags of HTML that fetch by themselves.
const LOADS: [&str; 13] = [
    "img", "image", "iframe", "frame", "script", "link", "video", "audio", "source", "object", "embed", "input", "meta",
];

/// A result whose texts load nothing by themselves: parts of type `text`, wherever a result of MCP has them.
pub(super) fn inert(result: Json) -> Json {
    let Json::Object(mut members) = result else { return result };
    for name in ["content", "contents", "messages"] {
        if let Some(Json::Array(items)) = members.get(name) {
            let items = items.iter().cloned().map(part).collect();
            members.insert(name, Json::Array(items));
        }
    }
    Json::Object(members)
}

fn part(item: Json) -> Json {
    let Json::Object(mut members) = item else { return item };
    for name in ["content", "resource"] {
        if let Some(below @ Json::Object(_)) = members.get(name).cloned() {
            members.insert(name, part(below));
        }
    }
    quieted(&mut members);
    Json::Object(members)
}

fn quieted(members: &mut Object) {
    let Some(text) = members.get("text").and_then(Json::as_str) else { return };
    // what is data for programs is no text that is shown
    if members.get("mimeType").and_then(Json::as_str).is_some_and(|kind| kind.contains("json")) {
        return;
    }
    if let Cow::Owned(quiet) = quiet(text) {
        members.insert("text", Json::from(quiet));
    }
}

/// Whether an address is of the world: fetched from somewhere else as soon as it is shown.
fn of_the_world(address: &str) -> bool {
    let address = address.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '<' | '"' | '\'' | '='));
    let begins = |with: &str| address.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    begins("http:") || begins("https:") || begins("//") || begins("\\\\")
}

fn quiet(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['!', '<']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        // an image of Markdown becomes a link, and a tag of HTML becomes text
        let (first, put) = match from.strip_prefix('!') {
            Some(_) if is_image(from, text) => ('!', "! "),
            Some(_) => ('!', "!"),
            None if is_loading_tag(from) => ('<', "&lt;"),
            None => ('<', "<"),
        };
        out.push_str(put);
        rest = from.strip_prefix(first).unwrap_or_default();
    }
    out.push_str(rest);
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// `![alt](address)`, or `![alt][name]` where the text says somewhere what that name is an address of.
fn is_image(from: &str, whole: &str) -> bool {
    let Some(after) = from.strip_prefix("![") else { return false };
    let ends = after.match_indices(']').take(8);
    ends.filter_map(|(end, _)| after.get(end.saturating_add(1)..)).any(|next| match next.strip_prefix('(') {
        Some(address) => of_the_world(address),
        None => whole.match_indices("]:").any(|(at, _)| whole.get(at.saturating_add(2)..).is_some_and(of_the_world)),
    })
}

/// A tag that fetches by itself, with an address of the world anywhere in it.
fn is_loading_tag(from: &str) -> bool {
    let Some(tag) = from.strip_prefix('<') else { return false };
    let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
    if !LOADS.iter().any(|loads| name.eq_ignore_ascii_case(loads)) {
        return false;
    }
    let body = tag.split('>').next().unwrap_or(tag);
    body.match_indices('=').any(|(at, _)| body.get(at..).is_some_and(of_the_world))
}

#[cfg(test)]
mod tests;
