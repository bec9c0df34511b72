//! Two forms of one document, field by field. Lists of words are sets; rows are paired by what they speak of.

use super::Difference;
use crate::json::{Json, Pointer};

/// Whether both say the same, however they say it.
pub(super) fn alike(old: &Json, new: &Json) -> bool {
    rows_as_lists(old) == rows_as_lists(new)
}

/// Every field that is not as it was, in the order of the document.
pub(super) fn compare(old: &Json, new: &Json) -> Vec<Difference> {
    let mut out = Vec::new();
    at(&Pointer::root(), &rows_as_lists(old), &rows_as_lists(new), &mut out);
    out
}

fn at(place: &Pointer, old: &Json, new: &Json, out: &mut Vec<Difference>) {
    match (old, new) {
        _ if old == new => {}
        (Json::Object(before), Json::Object(after)) => {
            let mut names: Vec<&str> = before.keys().chain(after.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let place = place.clone().join(name);
                // a field that is null is one that is not said; in what people compare arguments with, null is a value
                let value = place.tokens().iter().any(|token| ["when", "bind", "keys"].contains(token));
                let said = |members: &crate::json::Object| {
                    members.get(name).filter(|member| value || !member.is_null()).cloned()
                };
                match (said(before), said(after)) {
                    (Some(old), Some(new)) => at(&place, &old, &new, out),
                    (None, None) => {}
                    (old, new) => out.push(Difference { at: place, old, new }),
                }
            }
        }
        (Json::Array(before), Json::Array(after)) => elements(place, before, after, out),
        _ => out.push(Difference { at: place.clone(), old: Some(old.clone()), new: Some(new.clone()) }),
    }
}

/// Elements that both have, as often as both have them, are nowhere; rows that speak of the same are compared; the rest
/// goes or comes. What stands in another order is told once.
fn elements(place: &Pointer, before: &[Json], after: &[Json], out: &mut Vec<Difference>) {
    let mut gone: Vec<(usize, &Json)> = before.iter().enumerate().collect();
    let mut came: Vec<(usize, &Json)> = after.iter().enumerate().collect();
    let mut paired = Vec::new();
    for alike in [same, same_subject, some_subject] {
        came.retain(|(index, new)| {
            let Some(found) = gone.iter().position(|(_, old)| alike(old, new)) else { return true };
            let (was, old) = gone.remove(found);
            paired.push((*index, was));
            at(&place.clone().index(*index), old, new, out);
            false
        });
    }
    let single = |index: usize, old: Option<&Json>, new: Option<&Json>| Difference {
        at: place.clone().index(index),
        old: old.cloned(),
        new: new.cloned(),
    };
    out.extend(gone.into_iter().map(|(index, old)| single(index, Some(old), None)));
    out.extend(came.into_iter().map(|(index, new)| single(index, None, Some(new))));
    paired.sort_unstable();
    if !paired.is_sorted_by_key(|(_, was)| *was) {
        out.push(Difference { at: place.clone(), old: None, new: None });
    }
}

fn same(old: &Json, new: &Json) -> bool {
    old == new
}

/// What a row speaks of: its tools, or who is asked.
fn subject(row: &Json) -> Option<&Json> {
    row.get("tools").or_else(|| row.get("who")).or_else(|| row.get("at"))
}

fn same_subject(old: &Json, new: &Json) -> bool {
    subject(old).is_some() && subject(old) == subject(new)
}

fn some_subject(old: &Json, new: &Json) -> bool {
    let tools = |row: &Json| row.get("tools").and_then(Json::as_array).unwrap_or_default().to_vec();
    tools(old).iter().any(|tool| tools(new).contains(tool))
}

/// A template's row may say one effect, several, or none for read: one form, so that the same is the same.
fn rows_as_lists(document: &Json) -> Json {
    let Json::Object(members) = document else { return document.clone() };
    let Some(rows) = members.get("grant").and_then(Json::as_array) else { return document.clone() };
    let rows = Json::array(rows.iter().map(effects_as_list));
    let mut members = members.clone();
    members.insert("grant", rows);
    Json::Object(members)
}

fn effects_as_list(row: &Json) -> Json {
    let Json::Object(members) = row else { return row.clone() };
    let mut members = members.clone();
    let one = members.remove("effect");
    if !members.contains_key("effects") {
        members.insert("effects", Json::array([one.unwrap_or_else(|| Json::from("read"))]));
    }
    Json::Object(members)
}
