//! What became of a request to say yes, told of the request itself, of the act that waits for it, and of each answer.

use super::Story;
use crate::people::text;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ApprovalStanding, ApprovalState, Data, Micros, TaskState, View, Void, signed_by_all, why_void};
use bailiwick_node::LiveControl;

/// What became of it, in words and as JSON.
pub(super) struct Became {
    pub(super) told: Words,
    pub(super) stage: Stage,
}

/// The same in words and as JSON.
pub(super) struct Words {
    pub(super) words: Vec<String>,
    pub(super) json: Json,
}

/// What there is still to do about a request.
pub(super) enum Stage {
    /// People answer it.
    Open,
    /// All have said yes, and its agent goes on.
    Signed,
    /// Nobody needs to answer it any more: why.
    Over(String),
}

/// The request that an event is about.
fn request<'a>(task: &'a TaskState, data: &Data, leaf: u64) -> Option<&'a ApprovalState> {
    match data {
        Data::ApprovalAsked(_) => task.approval_at(leaf),
        Data::ApprovalGiven(given) => task.approvals.get(&given.statement.approval).map(Box::as_ref),
        Data::ApprovalEscalated(gone) => task.approvals.get(&gone.approval).map(Box::as_ref),
        Data::ApprovalExpired(expired) => task.approvals.get(&expired.approval).map(Box::as_ref),
        Data::ApprovalRefused(refused) => task.approvals.get(&refused.approval).map(Box::as_ref),
        Data::ActionWaiting(waiting) => {
            let of = |of: &&ApprovalState| of.terms.action == waiting.action.digest && of.leaf > leaf;
            task.approvals.values().map(Box::as_ref).find(of)
        }
        _ => None,
    }
}

/// What of a request is asked of the task as it stands now.
struct Now {
    of: ApprovalState,
    /// Of each yes why it counts no more.
    void: Vec<Option<Void>>,
    /// Whether the task lives.
    live: bool,
    /// Whether the act cannot be done any more.
    past: bool,
    /// Whether the consent that it asks about was renewed since.
    renewed: bool,
    /// Whether all have said yes.
    signed: bool,
    /// The request that stands in its place.
    newer: Option<u64>,
    /// The request that asks for the very same anew.
    anew: Option<u64>,
}

impl Now {
    fn of(task: &TaskState, control: &LiveControl, of: &ApprovalState, now: Micros) -> Self {
        let view = View::of(task, &control.state);
        Self {
            of: of.clone(),
            void: of.given.iter().map(|given| why_void(view, of, given, now)).collect(),
            live: task.standing.live()
                && task.lineage(of.grant).is_some_and(|line| line.iter().all(|grant| grant.standing.live())),
            past: task.past_doing(of),
            renewed: task.renewed_since(of),
            signed: signed_by_all(view, of, now),
            newer: task.superseded(of).map(|newer| newer.leaf),
            anew: task.asked_anew(of).map(|anew| anew.leaf),
        }
    }

    /// How a request that nobody refused or used stands, and why nobody needs to answer it.
    fn open(&self, now: Micros) -> (&'static str, String) {
        let over = |why: &str| ("over", format!("over: {why}"));
        match self.newer {
            _ if !self.of.open(now) => ("expired", "it ran out, and nothing was done by it".to_owned()),
            _ if !self.live => over("its task or grant has ended"),
            _ if self.past => over("the act cannot be done any more"),
            _ if self.signed => {
                ("signed", "all have said yes: the agent makes the same call again, and it counts once".to_owned())
            }
            Some(newer) => over(&format!("the agent asked for another amount since, by request #{newer}")),
            None if self.renewed => over("the consent was renewed since"),
            None => {
                ("open", "it counts for that one act, once, when all have said yes and the agent asks again".to_owned())
            }
        }
    }
}

impl Api {
    /// As it stands now; `None` where the event is about no request.
    pub(super) async fn became(&self, story: &Story) -> Result<Option<Became>, Problem> {
        let now = self.desk.node().now();
        let (data, leaf) = (story.event.data.clone(), story.leaf);
        let look = move |task: &TaskState, control: &LiveControl| {
            request(task, &data, leaf).map(|of| Now::of(task, control, of, now))
        };
        let Some(stands) = self.desk.node().look(self.tenant, story.task, look).await? else { return Ok(None) };
        let of = &stands.of;
        let yes = of.given.iter().zip(&stands.void).map(|(given, void)| {
            let void = void.map_or_else(String::new, |void| format!(" (counts no more: {})", void.sentence()));
            format!("{} as {}{void}", given.person, given.role)
        });
        let yes: Vec<String> = yes.collect();
        let mut words = vec![format!("request #{}, to use {}", of.leaf, of.tool)];
        if !yes.is_empty() {
            words.push(format!("  said yes: {}", yes.join(", ")));
        }
        let mut act = Json::Null;
        let (standing, told) = match &of.standing {
            ApprovalStanding::Used { act: seq } => {
                let named = self.act_named(story.task, *seq)?;
                act = named.as_ref().map_or(Json::Null, |named| Json::from(named.leaf));
                (
                    "used",
                    format!(
                        "used once, by {}",
                        named.map_or_else(|| format!("the task's own event no. {seq}"), |act| act.to_string())
                    ),
                )
            }
            ApprovalStanding::Refused { by, told, reason, instead } => {
                let heard = match (*told, stands.live) {
                    (true, _) => "the agent was told why",
                    (false, true) => "the agent is told why when it asks again",
                    (false, false) => "the agent was not told before its task or grant ended",
                };
                let why = if reason.is_empty() { "why is erased".to_owned() } else { format!("`{reason}`") };
                let instead = instead.as_ref().map(Json::canonical);
                let would = if stands.live { "would say" } else { "would have said" };
                let instead = instead.map_or_else(String::new, |own| format!("; they {would} yes to {own}"));
                ("refused", format!("refused by {by}: {why}{instead}; {heard}"))
            }
            ApprovalStanding::Void { by, refused } => {
                let anew = match stands.anew {
                    Some(newer) => format!("request #{newer} asks anew"),
                    None if !stands.live => "its task or grant has ended, so nobody is asked anew".to_owned(),
                    None => "the agent's next call asks anew".to_owned(),
                };
                ("void", format!("void: {by} has said no to request #{refused} since, which comes to the same; {anew}"))
            }
            ApprovalStanding::Open => stands.open(now),
            ApprovalStanding::Expired => ("expired", "it ran out, and nothing was done by it".to_owned()),
        };
        words.push(format!("  {told}"));
        let stage = match standing {
            "open" => Stage::Open,
            "signed" => Stage::Signed,
            _ => Stage::Over(told),
        };
        let json = Json::object([
            ("act", act),
            ("approval", Json::from(of.leaf)),
            ("given", Json::array(of.given.iter().map(|given| text(&given.person)))),
            ("standing", Json::from(standing)),
        ]);
        Ok(Some(Became { told: Words { words, json }, stage }))
    }
}
