//! What was found of rules by search, and proven of it, for programs: the same from a node and from files.

use bailiwick_core::json::Json;
use bailiwick_policy::{Changed, Example, Look, RuleNote};

fn texts(of: &[String]) -> Json {
    Json::array(of.iter().map(|text| Json::from(text.as_str())))
}

fn count(of: usize) -> Json {
    Json::from(u64::try_from(of).unwrap_or(u64::MAX))
}

fn note(note: &RuleNote) -> Json {
    Json::object([
        ("by", texts(&note.by)),
        ("document", Json::from(note.document.as_str())),
        ("found_by", Json::from(note.found_by.as_str())),
        ("kind", Json::from(note.kind.as_str())),
        ("line", note.line.map_or(Json::Null, count)),
        ("rule", Json::from(note.rule.as_str())),
        ("text", Json::from(note.to_string())),
        ("tried", Json::from(note.tried)),
        ("whole", Json::from(note.whole)),
    ])
}

/// What a look at all rules came to.
pub fn look_json(look: &Look) -> Json {
    Json::object([
        ("notes", Json::array(look.notes.iter().map(note))),
        ("rules", count(look.rules)),
        ("solver", look.solver.as_deref().map_or(Json::Null, Json::from)),
        ("tried", Json::from(look.tried)),
        ("unlooked", count(look.unlooked)),
    ])
}

fn example(example: &Example) -> Json {
    let said = |(verdict, rules): &(String, Vec<String>)| {
        Json::object([("rules", texts(rules)), ("verdict", Json::from(verdict.as_str()))])
    };
    Json::object([
        ("action", Json::from(example.action.as_str())),
        ("after", said(&example.after)),
        ("before", said(&example.before)),
    ])
}

/// A rule that is not as it was, with actions that are decided otherwise.
pub fn changed_json(changed: &Changed) -> Json {
    Json::object([
        ("examples", Json::array(changed.examples.iter().map(example))),
        ("rule", Json::from(changed.rule.as_str())),
        ("tried", Json::from(changed.tried)),
        ("what", Json::from(changed.what)),
        ("whole", Json::from(changed.whole)),
    ])
}
