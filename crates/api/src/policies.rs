//! `/v1/policy/…`: policies looked at before they rule. Nothing is changed by it, and nothing is remembered.

use crate::documents::documents;
use crate::read::body;
use crate::{Api, Problem};
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{ControlState, Digest, Document, Finding, PolicyText};
use bailiwick_node::LiveControl;
use bailiwick_policy::{Look, Solver, differences, look, prove, validate};
use bailiwick_trial::{BadCase, RanAll, changed_json, look_json, over, read_cases, shapes, try_cases};
use serde::Deserialize;
use std::sync::Arc;

/// How many cases are tried when policies are applied: while somebody waits.
pub(crate) const CASES_APPLIED_MAX: u64 = 30_000;
/// How many are tried when somebody asks.
const CASES_MAX: u64 = 1_000_000;
/// The most files of cases at once.
const FILES_MAX: usize = 64;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TestBody {
    /// Documents that are tried in the place of those of their names.
    #[serde(default)]
    documents: Vec<Json>,
    /// Each as `{cases: […], suppose: […]}`.
    files: Vec<Json>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DiffBody {
    old: Side,
    new: Side,
}

/// A version of all policies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Side {
    /// Those that run.
    Running,
    /// Those that ran when the digest over all of them was this.
    Digest(Digest),
    /// These documents, all of them.
    Documents(Vec<Json>),
}

fn told(problems: &[bailiwick_policy::PolicyProblem]) -> Problem {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Problem::bad(lines.join("\n"))
}

fn bad_case(file: usize, wrong: &[BadCase]) -> Problem {
    let lines: Vec<String> = wrong.iter().map(|bad| format!("file {}: {bad}", file + 1)).collect();
    Problem::bad(lines.join("\n"))
}

/// Who proves what search noted, where this machine has somebody.
pub trait Provers: std::fmt::Debug + Send + Sync {
    /// A solver for one look; `applying` while somebody waits for the change.
    fn solver(&self, applying: bool) -> Option<Box<dyn Solver + Send>>;
}

/// Whoever was named, if anybody was.
pub(crate) type Prover = Option<Arc<dyn Provers>>;

/// What search finds of the policies that change, at their documents, and what is proven of it.
pub(crate) fn search_findings(after: &ControlState, given: &[Document], prover: &Prover) -> Vec<Finding> {
    let of = |name: &str| given.iter().position(|document| document.kind() == "policy" && document.name() == name);
    let shapes = shapes(after);
    let mut found = look(after, &shapes, CASES_APPLIED_MAX);
    found.notes.retain(|note| of(&note.document).is_some());
    if let Some(mut solver) = solver(&found, prover, true) {
        prove(after, &shapes, &mut found, solver.as_mut());
    }
    let finding = |note: bailiwick_policy::RuleNote| {
        let (document, line, why) = (of(&note.document)?, note.line, note.to_string());
        Some(Finding { document, at: Pointer::root().join("cedar"), line, why, refused: false })
    };
    found.notes.into_iter().filter_map(finding).collect()
}

/// A solver, where there is something to prove.
fn solver(found: &Look, prover: &Prover, applying: bool) -> Option<Box<dyn Solver + Send>> {
    prover.as_ref().filter(|_| !found.notes.is_empty())?.solver(applying)
}

/// The texts of all policies.
fn running(state: &ControlState) -> Vec<PolicyText> {
    state.policies.values().map(|(text, _)| text.as_ref().clone()).collect()
}

impl Api {
    /// Says who proves what search notes of rules.
    pub fn has_provers(&self, provers: Arc<dyn Provers>) {
        // One machine has one.
        let _first = self.provers.set(provers);
    }

    /// What is wrong with the policies that run, what search notes of them, and what is proven of it.
    pub(crate) async fn policy_findings(&self) -> Result<Json, Problem> {
        let (control, prover) = (self.control()?, self.provers.get().cloned());
        let work = move || {
            let problems = validate(&control.state, &[]);
            let shapes = shapes(&control.state);
            let mut found = look(&control.state, &shapes, CASES_MAX);
            if let Some(mut solver) = solver(&found, &prover, false) {
                prove(&control.state, &shapes, &mut found, solver.as_mut());
            }
            (problems, found)
        };
        let (problems, found) = self.desk.node().beside(work).await?;
        let problems = Json::array(problems.iter().map(|problem| Json::from(problem.to_string())));
        Ok(Json::object([("found", look_json(&found)), ("problems", problems)]))
    }

    /// Cases asked of the policies that run, or of those that are given in their place.
    pub(crate) async fn policy_test(&self, bytes: &[u8]) -> Result<Json, Problem> {
        let asked: TestBody = body(bytes)?;
        if asked.files.is_empty() || asked.files.len() > FILES_MAX {
            let found = asked.files.len();
            return Err(Problem::bad(format!("expected 1 to {FILES_MAX} files of cases, found {found}")));
        }
        let control = self.control()?;
        let given = documents(&asked.documents, &control.state, &[])?;
        let mut files = Vec::new();
        for (index, file) in asked.files.iter().enumerate() {
            files.push(read_cases(file).map_err(|wrong| bad_case(index, &wrong))?);
        }
        let work = move || {
            let mut all = RanAll::default();
            for (cases, suppose) in files {
                let documents: Vec<Document> = given.iter().cloned().chain(suppose).collect();
                let supposed = over(&control.state, &control.blobs, &documents).map_err(Problem::bad)?;
                all.add(try_cases(&supposed, &cases).map_err(|problems| told(&problems))?);
            }
            Ok::<_, Problem>(all.json())
        };
        self.desk.node().beside(work).await?
    }

    /// Two versions, and for each rule that differs an action that is decided otherwise.
    pub(crate) async fn policy_diff(&self, bytes: &[u8]) -> Result<Json, Problem> {
        let asked: DiffBody = body(bytes)?;
        let control = self.control()?;
        let old = self.side(asked.old, &control).await?;
        let new = self.side(asked.new, &control).await?;
        let work = move || {
            let shapes = shapes(&control.state);
            differences(&control.state, (&old, &new), &shapes, CASES_MAX).map_err(|problems| told(&problems))
        };
        let changed = self.desk.node().beside(work).await??;
        Ok(Json::object([("rules", Json::array(changed.iter().map(changed_json)))]))
    }

    async fn side(&self, side: Side, control: &Arc<LiveControl>) -> Result<Vec<PolicyText>, Problem> {
        match side {
            Side::Running => Ok(running(&control.state)),
            Side::Digest(digest) if digest == control.state.policy_digest() => Ok(running(&control.state)),
            Side::Digest(digest) => self.policies_of(digest).await,
            Side::Documents(given) => {
                let read = documents(&given, &control.state, &[])?;
                Ok(policies(read))
            }
        }
    }
}

/// The policies among documents.
pub(crate) fn policies(documents: Vec<Document>) -> Vec<PolicyText> {
    let policy = |document| match document {
        Document::Policy(text) => Some(text),
        _ => None,
    };
    documents.into_iter().filter_map(policy).collect()
}

/// The policies that would run with these in the place of those of their names, and without those that go.
pub(crate) fn overlaid(state: &ControlState, given: Vec<PolicyText>, removed: &[(String, String)]) -> Vec<PolicyText> {
    let gone = |name: &str| removed.iter().any(|(kind, of)| kind == "policy" && of == name);
    let stays =
        running(state).into_iter().filter(|text| !gone(&text.name) && !given.iter().any(|new| new.name == text.name));
    let mut all: Vec<PolicyText> = stays.collect();
    all.extend(given);
    all
}
