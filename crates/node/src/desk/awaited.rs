//! What a grant waits for, and what people said no to, as its agent is told.

use crate::live::LiveControl;
use bailiwick_core::json::Json;
use bailiwick_core::{ApprovalStanding, ApprovalState, Code, GrantId, Micros, Reason, TaskState, View, signed_by_all};

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
    Void { refused: u64, no: No },
    /// Somebody said no.
    Refused(No),
}

/// Why a person said no, and what they would say yes to.
#[derive(Clone, Default)]
struct No {
    reason: String,
    instead: Option<Json>,
}

impl No {
    /// Of a request that was refused. What was offered is told as long as it may be taken.
    fn of(task: &TaskState, refused: &ApprovalState) -> Option<Self> {
        let ApprovalStanding::Refused { reason, instead, .. } = &refused.standing else { return None };
        let instead = instead.clone().filter(|_| task.offer_stands(refused.leaf));
        Some(Self { reason: reason.clone(), instead })
    }

    fn words(&self) -> String {
        let why = if self.reason.is_empty() { String::new() } else { format!(": `{}`", self.reason) };
        let instead = self.instead.as_ref().map(Json::canonical);
        let instead = instead.map_or_else(String::new, |own| format!("; they would say yes to {own}"));
        format!("{why}{instead}")
    }

    fn members(&self) -> [(&'static str, Json); 2] {
        let reason = if self.reason.is_empty() { Json::Null } else { Json::from(self.reason.as_str()) };
        [("instead", self.instead.clone().unwrap_or_default()), ("reason", reason)]
    }
}

/// What was said no to before that this request comes to the same as, by who asks again under the same grant.
pub(super) fn refused_before(task: &TaskState, asked: &ApprovalState) -> Option<Reason> {
    if task.asks_about_offer(asked) {
        return None;
    }
    let same = |of: &&ApprovalState| of.seq != asked.seq && of.grant == asked.grant && of.goal == asked.goal;
    let before = task.approvals.values().rev().map(Box::as_ref).filter(same);
    let no = before.filter_map(|of| No::of(task, of)).next()?;
    Some(Reason::new(Code::ApprovalRefused).said(&no.reason, no.instead))
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
            ApprovalStanding::Refused { .. } => How::Refused(No::of(task, state)?),
            ApprovalStanding::Void { .. } if task.asked_anew(state).is_some() => return None,
            ApprovalStanding::Void { refused, .. } => {
                // What people said to another holder is that one's to hear.
                let own = task.approval_at(*refused).filter(|refused| refused.grant == state.grant);
                let no = own.and_then(|refused| No::of(task, refused)).unwrap_or_default();
                How::Void { refused: *refused, no }
            }
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
            How::Void { refused, no } => format!(
                "- void: request {approval} ({act}): a person said no to request {refused}, which comes to the same{}; the \
                 same call asks anew\n",
                no.words()
            ),
            How::Refused(no) => format!("- refused by a person: request {approval} ({act}){}\n", no.words()),
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
            How::Void { refused, no } => {
                members.extend([("refused", Json::from(*refused)), ("standing", text("void"))]);
                members.extend(no.members());
            }
            How::Refused(no) => {
                members.extend(no.members());
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
