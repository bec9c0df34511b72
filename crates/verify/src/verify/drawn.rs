//! Events of tasks, decided again; and the streams of the mandates that they draw on.

use super::{Run, STREAMS_MAX};
use crate::again::Seen;
use crate::chain::mandate_stream;
use crate::form::{EventLine, What};
use crate::report::Finding;
use crate::stream::Stream;
use bailiwick_core::{Data, MandateName, Mandates, StreamId};

/// The mandate that a task's event moves as well.
const fn drawn(data: &Data) -> Option<&MandateName> {
    match data {
        Data::AllocationMade(made) => Some(&made.mandate),
        Data::AllocationReturned(returned) => Some(&returned.mandate),
        _ => None,
    }
}

impl Run<'_> {
    /// The streams of mandates that control names by now. One that was named keeps its stream.
    pub(super) fn mandates_named(&mut self) {
        let Some(opened) = &self.opened else { return };
        let (tenant, log) = (opened.tenant, opened.what == What::Log);
        for name in self.control.state().mandates.keys() {
            let id = mandate_stream(tenant, name);
            self.mandates.entry(id).or_insert_with(|| name.clone());
            if (log || self.complete.claims(&id)) && self.streams.len() < STREAMS_MAX {
                self.streams.entry(id).or_insert_with(|| Stream::mandate(tenant, id, name.clone()));
            }
        }
    }

    pub(super) fn task_event(&mut self, seen: Seen, line: &EventLine<'_>) -> Result<(), Finding> {
        if !self.blobs.is_empty() {
            self.leftover_blobs(&[]);
            self.clear_blobs();
        }
        let control_holds = self.control_holds();
        let Some(stream) = self.streams.get_mut(&line.stream) else { return Ok(()) };
        if let Some(mandate) = &mut stream.mandate {
            let shown = |task: &StreamId| match self.opened.as_ref().map(|opened| opened.what) {
                Some(What::Task(own)) => own == *task,
                _ => true,
            };
            return mandate.event(&seen.event, shown, &mut self.report);
        }
        let Some(mut task) = stream.task.take() else { return Ok(()) };
        let drawn = drawn(&seen.event.data).map(|name| (name.clone(), seen.event.clone()));
        let mandates = self.streams.values().filter_map(|stream| stream.mandate.as_ref()?.known());
        let mandates: Mandates<'_> = mandates.collect();
        if let Some(candidate) = &mut self.candidate {
            candidate.event(task.state(), control_holds.then_some(&mut self.control), &seen, line.leaf);
        }
        let done =
            task.event(seen, line.leaf, (control_holds.then_some(&mut self.control), &mandates), &mut self.report);
        if let Some((name, event)) = drawn {
            let stream = self.opened.as_ref().map(|opened| mandate_stream(opened.tenant, &name));
            let mandate = stream.and_then(|stream| self.streams.get_mut(&stream)?.mandate.as_mut());
            mandate.into_iter().for_each(|mandate| mandate.expect(event.clone()));
        }
        if let Some(stream) = self.streams.get_mut(&line.stream) {
            stream.task = Some(task);
        }
        done
    }
}
