//! Cedar and Rego behind one question: what does policy say of this action?
//!
//! Knows no store, no time, no network, and not where the action came from.
//!
//! 1. An answer depends on the policies, the control state and the question alone: the same question has the same
//!    answer for ever, whatever was asked before it.
//! 2. Forbid wins; otherwise at least one permit; nothing is no; one rule that errs refuses, and is named. Only of what is
//!    permitted are the rules asked that ask people: they make a yes wait, and never make one.
//! 3. Slicing never changes an answer: a rule is left out only where its scope cannot match.
//! 4. What could not be read of an action is missing, never zero and never empty: a rule that reads it errs.
//! 5. Where there are policies in both languages, both must permit. Rego runs at most so many steps, never so long.
//! 6. An engine outside is told what a rule in Rego reads, and its answer is read here; whoever asks it is somebody else.
//! 7. What search notes of rules may be proven: questions are made here, and whoever asks a solver is somebody else. A note decides
//!    nothing.
//! 8. Texts, rules and their nesting are bounded before an engine reads them.

mod atom;
mod attribute;
mod bounds;
mod compiled;
mod context;
mod described;
mod difference;
mod formatted;
mod functions;
mod names;
mod notes;
mod outside;
mod plain;
mod problem;
mod proof;
mod reader;
mod reads;
mod reference;
mod rego;
mod rules;
mod schema;
mod scope;
mod search;
mod slice;
mod starter;
mod step_up;
mod trace;
mod validate;
mod words;

pub use bounds::{DEPTH_MAX, OPERATORS_PER_RULE_MAX, RULE_BYTES_MAX, RULES_MAX, TEXT_BYTES_MAX};
pub use compiled::Compiled;
pub use described::{DESCRIPTION_CHARS_MAX, Described, described, described_rule};
pub use difference::difference;
pub use formatted::formatted;
pub use outside::{ENGINE_ANSWER_BYTES_MAX, ENGINES_MAX, EngineSaid, engine_said, input};
pub use problem::PolicyProblem;
pub use proof::{Answer as SolverAnswer, Solver, prove};
pub use reader::CedarReader;
pub use reference::reference;
pub use rules::{NamedRule, named_rules};
pub use search::{Changed, Example, FoundBy, Look, NoteKind, RuleNote, Shape, differences, look};
pub use starter::{STARTER, STARTER_NAME};
pub use trace::Trace;
pub use validate::{UnknownTool, attributes_read, unknown_tools, validate};

#[cfg(test)]
#[path = "../fixture/world.rs"]
mod world;
