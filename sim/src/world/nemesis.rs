//! What breaks by itself, from time to time: processes, the store, its clock. And the end of all that.

use super::{Event, World};
use bailiwick_core::Span;

/// How long anything that broke stays broken, at most.
const BROKEN_MAX: Span = Span::seconds(15);

impl World {
    pub(super) fn nemesis(&mut self) {
        if self.healed {
            return;
        }
        let next = Span(self.chance.between(1_000_000, self.options.nemesis_pause.0));
        self.after(next, Event::Nemesis);
        self.counts.faults += 1;
        let node = usize::try_from(self.chance.below(super::NODES as u64)).unwrap_or(0);
        let broken = Span(self.chance.between(10_000, BROKEN_MAX.0));
        match self.chance.below(5) {
            0 => self.kill(node),
            1 | 2 => {
                if let Some(node) = self.nodes.get_mut(node).filter(|node| node.alive()) {
                    node.stopped = true;
                }
                self.after(broken, Event::Resume(node));
            }
            3 => {
                self.store.set_gone(true);
                self.after(broken, Event::StoreBack);
            }
            _ => self.set_store_clock(),
        }
    }

    /// Somebody sets the store's clock, or another machine takes over whose clock differs.
    fn set_store_clock(&mut self) {
        let forward = self.chance.below(self.options.clock_forward.0.saturating_add(1));
        let back = self.chance.below(self.options.clock_back.0.saturating_add(1));
        if self.chance.permille(500) {
            self.store_ahead_us = self.store_ahead_us.saturating_add_unsigned(forward);
        } else {
            self.store_ahead_us = self.store_ahead_us.saturating_sub_unsigned(back);
            self.set_back = Span(self.set_back.0.saturating_add(back));
        }
    }

    /// From now on nothing breaks, and nobody asks for anything new; what broke is mended.
    pub(crate) fn heal(&mut self) {
        self.healed = true;
        self.store.set_gone(false);
        (0..super::NODES).for_each(|node| self.resume(node));
    }
}
