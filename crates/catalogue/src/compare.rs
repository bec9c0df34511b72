//! What a server offers now against what stands: which tools are new, changed, reworded or gone, and whether they may go
//! on meanwhile.

use crate::method::Method;
use crate::propose::propose;
use crate::words::{Offer, ToolWords};
use bailiwick_core::json::Json;
use bailiwick_core::normal::one_line;
use bailiwick_core::{Blobs, ControlState, Digest, Mode, PinnedTool, ServerName, Standing, ToolEntry, ToolId};
use std::collections::BTreeSet;
use std::fmt;

/// Members of an entry that are words: they tell a model what to think, not what a call does.
const WORDS: [&str; 4] = ["title", "description", "icons", "said"];
/// The most characters of a value in a line: a whole member of a tool's words, so that a person sees all they say yes to.
const LINE_CHARS_MAX: usize = 64 << 10;

/// One difference, as a reviewer is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The tool.
    pub tool: String,
    /// Which member, as `/inputSchema/properties/amount`.
    pub place: String,
    /// What stood there.
    pub before: Option<String>,
    /// What stands there now.
    pub now: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:", self.tool, self.place)?;
        match (&self.before, &self.now) {
            (None, Some(now)) => write!(f, " + {now}"),
            (Some(before), None) => write!(f, " - {before}"),
            (Some(before), Some(now)) => write!(f, " - {before}  + {now}"),
            (None, None) => Ok(()),
        }
    }
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// Whether the identity is the one that stands; a server that was never seen is.
    pub same_server: bool,
    /// Tools whose pin or standing changes, to be pinned. Empty when another server answers: its words say nothing of the
    /// one that was reviewed.
    pub tools: Vec<PinnedTool>,
    /// All its tools as they would stand after a review.
    pub reviewed: Vec<PinnedTool>,
    /// The words behind these pins, to be kept as blobs.
    pub words: Vec<Vec<u8>>,
    /// What is different, for a reviewer.
    pub lines: Vec<Difference>,
    /// What was not taken and why.
    pub faults: Vec<String>,
}

/// Compares what a server offers with what stands. `mode` says whether somebody could go around us: then a first sight is
/// a first use.
pub fn compare(
    control: &ControlState,
    server: &ServerName,
    identity: &Digest,
    mode: Mode,
    offer: &Offer,
    words: &dyn Blobs,
) -> Comparison {
    let entry = control.servers.get(server);
    let mut out = Comparison {
        same_server: entry.and_then(|entry| entry.identity).is_none_or(|own| own == *identity),
        faults: offer.faults().to_vec(),
        ..Comparison::default()
    };
    let rules = Rules {
        cooperative: mode == Mode::Cooperative,
        words_may_change: entry.is_some_and(|entry| entry.document.words_may_change),
    };
    let mut offered = BTreeSet::new();
    for now in offer.tools() {
        let Ok(tool) = ToolId::new(server.clone(), now.name()) else { continue };
        offered.insert(tool.clone());
        let fresh = pinned(&tool, now, identity);
        out.words.push(now.bytes());
        out.reviewed.push(PinnedTool { standing: Standing::Reviewed, ..fresh.clone() });
        let known = control.tools.get(&tool);
        let before = known.and_then(|known| ToolWords::from_bytes(&words.blob(&known.pinned.words)?).ok());
        differences(&tool, before.as_ref(), Some(now), &mut out.lines);
        let privileged = control.nature(&tool).is_some_and(|nature| nature.effect.privileged());
        out.tools.extend(rules.offered(known, fresh, before.as_ref(), now, privileged));
    }
    for (tool, known) in control.tools.iter().filter(|(tool, _)| tool.server() == server && !offered.contains(tool)) {
        let before = words.blob(&known.pinned.words).and_then(|bytes| ToolWords::from_bytes(&bytes).ok());
        differences(tool, before.as_ref(), None, &mut out.lines);
        // What was never looked at and is gone again still waits to be looked at when it comes back.
        // And what is quarantined is not freed by hiding.
        if !matches!(known.pinned.standing, Standing::Gone | Standing::New | Standing::Quarantined) {
            out.tools.push(PinnedTool { standing: Standing::Gone, ..known.pinned.clone() });
        }
    }
    if !out.same_server {
        out.tools.clear();
    }
    out
}

fn pinned(tool: &ToolId, words: &ToolWords, identity: &Digest) -> PinnedTool {
    let ours = Method::of_tool(words.name()).and_then(Method::nature);
    let proposal = ours.unwrap_or_else(|| propose(words.annotations()));
    PinnedTool {
        effect: proposal.effect,
        egress: proposal.egress,
        pin: words.pin(identity),
        reversibility: proposal.reversibility,
        standing: Standing::New,
        tool: tool.clone(),
        words: words.digest(),
    }
}

struct Rules {
    cooperative: bool,
    words_may_change: bool,
}

impl Rules {
    const fn first(&self) -> Standing {
        if self.cooperative { Standing::FirstUse } else { Standing::New }
    }

    /// What is to be pinned of an offered tool; nothing when it stands as it stood.
    fn offered(
        &self,
        known: Option<&ToolEntry>,
        fresh: PinnedTool,
        before: Option<&ToolWords>,
        now: &ToolWords,
        privileged: bool,
    ) -> Option<PinnedTool> {
        let Some(known) = known else { return Some(PinnedTool { standing: self.first(), ..fresh }) };
        let stood = known.pinned.standing;
        if fresh.pin == known.pinned.pin {
            let standing = self.back(stood);
            let settled = standing == stood && known.seen.is_none();
            return (!settled).then(|| PinnedTool { standing, ..known.pinned.clone() });
        }
        let reworded = !privileged
            && (self.cooperative || self.words_may_change)
            && before.is_some_and(|before| only_words(before, now));
        let standing = match stood {
            // Nobody has looked at it yet: a change of it is no change of anything reviewed.
            Standing::New => Standing::New,
            // Whatever it offers by now: a person looks at it first.
            Standing::Quarantined => Standing::Quarantined,
            _ if reworded => Standing::Reworded,
            _ => Standing::Changed,
        };
        let settled = standing == stood && known.seen.as_ref().is_some_and(|seen| seen.pin == fresh.pin);
        (!settled).then_some(PinnedTool { standing, ..fresh })
    }

    /// How a tool stands that is what it was. By INVARIANT of `offered` and of what vanishes: only tools that could be
    /// used become `Changed`, `Reworded` or `Gone`; on an enforced server those were reviewed.
    const fn back(&self, stood: Standing) -> Standing {
        match stood {
            Standing::New => Standing::New,
            Standing::Quarantined => Standing::Quarantined,
            Standing::Reviewed => Standing::Reviewed,
            Standing::FirstUse => self.first(),
            // The weaker of the two that it may have been: which one, the state does not keep.
            Standing::Changed | Standing::Reworded | Standing::Gone if self.cooperative => Standing::FirstUse,
            Standing::Changed | Standing::Reworded | Standing::Gone => Standing::Reviewed,
        }
    }
}

/// Whether two entries differ in nothing but words.
fn only_words(before: &ToolWords, now: &ToolWords) -> bool {
    let stays = |words: &ToolWords| {
        let mut members = words.members().clone();
        WORDS.iter().for_each(|name| drop(members.remove(name)));
        members
    };
    stays(before) == stays(now)
}

fn differences(tool: &ToolId, before: Option<&ToolWords>, now: Option<&ToolWords>, lines: &mut Vec<Difference>) {
    let (old, new) = (before.map(ToolWords::entry), now.map(ToolWords::entry));
    differ(tool.tool(), "", old.as_ref(), new.as_ref(), lines);
}

/// The deepest members that differ, arrays whole.
fn differ(tool: &str, place: &str, before: Option<&Json>, now: Option<&Json>, lines: &mut Vec<Difference>) {
    if before == now {
        return;
    }
    if let (Some(Json::Object(old)), Some(Json::Object(new))) = (before, now) {
        let names: BTreeSet<&str> = old.keys().chain(new.keys()).collect();
        for name in names {
            let token = bailiwick_core::json::Pointer::root().join(name).to_string();
            differ(tool, &format!("{place}{token}"), old.get(name), new.get(name), lines);
        }
        return;
    }
    let tool = printable(tool);
    lines.push(Difference { tool, place: printable(place), before: before.map(line), now: now.map(line) });
}

/// A foreign value on one line: escaped, so that it cannot move the cursor or look like ours, and cut.
fn line(value: &Json) -> String {
    printable(&value.canonical())
}

fn printable(text: &str) -> String {
    one_line(text, LINE_CHARS_MAX)
}

#[cfg(test)]
mod tests;
