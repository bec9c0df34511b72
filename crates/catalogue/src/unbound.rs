//! Arguments that no binding reads: no limit holds what stands there, and no person is shown what it is.

use crate::binding::{Binding, Role};
use crate::measure::{MeasureFrom, UnitFrom};
use crate::path::{Path, Step};
use crate::schema::{Leaf, Validator};
use crate::words::ToolWords;
use std::collections::BTreeMap;

/// The arguments of a tool that this binding does not read and does not call harmless: by name where all of one is unread, else
/// by place, as `edits/*/text`.
pub fn unbound(words: &ToolWords, binding: &Binding) -> Vec<String> {
    unread(&Validator::compile(words.input_schema()), binding)
}

pub(crate) fn unread(schema: &Validator, binding: &Binding) -> Vec<String> {
    let mut by_name = BTreeMap::<String, (bool, Vec<String>)>::new();
    for leaf in schema.leaves() {
        let read = binding.covers(&leaf);
        let tokens: Vec<&str> = leaf.at.iter().map(|token| token.as_deref().unwrap_or("*")).collect();
        let (some, open) = by_name.entry(tokens.first().copied().unwrap_or_default().to_owned()).or_default();
        *some |= read;
        if !read {
            open.push(tokens.join("/"));
        }
    }
    let open = by_name.into_iter().filter(|(_, (_, open))| !open.is_empty());
    open.flat_map(|(name, (some, open))| if some { open } else { vec![name] }).collect()
}

impl Binding {
    /// Whether it reads what stands there, or says that it does not matter.
    fn covers(&self, leaf: &Leaf) -> bool {
        let covers = |path: &Path| {
            let steps = path.steps();
            let fits = |(step, token): (&Step, &Option<String>)| match (step, token) {
                (Step::Every, _) => true,
                (Step::Member(name), Some(token)) => **name == **token,
                // one element is not every element
                (Step::Member(_), None) => false,
            };
            // What is below a place that is read is read with it. Of what the schema does not look into a person may know more.
            let whole = steps.len() <= leaf.at.len() || leaf.opaque;
            whole && steps.iter().zip(&leaf.at).all(fits)
        };
        self.arguments.iter().any(|argument| {
            let currency = match &argument.role {
                Role::Measure(MeasureFrom { unit: UnitFrom::At(path), .. }) => covers(path),
                _ => false,
            };
            currency || covers(&argument.at)
        })
    }
}

#[cfg(test)]
mod tests;
