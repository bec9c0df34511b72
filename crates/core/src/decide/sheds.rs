//! Which classes of data an act goes without, though its holder has touched them: all that it says is what the person said, or
//! values that a person lowered by that class, each whole and as it is. Anything else might have been made of what was read.

use crate::DataClass;
use crate::action::{Action, Bound, BoundAs, Reading};
use crate::event::Label;
use crate::json::{Json, Pointer};
use crate::task::{GrantState, TaskState, value_hash};
use std::collections::BTreeSet;

/// `said` tells of each bound value whether the person said it, whole.
pub(super) fn sheds(
    task: &TaskState,
    grant: &GrantState,
    before: &Label,
    (action, said): (&Action, &dyn Fn(&Bound) -> bool),
) -> Vec<DataClass> {
    // What goes by a question, or by what an argument points to, stands in no argument.
    if grant.released.is_empty() || action.round > 0 || !action.referents.is_empty() {
        return Vec::new();
    }
    let mut all = Vec::new();
    leaves(&Pointer::root(), &action.arguments, &mut all);
    let free = |class: &&DataClass| {
        let lowered = |bound: &Bound| {
            hashes(task, bound).any(|hash| grant.released.get(&hash).is_some_and(|of| of.contains(*class)))
        };
        let whole = action.bound.iter().filter(|bound| bound.role != BoundAs::Found);
        let covered: Vec<&Bound> = whole.filter(|bound| lowered(bound) || said(bound)).collect();
        let places: BTreeSet<&Pointer> = covered.iter().map(|bound| &bound.pointer).collect();
        // The currency of an amount goes with it.
        let unit = |leaf: &Json| {
            leaf.as_str().is_some_and(|text| covered.iter().any(|bound| bound.unit.as_deref() == Some(text)))
        };
        // A class goes for a value that a person lowered by it, never for what they said alone.
        let one = covered.iter().any(|bound| lowered(bound));
        one && all.iter().all(|(pointer, leaf)| places.contains(pointer) || unit(leaf))
    };
    before.classes.iter().filter(free).cloned().collect()
}

/// Under which a result may have shown this very value.
fn hashes<'a>(task: &'a TaskState, bound: &'a Bound) -> impl Iterator<Item = crate::Digest> + 'a {
    let known = match &bound.normal {
        Reading::Known(normal) => Some(normal.clone()),
        Reading::Unknown => None,
    };
    let with_unit = known.as_ref().zip(bound.unit.as_ref()).map(|(normal, unit)| format!("{normal} {unit}"));
    let forms = [known, with_unit].into_iter().flatten();
    let salt = task.salt;
    forms.filter_map(move |form| salt.map(|salt| value_hash(&salt, &bound.kind, &form)))
}

/// Everything that says something, with its place: what holds nothing says its own name.
fn leaves<'a>(at: &Pointer, json: &'a Json, out: &mut Vec<(Pointer, &'a Json)>) {
    match json {
        Json::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(name, value)| leaves(&at.clone().join(name), value, out));
        }
        Json::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(index, item)| leaves(&at.clone().join(index.to_string()), item, out));
        }
        _ => out.push((at.clone(), json)),
    }
}
