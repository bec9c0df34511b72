//! Reads a bundle from its first line to its last: signatures, places, order, completeness, and every decision again.

mod complete;
mod drawn;
mod header;
mod place;
mod tally;

use crate::again::Seen;
use crate::approved::{self, Consented};
use crate::command;
use crate::control::Control;
use crate::form::{BLOB_BYTES_MAX, BadLine, BlobLine, EventLine, LINE_BYTES_MAX, Line, OpenedField, next_line};
use crate::heads::digest_of;
use crate::replay::{Candidate, Replayed};
use crate::report::{Finding, Found, Report};
use crate::seal;
use crate::stream::{Broken, Stream};
use crate::trust::Trust;
use bailiwick_core::{
    BadEvent, Data, Digest, Document, Event, MandateName, Micros, PolicyText, Proposed, RULES, StreamId,
    decide_control, json,
};
use bailiwick_policy::CedarReader;
use base64::{Engine, engine::general_purpose::STANDARD};
use complete::Complete;
use header::Opened;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::sync::Arc;
use tally::tally;

/// The most streams of one bundle.
const STREAMS_MAX: usize = 100_000;
/// The most bytes of the blobs that one event names.
const BLOBS_BYTES_MAX: usize = 64 << 20;

/// Reading on makes no sense.
struct Stop;

/// An event as a bundle shows it: of bytes that stand in the log at this place, and of private fields only those that it
/// commits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Micros,
    /// Its place in the log.
    pub leaf: u64,
    /// Of which stream.
    pub stream: StreamId,
    /// Whether that is the tenant's own and not a task's.
    pub control: bool,
    /// Its kind.
    pub kind: &'static str,
    /// One line for people; what others wrote stands in it, to be escaped.
    pub sentence: String,
}

/// Checks a bundle.
pub fn verify(bundle: impl BufRead, trust: &Trust) -> Report {
    check(bundle, Run::new(trust, None)).report
}

/// What a bundle's last event leaves standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// The policies.
    pub policies: Vec<PolicyText>,
    /// The time of the latest event.
    pub at: Micros,
}

/// Checks a bundle, and says which policies stand at its end.
pub fn verify_policies(bundle: impl BufRead, trust: &Trust) -> (Report, Last) {
    let run = check(bundle, Run::new(trust, None));
    let policies = run.control.state().policies.values().map(|(text, _)| text.as_ref().clone()).collect();
    (run.report, Last { policies, at: run.last })
}

/// Checks a bundle, and asks the candidate of every call of it.
pub fn verify_replaying(bundle: impl BufRead, trust: &Trust, candidate: Candidate) -> (Report, Replayed) {
    let run = check(bundle, Run { candidate: Some(candidate), ..Run::new(trust, None) });
    (run.report, run.candidate.map(Candidate::replayed).unwrap_or_default())
}

/// Checks a bundle, and tells of each event once its bytes have been found in the log. What is decided again comes after:
/// the report says whether it holds.
pub fn verify_telling<'t>(bundle: impl BufRead, trust: &'t Trust, tell: &'t mut dyn FnMut(Told)) -> Report {
    check(bundle, Run::new(trust, Some(tell))).report
}

fn check<'t>(mut bundle: impl BufRead, mut run: Run<'t>) -> Run<'t> {
    let mut line = Vec::new();
    loop {
        run.line += 1;
        match next_line(&mut bundle, &mut line) {
            Ok(true) => {}
            Ok(false) => break,
            Err(bad) => {
                run.bad_line(&bad);
                return run;
            }
        }
        if run.take(&line).is_err() {
            return run;
        }
    }
    run.end();
    run
}

struct Run<'t> {
    trust: &'t Trust,
    tell: Option<&'t mut dyn FnMut(Told)>,
    candidate: Option<Candidate>,
    /// The time of the latest event.
    last: Micros,
    report: Report,
    line: u64,
    opened: Option<Opened>,
    streams: BTreeMap<StreamId, Stream>,
    control: Control,
    complete: Complete,
    /// The streams of mandates that control has named.
    mandates: BTreeMap<StreamId, MandateName>,
    /// What the next control event must be: the rest of a decision that has more than one.
    due: Vec<Event>,
    /// What the next control event names.
    blobs: BTreeMap<Digest, Arc<[u8]>>,
    blob_bytes: usize,
}

impl<'t> Run<'t> {
    fn new(trust: &'t Trust, tell: Option<&'t mut dyn FnMut(Told)>) -> Self {
        Self {
            trust,
            tell,
            candidate: None,
            last: Micros(0),
            report: Report::new(trust.log.name(), trust.witnesses.len()),
            line: 0,
            opened: None,
            streams: BTreeMap::new(),
            control: Control::default(),
            complete: Complete::default(),
            mandates: BTreeMap::new(),
            due: Vec::new(),
            blobs: BTreeMap::new(),
            blob_bytes: 0,
        }
    }

    fn add(&mut self, finding: Finding) {
        self.report.add(Finding { line: self.line, ..finding });
    }

    fn malformed(&mut self, text: impl std::fmt::Display) -> Stop {
        self.add(Finding::new(Found::Malformed, text));
        Stop
    }

    fn bad_line(&mut self, bad: &BadLine) {
        match bad {
            BadLine::Io(error) => {
                self.add(Finding::new(Found::Unreadable, format_args!("the bundle cannot be read: {error}")))
            }
            BadLine::TooLong => drop(self.malformed(format_args!("the line has more than {LINE_BYTES_MAX} bytes"))),
            BadLine::Cut => drop(self.malformed("the last line is cut off: it has no newline")),
        }
    }

    fn take(&mut self, line: &[u8]) -> Result<(), Stop> {
        let parsed: Line<'_> = serde_json::from_slice(line)
            .map_err(|error| self.malformed(format_args!("the line is not one of a bundle: {error}")))?;
        match (parsed, self.opened.is_some()) {
            (Line::Bundle(header), false) => self.open(&header),
            (Line::Bundle(_), true) | (_, false) => Err(self.malformed("a bundle has one header, and it comes first")),
            (Line::Consistency(line), true) if self.streams.is_empty() => self.consistency(&line),
            (Line::Head(line), true) if self.streams.is_empty() => self.claim(*line),
            (Line::Consistency(_) | Line::Head(_), true) => Err(self.malformed("proofs come before the first event")),
            (Line::Blob(line), true) => self.blob(&line),
            (Line::Event(line), true) => self.event(&line),
        }
    }

    /// Bytes count only under their digest, and only where the next event names it.
    fn blob(&mut self, line: &BlobLine<'_>) -> Result<(), Stop> {
        let bytes = STANDARD.decode(line.bytes.as_bytes()).map_err(|_| self.malformed("a blob is not base64"))?;
        self.blob_bytes += bytes.len();
        if bytes.len() > BLOB_BYTES_MAX || self.blob_bytes > BLOBS_BYTES_MAX {
            return Err(self.malformed("the blobs of one event are too large"));
        }
        if digest_of(&bytes) != line.digest {
            let text = format!(
                "this line was changed: it brings the {} under digest {}, whose bytes have another one",
                kind_of(&bytes),
                line.digest
            );
            self.add(Finding::new(Found::OwnDocument, text));
            return Ok(());
        }
        self.blobs.insert(line.digest, bytes.into());
        Ok(())
    }

    /// Blobs that the event which follows them does not name are not of this log.
    fn leftover_blobs(&mut self, named: &[Digest]) {
        let foreign: Vec<String> = self
            .blobs
            .iter()
            .filter(|(digest, _)| !named.contains(digest))
            .map(|(digest, bytes)| {
                format!("the {} under digest {digest} is brought, and the event does not name it", kind_of(bytes))
            })
            .collect();
        for text in foreign {
            self.add(Finding::new(Found::OwnDocument, text));
        }
    }

    fn clear_blobs(&mut self) {
        self.blobs.clear();
        self.blob_bytes = 0;
    }

    fn event(&mut self, line: &EventLine<'_>) -> Result<(), Stop> {
        let is_control = self.known_stream(line)?;
        if !self.placed(line)? {
            // Its blobs are not the next one's: nothing is said of documents whose event is not read.
            if is_control {
                self.clear_blobs();
            }
            return Ok(());
        }
        self.report.events += 1;
        self.report.events_of_tenant += u64::from(is_control);
        let at = |finding: Finding| finding.at(line.stream, line.seq, line.leaf);
        let seen = match read(line) {
            Ok(seen) => seen,
            Err(finding) => {
                // What could not be read cannot be folded, and nothing after it.
                let body = finding.found == Found::BodyChanged;
                self.add(at(finding));
                if !body {
                    self.break_stream(line.stream);
                }
                if is_control {
                    self.clear_blobs();
                }
                let unshown = if body { read_without(line) } else { None };
                let Some(seen) = unshown else { return Ok(()) };
                seen
            }
        };
        self.last = self.last.max(seen.event.at);
        tally(&seen.event.data, &mut self.report);
        self.told(&seen.event, line, is_control);
        let done = if is_control {
            let done = self.control_event(&seen.event, line);
            self.clear_blobs();
            done
        } else {
            self.task_event(seen, line)
        };
        if let Err(finding) = done {
            self.break_if_unfit(&finding, line.stream);
            self.add(at(finding));
        }
        Ok(())
    }

    fn told(&mut self, event: &Event, line: &EventLine<'_>, control: bool) {
        let Some(tell) = self.tell.as_mut() else { return };
        let task = self.streams.get(&line.stream).and_then(|stream| stream.task.as_ref());
        let act = event.data.act().and_then(|seq| task?.act(seq));
        tell(Told {
            at: event.at,
            leaf: line.leaf,
            stream: line.stream,
            control,
            kind: event.data.kind(),
            sentence: event.data.sentence(act.as_ref()),
        });
    }

    fn break_if_unfit(&mut self, finding: &Finding, stream: StreamId) {
        if matches!(finding.found, Found::Unfit | Found::DocumentMissing) {
            self.break_stream(stream);
        }
    }

    fn break_stream(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.broken = Some(Broken::Said);
        }
    }

    fn control_event(&mut self, event: &Event, line: &EventLine<'_>) -> Result<(), Finding> {
        let named = named(&event.data);
        self.leftover_blobs(&named);
        let documents = self.documents(&event.data)?;
        if let Data::ControlOpened(opened) = &event.data
            && !is_of(self.trust.log.name(), &opened.origin)
        {
            return Err(Finding::new(
                Found::Unfit,
                format_args!("the tenant's log is `{}`, another one", opened.origin),
            ));
        }
        if let Data::ControlHeads(heads) = &event.data {
            let findings = self.complete.heads(heads, line.leaf, &self.opened, &self.mandates);
            findings.into_iter().for_each(|finding| self.add(finding));
        }
        let mut told = Ok(());
        // What a second person's signature made stand is the next event of the same append, and no other.
        let due = std::mem::take(&mut self.due);
        match command::control(&event.data, documents) {
            _ if !due.is_empty() => {
                if due.iter().eq([event]) {
                    self.report.decided_again += 1;
                } else {
                    let text = format!("a second person signed a change, and `{}` is not it", event.data.kind());
                    told = Err(Finding::new(Found::DecisionDiffers, text));
                }
            }
            Some((_, _, rules)) if rules != RULES => {
                let text = format!("it was decided by rules {rules}, which this version does not know");
                told = Err(Finding::new(Found::RulesUnknown, text));
            }
            Some((command, facts, _)) => {
                let decided = decide_control(self.control.state(), &CedarReader, &command, facts);
                if decided.events.first() == Some(event) {
                    self.report.decided_again += 1;
                    self.due = decided.events.into_iter().skip(1).collect();
                } else {
                    let kind = event.data.kind();
                    let text = format!("decided again, the command behind `{kind}` comes to something else");
                    told = Err(Finding::new(Found::DecisionDiffers, text));
                }
            }
            None => {}
        }
        let yes = match &event.data {
            Data::ControlSeconded(seconded) => approved::seconded(seconded, self.control.state()).map(|()| true),
            _ => Ok(false),
        };
        let consent = Consented::of(event, None);
        let own = consent.map(|of| approved::consented(&of, self.control.state())).transpose();
        self.control.fold(event, line.leaf, &self.blobs)?;
        self.mandates_named();
        told?;
        let own = own.map_err(|why| Finding::new(Found::ApprovalForged, why))?;
        self.report.basis.consented += u64::from(own == Some(true));
        let signed = yes.map_err(|why| Finding::new(Found::ApprovalForged, why))?;
        self.report.basis.approved += u64::from(signed);
        Ok(())
    }

    /// The documents that an event names.
    fn documents(&self, data: &Data) -> Result<Vec<Document>, Finding> {
        let named = match data {
            Data::ControlAdded(added) => &added.documents,
            Data::ControlApplied(applied) => &applied.documents,
            Data::ControlProposed(proposed) => match &proposed.statement.change {
                Proposed::Documents { documents, .. } => documents,
                _ => return Ok(Vec::new()),
            },
            _ => return Ok(Vec::new()),
        };
        let read = |digest: &Digest| {
            let json = json::Json::parse(self.blobs.get(digest)?, &json::Limits::stored()).ok()?;
            Document::read(&json).ok()
        };
        let document = |named: &bailiwick_core::DocumentNamed| {
            let missing = || {
                let text = format!("the {} `{}` under digest {} is missing", named.kind, named.name, named.digest);
                Finding::new(Found::DocumentMissing, text)
            };
            read(&named.digest).ok_or_else(missing)
        };
        named.iter().map(document).collect()
    }

    fn control_holds(&self) -> bool {
        let control = self.opened.as_ref().and_then(|opened| self.streams.get(&opened.control));
        control.is_some_and(|stream| stream.broken.is_none())
    }
}

/// Reads the event and checks what was opened of it.
fn read(line: &EventLine<'_>) -> Result<Seen, Finding> {
    let (mut event, commit) = read_clear(line)?;
    let opened = line.opened.as_deref();
    match (&commit, opened) {
        (None, None) => Ok(Seen { event, shown: true }),
        (Some(_), None) => Ok(Seen { event, shown: false }),
        (Some(commit), Some(opened)) if seal::commits(commit, opened) => {
            let owned = |field: &OpenedField<'_>| (field.pointer.to_string(), field.value.as_bytes().to_vec());
            let fields: Vec<(String, Vec<u8>)> = opened.iter().map(owned).collect();
            event.open(&fields).map_err(|error| Finding::new(Found::Unfit, error))?;
            Ok(Seen { event, shown: true })
        }
        (_, Some(_)) => {
            Err(Finding::new(Found::BodyChanged, "the private fields shown are not those that the event commits to"))
        }
    }
}

fn read_clear(line: &EventLine<'_>) -> Result<(Event, Option<Digest>), Finding> {
    let read = Event::read(line.clear.as_bytes()).map_err(|error| {
        let found = match error {
            BadEvent::UnknownKind(_) => Found::KindUnknown,
            BadEvent::Malformed(_) => Found::Unfit,
        };
        Finding::new(found, error)
    })?;
    // A commitment is to a body, and a body is committed to.
    match (&read.1, &line.sealed) {
        (Some(_), Some(_)) | (None, None) => Ok(read),
        _ => Err(Finding::new(Found::Unfit, "the event has a commitment without a body, or a body without one")),
    }
}

/// The event as if nothing had been shown of its private fields.
fn read_without(line: &EventLine<'_>) -> Option<Seen> {
    read_clear(line).ok().map(|(event, commit)| Seen { event, shown: commit.is_none() })
}

/// Whether a log's name is of the tenant whose first log began under `origin`: one that was put back goes on under its own.
fn is_of(log: &str, origin: &str) -> bool {
    log.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with("/epoch/"))
}

/// The digests of the blobs that a control event names.
fn named(data: &Data) -> Vec<Digest> {
    match data {
        Data::ControlAdded(added) => added.documents.iter().map(|named| named.digest).collect(),
        Data::ControlApplied(applied) => applied.documents.iter().map(|named| named.digest).collect(),
        Data::ControlPinned(pinned) => pinned.tools.iter().map(|tool| tool.words).collect(),
        Data::ControlReviewed(reviewed) => reviewed.tools.iter().map(|tool| tool.words).collect(),
        Data::ControlProposed(proposed) => match &proposed.statement.change {
            Proposed::Documents { documents, .. } => documents.iter().map(|named| named.digest).collect(),
            Proposed::Review { tools, .. } => tools.iter().map(|tool| tool.words).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// What a blob is, for people.
fn kind_of(bytes: &[u8]) -> String {
    let json = json::Json::parse(bytes, &json::Limits::stored()).ok();
    let document = json.and_then(|json| Document::read(&json).ok());
    document.map_or_else(|| "blob".to_owned(), |document| format!("{} `{}`", document.kind(), document.name()))
}
