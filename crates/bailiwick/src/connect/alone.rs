//! What the client is told while its agent has no task: how to get one, and nothing else.

use crate::hint::ours;
use crate::print::foreign;
use bailiwick_authority::client::NotGranted;
use bailiwick_core::AgentId;
use bailiwick_core::json::{Json, Object};

/// Our own tool: what may I do, what do I wait for.
pub(super) const AUTHORITY_TOOL: &str = "bailiwick_authority";
/// The newer era's one version.
pub(super) const MODERN: &str = "2026-07-28";
const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_CLIENT: &str = "io.modelcontextprotocol/clientInfo";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const META_SERVER: &str = "io.modelcontextprotocol/serverInfo";
/// The older era's versions, newest first.
const LEGACY: [&str; 2] = ["2025-11-25", "2025-06-18"];
const METHOD_NOT_FOUND: i64 = -32601;
pub(super) const INTERNAL_ERROR: i64 = -32603;

/// Whether a request is of the newer era.
pub(super) fn is_modern(params: Option<&Json>) -> bool {
    params.and_then(|params| params.get("_meta")).is_some_and(|meta| meta.get(META_VERSION).is_some())
}

/// A request of our own that asks for nothing: the node sees a newer token with it.
pub(super) fn still_here() -> Json {
    let own =
        Json::object([("name", Json::from("bailiwick-connect")), ("version", Json::from(env!("CARGO_PKG_VERSION")))]);
    let none = Json::Object(Object::default());
    let meta = Json::object([(META_CLIENT, own), (META_CAPABILITIES, none), (META_VERSION, Json::from(MODERN))]);
    Json::object([
        ("id", Json::from("bailiwick-connect")),
        ("jsonrpc", Json::from("2.0")),
        ("method", Json::from("server/discover")),
        ("params", Json::object([("_meta", meta)])),
    ])
}

/// Why there is no task, and what a person can do, for the model to say.
pub(super) fn words(why: &NotGranted, agent: &AgentId) -> String {
    let start = format!("`{}`", ours(&format!("task start TEMPLATE --agent {agent}")));
    match why {
        NotGranted::NoTask => format!(
            "No task waits for the agent `{agent}`, so nothing can be done yet. Ask the person to start one with {start}, \
             or another agent to hand work on to this one; the tools appear as soon as there is one."
        ),
        NotGranted::Stopped => format!(
            "All work is stopped, so nothing can be done. Ask the person: `{}` lets it go on, then {start} starts a task.",
            ours("tenant resume")
        ),
        NotGranted::Held(tasks) => {
            let mut text = format!(
                "The tasks of the agent `{agent}` are held by an earlier instance of it, which may still act. They are free \
                 once its token has ended. To give one to this instance now, ask the person to run the command:\n"
            );
            for task in tasks {
                text.push_str(&format!(
                    "- {}: held for up to {} s more; {}\n",
                    foreign(&task.intent),
                    task.seconds,
                    attach(&task.task, task.part.as_deref())
                ));
            }
            text
        }
        NotGranted::Several(tasks) => {
            let mut text = format!("Several tasks wait for the agent `{agent}`. Ask the person which one is meant:\n");
            for task in tasks {
                let attach = attach(&task.task, task.part.as_deref());
                text.push_str(&format!("- {}: {attach}\n", foreign(&task.intent)));
            }
            text
        }
        // An agent that is not there, a key that is not its, and a bad signature are one answer.
        NotGranted::Refused { error, .. } if wrong_key(why) => format!(
            "The node does not take the key of the agent `{agent}` ({}): it is not one that is registered for it, or there \
             is no such agent. Ask the person to register one with `{}`, or to start this with the --key that is.",
            foreign(error),
            ours(&format!("agent key {agent} --out FILE --enroll"))
        ),
        NotGranted::Refused { sentence, .. } if sentence.starts_with("the agent is suspended") => format!(
            "The agent `{agent}` is suspended, so nothing can be done. Ask the person: `{}` lets it go on, then {start} \
             starts a task.",
            ours(&format!("agent resume {agent}"))
        ),
        // what is reviewed is another version: a task more would be refused the same way
        NotGranted::Refused { sentence, .. } if sentence.starts_with("the instance says that it runs") => format!(
            "The agent `{agent}` got no token: {}. Ask the person to start this with the `--agent-version` and `--agent-config` \
             that `{}` names, or to apply the agent's document with those that it runs now.",
            foreign(sentence),
            ours(&format!("agent show {agent}"))
        ),
        NotGranted::Refused { .. } => {
            format!(
                "The agent `{agent}` got no token: {}. A person can look with `{}`, or run {start}.",
                foreign(&why.to_string()),
                ours("status")
            )
        }
        NotGranted::Client(error) => {
            format!("The node cannot be asked: {}. Nothing was done.", foreign(&error.to_string()))
        }
    }
}

/// The command that gives one to the next instance.
fn attach(task: &str, part: Option<&str>) -> String {
    let part = part.map_or_else(String::new, |grant| format!(" --grant {}", foreign(grant)));
    format!("`{}`", ours(&format!("task attach {}{part}", foreign(task))))
}

/// Whether the agent's key is what was refused.
pub(super) fn wrong_key(why: &NotGranted) -> bool {
    matches!(why, NotGranted::Refused { sentence, .. } if sentence == "the assertion is not valid")
}

/// Answers a request without a task.
pub(super) fn answer(method: &str, params: Option<&Json>, why: &NotGranted, agent: &AgentId) -> Result<Json, Json> {
    let modern = is_modern(params);
    let empty = |member: &str| Ok(Json::object([(member, Json::Array(Vec::new()))]));
    let result = match method {
        "initialize" if !modern => Ok(initialize(params, why, agent)),
        "ping" | "logging/setLevel" if !modern => Ok(Json::Object(Object::default())),
        "server/discover" if modern => Ok(discovered(&words(why, agent))),
        "tools/list" => Ok(Json::object([("tools", Json::array([tool()]))])),
        "prompts/list" => empty("prompts"),
        "resources/list" => empty("resources"),
        "resources/templates/list" => empty("resourceTemplates"),
        "tools/call" => Ok(called(params, why, agent)),
        _ if matches!(why, NotGranted::Client(_)) => Err(error(INTERNAL_ERROR, &words(why, agent))),
        _ => Err(error(METHOD_NOT_FOUND, &words(why, agent))),
    };
    if modern { result.map(|result| as_modern(method, result)) } else { result }
}

/// An error member.
pub(super) fn error(code: i64, message: &str) -> Json {
    Json::object([("code", Json::from(code)), ("message", Json::from(message))])
}

/// An error of ours: the request did not come through.
pub(super) fn broken(message: &str) -> Json {
    error(INTERNAL_ERROR, message)
}

/// The answer to `server/discover` before anything else was asked. Clients ask it of a process that they start for this
/// alone and end at once: that one takes no task.
pub(super) fn discover() -> Json {
    let instructions =
        format!("Calls here are decided by Bailiwick. `{AUTHORITY_TOOL}` says what you may do and what you wait for.");
    as_modern("server/discover", discovered(&instructions))
}

fn discovered(instructions: &str) -> Json {
    Json::object([
        ("capabilities", capabilities(true)),
        ("instructions", Json::from(instructions)),
        ("supportedVersions", Json::array([Json::from(MODERN)])),
    ])
}

fn capabilities(modern: bool) -> Json {
    let none = || Json::Object(Object::default());
    let changes = Json::object([("listChanged", Json::from(true))]);
    // What a task may bring, so that the client asks again when it has begun.
    Json::object([
        ("logging", none()),
        ("prompts", none()),
        ("resources", none()),
        ("tools", if modern { none() } else { changes }),
    ])
}

fn initialize(params: Option<&Json>, why: &NotGranted, agent: &AgentId) -> Json {
    let asked = params.and_then(|params| params.get("protocolVersion")).and_then(Json::as_str);
    let version = LEGACY.iter().find(|version| Some(**version) == asked).unwrap_or(&"2025-11-25");
    Json::object([
        ("capabilities", capabilities(false)),
        ("instructions", Json::from(words(why, agent))),
        ("protocolVersion", Json::from(*version)),
        ("serverInfo", ourselves()),
    ])
}

fn ourselves() -> Json {
    Json::object([("name", Json::from("bailiwick")), ("version", Json::from(env!("CARGO_PKG_VERSION")))])
}

fn tool() -> Json {
    let schema = Json::object([("properties", Json::Object(Object::default())), ("type", Json::from("object"))]);
    Json::object([
        ("annotations", Json::object([("readOnlyHint", Json::from(true))])),
        ("description", Json::from("What you may do here and what you wait for. Call it before you ask the person.")),
        ("inputSchema", schema),
        ("name", Json::from(AUTHORITY_TOOL)),
    ])
}

fn called(params: Option<&Json>, why: &NotGranted, agent: &AgentId) -> Json {
    let own = params.and_then(|params| params.get("name")).and_then(Json::as_str) == Some(AUTHORITY_TOOL);
    let text = Json::object([("text", Json::from(words(why, agent))), ("type", Json::from("text"))]);
    // Our own tool has answered; any other was not called.
    Json::object([("content", Json::array([text])), ("isError", Json::from(!own))])
}

fn as_modern(method: &str, result: Json) -> Json {
    let Json::Object(mut result) = result else { return result };
    result.insert("resultType", Json::from("complete"));
    result.insert("_meta", Json::object([(META_SERVER, ourselves())]));
    if method != "tools/call" {
        result.insert("ttlMs", Json::from(0u64));
        result.insert("cacheScope", Json::from("private"));
    }
    Json::Object(result)
}
