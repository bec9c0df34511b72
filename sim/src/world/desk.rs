//! The edge: a call is asked for, and once its beginning is durable it leaves, in time or never; what came of it is said.

use super::node::ForNode;
use super::upstream::Reply;
use super::wide::Wide;
use super::{Event, World};
use crate::happening::{About, Happening};
use crate::mutant::Mutant;
use crate::setup::{TENANT, json, tool};
use bailiwick_catalogue::{Call as Asked, Looked};
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{
    ASKED, Action, AgentId, Amount, Assurance, Attempt, Caller, Code, Command, Continues, Decided, Digest, Facts,
    GrantId, InstanceId, KeyThumbprint, Measure, Micros, Observed, Outcome, Reading, Road, Settle, Span, TaskId,
    TaskState, Unit, Verdict, sha256,
};
use bailiwick_node::{Answer, Batch, Input};
use std::sync::{Arc, Mutex, PoisonError};

/// How often an outcome is said before it is left to time.
const SETTLE_TRIES_MAX: u32 = 6;

/// Who waits for an answer, and for what.
pub(super) enum Waiting {
    /// The edge, for a call.
    Attempt(u64),
    /// The edge, for an outcome of a call, said so many times.
    Settle(u64, u32),
    /// Somebody who asked for a task command.
    Task(TaskId, About, Option<usize>),
    /// A person who started a task, for an agent.
    Start(TaskId, usize, usize),
    /// A person who asked for a control command.
    Control,
    /// Somebody who looks, since when, and where it is shown.
    Look(Micros, Arc<Mutex<Option<TaskState>>>),
    /// What is asked in wide runs alone.
    Wide(Wide),
}

/// A question on its way.
pub(super) struct Question {
    pub(super) node: usize,
    pub(super) waiting: Waiting,
    /// Whether its node had noticed a loss before it was asked: then no command of it is decided.
    pub(super) behind: bool,
    /// Whether so long ago that nothing is shown from memory alone.
    pub(super) long_behind: bool,
}

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) node: usize,
    pub(super) generation: u32,
    pub(super) known: usize,
    pub(super) task: TaskId,
    pub(super) grant: GrantId,
    pub(super) agent: AgentId,
    pub(super) amount: Option<Amount>,
    pub(super) key: Option<String>,
    pub(super) wanted: Wanted,
    /// The call that waits for what this one reads, and which of its arguments points to it.
    pub(super) looks_for: Option<Box<(Pointer, Wanted)>>,
    proof: Digest,
    action: Action,
    settle_within: Span,
    /// The act, once it has begun: seq, leaf, and until when by the boot-time clock it may leave.
    pub(super) begun: Option<(u64, u64, Micros)>,
    left: bool,
    cut: bool,
    settled: bool,
    outcome: Option<Outcome>,
}

impl Call {
    /// Whether it may be this act, and may yet leave.
    pub(super) fn may_leave(&self, act: u64) -> bool {
        self.begun.is_none_or(|begun| begun.0 == act && !self.left && self.outcome.is_none())
    }
}

/// A process of an agent, by its number; a number more is another process with another key.
pub(super) fn caller(agent: &AgentId, process: u64, proof: Digest) -> Result<Caller, String> {
    let key = sha256(format!("{agent} {process}").as_bytes()).to_string();
    let key: String = key.chars().take(43).collect();
    Ok(Caller {
        agent: agent.clone(),
        assurance: Assurance::KeyOnly,
        attestation: None,
        instance: InstanceId::parse(&format!("process-{process}")).map_err(|error| error.to_string())?,
        key: KeyThumbprint::parse(&key).map_err(|error| error.to_string())?,
        proof: Some(proof),
        road: Road::Http,
    })
}

/// What one call is made of.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// How much.
    pub(super) amount: Option<Amount>,
    /// Under which idempotency key.
    pub(super) key: Option<String>,
    pub(super) arguments: Json,
    /// The tool of the bank.
    pub(super) name: &'static str,
    /// What it points to, as the edge saw it just now.
    pub(super) looked: Option<Vec<Looked>>,
}

impl Wanted {
    pub(super) const fn of(arguments: Json, name: &'static str) -> Self {
        Self { amount: None, key: None, arguments, name, looked: None }
    }
}

impl World {
    /// A fresh proof's id.
    pub(super) fn proof(&mut self) -> Digest {
        sha256(&self.chance.id())
    }

    /// Asks for a call by the holder of a task that is known; `again` is an earlier one.
    pub(super) fn attempt(&mut self, known: usize, again: Option<Wanted>) -> Result<(), String> {
        let asked = match again {
            Some(again) => Wanted { looked: None, ..again },
            None if self.options.wide => self.wide_arguments()?,
            None => self.arguments()?,
        };
        self.attempt_round(known, asked, None, None)
    }

    /// The same call with answers, after the bank asked something; now and then they come twice.
    fn answers(&mut self, id: u64) -> Result<(), String> {
        let Some(call) = self.calls.get(&id).cloned() else { return Ok(()) };
        let asks = call.outcome == Some(Outcome::Doubt { why: ASKED.to_owned() });
        let (Some((act, leaf, _)), Some(_)) = (call.begun.filter(|_| asks), call.amount) else { return Ok(()) };
        let round = call.action.round + 1;
        for _ in 0..self.chance.below(3) {
            let asked = call.wanted.clone();
            self.attempt_round(call.known, asked, Some((Continues { act, leaf }, round)), None)?;
        }
        Ok(())
    }

    pub(super) fn attempt_round(
        &mut self,
        known: usize,
        wanted: Wanted,
        goes_on: Option<(Continues, u64)>,
        looks_for: Option<Box<(Pointer, Wanted)>>,
    ) -> Result<(), String> {
        let Some(at) = self.any_node() else { return Ok(()) };
        let Some(task) = self.tasks.get(known).cloned() else { return Ok(()) };
        let control =
            self.nodes.get(at).and_then(|node| node.control.clone()).unwrap_or_else(|| Arc::clone(&self.control));
        let beside = goes_on.map_or(Json::Null, |(_, round)| Json::from(round));
        let (tool, arguments) = (tool(wanted.name)?, wanted.arguments.clone());
        let asked = Asked { tool, arguments, beside, idempotency: None, key: None };
        // No tool of the bank takes one.
        let no_secrets = |secret: &[u8]| bailiwick_core::sha256(secret);
        let read = match &wanted.looked {
            Some(looked) => control.catalogue.read_looked(&asked, looked, &no_secrets),
            None => control.catalogue.read(&asked, &no_secrets),
        };
        let read = read.ok_or("the catalogue does not know a tool of the bank")?;
        let mut action = Action { round: goes_on.map_or(0, |(_, round)| round), ..read.action };
        if self.mutated(Mutant::UnderstatesAmounts) {
            let one = Amount::from_whole(1).map_or(Reading::Unknown, Reading::Known);
            action.measures.iter_mut().for_each(|measure: &mut Measure| measure.amount = one.clone());
        }
        if self.mutated(Mutant::DropsKeys) {
            action.idempotency = None;
        }
        // Now and then a proof that was seen before, or a process that was never bound.
        let proof = match task.proof {
            Some(old) if self.chance.permille(60) => old,
            _ => self.proof(),
        };
        if let Some(task) = self.tasks.get_mut(known) {
            task.proof = Some(proof);
        }
        let process = if self.chance.permille(20) { task.process + 1_000 } else { task.process };
        let mut caller = caller(&task.agent, process, proof)?;
        if self.mutated(Mutant::DropsProofs) {
            caller.proof = None;
        }
        let settle_within = Span(self.chance.between(1_000_000, 30_000_000));
        let facts = Facts { caller: Some(caller), ..Facts::of_nobody(self.now, Vec::new()) };
        let attempt = Attempt {
            grant: task.grant,
            epoch: self.claimed_epoch(&task),
            action: action.clone(),
            refused: read.refused,
            settle_within,
            signature: None,
            continues: goes_on.map(|(first, _)| first),
        };
        self.tickets += 1;
        let id = self.tickets;
        let call = Call {
            node: at,
            generation: self.nodes.get(at).map_or(0, |node| node.generation),
            known,
            task: task.task,
            grant: task.grant,
            agent: task.agent,
            amount: wanted.amount,
            key: wanted.key.clone(),
            wanted,
            looks_for,
            proof,
            action,
            settle_within,
            begun: None,
            left: false,
            cut: false,
            settled: false,
            outcome: None,
        };
        self.calls.insert(id, call);
        let command = Command::Attempt(Box::new(attempt));
        self.ask(at, Waiting::Attempt(id), |ticket| Input::Ask {
            ticket,
            tenant: TENANT,
            task: task.task,
            command,
            facts,
        });
        Ok(())
    }

    fn arguments(&mut self) -> Result<Wanted, String> {
        match self.chance.below(10) {
            0 | 1 => Ok(Wanted::of(json("{}")?, "balance")),
            2 | 3 => self.noting(),
            _ => self.paying(None),
        }
    }

    pub(super) fn noting(&mut self) -> Result<Wanted, String> {
        let text = format!(r#"{{"text":"{}"}}"#, self.chance.below(100_000));
        Ok(Wanted::of(json(&text)?, "note"))
    }

    pub(super) fn paying(&mut self, to: Option<&str>) -> Result<Wanted, String> {
        let cents = self.chance.between(1, 11_000);
        let amount = Amount::parse(&format!("{}.{:02}", cents / 100, cents % 100));
        let key = self.chance.permille(600).then(|| format!("key-{}", self.chance.number()));
        let amount = amount.map_err(|error| error.to_string())?;
        let members = [("amount", Some(amount.to_string())), ("key", key.clone()), ("to", to.map(str::to_owned))];
        let members = members.into_iter().filter_map(|(name, value)| Some((name, Json::from(value?))));
        let arguments = Json::object(members);
        Ok(Wanted { amount: Some(amount), key, ..Wanted::of(arguments, "pay") })
    }

    /// An engine answered somebody.
    pub(super) fn answered(&mut self, at: usize, waiting: Waiting, answer: Answer) -> Result<(), String> {
        let failed = Self::failed(&answer);
        match (waiting, answer) {
            (Waiting::Attempt(id), Answer::Decided { decided, leaf, .. }) => {
                let Some(call) = self.calls.get(&id) else { return Ok(()) };
                let (task, about) = (call.task, About::Attempt(call.grant));
                let verdict = decided.verdict.clone();
                let known = call.known;
                let over = decided.reasons.first().map(|reason| reason.code);
                if matches!(over, Some(Code::TaskEnded | Code::GrantEnded | Code::WindowClosed | Code::EpochPassed))
                    && self.chance.permille(300)
                {
                    self.given_up(known);
                }
                self.told(task, about, decided, leaf);
                match verdict {
                    Verdict::Allow { act, forward_by, .. } => self.allowed(at, id, act, leaf, forward_by),
                    Verdict::Look => self.look_first(at, id),
                    Verdict::StepUp { .. } => {
                        self.waits(id);
                        Ok(())
                    }
                    _ => {
                        self.calls.remove(&id);
                        Ok(())
                    }
                }
            }
            (Waiting::Wide(what), answer) => self.answered_wide(what, answer),
            (Waiting::Attempt(id), _) => self.not_decided(id),
            (Waiting::Settle(id, _), Answer::Decided { decided, leaf, .. }) => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.settled = true;
                    let (task, about) = (call.task, About::Settle(call.begun.map_or(0, |(act, ..)| act)));
                    self.happenings.push(Happening::Told { task, about, decided, leaf });
                }
                self.answers(id)
            }
            (Waiting::Settle(id, tries), _) if tries < SETTLE_TRIES_MAX => {
                let later = Span(self.chance.between(50_000, 3_000_000));
                self.tell_node(at, later, ForNode::SettleAgain(id, tries + 1));
                Ok(())
            }
            (Waiting::Task(task, about, known), Answer::Decided { decided, leaf, .. }) => {
                self.people_told(at, task, &about, known, &decided);
                self.happenings.push(Happening::Told { task, about, decided, leaf });
                Ok(())
            }
            (Waiting::Start(task, agent, person), Answer::Decided { decided, leaf, .. }) => {
                let grant = decided.grant;
                self.happenings.push(Happening::Told { task, about: About::Start, decided, leaf });
                grant.map_or(Ok(()), |grant| self.started(task, grant, agent, person))
            }
            (Waiting::Control, Answer::Control { decided, leaf }) => {
                self.control_told(&decided);
                self.happenings.push(Happening::ToldControl { decided, leaf });
                Ok(())
            }
            (Waiting::Look(asked, shown), Answer::Looked) => {
                let state =
                    shown.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or("a look showed nothing")?;
                self.happenings.push(Happening::Looked { asked, state: Box::new(state) });
                Ok(())
            }
            (_, answer) if failed => {
                drop(answer);
                Ok(())
            }
            (_, answer) => Err(format!("a caller was given the answer of another question: {answer:?}")),
        }
    }

    /// Nobody decided: a caller with a key may ask again, as the same act.
    fn not_decided(&mut self, id: u64) -> Result<(), String> {
        let Some(call) = self.calls.remove(&id) else { return Ok(()) };
        match (&call.key, call.amount) {
            (Some(_), Some(_)) if !self.healed && self.chance.permille(700) => {
                self.attempt(call.known, Some(call.wanted))
            }
            _ => Ok(()),
        }
    }

    /// Somebody is told what a command on a task came to.
    pub(super) fn told(&mut self, task: TaskId, about: About, mut decided: Box<Decided>, leaf: Option<u64>) {
        let allowed = matches!(decided.verdict, Verdict::Allow { .. });
        if allowed && self.mutated(Mutant::SaysNoToWhatStands) && self.chance.permille(30) {
            decided.verdict = Verdict::Deny;
        }
        self.happenings.push(Happening::Told { task, about, decided, leaf });
    }

    /// It is durable, as far as the edge is told: it leaves by the boot-time clock, within what is left of its time.
    fn allowed(&mut self, at: usize, id: u64, act: u64, leaf: Option<u64>, forward_by: Micros) -> Result<(), String> {
        let now = self.now;
        let Some(node) = self.nodes.get(at) else { return Ok(()) };
        let left = Span(forward_by.0.saturating_sub(node.time(now).0));
        let until = node.boot(now).after(left);
        let Some(call) = self.calls.get_mut(&id) else { return Ok(()) };
        call.begun = Some((act, leaf.ok_or("an allowed act has no leaf")?, until));
        self.once_more(id);
        let slow = self.chance.permille(80);
        let pause = Span(self.chance.below(if slow { 3_500_000 } else { 20_000 }));
        if self.mutated(Mutant::ForwardsBeforeDurable) {
            return Ok(());
        }
        self.tell_node(at, pause, ForNode::Forward(id));
        Ok(())
    }

    /// The first byte is about to leave: looking at the time and sending are one.
    pub(super) fn forward(&mut self, at: usize, id: u64) -> Result<(), String> {
        let now = self.now;
        let Some(boot) = self.nodes.get(at).map(|node| node.boot(now)) else { return Ok(()) };
        let Some((act, _, until)) = self.calls.get(&id).and_then(|call| call.begun) else { return Ok(()) };
        let cut = self.calls.get(&id).is_some_and(|call| call.cut);
        let late = boot > until && !self.mutated(Mutant::IgnoresForwardBy);
        if late || cut {
            return self.outcome(at, id, Outcome::NeverSent);
        }
        self.leave(at, id, act);
        Ok(())
    }

    fn leave(&mut self, at: usize, id: u64, act: u64) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.left = true;
        let patience = call.settle_within;
        let call = call.clone();
        let mut sent = call.action.sent;
        if self.mutated(Mutant::ForwardsOtherBytes) {
            sent = sha256(b"other");
        }
        let Call { task, grant, ref agent, proof, ref key, .. } = call;
        let (agent, key) = (agent.clone(), key.clone());
        self.happenings.push(Happening::Forwarded { at: self.now, task, grant, agent, act, sent, proof, key });
        self.counts.forwarded += 1;
        self.sent.insert(id, call);
        let way = self.way();
        self.after(way, Event::Upstream(id));
        self.tell_node(at, patience, ForNode::Patience(id));
    }

    /// A mutant: the batch has just gone out, and the edge does not wait for it.
    pub(super) fn before_durable(&mut self, at: usize, batch: &Batch) {
        if !self.mutated(Mutant::ForwardsBeforeDurable) {
            return;
        }
        let Some(advance) = batch.group.streams.first() else { return };
        let waits = |(id, call): (&u64, &Call)| {
            (call.node == at && call.task == advance.stream && call.begun.is_none() && !call.left).then_some(*id)
        };
        if let Some(id) = self.calls.iter().find_map(waits) {
            self.leave(at, id, advance.expect + 1);
        }
    }

    pub(super) fn reply(&mut self, at: usize, id: u64, reply: Reply) -> Result<(), String> {
        let Some(call) = self.calls.get(&id) else { return Ok(()) };
        let eur = Unit::parse("EUR").map_err(|error| error.to_string())?;
        let observed = |measured| Observed { measured, size: 2, digest: Some(sha256(b"{}")), ..Observed::default() };
        let outcome = match reply {
            Reply::Done(_) if self.mutated(Mutant::GivesBackWhatWasSent) => Outcome::NeverSent,
            Reply::Done(amount) if call.amount.is_some() => Outcome::Done(observed(vec![(eur, amount)])),
            Reply::Done(_) => Outcome::Done(observed(Vec::new())),
            Reply::NotDone => Outcome::NotDone(observed(Vec::new())),
            Reply::Error => Outcome::Doubt { why: "error".to_owned() },
            Reply::Asks => Outcome::Doubt { why: ASKED.to_owned() },
        };
        if matches!(outcome, Outcome::Done(_)) {
            self.has_looked(id)?;
        }
        self.outcome(at, id, outcome)
    }

    /// The edge has waited for the upstream long enough; sometimes it leaves the act to time.
    pub(super) fn patience(&mut self, at: usize, id: u64) -> Result<(), String> {
        let open = self.calls.get(&id).is_some_and(|call| call.outcome.is_none());
        if open && self.chance.permille(500) {
            return self.outcome(at, id, Outcome::Doubt { why: "time-out".to_owned() });
        }
        Ok(())
    }

    /// Grants ended: what is open under them is cut, and what has not left does not.
    pub(super) fn cut(&mut self, at: usize, task: TaskId, grants: &[GrantId]) -> Result<(), String> {
        let of = |call: &Call| {
            call.node == at && call.task == task && grants.contains(&call.grant) && call.outcome.is_none()
        };
        let ids: Vec<u64> = self.calls.iter().filter(|(_, call)| of(call)).map(|(id, _)| *id).collect();
        for id in ids {
            let left = self.calls.get_mut(&id).is_some_and(|call| {
                call.cut = true;
                call.left
            });
            if left && self.chance.permille(500) {
                self.outcome(at, id, Outcome::Doubt { why: "cut".to_owned() })?;
            }
        }
        Ok(())
    }

    fn outcome(&mut self, at: usize, id: u64, outcome: Outcome) -> Result<(), String> {
        if let Some(call) = self.calls.get_mut(&id) {
            call.outcome = Some(outcome);
        }
        self.settle(at, id, 1)
    }

    /// Says what became of an act.
    pub(super) fn settle(&mut self, at: usize, id: u64, tries: u32) -> Result<(), String> {
        let Some(call) = self.calls.get(&id) else { return Ok(()) };
        let (Some((act, leaf, _)), Some(outcome)) = (call.begun, call.outcome.clone()) else { return Ok(()) };
        let task = call.task;
        let command = Command::Settle(Box::new(Settle { act, leaf, outcome }));
        let facts = Facts::of_nobody(self.now, Vec::new());
        self.ask(at, Waiting::Settle(id, tries), |ticket| Input::Ask { ticket, tenant: TENANT, task, command, facts });
        Ok(())
    }
}
