//! What an argument points to, where another tool of the same server seems to show it.

use super::nature::{nature, parts};
use crate::words::ToolWords;
use bailiwick_core::Effect;
use bailiwick_core::json::{Json, Pointer};

/// The most referents of a binding.
const REFERENTS_MAX: usize = 4;
/// Words in the name of a tool that shows one thing.
const SHOWS: [&str; 6] = ["get", "read", "show", "view", "fetch", "describe"];

/// Of each id the tool that shows what stands there: it reads, is named after the kind of object, and all that it needs is
/// given in the call.
pub(super) fn referents(
    words: &ToolWords,
    arguments: &[(String, Json)],
    others: &[ToolWords],
    why: &mut Vec<(String, String)>,
) -> Vec<Json> {
    let mut out = Vec::new();
    for (place, binding) in arguments {
        let kind = binding.get("kind").and_then(Json::as_str).and_then(|kind| kind.strip_prefix("id:"));
        let one = !place.contains("/*") && place.rfind('/') == Some(0);
        let Some(noun) = kind.filter(|_| one && out.len() < REFERENTS_MAX) else { continue };
        let mut found = others.iter().filter(|other| other.name() != words.name() && shows(other, noun));
        let Some((other, asked)) = found.find_map(|other| Some((other, asked(other, words, place)?))) else { continue };
        why.push((place.clone(), format!("`{}` seems to show what stands there", other.name())));
        let read = Json::object([("arguments", asked), ("tool", Json::from(other.name()))]);
        out.push(Json::object([("at", Json::from(place.as_str())), ("read", read)]));
    }
    out
}

/// `get_pull_request` shows a `pull` or a `request`; what reads more of it (`get_pull_request_files`) shows another thing.
fn shows(other: &ToolWords, noun: &str) -> bool {
    let names = parts(other.name());
    let named = names.iter().any(|name| name == noun) && names.iter().any(|name| SHOWS.contains(&&**name));
    named && names.len() <= 3 && nature(other, &mut Vec::new()).0 == Effect::Read
}

/// What it is asked with, each from the argument of the same name, or `id` from the one that points; nothing where it needs
/// what the call does not say, or does not take the one that points.
fn asked(other: &ToolWords, words: &ToolWords, place: &str) -> Option<Json> {
    let own = words.input_schema().get("properties")?.as_object()?;
    let takes = other.input_schema().get("properties")?.as_object()?;
    let needs = other.input_schema().get("required").and_then(Json::as_array).unwrap_or_default();
    let pointed = |name: &str| Pointer::root().join(name).to_string() == place;
    let mut members = Vec::new();
    let mut points = false;
    for name in takes.keys() {
        let from = match own.get(name) {
            Some(_) => Pointer::root().join(name).to_string(),
            None if name == "id" => place.to_owned(),
            None if needs.iter().any(|need| need.as_str() == Some(name)) => return None,
            None => continue,
        };
        let needed = needs.iter().any(|need| need.as_str() == Some(name));
        if needed || pointed(name) || from == place {
            points |= from == place;
            members.push((Pointer::root().join(name).to_string(), Json::from(from)));
        }
    }
    points.then(|| Json::object(members))
}
