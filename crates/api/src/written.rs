//! Events as they were written, found and opened: on the thread of whoever asks, or beside the node's own.

use crate::{Api, Problem};
use bailiwick_core::{ActNamed, ActionBegun, Data, Event, StreamId, TenantId};
use bailiwick_node::{Failure, Node, open_event};
use bailiwick_record::Secret;
use bailiwick_store::StoredEvent;
use std::sync::Arc;

/// The events of one tenant.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    node: Arc<Node>,
    tenant: TenantId,
}

fn unavailable(error: impl std::fmt::Display) -> Problem {
    Failure::Unavailable(error.to_string()).into()
}

impl Written {
    /// Events of a stream from a place on.
    pub(crate) fn page(&self, stream: StreamId, from: u64, most: usize) -> Result<Vec<StoredEvent>, Problem> {
        self.node.store().stream(self.tenant, stream, from, most).map_err(unavailable)
    }

    /// The event at a place of a stream.
    pub(crate) fn at(&self, stream: StreamId, seq: u64) -> Result<Option<StoredEvent>, Problem> {
        Ok(self.page(stream, seq, 1)?.into_iter().find(|stored| stored.seq == seq))
    }

    /// Why an event is not as it was written; `None` where it is.
    pub(crate) fn unlike(&self, stored: &StoredEvent) -> Result<Option<String>, Problem> {
        Ok(self.node.unlike(self.tenant, None, stored)?)
    }

    /// The key that the private fields of a stream are opened with.
    pub(crate) fn key(&self, stream: StreamId) -> Result<Option<Secret>, Problem> {
        self.node.vault().data_key(self.node.store().as_ref(), self.tenant, stream).map_err(unavailable)
    }

    /// An event as it was written, private fields included; one that was changed is not believed.
    pub(crate) fn opened(&self, stored: &StoredEvent) -> Result<Event, Problem> {
        self.opened_by(stored, self.key(stored.stream)?.as_ref())
    }

    /// The same, of many events of one stream.
    pub(crate) fn opened_by(&self, stored: &StoredEvent, key: Option<&Secret>) -> Result<Event, Problem> {
        if let Some(why) = self.unlike(stored)? {
            return Err(Problem::broken(format!("the store was changed: this event {why}")));
        }
        open_event(self.tenant, key, stored).map_err(|error| Problem::broken(error.to_string()))
    }

    /// The beginning of an act: its leaf, and what stands there.
    pub(crate) fn begun(&self, stream: StreamId, seq: u64) -> Result<Option<(u64, ActionBegun)>, Problem> {
        let Some(stored) = self.at(stream, seq)? else { return Ok(None) };
        Ok(match self.opened(&stored)?.data {
            Data::ActionBegun(begun) => Some((stored.leaf, *begun)),
            _ => None,
        })
    }

    /// The act that began with event `seq` of a stream: by the number of that event in the log, and its tool. Nothing where no
    /// act began, or where the event was changed.
    pub(crate) fn act_named(&self, stream: StreamId, seq: u64) -> Result<Option<ActNamed>, Problem> {
        let Some(stored) = self.at(stream, seq)? else { return Ok(None) };
        if self.unlike(&stored)?.is_some() {
            return Ok(None);
        }
        let (event, _) = Event::read(&stored.event.clear).map_err(|error| Problem::broken(error.to_string()))?;
        Ok(match event.data {
            Data::ActionBegun(begun) => Some(ActNamed { leaf: stored.leaf, tool: begun.action.tool }),
            _ => None,
        })
    }

    /// What an event tells the end of; of a value that goes without a class, the event that showed it.
    pub(crate) fn act_of(&self, stream: StreamId, event: &Event) -> Result<Option<ActNamed>, Problem> {
        match &event.data {
            Data::LabelLowered(lowered) => match &lowered.value {
                Some(value) => self.result_named(stream, value.event),
                None => Ok(None),
            },
            data => data.act().map_or(Ok(None), |seq| self.act_named(stream, seq)),
        }
    }

    /// The event that brought a result, by its number in the log, and the tool.
    fn result_named(&self, stream: StreamId, seq: u64) -> Result<Option<ActNamed>, Problem> {
        let Some(stored) = self.at(stream, seq)? else { return Ok(None) };
        let act = self.opened(&stored)?.data.act();
        let named = act.map(|act| self.act_named(stream, act)).transpose()?.flatten();
        Ok(named.map(|named| ActNamed { leaf: stored.leaf, ..named }))
    }
}

impl Api {
    /// The events of this tenant.
    pub(crate) fn written(&self) -> Written {
        Written { node: Arc::clone(self.desk.node()), tenant: self.tenant }
    }

    pub(crate) fn at(&self, stream: StreamId, seq: u64) -> Result<Option<StoredEvent>, Problem> {
        self.written().at(stream, seq)
    }

    /// An event as it was written, private fields included; one that was changed is not believed.
    pub(crate) fn opened(&self, stored: &StoredEvent) -> Result<Event, Problem> {
        self.written().opened(stored)
    }

    /// The beginning of an act: its leaf, and what stands there.
    pub(crate) fn begun(&self, stream: StreamId, seq: u64) -> Result<Option<(u64, ActionBegun)>, Problem> {
        self.written().begun(stream, seq)
    }

    pub(crate) fn act_named(&self, stream: StreamId, seq: u64) -> Result<Option<ActNamed>, Problem> {
        self.written().act_named(stream, seq)
    }

    pub(crate) fn act_of(&self, stream: StreamId, event: &Event) -> Result<Option<ActNamed>, Problem> {
        self.written().act_of(stream, event)
    }
}
