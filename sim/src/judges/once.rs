//! A proof's id and an idempotency key begin one act at most: in the log, and in what really left and was done.

use super::{Judge, Verdict, holds};
use crate::happening::Happening;
use crate::log::{Entry, Log};
use crate::world::World;
use bailiwick_core::{Data, Digest, Facts, GrantId, StreamId, TaskId};
use std::collections::BTreeSet;

#[derive(Default)]
pub(super) struct Once {
    proofs: BTreeSet<(StreamId, Digest)>,
    keys: BTreeSet<(GrantId, Digest)>,
    shown: BTreeSet<(TaskId, Digest)>,
    done: BTreeSet<(GrantId, String)>,
}

impl Judge for Once {
    fn name(&self) -> &'static str {
        "once"
    }

    fn entry(&mut self, entry: &Entry, _: &Log) -> Verdict {
        let (leaf, stream) = (entry.stored.leaf, entry.stored.stream);
        let mut used = |facts: &Facts| match facts.caller.as_ref().and_then(|caller| caller.proof) {
            Some(proof) => holds(self.proofs.insert((stream, proof)), || {
                format!("leaf {leaf}: a proof is used for the second time")
            }),
            None => Ok(()),
        };
        match &entry.event.data {
            Data::KeyBound(bound) => used(&bound.facts),
            Data::ActionBegun(begun) => {
                used(&begun.facts)?;
                let Some(key) = begun.action.key else { return Ok(()) };
                holds(self.keys.insert((begun.grant, key)), || {
                    format!("leaf {leaf}: an idempotency key begins its second act")
                })
            }
            _ => Ok(()),
        }
    }

    fn happened(&mut self, happening: &Happening, _: &Log, _: &World) -> Verdict {
        match happening {
            Happening::Forwarded { task, act, proof, .. } => holds(self.shown.insert((*task, *proof)), || {
                format!("act {act} of {task} left for a proof that another act left for")
            }),
            Happening::Executed { task, grant, key: Some(key), .. } => {
                holds(self.done.insert((*grant, key.clone())), || format!("the upstream did `{key}` of {task} twice"))
            }
            _ => Ok(()),
        }
    }
}
