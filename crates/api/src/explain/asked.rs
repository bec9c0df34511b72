//! What became of a request to say yes, told of the request itself, of the act that waits for it, and of each answer.

use super::Story;
use crate::people::text;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ApprovalStanding, ApprovalState, Data, Micros, TaskState, View, Void, why_void};
use bailiwick_node::LiveControl;

/// What became of it, in words and as JSON.
pub(super) struct Became {
    pub(super) words: Vec<String>,
    pub(super) json: Json,
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

/// Of each yes why it counts no more, while the request waits.
fn voids(view: View<'_>, of: &ApprovalState, now: Micros) -> Vec<Option<Void>> {
    let open = of.standing == ApprovalStanding::Open;
    of.given.iter().map(|given| why_void(view, of, given, now).filter(|_| open)).collect()
}

impl Api {
    /// As it stands now; `None` where the event is about no request.
    pub(super) async fn became(&self, story: &Story) -> Result<Option<Became>, Problem> {
        let now = self.desk.node().now();
        let (data, leaf) = (story.event.data.clone(), story.leaf);
        let look = move |task: &TaskState, control: &LiveControl| {
            let found = request(task, &data, leaf);
            let newer = found.and_then(|of| task.superseded(of)).map(|newer| newer.leaf);
            let void = found.map(|of| voids(View::of(task, &control.state), of, now)).unwrap_or_default();
            (found.cloned(), task.standing.live(), found.is_some_and(|of| task.past_doing(of)), newer, void)
        };
        let (found, live, past, newer, void) = self.desk.node().look(self.tenant, story.task, look).await?;
        let Some(of) = found else { return Ok(None) };
        let yes = of.given.iter().zip(void).map(|(given, void)| {
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
                ("used", format!("used once, by {}", named.map_or_else(|| format!("seq {seq}"), |act| act.to_string())))
            }
            ApprovalStanding::Refused { by, told, reason, instead } => {
                let heard = if *told { "the agent was told why" } else { "the agent is told why when it asks again" };
                let why = if reason.is_empty() { "why is erased".to_owned() } else { format!("`{reason}`") };
                let instead = instead.as_ref().map(Json::canonical);
                let instead = instead.map_or_else(String::new, |own| format!("; they would say yes to {own}"));
                ("refused", format!("refused by {by}: {why}{instead}; {heard}"))
            }
            ApprovalStanding::Open if past && live => ("over", "over: the act cannot be done any more".to_owned()),
            ApprovalStanding::Open if newer.is_some() && of.given.is_empty() => {
                let newer = newer.unwrap_or_default();
                ("over", format!("over: the agent asked for another amount since, by request #{newer}"))
            }
            ApprovalStanding::Open if !live => ("over", "over: its task has ended".to_owned()),
            ApprovalStanding::Open if of.open(now) => {
                ("open", "it counts for that one act, once, when all have said yes and the agent asks again".to_owned())
            }
            ApprovalStanding::Open | ApprovalStanding::Expired => {
                ("expired", "it ran out, and nothing was done by it".to_owned())
            }
        };
        words.push(format!("  {told}"));
        let json = Json::object([
            ("act", act),
            ("approval", Json::from(of.leaf)),
            ("given", Json::array(of.given.iter().map(|given| text(&given.person)))),
            ("standing", Json::from(standing)),
        ]);
        Ok(Some(Became { words, json }))
    }
}
