//! The desk: where calls are decided. Reads a call by the catalogue, gathers facts, asks the node, and settles by what came
//! back. Every edge comes here, in this process or over a socket, so that one call is decided one way at every door.

mod approvals;
mod asking;
mod awaited;
mod circuit;
mod complete;
mod consulted;
mod cut;
mod doubted;
mod ending;
mod hand_on;
mod inert;
mod lasting;
mod offboard;
mod outcome;
mod reading;
mod record;
mod regard;
mod show;
mod under_way;
mod wishes;

pub use approvals::{Answered, ApprovalSummary, YesAsked};
pub use ending::Receipt;
pub use hand_on::{Handed, HandedOn};
pub use lasting::Mark;
pub use offboard::{EndedWith, GRANTS_LISTED_MAX, Offboarded};
pub use show::{Authority, GrantSummary, ShownTool, TaskSummary, Tasks};
pub use under_way::{EndedBefore, OpenAct, UnderWay};
pub use wishes::WishOf;

use crate::live::LiveControl;
use crate::node::{Decision, Node};
use crate::step::Failure;
use bailiwick_catalogue::{Look, Looked, Secret, contains_secret};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{
    Action, Attempt, By, COMPLETE, Caller, Code, Command, Continues, ControlCommand, ControlState, DELEGATE, Data,
    Digest, FAILED, Facts, GrantId, Micros, Misdeed, Mode, Outcome, REQUEST, Reason, Road, Salt, Settle, Span, Status,
    TaskId, TaskState, TenantId, ToolId, Verdict, is_own,
};
use circuit::is_fault;
use inert::inert;
use reading::{Reading, read_under};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What a result may cost to read.
pub const RESULT_LIMITS: Limits = Limits { bytes: 16 << 20, depth: 64, nodes: 1_000_000 };

/// How many tasks' words on what is kept of results are remembered; past it the memory starts anew.
const KEEPS_MAX: usize = 16_384;

/// A caller that was authenticated, and the grant that it acts under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The tenant.
    pub tenant: TenantId,
    /// The task.
    pub task: TaskId,
    /// The grant.
    pub grant: GrantId,
    /// The epoch that its token was made in.
    pub epoch: u32,
    /// Who, without a proof.
    pub caller: Caller,
    /// Whether this machine's user could go around.
    pub mode: Mode,
}

impl Bound {
    /// Whether the caller stands behind a wrapper of its own: the line in its client's configuration is the consent. A
    /// server of the node's that somebody could go around is none.
    pub fn is_wrapped(&self) -> bool {
        self.mode == Mode::Cooperative && self.caller.road == Road::Socket
    }
}

/// A call, as an edge took it off the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The tool, or a method by the name of its tool.
    pub tool: ToolId,
    /// The arguments.
    pub arguments: Json,
    /// What will be sent beside the arguments: answers to what the server asked. Null for nothing.
    pub beside: Json,
    /// What the caller calls this act.
    pub idempotency: Option<String>,
    /// The round of it that its server answered with a question.
    pub continues: Option<Round>,
    /// What it points to, as the edge saw it just now; `None` while nobody has looked.
    pub looked: Option<Vec<Looked>>,
    /// It is the answer to a question, and whoever was asked declined: it is recorded as refused.
    pub declined: bool,
    /// How long its outcome may take.
    pub settle_within: Span,
    /// Hash of the id of the proof that came with it.
    pub proof: Option<Digest>,
    /// Who would take it, where the edge has seen that for itself; else who stands in the catalogue.
    pub server: Option<Digest>,
}

impl Asked {
    /// A call that has begun, asked about again: nothing is said but what it is. Where the edge has not seen who takes it,
    /// who stands in the catalogue does.
    pub fn again(tool: ToolId, arguments: Json, beside: Json) -> Self {
        Self {
            tool,
            arguments,
            beside,
            idempotency: None,
            continues: None,
            looked: None,
            declined: false,
            settle_within: Span(0),
            proof: None,
            server: None,
        }
    }
}

/// A round of a call that its server answered with a question, as it was when it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The act, by the seq of its `action.begun`.
    pub act: u64,
    /// The leaf of that event.
    pub leaf: u64,
    /// How often the server has asked, with this.
    pub asked: u64,
    /// What the call was read under: the reviewed words of its tool, its server, and the epoch.
    pub under: Digest,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempted {
    /// It is durable: forward exactly this, before `forward_by`, or settle it as never sent.
    Forward {
        /// The act, by the seq of its `action.begun`.
        act: u64,
        /// The leaf of that event.
        leaf: u64,
        /// The arguments, written anew from the decided action.
        arguments: Json,
        /// What goes with it in place of an idempotency key that came beside the arguments: a keyed hash.
        idempotency: Option<String>,
        /// What it was read under: it tells whether the answer to a question comes under the same.
        under: Digest,
        /// What is left of the time to forward.
        within: Span,
        /// Nothing that its server says beside the result may be given: its class of data may not be read.
        quiet: bool,
    },
    /// What it points to has to be seen first: look, each by an act of its own, and ask again with what was seen.
    Look(Vec<Look>),
    /// The act is done, or was begun before: give this, forward nothing.
    Again {
        /// The act.
        act: u64,
        /// The leaf that it began at, where it is in doubt.
        doubtful: Option<u64>,
        /// `done`, `not done`, `never sent`, `in doubt`, `asked` (the server asked something, and it went on).
        outcome: &'static str,
        /// Its result, where it was kept.
        result: Option<Json>,
    },
    /// No.
    Refused {
        /// Why; the first one ended it.
        reasons: Vec<Reason>,
        /// The leaf of the event; `None` when it was only counted.
        event: Option<u64>,
        /// People are asked: the same call may begin once they have said yes.
        waits: Option<Waits>,
    },
}

/// What a call waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// The request, by the leaf of its `approval.asked`.
    pub approval: u64,
    /// Until when people may answer, and a yes be used.
    pub until: Micros,
}

/// What came back of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A result, as received.
    Result(Json),
    /// An error of the protocol: proves nothing about what was done.
    Error,
    /// No byte left.
    NeverSent,
    /// An answer that held a secret of the server's, and is kept from everybody: from us too.
    Secret {
        /// It proves nothing about what was done.
        failed: bool,
    },
    /// Nothing came, for this reason.
    Nothing(String),
}

/// What may be given out of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// All of it.
    Whole(Json),
    /// Nothing; why.
    Withheld(&'static str),
    /// There was no result, and the act was a read that stays where it is: it counts as done.
    Assumed,
    /// There was no result.
    Nothing,
}

/// Where calls are decided.
#[derive(Debug, Clone)]
pub struct Desk {
    node: Arc<Node>,
    settled: Arc<Notify>,
    keeps: Arc<Mutex<BTreeMap<(TenantId, TaskId), Keeps>>>,
    /// Tasks that were seen to have ended: none of them lives again.
    ended: Arc<Mutex<BTreeSet<(TenantId, TaskId)>>>,
    /// Which tasks asked people for a yes when they were looked at.
    asking: Arc<Mutex<asking::Looked>>,
    asking_now: Arc<tokio::sync::Mutex<()>>,
}

impl Desk {
    /// Over a node.
    pub fn new(node: Arc<Node>) -> Self {
        let settled = Arc::new(Notify::new());
        Self {
            node,
            settled,
            keeps: Arc::default(),
            ended: Arc::default(),
            asking: Arc::default(),
            asking_now: Arc::default(),
        }
    }

    /// The node.
    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// Decides a call. When it answers *forward*, the act is durable.
    ///
    /// # Errors
    /// [`Failure`] when nobody decided: then nothing may be forwarded.
    pub async fn attempt(&self, bound: &Bound, asked: Asked) -> Result<Attempted, Failure> {
        self.attempt_for(bound, asked, None).await
    }

    /// The same for a person, where nobody calls: then what is decided to be allowed is a read of a server's own record.
    async fn attempt_for(&self, bound: &Bound, asked: Asked, asked_by: Option<By>) -> Result<Attempted, Failure> {
        match asked.tool.to_string().as_str() {
            COMPLETE => return self.complete_call(bound, asked).await,
            DELEGATE => return self.hand_on_call(bound, asked).await,
            REQUEST => return self.wish_call(bound, asked).await,
            _ => {}
        }
        let control = self.node.control_now(bound.tenant)?;
        let Reading { mut action, mut refused, forward, idempotency } = self.read(bound, &control, &asked)?;
        refused = refused.or_else(|| self.node.own.refuses(&action));
        let tool = asked.tool.clone();
        let (under, by_field) = (read_under(&action, bound.epoch), !action.by_field.is_empty());
        if let Some(round) = &asked.continues {
            action.round = round.asked;
            if round.under != under {
                refused = Some(Reason::new(Code::QuestionPassed).asked(&tool));
            }
        }
        if asked.declined {
            refused = Some(Reason::new(Code::Declined));
        }
        let attempt = Attempt {
            grant: bound.grant,
            epoch: bound.epoch,
            action,
            refused,
            settle_within: asked.settle_within,
            signature: None,
            continues: asked.continues.map(|round| Continues { act: round.act, leaf: round.leaf }),
        };
        let facts = Facts { asked_by, ..self.facts(bound, asked.proof)? };
        let decision = self.attempted(bound, &control.state, attempt, facts).await?;
        match decision.decided.verdict {
            Verdict::Allow { act, forward_by, .. } => {
                let leaf = decision.leaf.ok_or(Failure::Unknown)?;
                // the act has begun: where nobody can say what may be told beside its result, nothing is
                let quiet = self.quiet(bound, &control, &tool, by_field).await.unwrap_or(true);
                let within = Span(forward_by.0.saturating_sub(self.node.now().0));
                Ok(Attempted::Forward { act, leaf, arguments: forward, idempotency, under, within, quiet })
            }
            Verdict::Again { act } => self.again(bound, act, &tool).await,
            // by INVARIANT of `consulted`: nothing is left to ask
            Verdict::Consult(_) => Err(Failure::Busy),
            Verdict::Look => Ok(Attempted::Look(control.catalogue.looks(&tool, &asked.arguments))),
            Verdict::StepUp { approval } => {
                let (reasons, waits) = self.waits(bound, approval, decision.decided.reasons).await?;
                Ok(Attempted::Refused { reasons, event: decision.leaf, waits })
            }
            Verdict::Deny | Verdict::Done => {
                Ok(Attempted::Refused { reasons: decision.decided.reasons, event: decision.leaf, waits: None })
            }
        }
    }

    /// Decides an attempt, counted among what was done lately. What was not allowed is given back of what others share, and
    /// of values.
    async fn attempted(
        &self,
        bound: &Bound,
        control: &ControlState,
        attempt: Attempt,
        facts: Facts,
    ) -> Result<Decision, Failure> {
        let (facts, regard) = self.regarded(bound, &attempt.action, facts).await?;
        let rates = &self.node.rates;
        let Action { tool, measures, .. } = &attempt.action;
        // a name that the caller made up is refused as it is, and takes no room from others
        let known = control.tools.contains_key(tool) || is_own(tool.server());
        let take = || rates.take(bound.tenant, control, &bound.caller.agent, (tool, measures), facts.now);
        let (counted, taken) = if known { take() } else { Default::default() };
        let now = facts.now;
        let trial = self.trial(bound, control, (&attempt.action, attempt.continues.is_some()), now).await;
        let facts = Facts { probes: trial.probes.clone(), rates: counted, ..facts };
        let decision = self.consulted(bound, control, attempt, facts).await;
        // what nobody could say of may have begun
        let began = |decision: &Decision| matches!(decision.decided.verdict, Verdict::Allow { .. } | Verdict::Done);
        if decision.as_ref().is_ok_and(|decision| !began(decision)) {
            rates.give_back(taken);
        }
        self.tried(bound, control, trial, &decision, now).await;
        if let Ok(decision) = &decision {
            self.learnt(bound, regard, decision, now).await;
        }
        decision
    }

    fn facts(&self, bound: &Bound, proof: Option<Digest>) -> Result<Facts, Failure> {
        let caller = Some(Caller { proof, ..bound.caller.clone() });
        Ok(Facts { caller, mode: bound.mode, ..self.node.facts(0)? })
    }

    /// Says what became of an act, and answers what may be given out. `secrets` are those that went with the call. A success
    /// that moves no meter is answered once it is decided, since its beginning is durable and charged; all else once it is
    /// durable.
    ///
    /// # Errors
    /// [`Failure`] when it could not be decided or made durable; the act then stays open, and is in doubt past its time.
    pub async fn settle(
        &self,
        bound: &Bound,
        tool: &ToolId,
        (act, leaf): (u64, u64),
        received: Received,
        secrets: &[Secret],
    ) -> Result<Given, Failure> {
        let control = self.node.control_now(bound.tenant)?;
        let doubt = |why: &str| Outcome::Doubt { why: why.to_owned() };
        let (outcome, given) = match received {
            Received::NeverSent => (Outcome::NeverSent, Given::Nothing),
            Received::Error => (doubt(FAILED), self.error_given(bound, &control, tool).await?),
            Received::Nothing(why) => (Outcome::Doubt { why }, Given::Nothing),
            Received::Secret { failed } => self.secret_returned(bound, &control, tool, (leaf, failed, 0)).await?,
            Received::Result(result) => {
                let bytes = result.canonical().into_bytes();
                if contains_secret(&bytes, secrets) {
                    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                    let failed = result.get("isError").is_some_and(|flag| flag.as_bool() != Some(false));
                    self.secret_returned(bound, &control, tool, (leaf, failed, size)).await?
                } else {
                    self.observed(bound, &control, tool, (result, &bytes)).await?
                }
            }
        };
        let (failed, done) = (is_fault(&outcome), matches!(outcome, Outcome::Done(_)));
        let settle = Command::Settle(Box::new(Settle { act, leaf, outcome }));
        let facts = Facts { mode: bound.mode, ..self.node.facts(0)? };
        let now = facts.now;
        let settled = self.node.command(bound.tenant, bound.task, settle, facts).await?;
        self.node.rates.habits.came_to((bound.tenant, bound.task, act), done, now);
        self.came_to(bound, &control.state, (tool, act), failed, now).await;
        self.settled.notify_waiters();
        // What the record does not have as this act's outcome is not given out as one.
        let assumed = settled.decided.events.iter().any(|event| match &event.data {
            Data::ActionEnded(ended) => ended.status == Status::Assumed,
            _ => false,
        });
        Ok(match (settled.decided.verdict, given) {
            (Verdict::Done, Given::Nothing) if assumed => Given::Assumed,
            (Verdict::Done, Given::Whole(result)) => Given::Whole(inert(result)),
            (_, Given::Whole(_)) => Given::Withheld("the act had ended before its result came"),
            (_, given) => given,
        })
    }

    /// A secret that comes back is kept from everybody, so nothing of the result is observed. The tool is quarantined
    /// before the act is settled: what cannot be quarantined leaves the act open, and in doubt past its time.
    async fn secret_returned(
        &self,
        bound: &Bound,
        control: &LiveControl,
        tool: &ToolId,
        (leaf, failed, size): (u64, bool, u64),
    ) -> Result<(Outcome, Given), Failure> {
        let command = ControlCommand::Quarantine { tool: tool.clone(), why: Misdeed::SecretReturned, begun: leaf };
        // A tool that is gone from the catalogue meanwhile is not to be called any more as it is.
        let _refused = self.node.control_command(bound.tenant, command, Vec::new()).await?;
        let outcome = match failed {
            true => Outcome::Doubt { why: "secret_returned".to_owned() },
            // The server answered, and no error: it was done, for all that anybody can tell.
            false => Outcome::Done(control.catalogue.unseen(tool, size)),
        };
        Ok((outcome, Given::Withheld("the result held a secret that was sent with the call")))
    }

    /// What the task keeps of results: said once, in the event that starts it, so looked up once.
    async fn keep(&self, bound: &Bound) -> Result<Keeps, Failure> {
        let key = (bound.tenant, bound.task);
        let known = self.keeps().get(&key).copied();
        if let Some(known) = known {
            return Ok(known);
        }
        let of = |task: &TaskState, _: &_| Keeps { bytes: task.keep_results, salt: task.salt };
        let keep = self.node.look(bound.tenant, bound.task, of).await?;
        let mut keeps = self.keeps();
        if keeps.len() >= KEEPS_MAX {
            keeps.clear();
        }
        keeps.insert(key, keep);
        Ok(keep)
    }

    fn keeps(&self) -> MutexGuard<'_, BTreeMap<(TenantId, TaskId), Keeps>> {
        self.keeps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a task keeps of results.
#[derive(Debug, Clone, Copy)]
struct Keeps {
    /// How many bytes of each.
    bytes: u64,
    /// What its values are hashed with.
    salt: Option<Salt>,
}
