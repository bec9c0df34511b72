//! A store that lost what a node remembers, or that somebody wrote to without the tenant's key, is noticed; from then on
//! the node allows, answers and shows nothing. And a store that nobody touched is never said to have been.

use super::{Judge, Verdict, holds};
use crate::happening::{Happening, Loss};
use crate::log::Log;
use crate::world::{NODES, World};
use std::collections::BTreeSet;

#[derive(Default)]
pub(super) struct Noticed {
    lost: Option<(Loss, Vec<usize>)>,
    noticed: BTreeSet<usize>,
}

impl Judge for Noticed {
    fn name(&self) -> &'static str {
        "noticed"
    }

    fn outlives_loss(&self) -> bool {
        true
    }

    fn happened(&mut self, happening: &Happening, _: &Log, _: &World) -> Verdict {
        match happening {
            Happening::Lost { how, must_notice } => {
                self.lost = Some((*how, must_notice.clone()));
                Ok(())
            }
            Happening::Restored { .. } => {
                *self = Self::default();
                Ok(())
            }
            Happening::Noticed { node, why } => {
                self.noticed.insert(*node);
                holds(self.lost.is_some(), || format!("node {node} says of a store that nobody touched: {why}"))
            }
            Happening::ActedBehind { node, what } => {
                Err(format!("node {node} had noticed that the store is another than it was, and {what}"))
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, _: &Log, world: &World) -> Verdict {
        let Some((how, must)) = &self.lost else { return Ok(()) };
        let waiting = world.callers();
        holds(waiting == 0, || format!("{how:?}: {waiting} callers still wait for an answer, if only a no"))?;
        (0..NODES).filter(|node| must.contains(node)).try_for_each(|node| {
            holds(self.noticed.contains(&node) && world.knows_of_loss(node), || {
                format!("{how:?}: node {node} remembers another store, and goes on")
            })
        })
    }
}
