//! What a server offers, fetched under our own identity and bounded: nothing of an agent is in these requests.

use super::Upstream;
use crate::asks::TASKS;
use crate::decider::Offer;
use crate::era::Era;
use crate::rpc::{HEADER_MISMATCH, METHOD_NOT_FOUND, RpcError, quoted};
use crate::session::Mirrored;
use crate::settings::Settings;
use bailiwick_core::ServerName;
use bailiwick_core::json::{Json, Limits, Object};
use std::collections::{BTreeMap, BTreeSet};

/// The most characters of a server's instructions.
const INSTRUCTIONS_CHARS_MAX: usize = 16 << 10;

/// What a server says of itself when a session opens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Hello {
    capabilities: Object,
    server: Object,
    instructions: Option<String>,
}

impl Hello {
    pub(crate) fn read(said: &Json, server: Option<Json>) -> Self {
        let capabilities = said.get("capabilities").and_then(Json::as_object).cloned().unwrap_or_default();
        let server = match server {
            Some(Json::Object(server)) => server,
            _ => Object::default(),
        };
        let instructions = said.get("instructions").and_then(Json::as_str);
        let instructions = instructions.map(|text| text.chars().take(INSTRUCTIONS_CHARS_MAX).collect());
        Self { capabilities, server, instructions }
    }

    /// The lists whose changes it tells of, as the newer era's subscription names them.
    pub(crate) fn changes(&self) -> Vec<&'static str> {
        const LISTS: [(&str, &str); 3] =
            [("prompts", "promptsListChanged"), ("resources", "resourcesListChanged"), ("tools", "toolsListChanged")];
        let told = |kind| self.capabilities.get(kind).and_then(|it| it.get("listChanged")) == Some(&Json::from(true));
        LISTS.iter().filter(|(kind, _)| told(kind)).map(|(_, change)| *change).collect()
    }

    /// Whether resources can be subscribed to.
    fn subscribes(&self) -> bool {
        self.capabilities.get("resources").and_then(|it| it.get("subscribe")) == Some(&Json::from(true))
    }

    /// Whether a call may become an MCP task.
    fn makes_tasks(&self, era: Era) -> bool {
        let says = |name| self.capabilities.get(name);
        let found = match era {
            Era::Legacy => says("tasks").and_then(|it| it.get("requests")?.get("tools")?.get("call")),
            Era::Modern => says("extensions").and_then(|it| it.get(TASKS)),
        };
        found.is_some_and(|it| it.as_object().is_some())
    }

    fn serves(&self, capability: &str) -> bool {
        self.capabilities.contains_key(capability)
    }
}

/// What the gateway itself has to know of what is offered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Offered {
    /// Arguments that go into headers, by tool.
    headers: BTreeMap<String, Vec<HeaderArgument>>,
    /// Tools whose structured content follows a schema of their own.
    structured: BTreeSet<String>,
    /// Whether a call may become an MCP task.
    tasks: bool,
    /// Tools that say so of themselves (the older era).
    as_tasks: BTreeMap<String, AsTask>,
}

/// Whether a tool runs as an MCP task (MCP 2025-11-25, Tasks, tool-level negotiation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AsTask {
    Optional,
    Required,
}

impl AsTask {
    /// What a tool's entry says.
    pub(crate) fn of(entry: &Json) -> Option<Self> {
        match entry.get("execution")?.get("taskSupport")?.as_str()? {
            "optional" => Some(Self::Optional),
            "required" => Some(Self::Required),
            _ => None,
        }
    }
}

/// An argument that a server wants in a header besides (`x-mcp-header`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderArgument {
    pub(crate) header: String,
    pub(crate) path: Vec<String>,
}

impl Offered {
    fn read(tools: &[Json], tasks: bool) -> Self {
        let mut offered = Self { tasks, ..Self::default() };
        for tool in tools {
            let Some(name) = tool.get("name").and_then(Json::as_str) else { continue };
            if let Some(as_task) = AsTask::of(tool).filter(|_| tasks) {
                offered.as_tasks.insert(name.to_owned(), as_task);
            }
            if tool.get("outputSchema").is_some() {
                offered.structured.insert(name.to_owned());
            }
            let mut headers = Vec::new();
            header_arguments(tool.get("inputSchema"), &mut Vec::new(), &mut headers);
            if !headers.is_empty() {
                offered.headers.insert(name.to_owned(), headers);
            }
        }
        offered
    }

    /// Whether a call may become an MCP task.
    pub(crate) const fn makes_tasks(&self) -> bool {
        self.tasks
    }

    /// What this tool says of running as one (the older era).
    pub(crate) fn as_task(&self, tool: &str) -> Option<AsTask> {
        self.as_tasks.get(tool).copied()
    }

    /// Whether structured content of this tool must follow the tool's own schema.
    pub(crate) fn is_structured(&self, tool: &str) -> bool {
        self.structured.contains(tool)
    }

    pub(crate) fn header_arguments(&self, tool: &str) -> &[HeaderArgument] {
        self.headers.get(tool).map(Vec::as_slice).unwrap_or_default()
    }

    /// The headers that go with these arguments.
    pub(crate) fn headers(&self, tool: &str, arguments: &Json) -> Vec<(String, String)> {
        let wanted = self.header_arguments(tool).iter();
        wanted.filter_map(|wanted| Some((format!("Mcp-Param-{}", wanted.header), wanted.text(arguments)?))).collect()
    }
}

/// The headers, as name and value, that the schema of a tool's entry wants of these arguments besides.
pub fn mirrored(tool: &Json, arguments: &Json) -> Vec<(String, String)> {
    let name = tool.get("name").and_then(Json::as_str).unwrap_or_default();
    Offered::read(std::slice::from_ref(tool), false).headers(name, arguments)
}

impl HeaderArgument {
    /// Why a header does not say what the argument is: somebody on the way was shown another call than we decide (MCP
    /// 2026-07-28, Transports, custom headers). Whole numbers are compared as numbers.
    pub(crate) fn disagrees(&self, mirrored: &Mirrored, arguments: &Json) -> Option<RpcError> {
        let name = format!("Mcp-Param-{}", quoted(&self.header));
        let expected = self.text(arguments);
        let found = mirrored.get(&self.header.to_ascii_lowercase());
        let number = |text: &str| Json::parse(text.as_bytes(), &NUMBER).ok().filter(|json| json.kind() == "a number");
        let counts = matches!(self.value(arguments), Some(Json::Number(_)));
        let same = |a: &str, b: &str| a == b || (counts && number(a).is_some() && number(a) == number(b));
        let why = match (&expected, found) {
            (None, None) => return None,
            (Some(expected), Some(Some(found))) if same(expected, found) => return None,
            (Some(_), None) => "is missing",
            (None, Some(_)) => "is there and the argument is not",
            (Some(_), Some(None)) => "is not one readable text",
            (Some(_), Some(Some(_))) => "says something else",
        };
        Some(RpcError::new(
            HEADER_MISMATCH,
            format!("expected the header `{name}` to be as in the arguments: it {why}"),
        ))
    }

    fn value<'a>(&self, arguments: &'a Json) -> Option<&'a Json> {
        self.path.iter().try_fold(arguments, |value, name| value.get(name))
    }

    /// What the header says of these arguments, `None` when the argument is absent or null.
    pub(crate) fn text(&self, arguments: &Json) -> Option<String> {
        match self.value(arguments)? {
            Json::String(text) => Some(text.to_string()),
            Json::Bool(value) => Some(value.to_string()),
            Json::Number(number) => Some(number.to_string()),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        }
    }
}

/// What a header's number may cost to read.
const NUMBER: Limits = Limits { bytes: 64, depth: 1, nodes: 1 };
/// Schemas nested deeper have no header arguments.
const SCHEMA_DEPTH_MAX: usize = 16;

/// Only what is reached through `properties` counts (MCP 2026-07-28, Transports, custom headers).
fn header_arguments(schema: Option<&Json>, path: &mut Vec<String>, found: &mut Vec<HeaderArgument>) {
    let properties = schema.and_then(|schema| schema.get("properties")).and_then(Json::as_object);
    for (name, property) in properties.into_iter().flat_map(Object::iter) {
        path.push(name.to_owned());
        if let Some(header) = property.get("x-mcp-header").and_then(Json::as_str) {
            let token = !header.is_empty()
                && header.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
            if token && !found.iter().any(|other| other.header.eq_ignore_ascii_case(header)) {
                found.push(HeaderArgument { header: header.to_owned(), path: path.clone() });
            }
        }
        if path.len() < SCHEMA_DEPTH_MAX {
            header_arguments(Some(property), path, found);
        }
        path.pop();
    }
}

/// Fetches all that the server lists.
pub(crate) async fn fetch(
    upstream: &Upstream,
    hello: &Hello,
    server: ServerName,
    seen: Object,
    settings: &Settings,
) -> Result<Offer, String> {
    let list = async |method, member| all(upstream, method, member, settings).await;
    let mut methods = Vec::new();
    let (mut tools, mut prompts, mut templates) = (Vec::new(), Vec::new(), Vec::new());
    if hello.serves("tools") {
        tools = list("tools/list", "tools").await?;
    }
    if hello.serves("prompts") {
        prompts = list("prompts/list", "prompts").await?;
        methods.push("prompts:get".to_owned());
    }
    if hello.serves("resources") {
        templates = list("resources/templates/list", "resourceTemplates").await?;
        methods.push("resources:list".to_owned());
        methods.push("resources:read".to_owned());
        methods.extend(hello.subscribes().then(|| "resources:subscribe".to_owned()));
    }
    if hello.serves("completions") {
        methods.push("completion:complete".to_owned());
    }
    let mut identity = seen;
    for member in ["name", "version"] {
        if let Some(Json::String(text)) = hello.server.get(member) {
            identity.insert(member, Json::String(text.clone()));
        }
    }
    upstream.keep_offered(Offered::read(&tools, hello.makes_tasks(upstream.era())));
    let instructions = hello.instructions.clone();
    Ok(Offer { server, identity: Json::Object(identity), tools, prompts, templates, instructions, methods })
}

/// All pages of one list.
async fn all(
    upstream: &Upstream,
    method: &'static str,
    member: &str,
    settings: &Settings,
) -> Result<Vec<Json>, String> {
    let mut entries = Vec::new();
    let mut cursor: Option<Json> = None;
    for _ in 0..settings.offer_pages_max {
        let mut params = Object::default();
        if let Some(cursor) = cursor.take() {
            params.insert("cursor", cursor);
        }
        let page = match upstream.inquire(method, params, settings.start_within).await {
            Ok(page) => page,
            // it says that it serves the kind and has no such list
            Err(RpcError { code: METHOD_NOT_FOUND, .. }) => return Ok(entries),
            Err(error) => return Err(format!("`{method}` failed: {}", quoted(&error.message))),
        };
        let Some(some) = page.get(member).and_then(Json::as_array) else {
            return Err(format!("the answer to `{method}` has no `{member}`"));
        };
        entries.extend_from_slice(some);
        if entries.len() > settings.offer_entries_max {
            return Err(format!("`{method}` gave more than {} entries", settings.offer_entries_max));
        }
        match page.get("nextCursor") {
            Some(next @ Json::String(_)) => cursor = Some(next.clone()),
            _ => return Ok(entries),
        }
    }
    Err(format!("`{method}` has more than {} pages", settings.offer_pages_max))
}

#[cfg(test)]
mod tests;
