//! Which changes let more happen than before. What is not listed here does.

use super::Difference;
use crate::json::Json;
use crate::{Amount, Effect, Span, Unit};
use std::cmp::Ordering;

/// Whether this difference lets more happen, or makes less sure what happens.
pub(super) fn loosens(kind: &str, difference: &Difference) -> bool {
    let tokens = difference.at.tokens();
    let places: Vec<&str> =
        tokens.iter().map(|token| if token.bytes().all(|b| b.is_ascii_digit()) { "*" } else { token }).collect();
    let (old, new) = (difference.old.as_ref(), difference.new.as_ref());
    match (kind, places.as_slice()) {
        ("agent", ["contact" | "review"]) => false,
        ("agent", ["keys", "*"]) | ("person", ["roles", "*"]) => new.is_some(),
        ("agent", ["autonomy"]) => !is(new, "assist"),
        ("agent", ["memory"]) => !is(new, "fresh"),
        ("role", ["allow", "*"] | ["allow", "*", "tools" | "effects", "*"]) => new.is_some(),
        // what a class says of results narrows who may read them
        ("server", ["classes", "*"]) => new.is_none(),
        ("server", ["stateless" | "int64_exact" | "words_may_change"]) => new.and_then(Json::as_bool) != Some(false),
        ("tool", ["effect"]) => !higher(old, new, effect_rank),
        ("tool", ["egress"]) => !is(new, "open"),
        ("tool", ["reversibility"]) => {
            !higher(old, new, |text| rank(text, &["read-only", "reversible", "by-others", "irreversible"]))
        }
        ("tool", ["impact"]) => {
            new.is_none()
                || (old.is_some() && !higher(old, new, |text| rank(text, &["low", "medium", "high", "critical"])))
        }
        ("tool", ["bind", "unchecked", "*"]) => new.is_some(),
        ("template", ["start", "who" | "agents", "*"] | ["read", "*"] | ["grant", "*"]) => new.is_some(),
        ("template", ["window"]) => !shorter(old, new),
        ("template", ["keep_results"]) => new.and_then(Json::as_u64) > old.and_then(Json::as_u64),
        ("template", ["parameters", _, "at_most"]) => !less(old, new),
        ("template", ["ask", "*"]) => new.is_none(),
        ("template", ["ask", "*", "over", _]) => !less(old, new),
        ("template", ["ask", "*", "valid"]) => !shorter(old, new),
        ("template", ["grant", "*", row @ ..]) => row_loosens(row, old, new),
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

fn row_loosens(place: &[&str], old: Option<&Json>, new: Option<&Json>) -> bool {
    match place {
        ["tools" | "effects", "*"] | ["resources"] => new.is_some(),
        ["uses"] => match (old.and_then(Json::as_u64), new.and_then(Json::as_u64)) {
            (None, Some(_)) => false,
            (Some(old), Some(new)) => new > old,
            _ => true,
        },
        // several conditions must all hold: one more narrows
        ["when", _] | ["when", _, _] if old.is_none() => false,
        ["when", _, "most" | "length"] => !less(old, new),
        ["when", _, "least"] => !less(new, old),
        ["when", _, "one_of", "*"] => new.is_some(),
        // money that a row does not name may not move at all; of all else, what it does not name is not limited
        ["meters", unit] => {
            let money = Unit::parse(unit).is_ok_and(|unit| unit.is_currency());
            if money { new.is_some() } else { new.is_none() }
        }
        ["meters", _, "each" | "total" | "window"] if old.is_none() => false,
        ["meters", _, "each" | "total"] | ["meters", _, "window", "most"] => !less(old, new),
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

/// Reading asks for least, writing for more, a privileged effect for an act of consent of its own. Two privileged ones
/// are not compared.
fn effect_rank(text: &str) -> Option<usize> {
    let effect = Effect::ALL.iter().find(|effect| effect.as_str() == text)?;
    Some(match effect {
        Effect::Read => 0,
        Effect::Write => 1,
        _ => 2,
    })
}

fn higher(old: Option<&Json>, new: Option<&Json>, rank: impl Fn(&str) -> Option<usize>) -> bool {
    let rank = |value: Option<&Json>| value.and_then(Json::as_str).and_then(&rank);
    matches!((rank(old), rank(new)), (Some(old), Some(new)) if new > old)
}

/// Whether the second is an amount that is surely less. Where none was said before, any is.
fn less(old: Option<&Json>, new: Option<&Json>) -> bool {
    let amount = |value: &Json| match value {
        Json::String(text) => Amount::parse(text).ok(),
        Json::Number(number) => Amount::parse(number.as_str()).ok(),
        _ => None,
    };
    match (old, new) {
        (None, Some(_)) => true,
        (Some(old), Some(new)) => {
            matches!((amount(old), amount(new)), (Some(old), Some(new)) if new.cmp(&old) == Ordering::Less)
        }
        _ => false,
    }
}

fn shorter(old: Option<&Json>, new: Option<&Json>) -> bool {
    let span = |value: Option<&Json>| value.and_then(Json::as_str).and_then(Span::parse);
    matches!((span(old), span(new)), (Some(old), Some(new)) if new < old)
}
