//! JSON Schema (2020-12, and what draft-07 writes differently) of a tool's arguments: compiled once a pin, checked in
//! bounded time, with linear patterns and exact numbers. Nothing is fetched.
//!
//! We refuse more than JSON Schema: a property that no schema names is not passed on, unless the server's own schema
//! opens the object and the call neither leaves nor is privileged.

mod check;
mod compile;
mod leaves;
mod number;
mod pattern;
mod place;
mod unnamed;

use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{Effect, Egress, TextPattern};
use std::fmt;

pub(crate) use leaves::Leaf;
pub(crate) use place::Place;

/// A place of a schema that cannot be checked. The tool waits until a person accepts it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsupported {
    /// Where in the schema, as `/properties/name/pattern`.
    pub place: String,
    /// What it is.
    pub why: String,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.place, self.why)
    }
}

/// What is wrong with arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which argument.
    pub at: Pointer,
    /// What was expected there and what was found, in a user's words.
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.at, self.why)
    }
}

/// Whether objects that the server's schema opens may hold what it does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Openness {
    /// Effects read and write without egress.
    AsTheSchemaSays,
    /// Every other call.
    Closed,
}

impl Openness {
    /// Of a call.
    pub const fn of(effect: Effect, egress: Egress) -> Self {
        match (effect, egress) {
            (Effect::Read | Effect::Write, Egress::None) => Self::AsTheSchemaSays,
            _ => Self::Closed,
        }
    }
}

/// A schema, compiled.
#[derive(Debug)]
pub struct Validator {
    /// The root is the first; each names others by their place here.
    nodes: Vec<Node>,
    unsupported: Vec<Unsupported>,
}

/// One schema: everything that it asks of one value.
#[derive(Debug, Default)]
struct Node {
    /// The schema `false`.
    never: bool,
    types: Option<Vec<Type>>,
    /// `enum` and `const`: each list must hold the value.
    one_of: Vec<Vec<Json>>,
    object: Option<Box<ObjectRules>>,
    array: Option<Box<ArrayRules>>,
    text: Option<Box<TextRules>>,
    number: Option<Box<NumberRules>>,
    /// `allOf` and `$ref`.
    all: Vec<usize>,
    /// Each list is one `anyOf`.
    any: Vec<usize>,
    one: Vec<usize>,
    not: Option<usize>,
    when: Option<(usize, Option<usize>, Option<usize>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

#[derive(Debug, Default)]
struct ObjectRules {
    properties: Vec<(String, usize)>,
    patterns: Vec<(TextPattern, usize)>,
    /// `additionalProperties`, where it says anything.
    additional: Option<usize>,
    required: Vec<String>,
    names: Option<usize>,
    dependent: Vec<(String, Dependent)>,
    least: u64,
    most: Option<u64>,
}

#[derive(Debug)]
enum Dependent {
    Required(Vec<String>),
    Schema(usize),
}

#[derive(Debug, Default)]
struct ArrayRules {
    prefix: Vec<usize>,
    rest: Option<usize>,
    contains: Option<(usize, u64, Option<u64>)>,
    unique: bool,
    least: u64,
    most: Option<u64>,
}

#[derive(Debug, Default)]
struct TextRules {
    pattern: Option<TextPattern>,
    least: u64,
    most: Option<u64>,
}

#[derive(Debug, Default)]
struct NumberRules {
    least: Option<number::Exact>,
    above: Option<number::Exact>,
    most: Option<number::Exact>,
    below: Option<number::Exact>,
    step: Option<number::Exact>,
}

impl Validator {
    /// Compiles a schema. It always yields a validator; what that cannot check is in [`Validator::unsupported`].
    pub fn compile(schema: &Json) -> Self {
        compile::compile(schema)
    }

    /// Places that are not checked.
    pub fn unsupported(&self) -> &[Unsupported] {
        &self.unsupported
    }

    /// Checks arguments.
    ///
    /// # Errors
    /// The first [`Fault`], with the place and what was expected.
    pub fn check(&self, arguments: &Json, openness: Openness) -> Result<(), Fault> {
        self.check_bound(arguments, openness, &|_| false)
    }

    /// The same, where a property that the schema leaves open is no surprise if a binding reads it: a person named it.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub(crate) fn check_bound(
        &self,
        arguments: &Json,
        openness: Openness,
        bound: &dyn Fn(&Pointer) -> bool,
    ) -> Result<(), Fault> {
        if arguments.as_object().is_none() {
            let why = format!("expected an object of arguments, found {}", arguments.kind());
            return Err(Fault { at: Pointer::root(), why });
        }
        let named = check::check(self, arguments)?;
        unnamed::refuse(arguments, &named, (openness, bound))
    }

    fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }
}

#[cfg(test)]
mod tests;
