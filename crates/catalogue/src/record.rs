//! What a server has on record of an act that nobody knows the outcome of: how it is asked, and which answer says what. One
//! that says neither, or both, tells nothing.

use crate::catalogue::Entry;
use crate::measure::{MeasureFrom, Measured};
use crate::observe::structured;
use crate::path::Path;
use bailiwick_core::json::Json;
use bailiwick_core::{Measure, Observed, ToolId, sha256};

/// How a server's own record is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordFrom {
    /// The tool of the same server that reads it.
    pub(crate) tool: String,
    /// Its arguments, and where they stand in the call as it was forwarded.
    pub(crate) arguments: Vec<(String, Path)>,
    /// Answers that say that it was done.
    pub(crate) done: Vec<(Path, Json)>,
    /// Answers that say that nothing was done, and nothing will be.
    pub(crate) not_done: Vec<(Path, Json)>,
    /// Where they say what it came to.
    pub(crate) measured: Vec<MeasureFrom>,
}

impl RecordFrom {
    /// Every place of the call that it looks at.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Path> {
        self.arguments.iter().map(|(_, from)| from)
    }
}

/// A call that reads what is on record of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordCall {
    /// The tool that reads it, of the same server.
    pub tool: ToolId,
    /// With these arguments.
    pub arguments: Json,
}

/// What is on record of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnRecord {
    /// Whether it was done.
    pub done: bool,
    /// What was read of it.
    pub observed: Observed,
}

impl Entry {
    /// How what became of a call is read, by its arguments as they were forwarded. `None` where no binding says it, or not
    /// all of what it is read by stands there.
    pub(crate) fn record_call(&self, tool: &ToolId, forwarded: &Json) -> Option<RecordCall> {
        let from = self.binding.outcome.as_ref().filter(|_| self.checked().is_some())?;
        let members = from.arguments.iter().map(|(name, path)| {
            let found = path.find(forwarded).hits;
            let [hit] = found.as_slice() else { return None };
            Some((name.clone(), hit.value.clone()))
        });
        let arguments = Json::object(members.collect::<Option<Vec<_>>>()?);
        Some(RecordCall { tool: ToolId::new(tool.server().clone(), &from.tool).ok()?, arguments })
    }

    /// What the answer to that says of the act; `None` where it tells neither.
    pub(crate) fn on_record(&self, seen: &Json) -> Option<OnRecord> {
        let from = self.binding.outcome.as_ref()?;
        if seen.get("isError").is_some_and(|flag| flag.as_bool() != Some(false)) {
            return None;
        }
        let content = structured(seen)?;
        let says = |named: &[(Path, Json)]| {
            named.iter().any(|(at, equals)| matches!(at.find(&content).hits.as_slice(), [hit] if hit.value == equals))
        };
        let done = match (says(&from.done), says(&from.not_done)) {
            (true, false) => true,
            (false, true) => false,
            (true, true) | (false, false) => return None,
        };
        let mut measured = Measured::default();
        if done {
            from.measured.iter().for_each(|from| from.read(&content, &mut measured));
        }
        let known = |measure: Measure| Some((measure.unit.known()?.clone(), *measure.amount.known()?));
        let bytes = seen.canonical().into_bytes();
        let observed = Observed {
            // what could not be read settles at its reserve
            measured: measured.measures.into_iter().filter_map(known).collect(),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            digest: Some(sha256(&bytes)),
            ..Observed::default()
        };
        Some(OnRecord { done, observed })
    }
}

#[cfg(test)]
mod tests;
