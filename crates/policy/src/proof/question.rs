//! A question for a solver, in SMT-LIB: Cedar's symbolic compiler makes it of rules, a schema and one kind of request.

use cedar_policy::{Policy, RequestEnv, Schema};
use cedar_policy_symcc::err::Error;
use cedar_policy_symcc::solver::WriterSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicy};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The most bytes of one question.
const QUESTION_BYTES_MAX: usize = 1 << 20;

/// What has to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    /// Nothing: it is so, or it is not, whatever is asked.
    Settled(bool),
    /// Whether there is a case: none means that it is so.
    Text(String),
    /// It cannot be asked.
    Unasked,
}

/// Whether the rule never matches in this kind of request, or, where a second is given, only where that one does.
pub(crate) fn question(rule: &Policy, within: Option<&Policy>, (env, schema): (&RequestEnv, &Schema)) -> Question {
    let compile = |policy: &Policy| CompiledPolicy::compile(policy, env, schema).ok();
    let Some(rule) = compile(rule) else { return Question::Unasked };
    let Ok(mut compiler) = CedarSymCompiler::new(WriterSolver { w: Vec::new() }) else { return Question::Unasked };
    let answer = match within.map(compile) {
        None => at_once(compiler.check_never_matches_opt(&rule)),
        Some(Some(within)) => at_once(compiler.check_matches_implies_opt(&rule, &within)),
        Some(None) => return Question::Unasked,
    };
    match answer {
        Some(Ok(settled)) => Question::Settled(settled),
        // whoever only writes down what is asked has no answer
        Some(Err(Error::SolverUnknown)) => {
            let bytes = std::mem::take(&mut compiler.solver_mut().w);
            let text = String::from_utf8(bytes).ok().filter(|text| text.len() <= QUESTION_BYTES_MAX);
            text.map_or(Question::Unasked, Question::Text)
        }
        Some(Err(_)) | None => Question::Unasked,
    }
}

/// What a future comes to that waits for nothing: it writes into memory.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}
