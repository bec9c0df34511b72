//! The shape of a result of which the record has where values stood and of which kinds they were, and no value.

use super::values;
use crate::print::{list, text};
use bailiwick_core::json::{Json, Object, Pattern, Pointer};
use bailiwick_core::normal::Kind;

/// How many places of one result are filled.
const PLACES_MAX: usize = 64;
/// How long a list of it is at most.
const ITEMS_MAX: usize = 16;
/// The first turn of values that nobody said.
const TURN: u64 = 2;

/// Where values stand in a tool's results.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape(Vec<(Pointer, Kind)>);

impl Shape {
    /// The places that a binding reads; what was found within texts says nothing of a shape. `None` where there are none.
    pub(super) fn of(document: Option<&Json>, places: Vec<(Pointer, Kind)>) -> Option<Self> {
        let bind = document?.get("bind")?.get("result")?;
        let bound = list(bind, "values").iter().filter_map(|value| Pattern::parse(text(value, "at")).ok());
        let bound: Vec<Pattern> = bound.collect();
        let short =
            |at: &Pointer| at.tokens().iter().all(|token| token.parse().map_or(true, |at: usize| at < ITEMS_MAX));
        let read = |(at, _): &(Pointer, Kind)| short(at) && bound.iter().any(|pattern| pattern.matches(at));
        let mut read: Vec<(Pointer, Kind)> = places.into_iter().filter(read).take(PLACES_MAX).collect();
        read.sort_by_key(|(at, _)| at.to_string());
        (!read.is_empty()).then_some(Self(read))
    }

    /// Content of this shape, over what a schema makes: values that nobody said, and where words stand, these.
    pub(super) fn over(&self, made: Json, holding: &str) -> Option<Json> {
        let mut content = made;
        // lists first, of what the schema makes an element of, and then the values
        for (at, _) in &self.0 {
            content = grown(content, &at.tokens(), None)?;
        }
        for (turn, (at, kind)) in (TURN..).zip(&self.0) {
            let prose = matches!(kind, Kind::Content | Kind::Text | Kind::Title);
            let value = if prose { holding.to_owned() } else { values::honest(kind, turn) };
            content = grown(content, &at.tokens(), Some(value))?;
        }
        // where no schema leaves a text to anybody, one stands beside
        if let Json::Object(members) = &mut content
            && !content_holds(members, holding)
        {
            members.insert("text", Json::from(holding));
        }
        Some(content)
    }
}

fn content_holds(members: &Object, holding: &str) -> bool {
    fn within(value: &Json, holding: &str) -> bool {
        match value {
            Json::String(text) => text.contains(holding),
            Json::Array(items) => items.iter().any(|item| within(item, holding)),
            Json::Object(members) => members.iter().any(|(_, item)| within(item, holding)),
            _ => false,
        }
    }
    members.iter().any(|(_, value)| within(value, holding))
}

/// The same with a value at a place, which is made where nothing stands there: a list as long as it has to be, of what its first
/// element is.
fn grown(value: Json, at: &[&str], new: Option<String>) -> Option<Json> {
    let Some((token, rest)) = at.split_first() else {
        let Some(new) = new else { return Some(value) };
        // a number stays one
        let number = matches!(value, Json::Number(_)).then(|| Json::parse(new.as_bytes(), &Default::default()).ok());
        return Some(number.flatten().unwrap_or_else(|| Json::from(new)));
    };
    let index = token.parse::<usize>().ok().filter(|index| *index < ITEMS_MAX);
    match (value, index) {
        (Json::Object(mut members), _) => {
            let own = members.get(token).cloned().unwrap_or_default();
            members.insert(*token, grown(own, rest, new)?);
            Some(Json::Object(members))
        }
        (Json::Array(mut items), Some(index)) => {
            let like = items.first().cloned().unwrap_or_default();
            while items.len() <= index {
                items.push(like.clone());
            }
            let place = items.get_mut(index)?;
            *place = grown(std::mem::take(place), rest, new)?;
            Some(Json::Array(items))
        }
        (Json::Null, Some(_)) => grown(Json::Array(Vec::new()), at, new),
        (Json::Null, None) if token.parse::<usize>().is_err() => grown(Json::Object(Object::default()), at, new),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
