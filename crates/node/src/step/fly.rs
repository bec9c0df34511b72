//! What waits for a task, decided into one batch.

use super::hold::Under;
use super::mandates::Taken;
use super::task::answer;
use super::{Answer, BATCH_MAX, BatchId, Failure, Flight, Flown, Output, SEEN_WITHIN, Slot, Waiting};
use crate::calendar::periods;
use crate::live::LiveControl;
use crate::vault::Vault;
use bailiwick_core::{
    Command, Decided, GrantId, MandateName, Micros, TaskId, TenantId, Verdict, View, decide, mandates_wanted,
};
use std::sync::Arc;

/// How far what waits was decided.
pub(super) enum Flew {
    /// As far as it goes now.
    Done,
    /// The stream must be read again first.
    Stale,
    /// These mandates must be there first.
    Wants {
        /// Which.
        names: Vec<MandateName>,
        /// Those that are at hand must be read on.
        again: bool,
    },
}

impl Slot {
    /// Decides what waits, one after another on memory, into one batch, which is held then: into the one that is held
    /// already, where there is one. What draws on mandates is decided with those in `taken`, in a batch of its own.
    pub(super) fn fly(
        &mut self,
        (tenant, task): (TenantId, TaskId),
        control: &Arc<LiveControl>,
        (vault, taken): (&Vault, &mut Taken),
        now: Micros,
        batch: BatchId,
        out: &mut Vec<Output>,
    ) -> Flew {
        let Some(live) = self.live.as_mut() else { return Flew::Stale };
        let under = Under { epoch: control.state.epoch, leaf: control.state.leaf };
        let new = || Flight { batch, flown: Vec::new(), first: live.chain.seq() + 1, at: now, under };
        let Flight { batch, mut flown, first: first_of_batch, .. } = self.flight.take().unwrap_or_else(new);
        let mut written = self.held.take().unwrap_or_default();
        while flown.len() < BATCH_MAX {
            let Some(waiting) = self.queue.pop_front() else { break };
            let pending = match waiting {
                Waiting::Look(ticket, _) if live.state.seq == 0 => {
                    answer(Some(ticket), Answer::Failed(Failure::NoTask), out);
                    continue;
                }
                // Also where commands wait beside it: a look rests on no append of theirs.
                Waiting::Look(ticket, look) if written.events.is_empty() && now > live.seen.after(SEEN_WITHIN) => {
                    self.queue.push_front(Waiting::Look(ticket, look));
                    return Flew::Stale;
                }
                Waiting::Look(ticket, look) if written.events.is_empty() => {
                    look(&live.state, control);
                    answer(Some(ticket), Answer::Looked, out);
                    continue;
                }
                // What is not durable yet is shown to nobody.
                Waiting::Look(ticket, look) => {
                    self.queue.push_front(Waiting::Look(ticket, look));
                    break;
                }
                Waiting::Command(pending) => pending,
            };
            let mut pending = *pending;
            let unknown = live.state.seq == 0 && pending.command.begins().is_none();
            // Another node may have begun it since.
            if unknown && written.events.is_empty() && now > live.seen.after(SEEN_WITHIN) {
                self.queue.push_front(Waiting::Command(Box::new(pending)));
                return Flew::Stale;
            }
            if unknown {
                answer(pending.ticket, Answer::Failed(Failure::NoTask), out);
                continue;
            }
            let wanted = mandates_wanted(&live.state, &control.state, &pending.command);
            if !wanted.is_empty() && !written.events.is_empty() {
                self.queue.push_front(Waiting::Command(Box::new(pending)));
                break;
            }
            if !wanted.iter().all(|name| taken.contains_key(name)) {
                self.queue.push_front(Waiting::Command(Box::new(pending)));
                return Flew::Wants { names: wanted, again: false };
            }
            // Along each stream that it moves time never falls, whatever the clock of this node says.
            let drawn_on = wanted.iter().filter_map(|name| taken.get(name));
            pending.facts.now = drawn_on.map(|live| live.state.at).fold(now, Micros::max);
            pending.facts.periods = periods(&control.state, &wanted, pending.facts.now);
            let mandates = taken.iter().map(|(name, live)| (name.clone(), &live.state)).collect();
            let decided = decide(
                View { mandates: &mandates, ..View::of(&live.state, &control.state) },
                control.policy.as_ref(),
                &pending.command,
                &pending.facts,
            );
            if decided.events.is_empty() && flown.is_empty() && now > live.seen.after(SEEN_WITHIN) {
                self.queue.push_front(Waiting::Command(Box::new(pending)));
                return Flew::Stale;
            }
            // What somebody else gave back meanwhile is not refused.
            if decided.verdict == Verdict::Deny && !wanted.is_empty() && !std::mem::replace(&mut pending.looked, true) {
                self.queue.push_front(Waiting::Command(Box::new(pending)));
                return Flew::Wants { names: wanted, again: true };
            }
            let with_these = written.events.len() + decided.events.len();
            if !written.events.is_empty() && with_these > bailiwick_store::EVENTS_PER_APPEND_MAX {
                self.queue.push_front(Waiting::Command(Box::new(pending)));
                break;
            }
            if let Some(key) = count_key(&pending.command, &decided) {
                self.counts.entry(key).and_modify(|count| *count += 1).or_insert(1);
            }
            let first = live.chain.seq() + 1;
            match written.write(live, tenant, task, (vault, taken), &decided.events) {
                Ok(last) if last.is_none() && flown.is_empty() => {
                    // It appends nothing and rests on nothing that is in flight.
                    answer(pending.ticket, Answer::Decided { decided: Box::new(decided), leaf: None, at: now }, out);
                }
                Ok(last) => {
                    if let Some(told) = decided.before_durable() {
                        let decided = Box::new(told);
                        answer(pending.ticket.take(), Answer::Decided { decided, leaf: None, at: now }, out);
                    }
                    flown.push(Flown { pending, decided, last, first });
                }
                Err(failure) => {
                    // Some of it may have been folded.
                    taken.clear();
                    answer(pending.ticket, Answer::Failed(failure), out);
                }
            }
            if !written.beside.is_empty() {
                break;
            }
        }
        if !written.events.is_empty() {
            self.flight = Some(Flight { batch, flown, first: first_of_batch, at: now, under });
            self.held = Some(written);
        }
        Flew::Done
    }
}

/// What a refusal that is not written is counted under.
fn count_key(command: &Command, decided: &Decided) -> Option<(GrantId, bailiwick_core::Code, bailiwick_core::ToolId)> {
    let reason = decided.reasons.first().filter(|_| decided.counted)?;
    match command {
        Command::Attempt(attempt) => Some((attempt.grant, reason.code, attempt.action.tool.clone())),
        _ => None,
    }
}
