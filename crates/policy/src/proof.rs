//! What search noted of rules, proven: Cedar's symbolic compiler makes questions of it in SMT-LIB, and a solver answers them.
//!
//! A proof is about every question that the schema allows, of all tools that are known and of such as may come, where the
//! [facts](facts) hold that no schema says. Only what search noted is asked: where it found a case there is nothing to prove.
//! A solver that says nothing, or nonsense, leaves a note as it was.

mod est;
mod facts;
mod fits;
mod place;
mod question;

use crate::rules::{self, Rule};
use crate::schema::{Catalogue, ToCome};
use crate::search::world::World;
use crate::search::{FoundBy, Look, NoteKind, RuleNote, Shape};
use crate::validate::suppose;
use bailiwick_core::{ControlState, ToolId};
use cedar_policy::{Policy, Schema};
use facts::{Told, facts};
use place::{Place, places};
use question::{Question, question};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The most kinds of request that one proof goes through.
const PLACES_MAX: usize = 512;
/// The most entities that rules of one proof name: each pair of them is part of a question.
const NAMED_MAX: usize = 24;
/// The most facts of one question.
const FACTS_MAX: usize = 256;
/// Making a question recurses with the rule, which is bounded, and so is this.
const STACK_BYTES: usize = 64 << 20;
/// The most answers that are kept, so that what is the same of many tools is asked once.
const ANSWERS_MAX: usize = 512;

/// What a solver says of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// There is no such case: `unsat`.
    None,
    /// There is one: `sat`.
    Some,
    /// It does not know, or nothing that was understood came in time.
    Unknown,
}

/// Who answers questions in SMT-LIB.
pub trait Solver {
    /// What it is called, with its version.
    fn name(&self) -> String;
    /// Answers one question, which is whole in itself and ends with `(check-sat)`.
    fn ask(&mut self, question: &str) -> Answer;
    /// Whether it answers nothing any more: then no question is made either.
    fn done(&self) -> bool {
        false
    }
}

/// Asks a solver to prove what was noted of the policies of a control state.
pub fn prove(
    control: &ControlState,
    shapes: &BTreeMap<ToolId, Shape>,
    look: &mut Look,
    solver: &mut (dyn Solver + Send),
) {
    look.solver = Some(solver.name());
    let Ok(rules) = rules::read(control.policies.values().map(|(text, _)| text.as_ref())) else { return };
    let notes = &mut look.notes;
    with_stack(move || {
        let mut prover = Prover::new(control, shapes, &rules, solver);
        for note in notes {
            if prover.proves(note) == Some(true) {
                note.found_by = FoundBy::Proof;
            }
        }
    });
}

/// Runs work on a stack of its own; where there is none to be had it is left.
fn with_stack(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        // whoever waits for the scope waits for it
        drop(std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work));
    });
}

struct Prover<'p> {
    control: &'p ControlState,
    rules: BTreeMap<String, &'p Rule>,
    catalogue: Catalogue,
    world: World,
    solver: &'p mut (dyn Solver + Send),
    answers: BTreeMap<String, Answer>,
}

impl<'p> Prover<'p> {
    fn new(
        control: &'p ControlState,
        shapes: &BTreeMap<ToolId, Shape>,
        rules: &'p [Rule],
        solver: &'p mut (dyn Solver + Send),
    ) -> Self {
        let mut catalogue = Catalogue::of(control);
        suppose(&mut catalogue, rules);
        let world = World::of(control, shapes);
        let rules = rules.iter().map(|rule| (rule.policy.id().to_string(), rule)).collect();
        Self { control, rules, catalogue, world, solver, answers: BTreeMap::new() }
    }

    /// Whether a note is proven; `None` where it cannot be asked.
    fn proves(&mut self, note: &RuleNote) -> Option<bool> {
        let rule = *self.rules.get(&note.rule)?;
        match note.kind {
            NoteKind::NeverMatches => self.holds(rule, None, None),
            NoteKind::Shadowed => {
                let above = *self.rules.get(note.by.first()?)?;
                self.holds(rule, Some(above), None)
            }
            NoteKind::Silent => {
                let tools: Result<BTreeSet<ToolId>, _> = note.by.iter().map(|name| ToolId::parse(name)).collect();
                self.holds(rule, None, Some(&tools.ok()?))
            }
        }
    }

    /// Whether a rule never matches, or only where another does; of these tools, or of all.
    fn holds(&mut self, rule: &Rule, above: Option<&Rule>, tools: Option<&BTreeSet<ToolId>>) -> Option<bool> {
        let both: Vec<&Rule> = std::iter::once(rule).chain(above).collect();
        let mut json = Vec::new();
        for rule in &both {
            json.push(rule.policy.to_json().ok().filter(fits::fits)?);
        }
        let told = Told::of(&both);
        let to_come = ToCome::of_each(&told.servers(), &told.args);
        let schema = self.catalogue.schema_with(&to_come).ok()?;
        let places = places(&rule.policy, (&self.catalogue, &self.world, &to_come), tools)?;
        if places.is_empty() || places.len() > PLACES_MAX || told.named() > NAMED_MAX {
            return None;
        }
        let questions = places.iter().map(|place| ask_of(&json, (place, &told, self.control), &schema));
        let answers = &mut self.answers;
        for asked in questions {
            if self.solver.done() {
                return None;
            }
            let so = match asked? {
                Question::Settled(so) => so,
                Question::Text(text) => answer(self.solver, answers, text)? == Answer::None,
                Question::Unasked => return None,
            };
            if !so {
                return Some(false);
            }
        }
        Some(true)
    }
}

/// The question of one place: what is known of it stands before the rule's own conditions.
fn ask_of(
    json: &[Value],
    (place, told, control): (&Place<'_>, &Told, &ControlState),
    schema: &Schema,
) -> Option<Question> {
    let (rule, above) = (json.first()?, json.get(1));
    let facts = facts(place, told, control);
    if facts.len() > FACTS_MAX {
        return None;
    }
    let rule = under(rule, facts)?;
    let above = above.map(|above| under(above, Vec::new()));
    if above.as_ref().is_some_and(Option::is_none) {
        return None;
    }
    Some(question(&rule, above.flatten().as_ref(), (&place.env(), schema)))
}

/// A rule that matches where it did and these hold.
fn under(rule: &Value, facts: Vec<Value>) -> Option<Policy> {
    let mut rule = rule.clone();
    let conditions = rule.get_mut("conditions")?.as_array_mut()?;
    let facts = facts.into_iter().map(|fact| json!({"kind": "when", "body": fact}));
    let own = std::mem::take(conditions);
    conditions.extend(facts.chain(own));
    Policy::from_json(None, rule).ok()
}

/// What the solver says, asked once.
fn answer(solver: &mut (dyn Solver + Send), answers: &mut BTreeMap<String, Answer>, text: String) -> Option<Answer> {
    if let Some(answer) = answers.get(&text) {
        return Some(*answer);
    }
    let answer = solver.ask(&text);
    if answers.len() < ANSWERS_MAX {
        answers.insert(text, answer);
    }
    (answer != Answer::Unknown).then_some(answer)
}

#[cfg(test)]
mod tests;
