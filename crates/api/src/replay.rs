//! `/v1/policy/replay`: what other policies would have said of what was recorded, read off the log in its order.

mod reader;
mod shadow;
mod waiting;

pub(crate) use reader::Window;
pub use shadow::ShadowKept;
pub(crate) use shadow::Shadows;
pub(crate) use waiting::{Waiting, listed};

use crate::documents::documents;
use crate::policies::{overlaid, policies};
use crate::read::body;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{Micros, PolicyText, Span};
use bailiwick_node::Failure;
use bailiwick_verify::{Candidate, Replayed, ReplayedGroup, Turn};
use reader::{Reader, ReplayError, TASKS_MAX};
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The most of the log that one answer looks through, the newest first.
const LEAVES_MAX: u64 = 200_000;
/// The longest time that can be asked for, in seconds.
const SECONDS_MAX: u64 = 3_650 * 24 * 3_600;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplayBody {
    /// Policies that are tried in the place of those of their names.
    documents: Vec<Json>,
    /// Those that would go.
    #[serde(default)]
    removed: Vec<(String, String)>,
    /// How far back, in seconds.
    since: u64,
    /// Without those that run and are not given.
    #[serde(default)]
    alone: bool,
}

/// One replay at a time: it reads much, and calls go first.
#[derive(Debug, Default)]
pub(crate) struct Replaying(AtomicBool);

struct Turned<'a>(&'a AtomicBool);

impl Replaying {
    fn begin(&self) -> Result<Turned<'_>, Problem> {
        match self.0.swap(true, Ordering::AcqRel) {
            true => Err(Failure::Unavailable("another replay runs; ask again when it is done".to_owned()).into()),
            false => Ok(Turned(&self.0)),
        }
    }
}

impl Drop for Turned<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Failure(failure) => failure.into(),
            ReplayError::Broken(why) => Self::broken(why),
        }
    }
}

impl Api {
    /// Decides what was recorded once more under the policies that are given.
    pub(crate) async fn policy_replay(&self, bytes: &[u8]) -> Result<Json, Problem> {
        let asked: ReplayBody = body(bytes)?;
        if asked.since == 0 || asked.since > SECONDS_MAX {
            return Err(Problem::bad(format!("`since` is {}: expected 1 to {SECONDS_MAX} seconds", asked.since)));
        }
        let control = self.control()?;
        let given = policies(documents(&asked.documents, &control.state, &asked.removed)?);
        let texts = if asked.alone { given } else { overlaid(&control.state, given, &asked.removed) };
        let since = self.desk.node().now().before(Span::seconds(asked.since));
        let (replayed, window) = self.replayed(texts, since, LEAVES_MAX).await?;
        Ok(replayed_json(&replayed, window.from, window.whole))
    }

    /// Asks these policies, all of them, of what was recorded since then.
    pub(crate) async fn replayed(
        &self,
        texts: Vec<PolicyText>,
        since: Micros,
        leaves_max: u64,
    ) -> Result<(Replayed, Window), Problem> {
        let candidate = Candidate::new(&texts, since).map_err(|problems| {
            Problem::bad(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })?;
        let _turn = self.replaying.begin()?;
        let (node, tenant) = (Arc::clone(self.desk.node()), self.tenant);
        let work = move || Reader::new(node, tenant, TASKS_MAX).replay(candidate, since, leaves_max);
        Ok(self.desk.node().beside(work).await??)
    }
}

fn group(group: &ReplayedGroup) -> Json {
    let call = |call: &bailiwick_verify::ReplayedCall| {
        Json::object([
            ("at", Json::from(call.at.0)),
            ("event", Json::from(call.event)),
            ("task", Json::from(call.task.to_string())),
            ("was", Json::from(call.was)),
        ])
    };
    Json::object([
        ("agent", Json::from(group.agent.as_str())),
        ("calls", Json::array(group.calls.iter().map(call))),
        ("count", Json::from(group.count)),
        ("rules", Json::array(group.rules.iter().map(|rule| Json::from(rule.as_str())))),
        ("tool", Json::from(group.tool.as_str())),
        ("turn", Json::from(group.turn.as_str())),
    ])
}

/// What a replay came to, for programs: since when, and whether that is all that was asked for.
pub fn replayed_json(replayed: &Replayed, from: Option<Micros>, whole: bool) -> Json {
    let turned =
        [Turn::Allowed, Turn::Asked, Turn::Refused].map(|turn| (turn.as_str(), Json::from(replayed.count(turn))));
    Json::object([
        ("calls", Json::from(replayed.calls)),
        ("counted", Json::from(replayed.counted)),
        ("from", from.map_or(Json::Null, |at| Json::from(at.0))),
        ("groups", Json::array(replayed.groups().iter().map(group))),
        ("more", Json::from(replayed.more)),
        ("newly", Json::object(turned)),
        ("otherwise", Json::from(replayed.otherwise)),
        ("same", Json::from(replayed.same)),
        ("undecidable", Json::from(replayed.undecidable)),
        ("whole", Json::from(whole)),
    ])
}
