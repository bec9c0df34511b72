//! What an access token says, and the one JSON form of it.

use super::{TOKEN_LIFE, TokenRefusal};
use crate::jose::{Jws, Obj, some};
use bailiwick_core::{AgentId, GrantId, KeyThumbprint, Micros, Salt, TaskId};
use serde::{Deserialize, Serialize};

/// How many resources one token may be for.
pub const AUDIENCES_MAX: usize = 32;
/// How many agents may stand in `act`, the holder included.
pub const LINEAGE_DEPTH_MAX: usize = 16;

const SUBJECT_BYTES_MAX: usize = 128;
const TASK_TYPE: &str = "bailiwick_task";

/// The `authorization_details` element (RFC 9396 §2) of type `bailiwick_task`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskClaim {
    /// The task, which is its stream.
    pub task: TaskId,
    /// The grant in it.
    pub grant: GrantId,
    /// The tenant's epoch when it was minted. The node refuses those of an older one.
    pub epoch: u32,
}

/// All that a token says. No limits, no labels, no names of people: the stream is the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The tenant's issuer URL.
    pub issuer: String,
    /// The resources, each as our metadata names it.
    pub audience: Vec<String>,
    /// Opaque name of the task's subject or requester, one per person and tenant.
    pub subject: String,
    /// The agent that holds the grant.
    pub agent: AgentId,
    /// Who delegated to it, the last delegator first; empty for a root grant.
    pub delegators: Vec<AgentId>,
    /// The key whose holder alone can use it.
    pub jkt: KeyThumbprint,
    /// A fresh random id.
    pub jti: Salt,
    /// When it was minted; whole seconds are kept.
    pub issued: Micros,
    /// The task and the grant.
    pub task: TaskClaim,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    iss: String,
    aud: Vec<String>,
    sub: String,
    client_id: AgentId,
    act: Obj<Act>,
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    cnf: Option<Obj<Cnf>>,
    jti: Salt,
    iat: u64,
    exp: u64,
    authorization_details: Vec<Obj<Detail>>,
}

/// RFC 8693 §4.1: the newest actor is outermost.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    sub: AgentId,
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    act: Option<Box<Obj<Act>>>,
}

/// RFC 9449 §6.1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cnf {
    jkt: KeyThumbprint,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Detail {
    #[serde(rename = "type")]
    kind: String,
    task: TaskId,
    grant: GrantId,
    epoch: u32,
}

const fn malformed<T>(what: &'static str) -> Result<T, TokenRefusal> {
    Err(TokenRefusal::Malformed { what })
}

impl Claims {
    /// The bounds that hold for minting and for reading alike.
    fn bounded(&self) -> Result<(), TokenRefusal> {
        if self.issuer.is_empty() {
            return malformed("no issuer");
        }
        if self.audience.is_empty() || self.audience.len() > AUDIENCES_MAX {
            return malformed("no audience or too many");
        }
        if self.subject.is_empty()
            || self.subject.len() > SUBJECT_BYTES_MAX
            || !self.subject.bytes().all(|b| b.is_ascii_graphic())
        {
            return malformed("the subject is no opaque name");
        }
        if self.delegators.len() >= LINEAGE_DEPTH_MAX {
            return malformed("too many actors");
        }
        Ok(())
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>, TokenRefusal> {
        self.bounded()?;
        let oldest_first = self.delegators.iter().rev().fold(None, |inner: Option<Box<Obj<Act>>>, agent| {
            Some(Box::new(Obj(Act { sub: agent.clone(), act: inner })))
        });
        let iat = self.issued.0 / 1_000_000;
        let wire = Wire {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: self.subject.clone(),
            client_id: self.agent.clone(),
            act: Obj(Act { sub: self.agent.clone(), act: oldest_first }),
            cnf: Some(Obj(Cnf { jkt: self.jkt.clone() })),
            jti: self.jti,
            iat,
            exp: iat.saturating_add(TOKEN_LIFE.0 / 1_000_000),
            authorization_details: vec![Obj(Detail {
                kind: TASK_TYPE.to_owned(),
                task: self.task.task,
                grant: self.task.grant,
                epoch: self.task.epoch,
            })],
        };
        serde_json::to_vec(&wire).or_else(|_| malformed("not written as JSON"))
    }

    /// Reads a verified payload, and when the token ends.
    pub(super) fn read(jws: &Jws<'_>) -> Result<(Self, Micros), TokenRefusal> {
        let wire: Wire = jws.claims()?;
        let Some(Obj(Cnf { jkt })) = wire.cnf else { return Err(TokenRefusal::NotBound) };
        if wire.act.0.sub != wire.client_id {
            return malformed("the newest actor is not the client");
        }
        let mut delegators = Vec::new();
        let mut rest = wire.act.0.act;
        while let Some(boxed) = rest {
            let Obj(act) = *boxed;
            delegators.push(act.sub);
            rest = act.act;
        }
        let [Obj(detail)] = wire.authorization_details.as_slice() else { return malformed("not one task") };
        if detail.kind != TASK_TYPE {
            return malformed("the detail is of another type");
        }
        let Some(seconds) = wire.exp.checked_sub(wire.iat) else { return malformed("it ends before it begins") };
        if seconds > TOKEN_LIFE.0 / 1_000_000 {
            return Err(TokenRefusal::LivesTooLong { seconds });
        }
        let micros = |seconds: u64| seconds.checked_mul(1_000_000).map(Micros);
        let (Some(issued), Some(expires)) = (micros(wire.iat), micros(wire.exp)) else {
            return malformed("a time beyond all clocks");
        };
        let claims = Self {
            issuer: wire.iss,
            audience: wire.aud,
            subject: wire.sub,
            agent: wire.client_id,
            delegators,
            jkt,
            jti: wire.jti,
            issued,
            task: TaskClaim { task: detail.task, grant: detail.grant, epoch: detail.epoch },
        };
        claims.bounded()?;
        Ok((claims, expires))
    }
}
