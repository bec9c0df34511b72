//! A no, as the agent reads it: a sentence, what to do next, the command for a person, the event; in words and as data.

use crate::decider::{Known, Refused, Undecided, Waits};
use crate::era::META_REFUSAL;
use crate::rpc::{INTERNAL_ERROR, RpcError};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{Code, Disposition, Reason, ServerName};

/// Why a call was not done, or its result not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: String,
    sentence: String,
    disposition: Disposition,
    details: Object,
    command: Option<String>,
    event: Option<u64>,
    waits: Option<Waits>,
}

impl Refusal {
    /// What was decided.
    pub(crate) fn decided(refused: &Refused, server: &ServerName) -> Self {
        let bare = Reason::new(Code::NotAvailable);
        let reason = refused.reasons.first().unwrap_or(&bare);
        let mut refusal = Self::own(reason.code.as_str(), reason.to_string(), reason.code.disposition());
        refusal.details = asked_and_most(reason);
        // What is handed on may go beyond on several axes: each is told.
        let beyond = |reason: &&Reason| reason.code == Code::BeyondGrant;
        let also: Vec<&Reason> = refused.reasons.iter().skip(1).filter(beyond).collect();
        if beyond(&reason) && !also.is_empty() {
            also.iter().for_each(|reason| refusal.sentence.push_str(&format!("; {reason}")));
            refusal.details.insert("also", Json::array(also.into_iter().map(|of| Json::Object(asked_and_most(of)))));
        }
        refusal.event = refused.event;
        if let Some(waits) = &refused.waits {
            let because = refused.reasons.iter().skip(1).filter(|_| reason.code == Code::ApprovalNeeded);
            return because.fold(refusal, |refusal, because| refusal.since(because, refused, server)).waiting(waits);
        }
        // what would need a yes says why it does
        if let Some(because) = refused.reasons.get(1).filter(|_| reason.code == Code::ApprovalUnavailable) {
            refusal.sentence = format!("{}, because {}", refusal.sentence, because.unasked());
            refusal.details.insert("because", Json::from(because.code.as_str()));
            if because.code == Code::SourceNotEnough {
                // another value needs nobody's yes
                refusal.disposition = Disposition::ChangeArgument;
            }
            if because.code == Code::ConsentAged {
                refusal.command = because.command().and_then(|command| command_of(command, refused, server));
                return refusal;
            }
            if let Some(twin) = because.asked.as_deref().and_then(|event| event.parse::<u64>().ok()) {
                // a person finds out what became of it and says so; then the call may be made again
                refusal.details.insert("in_doubt", Json::from(twin));
                let next = "a person finds out whether it was done and says so; then call again if it was not";
                refusal.sentence = format!("{}; {next}", refusal.sentence);
                refusal.command = Some(match &refused.known.task {
                    Some(task) => format!("bailiwick task settle {task} {twin}"),
                    None => format!("bailiwick event show {twin}"),
                });
                return refusal;
            }
        }
        refusal.command = reason.command().and_then(|command| command_of(command, refused, server));
        refusal
    }

    /// One code of the decision, said by the gateway.
    pub(crate) fn of(code: Code, server: &ServerName, event: Option<u64>) -> Self {
        Self::decided(
            &Refused { reasons: vec![Reason::new(code)], event, known: Known::default(), waits: None },
            server,
        )
    }

    /// Its sentence and code, inside words of ours.
    pub(crate) fn why(&self) -> String {
        format!("{} ({})", self.sentence, self.code)
    }

    /// A no of the gateway's own: nothing was asked of the decider, or nothing came of it.
    pub(crate) fn own(code: &str, sentence: impl Into<String>, disposition: Disposition) -> Self {
        let sentence = sentence.into();
        let (details, code) = (Object::default(), code.to_owned());
        Self { code, sentence, disposition, details, command: None, event: None, waits: None }
    }

    /// Why people are asked, where that is more than their yes: what changed, or what a person may do instead.
    fn since(mut self, because: &Reason, refused: &Refused, server: &ServerName) -> Self {
        self.sentence = format!("{}; {because}", self.sentence);
        if self.details.get("because").is_none() {
            self.details.insert("because", Json::from(because.code.as_str()));
        }
        let renews = because.command().filter(|_| because.code == Code::ConsentAged);
        if let Some(renews) = renews.and_then(|command| command_of(command, refused, server)) {
            self.sentence = format!("{} (`{renews}`)", self.sentence);
        }
        self
    }

    /// It waits for people: which request it is, and where they answer it.
    fn waiting(mut self, waits: &Waits) -> Self {
        self.details.insert("until", Json::from(waits.until.0));
        self.sentence = match &waits.url {
            Some(url) => {
                self.details.insert("url", Json::from(url.as_str()));
                format!("{}: request {}, answered at {url}", self.sentence, waits.approval)
            }
            // whoever reads it may know how to get one
            None => format!(
                "{}: request {}, which no page shows, because this node has no address for people; `bailiwick serve \
                 --listen 127.0.0.1:8484` gives it one",
                self.sentence, waits.approval
            ),
        };
        self.command = Some(format!("bailiwick approval show {}", waits.approval));
        self.waits = Some(waits.clone());
        self.of_request(waits.approval)
    }

    /// It is about this request to people.
    #[must_use]
    pub(crate) fn of_request(mut self, approval: u64) -> Self {
        self.details.insert("approval", Json::from(approval));
        self
    }

    /// What it waits for.
    pub(crate) const fn waits(&self) -> Option<&Waits> {
        self.waits.as_ref()
    }

    /// Nobody decided.
    pub(crate) fn undecided(why: &Undecided) -> Self {
        let (code, disposition) = match why {
            Undecided::Unbound => ("unbound", Disposition::AskForMore),
            Undecided::Unavailable(_) => ("unavailable", Disposition::TryLater),
            Undecided::Unknown => ("unknown", Disposition::TryLater),
        };
        Self::own(code, why.to_string(), disposition)
    }

    #[must_use]
    pub(crate) fn with_command(mut self, command: String) -> Self {
        self.command = Some(command);
        self
    }

    #[must_use]
    pub(crate) const fn at_event(mut self, event: u64) -> Self {
        self.event = Some(event);
        self
    }

    /// For the model.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("Refused ({}): {}. {}.", self.code, self.sentence, next(self.disposition));
        if let Some(command) = &self.command {
            text.push_str(&format!(" A person can run `{command}`."));
        }
        if let Some(event) = self.event {
            text.push_str(&format!(" Event {event}."));
        }
        text
    }

    /// For programs.
    pub(crate) fn json(&self) -> Json {
        let mut data = self.details.clone();
        data.insert("code", Json::from(self.code.as_str()));
        data.insert("sentence", Json::from(self.sentence.as_str()));
        data.insert("disposition", Json::from(disposition(self.disposition)));
        if let Some(command) = &self.command {
            data.insert("command", Json::from(command.as_str()));
        }
        if let Some(event) = self.event {
            data.insert("event", Json::from(event));
        }
        Json::Object(data)
    }

    /// As the result of a tool. Clients check structured content against the tool's own schema, also of an error: where
    /// the tool has one, the refusal stands in `_meta` alone.
    pub(crate) fn result(&self, own_schema: bool) -> Json {
        let mut result = error_text(&self.text());
        result.insert("_meta", Json::object([(META_REFUSAL, self.json())]));
        if !own_schema {
            result.insert("structuredContent", self.json());
        }
        Json::Object(result)
    }

    /// As the answer to a request that is no tool call.
    pub(crate) fn error(&self) -> RpcError {
        RpcError::new(INTERNAL_ERROR, self.text()).with(self.json())
    }
}

/// Where it is, what was asked there, and the most that could be had.
fn asked_and_most(reason: &Reason) -> Object {
    let mut details = Object::default();
    if let Some(at) = &reason.at {
        details.insert("at", Json::from(at.to_string()));
    }
    for (name, value) in [("asked", &reason.asked), ("most", &reason.most)] {
        if let Some(value) = value {
            details.insert(name, Json::from(value.as_str()));
        }
    }
    if let Some(allowed) = &reason.allowed {
        details.insert("most", Json::from(allowed.words().as_str()));
    }
    details
}

/// The command with the names that it takes. None where one is not known: a person could not run it.
fn command_of(command: &str, refused: &Refused, server: &ServerName) -> Option<String> {
    let Known { agent, task, template } = &refused.known;
    let first = refused.reasons.first();
    let class = first.and_then(Reason::class);
    // Of what was handed on it is said whose label it is, and of what ended with an agent that nobody resumes, or that the
    // caller does not know, which one it was: the event says that.
    let nobody = agent.is_none() && first.is_some_and(Reason::resumes);
    let command = if (class.is_some() && template.is_none()) || nobody { "bailiwick explain EVENT" } else { command };
    let words = command.split(' ').map(|word| match word {
        "AGENT" => agent.clone(),
        "CLASS" => class.map(str::to_owned),
        "EVENT" => refused.event.map(|event| event.to_string()),
        "SERVER" => Some(server.to_string()),
        "TASK" => task.clone(),
        "TEMPLATE" => template.clone(),
        word => Some(word.to_owned()),
    });
    words.collect::<Option<Vec<_>>>().map(|words| words.join(" "))
}

/// A tool's result that says what went wrong.
fn error_text(text: &str) -> Object {
    let mut result = Object::default();
    result.insert("content", Json::array([Json::object([("text", Json::from(text)), ("type", Json::from("text"))])]));
    result.insert("isError", Json::from(true));
    result
}

const fn next(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::WaitForApproval => "Wait for the approval, then repeat the same call",
        Disposition::AskForMore => "Ask the person for more; do not try another way around it",
        Disposition::ChangeArgument => "Change the argument and call again",
        Disposition::TryLater => "The same call may succeed later",
        Disposition::Stop => "Do not repeat it: nothing that you can do changes this",
    }
}

const fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::WaitForApproval => "wait_for_approval",
        Disposition::AskForMore => "ask_for_more",
        Disposition::ChangeArgument => "change_argument",
        Disposition::TryLater => "try_later",
        Disposition::Stop => "stop",
    }
}

#[cfg(test)]
mod tests;
