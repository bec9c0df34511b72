//! What a server asks of a client, and what of the answer leaves: read strictly, bounded, and written anew on both ways.

mod answer;
mod check;
mod form;
mod noes;
mod question;
mod secret;

pub(crate) use answer::{Answered, read_answer, written};
pub(crate) use noes::Noes;
pub(crate) use question::{Asker, Question};

use bailiwick_core::json::{Json, Object};

/// The most bytes of what a server asks, as it wrote it.
pub(crate) const ASKED_BYTES_MAX: usize = 256 << 10;
/// The most bytes of an answer.
pub(crate) const ANSWER_BYTES_MAX: usize = 256 << 10;

/// What a server can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A person's words, or that they open a page.
    Elicitation,
    /// What the client's model says.
    Sampling,
    /// The folders of the work. Never asked of a client in earnest: the task's template has them.
    Roots,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Elicitation, Self::Sampling, Self::Roots];

    pub(crate) const fn method(self) -> &'static str {
        match self {
            Self::Elicitation => "elicitation/create",
            Self::Sampling => "sampling/createMessage",
            Self::Roots => "roots/list",
        }
    }

    pub(crate) fn of_method(method: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.method() == method)
    }

    /// The tool that its answer is an act of; the answer to roots is none of the client's.
    pub(crate) const fn tool(self) -> Option<&'static str> {
        match self {
            Self::Elicitation => Some("elicitation:create"),
            Self::Sampling => Some("sampling:createMessage"),
            Self::Roots => None,
        }
    }

    /// The capability of a client that has it.
    pub(crate) const fn capability(self) -> &'static str {
        match self {
            Self::Elicitation => "elicitation",
            Self::Sampling => "sampling",
            Self::Roots => "roots",
        }
    }
}

/// What a client can answer, or what a server may be told that it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Able {
    pub(crate) form: bool,
    pub(crate) url: bool,
    pub(crate) sampling: bool,
    pub(crate) roots: bool,
    /// A call may be answered with an MCP task (the extension of the newer era).
    pub(crate) tasks: bool,
}

/// The extension of the newer era by which a call may be answered with an MCP task.
pub(crate) const TASKS: &str = "io.modelcontextprotocol/tasks";

impl Able {
    /// Reads a client's capabilities. One that declares elicitation and says no mode has forms (MCP 2025-11-25,
    /// Elicitation, capabilities).
    pub(crate) fn read(capabilities: Option<&Json>) -> Self {
        let has = |name: &str| capabilities.and_then(|all| all.get(name)).filter(|it| it.as_object().is_some());
        let elicitation = has("elicitation").and_then(Json::as_object);
        let url = elicitation.is_some_and(|modes| modes.contains_key("url"));
        let form = elicitation.is_some_and(|modes| modes.contains_key("form") || !url);
        let tasks = has("extensions").and_then(|all| all.get(TASKS)).is_some_and(|it| it.as_object().is_some());
        Self { form, url, sampling: has("sampling").is_some(), roots: has("roots").is_some(), tasks }
    }

    /// What both can.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            form: self.form && other.form,
            url: self.url && other.url,
            sampling: self.sampling && other.sampling,
            roots: self.roots && other.roots,
            tasks: self.tasks && other.tasks,
        }
    }

    /// Whether anything that would be shared can be asked for.
    pub(crate) const fn any(self) -> bool {
        self.form || self.url || self.sampling
    }

    /// Whether this can be answered.
    pub(crate) const fn has(self, kind: Kind, url: bool) -> bool {
        match kind {
            Kind::Elicitation => (url && self.url) || (!url && self.form),
            Kind::Sampling => self.sampling,
            Kind::Roots => self.roots,
        }
    }

    /// As capabilities are declared to a server.
    pub(crate) fn declared(self) -> Object {
        let none = || Json::Object(Object::default());
        let mut declared = Object::default();
        if self.form || self.url {
            let modes = [("form", self.form), ("url", self.url)].into_iter().filter(|(_, has)| *has);
            declared.insert("elicitation", Json::object(modes.map(|(mode, _)| (mode, none()))));
        }
        if self.sampling {
            declared.insert("sampling", none());
        }
        if self.tasks {
            declared.insert("extensions", Json::object([(TASKS, none())]));
        }
        declared
    }
}

#[cfg(test)]
mod tests;
