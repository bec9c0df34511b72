//! What happens in wide runs beside what happens in all: agents hand on, ask their person for more, call again what waited for
//! people, and point to a draft that somebody changes.

use super::desk::{Waiting, Wanted, caller};
use super::{Event, World};
use crate::happening::About;
use crate::setup::wide::SENDS;
use crate::setup::{AGENTS, PEOPLE, TENANT, json};
use bailiwick_catalogue::Looked;
use bailiwick_core::json::Json;
use bailiwick_core::{
    Attempt, ChangeStatement, Command, Facts, Salt, Span, TaskId, TaskState, Verdict, Wish, delegate_action,
};
use bailiwick_node::{Answer, Input};
use std::sync::{Arc, Mutex, PoisonError};

/// Something that is done for its own sake, in wide runs alone.
pub(super) enum Errand {
    /// An agent hands on, or asks for more.
    Agent(usize),
    /// A person looks after what is there.
    Person(usize),
    /// A person looks at a task that waits for somebody.
    Oversee(usize, usize),
    /// A call comes once more.
    Again(usize, Wanted),
    /// A person signs a change that waits.
    Second(usize, Box<ChangeStatement>),
    /// A person closes what overrides are open.
    Close(usize),
    /// An agent that was let go is taken on again.
    Rehire(usize, usize),
    /// A person who left is described again.
    Returns(usize),
    /// A person enrols a passkey, and more than once: until it is there.
    Enrols(usize),
    /// A person holds a task, or lets go of one.
    Keeps(usize),
}

/// Who waits for an answer, in wide runs alone.
pub(super) enum Wide {
    /// The holder of a grant, who hands on to this agent.
    HandOn(usize, usize),
    /// Somebody who said something of a task.
    Said(usize),
    /// A person who looks at a task, to do something about what they see.
    Oversee(usize, usize, Arc<Mutex<Option<TaskState>>>),
    /// A node that looks for what is kept no longer.
    Expires(usize, Arc<Mutex<Option<TaskState>>>),
}

impl World {
    pub(super) fn plan_wide(&mut self) {
        if !self.options.wide {
            return;
        }
        (0..AGENTS.len()).for_each(|agent| self.after(Span::seconds(2), Event::Errand(Errand::Agent(agent))));
        (0..PEOPLE.len()).for_each(|person| self.after(Span::seconds(3), Event::Errand(Errand::Person(person))));
    }

    pub(super) fn errand(&mut self, errand: Errand) -> Result<(), String> {
        if self.healed && !self.runs_late(&errand) {
            return Ok(());
        }
        match errand {
            Errand::Agent(agent) => self.agents_errand(agent),
            Errand::Person(person) => self.persons_errand(person),
            Errand::Oversee(person, known) => {
                self.oversee(person, known);
                Ok(())
            }
            Errand::Again(known, wanted) => self.attempt(known, Some(wanted)),
            Errand::Second(person, statement) => self.second(person, &statement),
            Errand::Close(person) => self.close_glasses(person),
            Errand::Rehire(person, agent) => self.rehire(person, agent),
            Errand::Returns(person) => self.returns(person),
            Errand::Enrols(person) => self.enrols(person),
            Errand::Keeps(person) => self.holds_or_lets_go(person),
        }
    }

    fn agents_errand(&mut self, agent: usize) -> Result<(), String> {
        let pause = Span(self.chance.between(1_000, self.options.agent_pause.0.saturating_mul(3)));
        self.after(pause, Event::Errand(Errand::Agent(agent)));
        let own = self.tasks.iter().enumerate().filter(|(_, task)| task.holder == agent && !task.over && task.bound);
        let own: Vec<usize> = own.map(|(at, _)| at).collect();
        let Some(known) = self.chance.pick(&own).copied() else { return Ok(()) };
        match self.chance.below(12) {
            0..=6 => self.hand_on(known),
            7 | 8 => self.wish(known),
            // Whoever was told that a grant is over tries it all the same.
            9 | 10 => {
                let ended = self.tasks.iter().enumerate().filter(|(_, task)| task.holder == agent && task.over);
                let ended: Vec<usize> = ended.map(|(at, _)| at).collect();
                let latest = ended.get(ended.len().saturating_sub(4)..).unwrap_or_default();
                match self.chance.pick(latest).copied() {
                    Some(ended) => self.attempt(ended, None),
                    None => Ok(()),
                }
            }
            // Whoever else writes drafts changes the one that is pointed to.
            _ => {
                self.draft += 1;
                Ok(())
            }
        }
    }

    /// What an agent of a wide run calls: more tools, and arguments that conditions are about.
    pub(super) fn wide_arguments(&mut self) -> Result<Wanted, String> {
        match self.chance.below(12) {
            0 => Ok(Wanted::of(json("{}")?, "balance")),
            1 => Ok(Wanted::of(json(r#"{"id":"7"}"#)?, "draft")),
            2 | 3 => Ok(Wanted::of(json(r#"{"id":"7"}"#)?, SENDS)),
            4 | 5 => self.noting(),
            _ => {
                let to = self.chance.pick(&["a", "b", "c", "d"]).copied();
                self.paying(to)
            }
        }
    }

    /// A request to hand on: within what is held, beyond it, or to somebody who may not have it.
    fn request(&mut self, delegate: &str) -> Result<Json, String> {
        let (each, total) = (self.chance.between(5, 105), self.chance.between(10, 150));
        let uses = self.chance.between(1, 12);
        let when = match self.chance.below(3) {
            0 => r#","when":{"/to":{"equals":"a"}}"#,
            1 => r#","when":{"/to":{"one_of":["a","b"]}}"#,
            _ => "",
        };
        let pay = format!(
            r#"{{"tools":["bank/pay"],"effect":"transfer","uses":{uses}{when},"meters":{{"EUR":{{"each":"{each}.00","total":"{total}.00"}}}}}}"#
        );
        let note = r#"{"tools":["bank/note"],"effect":"write","uses":3}"#;
        let read = r#"{"tools":["bank/balance","bank/draft"],"resources":"any"}"#;
        let send = r#"{"tools":["bank/send"],"effect":"share","uses":2}"#;
        let rows = match self.chance.below(4) {
            0 => format!("{pay},{note}"),
            1 => format!("{read},{send}"),
            2 => format!("{read},{pay}"),
            _ => pay,
        };
        let further = AGENTS.map(|agent| format!("\"{agent}\"")).join(",");
        let further = match self.chance.below(5) {
            depth @ (1 | 2) => format!(r#","delegation":{{"agents":[{further}],"depth":{depth}}}"#),
            _ => String::new(),
        };
        let window = if self.chance.permille(500) { r#","window":"20s""# } else { "" };
        json(&format!(r#"{{"delegate":"{delegate}","purpose":"help with it","grant":[{rows}]{window}{further}}}"#))
    }

    fn hand_on(&mut self, known: usize) -> Result<(), String> {
        let (Some(at), Some(task)) = (self.any_node(), self.tasks.get(known).cloned()) else { return Ok(()) };
        let delegate = usize::try_from(self.chance.below(AGENTS.len() as u64)).unwrap_or(0);
        let request = self.request(AGENTS.get(delegate).copied().unwrap_or_default())?;
        let control = self.control_of(at);
        let action = delegate_action(request, None, &control.state).ok_or("there is no tool of our own")?;
        let proof = self.proof();
        let who = caller(&task.agent, task.process, proof)?;
        let ids = vec![Salt::new(self.chance.id())];
        let facts = Facts { caller: Some(who), ..Facts::of_nobody(self.now, ids) };
        let attempt = Attempt {
            grant: task.grant,
            epoch: self.claimed_epoch(&task),
            action,
            refused: None,
            settle_within: Span::seconds(5),
            signature: None,
            continues: None,
        };
        let command = Command::Attempt(Box::new(attempt));
        let (task, waiting) = (task.task, Waiting::Wide(Wide::HandOn(known, delegate)));
        self.ask(at, waiting, |ticket| Input::Ask { ticket, tenant: TENANT, task, command, facts });
        Ok(())
    }

    /// An agent asks its person for more.
    fn wish(&mut self, known: usize) -> Result<(), String> {
        let (Some(at), Some(task)) = (self.any_node(), self.tasks.get(known).cloned()) else { return Ok(()) };
        let wanted = format!("to do {} more", self.chance.below(3));
        let epoch = self.claimed_epoch(&task);
        let wish = Wish { grant: task.grant, epoch, tools: vec!["bank/pay".to_owned()], wanted };
        let who = caller(&task.agent, task.process, self.proof())?;
        let facts = Facts { caller: Some(who), ..Facts::of_nobody(self.now, Vec::new()) };
        self.say(at, known, Command::Wish(Box::new(wish)), facts);
        Ok(())
    }

    /// Something is said of a task that is known.
    pub(super) fn say(&mut self, at: usize, known: usize, command: Command, facts: Facts) {
        let Some(task) = self.tasks.get(known).map(|known| known.task) else { return };
        let waiting = Waiting::Wide(Wide::Said(known));
        self.ask(at, waiting, |ticket| Input::Ask { ticket, tenant: TENANT, task, command, facts });
    }

    pub(super) fn answered_wide(&mut self, what: Wide, answer: Answer) -> Result<(), String> {
        match (what, answer) {
            (Wide::HandOn(known, delegate), Answer::Decided { decided, leaf, .. }) => {
                let Some(held) = self.tasks.get(known).cloned() else { return Ok(()) };
                let minted = decided.grant.filter(|_| decided.verdict == Verdict::Done);
                self.told(held.task, About::Attempt(held.grant), decided, leaf);
                let Some(grant) = minted else { return Ok(()) };
                let below = self.knows(held.task, grant, (delegate, held.person), false)?;
                self.bind(below)
            }
            (Wide::Said(known), Answer::Decided { decided, leaf, .. }) => {
                let task = self.tasks.get(known).map(|known| known.task);
                task.into_iter().for_each(|task| self.told(task, About::Said, decided.clone(), leaf));
                Ok(())
            }
            (Wide::Oversee(person, known, shown), Answer::Looked) => {
                let state = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
                self.oversees(person, known, &state.ok_or("a look showed nothing")?)
            }
            (Wide::Expires(at, shown), Answer::Looked) => {
                let state = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
                self.looked_at(at, &state.ok_or("a look showed nothing")?)
            }
            (_, Answer::Failed(_)) => Ok(()),
            (_, answer) => Err(format!("a caller was given the answer of another question: {answer:?}")),
        }
    }

    /// A call waits for people: somebody is told, and it comes again.
    pub(super) fn waits(&mut self, id: u64) {
        let Some(call) = self.calls.remove(&id).filter(|_| self.options.wide) else { return };
        for person in 0..PEOPLE.len() {
            let soon = Span(self.chance.between(100_000, 6_000_000));
            self.after(soon, Event::Errand(Errand::Oversee(person, call.known)));
        }
        for _ in 0..=self.chance.below(2) {
            let later = Span(self.chance.between(1_000_000, 30_000_000));
            self.after(later, Event::Errand(Errand::Again(call.known, call.wanted.clone())));
        }
    }

    /// Whoever was allowed something once tries the very same again, now and then; what took a yes, always.
    pub(super) fn once_more(&mut self, id: u64) {
        if !self.options.wide {
            return;
        }
        let Some(call) = self.calls.get(&id) else { return };
        let (known, wanted) = (call.known, call.wanted.clone());
        if wanted.name == SENDS || self.chance.permille(200) {
            let later = Span(self.chance.between(50_000, 10_000_000));
            self.after(later, Event::Errand(Errand::Again(known, wanted)));
        }
    }

    /// What a call points to is read first, by an act of its own.
    pub(super) fn look_first(&mut self, at: usize, id: u64) -> Result<(), String> {
        let Some(call) = self.calls.remove(&id) else { return Ok(()) };
        let tool = crate::setup::tool(call.wanted.name)?;
        let looks = self.control_of(at).catalogue.looks(&tool, &call.wanted.arguments);
        let Some(look) = looks.into_iter().next() else { return Ok(()) };
        let reads = Wanted::of(look.arguments, "draft");
        self.attempt_round(call.known, reads, None, Some(Box::new((look.pointer, call.wanted))))
    }

    /// It was read: now the call comes with what was seen.
    pub(super) fn has_looked(&mut self, id: u64) -> Result<(), String> {
        let Some(call) = self.calls.get_mut(&id) else { return Ok(()) };
        let known = call.known;
        let Some((pointer, wanted)) = call.looks_for.take().map(|of| *of) else { return Ok(()) };
        let seen = json(&format!(r#"{{"body":"the draft","etag":"{}"}}"#, self.draft))?;
        self.comes_with(known, wanted, Looked { pointer, seen: Some(seen) })
    }

    fn comes_with(&mut self, known: usize, wanted: Wanted, looked: Looked) -> Result<(), String> {
        self.attempt_round(known, Wanted { looked: Some(vec![looked]), ..wanted }, None, None)
    }

    /// A grant that is not known to be over.
    pub(super) fn live_grant(&mut self) -> Option<usize> {
        let live = self.tasks.iter().enumerate().filter(|(_, task)| !task.over);
        let live: Vec<usize> = live.map(|(at, _)| at).collect();
        self.chance.pick(&live).copied()
    }

    /// Whether the upstream did an act.
    pub(super) fn was_done(&self, task: TaskId, act: u64) -> bool {
        self.done.contains(&(task, act))
    }
}
