//! Properties that no schema names: a second reader may know them. They are refused, unless the server's own schema
//! opens the object and nothing leaves and nothing privileged is done.

use super::check::Named;
use super::{Fault, Openness};
use bailiwick_core::json::{Json, Pointer};

/// How open objects are, and which places a binding reads.
pub(super) type Open<'a> = (Openness, &'a dyn Fn(&Pointer) -> bool);

/// Walks all objects of the arguments.
pub(super) fn refuse(arguments: &Json, named: &Named<'_>, openness: Open<'_>) -> Result<(), Fault> {
    walk(arguments, &Pointer::root(), named, openness)
}

fn walk(value: &Json, at: &Pointer, named: &Named<'_>, openness: Open<'_>) -> Result<(), Fault> {
    let (openness, bound) = openness;
    match value {
        Json::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| walk(item, &at.clone().index(index), named, (openness, bound))),
        Json::Object(members) => {
            let marks = named.of(members);
            // An object within another is open where its schema says nothing; the arguments themselves only where it
            // says so.
            let opened = !at.is_root() || marks.is_some_and(|marks| marks.opened);
            let open = opened && openness == Openness::AsTheSchemaSays;
            members.iter().try_for_each(|(name, member)| {
                let place = at.clone().join(name);
                let spoken_of = opened && bound(&place);
                if !open && !spoken_of && !marks.is_some_and(|marks| marks.names.contains(name)) {
                    return Err(Fault { at: place, why: "the schema does not name this property".to_owned() });
                }
                walk(member, &place, named, (openness, bound))
            })
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Ok(()),
    }
}
