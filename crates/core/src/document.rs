//! Documents: what people write in files and apply. One `kind` a document; unknown fields are refused.

mod breaker;
mod check;
mod faults;
mod mandate;
mod mistakes;
mod outside;
mod pace;
mod policy;
mod read;
mod retention;
mod role;
mod rule;
mod template;

pub use breaker::{BreakerOf, BreakerRule, Trouble};
pub use faults::own_header;
pub use mandate::{Every, GivenFor, Mandate, MandateLimit, Per, Period};
pub use outside::Outside;
pub use pace::{Pace, PaceOf};
pub use policy::{PolicyText, RegoBundle};
pub use read::{BadDocument, dotted};
pub(crate) use read::{plain, stopped_at};
pub use retention::Retention;
pub use role::{Role, RolePattern, RoleRow};
pub(crate) use rule::is_mail_address;
pub use rule::{Flow, GlassRule, Notify, Occasion, Rule, Told, Webhook};
pub use template::{
    AnyResource, Parameter, StartRule, Template, TemplateAsk, TemplateConsent, TemplateEscalation, TemplateRow,
    may_start,
};

use crate::json::Json;
use crate::{
    AgentId, DataClass, Digest, Effect, Egress, Impact, MailAddress, PersonId, Reversibility, RoleName, ServerName,
    ToolId, Version, Zone,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Document {
    /// A registered workload identity.
    Agent(Agent),
    /// An outer bound of what agents may be granted.
    Role(Role),
    /// A downstream system.
    Server(Server),
    /// What a person says of one tool.
    Tool(Tool),
    /// A parametrised envelope.
    Template(Template),
    /// Policy as code.
    Policy(PolicyText),
    /// A human principal.
    Person(Person),
    /// A row of the tenant's settings.
    Rule(Rule),
    /// A standing limit that tasks draw on.
    Mandate(Mandate),
}

impl Document {
    /// Kinds whose addition only widens: it cannot make a yes into a no.
    pub const ONLY_WIDEN: [&'static str; 4] = ["agent", "server", "template", "person"];
    /// The most bytes of one document in RFC 8785 form.
    pub const BYTES_MAX: usize = 128 << 10;

    /// The kind, as written.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Agent(_) => "agent",
            Self::Role(_) => "role",
            Self::Server(_) => "server",
            Self::Tool(_) => "tool",
            Self::Template(_) => "template",
            Self::Policy(_) => "policy",
            Self::Person(_) => "person",
            Self::Rule(_) => "rule",
            Self::Mandate(_) => "mandate",
        }
    }

    /// Its name among documents of its kind.
    pub fn name(&self) -> String {
        match self {
            Self::Agent(agent) => agent.name.to_string(),
            Self::Role(role) => role.name.to_string(),
            Self::Server(server) => server.name.to_string(),
            Self::Tool(tool) => tool.tool.to_string(),
            Self::Template(template) => template.name.to_string(),
            Self::Policy(policy) => policy.name.clone(),
            Self::Person(person) => person.name.to_string(),
            Self::Rule(rule) => rule.name.to_string(),
            Self::Mandate(mandate) => mandate.name.to_string(),
        }
    }

    /// The bytes whose digest names it: RFC 8785 form.
    pub fn bytes(&self) -> Vec<u8> {
        match self.json() {
            Json::Null => Vec::new(),
            json => json.canonical().into_bytes(),
        }
    }

    /// As JSON, with every field said.
    pub fn json(&self) -> Json {
        written(self)
    }
}

/// A value of ours as JSON.
pub(crate) fn written<T: Serialize>(value: &T) -> Json {
    let text = serde_json::to_vec(value).unwrap_or_default();
    Json::parse(&text, &crate::json::Limits::stored()).unwrap_or(Json::Null)
}

/// Who runs an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunBy {
    /// The tenant itself.
    Own,
    /// A vendor hosts it.
    Vendor,
}

/// How far an agent may go on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Autonomy {
    /// Every write is confirmed by the requester.
    Assist,
    /// As granted.
    Execute,
    /// May delegate and holds no write itself unless named.
    Coordinate,
}

/// Whether what an instance has read outlives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Memory {
    /// A process starts with nothing.
    Fresh,
    /// The label outlives the process.
    Kept,
}

/// A registered workload identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Its name.
    pub name: AgentId,
    /// Who is accountable.
    pub owner: PersonId,
    /// Who can explain it, as people reach them.
    pub contact: String,
    /// Who runs it.
    pub run_by: RunBy,
    /// Where it lives.
    #[serde(default = "own_zone")]
    pub zone: Zone,
    /// How far it may go on its own.
    pub autonomy: Autonomy,
    /// Whether what it has read outlives a process.
    #[serde(default = "fresh")]
    pub memory: Memory,
    /// The outer bound of all its grants.
    pub role: RoleName,
    /// When it is to be looked at again, as yyyy-mm-dd.
    pub review: String,
    /// Public keys that it signs assertions with, as JWK. Proves a key and nothing more.
    #[serde(default)]
    pub keys: Vec<Json>,
    /// The version that its instances have to say that they run; any, where none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// The SHA-256 of the configuration that its instances have to say that they have; any, where none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Digest>,
}

fn own_zone() -> Zone {
    Zone::own()
}
const fn fresh() -> Memory {
    Memory::Fresh
}

impl Agent {
    /// Whether a grant of this agent would rest on something else, or on nothing, once it is `new`. A role is asked at
    /// every call, a contact and a review date authorise nothing, and a key more takes nothing away.
    pub(crate) fn rests_otherwise(&self, new: &Self) -> bool {
        let kept = self.keys.iter().all(|key| new.keys.contains(key));
        let of = |agent: &Self| (agent.owner.clone(), agent.run_by, agent.zone.clone(), agent.autonomy, agent.memory);
        let runs = |agent: &Self| (agent.version.clone(), agent.config);
        !kept || of(self) != of(new) || runs(self) != runs(new)
    }
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Transport {
    /// A process of the node's, spoken to over its standard input and output.
    Stdio {
        /// The command.
        command: String,
        /// Its arguments.
        #[serde(default)]
        args: Vec<String>,
        /// Its environment, beside a small fixed one. Values may name a secret as `secret:NAME`.
        #[serde(default)]
        env: BTreeMap<String, String>,
        /// The account that it runs under, by name or uid; the node's own where none is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run_as: Option<String>,
    },
    /// MCP over Streamable HTTP.
    Http {
        /// The endpoint.
        url: String,
        /// Headers sent with every request. Values may name a secret as `secret:NAME`.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// A process of the client's own, wrapped by `bailiwick wrap`: cooperative.
    Wrapped {
        /// The command and its arguments, as the client's configuration has them.
        command: Vec<String>,
    },
}

/// The secret that a value of a transport names: `secret:NAME`, whole or after words such as `Bearer`; and what stands
/// before it.
pub fn secret_named(value: &str) -> Option<(&str, &str)> {
    let (before, last) = value.rfind(' ').and_then(|at| value.split_at_checked(at + 1)).unwrap_or(("", value));
    Some((before, last.strip_prefix("secret:")?))
}

impl Transport {
    /// The credential that goes with each call, by reference: the names of its secrets, sorted, with commas between.
    pub fn credential(&self) -> Option<String> {
        let values = match self {
            Self::Stdio { env: values, .. } | Self::Http { headers: values, .. } => values,
            Self::Wrapped { .. } => return None,
        };
        let names: BTreeSet<&str> = values.values().filter_map(|value| secret_named(value)).map(|it| it.1).collect();
        if names.is_empty() { None } else { Some(names.into_iter().collect::<Vec<_>>().join(",")) }
    }
}

/// A downstream system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Its name.
    pub name: ServerName,
    /// How it is reached.
    pub transport: Transport,
    /// Where it lives.
    #[serde(default = "own_zone")]
    pub zone: Zone,
    /// Classes of data it can reach: what a result of an unknown tool counts as.
    #[serde(default)]
    pub classes: Vec<DataClass>,
    /// A session may be shared between grants.
    #[serde(default)]
    pub stateless: bool,
    /// Reviewed to read 64-bit integers exactly.
    #[serde(default)]
    pub int64_exact: bool,
    /// A change of words alone does not stop calls under the reviewed words.
    #[serde(default)]
    pub words_may_change: bool,
}

/// What a person says of one tool: overrides what its annotations propose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The tool.
    pub tool: ToolId,
    /// What it does.
    pub effect: Effect,
    /// Whether it leaves.
    #[serde(default = "stays")]
    pub egress: Egress,
    /// How far it can be undone.
    pub reversibility: Reversibility,
    /// Raised impact; never lower than the effect's own.
    #[serde(default)]
    pub impact: Option<Impact>,
    /// How to read arguments and results. The catalogue's form.
    #[serde(default = "nothing")]
    pub bind: Json,
}

const fn stays() -> Egress {
    Egress::None
}
fn nothing() -> Json {
    Json::object::<&str>([])
}

/// A human principal of the tenant's directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Their id.
    pub name: PersonId,
    /// Their roles, as `clerk`.
    #[serde(default)]
    pub roles: Vec<RoleName>,
    /// The uid of their account on the node's machine.
    #[serde(default)]
    pub uid: Option<u32>,
    /// Where mail reaches them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailAddress>,
}

#[cfg(test)]
mod tests;
