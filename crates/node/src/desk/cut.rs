//! What of a result is given out: all of it, what its holder may read of it, or nothing. What is not given out was never seen, so
//! it is no source of any value; what became of the act is read from all of it.

use super::{Bound, Desk, Given, Keeps};
use crate::hiding::Hiding;
use crate::live::LiveControl;
use crate::step::Failure;
use bailiwick_catalogue::{Ending, Observation, Redacted};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::normal::Kind;
use bailiwick_core::{DataClass, Digest, Observed, Origin, Outcome, Salt, TaskState, ToolId, given, value_hash};
use std::collections::BTreeSet;

/// Why nothing of a result is given out.
const UNJUDGED: &str = "what of it may be read in this task cannot be told from what may not";
/// Why nothing of a sanitizer's is.
const OPEN: &str = "its tool gives values of closed types alone, and this result cannot be read as such";
/// Why the text of an error is not.
const ERROR: &str = "its text may hold data of a class that may not be read in this task";
/// What a result that was cut may cost to read: it was read before.
const CUT_LIMITS: Limits = Limits { bytes: 16 << 20, depth: 64, nodes: 1_000_000 };

impl Desk {
    /// Reads a result: what became of the act, and what of it is given out.
    pub(super) async fn observed(
        &self,
        bound: &Bound,
        control: &LiveControl,
        tool: &ToolId,
        (result, bytes): (Json, &[u8]),
    ) -> Result<(Outcome, Given), Failure> {
        let (keep, hiding) = (self.keep(bound).await?, self.hiding(bound)?);
        // A tool that is gone from the catalogue meanwhile is measured by its bytes alone: whether it gives secrets, of which
        // no digest is kept, nobody knows any more.
        let Some(whole) = observe(control, tool, bytes, (keep, &hiding)) else {
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let observed = Observed { size, ..Observed::default() };
            return Ok((Outcome::Done(observed), Given::Whole(result)));
        };
        if control.catalogue.is_sanitizer(tool) {
            return self.sanitized(bound, control, tool, (whole, bytes), keep).await;
        }
        self.classed(bound, control, tool, (whole, result, bytes), keep).await
    }

    /// Of a sanitizer values of closed types are given and nothing else: not what it says where it fails or asks, either.
    async fn sanitized(
        &self,
        bound: &Bound,
        control: &LiveControl,
        tool: &ToolId,
        (whole, bytes): (Observation, &[u8]),
        keep: Keeps,
    ) -> Result<(Outcome, Given), Failure> {
        let hiding = self.hiding(bound)?;
        let salt = keep.salt.unwrap_or_else(|| Salt::new([0; 16]));
        let hash = move |kind: &Kind, form: &str| value_hash(&salt, &kind.to_string(), form);
        let asked: Vec<Digest> =
            control.catalogue.ids(tool, bytes).iter().map(|(kind, form)| hash(kind, form)).collect();
        let known: BTreeSet<Digest> = match asked.is_empty() {
            true => BTreeSet::new(),
            false => {
                // A list that nobody outside writes showed it, or the person said it.
                let sure = move |task: &TaskState, _: &LiveControl| {
                    let sure =
                        |hash: &Digest| task.values.judged(hash).is_some_and(|seen| seen.origin <= Origin::Trusted);
                    asked.into_iter().filter(sure).collect()
                };
                self.node.look(bound.tenant, bound.task, sure).await?
            }
        };
        let knows = |kind: &Kind, form: &str| known.contains(&hash(kind, form));
        let rest = control.catalogue.sanitize(tool, bytes, &knows).filter(|_| whole.ending == Ending::Done);
        let rest = rest.filter(|_| !whole.observed.failed);
        let read = rest.and_then(|bytes| Some((Json::parse(&bytes, &CUT_LIMITS).ok()?, bytes)));
        let Some((json, bytes)) = read else {
            let observed = Observed { values: Vec::new(), kept: None, ..whole.observed.clone() };
            return Ok((outcome(Observation { observed, ..whole }), Given::Withheld(OPEN)));
        };
        let seen = observe(control, tool, &bytes, (keep, &hiding))
            .map(|seen| (seen.observed.values, seen.observed.kept, seen.classes));
        let (values, kept, classes) = seen.unwrap_or_default();
        let observed = Observed { values, kept, ..whole.observed };
        let whole = Observation { observed, classes, ending: whole.ending };
        self.classed(bound, control, tool, (whole, json, &bytes), keep).await
    }

    /// What of a result its holder may read.
    async fn classed(
        &self,
        bound: &Bound,
        control: &LiveControl,
        tool: &ToolId,
        (whole, result, bytes): (Observation, Json, &[u8]),
        keep: Keeps,
    ) -> Result<(Outcome, Given), Failure> {
        let (general, fields) = control.catalogue.classes(tool);
        if general.is_empty() && fields.is_empty() {
            return Ok((outcome(whole), Given::Whole(result)));
        }
        let hiding = self.hiding(bound)?;
        let readable = self.readable(bound).await?;
        let cut =
            control.catalogue.redact(tool, bytes, &|class| readable.contains(class)).unwrap_or(Redacted::Withheld);
        let withheld = || whole.classes.iter().filter(|class| !readable.contains(*class)).cloned().collect();
        let rest = match cut {
            Redacted::Whole => return Ok((outcome(whole), Given::Whole(result))),
            Redacted::Without { bytes, .. } => {
                let json = Json::parse(&bytes, &CUT_LIMITS).ok();
                json.and_then(|json| {
                    Some((observe(control, tool, &bytes, (keep, &hiding))?.observed, Given::Whole(json)))
                })
            }
            Redacted::Withheld => None,
        };
        let (seen, given) = rest.unwrap_or_else(|| (Observed::default(), Given::Withheld(UNJUDGED)));
        let withheld: Vec<DataClass> = withheld();
        let observed = Observed { values: seen.values, kept: seen.kept, withheld, ..whole.observed };
        Ok((outcome(Observation { observed, ..whole }), given))
    }

    /// What is given out of an error of the protocol: it may hold what any field of a result holds.
    pub(super) async fn error_given(
        &self,
        bound: &Bound,
        control: &LiveControl,
        tool: &ToolId,
    ) -> Result<Given, Failure> {
        if control.catalogue.is_sanitizer(tool) {
            return Ok(Given::Withheld(OPEN));
        }
        let (general, fields) = control.catalogue.classes(tool);
        if general.is_empty() && fields.is_empty() {
            return Ok(Given::Nothing);
        }
        let readable = self.readable(bound).await?;
        let all = general.iter().chain(&fields).all(|class| readable.contains(class));
        Ok(if all { Given::Nothing } else { Given::Withheld(ERROR) })
    }

    /// Whether what a server says beside its result (progress, log lines, questions) is kept from the caller, since it may hold
    /// what may not be read.
    pub(super) async fn quiet(
        &self,
        bound: &Bound,
        control: &LiveControl,
        tool: &ToolId,
        by_field: bool,
    ) -> Result<bool, Failure> {
        if control.catalogue.is_sanitizer(tool) {
            return Ok(true);
        }
        let (general, fields) = control.catalogue.classes(tool);
        if !by_field {
            return Ok(false);
        }
        let readable = self.readable(bound).await?;
        Ok(!general.iter().chain(&fields).all(|class| readable.contains(class)))
    }

    pub(super) fn hiding(&self, bound: &Bound) -> Result<Hiding, Failure> {
        self.node.vault().hiding(bound.tenant).map_err(|error| Failure::Unavailable(error.to_string()))
    }

    async fn readable(&self, bound: &Bound) -> Result<BTreeSet<DataClass>, Failure> {
        let grant = bound.grant;
        self.node.look(bound.tenant, bound.task, move |task: &TaskState, _: &LiveControl| given(task, grant)).await
    }
}

/// Of a task that is erased nothing is remembered, and nothing of it can begin.
fn observe(
    control: &LiveControl,
    tool: &ToolId,
    bytes: &[u8],
    (keep, hiding): (Keeps, &Hiding),
) -> Option<Observation> {
    let salt = keep.salt.unwrap_or_else(|| Salt::new([0; 16]));
    let hash = |kind: &Kind, text: &str| match kind {
        // The salt leaves with an export, the key of secrets does not; and an argument that is this secret is hashed so too.
        Kind::Secret => value_hash(&salt, &kind.to_string(), &hiding.text(text)),
        _ => value_hash(&salt, &kind.to_string(), text),
    };
    control.catalogue.observe(tool, bytes, keep.bytes, &hash)
}

fn outcome(observation: Observation) -> Outcome {
    match observation.ending {
        Ending::Done => Outcome::Done(observation.observed),
        Ending::NotDone => Outcome::NotDone(observation.observed),
        Ending::Doubt(why) => Outcome::Doubt { why: why.to_owned() },
    }
}
