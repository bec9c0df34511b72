//! Every act that left had one durable `action.begun` before it, for these very bytes, and left once.

use super::{Judge, Verdict, holds};
use crate::happening::Happening;
use crate::log::Log;
use crate::world::World;
use bailiwick_core::{Data, TaskId};
use std::collections::BTreeSet;

#[derive(Default)]
pub(super) struct Forwarded {
    left: BTreeSet<(TaskId, u64)>,
}

impl Judge for Forwarded {
    fn name(&self) -> &'static str {
        "forwarded"
    }

    fn happened(&mut self, happening: &Happening, log: &Log, _: &World) -> Verdict {
        let Happening::Forwarded { task, grant, act, sent, .. } = happening else { return Ok(()) };
        let begun = log.event(*task, *act).map(|entry| &entry.event.data);
        let Some(Data::ActionBegun(begun)) = begun else {
            return Err(format!("act {act} of {task} left, and there is no durable action.begun for it"));
        };
        let digest = begun.private.as_ref().map(|private| private.sent);
        holds(digest == Some(*sent) && begun.grant == *grant, || {
            format!("act {act} of {task} left with other bytes, or under another grant, than were decided")
        })?;
        holds(self.left.insert((*task, *act)), || format!("act {act} of {task} left twice"))
    }
}
