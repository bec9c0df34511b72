//! A call, read by the catalogue: what it is about, and what of it is forwarded.

use super::{Asked, Bound, Desk};
use crate::live::LiveControl;
use crate::step::Failure;
use bailiwick_catalogue::{Binding, Call, Keyed, forwarded_key};
use bailiwick_core::json::Json;
use bailiwick_core::{Action, Code, Digest, Effect, Egress, IdempotencyKey, Impact, Reason, hidden, sha256};

/// Where an idempotency key stands beside arguments.
const META_IDEMPOTENCY: &str = "bailiwick.dev/idempotency-key";

/// A call read by the catalogue.
pub(super) struct Reading {
    pub(super) action: Action,
    pub(super) refused: Option<Reason>,
    pub(super) forward: Json,
    pub(super) idempotency: Option<String>,
}

impl Desk {
    /// Reads a call. Of its idempotency key a keyed hash is forwarded: the same for the same key of the same grant, and
    /// nothing that the caller chose. One that goes beside the arguments is another for each round, or a server would give
    /// its question again; arguments stay as they were when it asked.
    pub(super) fn read(&self, bound: &Bound, control: &LiveControl, asked: &Asked) -> Result<Reading, Failure> {
        let mut call = Call {
            tool: asked.tool.clone(),
            arguments: asked.arguments.clone(),
            beside: asked.beside.clone(),
            idempotency: asked.idempotency.clone(),
            key: None,
        };
        let hiding = self.hiding(bound)?;
        let keyed = |secret: &[u8]| hiding.hash(secret);
        let mut idempotency = None;
        if let Some((key, in_arguments)) = control.catalogue.key_of(&call) {
            let unavailable = |error: crate::VaultError| Failure::Unavailable(error.to_string());
            let secret = self.node.vault().subkey(bound.tenant, "idempotency").map_err(unavailable)?;
            let mut named = [bound.task.bytes().as_slice(), bound.grant.bytes(), key.as_bytes()].concat();
            if let Some(round) = asked.continues.as_ref().filter(|_| !in_arguments) {
                // no key holds a zero byte
                named.push(0);
                named.extend(round.asked.to_be_bytes());
            }
            let hash = bailiwick_record::keyed_hash(&secret, "idempotency", &named);
            call.key = Some(hash);
            if !in_arguments {
                let key = forwarded_key(&hash);
                let mut beside = call.beside.as_object().cloned().unwrap_or_default();
                beside.insert("_meta", Json::object([(META_IDEMPOTENCY, Json::from(key.as_str()))]));
                call.beside = Json::Object(beside);
                idempotency = Some(key);
            }
        }
        let read = match &asked.looked {
            Some(looked) => control.catalogue.read_looked(&call, looked, &keyed),
            None => control.catalogue.read(&call, &keyed),
        };
        let Some(read) = read else {
            // A document may say of a tool that nobody has seen yet where its secrets stand.
            let rule = control.state.tool_rules.get(&asked.tool);
            let takes = rule.is_some_and(|rule| Binding::read(&rule.bind).map_or(true, |bind| bind.takes_secrets()));
            return Ok(unknown(asked, takes.then_some(&keyed as Keyed<'_>)));
        };
        // `read.forward` is the RFC 8785 form of this value, and so are the bytes that an edge writes of it.
        let forward = read.replaced.unwrap_or(call.arguments);
        let action = Action { server: asked.server.unwrap_or(read.action.server), ..read.action };
        Ok(Reading { action, refused: read.refused, forward, idempotency })
    }
}

/// What a call is read under, so that the answer to a question is not given under anything else.
pub(super) fn read_under(action: &Action, epoch: u32) -> Digest {
    let parts: [&[u8]; 4] =
        [b"bailiwick/read under/1\0", action.pin.bytes(), action.server.bytes(), &epoch.to_be_bytes()];
    sha256(&parts.concat())
}

/// A call that the catalogue does not know is refused by core, and recorded as what it asked for; where it takes secrets, as
/// their keyed hash.
fn unknown(asked: &Asked, keyed: Option<Keyed<'_>>) -> Reading {
    let zero = Digest::new([0; 32]);
    let hashed = keyed.map(|keyed| Json::from(hidden(&keyed(asked.arguments.canonical().as_bytes())).as_str()));
    let arguments = hashed.as_ref().unwrap_or(&asked.arguments);
    let kept = if arguments.canonical().len() <= 4 << 10 { arguments.clone() } else { Json::Null };
    let arguments = arguments.canonical();
    let action = Action {
        tool: asked.tool.clone(),
        pin: zero,
        server: zero,
        credential: None,
        effect: Effect::Execute,
        egress: Egress::Open,
        impact: Impact::High,
        arguments: kept,
        sent: sha256(arguments.as_bytes()),
        resource: None,
        destination: None,
        measures: Vec::new(),
        classes: Vec::new(),
        bound: Vec::new(),
        referents: Vec::new(),
        idempotency: asked.idempotency.as_deref().and_then(|key| IdempotencyKey::parse(key).ok()),
        round: 0,
        by_field: Vec::new(),
        clean: false,
    };
    let refused = Reason::new(Code::NotAvailable).asked(&asked.tool);
    Reading { action, refused: Some(refused), forward: Json::Null, idempotency: None }
}
