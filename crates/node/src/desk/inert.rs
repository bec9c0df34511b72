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
    let kind = members.get("mimeType").and_then(Json::as_str).filter(|_| members.contains_key("uri"));
    if kind.is_some_and(|kind| kind == "application/json" || kind.ends_with("+json")) {
        return;
    }
    if let Cow::Owned(quiet) = quiet(text) {
        members.insert("text", Json::from(quiet));
    }
}

/// The most bytes of an image or a tag that are looked at; what is longer is made inert unseen.
const LOOKED_AT_BYTES_MAX: usize = 512;
/// Attributes by which any tag fetches.
const FETCHES: [&str; 4] = ["style", "srcset", "background", "url("];

/// Each image and each tag is looked at once, up to where the next may begin, so a text costs what it is long.
fn quiet(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['!', '<']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        // an image of Markdown becomes a link, and a tag of HTML becomes text
        let (first, put) = match from.strip_prefix('!') {
            Some(after) if after.starts_with('[') && !(is_code(before) || is_local_image(after)) => ('!', "! "),
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

/// `vec![1]`: a name stands right before it, as before no image.
fn is_code(before: &str) -> bool {
    before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// The beginning of a text, at most so long, and not past the next `end`.
fn head(text: &str, end: [char; 2]) -> &str {
    let head = text.find(end).map_or(text, |at| text.get(..at).unwrap_or(text));
    let mut most = head.len().min(LOOKED_AT_BYTES_MAX);
    while !head.is_char_boundary(most) {
        most = most.saturating_sub(1);
    }
    head.get(..most).unwrap_or_default()
}

/// `[words](path/of/a.file)`, and nothing that could be an address of the world in some other spelling.
fn is_local_image(after: &str) -> bool {
    let body = head(after.strip_prefix('[').unwrap_or(after), ['!', '<']);
    let Some((words, address)) = body.split_once("](") else { return false };
    let Some((address, _)) = address.split_once(')') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_' | '-');
    !words.contains(['[', ']', '\\']) && address.chars().all(plain) && !address.starts_with("//")
}

/// A tag that fetches by itself: one of those that do, unless it plainly names nothing of the world, and any that says so.
fn is_loading_tag(from: &str) -> bool {
    let Some(tag) = from.strip_prefix('<').filter(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic())) else {
        return false;
    };
    let body = head(tag, ['>', '<']).to_ascii_lowercase();
    let name = body.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    // a quote that does not end within holds the rest of the tag
    let open = body.matches('"').count() % 2 == 1 || body.matches('\'').count() % 2 == 1;
    let cut = open || body.len() >= LOOKED_AT_BYTES_MAX;
    if LOADS.contains(&name) {
        return cut || body.contains([':', '&', '\\']) || body.contains("//");
    }
    body.contains('=') && (cut || FETCHES.iter().any(|word| body.contains(word)))
}

#[cfg(test)]
mod tests;
