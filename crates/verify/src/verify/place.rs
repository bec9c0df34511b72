//! The place of an event: next in its stream, next in the log, and in the tree that the checkpoint signs.

use super::{Run, STREAMS_MAX, Stop};
use crate::form::{EventLine, What};
use crate::report::{Finding, Found};
use crate::stream::{Broken, Stream};
use crate::tree::PROOF_HASHES_MAX;
use bailiwick_core::StreamId;

impl Run<'_> {
    /// Whether the event is of the control stream. Streams that the bundle is not about are refused.
    pub(super) fn known_stream(&mut self, line: &EventLine<'_>) -> Result<bool, Stop> {
        let Some(opened) = &self.opened else { return Err(Stop) };
        let (tenant, is_control) = (opened.tenant, line.stream == opened.control);
        let about = is_control
            || opened.what == What::Log
            || opened.what == What::Task(line.stream)
            || (self.mandates.contains_key(&line.stream) && self.complete.claims(&line.stream));
        if !about || line.path.len() > PROOF_HASHES_MAX {
            return Err(self.malformed("an event of another stream than the bundle is about, or with too long a path"));
        }
        if !self.streams.contains_key(&line.stream) {
            if self.streams.len() >= STREAMS_MAX {
                return Err(self.malformed(format_args!("more than {STREAMS_MAX} streams")));
            }
            let stream = if is_control { Stream::control() } else { Stream::task(tenant, line.stream) };
            self.streams.insert(line.stream, stream);
        }
        Ok(is_control)
    }

    /// Whether the event stands where it says. If it does not, what is wrong is named and its stream is not read on.
    pub(super) fn placed(&mut self, line: &EventLine<'_>) -> Result<bool, Stop> {
        let (Some(opened), Some(stream)) = (&mut self.opened, self.streams.get_mut(&line.stream)) else {
            return Err(Stop);
        };
        let at = |found, text: String| Finding::new(found, text).at(line.stream, line.seq, line.leaf);
        if let Some(finding) = self.complete.leaf(opened, line.leaf) {
            let finding = finding.at(line.stream, line.seq, line.leaf);
            stream.broken = Some(Broken::Said);
            self.add(finding);
            return Ok(false);
        }
        match &stream.broken {
            Some(Broken::Gap { due, .. }) if *due == line.seq => {
                let text = format!("event {} comes after one that followed it", line.seq);
                stream.broken = Some(Broken::Said);
                self.add(at(Found::EventsSwapped, text));
                return Ok(false);
            }
            Some(_) => return Ok(false),
            None => {}
        }
        let next = stream.next(opened.tenant, line.stream, line.clear.as_bytes(), line.sealed.as_ref());
        let Some((due, hash)) = next else { return Err(Stop) };
        if line.seq > due {
            let text = format!("event {due} is missing before event {}", line.seq);
            let missing = Finding { line: self.line, ..at(Found::EventRemoved, text) };
            stream.broken = Some(Broken::Gap { due, missing });
            return Ok(false);
        }
        if line.seq < due {
            stream.broken = Some(Broken::Said);
            self.add(at(
                Found::EventsSwapped,
                format!("event {} comes again, or after one that followed it", line.seq),
            ));
            return Ok(false);
        }
        if !opened.paths.holds(&hash, line.leaf, &line.path) {
            stream.broken = Some(Broken::Said);
            let text = format!("event {} is not the one that stands at leaf {} of the log", line.seq, line.leaf);
            self.add(at(Found::EventChanged, text));
            return Ok(false);
        }
        (stream.seq, stream.hash) = (line.seq, hash);
        let finding = self.complete.moved(line.stream, line.seq, line.leaf, hash, opened);
        if let Some(finding) = finding {
            self.add(finding.at(line.stream, line.seq, line.leaf));
        }
        Ok(true)
    }

    /// Gaps that nothing came to fill.
    pub(super) fn gaps_end(&mut self) {
        let gap = |stream: &mut Stream| match stream.broken.take() {
            Some(Broken::Gap { missing, .. }) => {
                stream.broken = Some(Broken::Said);
                Some(missing)
            }
            other => {
                stream.broken = other;
                None
            }
        };
        let missing: Vec<Finding> = self.streams.values_mut().filter_map(gap).collect();
        missing.into_iter().for_each(|finding| self.report.add(finding));
    }

    pub(super) fn streams_end(&mut self) {
        let whole = |(id, stream): (&StreamId, &Stream)| stream.broken.is_none().then_some(*id);
        let ids: Vec<StreamId> = self.streams.iter().filter_map(whole).collect();
        for id in ids {
            let task = self.streams.get_mut(&id).and_then(|stream| stream.task.take());
            if let Some(task) = task {
                task.end(&mut self.report, id);
            }
            let mandate = self.streams.get_mut(&id).and_then(|stream| stream.mandate.take());
            if let Some(mandate) = mandate {
                mandate.end(&mut self.report, id);
            }
        }
    }
}
