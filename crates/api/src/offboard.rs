//! An agent goes: it is suspended, all that it holds is ended and drained, and the log's key signs what ended with it.

use crate::documents::removed_and_named;
use crate::people::text;
use crate::read::body;
use crate::{Api, Problem, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{AgentId, By, ControlCommand, TaskId};
use bailiwick_node::{EndedWith, Failure, LogError, Offboarded, SignedCheckpoint, control_stream, log_key};
use bailiwick_record::{NoteError, sign_statement};
use serde::Deserialize;

/// The kind of the statement that a certificate is signed as.
pub const CERTIFICATE_KIND: &str = "bailiwick.dev/offboarding/1";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OffboardBody {
    /// Take its document away as well.
    #[serde(default)]
    remove: bool,
}

impl Api {
    /// Suspends an agent, ends what it holds, and answers with the certificate.
    pub(crate) async fn offboard(&self, name: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: OffboardBody = body(bytes)?;
        let agent = AgentId::parse(name).map_err(|error| Problem::bad(error.to_string()))?;
        let by = self.by(who)?;
        let control = self.control()?;
        if !control.state.agents.contains_key(&agent) {
            return Err(Problem::not_found("agent"));
        }
        let removed = vec![("agent".to_owned(), agent.to_string())];
        if asked.remove {
            // before anything ends: whoever is refused has lost nothing
            removed_and_named(&control.state, &[], &removed)?;
        }
        self.control_act(ControlCommand::Offboard { by: by.clone(), agent: agent.clone() }).await?;
        let sessions = self.sessions.take_agent(&agent);
        let ended = self.desk.offboard(self.tenant, &agent, &by).await?;
        if ended.left > 0 {
            return Err(Problem::broken(format!(
                "{} grants of `{agent}` still live: nothing is certified",
                ended.left
            )));
        }
        // A list of all heads after the endings: that no event of a task is missing can be proven from it.
        let checkpoint = self.desk.node().checkpoint_with_heads(self.tenant).await?;
        let heads = self.last_heads()?;
        let sessions = sessions.iter().map(|session| {
            let caller = &session.bound.caller;
            Json::object([("instance", text(&caller.instance)), ("task", text(&session.bound.task))])
        });
        let parts = Parts { by: &by, ended: &ended, checkpoint: &checkpoint, heads };
        let certificate = certificate(&control.state, &agent, &parts, Json::array(sessions.collect::<Vec<_>>()));
        let signature = self.signed(&certificate)?;
        let event = match asked.remove {
            false => Json::Null,
            true => self.apply(Vec::new(), removed, false, who).await?.get("event").cloned().unwrap_or(Json::Null),
        };
        let certified = Json::object([("certificate", certificate), ("signature", Json::from(signature))]);
        Ok(Json::object([("certified", certified), ("removed", event)]))
    }

    /// The last list of heads, by its place in the log.
    fn last_heads(&self) -> Result<Option<u64>, Problem> {
        use bailiwick_core::{Data, Event};
        let (store, stream) = (self.desk.node().store(), control_stream(self.tenant));
        let unavailable = |error: &dyn std::fmt::Display| Problem::from(Failure::Unavailable(error.to_string()));
        let seq = store.head(self.tenant, stream).map_err(|error| unavailable(&error))?.map_or(0, |head| head.head);
        let last = store.stream(self.tenant, stream, seq, 1).map_err(|error| unavailable(&error))?;
        let last = last.into_iter().find(|stored| stored.seq == seq);
        let heads = |data: &Data| matches!(data, Data::ControlHeads(_));
        Ok(last
            .filter(|stored| Event::read(&stored.event.clear).is_ok_and(|(event, _)| heads(&event.data)))
            .map(|it| it.leaf))
    }

    /// Signed with the log's key, as a note of its own kind.
    fn signed(&self, certificate: &Json) -> Result<String, Problem> {
        let node = self.desk.node();
        let key = log_key(node.store().as_ref(), node.vault(), self.tenant);
        let key = key.map_err(|error: LogError| Problem::from(Failure::Unavailable(error.to_string())))?;
        let note = sign_statement(&key, CERTIFICATE_KIND, certificate.canonical().as_bytes());
        note.map(|note| note.to_string()).map_err(|error: NoteError| Problem::broken(error.to_string()))
    }
}

/// What a certificate is made of.
struct Parts<'a> {
    by: &'a By,
    ended: &'a Offboarded,
    checkpoint: &'a SignedCheckpoint,
    heads: Option<u64>,
}

fn certificate(control: &bailiwick_core::ControlState, agent: &AgentId, parts: &Parts<'_>, sessions: Json) -> Json {
    let Parts { by, ended, checkpoint, heads } = parts;
    let events = |all: &[(TaskId, u64)]| {
        let each = all.iter().map(|(task, leaf)| Json::object([("event", Json::from(*leaf)), ("task", text(task))]));
        Json::array(each.collect::<Vec<_>>())
    };
    Json::object([
        ("agent", text(agent)),
        ("approvals", events(&ended.approvals)),
        (
            "by",
            Json::object([
                ("assurance", crate::nouns::word(&by.assurance)),
                ("person", Json::from(by.person.as_str())),
            ]),
        ),
        ("checkpoint", Json::from(checkpoint.note.as_str())),
        ("drained_at", Json::from(ended.drained_at.0)),
        ("earlier", Json::from(ended.earlier)),
        ("epoch", Json::from(checkpoint.epoch)),
        ("grants", Json::array(ended.ended.iter().map(grant))),
        ("heads", heads.map_or(Json::Null, Json::from)),
        ("kind", Json::from(CERTIFICATE_KIND)),
        ("left", Json::from(ended.left)),
        ("origin", Json::from(control.origin.as_str())),
        ("sessions", sessions),
        (
            "suspended",
            Json::object([("at", Json::from(ended.suspended.1.0)), ("event", Json::from(ended.suspended.0))]),
        ),
        ("tasks", Json::from(ended.tasks)),
        ("tenant", Json::from(control.name.as_str())),
        ("unsettled", events(&ended.unsettled)),
    ])
}

fn grant(ended: &EndedWith) -> Json {
    Json::object([
        ("at", Json::from(ended.at.0)),
        ("event", ended.event.map_or(Json::Null, Json::from)),
        ("grant", text(&ended.grant)),
        ("holder", text(&ended.holder)),
        ("instance", ended.instance.as_ref().map_or(Json::Null, |instance| text(instance))),
        ("key", ended.key.as_ref().map_or(Json::Null, |key| text(key))),
        ("task", text(&ended.task)),
        ("why", Json::from(ended.why.as_str())),
    ])
}
