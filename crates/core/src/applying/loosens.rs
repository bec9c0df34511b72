//! Which changes let more happen than before. What is not listed here does.

use super::{Difference, rows};
use crate::document::Per;
use crate::json::Json;
use crate::{Amount, Span, Unit};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Whether this difference between two documents lets more happen, or makes less sure what happens. `told_after` are the
/// units of which only results tell.
pub(super) fn loosens(
    kind: &str,
    difference: &Difference,
    (before, after): (&Json, &Json),
    told_after: &BTreeSet<Unit>,
) -> bool {
    let tokens = difference.at.tokens();
    let places: Vec<&str> =
        tokens.iter().map(|token| if token.bytes().all(|b| b.is_ascii_digit()) { "*" } else { token }).collect();
    let (old, new) = (difference.old.as_ref(), difference.new.as_ref());
    if difference.is_order() {
        return !is_set(kind, &places);
    }
    match (kind, places.as_slice()) {
        ("agent", ["contact" | "review"]) => false,
        ("agent", ["keys", "*"]) | ("person", ["roles", "*"]) => new.is_some(),
        // who coordinates holds less than who is confirmed
        ("agent", ["autonomy"]) => !(is(old, "execute") && is(new, "assist")),
        ("agent", ["memory"]) => !is(new, "fresh"),
        // what its instances have to say that they run
        ("agent", ["version" | "config"]) => old.is_some(),
        ("role", ["allow", "*"] | ["allow", "*", "tools" | "effects", "*"]) => new.is_some(),
        // what a class says of results narrows who may read them
        ("server", ["classes", "*"]) => new.is_none(),
        ("server", ["stateless" | "int64_exact" | "words_may_change"]) => new.and_then(Json::as_bool) != Some(false),
        ("tool", ["egress"]) => !is(new, "open"),
        ("tool", ["reversibility"]) => {
            !higher(old, new, |text| rank(text, &["read-only", "reversible", "by-others", "irreversible"]))
        }
        ("tool", ["impact"]) => {
            new.is_none()
                || (old.is_some() && !higher(old, new, |text| rank(text, &["low", "medium", "high", "critical"])))
        }
        ("tool", ["bind", "unchecked", "*"]) => new.is_some(),
        ("template", ["start", "who" | "agents", "*"] | ["read", "*"]) => new.is_some(),
        ("template", ["delegate"] | ["delegate", "agents" | "zones", "*"]) => new.is_some(),
        ("template", ["delegate", "depth"]) => new.and_then(Json::as_u64) > old.and_then(Json::as_u64),
        // without it a consent never ages
        ("template", ["consent"]) => new.is_none(),
        ("template", ["consent", "renew_after"]) => !shorter(old, new),
        ("template", ["window"]) => !shorter(old, new),
        ("template", ["choose"]) => new.is_none(),
        ("template", ["draws"] | ["draws", "*"]) => new.is_none(),
        ("mandate", place) => mandate_loosens(place, old, new),
        ("rule", ["retention", place @ ..]) => retention_loosens(place, (old, new), before),
        ("rule", ["rate", "most", _]) => old.is_some() && !less(old, new),
        // the same within a longer time is less
        ("rule", ["rate", "over"]) => !shorter(new, old),
        ("rule", ["rate", "tools", "*"]) => new.is_none(),
        ("template", ["keep_results"]) => new.and_then(Json::as_u64) > old.and_then(Json::as_u64),
        ("template", ["parameters", _, "at_most"]) => old.is_some() && !less(old, new),
        // the first that fits says who is asked: of several, none is changed alone; one after all others asks what none did
        ("template", ["ask", "*"]) => new.is_none() || !past_the_end(difference, before),
        ("template", ["ask", ..]) if list(before, "ask").len() > 1 => true,
        ("template", ["ask", "*", "over", _]) => !less(old, new),
        ("template", ["ask", "*", "valid"]) => !shorter(old, new),
        ("template", ["grant", ..]) if slips(before) => true,
        ("template", ["grant", "*", row @ ..]) => {
            let Some(index) = tokens.get(1).and_then(|index| index.parse::<usize>().ok()) else { return true };
            if row.is_empty() {
                return new.is_some() || rows::falls_through(list(before, "grant"), index, None);
            }
            let Some(whole) = list(after, "grant").get(index) else { return true };
            let gone = match row {
                ["tools" | "effects", "*"] => old,
                _ => None,
            };
            rows::falls_through(list(after, "grant"), index, gone)
                || row_loosens(row, &tokens, (old, new), whole, told_after)
        }
        _ => true,
    }
}

/// Whether a role's row that comes is within one that was there.
pub(super) fn within(kind: &str, difference: &Difference, before: &Json) -> bool {
    let (Some(row), None, "role", ["allow", _]) =
        (&difference.new, &difference.old, kind, difference.at.tokens().as_slice())
    else {
        return false;
    };
    let words = |row: &Json, name: &str| -> Vec<String> {
        let words = row.get(name).and_then(Json::as_array).unwrap_or_default();
        words.iter().filter_map(Json::as_str).map(str::to_owned).collect()
    };
    let rows = before.get("allow").and_then(Json::as_array).unwrap_or_default();
    rows.iter().any(|wide| {
        let (effects, tools) = (words(wide, "effects"), words(wide, "tools"));
        let covers = |tool: &String| {
            let all_of_server = tool.split_once('/').map(|(server, _)| format!("{server}/*"));
            tools.iter().any(|wide| wide == "*" || wide == tool || Some(wide) == all_of_server.as_ref())
        };
        words(row, "effects").iter().all(|effect| effects.contains(effect)) && words(row, "tools").iter().all(covers)
    })
}

/// The elements of a list of the document.
fn list<'a>(document: &'a Json, name: &str) -> &'a [Json] {
    document.get(name).and_then(Json::as_array).unwrap_or_default()
}

/// Lists in which the order says nothing.
fn is_set(kind: &str, places: &[&str]) -> bool {
    match kind {
        "role" | "person" | "agent" | "server" | "rule" | "mandate" => true,
        "template" => matches!(
            places,
            ["start", "who" | "agents"]
                | ["read"]
                | ["delegate", "agents" | "zones"]
                | ["draws"]
                | ["grant", "*", "tools" | "effects"]
                | ["grant", "*", "when", _, "one_of"]
                | ["grant", "*", "from", _]
        ),
        _ => false,
    }
}

/// A mandate lets more happen when its limit grows, its period shortens, or it is for more.
fn mandate_loosens(place: &[&str], old: Option<&Json>, new: Option<&Json>) -> bool {
    let text = |value: Option<&Json>| value.and_then(Json::as_str).map(str::to_owned);
    let per = |value: Option<&Json>| text(value).and_then(|text| Per::parse(&text));
    match place {
        ["for", _, "*"] => new.is_some(),
        // a unit that comes may be drawn, and one that goes is limited no longer, or by another mandate alone
        ["meters", _] => true,
        // a list that is not there bounds nothing
        ["for", _] => new.is_none(),
        ["meters", _, "most"] => !less(old, new),
        // the same within a longer time is less
        ["meters", _, "over"] => !shorter(new, old),
        ["meters", _, "per"] => !matches!(
            (per(old), per(new)), (Some(old), Some(new)) if old.zone == new.zone && new.every > old.every
        ),
        ["from"] => text(new).is_none() || text(new) < text(old),
        ["until"] => text(new).is_none() || text(old).is_some_and(|old| text(new).is_some_and(|new| new > old)),
        _ => true,
    }
}

/// What is kept for a shorter time is destroyed sooner. Of what is named for a task the longest counts, so that what is named
/// anew shortens nothing but where it stands in the place of `after`; what is named no longer may shorten anything.
fn retention_loosens(place: &[&str], (old, new): (Option<&Json>, Option<&Json>), before: &Json) -> bool {
    match (place, old) {
        // what was not erased before is; without the rule nothing is
        ([], _) => new.is_some(),
        (["templates" | "classes", _], None) => {
            let after = before.get("retention").and_then(|retention| retention.get("after"));
            !longer(after, new) && after != new
        }
        (["after" | "floor"] | ["templates" | "classes", _], Some(_)) => !longer(old, new),
        _ => true,
    }
}

/// Whether something comes after all that was in a list.
fn past_the_end(difference: &Difference, before: &Json) -> bool {
    let index = difference.at.tokens().last().and_then(|token| token.parse::<usize>().ok());
    index.is_some_and(|index| index >= list(before, "ask").len())
}

/// Whether what no longer fits one row may fit another that asks nobody: an ask above an amount is one of the rows that
/// meter it.
fn slips(before: &Json) -> bool {
    let above = |ask: &Json| ask.get("over").and_then(Json::as_object).is_some_and(|over| over.iter().next().is_some());
    list(before, "grant").len() > 1 && list(before, "ask").iter().any(above)
}

/// Conditions that say which value is meant (`decide/sources.rs`).
const NAMES_A_VALUE: [&str; 5] = ["equals", "one_of", "path_within", "host_of", "pattern"];

/// Whether a row moves value: then a unit that it does not name may not move at all.
fn transfers(row: &Json) -> bool {
    is(row.get("effect"), "transfer") || list(row, "effects").iter().any(|effect| is(Some(effect), "transfer"))
}

/// `row` is the row as it will be.
fn row_loosens(
    place: &[&str],
    tokens: &[impl AsRef<str>],
    (old, new): (Option<&Json>, Option<&Json>),
    row: &Json,
    told_after: &BTreeSet<Unit>,
) -> bool {
    let unit = |unit: &str| Unit::parse(unit).ok();
    match place {
        ["tools" | "effects", "*"] | ["resources"] => new.is_some(),
        ["uses"] => match (old.and_then(Json::as_u64), new.and_then(Json::as_u64)) {
            (None, Some(_)) => false,
            (Some(old), Some(new)) => new > old,
            _ => true,
        },
        // leaving the argument out was refused, and is allowed
        ["when", _, "absent"] => new.and_then(Json::as_bool) != Some(false) || old.is_some(),
        // several conditions must all hold: one more narrows, but for one that says which value is meant: who has consented
        // to that is asked about it no longer
        ["when", _] if old.is_none() => NAMES_A_VALUE.iter().any(|name| new.is_some_and(|new| new.get(name).is_some())),
        ["when", _, name] if old.is_none() => NAMES_A_VALUE.contains(name),
        // a bound on sources only refuses, and one that names none refuses all
        ["from"] | ["from", _] if old.is_none() => false,
        ["from", _, "*"] => new.is_some(),
        ["when", _, "most" | "length"] => !less(old, new),
        ["when", _, "least"] => !less(new, old),
        // a list of nothing is no condition
        ["when", _, "one_of", "*"] => {
            let condition = tokens.get(3).and_then(|pointer| row.get("when")?.get(pointer.as_ref()));
            new.is_some() || condition.is_none_or(|condition| list(condition, "one_of").is_empty())
        }
        // A unit that a row does not name may not be moved at all, money not be written of either; what else it does not
        // name is not limited. A meter that goes no longer ends a grant whose results are past it.
        ["meters", name] => {
            let grants = unit(name).is_none_or(|unit| unit.is_currency() || (!unit.is_calls() && transfers(row)));
            new.is_none() || grants
        }
        // what only a result measures goes one at a time while there is no limit of one
        ["meters", name, "each"] if old.is_none() => unit(name).is_none_or(|unit| !unit.is_calls()),
        // what only a result measures reserves the limit of one: with a lower one more of them run at a time
        ["meters", name, "each"] if unit(name).is_none_or(|unit| told_after.contains(&unit)) => true,
        ["meters", _, "per_destination" | "total" | "window"] if old.is_none() => false,
        ["meters", _, "each" | "per_destination" | "total"] | ["meters", _, "window", "most"] => !less(old, new),
        ["meters", _, "window", "over"] => !shorter(new, old),
        _ => true,
    }
}

fn is(value: Option<&Json>, word: &str) -> bool {
    value.and_then(Json::as_str) == Some(word)
}

fn rank(text: &str, words: &[&str]) -> Option<usize> {
    words.iter().position(|word| *word == text)
}

fn higher(old: Option<&Json>, new: Option<&Json>, rank: impl Fn(&str) -> Option<usize>) -> bool {
    let rank = |value: Option<&Json>| value.and_then(Json::as_str).and_then(&rank);
    matches!((rank(old), rank(new)), (Some(old), Some(new)) if new > old)
}

/// Whether both are amounts, and the second is surely less.
fn less(old: Option<&Json>, new: Option<&Json>) -> bool {
    let amount = |value: &Json| match value {
        Json::String(text) => Amount::parse(text).ok(),
        Json::Number(number) => Amount::parse(number.as_str()).ok(),
        _ => None,
    };
    match (old, new) {
        (Some(old), Some(new)) => {
            matches!((amount(old), amount(new)), (Some(old), Some(new)) if new.cmp(&old) == Ordering::Less)
        }
        _ => false,
    }
}

fn longer(old: Option<&Json>, new: Option<&Json>) -> bool {
    shorter(new, old)
}

fn shorter(old: Option<&Json>, new: Option<&Json>) -> bool {
    let span = |value: Option<&Json>| value.and_then(Json::as_str).and_then(Span::parse);
    matches!((span(old), span(new)), (Some(old), Some(new)) if new < old)
}
