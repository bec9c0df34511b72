//! Tools of our own: what an agent asks of Bailiwick itself, decided and recorded like any other act.

use crate::control::{ControlState, ServerEntry, ToolNature};
use crate::document::{Server, Transport};
use crate::json::Json;
use crate::{
    Action, AgentId, Destination, Digest, Effect, Egress, IdempotencyKey, Reading, Reversibility, ServerName, ToolId,
    Zone, sha256,
};
use std::sync::LazyLock;

/// The name of our own server. No document may take it.
pub const OWN_SERVER: &str = "bailiwick";
/// The tool that hands work to another agent.
pub const DELEGATE: &str = "bailiwick/delegate";
/// The tool that asks the person for more.
pub const REQUEST: &str = "bailiwick/request";
/// The tool by which an agent says that its work is complete.
pub const COMPLETE: &str = "bailiwick/complete";
/// What a kind of destination is called that is an agent.
const AGENT_KIND: &str = "agent";

/// What never changes of them.
struct Own {
    delegate: ToolId,
    entry: ServerEntry,
    /// Stands for the reviewed words and schema: they are this program's.
    pin: Digest,
    identity: Digest,
}

static OWN: LazyLock<Option<Own>> = LazyLock::new(|| {
    let name = ServerName::parse(OWN_SERVER).ok()?;
    let identity = sha256(b"bailiwick/own/1");
    let document = Server {
        name,
        transport: Transport::Wrapped { command: vec![OWN_SERVER.to_owned()] },
        zone: Zone::own(),
        classes: Vec::new(),
        stateless: true,
        int64_exact: false,
        words_may_change: false,
    };
    Some(Own {
        delegate: ToolId::parse(DELEGATE).ok()?,
        entry: ServerEntry { document, identity: Some(identity), same: true },
        pin: sha256(b"bailiwick/own/delegate/1"),
        identity,
    })
});

/// Whether a name is that of our own server.
pub fn is_own(server: &ServerName) -> bool {
    server.as_str() == OWN_SERVER
}

/// The tool that hands work on, if this is it.
pub(crate) fn hands_on(tool: &ToolId) -> bool {
    OWN.as_ref().is_some_and(|own| own.delegate == *tool)
}

/// What our own tool is: handing on can be taken back at any moment, by ending what was handed on.
pub(crate) fn nature(tool: &ToolId) -> Option<ToolNature> {
    let (effect, reversibility) = (Effect::Delegate, Reversibility::Reversible);
    let impact = effect.impact(reversibility);
    hands_on(tool).then_some(ToolNature { effect, egress: Egress::None, reversibility, impact })
}

impl ControlState {
    /// A server of the tenant's, or our own.
    pub fn server(&self, name: &ServerName) -> Option<&ServerEntry> {
        if is_own(name) { OWN.as_ref().map(|own| &own.entry) } else { self.servers.get(name) }
    }
}

/// The act of handing work on, as `request` asks for it. To whom it goes is its destination.
pub fn delegate_action(request: Json, idempotency: Option<IdempotencyKey>, control: &ControlState) -> Option<Action> {
    let own = OWN.as_ref()?;
    let nature = nature(&own.delegate)?;
    let whom = request.get("delegate").and_then(Json::as_str).and_then(|name| AgentId::parse(name).ok());
    let to = |agent: AgentId| Destination {
        kind: AGENT_KIND.to_owned(),
        zone: control.agents.get(&agent).map(|entry| entry.document.zone.clone()),
        normal: agent.to_string(),
    };
    Some(Action {
        tool: own.delegate.clone(),
        pin: own.pin,
        server: own.identity,
        credential: None,
        effect: nature.effect,
        egress: nature.egress,
        impact: nature.impact,
        sent: sha256(request.canonical().as_bytes()),
        arguments: request,
        resource: None,
        destination: Some(whom.map_or(Reading::Unknown, |agent| Reading::Known(to(agent)))),
        measures: Vec::new(),
        classes: Vec::new(),
        bound: Vec::new(),
        referents: Vec::new(),
        idempotency,
        round: 0,
        by_field: Vec::new(),
        clean: false,
    })
}
