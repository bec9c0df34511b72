//! What a change that waits for a second person would have changed: said beside it, in words.

use super::reader::{Reader, TASKS_MAX};
use crate::policies::{overlaid, policies};
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{Digest, Document, PolicyText, Proposal, Proposed, Span};
use bailiwick_verify::{Replayed, Turn};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most of the log that is looked through for one change.
const LEAVES_MAX: u64 = 20_000;
/// How far back, in days.
const DAYS: u64 = 7;
/// The most changes that are remembered.
const REMEMBERED_MAX: usize = 64;
/// The most groups that are named.
const NAMED_MAX: usize = 5;

/// What was said of changes that wait, by their number: each is replayed once.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<BTreeMap<u64, String>>);

impl Waiting {
    /// What was said of a change already.
    pub(crate) fn known(&self, proposal: u64) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&proposal).cloned()
    }

    fn remember(&self, proposal: u64, told: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.pop_first();
        }
        known.insert(proposal, told.to_owned());
    }
}

/// The policies that a change gives, and what goes with it.
struct Given<'a> {
    texts: Vec<PolicyText>,
    removed: &'a [(String, String)],
}

/// What of a change is about policies; `None` where nothing is.
fn changed(proposal: &Proposal) -> Option<Given<'_>> {
    let Proposed::Documents { removed, .. } = &proposal.statement.change else { return None };
    let read = proposal.documents.iter().filter_map(|document| Document::read(document).ok()).collect();
    let texts = policies(read);
    let goes = removed.iter().any(|(kind, _)| kind == "policy");
    (goes || !texts.is_empty()).then_some(Given { texts, removed })
}

impl Api {
    /// What a change would have changed of the last days, in words.
    pub(crate) async fn change_replayed(&self, proposal: &Proposal) -> Result<String, Problem> {
        let number = proposal.statement.proposal;
        if let Some(known) = self.waiting.known(number) {
            return Ok(known);
        }
        let control = self.control()?;
        let Some(given) = changed(proposal) else {
            return Ok("no rule of policy changes: a replay would say nothing of it".to_owned());
        };
        let texts = overlaid(&control.state, given.texts, given.removed);
        let since = self.desk.node().now().before(Span::hours(24 * DAYS));
        let told = match self.replayed(texts, since, LEAVES_MAX).await {
            Ok((replayed, window)) => told(&replayed, window.whole),
            // who looks at a change is shown it all the same
            Err(problem) => return Ok(format!("not replayed: {}", problem.detail)),
        };
        self.waiting.remember(number, &told);
        Ok(told)
    }

    /// The policies that ran under a digest.
    pub(crate) async fn policies_of(&self, digest: Digest) -> Result<Vec<PolicyText>, Problem> {
        let (node, tenant) = (Arc::clone(self.desk.node()), self.tenant);
        let found = self.desk.node().beside(move || Reader::new(node, tenant, TASKS_MAX).policies_of(digest)).await??;
        found.ok_or_else(|| Problem::bad(format!("no policies of this tenant ever had the digest `{digest}`")))
    }
}

/// In words: how much would come newly, and of whom.
fn told(replayed: &Replayed, whole: bool) -> String {
    let newly = [(Turn::Allowed, "allowed"), (Turn::Asked, "asked about"), (Turn::Refused, "refused")];
    let newly: Vec<String> =
        newly.iter().map(|(turn, words)| format!("{} newly {words}", replayed.count(*turn))).collect();
    let newest = if whole { "" } else { ", the newest of them" };
    let mut out = format!("of {} calls of the last {DAYS} days{newest}: {}", replayed.calls, newly.join(", "));
    let cannot = replayed.undecidable + replayed.otherwise + replayed.counted;
    if cannot > 0 {
        out.push_str(&format!("; {cannot} cannot be decided again"));
    }
    for group in replayed.groups().iter().take(NAMED_MAX) {
        let by = if group.rules.is_empty() { String::new() } else { format!(" by {}", group.rules.join(", ")) };
        let events: Vec<String> = group.calls.iter().map(|call| format!("#{}", call.event)).collect();
        let (count, turn) = (group.count, group.turn.as_str());
        out.push_str(&format!("; {turn}: {count} x {} {}{by} ({})", group.agent, group.tool, events.join(" ")));
    }
    out
}

/// For a list of changes, which looks at none of them.
pub(crate) fn listed(known: Option<String>) -> Json {
    Json::from(known.unwrap_or_else(|| "told with the change itself".to_owned()))
}
