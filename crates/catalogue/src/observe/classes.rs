//! Which classes of data a result really holds: those of its fields, by the binding; of what the binding does not name,
//! those of the tool or its server.

use crate::path::{Path, Step};
use bailiwick_core::DataClass;
use bailiwick_core::json::Json;
use std::collections::BTreeSet;

/// The fields that may still begin below a place, and the classes of the place itself.
#[derive(Clone)]
pub(super) struct Place<'a> {
    below: Vec<(&'a [Step], &'a DataClass)>,
    own: Vec<&'a DataClass>,
}

impl<'a> Place<'a> {
    pub(super) fn root(fields: &'a [(Path, DataClass)]) -> Self {
        Self { below: fields.iter().map(|(path, class)| (path.steps(), class)).collect(), own: Vec::new() }
    }

    /// A member or an element. The deepest field that is named at or above a place says its class.
    pub(super) fn member(&self, name: &str) -> Self {
        let mut next = Self { below: Vec::new(), own: Vec::new() };
        for (steps, class) in &self.below {
            match steps.split_first() {
                Some((Step::Member(own), _)) if **own != *name => {}
                Some((_, [])) => next.own.push(class),
                Some((_, rest)) => next.below.push((rest, class)),
                None => {}
            }
        }
        if next.own.is_empty() {
            next.own.clone_from(&self.own);
        }
        next
    }

    /// The classes of what stands here; nothing where the binding does not name it.
    pub(super) fn classes(&self) -> &[&'a DataClass] {
        &self.own
    }

    /// Whether a field is named that begins with this very member, and not with any.
    pub(super) fn names(&self, member: &str) -> bool {
        self.below.iter().any(|(steps, _)| matches!(steps.first(), Some(Step::Member(own)) if **own == *member))
    }

    /// Whether all that stands below is of the classes of this place.
    pub(super) fn is_even(&self) -> bool {
        self.below.is_empty()
    }
}

/// The classes of a result. `general` are those of what the binding does not name: text, metadata, errors, other fields.
pub(super) fn of(
    fields: &[(Path, DataClass)],
    general: &[DataClass],
    json: Option<&Json>,
    content: Option<&Json>,
) -> BTreeSet<DataClass> {
    let all = || general.iter().cloned().collect();
    let (Some(json), Some(content)) = (json, content) else { return all() };
    if fields.is_empty() {
        return all();
    }
    let mut classes = BTreeSet::new();
    let mut unnamed = beside(json, content);
    walk(content, &Place::root(fields), &mut classes, &mut unnamed);
    if unnamed {
        classes.extend(general.iter().cloned());
    }
    classes
}

fn walk(value: &Json, place: &Place<'_>, classes: &mut BTreeSet<DataClass>, unnamed: &mut bool) {
    match value {
        // what is not there is of no class
        Json::Null => {}
        Json::Object(members) => {
            members.iter().for_each(|(name, member)| walk(member, &place.member(name), classes, unnamed));
        }
        Json::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| walk(item, &place.member(&index.to_string()), classes, unnamed));
        }
        Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            *unnamed |= place.classes().is_empty();
            classes.extend(place.classes().iter().map(|class| (*class).clone()));
        }
    }
}

/// Whether something stands in a result beside what bindings look into, and is not the same again.
fn beside(json: &Json, content: &Json) -> bool {
    let Some(members) = json.as_object() else { return false };
    let whole = json.get("structuredContent").is_none() && json.get("content").is_none();
    !whole
        && members.iter().any(|(name, member)| match name {
            "structuredContent" | "isError" | "resultType" => false,
            "content" => member.as_array().is_none_or(|items| items.iter().any(|item| !says_the_same(item, content))),
            _ => true,
        })
}

/// Whether a part of the content is the structured content, written out.
pub(super) fn says_the_same(item: &Json, content: &Json) -> bool {
    let text = item.get("text").and_then(Json::as_str).filter(|_| item.as_object().is_some_and(|own| own.len() == 2));
    text.is_some_and(|text| Json::parse(text.as_bytes(), &super::RESULT_LIMITS).is_ok_and(|json| json == *content))
}
