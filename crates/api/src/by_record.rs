//! `/v1/tasks/{task}/settle-by-record`: an act in doubt is settled by what its own server has on record of it, at the word of
//! a person. It is read through the act's own grant, for as long as that lives; under one that has ended people settle.

use crate::people::text;
use crate::read::body;
use crate::{Api, Place, Problem, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{
    ActStanding, ActionBegun, Assurance, By, Caller, Code, Digest, GrantState, Mode, Reason, Road, TaskId, TaskState,
    ToolId, record_tool,
};
use bailiwick_node::{Bound, LiveControl};
use serde::Deserialize;
use std::pin::Pin;

/// What of an act's record is to be read.
#[derive(Debug, Clone)]
pub struct AskRecord {
    /// The grant that it is read through, in the place of its holder.
    pub bound: Bound,
    /// At whose word.
    pub by: By,
    /// The act that is in doubt: its seq and its leaf.
    pub act: (u64, u64),
    /// Its tool.
    pub tool: ToolId,
    /// Its arguments.
    pub arguments: Json,
    /// The digest of what was sent of them.
    pub sent: Digest,
    /// What its caller called it, beside the arguments.
    pub idempotency: Option<String>,
}

/// Whether what was read says that it was done, where it says anything.
pub type RecordAnswer<'a> = Pin<Box<dyn Future<Output = Result<Option<bool>, String>> + Send + 'a>>;

/// Whoever holds the sessions with servers.
pub trait Records: std::fmt::Debug + Send + Sync {
    /// Reads what the server has on record, and settles the act by it. `Err`: why it could not be read.
    fn ask(&self, asked: AskRecord) -> RecordAnswer<'_>;
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordBody {
    /// The event that it began with.
    event: u64,
}

/// An act in doubt, and the instance that its grant is bound to.
struct Doubtful {
    seq: u64,
    tool: ToolId,
    bound: Bound,
}

fn no(why: &str) -> Reason {
    Reason::new(Code::NotPossible).asked(why)
}

impl Api {
    /// Says who holds the sessions with servers, once the node has any.
    pub fn has_records(&self, records: std::sync::Arc<dyn Records>) {
        // One node has one pool of sessions: a second is not asked.
        let _first = self.records.set(records);
    }

    /// Has the record of an act's own server asked, and the act settled by it.
    pub(crate) async fn settle_by_record(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let RecordBody { event } = body(bytes)?;
        let by = self.by(who)?;
        let (now, tenant) = (self.desk.node().now(), self.tenant);
        let look = move |state: &TaskState, control: &LiveControl| {
            let act = state.acts.values().find(|act| act.leaf == event);
            let act = act.ok_or_else(|| {
                no("no act of that number is in doubt: it never began in this task, or it was settled")
            })?;
            match act.standing {
                ActStanding::Ended { .. } => return Err(no("the act was settled already")),
                ActStanding::Asked => return Err(no("its server asked something: the round that answers tells")),
                _ if !act.in_doubt(now) => return Err(no("the act is still under way: its outcome may yet come")),
                ActStanding::Open | ActStanding::Doubtful => {}
            }
            let reads = control.state.tool_rules.get(&act.tool).and_then(|document| record_tool(document));
            let reads = reads.ok_or_else(|| {
                no("the binding of its tool names no `outcome`: say what you found out, with evidence")
            })?;
            let caller = holder(state, act.grant, &reads)?;
            let (epoch, mode) = (control.state.epoch, Mode::Cooperative);
            let bound = Bound { tenant, task, grant: act.grant, epoch, caller, mode };
            Ok(Doubtful { seq: act.seq, tool: act.tool.clone(), bound })
        };
        let Doubtful { seq, tool, bound } = match self.desk.node().look(tenant, task, look).await? {
            Ok(found) => found,
            Err(reason) => return Err(self.refused_in(task, &reason).await),
        };
        let bound = Bound { mode: self.mode_from(Place::Unseen, Some(tool.server())), ..bound };
        let Some(records) = self.records.get() else {
            let why = "this node holds no session with servers: a wrapper reads with its own agent, and a person says the rest";
            return Err(self.refused_in(task, &no(why)).await);
        };
        let private = self.begun(task, seq)?.and_then(|(_, ActionBegun { private, .. })| private);
        let erased = no("what the call said is erased, so nothing can be asked about it");
        let Some(private) = private else { return Err(self.refused_in(task, &erased).await) };
        let idempotency = private.idempotency.map(|key| key.to_string());
        let (arguments, sent) = (private.arguments, private.sent);
        let asked = AskRecord { bound, by, act: (seq, event), tool, arguments, sent, idempotency };
        let (done, why) = match records.ask(asked).await {
            Ok(Some(done)) => (Some(done), None),
            Ok(None) => (None, Some("the record says neither that it was done nor that it was not".to_owned())),
            Err(why) => (None, Some(why)),
        };
        Ok(Json::object([
            ("done", done.map_or(Json::Null, Json::from)),
            ("settled", Json::from(done.is_some())),
            ("task", self.task(task).await?),
            ("why", why.map_or(Json::Null, |why| text(&why))),
        ]))
    }
}

/// The instance that a grant is bound to, where the grant lives and names the tool that reads.
fn holder(task: &TaskState, grant: bailiwick_core::GrantId, reads: &ToolId) -> Result<Caller, Reason> {
    let lineage = task.lineage(grant).unwrap_or_default();
    let live = task.standing.live() && lineage.iter().all(|of| of.standing.live());
    let own: &GrantState = lineage.last().copied().filter(|_| live).ok_or_else(|| {
        no("the grant that it was done under has ended, so nothing is read through it: say what you found out, with evidence")
    })?;
    if !own.envelope.as_ref().is_some_and(|envelope| envelope.names(reads)) {
        let why = format!("the grant that it was done under does not name `{reads}`, which reads the record");
        return Err(no(&why));
    }
    let key = own.key.as_ref().ok_or_else(|| no("no instance holds the grant that it was done under"))?;
    Ok(Caller {
        agent: own.holder.clone(),
        assurance: Assurance::KeyOnly,
        attestation: key.attestation,
        instance: key.instance.clone(),
        key: key.key.clone(),
        proof: None,
        road: Road::Http,
    })
}
