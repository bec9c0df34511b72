//! A decider in this process: what the HTTP door asks before anything is forwarded.

use crate::states::{State, unsealed};
use bailiwick_api::{Api, Offered, Place, Problem};
use bailiwick_authority::{Authenticated, Authority as Authenticator};
use bailiwick_catalogue::Looked;
use bailiwick_core::json::Json;
use bailiwick_core::{Code, Digest, Micros, Mode, Reason, ServerName, Span, ToolId, sha256};
use bailiwick_gateway::{
    Attempted, Authority, Call, Decider, Deciding, Forward, Given, Known, Look, Mark, Offer, OnRecord, Received,
    Recorded, Refused, Round, Shown, Undecided, Waits,
};
use bailiwick_node::{
    Asked, Attempted as Decided, Bound, Ended, Failure, Given as Settled, Received as Came, Round as AskedRound,
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast::Receiver;

/// The node, for one request of one caller.
pub(crate) struct Local {
    api: Arc<Api>,
    authority: Arc<Authenticator>,
    /// Who calls, with the proof that came with the request.
    known: Authenticated,
    bound: Bound,
    /// Where it calls from.
    place: Place,
    recorded: Recorded,
    /// How many acts this request has come to.
    acts: AtomicU32,
    /// Which tool an open act is of: settling names it.
    open: Mutex<BTreeMap<u64, ToolId>>,
    /// Asked for before the last act was allowed: every ending of its grant is among them.
    endings: Mutex<Option<Receiver<Ended>>>,
}

impl Local {
    pub(crate) fn new(
        api: Arc<Api>,
        authority: Arc<Authenticator>,
        known: Authenticated,
        (bound, place): (Bound, Place),
        recorded: Recorded,
    ) -> Self {
        let (acts, open, endings) = (AtomicU32::new(0), Mutex::default(), Mutex::default());
        Self { api, authority, known, bound, place, recorded, acts, open, endings }
    }

    /// The caller at one server: whether it could go around there.
    fn bound_at(&self, server: &ServerName) -> Bound {
        Bound { mode: self.api.mode_from(self.place, Some(server)), ..self.bound.clone() }
    }

    async fn known(&self, reasons: &[Reason]) -> Known {
        let known = self.api.known(&self.bound, reasons).await;
        Known {
            agent: known.agent.map(|agent| agent.to_string()),
            task: known.task.map(|task| task.to_string()),
            template: known.template.map(|template| template.to_string()),
        }
    }

    /// What stands for the request's proof in the next act of it. A request that brings answers comes to several acts, and
    /// a stream takes a proof once: those after the first have a name of their own, made of the proof's, so that none of
    /// them is taken twice either.
    fn proof(&self) -> Option<Digest> {
        let before = self.acts.fetch_add(1, Ordering::Relaxed);
        let proof = self.known.proof()?;
        if before == 0 {
            return Some(proof);
        }
        Some(sha256(
            &[b"bailiwick/proof of a further act/1\0".as_slice(), proof.bytes(), &before.to_be_bytes()].concat(),
        ))
    }

    fn state(&self) -> Result<State, Undecided> {
        let node = self.api.desk().node();
        let unavailable = |error: bailiwick_node::VaultError| Undecided::Unavailable(error.to_string());
        let key = node.vault().subkey(self.bound.tenant, "request-state").map_err(unavailable)?;
        Ok(State::new(key, self.bound.tenant, self.bound.task, self.bound.grant.bytes()))
    }

    fn acts_open(&self) -> MutexGuard<'_, BTreeMap<u64, ToolId>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn endings(&self) -> MutexGuard<'_, Option<Receiver<Ended>>> {
        self.endings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn undecided(failure: &Failure) -> Undecided {
    match failure {
        Failure::NoTask => Undecided::Unbound,
        Failure::Unknown => Undecided::Unknown,
        other => Undecided::Unavailable(other.to_string()),
    }
}

/// What came back under our own seal is as we wrote it.
fn round(round: &Round) -> Result<AskedRound, Undecided> {
    let under = Digest::parse(&round.under);
    let under =
        under.map_err(|_| Undecided::Unavailable("what a question was asked under was not understood".to_owned()))?;
    Ok(AskedRound { act: round.act, leaf: round.leaf, asked: round.asked, under })
}

impl Decider for Local {
    fn attempt<'a>(&'a self, call: Call) -> Deciding<'a, Attempted> {
        Box::pin(async move {
            let Ok(tool) = ToolId::new(call.server, &call.tool) else {
                let reasons = vec![Reason::new(Code::NotAvailable)];
                let known = self.known(&reasons).await;
                return Ok(Attempted::Refused(Refused { reasons, event: None, known, waits: None }));
            };
            let asked = Asked {
                tool: tool.clone(),
                arguments: call.arguments,
                beside: call.input,
                idempotency: call.idempotency,
                continues: call.continues.as_ref().map(round).transpose()?,
                looked: call.looked.map(|looked| {
                    let one = |looked: bailiwick_gateway::Looked| Looked { pointer: looked.pointer, seen: looked.seen };
                    looked.into_iter().map(one).collect()
                }),
                declined: call.declined,
                settle_within: Span::seconds(call.settle_within_seconds),
                proof: self.proof(),
                server: None,
            };
            let endings = self.api.desk().node().endings();
            let decided = self
                .api
                .desk()
                .attempt(&self.bound_at(tool.server()), asked)
                .await
                .map_err(|failure| undecided(&failure))?;
            Ok(match decided {
                Decided::Forward { act, leaf, arguments, idempotency, under, within, quiet } => {
                    *self.endings() = Some(endings);
                    self.recorded.mark();
                    self.authority.begun(&self.known);
                    self.acts_open().insert(act, tool);
                    let forward_within_micros = within.0;
                    let under = under.to_string();
                    Attempted::Forward(Forward {
                        act,
                        leaf,
                        arguments,
                        idempotency,
                        under,
                        forward_within_micros,
                        quiet,
                    })
                }
                Decided::Look(looks) => {
                    let one = |look: bailiwick_catalogue::Look| Look {
                        pointer: look.pointer,
                        tool: look.tool.tool().to_owned(),
                        arguments: look.arguments,
                    };
                    Attempted::Look(looks.into_iter().map(one).collect())
                }
                Decided::Again { act, doubtful, outcome, result } => {
                    let doubtful = doubtful.map(|leaf| (act, leaf));
                    Attempted::Again { result, outcome: outcome.to_owned(), doubtful }
                }
                Decided::Refused { reasons, event, waits } => {
                    if event.is_some() {
                        self.recorded.mark();
                    }
                    let known = self.known(&reasons).await;
                    // What people with the right to read policy may know is not told to the caller.
                    let told = reasons.into_iter().map(Reason::told);
                    let waits = waits.map(|waits| Waits {
                        approval: waits.approval,
                        until: waits.until,
                        url: self.api.approval_url(waits.approval),
                    });
                    Attempted::Refused(Refused { reasons: told.collect(), event, known, waits })
                }
            })
        })
    }

    fn settle<'a>(&'a self, act: u64, leaf: u64, received: Received) -> Deciding<'a, Given> {
        Box::pin(async move {
            let tool = self.acts_open().remove(&act);
            let tool = tool.ok_or_else(|| Undecided::Unavailable("this act is not open here".to_owned()))?;
            let (came, error) = match received {
                Received::Result(result) => (Came::Result(result), None),
                Received::Error(error) => (Came::Error, Some(error)),
                Received::NeverSent => (Came::NeverSent, None),
                Received::Secret { failed } => (Came::Secret { failed }, None),
                Received::Nothing(why) => (Came::Nothing(why.to_owned()), None),
            };
            let settled = self.api.desk().settle(&self.bound_at(tool.server()), &tool, (act, leaf), came, &[]).await;
            Ok(match (settled.map_err(|failure| undecided(&failure))?, error) {
                (Settled::Whole(result), _) => Given::Whole(result),
                (Settled::Withheld(why), _) => Given::Withheld(why.to_owned()),
                // an error proves nothing of what was done, and is the caller's to read
                (Settled::Nothing | Settled::Assumed, Some(error)) => Given::Whole(error),
                (Settled::Assumed, None) => Given::Assumed,
                (Settled::Nothing, None) => Given::Withheld("there is no result".to_owned()),
            })
        })
    }

    fn stands<'a>(&'a self, act: Option<(u64, u64)>, call: Call) -> Deciding<'a, bool> {
        Box::pin(async move {
            let Ok(tool) = ToolId::new(call.server, &call.tool) else { return Ok(false) };
            let again = Asked::again(tool, call.arguments, call.input);
            let stands = self.api.desk().stands(&self.bound, again, act).await;
            stands.map_err(|failure| undecided(&failure))
        })
    }

    fn record<'a>(&'a self, act: (u64, u64), call: Call) -> Deciding<'a, Option<OnRecord>> {
        Box::pin(async move {
            let Ok(tool) = ToolId::new(call.server, &call.tool) else { return Ok(None) };
            let bound = self.bound_at(tool.server());
            let asked = Asked { idempotency: call.idempotency, ..Asked::again(tool, call.arguments, call.input) };
            let found =
                self.api.desk().record(&bound, asked, act, None).await.map_err(|failure| undecided(&failure))?;
            Ok(found.map(|found| OnRecord { tool: found.tool.tool().to_owned(), arguments: found.arguments }))
        })
    }

    fn settle_by_record<'a>(
        &'a self,
        act: (u64, u64),
        call: Call,
        read: u64,
        seen: Json,
    ) -> Deciding<'a, Option<bool>> {
        Box::pin(async move {
            let Ok(tool) = ToolId::new(call.server, &call.tool) else { return Ok(None) };
            let bound = self.bound_at(tool.server());
            let said = self.api.desk().settle_by_record(&bound, &tool, act, read, &seen).await;
            said.map_err(|failure| undecided(&failure))
        })
    }

    fn mark<'a>(&'a self) -> Deciding<'a, Mark> {
        Box::pin(async move {
            let mark = self.api.desk().mark(&self.bound).await.map_err(|failure| undecided(&failure))?;
            Ok(Mark { live: mark.live, name: mark.name })
        })
    }

    fn shown<'a>(&'a self, server: Option<ServerName>) -> Deciding<'a, Vec<Shown>> {
        Box::pin(async move {
            let shown = self.api.desk().shown(&self.bound, server).await.map_err(|failure| undecided(&failure))?;
            let tools = shown.into_iter();
            Ok(tools.map(|tool| Shown { server: tool.tool.server().clone(), words: tool.words }).collect())
        })
    }

    fn offered<'a>(&'a self, offer: Offer) -> Deciding<'a, bool> {
        Box::pin(offered(&self.api, offer))
    }

    fn seal(&self, state: &[u8]) -> Result<String, Undecided> {
        self.state()?.seal(state, self.api.desk().node().now()).ok_or_else(unsealed)
    }

    fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        self.state().ok()?.open(sealed, self.api.desk().node().now())
    }

    fn authority<'a>(&'a self) -> Deciding<'a, Authority> {
        Box::pin(async move {
            let page = |approval| self.api.approval_url(approval);
            let authority = self.api.desk().authority(&self.bound, page).await;
            let authority = authority.map_err(|failure| undecided(&failure))?;
            Ok(Authority { text: authority.text, structured: authority.structured })
        })
    }

    fn answered<'a>(&'a self, approval: u64) -> Deciding<'a, ()> {
        Box::pin(async move {
            let answered = self.api.desk().answered(&self.bound, approval).await;
            answered.map_err(|failure| undecided(&failure))
        })
    }

    fn ended<'a>(&'a self) -> Deciding<'a, Micros> {
        Box::pin(async move {
            let desk = self.api.desk();
            let asked_for = self.endings().take();
            let ended = match asked_for {
                Some(endings) => desk.ended_since(&self.bound, endings).await,
                None => desk.ended(&self.bound).await,
            };
            ended.map_err(|failure| undecided(&failure))?;
            Ok(desk.node().now())
        })
    }
}

/// Looks at servers for the node itself: no caller is behind it, so nothing is decided.
pub(crate) struct Looker(pub(crate) Arc<Api>);

/// What is asked where nobody is bound.
pub(crate) fn nobody<'a, T: Send + 'a>() -> Deciding<'a, T> {
    Box::pin(std::future::ready(Err(Undecided::Unbound)))
}

impl Decider for Looker {
    fn attempt<'a>(&'a self, _: Call) -> Deciding<'a, Attempted> {
        nobody()
    }
    fn settle<'a>(&'a self, _: u64, _: u64, _: Received) -> Deciding<'a, Given> {
        nobody()
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
    fn offered<'a>(&'a self, offer: Offer) -> Deciding<'a, bool> {
        Box::pin(offered(&self.0, offer))
    }
    fn seal(&self, _: &[u8]) -> Result<String, Undecided> {
        Err(Undecided::Unbound)
    }
    fn open(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
    fn authority<'a>(&'a self) -> Deciding<'a, Authority> {
        nobody()
    }
    fn answered<'a>(&'a self, _: u64) -> Deciding<'a, ()> {
        nobody()
    }
    fn ended<'a>(&'a self) -> Deciding<'a, Micros> {
        nobody()
    }
}

/// Compares what a server of the node's offers with its pins. Nothing of it is taken at first sight, whoever could go around.
pub(crate) async fn offered(api: &Api, offer: Offer) -> Result<bool, Undecided> {
    let digest = |member: &str| {
        let text = offer.identity.get(member).and_then(bailiwick_core::json::Json::as_str);
        text.and_then(|text| Digest::parse(text).ok())
    };
    let offered = Offered {
        executable: digest("executable"),
        script: digest("script"),
        server: offer.server,
        tools: offer.tools,
        prompts: offer.prompts,
        templates: offer.templates,
        instructions: offer.instructions,
        methods: offer.methods,
    };
    let unavailable = |problem: Problem| Undecided::Unavailable(problem.detail);
    let answer = api.offer(offered, Mode::Enforced).await.map_err(unavailable)?;
    Ok(answer.get("changed").and_then(bailiwick_core::json::Json::as_bool).unwrap_or_default())
}
