//! Every method of MCP and what the gateway does with it. A method that is not in this table is refused.

use crate::era::Era;

/// What a client's request is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Opens a session of the older era.
    Initialize,
    /// Says what is served, in the newer era.
    Discover,
    Ping,
    SetLevel,
    ListTools,
    ListPrompts,
    ListTemplates,
    /// An act: decided, then forwarded.
    CallTool,
    /// An act that is no tool.
    Governed(Governed),
    /// Ends a subscription of this session.
    Unsubscribe,
    /// Hears of changes on a stream of its own (the newer era); of each resource by an act that lasts.
    Listen,
    /// About an MCP task: belongs to the act that made it, and decides nothing.
    Task(AboutTask),
}

/// What is asked about an MCP task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AboutTask {
    Get,
    /// Waits for it (the older era; in the newer one `tasks/get` has the result).
    Result,
    /// Answers what it asks (the newer era). It is asked nothing here, so there is nothing to answer.
    Update,
    Cancel,
    /// Those of the grant (the older era).
    List,
}

/// Methods that are no tools and are acts all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Governed {
    ReadResource,
    ListResources,
    /// An act that lasts (the older era; the newer one subscribes with [`Asked::Listen`]).
    Subscribe,
    GetPrompt,
    Complete,
}

impl Governed {
    /// Its name among the server's tools.
    pub(crate) const fn tool(self) -> &'static str {
        match self {
            Self::ReadResource => "resources:read",
            Self::ListResources => "resources:list",
            Self::Subscribe => "resources:subscribe",
            Self::GetPrompt => "prompts:get",
            Self::Complete => "completion:complete",
        }
    }

    pub(crate) const fn method(self) -> &'static str {
        match self {
            Self::ReadResource => "resources/read",
            Self::ListResources => "resources/list",
            Self::Subscribe => "resources/subscribe",
            Self::GetPrompt => "prompts/get",
            Self::Complete => "completion/complete",
        }
    }

    /// The parameters that it has; others are refused.
    pub(crate) const fn params(self) -> &'static [&'static str] {
        match self {
            Self::ReadResource | Self::Subscribe => &["uri"],
            Self::ListResources => &["cursor"],
            Self::GetPrompt => &["arguments", "name"],
            Self::Complete => &["argument", "context", "ref"],
        }
    }
}

/// Names that mean a method among the tools of a server: no tool can be called by them.
pub(crate) const RESERVED_TOOLS: [&str; 8] = [
    "resources:read",
    "resources:list",
    "resources:subscribe",
    "prompts:get",
    "completion:complete",
    "elicitation:create",
    "sampling:createMessage",
    "server:instructions",
];

/// What a client's request is, `None` for one that its era does not have.
pub(crate) fn asked(era: Era, method: &str) -> Option<Asked> {
    let row = match method {
        "initialize" => Asked::Initialize,
        "ping" => Asked::Ping,
        "logging/setLevel" => Asked::SetLevel,
        "server/discover" => Asked::Discover,
        "tools/list" => Asked::ListTools,
        "prompts/list" => Asked::ListPrompts,
        "resources/templates/list" => Asked::ListTemplates,
        "tools/call" => Asked::CallTool,
        "resources/read" => Asked::Governed(Governed::ReadResource),
        "resources/list" => Asked::Governed(Governed::ListResources),
        "prompts/get" => Asked::Governed(Governed::GetPrompt),
        "completion/complete" => Asked::Governed(Governed::Complete),
        "resources/subscribe" => Asked::Governed(Governed::Subscribe),
        "resources/unsubscribe" => Asked::Unsubscribe,
        "subscriptions/listen" => Asked::Listen,
        "tasks/get" => Asked::Task(AboutTask::Get),
        "tasks/result" => Asked::Task(AboutTask::Result),
        "tasks/update" => Asked::Task(AboutTask::Update),
        "tasks/cancel" => Asked::Task(AboutTask::Cancel),
        "tasks/list" => Asked::Task(AboutTask::List),
        _ => return None,
    };
    let there = match row {
        Asked::Initialize
        | Asked::Ping
        | Asked::SetLevel
        | Asked::Governed(Governed::Subscribe)
        | Asked::Unsubscribe
        | Asked::Task(AboutTask::Result | AboutTask::List) => era == Era::Legacy,
        Asked::Discover | Asked::Listen | Asked::Task(AboutTask::Update) => era == Era::Modern,
        _ => true,
    };
    there.then_some(row)
}

/// What a client's notification is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// Cuts the open request that it names.
    Cancelled,
    /// Says nothing that we act on; nothing of it goes upstream.
    Noted,
}

/// What a client's notification is, `None` for one that no era has: dropped.
pub(crate) fn told(method: &str) -> Option<Told> {
    match method {
        "notifications/cancelled" => Some(Told::Cancelled),
        "notifications/initialized"
        | "notifications/progress"
        | "notifications/roots/list_changed"
        | "notifications/tasks/status" => Some(Told::Noted),
        _ => None,
    }
}

/// What a server's request is to us where nobody is asked; the answer to an elicitation or to sampling is an act of effect
/// share, and reaches the server that way alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Ping,
    /// Declined by an answer that says so.
    Elicitation,
    /// Declined by an error.
    Declined,
    /// Answered from nothing: an empty list.
    Roots,
}

/// What a server's request is, `None` for one that no era has.
pub(crate) fn wanted(method: &str) -> Option<Wanted> {
    match method {
        "ping" => Some(Wanted::Ping),
        "roots/list" => Some(Wanted::Roots),
        "elicitation/create" => Some(Wanted::Elicitation),
        "sampling/createMessage" | "tasks/get" | "tasks/result" | "tasks/cancel" | "tasks/list" => {
            Some(Wanted::Declined)
        }
        _ => None,
    }
}

/// What a server's notification is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noticed {
    Progress,
    Message,
    /// What it offers may have changed: looked at before the next call.
    OfferChanged,
    /// A resource may be another: told to who has a live subscription of it.
    Updated,
    /// A subscription of ours begins.
    Acknowledged,
    /// Belongs to something that is not open, or that we ask for ourselves: MCP tasks are polled.
    Dropped,
}

/// What a server's notification is, `None` for one that no era has: dropped and counted.
pub(crate) fn noticed(method: &str) -> Option<Noticed> {
    match method {
        "notifications/progress" => Some(Noticed::Progress),
        "notifications/message" => Some(Noticed::Message),
        "notifications/tools/list_changed"
        | "notifications/prompts/list_changed"
        | "notifications/resources/list_changed" => Some(Noticed::OfferChanged),
        "notifications/resources/updated" => Some(Noticed::Updated),
        "notifications/subscriptions/acknowledged" => Some(Noticed::Acknowledged),
        "notifications/cancelled"
        | "notifications/elicitation/complete"
        | "notifications/tasks"
        | "notifications/tasks/status" => Some(Noticed::Dropped),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
