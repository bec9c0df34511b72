//! Liveness: once faults have stopped for ten minutes, nobody waits, nothing is under way, every act has ended or is in
//! doubt, and nothing that fell due is left undone.

use super::{Judge, Verdict, holds};
use crate::log::{Entry, Log};
use crate::world::World;
use bailiwick_core::{Data, Micros, StreamId};
use bailiwick_store::Ledger;
use std::collections::BTreeMap;

/// More streams than a world has.
const DUE_MAX: usize = 1_000;

#[derive(Default)]
pub(super) struct Settled {
    open: BTreeMap<(StreamId, u64), Micros>,
}

impl Judge for Settled {
    fn name(&self) -> &'static str {
        "settled"
    }

    fn entry(&mut self, entry: &Entry, _: &Log) -> Verdict {
        let stream = entry.stored.stream;
        match &entry.event.data {
            Data::ActionBegun(begun) => {
                if let Some(first) = begun.continues {
                    self.open.remove(&(stream, first));
                }
                self.open.insert((stream, entry.stored.seq), begun.settle_by);
            }
            // What was handed on is the outcome of the act that did.
            Data::GrantMinted(minted) => {
                if let Some(act) = minted.act {
                    self.open.remove(&(stream, act));
                }
            }
            Data::ActionEnded(ended) => {
                self.open.remove(&(stream, ended.act));
            }
            Data::ActionDoubtful(doubtful) => {
                self.open.remove(&(stream, doubtful.act));
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, _: &Log, world: &World) -> Verdict {
        let waiting = world.callers();
        holds(waiting == 0, || format!("{waiting} callers still wait for an answer"))?;
        let committing = world.committing();
        holds(committing == 0, || format!("{committing} nodes still wait for an append"))?;
        let dead = world.engines().filter(Option::is_none).count();
        holds(dead == 0, || format!("{dead} nodes did not come back"))?;
        let busy = world.engines().flatten().filter(|engine| !engine.idle()).count();
        holds(busy == 0, || format!("{busy} engines are not idle"))?;
        let open = self.open.iter().next();
        holds(open.is_none(), || format!("act {:?} neither ended nor is in doubt", open.map(|(act, _)| act)))?;
        // What falls due within the last seconds may be on its way.
        let now = world.store_now().before(bailiwick_core::Span::seconds(10));
        let due = world.store().due(now, DUE_MAX).map_err(|error| error.to_string())?;
        holds(due.is_empty(), || format!("{} streams fell due and were not looked after", due.len()))
    }
}
