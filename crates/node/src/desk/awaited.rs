//! What a grant waits for, and what people said no to, as its agent is told.

use crate::live::LiveControl;
use bailiwick_core::json::Json;
use bailiwick_core::{ApprovalStanding, ApprovalState, GrantId, Micros, TaskState, View, signed_by_all};

/// The most requests that an agent is told of, newest first.
const TOLD_MAX: usize = 32;

/// One request to people, in our words: its agent knows what it asked for.
pub(super) struct Awaited {
    approval: u64,
    act: String,
    how: How,
}

enum How {
    /// Somebody has still to say yes.
    Open { until: Micros },
    /// All have: the same call begins.
    Signed { until: Micros },
    /// Somebody said no to what comes to the same.
    Void { refused: u64 },
    /// Somebody said no.
    Refused { reason: String, instead: Option<Json> },
}

/// What it is about: the effect, the tool, how much. One tool may be asked about more than once.
fn act(state: &ApprovalState) -> String {
    let own = state.terms.meters.iter().filter(|of| of.grant == state.grant && !of.unit.is_calls());
    let amounts: Vec<String> = own.map(|of| format!("{} {}", of.amount, of.unit)).collect();
    let amounts = if amounts.is_empty() { String::new() } else { format!(", {}", amounts.join(" and ")) };
    format!("{} with {}{amounts}", state.effect, state.tool)
}

impl Awaited {
    /// Those of a grant that an agent can still do something about, or learn from.
    pub(super) fn of(task: &TaskState, control: &LiveControl, grant: GrantId, now: Micros) -> Vec<Self> {
        let own = task.approvals.values().rev().filter(|state| state.grant == grant);
        own.filter_map(|state| Self::told(task, control, state, now)).take(TOLD_MAX).collect()
    }

    fn told(task: &TaskState, control: &LiveControl, state: &ApprovalState, now: Micros) -> Option<Self> {
        let until = state.terms.not_after;
        let how = match &state.standing {
            ApprovalStanding::Open if !state.open(now) || task.past_doing(state) => return None,
            ApprovalStanding::Open if signed_by_all(View::of(task, &control.state), state, now) => {
                How::Signed { until }
            }
            ApprovalStanding::Open if task.superseded(state).is_some() => return None,
            ApprovalStanding::Open => How::Open { until },
            ApprovalStanding::Refused { reason, instead, .. } => {
                How::Refused { reason: reason.clone(), instead: instead.clone() }
            }
            ApprovalStanding::Void { .. } if task.asked_anew(state).is_some() => return None,
            ApprovalStanding::Void { refused, .. } => How::Void { refused: *refused },
            ApprovalStanding::Used { .. } | ApprovalStanding::Expired => return None,
        };
        Some(Self { approval: state.leaf, act: act(state), how })
    }

    /// A line for the model. `page` is where people answer it.
    pub(super) fn line(&self, page: Option<&str>, now: Micros) -> String {
        let Self { approval, act, how } = self;
        let left = |until: &Micros| until.0.saturating_sub(now.0) / 1_000_000;
        match how {
            How::Open { until } => {
                let at = page.map_or_else(String::new, |page| format!(", at {page}"));
                let left = left(until);
                format!("- waits for a person: request {approval} ({act}), answered within {left} s{at}\n")
            }
            How::Signed { until } => {
                format!("- approved: request {approval} ({act}); repeat the same call within {} s\n", left(until))
            }
            How::Void { refused } => format!(
                "- void: request {approval} ({act}): a person said no to request {refused}, which comes to the same; the same \
                 call asks anew\n"
            ),
            How::Refused { reason, instead } => {
                let why = if reason.is_empty() { String::new() } else { format!(": `{reason}`") };
                let instead = instead.as_ref().map(Json::canonical);
                let instead = instead.map_or_else(String::new, |own| format!("; they would say yes to {own}"));
                format!("- refused by a person: request {approval} ({act}){why}{instead}\n")
            }
        }
    }

    /// For programs.
    pub(super) fn json(&self, page: Option<&str>) -> Json {
        let text = |text: &str| Json::from(text);
        let mut members = vec![("act", text(&self.act)), ("approval", Json::from(self.approval))];
        match &self.how {
            How::Open { until } | How::Signed { until } => {
                let signed = matches!(self.how, How::Signed { .. });
                members.push(("standing", text(if signed { "approved" } else { "open" })));
                members.extend([("until", Json::from(until.0)), ("url", page.map_or(Json::Null, text))]);
            }
            How::Void { refused } => {
                members.extend([("refused", Json::from(*refused)), ("standing", text("void"))]);
            }
            How::Refused { reason, instead } => {
                let reason = if reason.is_empty() { Json::Null } else { text(reason) };
                members.extend([("instead", instead.clone().unwrap_or_default()), ("reason", reason)]);
                members.push(("standing", text("refused")));
            }
        }
        Json::object(members)
    }

    /// The request.
    pub(super) const fn approval(&self) -> u64 {
        self.approval
    }
}
