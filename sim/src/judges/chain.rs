//! Leaves are dense, chains are whole, time never falls along a stream, and what was once read is still there.

use super::{Judge, Verdict, holds};
use crate::log::{Entry, Log};
use crate::setup::TENANT;
use crate::world::World;
use bailiwick_core::{Digest, Micros, StreamId};
use bailiwick_record::sha256;
use bailiwick_store::Ledger;
use std::collections::BTreeMap;

/// How many hashes are read again at once.
const READ_MAX: usize = 1_024;

#[derive(Default)]
pub(super) struct Chain {
    streams: BTreeMap<StreamId, (bailiwick_record::Chain, Micros)>,
    hashes: Vec<Digest>,
}

impl Judge for Chain {
    fn name(&self) -> &'static str {
        "chain"
    }

    fn entry(&mut self, entry: &Entry, _: &Log) -> Verdict {
        let stored = &entry.stored;
        let due = self.hashes.len() as u64;
        holds(stored.leaf == due, || format!("leaf {due} was due and leaf {} came", stored.leaf))?;
        self.hashes.push(stored.event.hash);
        let fresh = || (bailiwick_record::Chain::new(TENANT, stored.stream), Micros(0));
        let (chain, at) = self.streams.entry(stored.stream).or_insert_with(fresh);
        let sealed = stored.event.sealed.as_ref().map(|sealed| sha256(&sealed.bytes));
        chain
            .check(stored.seq, &stored.event.hash, &stored.event.clear, sealed.as_ref())
            .map_err(|error| format!("leaf {}: the chain of {} is broken: {error}", stored.leaf, stored.stream))?;
        holds(entry.event.at >= *at && entry.event.at == stored.event.at, || {
            format!("leaf {}: time falls along {}, or differs from the store's copy", stored.leaf, stored.stream)
        })?;
        *at = entry.event.at;
        Ok(())
    }

    fn end(&mut self, _: &Log, world: &World) -> Verdict {
        let mut from = 0;
        while from < self.hashes.len() {
            let found = world.store().entries(TENANT, from as u64, READ_MAX).map_err(|error| error.to_string())?;
            let known = self.hashes.iter().skip(from).take(found.len());
            holds(!found.is_empty() && known.eq(found.iter().map(|line| &line.hash)), || {
                format!("the log past leaf {from} is another than it was")
            })?;
            from += found.len();
        }
        Ok(())
    }
}
