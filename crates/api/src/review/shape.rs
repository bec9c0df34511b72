//! How authority is shaped: how far it is handed on, how widely, who holds much of it at once, and what was tried by many ways.
//! Out of the ordinary is what is far more than is usual in this tenant.

use super::{Found, found};
use bailiwick_core::{AgentId, Data, Digest, Event, GrantId, Sprawl, StreamId, TaskId, ToolId, Whose};
use std::collections::{BTreeMap, BTreeSet};

/// The most that is remembered of a kind: past it nothing more is taken in, and what stands is judged.
const REMEMBERED_MAX: usize = 100_000;
/// What is out of the ordinary is more than this, however little is usual.
const DEEP_FROM: usize = 4;
const WIDE_FROM: usize = 8;
const PILED_FROM: usize = 8;
/// So many ways to one goal that rules refused.
const WAYS_FROM: usize = 3;
/// So often one rule cut the same calls off.
const CUT_FROM: usize = 3;

type Grant = (StreamId, GrantId);

/// What the record says of it.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// How deep each grant stands, and who holds it.
    depths: BTreeMap<Grant, (usize, AgentId)>,
    /// Which grant each comes from.
    parents: BTreeMap<Grant, Grant>,
    /// How often each grant was handed on.
    children: BTreeMap<Grant, usize>,
    /// How many grants each agent holds, and the most that it held at once.
    held: BTreeMap<AgentId, (usize, usize)>,
    live: BTreeSet<Grant>,
    /// By which ways a goal that rules refused was tried in a task, and by whom first.
    ways: BTreeMap<(StreamId, Digest), BTreeSet<(GrantId, ToolId)>>,
    /// How often a rule cut calls off.
    cut: BTreeMap<(String, Whose), usize>,
}

impl Shape {
    pub(super) fn take(&mut self, stream: StreamId, event: &Event) {
        match &event.data {
            Data::GrantMinted(minted) if self.depths.len() < REMEMBERED_MAX => {
                let above = minted.parent.map(|parent| (stream, parent));
                let depth = above.and_then(|above| self.depths.get(&above)).map_or(1, |(depth, _)| depth + 1);
                self.depths.insert((stream, minted.grant), (depth, minted.holder.clone()));
                if let Some(above) = above {
                    *self.children.entry(above).or_default() += 1;
                    self.parents.insert((stream, minted.grant), above);
                }
                self.live.insert((stream, minted.grant));
                let (now, most) = self.held.entry(minted.holder.clone()).or_default();
                *now += 1;
                *most = (*most).max(*now);
            }
            Data::GrantEnded(ended) => self.over(stream, Some((stream, ended.grant))),
            Data::TaskEnded(_) => self.over(stream, None),
            Data::ActionRefused(refused) if self.ways.len() < REMEMBERED_MAX => {
                let Some(goal) = refused.goal else { return };
                let way = (refused.grant, refused.action.tool.clone());
                self.ways.entry((stream, goal)).or_default().insert(way);
            }
            Data::ControlBreakerOpened(opened) if self.cut.len() < REMEMBERED_MAX => {
                *self.cut.entry((opened.rule.to_string(), opened.whose.clone())).or_default() += 1;
            }
            _ => {}
        }
    }

    /// A grant of a task has ended, and all that was handed on below it; or all of the task.
    fn over(&mut self, stream: StreamId, ended: Option<Grant>) {
        let own = self.live.range((stream, GrantId::new([0; 16]))..).take_while(|(of, _)| *of == stream).copied();
        let own: Vec<Grant> = own.filter(|grant| ended.is_none_or(|ended| self.below(*grant, ended))).collect();
        for grant in own {
            self.live.remove(&grant);
            let holder = self.depths.get(&grant).map(|(_, holder)| holder);
            if let Some((now, _)) = holder.and_then(|holder| self.held.get_mut(holder)) {
                *now = now.saturating_sub(1);
            }
        }
    }

    /// Whether a grant is another, or comes from it.
    fn below(&self, grant: Grant, above: Grant) -> bool {
        // by INVARIANT of a lineage: what a grant comes from was made before it
        std::iter::successors(Some(grant), |grant| self.parents.get(grant).copied()).any(|grant| grant == above)
    }
}

/// Values in order: what is usual beside one of them is the middle one of all others.
struct Usual(Vec<usize>);

impl Usual {
    fn of(values: impl Iterator<Item = usize>) -> Self {
        let mut values: Vec<usize> = values.collect();
        values.sort_unstable();
        Self(values)
    }

    /// What is usual, where this is far more.
    fn exceeded(&self, value: usize, from: usize) -> Option<usize> {
        let others = self.0.len().saturating_sub(1);
        let own = self.0.partition_point(|other| *other < value);
        let middle = if own <= others / 2 { others / 2 + 1 } else { others / 2 };
        let usual = if others == 0 { 0 } else { self.0.get(middle).copied().unwrap_or_default() };
        (value >= from && value > usual.saturating_mul(2)).then_some(usual)
    }
}

fn task(stream: StreamId) -> TaskId {
    TaskId::new(*stream.bytes())
}

pub(super) fn of_shape(shape: &Shape, out: &mut Vec<Found>) {
    let mut deepest: BTreeMap<StreamId, (usize, &AgentId)> = BTreeMap::new();
    for ((stream, _), (depth, holder)) in &shape.depths {
        let of = deepest.entry(*stream).or_insert((0, holder));
        if *depth > of.0 {
            *of = (*depth, holder);
        }
    }
    let depths = Usual::of(deepest.values().map(|(depth, _)| *depth));
    for (stream, (depth, holder)) in deepest {
        if let Some(most) = depths.exceeded(depth, DEEP_FROM) {
            let why = format!("work was handed on through {depth} grants, to {holder}; {most} is usual");
            out.push(found(Sprawl::ChainDeep, task(stream), why).about(holder));
        }
    }
    let widths = Usual::of(shape.children.values().copied());
    for ((stream, grant), count) in &shape.children {
        let holder = shape.depths.get(&(*stream, *grant)).map(|(_, holder)| holder);
        if let Some((most, holder)) = widths.exceeded(*count, WIDE_FROM).zip(holder) {
            let why = format!("{holder} handed it on {count} times in task {}; {most} is usual", task(*stream));
            out.push(found(Sprawl::FanOutWide, grant, why).about(holder));
        }
    }
    let piles = Usual::of(shape.held.values().map(|(_, most)| *most));
    for (agent, (_, count)) in &shape.held {
        if let Some(most) = piles.exceeded(*count, PILED_FROM) {
            let why = format!("it held {count} grants at once; {most} is usual");
            out.push(found(Sprawl::AuthorityPilesUp, agent, why).about(agent));
        }
    }
    of_tries(shape, out);
}

fn of_tries(shape: &Shape, out: &mut Vec<Found>) {
    let mut tried: BTreeMap<StreamId, usize> = BTreeMap::new();
    for ((stream, _), ways) in &shape.ways {
        let most = tried.entry(*stream).or_default();
        *most = (*most).max(ways.len());
    }
    for (stream, ways) in tried.into_iter().filter(|(_, ways)| *ways >= WAYS_FROM) {
        let root = shape.depths.range((stream, GrantId::new([0; 16]))..).take_while(|((of, _), _)| *of == stream);
        let root = root.min_by_key(|(_, (depth, _))| *depth).map(|(_, (_, holder))| holder);
        let why = format!("what rules refused was tried by {ways} ways, by other tools or other agents");
        let found = found(Sprawl::GoalManyWays, task(stream), why);
        out.push(root.map_or(found.clone(), |root| found.about(root)));
    }
    for ((rule, whose), count) in shape.cut.iter().filter(|(_, count)| **count >= CUT_FROM) {
        let why = format!("the rule {rule} cut its calls off {count} times");
        let found = found(Sprawl::BreakerAgain, whose, why);
        out.push(match whose {
            Whose::Agent(agent) => found.about(agent),
            _ => found,
        });
    }
}

#[cfg(test)]
mod tests;
