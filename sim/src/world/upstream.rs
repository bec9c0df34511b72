//! The bank: it does what it is asked, mostly. It may be slow, answer twice, not at all, or after nobody waits any more.

use super::node::ForNode;
use super::{Event, World};
use crate::happening::Happening;
use bailiwick_core::{Amount, Span};

/// What the upstream says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// Done, and it moved so much.
    Done(Amount),
    /// Nothing was done.
    NotDone,
    /// An error, which proves nothing.
    Error,
    /// It asks something first, and has done nothing yet.
    Asks,
}

impl World {
    pub(super) fn upstream(&mut self, id: u64) {
        let odd = self.strikes(self.options.upstream_odd);
        let kind = if odd { self.chance.between(1, 8) } else { 0 };
        // The edge may be dead by now: the bank does not know.
        let Some(call) = self.sent.remove(&id) else { return };
        let done = !matches!(kind, 1..=3 | 8);
        // It may take less than it was asked for, never more.
        let amount = match call.amount {
            Some(asked) if self.chance.permille(150) => {
                Amount::from_whole(1).filter(|one| *one < asked).unwrap_or(asked)
            }
            asked => asked.unwrap_or(Amount::ZERO),
        };
        if done {
            self.done.extend(call.begun.map(|(act, ..)| (call.task, act)));
            let key = call.key.clone();
            self.happenings.push(Happening::Executed { task: call.task, grant: call.grant, amount, key });
        }
        let reply = match kind {
            // It hangs, before or after it did something.
            1 | 4 => return,
            2 => Reply::NotDone,
            3 | 5 => Reply::Error,
            8 => Reply::Asks,
            _ => Reply::Done(amount),
        };
        let slow = if kind == 6 { Span(self.chance.between(1_000_000, 60_000_000)) } else { Span(0) };
        let back = Span(self.way().0.saturating_add(slow.0));
        self.after(back, Event::Node(call.node, call.generation, ForNode::Reply(id, reply)));
        if kind == 7 {
            let again = Span(back.0.saturating_add(self.way().0));
            self.after(again, Event::Node(call.node, call.generation, ForNode::Reply(id, reply)));
        }
    }
}
