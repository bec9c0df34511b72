//! Whatever nodes sign is one log: a checkpoint is of the leaves that the store has, and every earlier one is of their
//! beginning. After a loss a node that saw none of it goes on with what is left: then each is held to its own.

use super::{Judge, Verdict, holds};
use crate::happening::Happening;
use crate::log::Log;
use crate::setup::TENANT;
use crate::world::World;
use bailiwick_core::Digest;
use bailiwick_record::{Compact, leaf_hash};
use bailiwick_store::Ledger;
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Checkpoints {
    /// By size and node.
    signed: BTreeMap<(u64, usize), Digest>,
    lost: bool,
}

impl Judge for Checkpoints {
    fn name(&self) -> &'static str {
        "checkpoints"
    }

    fn outlives_loss(&self) -> bool {
        true
    }

    fn happened(&mut self, happening: &Happening, _: &Log, world: &World) -> Verdict {
        let (node, size, root) = match happening {
            Happening::Signed { node, size, root } => (*node, *size, *root),
            Happening::Lost { .. } => {
                self.lost = true;
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.signed.insert((size, node), root);
        let largest = self.signed.last_key_value().map_or(0, |((size, _), _)| *size);
        let most = usize::try_from(largest).unwrap_or(usize::MAX);
        let lines = world.store().entries(TENANT, 0, most).map_err(|error| error.to_string())?;
        let mut tree = Compact::default();
        let mut roots = BTreeMap::from([(0, tree.root())]);
        for line in &lines {
            tree.push(leaf_hash(&line.hash));
            roots.insert(tree.size(), tree.root());
        }
        let lost = self.lost;
        let held = self.signed.iter().filter(|((_, by), _)| !lost || *by == node);
        for ((earlier, by), signed) in held {
            holds(roots.get(earlier) == Some(signed), || {
                format!("node {node} signs {size} leaves, and the {earlier} that node {by} signed are not of that log")
            })?;
        }
        Ok(())
    }
}
