//! Whether something is missing: by the committed list of heads for a task, by every leaf for the whole log.

use super::header::Opened;
use super::{Run, Stop};
use crate::chain::mandate_stream;
use crate::form::{HeadLine, What};
use crate::heads::{Head, HeadProof, list_of};
use crate::report::{self, Finding, Found};
use crate::stream::Task;
use crate::tree::TreeHead;
use bailiwick_core::{ControlHeads, Digest, Mandate, MandateName, StreamId, TenantId};
use std::collections::{BTreeMap, VecDeque};

/// The most streams whose ends a task's bundle shows: control, the task, and what it draws on.
const CLAIMS_MAX: usize = 2 + Mandate::DRAWN_MAX;
/// How many leaves back a committed list of heads may look.
const BACK_MAX: usize = 65_536;
/// Kinds of streams, as heads are committed with them.
const CONTROL: i32 = 0;
const TASK: i32 = 1;
const MANDATE: i32 = 2;

/// What is claimed of one stream's end.
struct Claim {
    /// The leaf of the event that committed to the list.
    heads: u64,
    proof: HeadProof,
    /// How many leaves the log had then, once that event was seen and the proof held.
    size: Option<u64>,
    /// Whether the event at the claimed head was seen.
    reached: bool,
    /// The leaf of the first event past the head.
    after: Option<u64>,
    /// Said already: it does not hold.
    failed: bool,
}

/// A stream's head before an event moved it.
struct Moved {
    leaf: u64,
    stream: StreamId,
    before: Option<(u64, Digest)>,
}

/// What is known of completeness while reading.
#[derive(Default)]
pub(super) struct Complete {
    claims: BTreeMap<StreamId, Claim>,
    last_leaf: Option<u64>,
    /// A leaf that was due when a later one came.
    gap: Option<(u64, Finding)>,
    /// Events of the task, by leaf: only the last counts.
    last_of_task: Option<u64>,
    /// In the whole log: where every stream stands, and how it came there lately.
    heads: BTreeMap<StreamId, (u64, Digest)>,
    lately: VecDeque<Moved>,
}

impl Complete {
    /// Whether something is claimed of this stream's end.
    pub(super) fn claims(&self, stream: &StreamId) -> bool {
        self.claims.contains_key(stream)
    }

    /// The order of leaves. Answers what is wrong with this one.
    pub(super) fn leaf(&mut self, opened: &mut Opened, leaf: u64) -> Option<Finding> {
        if self.last_leaf.is_some_and(|last| leaf <= last) {
            // If it is the one that was due, nothing is missing: it only stands too late.
            self.gap.take_if(|(due, _)| *due == leaf);
            return Some(Finding::new(Found::EventsSwapped, format!("leaf {leaf} comes after a later one")));
        }
        if opened.what == What::Log && leaf != opened.next_leaf && self.gap.is_none() {
            let text = format!("leaf {} of the log is missing", opened.next_leaf);
            self.gap = Some((opened.next_leaf, Finding::new(Found::EventRemoved, text)));
        }
        self.last_leaf = Some(leaf);
        opened.next_leaf = leaf.saturating_add(1);
        None
    }

    /// An event stands in its stream.
    pub(super) fn moved(
        &mut self,
        stream: StreamId,
        seq: u64,
        leaf: u64,
        hash: Digest,
        opened: &Opened,
    ) -> Option<Finding> {
        match opened.what {
            What::Log => {
                let before = self.heads.insert(stream, (seq, hash));
                self.lately.push_back(Moved { leaf, stream, before });
                if self.lately.len() > BACK_MAX {
                    self.lately.pop_front();
                }
            }
            What::Task(task) if task == stream => self.last_of_task = Some(leaf),
            What::Task(_) => {}
        }
        let claim = self.claims.get_mut(&stream)?;
        let head = claim.proof.claimed();
        let seq_claimed = head.map_or(0, |head| head.head);
        if seq == seq_claimed.saturating_add(1) {
            claim.after = Some(leaf);
        }
        if seq != seq_claimed {
            return None;
        }
        claim.reached = true;
        claim.failed = head.is_some_and(|head| head.hash != hash);
        claim.failed.then(|| {
            Finding::new(Found::HeadsForged, format!("the list of heads has another event {seq} of this stream"))
        })
    }

    /// A commitment to the heads of all streams.
    pub(super) fn heads(
        &mut self,
        event: &ControlHeads,
        leaf: u64,
        opened: &Option<Opened>,
        mandates: &BTreeMap<StreamId, MandateName>,
    ) -> Vec<Finding> {
        let list = TreeHead { size: event.count, root: event.root };
        let mut findings = Vec::new();
        if event.size > leaf {
            findings.push(Finding::new(Found::HeadsForged, "the list of heads is of a log larger than it stood in"));
        }
        for (stream, claim) in self.claims.iter_mut().filter(|(_, claim)| claim.heads == leaf) {
            if claim.proof.holds(*stream, list) {
                claim.size = Some(event.size);
            } else {
                claim.failed = true;
                let text = format!("what is shown of the list of heads at leaf {leaf} does not hold");
                findings.push(Finding::new(Found::HeadsForged, text).of(*stream));
            }
        }
        if let Some(opened) = opened.as_ref().filter(|opened| opened.what == What::Log) {
            let kind = |stream: &StreamId| match stream {
                stream if *stream == opened.control => CONTROL,
                stream if mandates.contains_key(stream) => MANDATE,
                _ => TASK,
            };
            findings.extend(self.compare(list, event.size, kind));
        }
        findings
    }

    /// The list made again from the whole log.
    fn compare(&self, list: TreeHead, size: u64, kind: impl Fn(&StreamId) -> i32) -> Option<Finding> {
        if self.gap.is_some() {
            return None;
        }
        let mut then = self.heads.clone();
        for moved in self.lately.iter().rev().take_while(|moved| moved.leaf >= size) {
            match moved.before {
                Some(before) => then.insert(moved.stream, before),
                None => then.remove(&moved.stream),
            };
        }
        if self.lately.len() == BACK_MAX && self.lately.front().is_some_and(|moved| moved.leaf > size) {
            let text = "the list of heads is too old to be made again";
            return Some(Finding::new(Found::CompletenessNotShown, text));
        }
        let made = list_of(then.iter().map(|(stream, (head, hash))| Head {
            stream: *stream,
            kind: kind(stream),
            head: *head,
            hash: *hash,
        }));
        match made {
            made if made == list => None,
            made if made.size != list.size => {
                let text = format!("the list of heads has {} streams, the log had {}", list.size, made.size);
                Some(Finding::new(Found::StreamHidden, text))
            }
            _ => Some(Finding::new(Found::HeadsForged, "the list of heads is not that of the log")),
        }
    }
}

impl Run<'_> {
    pub(super) fn claim(&mut self, line: HeadLine) -> Result<(), Stop> {
        let Some(opened) = &self.opened else { return Err(Stop) };
        // Beside control and the task, the mandates that it draws on: which streams theirs are, control says later.
        let about = opened.what != What::Log && self.complete.claims.len() < CLAIMS_MAX;
        if !about || self.complete.claims.contains_key(&line.stream) {
            return Err(self.malformed("a head of another stream than the bundle is about, or a second one"));
        }
        let claim =
            Claim { heads: line.heads, proof: line.proof, size: None, reached: false, after: None, failed: false };
        self.complete.claims.insert(line.stream, claim);
        Ok(())
    }

    /// The end of the bundle: what is still missing is missing for good.
    pub(super) fn end(&mut self) {
        let Some(opened) = &self.opened else {
            self.malformed("the bundle is empty");
            return;
        };
        let (what, head, next_leaf, control) = (opened.what, opened.head, opened.next_leaf, opened.control);
        let tenant = opened.tenant;
        if !self.blobs.is_empty() {
            self.leftover_blobs(&[]);
        }
        self.gaps_end();
        if let Some((_, finding)) = self.complete.gap.take() {
            self.report.add(Finding { line: self.line, ..finding });
        }
        match what {
            What::Log => self.log_end(head, next_leaf),
            What::Task(task) => self.task_end(tenant, task, control),
        }
        self.kept_end();
        self.streams_end();
    }

    fn log_end(&mut self, head: TreeHead, next_leaf: u64) {
        self.report.basis.complete = report::Complete::Log(head.size);
        if next_leaf != head.size {
            let text = format!("the log has {} leaves, the bundle ends before leaf {next_leaf}", head.size);
            self.add(Finding::new(Found::StreamTruncated, text));
        }
    }

    fn task_end(&mut self, tenant: TenantId, task: StreamId, control: StreamId) {
        let mut shown_to = Some(u64::MAX);
        let drawn = self.streams.get(&task).and_then(|stream| stream.task.as_ref());
        let drawn: Vec<StreamId> =
            drawn.into_iter().flat_map(Task::draws).map(|name| mandate_stream(tenant, name)).collect();
        let foreign = |id: &&StreamId| **id != task && **id != control && !drawn.contains(id);
        if let Some(id) = self.complete.claims.keys().find(foreign).copied() {
            let text = "the end of a stream is shown that the bundle is not about";
            self.add(Finding::new(Found::Malformed, text).of(id));
        }
        let drawn = drawn.into_iter().map(|stream| (stream, "a mandate that the task draws on"));
        for (stream, word) in [(control, "the control stream"), (task, "the task")].into_iter().chain(drawn) {
            let (size, finding) = self.stream_end(stream, word);
            shown_to = shown_to.zip(size).map(|(one, other)| one.min(other));
            if let Some(finding) = finding {
                self.add(finding.of(stream));
            }
        }
        let Some(size) = shown_to else { return };
        self.report.basis.complete = report::Complete::Heads(size);
        if self.complete.last_of_task.is_some_and(|last| last >= size) {
            let text = format!(
                "the task has events at or after leaf {size}, where the list of heads was made: what came between is not shown"
            );
            self.add(Finding::new(Found::CompletenessNotShown, text).of(task));
        }
    }

    /// Up to how many leaves it is shown that a stream has no other events, and what speaks against it.
    fn stream_end(&self, id: StreamId, word: &str) -> (Option<u64>, Option<Finding>) {
        let events = self.streams.get(&id).map_or(0, |stream| stream.seq);
        let broken = self.streams.get(&id).is_some_and(|stream| stream.broken.is_some());
        let Some(claim) = self.complete.claims.get(&id) else {
            let finding = if events == 0 && !broken {
                Finding::new(
                    Found::StreamHidden,
                    format!("the bundle shows nothing of {word}: neither events nor that there are none"),
                )
            } else {
                Finding::new(Found::CompletenessNotShown, format!("the bundle does not show where {word} ends"))
            };
            return (None, Some(finding));
        };
        if broken || claim.failed {
            return (None, None);
        }
        let head = claim.proof.claimed().map_or(0, |head| head.head);
        if head > 0 && !claim.reached {
            let found = if events == 0 { Found::StreamHidden } else { Found::StreamTruncated };
            let text = format!("{word} has {head} events by the list of heads, the bundle shows {events}");
            return (None, Some(Finding::new(found, text)));
        }
        let Some(size) = claim.size else {
            let text =
                format!("the list of heads that is shown for {word}, at leaf {}, is not in the bundle", claim.heads);
            return (None, Some(Finding::new(Found::HeadsForged, text)));
        };
        match claim.after {
            Some(leaf) if leaf < size => {
                let found = if head == 0 { Found::StreamHidden } else { Found::HeadsForged };
                let text = format!(
                    "the list of heads made at leaf {size} leaves out event {} of {word}, at leaf {leaf}",
                    head + 1
                );
                (None, Some(Finding::new(found, text)))
            }
            _ => (Some(size), None),
        }
    }
}
