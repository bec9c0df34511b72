//! How long tasks are kept, in some wide runs: people hold tasks and let go of them, nodes erase what the rule keeps no longer;
//! and days pass once all else has been judged, for nothing is due within a run.

use super::desk::Waiting;
use super::node::ForNode;
use super::wide::{Errand, Wide};
use super::{Event, NODES, World};
use crate::mutant::Mutant;
use crate::setup::{PEOPLE, TENANT};
use bailiwick_core::{ControlCommand, EraseTask, Expire, ExpiredTask, Facts, HoldTask, Span, TaskId, TaskState};
use bailiwick_node::{Input, Look};
use bailiwick_store::Keys;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// So much passes at once: more than the rule keeps some tasks, and less than it keeps others.
const LEAP: Span = Span::hours(25);
/// How many tasks a node looks at in a second.
const LOOKS: usize = 2;
/// How much earlier a node that misreads it takes a task to have ended.
const MISREAD: Span = Span::hours(30 * 24);

/// What happens while days pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aging {
    /// People hold and let go, nodes erase.
    Busy,
    /// Nodes erase.
    Quiet,
}

impl World {
    /// Whether tasks are held and erased in this run.
    pub(crate) const fn keeps(&self) -> bool {
        self.options.keeps
    }

    /// A day passes at once; every node begins anew.
    pub(crate) fn age(&mut self, how: Aging) {
        self.aging = Some(how);
        self.now = self.now.after(LEAP);
        (0..NODES).for_each(|node| self.kill(node));
        if how == Aging::Busy {
            self.plan_keeping();
        }
    }

    pub(super) fn plan_keeping(&mut self) {
        if self.options.keeps {
            (0..PEOPLE.len()).for_each(|person| self.after(Span::seconds(4), Event::Errand(Errand::Keeps(person))));
        }
    }

    /// Whether an errand is run although nothing breaks any more.
    pub(super) fn runs_late(&self, errand: &Errand) -> bool {
        self.aging == Some(Aging::Busy) && matches!(errand, Errand::Keeps(_) | Errand::Second(..))
    }

    /// A person holds a task, or lets go of a hold, by what a node knows of them.
    pub(super) fn holds_or_lets_go(&mut self, person: usize) -> Result<(), String> {
        let pause = Span(self.keeping.between(1_000_000, 10_000_000));
        self.after(pause, Event::Errand(Errand::Keeps(person)));
        // Seldom enough that most tasks are held by nobody.
        if self.keeping.permille(250) {
            let roots: BTreeSet<TaskId> = self.tasks.iter().map(|known| known.task).collect();
            let roots: Vec<TaskId> = roots.into_iter().collect();
            let Some(task) = self.keeping.pick(&roots).copied() else { return Ok(()) };
            // A node that cannot ask whether the key is there holds nothing.
            let Ok(key) = self.store.data_key(TENANT, task) else { return Ok(()) };
            let said = |by| HoldTask { by, gone: key.is_none(), hold: None, reason: "case 17".to_owned(), task };
            return self.control_command(person, |by| ControlCommand::Hold(Box::new(said(by))));
        }
        let Some(at) = self.any_node() else { return Ok(()) };
        let control = self.control_of(at);
        let holds = control.state.holds.iter().flat_map(|(task, holds)| holds.iter().map(|hold| (*task, hold.seq)));
        let holds: Vec<(TaskId, u64)> = holds.collect();
        let Some((task, hold)) = self.keeping.pick(&holds).copied() else { return Ok(()) };
        let reason = "case 17 is closed".to_owned();
        let said = |by| HoldTask { by, gone: false, hold: Some(hold), reason, task };
        self.control_command(person, |by| ControlCommand::Release(Box::new(said(by))))
    }

    /// What the product's node does each second for the rule: it finishes what the record calls erased, and looks at a few
    /// tasks more.
    pub(super) fn expires(&mut self, at: usize) -> Result<(), String> {
        let rests = !self.options.keeps || self.lost.is_some() || (self.healed && self.aging.is_none());
        let Some(node) = self.nodes.get(at).filter(|node| !rests && node.alive() && node.behind.is_none()) else {
            return Ok(());
        };
        let Some(control) = node.control.clone() else { return Ok(()) };
        let before = node.erasures_done;
        for (task, seq) in control.state.erased.iter().filter(|(_, seq)| **seq > before) {
            if !self.mutated(Mutant::LeavesKeys) && self.store.erase(TENANT, *task).is_err() {
                return Ok(());
            }
            self.tell_node(at, Span(0), ForNode::Input(Box::new(Input::Erased(TENANT, *task))));
            if let Some(node) = self.nodes.get_mut(at) {
                node.erasures_done = node.erasures_done.max(*seq);
            }
        }
        if control.state.retention().is_none() || self.mutated(Mutant::ForgetsToErase) {
            return Ok(());
        }
        let left: BTreeSet<TaskId> = self.tasks.iter().map(|known| known.task).collect();
        let left: Vec<TaskId> = left.into_iter().filter(|task| !control.state.erased.contains_key(task)).collect();
        for _ in 0..LOOKS {
            let turn = self.looks.checked_rem(left.len()).unwrap_or(0);
            self.looks = self.looks.wrapping_add(1);
            let Some(task) = left.get(turn).copied() else { break };
            let shown = Arc::new(Mutex::new(None));
            let show = Arc::clone(&shown);
            let look: Look =
                Box::new(move |state, _| *show.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.clone()));
            let waiting = Waiting::Wide(Wide::Expires(at, shown));
            self.ask(at, waiting, |ticket| Input::Look { ticket, tenant: TENANT, task, look });
        }
        Ok(())
    }

    /// A node has looked at a task: what is over it asks to have erased. Whether it is time, and whether anybody holds it, is
    /// left to be decided.
    pub(super) fn looked_at(&mut self, at: usize, state: &TaskState) -> Result<(), String> {
        let now = self.now;
        let Some(node) = self.nodes.get(at).filter(|node| node.alive()) else { return Ok(()) };
        let time = node.time(now);
        let (Some(control), None, Some(of)) = (node.control.clone(), state.unfinished(time), state.ended_as()) else {
            return Ok(());
        };
        let rule = control.state.retention().map(|(name, _)| name.clone());
        let Some((rule, digest)) = rule.zip(control.state.retention_digest()) else { return Ok(()) };
        if self.mutated(Mutant::DestroysWhatIsAsked) && self.aging.is_some() {
            self.store.erase(TENANT, of.task).map_err(|error| error.to_string())?;
        }
        if self.mutated(Mutant::ErasesWhatIsHeld) && control.state.is_held(of.task) {
            let said = |by| EraseTask { by, listed: true, reason: "it was erased before".to_owned(), task: of.task };
            return self.control_command(0, |by| ControlCommand::Erase(Box::new(said(by))));
        }
        let misread = if self.mutated(Mutant::MisreadsTheEnd) { MISREAD } else { Span(0) };
        let tasks = vec![ExpiredTask { ended: of.ended.before(misread), ..of }];
        let facts = Facts::of_nobody(time, Vec::new());
        let (command, blobs) = (ControlCommand::Expire(Box::new(Expire { digest, rule, tasks })), Vec::new());
        self.ask(at, Waiting::Control, |ticket| Input::Control { ticket, tenant: TENANT, command, blobs, facts });
        Ok(())
    }
}
