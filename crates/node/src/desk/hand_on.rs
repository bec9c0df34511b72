//! Work that is handed on: asked at any door, decided as an act, answered with the grant that it made.

use super::{Asked, Attempted, Bound, Desk, Waits};
use crate::step::Failure;
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{
    AgentId, Attempt, Caller, Code, ControlState, Digest, Effect, Facts, GrantId, IdempotencyKey, KeyThumbprint,
    Micros, Reason, Row, Span, TaskState, ToolId, Verdict, delegate_action,
};

/// A grant that was handed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// The grant.
    pub grant: GrantId,
    /// Who holds it.
    pub delegate: AgentId,
    /// The act that handed it on, by the seq of its `action.begun`.
    pub act: u64,
    /// Not usable from here on.
    pub expires: Option<Micros>,
    /// What it allows, in words.
    pub rows: Vec<String>,
    /// What keeps the delegate from taking or using it.
    pub notes: Vec<String>,
    /// The key that it answers to already, where the same request was answered before.
    pub key: Option<KeyThumbprint>,
    /// Whether the same request was answered before.
    pub again: bool,
    /// Whether it, and everything above it, lives.
    pub live: bool,
}

/// What a request to hand work on came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedOn {
    /// It is durable.
    Granted(Handed),
    /// No.
    Refused {
        /// Why; the first one ended it, and where more was asked than is held there is one for each axis.
        reasons: Vec<Reason>,
        /// The leaf of the event; `None` when it was only counted.
        event: Option<u64>,
        /// People are asked: the same request is granted once they have said yes.
        waits: Option<Waits>,
    },
}

impl Desk {
    /// Hands work on, as a request of the holder says.
    ///
    /// # Errors
    /// [`Failure`] when nobody decided: then nothing was handed on, as far as is known.
    pub async fn hand_on(
        &self,
        bound: &Bound,
        request: Json,
        idempotency: Option<&str>,
        proof: Option<Digest>,
    ) -> Result<HandedOn, Failure> {
        let control = self.node.control_now(bound.tenant)?;
        let refused = |reason| Ok(HandedOn::Refused { reasons: vec![reason], event: None, waits: None });
        let Ok(key) = idempotency.map(IdempotencyKey::parse).transpose() else {
            return refused(Reason::new(Code::ArgumentMalformed).most("an idempotency key of 1 to 256 bytes"));
        };
        let Some(action) = delegate_action(request, key, &control.state) else {
            return refused(Reason::new(Code::NotPossible));
        };
        let attempt = Attempt {
            grant: bound.grant,
            epoch: bound.epoch,
            action,
            refused: None,
            continues: None,
            settle_within: Span(0),
            signature: None,
        };
        let caller = Some(Caller { proof, ..bound.caller.clone() });
        let facts = Facts { caller, mode: bound.mode, ..self.node.facts(1)? };
        let decision = self.attempted(bound, &control.state, attempt, facts).await?;
        let (decided, event) = (decision.decided, decision.leaf);
        let (act, again) = match (decided.verdict, decided.grant) {
            (Verdict::Done, Some(grant)) => (Found::Grant(grant), false),
            (Verdict::Again { act }, _) => (Found::Act(act), true),
            (Verdict::StepUp { approval }, _) => {
                let (reasons, waits) = self.waits(bound, approval, decided.reasons).await?;
                return Ok(HandedOn::Refused { reasons, event, waits });
            }
            _ => return Ok(HandedOn::Refused { reasons: decided.reasons, event, waits: None }),
        };
        let look = move |task: &TaskState, control: &crate::LiveControl| handed(task, &control.state, act, again);
        // What was found ended in this moment is answered as it was made: a call under it says that it has ended.
        let found = self.node.look(bound.tenant, bound.task, look).await?;
        found.map_or_else(|| refused(Reason::new(Code::NotPossible)), |handed| Ok(HandedOn::Granted(handed)))
    }

    /// A call of our own tool that hands work on: done when it is decided, so nothing is forwarded.
    pub(super) async fn hand_on_call(&self, bound: &Bound, asked: Asked) -> Result<Attempted, Failure> {
        let task = bound.task;
        let (request, key) = match keyed(asked.arguments, asked.idempotency) {
            Ok(keyed) => keyed,
            Err(reason) => return Ok(Attempted::Refused { reasons: vec![reason], event: None, waits: None }),
        };
        Ok(match self.hand_on(bound, request, key.as_deref(), asked.proof).await? {
            HandedOn::Refused { reasons, event, waits } => Attempted::Refused { reasons, event, waits },
            HandedOn::Granted(handed) => {
                Attempted::Again { act: handed.act, doubtful: None, outcome: "done", result: Some(handed.result(task)) }
            }
        })
    }
}

/// The argument that names a request, for clients that can say nothing beside arguments.
const IDEMPOTENCY_ARGUMENT: &str = "idempotency_key";

/// A request without the argument that names it, and its name: said in one place, or in both alike.
fn keyed(request: Json, beside: Option<String>) -> Result<(Json, Option<String>), Reason> {
    let malformed = |expected: &str| {
        let at = Pointer::root().join(IDEMPOTENCY_ARGUMENT);
        Err(Reason::new(Code::ArgumentMalformed).at(&at).asked(expected))
    };
    let Json::Object(mut members) = request else { return Ok((request, beside)) };
    match members.remove(IDEMPOTENCY_ARGUMENT) {
        None => Ok((Json::Object(members), beside)),
        Some(Json::String(key)) if beside.as_deref().is_none_or(|beside| *beside == *key) => {
            Ok((Json::Object(members), Some(key.to_string())))
        }
        Some(Json::String(_)) => malformed("expected the key that stands beside the arguments, or none"),
        Some(_) => malformed("expected a string"),
    }
}

/// What keeps a delegate from taking or using what it was handed: it was granted all the same.
fn notes(control: &ControlState, delegate: &AgentId, rows: &[Row]) -> Vec<String> {
    let Some(entry) = control.agents.get(delegate) else { return Vec::new() };
    let mut out = Vec::new();
    if entry.document.keys.is_empty() {
        out.push(format!("{delegate} is registered with no key: over HTTP it cannot take this part until it has one"));
    }
    let role = control.roles.get(&entry.document.role);
    let named = |row: &Row| {
        let tools = control.tools.keys().filter(|tool| row.tools.iter().any(|pattern| pattern.matches(tool)));
        tools.filter_map(|tool| Some((tool.clone(), control.nature(tool)?.effect))).collect::<Vec<_>>()
    };
    let all: Vec<_> =
        rows.iter().flat_map(|row| named(row).into_iter().filter(|(_, effect)| row.effects.contains(effect))).collect();
    let allows = |(tool, effect): &(ToolId, Effect)| role.is_some_and(|role| role.allows(tool, *effect));
    if !all.is_empty() && !all.iter().any(allows) {
        out.push(format!("the role of {delegate} allows nothing of it: every call of it will be refused"));
    }
    out
}

/// How the grant is found.
#[derive(Clone, Copy)]
enum Found {
    Grant(GrantId),
    Act(u64),
}

fn handed(task: &TaskState, control: &ControlState, found: Found, again: bool) -> Option<Handed> {
    let state = match found {
        Found::Grant(grant) => task.grants.get(&grant)?,
        Found::Act(act) => task.grants.values().find(|grant| grant.act == Some(act))?,
    };
    let envelope = state.envelope.as_ref();
    Some(Handed {
        grant: state.id,
        delegate: state.holder.clone(),
        act: state.act?,
        expires: envelope.map(|envelope| envelope.window.expires),
        rows: envelope.map(bailiwick_core::Envelope::all_sentences).unwrap_or_default(),
        notes: notes(control, &state.holder, envelope.map(|envelope| envelope.rows.as_slice()).unwrap_or_default()),
        key: state.key.as_ref().map(|bound| bound.key.clone()),
        again,
        live: task.standing.live() && task.lineage(state.id).is_some_and(|line| line.iter().all(|g| g.standing.live())),
    })
}

impl Handed {
    /// As the result of a tool call (MCP 2025-11-25, `CallToolResult`).
    fn result(&self, task: bailiwick_core::TaskId) -> Json {
        let text = |value: &dyn std::fmt::Display| Json::from(value.to_string().as_str());
        let rows = || self.rows.iter().map(|row| Json::from(row.as_str()));
        let structured = Json::object([
            ("delegate", text(&self.delegate)),
            ("expires", self.expires.map_or(Json::Null, |at| Json::from(at.0 / 1_000_000))),
            ("grant", text(&self.grant)),
            ("notes", Json::array(self.notes.iter().map(|note| Json::from(note.as_str())))),
            ("rows", Json::array(rows())),
            ("task", text(&task)),
        ]);
        let mut said = format!("{} now holds a part of this task ({task}):\n", self.delegate);
        self.rows.iter().for_each(|row| said.push_str(&format!("- {row}\n")));
        self.notes.iter().for_each(|note| said.push_str(&format!("Note: {note}.\n")));
        said.push_str(
            "It takes it by its own identity, as with `bailiwick connect --agent`. Your token is not its token.",
        );
        Json::object([
            (
                "content",
                Json::array([Json::object([("text", Json::from(said.as_str())), ("type", Json::from("text"))])]),
            ),
            ("isError", Json::from(false)),
            ("structuredContent", structured),
        ])
    }
}

#[cfg(test)]
mod tests;
