//! What was left on servers, and where. Room is shared out by agents as that of instances is: what an agent left at more places
//! than there is room for lies anywhere above them.

use super::marks::Marks;
use super::spot::Spot;
use bailiwick_core::{AgentId, DataClass, Label, ServerName, TaskId, Touched, Whence};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most places of one server that are told apart. Past it those of the agent that has most of them there lie in their
/// folders, and what has none lies anywhere on the server.
const SPOTS_MAX: usize = 4_096;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Mark {
    /// The agent that left something there first: its share pays for it.
    of: AgentId,
    /// Places are together here that were told apart, or nobody knows where things lie: no event names it.
    #[serde(default)]
    wide: bool,
    marks: Marks,
}

/// What was left on servers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Left(#[serde(with = "super::pairs")] BTreeMap<(ServerName, Spot), Mark>);

impl Left {
    /// An agent left something at a place: it carries this.
    pub(super) fn put(
        &mut self,
        (server, spot): (&ServerName, Spot),
        of: &AgentId,
        (carries, leaf, task): (&Label, u64, TaskId),
    ) {
        let at = (server.clone(), spot);
        let wide = at.1 == Spot::Anywhere;
        if !self.0.contains_key(&at) && at.1 != Spot::Anywhere {
            while self.on(server).count() >= SPOTS_MAX && self.make_room(server) {}
        }
        let fresh = || Mark { of: of.clone(), wide, marks: Marks::default() };
        self.0.entry(at).or_insert_with(fresh).marks.take(carries, leaf, task);
    }

    fn on(&self, server: &ServerName) -> impl Iterator<Item = (&Spot, &Mark)> {
        let all = self.0.range((server.clone(), Spot::Anywhere)..).take_while(move |((of, _), _)| of == server);
        all.map(|((_, spot), mark)| (spot, mark))
    }

    /// The places of the agent that has most of them on a server become wider by a step. Answers whether there were any.
    fn make_room(&mut self, server: &ServerName) -> bool {
        let named = || self.on(server).filter(|(spot, _)| **spot != Spot::Anywhere);
        let mut counts: BTreeMap<&AgentId, usize> = BTreeMap::new();
        named().for_each(|(_, mark)| *counts.entry(&mark.of).or_default() += 1);
        let Some((most, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else { return false };
        let own: Vec<Spot> = named().filter(|(_, mark)| mark.of == *most).map(|(spot, _)| spot.clone()).collect();
        for spot in own {
            let wider = spot.wider();
            self.moves((server.clone(), spot), wider);
        }
        true
    }

    fn moves(&mut self, from: (ServerName, Spot), to: Spot) {
        let Some(mark) = self.0.remove(&from) else { return };
        let fresh = || Mark { of: mark.of.clone(), wide: true, marks: Marks::default() };
        let into = self.0.entry((from.0, to)).or_insert_with(fresh);
        into.marks.join(&mark.marks);
        into.wide = true;
    }

    /// Nothing that could be guessed of an erased task stays: what it left lies anywhere on its server.
    pub(super) fn erased(&mut self, task: TaskId) {
        let named =
            |((_, spot), mark): &(&(ServerName, Spot), &Mark)| *spot != Spot::Anywhere && mark.marks.names(task);
        let moved: Vec<_> = self.0.iter().filter(named).map(|(at, _)| at.clone()).collect();
        for at in moved {
            // What was shared is no more than that: whose it is nobody can guess.
            let to = if let Spot::With(..) = &at.1 { Spot::with_anybody() } else { Spot::Anywhere };
            self.moves(at, to);
        }
    }

    /// A person said that what was left there carries this class no more: of the whole server, or of the place that an event
    /// brought it to. What came since they looked, when the log had `until` leaves, carries it still.
    pub(super) fn lower(&mut self, server: &ServerName, (class, event): (&DataClass, Option<u64>), until: u64) {
        let own = self.0.range_mut((server.clone(), Spot::Anywhere)..).take_while(|((of, _), _)| of == server);
        let named = |mark: &Mark| event.is_none_or(|event| !mark.wide && mark.marks.brought(class, event));
        for (_, mark) in own.filter(|(_, mark)| named(mark)) {
            mark.marks.lower(class, until);
        }
        self.0.retain(|_, mark| !mark.marks.is_nothing());
    }

    /// What other tasks left where a call of this one reads.
    pub(super) fn besides(&self, (server, spot): &(ServerName, Spot), task: TaskId) -> Touched {
        let mut all = Touched::default();
        let there = self.on(server).filter(|(of, _)| of.meets(spot));
        there.for_each(|(_, mark)| mark.marks.besides(task, &mut all));
        all
    }

    /// The places of a server where something of a class was left: the event that brought it last, its task, and whether
    /// that is no one place: nobody knows where, or there was no room to tell places apart.
    pub(super) fn classes(&self, server: &ServerName) -> Vec<(DataClass, Whence, bool)> {
        let all = self
            .on(server)
            .flat_map(|(_, mark)| mark.marks.classes().map(move |(class, whence)| (class.clone(), whence, mark.wide)));
        all.collect()
    }
}

#[cfg(test)]
mod tests;
