//! One server: which tools it has, and what it answers to a request of either era.

use std::str::FromStr;

use serde_json::{Map, Value, json};

use crate::day::Day;
use crate::hold::Hold;
use crate::rpc::{INVALID_PARAMS, METHOD_NOT_FOUND, RpcError, UNSUPPORTED_PROTOCOL_VERSION, error};
use crate::state::State;
use crate::tool::{Done, Tool, result};
use crate::{bank, mail};

/// The protocol revision without a handshake.
const MODERN: &str = "2026-07-28";

/// The revisions with one, newest first.
const LEGACY: [&str; 2] = ["2025-11-25", "2025-06-18"];

const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const META_SERVER: &str = "io.modelcontextprotocol/serverInfo";

/// Which of the two servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Payments and statements of one account.
    Bank,
    /// One mailbox.
    Mail,
}

/// A name that is neither server.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the demo has the servers `bank` and `mail`, not `{0}`")]
pub struct WhichError(String);

impl FromStr for Which {
    type Err = WhichError;

    fn from_str(text: &str) -> Result<Self, WhichError> {
        match text {
            "bank" => Ok(Self::Bank),
            "mail" => Ok(Self::Mail),
            other => Err(WhichError(other.chars().take(40).collect())),
        }
    }
}

/// A server with its books.
#[derive(Debug)]
pub struct Server {
    which: Which,
    state: State,
    today: Day,
    hold: Option<Hold>,
}

enum Era {
    Modern,
    Legacy,
}

impl Server {
    /// A server that books under `today`.
    pub fn new(which: Which, state: State, today: Day) -> Self {
        Self { which, state, today, hold: None }
    }

    /// The same server, whose payments ask at a gate first.
    #[must_use]
    pub fn held_at(self, hold: Hold) -> Self {
        Self { hold: Some(hold), ..self }
    }

    pub(crate) fn answer(&mut self, method: &str, params: Map<String, Value>) -> Result<Value, RpcError> {
        let era = era(method, &params)?;
        let mut result = match (method, &era) {
            ("server/discover", Era::Modern) => self.discover(),
            ("initialize", Era::Legacy) => self.initialize(&params),
            ("ping", Era::Legacy) => json!({}),
            ("tools/list", _) => self.list(&era),
            ("tools/call", _) => self.call(params)?,
            _ => return Err(error(METHOD_NOT_FOUND, format!("there is no method `{}`", short(method)))),
        };
        if let (Era::Modern, Some(result)) = (era, result.as_object_mut()) {
            // MCP 2026-07-28, Overview, Result Responses: every result names its type and should name its server
            result.insert("resultType".into(), json!("complete"));
            result.insert("_meta".into(), json!({META_SERVER: self.info()}));
        }
        Ok(result)
    }

    fn info(&self) -> Value {
        let name = match self.which {
            Which::Bank => "demo-bank",
            Which::Mail => "demo-mail",
        };
        json!({"name": name, "version": env!("CARGO_PKG_VERSION")})
    }

    fn discover(&self) -> Value {
        json!({"supportedVersions": [MODERN], "capabilities": {"tools": {}}, "ttlMs": 0, "cacheScope": "private"})
    }

    fn initialize(&self, params: &Map<String, Value>) -> Value {
        let asked = params.get("protocolVersion").and_then(Value::as_str).unwrap_or_default();
        let version = LEGACY.into_iter().find(|known| *known == asked).unwrap_or(LEGACY[0]);
        json!({"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": self.info()})
    }

    fn list(&self, era: &Era) -> Value {
        let shown = |tools: &[Tool]| tools.iter().map(Tool::shown).collect::<Vec<_>>();
        let tools = match self.which {
            Which::Bank => shown(&bank::tools()),
            Which::Mail => shown(&mail::tools()),
        };
        match era {
            Era::Modern => json!({"tools": tools, "ttlMs": 0, "cacheScope": "private"}),
            Era::Legacy => json!({"tools": tools}),
        }
    }

    fn call(&mut self, mut params: Map<String, Value>) -> Result<Value, RpcError> {
        let Some(Value::String(name)) = params.remove("name") else {
            return Err(error(INVALID_PARAMS, "`params.name` must be a tool's name"));
        };
        let given = params.remove("arguments");
        let done: Option<Done> = match self.which {
            Which::Bank => bank::call(&name, given, &mut self.state, self.hold.as_ref(), &self.today),
            Which::Mail => mail::call(&name, given, &mut self.state, &self.today),
        };
        done.map(result).ok_or_else(|| error(INVALID_PARAMS, format!("there is no tool `{}`", short(&name))))
    }
}

/// A request that carries the envelope of 2026-07-28 is of that era; others are of the eras with a handshake.
fn era(method: &str, params: &Map<String, Value>) -> Result<Era, RpcError> {
    let meta = params.get("_meta").and_then(Value::as_object);
    let version = meta.and_then(|meta| meta.get(META_VERSION));
    if version.is_none() && method != "server/discover" {
        return Ok(Era::Legacy);
    }
    let (Some(Value::String(version)), true) = (version, meta.is_some_and(|meta| meta.contains_key(META_CAPABILITIES)))
    else {
        // MCP 2026-07-28, Overview, Per-request protocol fields
        let message = format!("`params._meta` must carry `{META_VERSION}` and `{META_CAPABILITIES}`");
        return Err(error(INVALID_PARAMS, message));
    };
    if version == MODERN {
        return Ok(Era::Modern);
    }
    // MCP 2026-07-28, Versioning, Protocol Version Negotiation
    let data = json!({"supported": [MODERN], "requested": short(version)});
    Err(RpcError { data: Some(data), ..error(UNSUPPORTED_PROTOCOL_VERSION, "unsupported protocol version") })
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}
