//! Where a binding looks: a JSON Pointer in which `*` is every element. Unlike a selection it says what was missing.

use bailiwick_core::json::{BadPattern, Json, Pattern, Pointer};
use std::fmt;
use std::sync::Arc;

/// The most places that one binding reads.
pub(crate) const PLACES_MAX: usize = 1024;

/// A place, or every place of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    pattern: Pattern,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Every,
    Member(Arc<str>),
}

/// A value that a path found.
#[derive(Debug, Clone)]
pub(crate) struct Hit<'a> {
    pub(crate) pointer: Pointer,
    pub(crate) value: &'a Json,
    /// What each `*` stood for.
    elements: Vec<Arc<str>>,
    /// The place of the last `*`: what the value belongs to.
    pub(crate) record: Option<Pointer>,
}

/// Everything that a path found.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) hits: Vec<Hit<'a>>,
    /// The first place that was not there, or was null.
    pub(crate) missing: Option<Pointer>,
    /// There were more than are read.
    pub(crate) over: bool,
}

impl Path {
    pub(crate) fn parse(text: &str) -> Result<Self, BadPattern> {
        let pattern = Pattern::parse(text)?;
        let pointer = Pointer::parse(text).map_err(BadPattern::Pointer)?;
        let step = |token: &str| if token == "*" { Step::Every } else { Step::Member(token.into()) };
        let steps = pointer.tokens().into_iter().map(step).collect();
        Ok(Self { pattern, steps })
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether a place may be one of another's, or lie within it, or hold it.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let same = |(own, other): (&Step, &Step)| own == other || *own == Step::Every || *other == Step::Every;
        self.steps.iter().zip(&other.steps).all(same)
    }

    /// Whether a place is one that this leads to.
    pub(crate) fn is_at(&self, place: &Pointer) -> bool {
        let tokens = place.tokens();
        let fits = |(step, token): (&Step, &&str)| match step {
            Step::Member(name) => **name == **token,
            Step::Every => true,
        };
        self.steps.len() == tokens.len() && self.steps.iter().zip(&tokens).all(fits)
    }

    /// How many elements it leaves open.
    pub(crate) fn stars(&self) -> usize {
        self.steps.iter().filter(|step| **step == Step::Every).count()
    }

    /// All values there, level by level: the work is bounded by the document and [`PLACES_MAX`].
    pub(crate) fn find<'a>(&self, document: &'a Json) -> Found<'a> {
        let mut found = Found { hits: Vec::new(), missing: None, over: false };
        let mut level = vec![Hit { pointer: Pointer::root(), value: document, elements: Vec::new(), record: None }];
        for step in &self.steps {
            let mut next = Vec::with_capacity(level.len());
            for hit in level {
                hit.step(step, &mut next, &mut found);
                if next.len() > PLACES_MAX {
                    found.over = true;
                    return found;
                }
            }
            level = next;
        }
        // An argument that is null is one that was not given.
        let (there, null): (Vec<_>, Vec<_>) = level.into_iter().partition(|hit| !hit.value.is_null());
        found.missing = found.missing.or_else(|| null.into_iter().next().map(|hit| hit.pointer));
        found.hits = there;
        found
    }

    /// The one place that this path names once each `*` is what it was for a hit of another path.
    pub(crate) fn beside(&self, hit: &Hit<'_>) -> Option<Pointer> {
        let mut elements = hit.elements.iter();
        self.steps.iter().try_fold(Pointer::root(), |pointer, step| match step {
            Step::Every => elements.next().map(|element| pointer.join(element.clone())),
            Step::Member(name) => Some(pointer.join(name.clone())),
        })
    }

    /// Whether each `*` of this path stands where one of the other does.
    pub(crate) fn follows(&self, other: &Self) -> bool {
        let last = self.steps.iter().rposition(|step| *step == Step::Every);
        last.is_none_or(|last| {
            let own = self.steps.iter().take(last + 1);
            other.steps.len() > last && own.eq(other.steps.iter().take(last + 1))
        })
    }
}

impl<'a> Hit<'a> {
    fn step(self, step: &Step, next: &mut Vec<Self>, found: &mut Found<'a>) {
        match (step, self.value) {
            (Step::Every, Json::Array(items)) => {
                let items = items.iter().take(PLACES_MAX + 1).enumerate();
                next.extend(items.map(|(index, value)| self.element(index.to_string().into(), value)));
            }
            (Step::Every, Json::Object(members)) => {
                let members = members.iter().take(PLACES_MAX + 1);
                next.extend(members.map(|(name, value)| self.element(name.into(), value)));
            }
            (Step::Every, _) => drop(found.missing.get_or_insert(self.pointer)),
            (Step::Member(name), value) => match member(value, name) {
                Some(value) => next.push(Self { pointer: self.pointer.join(name.clone()), value, ..self }),
                None => drop(found.missing.get_or_insert(self.pointer.join(name.clone()))),
            },
        }
    }

    fn element(&self, name: Arc<str>, value: &'a Json) -> Self {
        let pointer = self.pointer.clone().join(name.clone());
        let elements = self.elements.iter().cloned().chain([name]).collect();
        Self { record: Some(pointer.clone()), pointer, value, elements }
    }
}

/// What one token of a pointer names (RFC 6901 section 4).
fn member<'a>(value: &'a Json, name: &Arc<str>) -> Option<&'a Json> {
    match value {
        Json::Object(members) => members.get(name),
        _ => value.pointer(&Pointer::root().join(Arc::clone(name))),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pattern.fmt(f)
    }
}

#[cfg(test)]
mod tests;
