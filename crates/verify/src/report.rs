//! What came out: the answer, what it rests on, and everything that speaks against it.

use bailiwick_core::{Assurance, Micros, StreamId};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The most findings that are kept; more are counted.
const FINDINGS_MAX: usize = 100;
/// The most characters of one finding.
const TEXT_CHARS_MAX: usize = 600;

/// The three answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Everything that was shown holds, and every decision comes out again as it stands.
    Confirmed,
    /// Something needed was not shown, or is erased.
    NotDecidable,
    /// Something does not hold.
    Contradicted,
}

macro_rules! found {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $answer:ident;)*) => {
        /// What was found. The texts are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum Found { $($(#[$doc])* #[serde(rename = $text)] $name,)* }

        impl Found {
            /// The stable text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
            /// The answer that it leads to.
            #[must_use]
            pub const fn answer(self) -> Answer {
                match self { $(Self::$name => Answer::$answer,)* }
            }
        }
    };
}

found! {
    /// A line that is not one: unknown field, key that stands twice, too long, in the wrong place.
    Malformed = "malformed", Contradicted;
    /// The bundle could not be read to its end.
    Unreadable = "unreadable", NotDecidable;
    /// The checkpoint was not signed by the log's key, or a known witness's signature on it does not hold.
    CheckpointForged = "checkpoint_forged", Contradicted;
    /// Fewer witnesses than asked for signed the checkpoint.
    WitnessesMissing = "witnesses_missing", NotDecidable;
    /// The log is not the one of a checkpoint that was kept.
    LogRewritten = "log_rewritten", Contradicted;
    /// The bundle does not show that its log goes on from a checkpoint that was kept.
    KeptNotShown = "kept_not_shown", NotDecidable;
    /// A person's yes is not signed with the passkey that the log names, or is to something else.
    ApprovalForged = "approval_forged", Contradicted;
    /// An event is not the one that stands at its place in the log.
    EventChanged = "event_changed", Contradicted;
    /// An event of a stream, or a leaf of the log, is missing between others.
    EventRemoved = "event_removed", Contradicted;
    /// Events stand in another order than they happened in.
    EventsSwapped = "events_swapped", Contradicted;
    /// Opened private fields are not the ones that the event commits to.
    BodyChanged = "body_changed", Contradicted;
    /// A stream, or the log, ends before the end that was committed to.
    StreamTruncated = "stream_truncated", Contradicted;
    /// A stream was left out, of the bundle or of the committed list of heads.
    StreamHidden = "stream_hidden", Contradicted;
    /// What is shown of the committed list of heads does not hold.
    HeadsForged = "heads_forged", Contradicted;
    /// It is not shown that there are no further events.
    CompletenessNotShown = "completeness_not_shown", NotDecidable;
    /// The bundle brings a document that no event of the log names.
    OwnDocument = "own_document", Contradicted;
    /// A document that an event of the log names is missing.
    DocumentMissing = "document_missing", Contradicted;
    /// Deciding again comes to something else.
    DecisionDiffers = "decision_differs", Contradicted;
    /// It was decided under a control state that was no longer, or never, the tenant's.
    ControlStale = "control_stale", Contradicted;
    /// An event that has no place where it stands.
    Unfit = "unfit", Contradicted;
    /// An event of a kind or version that this build does not know.
    KindUnknown = "kind_unknown", NotDecidable;
    /// Decided by rules that this build does not know.
    RulesUnknown = "rules_unknown", NotDecidable;
    /// What is needed to decide again is erased or was not shown.
    Erased = "erased", NotDecidable;
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was found.
    pub found: Found,
    /// The line of the bundle, from 1.
    pub line: u64,
    /// The leaf it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<u64>,
    /// The stream it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamId>,
    /// The place in that stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// One sentence.
    pub text: String,
}

impl Finding {
    pub(crate) fn new(found: Found, text: impl fmt::Display) -> Self {
        // Names and reasons of others stand in it: nothing that a terminal obeys.
        let text = text.to_string();
        let text = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(TEXT_CHARS_MAX).collect();
        Self { found, line: 0, leaf: None, stream: None, seq: None, text }
    }
    pub(crate) fn at(self, stream: StreamId, seq: u64, leaf: u64) -> Self {
        Self { stream: Some(stream), seq: Some(seq), leaf: Some(leaf), ..self }
    }
    pub(crate) fn of(self, stream: StreamId) -> Self {
        Self { stream: Some(stream), ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.found.as_str(), self.text)?;
        if let (Some(stream), Some(seq)) = (self.stream, self.seq) {
            write!(f, " (event {seq} of stream {stream}")?;
            if let Some(leaf) = self.leaf {
                write!(f, ", leaf {leaf}")?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// A witness that signed the checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// Its name.
    pub name: String,
    /// When, as it says, in seconds since 1970.
    pub at_seconds: u64,
}

/// Why it is believed that nothing is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Complete {
    /// It is not.
    NotShown,
    /// A list of heads committed to in the log, when the log had so many leaves.
    Heads(u64),
    /// Every leaf of the log up to the checkpoint is there.
    Log(u64),
}

/// What the answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// The name of the log whose key was given.
    pub log: String,
    /// Leaves under the checkpoint.
    pub size: u64,
    /// When the bundle says that it was made, in microseconds since 1970. Nothing rests on it.
    pub exported_at: u64,
    /// Witnesses that signed it, out of those given.
    pub witnesses: Vec<Witness>,
    /// How many witnesses were given.
    pub witnesses_given: usize,
    /// Sizes of kept checkpoints that the log was shown to go on from.
    pub kept: Vec<u64>,
    /// Why nothing is missing.
    pub complete: Complete,
    /// Approvals whose signature by a person's passkey was checked. Whose passkey it is, is the log's word.
    pub approved: u64,
    /// Acts of persons that they signed with a passkey, each over all that it came to.
    pub consented: u64,
    /// Acts of persons, by how they were made sure.
    pub persons: BTreeMap<Assurance, u64>,
    /// Calls of instances, by how they were made sure.
    pub instances: BTreeMap<Assurance, u64>,
    /// Calls that carry a signature of the instance. It is shown, not checked: what it covers is not in the record.
    pub signed: u64,
    /// Refusals that the catalogue made before anything was decided: how a call was read is the node's word.
    pub read_by_node: u64,
}

/// What was done, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Acts {
    /// Acts that were allowed.
    pub begun: u64,
    /// Of these, at a server that only the node can reach.
    pub enforced: u64,
    /// Of these, where the agent's user could go around.
    pub cooperative: u64,
    /// Of these, only watched.
    pub observed: u64,
    /// Acts that ended.
    pub ended: u64,
    /// Acts that came to be in doubt.
    pub doubtful: u64,
    /// Refusals written one by one.
    pub refused: u64,
    /// Refusals that were counted.
    pub counted: u64,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The answer.
    pub answer: Answer,
    /// What it rests on.
    pub basis: Basis,
    /// What speaks against it, in the order of the bundle.
    pub findings: Vec<Finding>,
    /// Findings beyond those kept.
    pub findings_left_off: u64,
    /// Events that stand in the log as shown.
    pub events: u64,
    /// Of these, events of the tenant and of no task: documents, tools, keys, lists of heads.
    pub events_of_tenant: u64,
    /// Events that were decided again and came out the same.
    pub decided_again: u64,
    /// What was done.
    pub acts: Acts,
    /// Tasks that the log says were erased; past so many not which.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub erased: BTreeMap<StreamId, ErasedBy>,
}

/// An erasure, by what the log says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErasedBy {
    /// When, in microseconds since 1970.
    pub at: Micros,
    /// Who; of what a rule keeps no longer, `rule NAME`.
    pub by: String,
}

/// The most tasks that are named as erased.
const ERASED_MAX: usize = 10_000;

impl Report {
    pub(crate) fn new(log: &str, witnesses_given: usize) -> Self {
        let basis = Basis {
            log: log.to_owned(),
            size: 0,
            exported_at: 0,
            witnesses: Vec::new(),
            witnesses_given,
            kept: Vec::new(),
            complete: Complete::NotShown,
            persons: BTreeMap::new(),
            instances: BTreeMap::new(),
            signed: 0,
            approved: 0,
            consented: 0,
            read_by_node: 0,
        };
        Self {
            answer: Answer::Confirmed,
            basis,
            findings: Vec::new(),
            findings_left_off: 0,
            events: 0,
            events_of_tenant: 0,
            decided_again: 0,
            acts: Acts::default(),
            erased: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        self.answer = self.answer.max(finding.found.answer());
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        } else {
            self.findings_left_off += 1;
        }
    }

    pub(crate) fn erased(&mut self, task: StreamId, at: Micros, by: &str) {
        if self.erased.len() < ERASED_MAX {
            self.erased.entry(task).or_insert_with(|| ErasedBy { at, by: by.to_owned() });
        }
    }

    /// One line of JSON. Fields are only added.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Numbers, texts and lists of them: writing them does not fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn word(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::Local => "at the node's own machine",
        Assurance::Software => "by a key in software",
        Assurance::KeyOnly => "by a registered key",
        Assurance::Oidc => "by a login or workload token",
        Assurance::Spiffe => "by a SPIFFE identity",
        Assurance::Session => "by a session that a passkey began",
        Assurance::Passkey => "by a passkey",
        Assurance::Fido2 => "by a FIDO2 key",
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "This rests on:")?;
        writeln!(f, "  the log key of `{}`, which you gave; the log had {} leaves", self.log, self.size)?;
        if self.witnesses_given == 0 {
            writeln!(f, "  no witness: that nobody was shown another log is the administrator's word")?;
        } else {
            writeln!(f, "  {} of {} witnesses", self.witnesses.len(), self.witnesses_given)?;
        }
        for witness in &self.witnesses {
            writeln!(f, "    {} since {} (seconds since 1970)", witness.name, witness.at_seconds)?;
        }
        for size in &self.kept {
            writeln!(f, "  the checkpoint of {size} leaves that you kept: the log goes on from it")?;
        }
        match self.complete {
            Complete::NotShown => writeln!(f, "  nothing that shows that no event is missing at the end")?,
            Complete::Log(size) => writeln!(f, "  all {size} leaves of the log: nothing before that is missing")?,
            Complete::Heads(size) => {
                writeln!(
                    f,
                    "  the list of all streams that the node committed to at leaf {size}: no event before it is"
                )?;
                writeln!(f, "    missing, as far as that list was whole (only the whole log shows that it was)")?;
            }
        }
        for (assurance, count) in &self.persons {
            let word = word(*assurance);
            writeln!(f, "  the administrator's word for {count} acts of persons, who were made sure {word}")?;
        }
        for (assurance, count) in &self.instances {
            let word = word(*assurance);
            writeln!(f, "  the administrator's word for {count} calls of instances, who were made sure {word}")?;
        }
        if self.signed > 0 {
            writeln!(f, "  {} calls carry a signature of the instance, which is not checked here", self.signed)?;
        }
        if self.approved > 0 {
            writeln!(
                f,
                "  {} approvals, each signed with a passkey; whose passkeys those are, the log says",
                self.approved
            )?;
        }
        if self.consented > 0 {
            let count = self.consented;
            writeln!(
                f,
                "  {count} acts of persons, each signed with a passkey; whose passkeys those are, the log says"
            )?;
        }
        if self.read_by_node > 0 {
            writeln!(f, "  the node's reading of {} calls that it refused before deciding", self.read_by_node)?;
        }
        writeln!(f, "  Acts that did not pass the gateway are outside of this proof.")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.basis.fmt(f)?;
        let Acts { begun, enforced, cooperative, observed, ended, doubtful, refused, counted } = self.acts;
        let of_tasks = self.events.saturating_sub(self.events_of_tenant);
        writeln!(
            f,
            "{} events: {} of the tenant (documents, tools, keys, lists of heads), {of_tasks} of tasks (start, grant, calls, end).",
            self.events, self.events_of_tenant
        )?;
        writeln!(f, "{} of them were decided again with the same outcome.", self.decided_again)?;
        writeln!(
            f,
            "{begun} acts: {ended} ended, {doubtful} in doubt; {refused} calls refused, {counted} more counted."
        )?;
        if enforced < begun {
            writeln!(
                f,
                "Of the acts, {cooperative} were cooperative (the agent's user could go around) and {observed} only observed."
            )?;
        }
        for finding in &self.findings {
            // What is only known at the end is about no line.
            match finding.line {
                0 => writeln!(f, "{finding}")?,
                line => writeln!(f, "line {line}: {finding}")?,
            }
        }
        if self.findings_left_off > 0 {
            writeln!(f, "and {} more", self.findings_left_off)?;
        }
        f.write_str(match self.answer {
            Answer::Confirmed => "confirmed\n",
            Answer::NotDecidable => "not decidable\n",
            Answer::Contradicted => "contradicted\n",
        })
    }
}
