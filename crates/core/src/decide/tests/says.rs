//! A policy that says what it is told, and tells engines outside what moves: the moment, and how far the task has come.

use super::super::prelude::*;
use super::digest;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Says(pub(crate) Answer);

impl Policy for Says {
    fn ask(&self, _: &Question<'_>) -> Answer {
        self.0.clone()
    }
    fn told(&self, question: &Question<'_>, _: &Outside) -> Result<String, String> {
        let (at, seq, tool) = (question.facts.now.0, question.task.seq, &question.action.tool);
        Ok(format!(r#"{{"at":{at},"seq":{seq},"tool":"{tool}"}}"#))
    }
    fn digest(&self) -> Digest {
        digest("policy")
    }
}
