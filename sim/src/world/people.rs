//! Agents that work, and people who start, consent, look, revoke, suspend and stop.

use super::desk::{Waiting, Wanted, caller};
use super::node::ForNode;
use super::{Event, World};
use crate::happening::{About, Happening};
use crate::mutant::Mutant;
use crate::setup::wide::WIDE;
use crate::setup::{AGENTS, PEOPLE, TEMPLATES, TENANT, by};
use bailiwick_core::{
    AgentId, Code, Command, ControlCommand, Decided, Digest, Ender, FORWARD_WITHIN, Facts, GrantId, Salt, Span, Start,
    TaskId, TemplateName, Verdict,
};
use bailiwick_node::{Input, Look};
use std::sync::{Arc, Mutex, PoisonError};

/// How many tasks the people keep alive at once.
const TASKS_MAX: usize = 8;
/// A clock that is off by so much over `FORWARD_WITHIN` is off by less than this.
const DRIFT_OVER_FORWARD: Span = Span(2_000);

/// A grant as the people know it: a task's first, or one that was handed on.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) task: TaskId,
    pub(super) grant: GrantId,
    pub(super) agent: AgentId,
    /// Which process of the agent holds it.
    pub(super) process: u64,
    /// The last proof that was shown.
    pub(super) proof: Option<Digest>,
    pub(super) holder: usize,
    pub(super) person: usize,
    /// The epoch of its token.
    pub(super) epoch: u32,
    pub(super) bound: bool,
    pub(super) over: bool,
    /// Whether it is the task's first.
    pub(super) root: bool,
    /// The last call with a key.
    last: Option<Wanted>,
}

impl World {
    pub(super) fn agent(&mut self, agent: usize) -> Result<(), String> {
        if self.healed {
            return Ok(());
        }
        let pause = Span(self.chance.between(1_000, self.options.agent_pause.0));
        self.after(pause, Event::Agent(agent));
        let own = self.tasks.iter().enumerate().filter(|(_, task)| task.holder == agent && !task.over);
        let own: Vec<usize> = own.map(|(at, _)| at).collect();
        let Some(at) = self.chance.pick(&own).copied() else { return Ok(()) };
        let Some(task) = self.tasks.get(at) else { return Ok(()) };
        let (bound, last) = (task.bound, task.last.clone());
        if !bound || self.chance.permille(10) {
            return self.bind(at);
        }
        if self.chance.permille(8) {
            return self.end(at, true);
        }
        if self.chance.permille(50) {
            self.look(at);
        }
        // Several at once: they meet in one batch, or on several nodes.
        for _ in 0..=self.chance.below(3) {
            let again = last.clone().filter(|_| self.chance.permille(150));
            self.attempt(at, again)?;
        }
        let latest = self
            .calls
            .values()
            .filter(|call| call.known == at)
            .rev()
            .find_map(|call| call.amount.and(call.key.as_ref()).map(|_| call.wanted.clone()));
        if let Some(task) = self.tasks.get_mut(at) {
            task.last = latest.or(task.last.take());
        }
        Ok(())
    }

    pub(super) fn person(&mut self, person: usize) -> Result<(), String> {
        if self.healed {
            return Ok(());
        }
        let pause = Span(self.chance.between(1_000, self.options.person_pause.0));
        self.after(pause, Event::Person(person));
        let live: Vec<usize> = self.tasks.iter().enumerate().filter(|(_, task)| !task.over).map(|(at, _)| at).collect();
        let roots = live.iter().filter(|at| self.tasks.get(**at).is_some_and(|task| task.root)).count();
        if roots < TASKS_MAX && self.chance.permille(600) {
            return self.start(person);
        }
        let some = self.chance.pick(&live).copied();
        match (self.chance.below(20), some) {
            (0..=7, Some(at)) => self.end(at, false),
            (8..=11, Some(at)) => {
                self.look(at);
                Ok(())
            }
            (12..=13, _) => self.agent_is(person, false),
            (14..=16, _) => self.agent_is(person, true),
            (17, _) => self.tenant_is(person, false),
            (18, _) => self.tenant_is(person, true),
            _ => self.start(person),
        }
    }

    fn start(&mut self, person: usize) -> Result<(), String> {
        let Some(at) = self.any_node() else { return Ok(()) };
        let agent = usize::try_from(self.chance.below(AGENTS.len() as u64)).unwrap_or(0);
        let (Some(agent_name), Some(person_name)) = (AGENTS.get(agent), PEOPLE.get(person)) else { return Ok(()) };
        let wide = self.options.wide && self.chance.permille(800);
        let templates: &[&str] = if wide { &WIDE } else { &TEMPLATES };
        let template = self.chance.pick(templates).copied().unwrap_or("long");
        let start = Start {
            by: by(person_name)?,
            subject: None,
            template: TemplateName::parse(template).map_err(|error| error.to_string())?,
            parameters: [("max".to_owned(), format!("{}.00", self.chance.between(50, 500)))].into(),
            agent: AgentId::parse(agent_name).map_err(|error| error.to_string())?,
            only: Vec::new(),
            seen: None,
        };
        let task = TaskId::new(self.chance.id());
        let ids = vec![Salt::new(self.chance.id()), Salt::new(self.chance.id())];
        let facts = Facts::of_nobody(self.now, ids);
        let command = Command::Start(Box::new(start));
        self.ask(at, Waiting::Start(task, agent, person), |ticket| Input::Ask {
            ticket,
            tenant: TENANT,
            task,
            command,
            facts,
        });
        Ok(())
    }

    pub(super) fn started(&mut self, task: TaskId, grant: GrantId, holder: usize, person: usize) -> Result<(), String> {
        let known = self.knows(task, grant, (holder, person), true)?;
        if self.chance.permille(900) {
            let command = Command::Consent { grant, by: by(PEOPLE.get(person).copied().unwrap_or_default())? };
            self.task_command(known, About::Consent(grant), command, None)?;
        }
        self.bind(known)
    }

    /// Somebody holds a grant from now on.
    pub(super) fn knows(
        &mut self,
        task: TaskId,
        grant: GrantId,
        (holder, person): (usize, usize),
        root: bool,
    ) -> Result<usize, String> {
        let name = AGENTS.get(holder).copied().unwrap_or_default();
        let agent = AgentId::parse(name).map_err(|error| error.to_string())?;
        let (proof, last, process) = (None, None, 1);
        let (bound, over, epoch) = (false, false, self.epoch);
        self.tasks.push(Known { task, grant, agent, process, proof, holder, person, epoch, bound, over, root, last });
        Ok(self.tasks.len() - 1)
    }

    pub(super) fn task_command(
        &mut self,
        known: usize,
        about: About,
        command: Command,
        by: Option<(u64, Digest)>,
    ) -> Result<(), String> {
        let (Some(at), Some(known_task)) = (self.any_node(), self.tasks.get(known).cloned()) else { return Ok(()) };
        let caller = by.map(|(process, proof)| caller(&known_task.agent, process, proof)).transpose()?;
        let facts = Facts { caller, ..Facts::of_nobody(self.now, Vec::new()) };
        let task = known_task.task;
        let waiting = Waiting::Task(task, about, Some(known));
        self.ask(at, waiting, |ticket| Input::Ask { ticket, tenant: TENANT, task, command, facts });
        Ok(())
    }

    /// A process takes a grant: the one that has it, or another that retires it.
    pub(super) fn bind(&mut self, known: usize) -> Result<(), String> {
        let other = self.chance.permille(100);
        let proof = self.proof();
        let Some(task) = self.tasks.get_mut(known) else { return Ok(()) };
        task.process += u64::from(other);
        let (grant, process) = (task.grant, task.process);
        let key = caller(&task.agent, process, proof)?.key;
        self.task_command(known, About::Bind(grant, key), Command::Bind { grant }, Some((process, proof)))
    }

    fn end(&mut self, known: usize, holder: bool) -> Result<(), String> {
        let proof = self.proof();
        let Some(task) = self.tasks.get(known) else { return Ok(()) };
        let (grant, process, person) = (task.grant, task.process, PEOPLE.get(task.person).copied().unwrap_or_default());
        let who = if holder { Ender::Holder } else { Ender::Person(by(person)?) };
        let by = holder.then_some((process, proof));
        let why = Code::TaskEnded;
        let (about, command) = if self.chance.permille(500) {
            (About::End(Some(grant)), Command::EndGrant { grant, who, why })
        } else {
            (About::End(None), Command::EndTask { who, why })
        };
        self.task_command(known, about, command, by)
    }

    /// A task command of a person's or a holder's was decided.
    pub(super) fn people_told(
        &mut self,
        at: usize,
        task: TaskId,
        about: &About,
        known: Option<usize>,
        decided: &Decided,
    ) {
        if decided.verdict != Verdict::Done {
            return;
        }
        let Some(entry) = known.and_then(|known| self.tasks.get_mut(known)) else { return };
        match about {
            About::Bind(..) => entry.bound = true,
            About::End(grant) => {
                entry.over = true;
                // Nothing that began before it may leave once an act's whole time to leave has passed by this clock.
                let whole = Span(FORWARD_WITHIN.0.saturating_add(DRIFT_OVER_FORWARD.0));
                let wait = if self.mutated(Mutant::DrainsTooEarly) { Span(0) } else { whole };
                self.tell_node(at, wait, ForNode::Drained(task, *grant));
            }
            _ => {}
        }
    }

    /// The holder has understood that the task is over.
    pub(super) fn given_up(&mut self, known: usize) {
        if let Some(task) = self.tasks.get_mut(known) {
            task.over = true;
        }
    }

    pub(super) fn drained(&mut self, task: TaskId, grant: Option<GrantId>) {
        self.happenings.push(Happening::Drained { at: self.now, task, grant });
    }

    fn look(&mut self, known: usize) {
        let (Some(at), Some(task)) = (self.any_node(), self.tasks.get(known).map(|known| known.task)) else { return };
        let shown = Arc::new(Mutex::new(None));
        let show = Arc::clone(&shown);
        let look: Look =
            Box::new(move |state, _| *show.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.clone()));
        self.ask(at, Waiting::Look(self.now, shown), |ticket| Input::Look { ticket, tenant: TENANT, task, look });
    }

    fn agent_is(&mut self, person: usize, active: bool) -> Result<(), String> {
        let name = self.chance.pick(&AGENTS).copied().unwrap_or_default();
        let agent = AgentId::parse(name).map_err(|error| error.to_string())?;
        self.control_command(person, |by| ControlCommand::Agent { by, agent, active })
    }

    fn tenant_is(&mut self, person: usize, running: bool) -> Result<(), String> {
        if !running {
            // Not for long: else nothing would happen any more.
            let soon = Span::seconds(self.chance.between(1, 20));
            self.after(soon, Event::Running(person));
        }
        self.control_command(person, |by| ControlCommand::Tenant { by, running })
    }

    /// Work goes on, whoever stopped it.
    pub(super) fn running(&mut self, person: usize) -> Result<(), String> {
        self.tenant_is(person, true)
    }

    pub(super) fn control_command(
        &mut self,
        person: usize,
        command: impl FnOnce(bailiwick_core::By) -> ControlCommand,
    ) -> Result<(), String> {
        let Some(at) = self.any_node() else { return Ok(()) };
        let command = command(by(PEOPLE.get(person).copied().unwrap_or_default())?);
        let facts = Facts::of_nobody(self.now, Vec::new());
        let blobs = Vec::new();
        self.ask(at, Waiting::Control, |ticket| Input::Control { ticket, tenant: TENANT, command, blobs, facts });
        Ok(())
    }
}
