//! Tools of our own, as a client is shown them: what an agent asks of Bailiwick itself.

use bailiwick_core::WISH_TOOLS_MAX;
use bailiwick_core::json::{Json, Object};

/// What may I do, what do I wait for.
pub(crate) const AUTHORITY_TOOL: &str = "bailiwick_authority";
/// Says that the work is complete.
pub(crate) const COMPLETE_TOOL: &str = "bailiwick_complete";
/// Hands a part of the work to another agent.
pub(crate) const DELEGATE_TOOL: &str = "bailiwick_delegate";
/// Asks the person for more.
pub(crate) const REQUEST_TOOL: &str = "bailiwick_request";

/// Whether no server's tool may be shown under this name.
pub(super) fn is_own_tool(name: &str) -> bool {
    matches!(name, AUTHORITY_TOOL | COMPLETE_TOOL | DELEGATE_TOOL | REQUEST_TOOL)
}

pub(super) fn authority_tool() -> Json {
    let said =
        "What you may do in this task, what is left of its limits, what you wait for, and what to ask the person for.";
    tool(AUTHORITY_TOOL, "What may I do?", said, closed(Object::default(), &[]), Does::Reads)
}

/// `hands_on`: its caller may hand parts on, and so name one of them.
pub(super) fn complete_tool(hands_on: bool) -> Json {
    let mut said =
        "Says that the work is complete, once nothing of it is left to do: what you hold ends for good, with all that \
                    you handed on, and what still waits for a person ends with it. No call is allowed after that."
            .to_owned();
    let mut all = Object::default();
    if hands_on {
        said.push_str(" With `grant` only that part ends, of those that you handed on.");
        let meant =
            "a part that you handed on, as `bailiwick_delegate` answered; all that you hold, where none is named";
        let grant = Json::object([("description", Json::from(meant)), ("type", Json::from("string"))]);
        all.insert("grant", grant);
    }
    tool(COMPLETE_TOOL, "The work is complete", &said, closed(all, &[]), Does::Ends)
}

pub(super) fn request_tool() -> Json {
    let said = "Asks the person whose task this is for more than you have: say what you need to do and why. It gives nothing \
                by itself; go on with what you can do, and look at `bailiwick_authority` for the answer. Few requests are \
                taken in a task.";
    let text = |said: &str| Json::object([("description", Json::from(said)), ("type", Json::from("string"))]);
    let tools = Json::object([
        ("description", Json::from("the tools that it needs, where you know them")),
        ("items", text("as `mail/send`")),
        ("maxItems", Json::from(u64::try_from(WISH_TOOLS_MAX).unwrap_or(u64::MAX))),
        ("type", Json::from("array")),
    ]);
    let wanted = text("what you need to do and why, in one line, as the person will read it");
    let all = members([("tools", tools), ("wanted", wanted)]);
    tool(REQUEST_TOOL, "Ask for more", said, closed(all, &["wanted"]), Does::Asks)
}

pub(super) fn delegate_tool() -> Json {
    let said = "Hands a part of your work to another agent, which then does it under its own identity. Name what it may \
                do: rows like those that `bailiwick_authority` shows, and never more than you have. It is refused axis by \
                axis, with the most that you could hand on. What you hand on ends when yours ends.";
    let text = |said: &str| Json::object([("description", Json::from(said)), ("type", Json::from("string"))]);
    let texts = Json::object([("items", text("a name")), ("type", Json::from("array"))]);
    let open = |said: &str| Json::object([("description", Json::from(said)), ("type", Json::from("object"))]);
    let count = Json::object([("minimum", Json::from(0_u64)), ("type", Json::from("integer"))]);
    let row = closed(
        members([
            ("effect", text("one effect, as `transfer`; read where nothing is said")),
            ("effects", texts.clone()),
            ("from", open("where values may come from, as {\"/to/*\": [\"intent\", \"own\"]}")),
            ("meters", open("limits by unit, as {\"EUR\": {\"total\": \"100.00\"}}")),
            ("tools", Json::object([("items", text("as `mail/search` or `mail/*`")), ("type", Json::from("array"))])),
            ("uses", count.clone()),
            ("when", open("conditions by JSON Pointer, as {\"/folder\": {\"equals\": \"inbox\"}}")),
        ]),
        &["tools"],
    );
    let classes = Json::object([
        ("description", Json::from("classes of data that it may read; none that are not named")),
        ("items", text("as `internal`")),
        ("type", Json::from("array")),
    ]);
    let further = closed(members([("agents", texts.clone()), ("depth", count), ("zones", texts)]), &[]);
    let all = members([
        ("delegate", text("the agent's name")),
        ("delegation", further),
        ("grant", Json::object([("items", row), ("type", Json::from("array"))])),
        ("idempotency_key", text("a name for this request: asked again under it, it is answered with the same grant")),
        ("purpose", text("why, in your own words: one line")),
        ("read", classes),
        ("window", text("for how long, as `10m`; as long as you have, where nothing is said")),
    ]);
    tool(DELEGATE_TOOL, "Hand work on", said, closed(all, &["delegate", "grant", "purpose"]), Does::Asks)
}

fn members<const N: usize>(members: [(&'static str, Json); N]) -> Object {
    let mut out = Object::default();
    for (name, value) in members {
        out.insert(name, value);
    }
    out
}

/// A schema of an object with these members and no other.
fn closed(properties: Object, required: &[&str]) -> Json {
    let mut schema = members([
        ("additionalProperties", Json::from(false)),
        ("properties", Json::Object(properties)),
        ("type", Json::from("object")),
    ]);
    if !required.is_empty() {
        schema.insert("required", Json::array(required.iter().map(|name| Json::from(*name))));
    }
    Json::Object(schema)
}

/// What a tool of ours does to what its caller holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Reads,
    Asks,
    /// For good; said twice it is said once.
    Ends,
}

fn tool(name: &str, title: &str, said: &str, schema: Json, does: Does) -> Json {
    let hints = Json::object([
        ("destructiveHint", Json::from(does == Does::Ends)),
        ("idempotentHint", Json::from(does != Does::Asks)),
        ("openWorldHint", Json::from(false)),
        ("readOnlyHint", Json::from(does == Does::Reads)),
    ]);
    Json::object([
        ("annotations", hints),
        ("description", Json::from(said)),
        ("inputSchema", schema),
        ("name", Json::from(name)),
        ("title", Json::from(title)),
    ])
}
