//! A server's own record of an act, read at a person's word: through the grant of the act, in the place of its holder.

use crate::local::{nobody, offered};
use crate::pool::{Pool, named};
use bailiwick_api::{Api, AskRecord, RecordAnswer, Records};
use bailiwick_core::json::Json;
use bailiwick_core::{Micros, Reason, ServerName, Span, ToolId};
use bailiwick_gateway::{
    Attempted, Authority, Call, Decider, Deciding, Forward, Given, Known, Mark, Offer, OnRecord, Received, Refused,
    Shown, Undecided, by_record,
};
use bailiwick_node::{Asked, Attempted as Decided, Failure, Given as Settled, Received as Came};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The sessions of this node, for whoever wants a record read.
pub(crate) struct OfPool {
    api: Arc<Api>,
    pool: Arc<Pool>,
}

impl OfPool {
    pub(crate) fn new(api: Arc<Api>, pool: Arc<Pool>) -> Self {
        Self { api, pool }
    }

    async fn read(&self, asked: AskRecord) -> Result<Option<bool>, String> {
        let node = self.api.desk().node();
        let grant = asked.bound.grant;
        let documents =
            node.look(asked.bound.tenant, asked.bound.task, move |task, control| named(grant, task, control));
        let documents = documents.await.map_err(|failure| failure.to_string())?;
        let upstreams =
            self.pool.of((&asked.bound.caller.agent, grant), documents).await.map_err(|failure| failure.to_string())?;
        let (server, act) = (asked.tool.server().clone(), asked.act);
        let call = Call {
            server: server.clone(),
            tool: asked.tool.tool().to_owned(),
            arguments: asked.arguments.clone(),
            input: Json::Null,
            idempotency: asked.idempotency.clone(),
            continues: None,
            looked: None,
            declined: false,
            settle_within_seconds: 0,
        };
        let decider = InPlace { api: Arc::clone(&self.api), asked, open: Mutex::default(), refused: Mutex::default() };
        let said = by_record(&decider, &upstreams, &call, act).await;
        let refused = decider.refused.into_inner().unwrap_or_else(PoisonError::into_inner);
        let trouble = upstreams.troubles().into_iter().find(|(name, _)| *name == server);
        match (said, refused, trouble) {
            (None, Some(reason), _) => Err(format!("the read was refused: {reason}")),
            (None, None, Some((_, why))) => Err(format!("the server `{server}` cannot be used: {why}")),
            (said, ..) => Ok(said),
        }
    }
}

impl fmt::Debug for OfPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfPool").finish_non_exhaustive()
    }
}

impl Records for OfPool {
    fn ask(&self, asked: AskRecord) -> RecordAnswer<'_> {
        Box::pin(self.read(asked))
    }
}

/// Decides one read of a record, and what it brings. Nothing else is asked of it.
struct InPlace {
    api: Arc<Api>,
    asked: AskRecord,
    /// Which tool an open act is of: settling names it.
    open: Mutex<BTreeMap<u64, ToolId>>,
    /// Why the read was refused.
    refused: Mutex<Option<Reason>>,
}

fn undecided(failure: &Failure) -> Undecided {
    Undecided::Unavailable(failure.to_string())
}

impl InPlace {
    /// A read waits for nobody: what people would be asked about, or what points to more, is refused.
    fn refuse(&self, reasons: Vec<Reason>) -> Attempted {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = reasons.first().cloned();
        Attempted::Refused(Refused { reasons, event: None, known: Known::default(), waits: None })
    }
}

impl Decider for InPlace {
    fn attempt<'a>(&'a self, call: Call) -> Deciding<'a, Attempted> {
        Box::pin(async move {
            let Ok(tool) = ToolId::new(call.server, &call.tool) else { return Ok(self.refuse(Vec::new())) };
            let settle_within = Span::seconds(call.settle_within_seconds);
            let asked = Asked { settle_within, ..Asked::again(tool.clone(), call.arguments, call.input) };
            let desk = self.api.desk();
            let decided = desk.attempt_in_place(&self.asked.bound, self.asked.by.clone(), asked).await;
            Ok(match decided.map_err(|failure| undecided(&failure))? {
                Decided::Forward { act, leaf, arguments, idempotency, under, within, quiet } => {
                    self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(act, tool);
                    let (under, forward_within_micros) = (under.to_string(), within.0);
                    let forward = Forward { act, leaf, arguments, idempotency, under, forward_within_micros, quiet };
                    Attempted::Forward(forward)
                }
                Decided::Refused { reasons, .. } => self.refuse(reasons),
                Decided::Look(_) | Decided::Again { .. } => self.refuse(Vec::new()),
            })
        })
    }

    fn settle<'a>(&'a self, act: u64, leaf: u64, received: Received) -> Deciding<'a, Given> {
        Box::pin(async move {
            let tool = self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&act);
            let tool = tool.ok_or_else(|| Undecided::Unavailable("this act is not open here".to_owned()))?;
            let came = match received {
                Received::Result(result) => Came::Result(result),
                Received::Error(_) => Came::Error,
                Received::NeverSent => Came::NeverSent,
                Received::Secret { failed } => Came::Secret { failed },
                Received::Nothing(why) => Came::Nothing(why.to_owned()),
            };
            let settled = self.api.desk().settle(&self.asked.bound, &tool, (act, leaf), came, &[]).await;
            Ok(match settled.map_err(|failure| undecided(&failure))? {
                Settled::Whole(result) => Given::Whole(result),
                Settled::Withheld(why) => Given::Withheld(why.to_owned()),
                Settled::Assumed => Given::Assumed,
                Settled::Nothing => Given::Withheld("there is no result".to_owned()),
            })
        })
    }

    fn record<'a>(&'a self, act: (u64, u64), call: Call) -> Deciding<'a, Option<OnRecord>> {
        Box::pin(async move {
            let tool = self.asked.tool.clone();
            let asked = Asked { idempotency: call.idempotency, ..Asked::again(tool, call.arguments, call.input) };
            let found = self.api.desk().record(&self.asked.bound, asked, act, Some(self.asked.sent)).await;
            let found = found.map_err(|failure| undecided(&failure))?;
            Ok(found.map(|found| OnRecord { tool: found.tool.tool().to_owned(), arguments: found.arguments }))
        })
    }

    fn settle_by_record<'a>(&'a self, act: (u64, u64), _: Call, read: u64, seen: Json) -> Deciding<'a, Option<bool>> {
        Box::pin(async move {
            let said = self.api.desk().settle_by_record(&self.asked.bound, &self.asked.tool, act, read, &seen).await;
            said.map_err(|failure| undecided(&failure))
        })
    }

    fn ended<'a>(&'a self) -> Deciding<'a, Micros> {
        Box::pin(async move {
            let desk = self.api.desk();
            desk.ended(&self.asked.bound).await.map_err(|failure| undecided(&failure))?;
            Ok(desk.node().now())
        })
    }

    fn offered<'a>(&'a self, offer: Offer) -> Deciding<'a, bool> {
        Box::pin(offered(&self.api, offer))
    }
    fn stands<'a>(&'a self, _: Option<(u64, u64)>, _: Call) -> Deciding<'a, bool> {
        nobody()
    }
    fn mark<'a>(&'a self) -> Deciding<'a, Mark> {
        nobody()
    }
    fn shown<'a>(&'a self, _: Option<ServerName>) -> Deciding<'a, Vec<Shown>> {
        nobody()
    }
    fn authority<'a>(&'a self) -> Deciding<'a, Authority> {
        nobody()
    }
    fn seal(&self, _: &[u8]) -> Result<String, Undecided> {
        Err(Undecided::Unbound)
    }
    fn open(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
    fn answered<'a>(&'a self, _: u64) -> Deciding<'a, ()> {
        nobody()
    }
}
