//! The one question to policy as code. Core knows no policy language: whoever answers is handed in.

use crate::action::Action;
use crate::control::ControlState;
use crate::document::Outside;
use crate::event::{Label, Source};
use crate::facts::Facts;
use crate::risk::Risk;
use crate::task::{GrantState, TaskState};

/// Everything that policy may read of one action.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// What is to be done.
    pub action: &'a Action,
    /// The grant it is done under.
    pub grant: &'a GrantState,
    /// The task.
    pub task: &'a TaskState,
    /// The tenant: agents, roles, servers.
    pub control: &'a ControlState,
    /// Who, when, how.
    pub facts: &'a Facts,
    /// Where its bound values came from.
    pub sources: &'a [Source],
    /// What its holder has touched.
    pub label: &'a Label,
    /// What speaks against it; `None` where nobody gathered that.
    pub risk: Option<&'a Risk>,
}

/// What policy says. Forbid wins; otherwise at least one permit; nothing is no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Permitted, by these rules.
    Permit(Vec<String>),
    /// Permitted, by these rules, once people have said yes.
    StepUp {
        /// The rules that permit, and those that ask.
        rules: Vec<String>,
        /// Who.
        asks: Vec<crate::envelope::Ask>,
    },
    /// Forbidden, by these rules.
    Forbid(Vec<String>),
    /// No rule permits.
    Nothing,
    /// A rule erred, read a missing attribute, or is not there: refused, by name.
    Broken {
        /// Which rule, or which part of the question.
        rule: String,
        /// What went wrong, for people.
        why: String,
    },
}

/// Policy as code, compiled for one tenant.
pub trait Policy: Send + Sync {
    /// Answers. Total: what goes wrong is [`Answer::Broken`]. Pure: the same question has the same answer for ever.
    fn ask(&self, question: &Question<'_>) -> Answer;
    /// What an outside engine is told of a question, as JSON.
    ///
    /// # Errors
    /// A sentence: what of it could not be read. Then nobody is asked.
    fn told(&self, _: &Question<'_>, _: &Outside) -> Result<String, String> {
        Err("there is no policy that could tell it".to_owned())
    }
    /// The digest of what it was compiled from, as the control state has it.
    fn digest(&self) -> crate::Digest;
}

/// No policy loaded means deny.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPolicy;

impl Policy for NoPolicy {
    fn ask(&self, _: &Question<'_>) -> Answer {
        Answer::Nothing
    }
    fn digest(&self) -> crate::Digest {
        crate::Digest::new([0; 32])
    }
}
