//! Methods of MCP that are no tools and are governed as if they were: reading a resource is an action too.
//!
//! Their words are ours where they say how to call, and the server's where they hold what it lists: a change of its
//! prompts, resource templates or instructions is a change of words like any other.

use crate::propose::Proposal;
use crate::words::{BadWords, ToolWords};
use bailiwick_core::json::Json;
use bailiwick_core::{Effect, Egress, Reversibility};
use std::collections::BTreeSet;

/// A governed method. Its tool is named after it: `server/resources:read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// `resources/read`
    ResourcesRead,
    /// `resources/list`
    ResourcesList,
    /// `resources/subscribe`, and the subscriptions of `subscriptions/listen`
    ResourcesSubscribe,
    /// `prompts/get`
    PromptsGet,
    /// `completion/complete`
    CompletionComplete,
    /// The answer to a server's `elicitation/create`: a person's words are shared with it.
    ElicitationCreate,
    /// The answer to a server's `sampling/createMessage`: what the client's model says is shared with it.
    SamplingCreate,
    /// What the server says of itself. Pinned and shown, never called.
    ServerInstructions,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ResourcesRead,
        Self::ResourcesList,
        Self::ResourcesSubscribe,
        Self::PromptsGet,
        Self::CompletionComplete,
        Self::ElicitationCreate,
        Self::SamplingCreate,
        Self::ServerInstructions,
    ];

    /// Those that any server may ask of a client, whatever it says that it serves.
    pub const ASKED: [Self; 2] = [Self::ElicitationCreate, Self::SamplingCreate];

    /// Its name among the server's tools.
    pub const fn tool(self) -> &'static str {
        match self {
            Self::ResourcesRead => "resources:read",
            Self::ResourcesList => "resources:list",
            Self::ResourcesSubscribe => "resources:subscribe",
            Self::PromptsGet => "prompts:get",
            Self::CompletionComplete => "completion:complete",
            Self::ElicitationCreate => "elicitation:create",
            Self::SamplingCreate => "sampling:createMessage",
            Self::ServerInstructions => "server:instructions",
        }
    }

    /// Which method a tool's name means, if it means one.
    pub fn of_tool(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.tool() == name)
    }

    /// Whether this name means an answer to what a server asks: every server has those, and none says so.
    pub fn answers(name: &str) -> bool {
        Self::of_tool(name).is_some_and(|method| Self::ASKED.contains(&method))
    }

    /// Whether it can be called.
    pub const fn callable(self) -> bool {
        !matches!(self, Self::ServerInstructions)
    }

    /// What an act of it does, where that is ours to say and not the server's: an answer to what a server asks is shared
    /// with it, and nobody takes it back.
    pub(crate) fn nature(self) -> Option<Proposal> {
        Self::ASKED.contains(&self).then(|| Proposal {
            effect: Effect::Share,
            egress: Egress::Open,
            reversibility: Reversibility::Irreversible,
            why: vec!["the answer is shared with the server"],
        })
    }

    /// Its words, with what the server lists under it: prompts, resource templates, instructions. `foreign` when the
    /// server lies in another zone: then what is asked of it leaves.
    ///
    /// # Errors
    /// [`BadWords`] when what the server lists is too long.
    pub fn words(self, listed: &Listed, foreign: bool) -> Result<ToolWords, BadWords> {
        let (schema, said) = match self {
            Self::ResourcesRead => (uri(), Json::object([("resourceTemplates", listed.templates.clone().into())])),
            Self::ResourcesSubscribe => (uri(), Json::Null),
            Self::ResourcesList => (closed([("cursor", text())], &[]), Json::Null),
            Self::PromptsGet => {
                let schema = closed([("arguments", arguments(listed)), ("name", text())], &["name"]);
                (schema, Json::object([("prompts", listed.prompts.clone().into())]))
            }
            Self::CompletionComplete => (completion(listed), Json::Null),
            Self::ElicitationCreate => (elicited(), Json::object([("zone", Json::from(listed.zone.as_deref()))])),
            Self::SamplingCreate => (sampled(), Json::object([("zone", Json::from(listed.zone.as_deref()))])),
            Self::ServerInstructions => {
                (closed::<0>([], &[]), Json::object([("instructions", Json::from(listed.instructions.as_deref()))]))
            }
        };
        let shares = self.nature().is_some();
        let hints = [("openWorldHint", Json::from(foreign || shares)), ("readOnlyHint", Json::from(!shares))];
        let hints = Json::object(hints);
        ToolWords::read_any(&Json::object([
            ("annotations", hints),
            ("inputSchema", schema),
            ("name", Json::from(self.tool())),
            ("said", said),
        ]))
    }
}

/// What a server lists beside its tools.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// The entries of `prompts/list`.
    pub prompts: Vec<Json>,
    /// The entries of `resources/templates/list`.
    pub templates: Vec<Json>,
    /// Its `instructions`.
    pub instructions: Option<String>,
    /// The zone that it lies in: whoever it asks for something is told.
    pub zone: Option<String>,
}

fn text() -> Json {
    Json::object([("type", Json::from("string"))])
}

fn closed<const N: usize>(properties: [(&str, Json); N], required: &[&str]) -> Json {
    Json::object([
        ("additionalProperties", Json::from(false)),
        ("properties", Json::object(properties)),
        ("required", Json::array(required.iter().map(|name| Json::from(*name)))),
        ("type", Json::from("object")),
    ])
}

fn uri() -> Json {
    closed([("uri", text())], &["uri"])
}

/// The arguments that any prompt or template of the server has: nothing else can be passed.
fn arguments(listed: &Listed) -> Json {
    let declared = listed.prompts.iter().filter_map(|prompt| prompt.get("arguments")?.as_array()).flatten();
    let mut names: BTreeSet<&str> = declared.filter_map(|argument| argument.get("name")?.as_str()).collect();
    for template in &listed.templates {
        names.extend(template.get("uriTemplate").and_then(Json::as_str).into_iter().flat_map(variables));
    }
    Json::object([
        ("additionalProperties", Json::from(false)),
        ("properties", Json::object(names.into_iter().map(|name| (name, text())))),
        ("type", Json::from("object")),
    ])
}

/// The variables of a URI template (RFC 6570 section 2.3), without operators and modifiers.
fn variables(template: &str) -> impl Iterator<Item = &str> {
    let expressions = template.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(inside, _)| inside));
    let named =
        expressions.flat_map(|inside| inside.trim_start_matches(['+', '#', '.', '/', ';', '?', '&']).split(','));
    named.map(|variable| variable.split(':').next().unwrap_or_default().trim_end_matches('*'))
}

fn completion(listed: &Listed) -> Json {
    let reference = closed([("name", text()), ("title", text()), ("type", text()), ("uri", text())], &["type"]);
    let argument = closed([("name", text()), ("value", text())], &["name", "value"]);
    let context = closed([("arguments", arguments(listed))], &[]);
    closed([("argument", argument), ("context", context), ("ref", reference)], &["argument", "ref"])
}

fn list(items: Json) -> Json {
    Json::object([("items", items), ("type", Json::from("array"))])
}

/// What a person answered, beside what they were asked. Values of a form stand in a list: an object's members would be
/// named by the server, and nothing that a server names at will is bound or constrained.
fn elicited() -> Json {
    let scalars = ["array", "boolean", "number", "string"].map(Json::from);
    let value = Json::object([("items", text()), ("type", Json::array(scalars))]);
    let entry = closed([("name", text()), ("value", value)], &["name", "value"]);
    let answer = closed([("action", text()), ("content", list(entry))], &["action"]);
    let asked = [("digest", text()), ("message", text()), ("mode", text()), ("names", list(text())), ("url", text())];
    closed([("answer", answer), ("asked", closed(asked, &["digest"]))], &["answer", "asked"])
}

/// What the client's model said, beside what it was asked. A block of another kind than text, image and sound stands as
/// its canonical JSON.
fn sampled() -> Json {
    let members = [("data", text()), ("json", text()), ("mimeType", text()), ("text", text()), ("type", text())];
    let block = closed(members, &["type"]);
    let members = [("content", list(block)), ("model", text()), ("role", text()), ("stopReason", text())];
    let answer = closed(members, &["content", "model", "role"]);
    let asked = closed([("digest", text()), ("message", text())], &["digest"]);
    closed([("answer", answer), ("asked", asked)], &["answer", "asked"])
}

#[cfg(test)]
mod tests;
