//! Whatever a descendant did, each grant that it comes from allowed at that moment, by this judge's own reading of tools,
//! effects and conditions; and whoever handed on was allowed to.

use super::tree::{Held, Tree, plain};
use super::{Judge, Verdict, holds};
use crate::log::{Entry, Log};
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{ActionBegun, Constraint, Data, Effect, GrantId, GrantMinted, Row};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Lineage {
    tree: Tree,
    /// Acts that hand on, by their place.
    handing: BTreeMap<(bailiwick_core::StreamId, u64), GrantId>,
}

/// Whether a pattern names a tool: a star stands at its end or nowhere, in this world.
fn names(pattern: &str, tool: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == tool, |start| tool.starts_with(start))
}

/// Whether an argument is one of the values that a condition names; other conditions there are none in this world.
fn meets(condition: &Constraint, value: Option<&Json>) -> Result<bool, String> {
    let named: Vec<&Json> = condition.equals.iter().chain(&condition.one_of).collect();
    let known = Constraint { equals: None, one_of: Vec::new(), ..condition.clone() };
    if named.is_empty() || known != Constraint::default() {
        return Err(format!("a condition that this judge cannot read: {condition:?}"));
    }
    let each = |list: &[Json]| list.is_empty() || value.is_some_and(|value| list.contains(value));
    Ok(each(condition.equals.as_slice()) && each(&condition.one_of))
}

fn allows(row: &Row, begun: &ActionBegun) -> Result<bool, String> {
    let tool = begun.action.tool.to_string();
    let arguments = begun.private.as_ref().map(|private| &private.arguments).ok_or("an act without arguments")?;
    let fits = row.tools.iter().any(|pattern| names(&pattern.to_string(), &tool));
    let mut met = true;
    for (pointer, condition) in &row.when {
        met &= meets(condition, find(arguments, pointer))?;
    }
    Ok(fits && met && row.effects.contains(&begun.action.effect))
}

fn find<'a>(arguments: &'a Json, pointer: &Pointer) -> Option<&'a Json> {
    arguments.get(pointer.to_string().trim_start_matches('/'))
}

impl Lineage {
    fn begun(&mut self, entry: &Entry, begun: &ActionBegun) -> Verdict {
        let leaf = entry.stored.leaf;
        if begun.action.effect == Effect::Delegate {
            self.handing.insert((entry.stored.stream, entry.stored.seq), begun.grant);
            return Ok(());
        }
        let lineage = self.tree.upwards(begun.grant);
        let used: Vec<GrantId> = begun.rows.iter().rev().map(|used| used.grant).collect();
        let due: Vec<GrantId> = lineage.iter().map(|(id, _)| *id).collect();
        holds(used == due, || format!("leaf {leaf}: an act uses rows of {used:?}, its grant comes from {due:?}"))?;
        let consented = lineage.last().is_some_and(|(_, root)| root.consented);
        holds(consented || plain(begun.action.effect), || {
            format!("leaf {leaf}: a privileged act that nobody consented to")
        })?;
        // What is at stake is handed on once at most.
        let high = !plain(begun.action.effect);
        holds(!high || lineage.len() <= 2, || format!("leaf {leaf}: an act of high impact, handed on twice"))?;
        for (used, (id, held)) in begun.rows.iter().rev().zip(&lineage) {
            let window = held.envelope.window;
            let now = begun.facts.now;
            holds(window.not_before <= now && now < window.expires, || {
                format!("leaf {leaf}: an act outside of the window of grant {id}")
            })?;
            let row = usize::try_from(used.row).ok().and_then(|row| held.envelope.rows.get(row));
            let row = row.ok_or_else(|| format!("leaf {leaf}: grant {id} has no row {}", used.row))?;
            holds(allows(row, begun)?, || format!("leaf {leaf}: grant {id} does not allow what was begun below it"))?;
        }
        Ok(())
    }

    fn minted(&self, entry: &Entry, minted: &GrantMinted) -> Verdict {
        let (leaf, parent) = (entry.stored.leaf, minted.parent);
        let Some(parent) = parent else { return Ok(()) };
        let by = minted.act.and_then(|act| self.handing.get(&(entry.stored.stream, act)));
        holds(by == Some(&parent), || format!("leaf {leaf}: a grant that no act of its parent's handed on"))?;
        let lineage = self.tree.upwards(parent);
        let twice = lineage.iter().any(|(_, held)| held.holder == minted.holder);
        holds(!twice, || format!("leaf {leaf}: {} stands twice in a lineage", minted.holder))?;
        holds(lineage.last().is_some_and(|(_, root)| root.consented), || {
            format!("leaf {leaf}: handed on before anybody consented to that")
        })?;
        for (below, (id, held)) in (0..).zip(&lineage) {
            let whom = held.envelope.delegation.known();
            let may = whom.is_some_and(|whom| whom.agents.contains(&minted.holder) && whom.depth > below);
            holds(may, || format!("leaf {leaf}: grant {id} does not allow to hand on to {}", minted.holder))?;
            holds(minted.envelope.window.expires <= held.envelope.window.expires, || {
                format!("leaf {leaf}: what was handed on is good for longer than grant {id}")
            })?;
        }
        let child = minted.envelope.delegation.known().map_or(0, |whom| whom.depth);
        let held = |held: &Held| held.envelope.delegation.known().map_or(0, |whom| whom.depth);
        let deepest = lineage.first().map_or(0, |(_, parent)| held(parent));
        holds(child < deepest, || format!("leaf {leaf}: what was handed on goes as deep as what it comes from"))
    }
}

impl Judge for Lineage {
    fn name(&self) -> &'static str {
        "lineage"
    }

    fn entry(&mut self, entry: &Entry, _: &Log) -> Verdict {
        match &entry.event.data {
            Data::ActionBegun(begun) => self.begun(entry, begun)?,
            Data::GrantMinted(minted) => self.minted(entry, minted)?,
            _ => {}
        }
        self.tree.entry(entry);
        Ok(())
    }
}
