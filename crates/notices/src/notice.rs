//! What goes out: what happened in our own words, and kept fields.

use bailiwick_core::json::Json;
use bailiwick_core::{AgentId, Digest, Micros, Occasion, TaskId, sha256};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// With whom something has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// A task, its requester and its agents.
    Task(TaskId),
    /// An override over a task, its requester and its agents: it stands in the tenant's own stream.
    Over(TaskId),
    /// One agent.
    Agent(AgentId),
    /// The tenant as a whole.
    Tenant,
}

/// What happened, as far as it is told to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happened {
    pub(crate) occasion: Occasion,
    pub(crate) about: About,
    /// Its place in the log.
    pub(crate) leaf: u64,
    pub(crate) at: Micros,
    /// When nobody can use the notice any more.
    pub(crate) until: Option<Micros>,
    /// The approval that waits, where there is one.
    pub(crate) approval: Option<String>,
    /// The request that it is about, by the seq of its `approval.asked` in the task: whom that asks can be told.
    pub(crate) request: Option<u64>,
    /// Kept fields: ids, codes, effect, impact.
    pub(crate) facts: BTreeMap<&'static str, String>,
}

impl Happened {
    /// The task whose window closes soon.
    fn closing(&self) -> Option<TaskId> {
        match self.about {
            About::Task(task) if self.occasion == Occasion::TaskEnding => Some(task),
            _ => None,
        }
    }
}

/// Something that is told under one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// The same at every try, on every node.
    pub(crate) id: String,
    pub(crate) happened: Happened,
    /// Where it can be looked at. Looking changes nothing.
    pub(crate) link: Option<String>,
}

/// Which log: a leaf number alone may be given out again after a restore.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Log<'a> {
    /// The origin of its checkpoints, which no other tenant has.
    pub(crate) origin: &'a str,
    pub(crate) epoch: u32,
    /// The node's address, where it has one.
    pub(crate) public_url: Option<&'a str>,
}

impl Notice {
    pub(crate) fn new(log: Log<'_>, rule: &str, happened: Happened) -> Self {
        let text = format!("bailiwick/notice/1\0{}\0{}\0{}\0{rule}", log.origin, log.epoch, happened.leaf);
        let id = format!("msg_{}", short(&sha256(text.as_bytes())));
        let page = happened.approval.as_ref().map(|id| format!("approvals/{id}"));
        let page = page.or_else(|| happened.closing().map(|task| format!("tasks/{task}")));
        let link = page.zip(log.public_url).map(|(page, url)| format!("{}/{page}", url.trim_end_matches('/')));
        Self { id, happened, link }
    }

    /// What whoever is told may run, where there is something to be done at a terminal.
    pub(crate) fn command(&self) -> Option<String> {
        self.happened.closing().map(|task| format!("bailiwick task renew {task}"))
    }

    /// The body of a webhook: Standard Webhooks has `type`, `timestamp` and `data`.
    pub(crate) fn body(&self) -> Vec<u8> {
        let Happened { occasion, leaf, at, until, approval, facts, .. } = &self.happened;
        let mut data: Vec<(&str, Json)> =
            facts.iter().map(|(name, value)| (*name, Json::from(value.as_str()))).collect();
        data.push(("event", Json::from(*leaf)));
        data.extend(approval.as_ref().map(|id| ("approval", Json::from(id.as_str()))));
        data.extend(self.command().map(|command| ("command", Json::from(command.as_str()))));
        data.extend(self.link.as_ref().map(|link| ("link", Json::from(link.as_str()))));
        data.extend(until.map(|until| ("not_after", Json::from(time(until).as_str()))));
        let body = Json::object([
            ("data", Json::object(data)),
            ("timestamp", Json::from(time(*at).as_str())),
            ("type", Json::from(occasion.as_str())),
        ]);
        body.canonical().into_bytes()
    }
}

/// Half of a digest: nobody can choose what is hashed, so that no two meet.
fn short(digest: &Digest) -> String {
    digest.to_string().chars().take(32).collect()
}

/// A time of the record as RFC 3339 has it.
pub(crate) fn time(at: Micros) -> String {
    moment(at).to_string()
}

/// A time that can be written in other forms, to the second; what is past every calendar is 1970.
pub(crate) fn moment(at: Micros) -> Timestamp {
    let seconds = i64::try_from(at.0 / 1_000_000).unwrap_or_default();
    Timestamp::from_second(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests;
