//! Whatever nodes sign is one log: a checkpoint is of the leaves that the store has, and every earlier one is of their
//! beginning. After a loss a node that saw none of it goes on with what is left: then each is held to its own, until somebody
//! begins an epoch: that has a name of its own, under which all sign one log.

use super::{Judge, Verdict, holds};
use crate::happening::Happening;
use crate::log::Log;
use crate::setup::TENANT;
use crate::world::World;
use bailiwick_core::Digest;
use bailiwick_record::{Compact, leaf_hash};
use bailiwick_store::Ledger;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Checkpoints {
    /// By size and node, of the newest epoch.
    signed: BTreeMap<(u64, usize), Digest>,
    lost: bool,
    /// Under which name, and under which ones before.
    name: Option<String>,
    before: BTreeSet<String>,
}

impl Judge for Checkpoints {
    fn name(&self) -> &'static str {
        "checkpoints"
    }

    fn outlives_loss(&self) -> bool {
        true
    }

    fn happened(&mut self, happening: &Happening, _: &Log, world: &World) -> Verdict {
        let (node, size, root, name) = match happening {
            Happening::Signed { node, size, root, name } => (*node, *size, *root, name),
            Happening::Lost { .. } => {
                self.lost = true;
                return Ok(());
            }
            // From here on all sign one log again, and none under a name that another one was signed under.
            Happening::Restored { .. } => {
                let mut before = std::mem::take(&mut self.before);
                before.extend(self.name.take());
                *self = Self { before, ..Self::default() };
                return Ok(());
            }
            _ => return Ok(()),
        };
        holds(!self.before.contains(name), || {
            format!("node {node} signs {size} leaves under {name}, the name of another log")
        })?;
        let of_all = self.name.get_or_insert_with(|| name.clone());
        holds(of_all == name, || format!("node {node} signs under {name}, others under {of_all}"))?;
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
