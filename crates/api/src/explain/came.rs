//! What came of it: the outcome, what was settled, the doubt, and the person who cleared it.

use super::Story;
use super::asked::Words;
use super::told::{Told, optional, who};
use crate::people::text;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ActNamed, ActionEnded, Amendment, Data, Event, GrantId, TaskState};

/// What is known of an act at the end of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// It is no act.
    NoAct,
    /// Nothing was heard yet.
    Open,
    /// Nobody knows.
    InDoubt,
    /// It is known.
    Known,
}

/// Where an act stands: what the event itself, and what came after it, says last.
pub(super) fn stands(story: &Story, after: &[Event]) -> Came {
    if story.act.is_none() {
        return Came::NoAct;
    }
    match after.last().map_or(&story.event.data, |event| &event.data) {
        Data::ActionDoubtful(_) => Came::InDoubt,
        Data::ActionBegun(begun) if story.begun() == Some(begun.as_ref()) && after.is_empty() => Came::Open,
        _ => Came::Known,
    }
}

impl Api {
    /// The events after it that tell of its act.
    pub(super) fn came_after(&self, story: &Story) -> Result<Vec<(u64, Event)>, Problem> {
        let mut out = Vec::new();
        for seq in &story.past.outcome {
            if let Some(stored) = self.at(story.task, *seq)? {
                out.push((stored.leaf, self.opened(&stored)?));
            }
        }
        Ok(out)
    }

    /// `live` says whether its task still lives: nothing is promised of one that has ended.
    pub(super) fn came(&self, story: &Story, became: Option<Words>, live: bool) -> Result<Told, Problem> {
        let mut told = Told::new("came", "what came of it");
        let named = story.act.as_ref().map(|(leaf, begun)| ActNamed { leaf: *leaf, tool: begun.action.tool.clone() });
        let own = story.event.data.act().is_some().then(|| (story.leaf, story.event.clone()));
        let all: Vec<(u64, Event)> = own.into_iter().chain(self.came_after(story)?).collect();
        let mut out = Vec::new();
        for (leaf, event) in &all {
            let named = named.as_ref().filter(|_| event.data.act().is_some());
            told.say_of(Some(*leaf), event.at, event.data.sentence(named));
            out.push(outcome(&mut told, story, *leaf, event));
        }
        let ended = self.ended_with(&mut told, story)?;
        match became {
            Some(became) => {
                became.words.into_iter().for_each(|words| told.say(words));
                out.push(became.json);
            }
            None if all.is_empty() && ended.is_empty() => told.say(nothing(story, live)),
            None => {}
        }
        out.extend(ended);
        for hold in story.control.state.holds_of(story.task) {
            told.say(format!("nobody and no rule erases the task: {} holds it: {}", hold.by, hold.reason));
        }
        Ok(told.json(Json::array(out)))
    }

    /// What an ending left open, by the events that those acts began with.
    fn ended_with(&self, told: &mut Told, story: &Story) -> Result<Vec<Json>, Problem> {
        let open = match &story.event.data {
            Data::TaskEnded(ended) => &ended.open,
            Data::GrantEnded(ended) => &ended.open,
            _ => return Ok(Vec::new()),
        };
        let gone = gone(&story.past.before, &story.past.after);
        let grants = if gone.len() == 1 { "grant" } else { "grants" };
        told.say(format!("{} {grants} ended with it", gone.len()));
        let mut acts = Vec::new();
        for seq in open {
            let named = self.act_named(story.task, *seq)?;
            told.say(format!(
                "  open then: {}",
                named.as_ref().map_or_else(|| format!("the task's own event no. {seq}"), ToString::to_string)
            ));
            acts.push(named.map_or(Json::Null, |named| Json::from(named.leaf)));
        }
        Ok(vec![Json::object([("grants", Json::array(gone.iter().map(|id| text(id)))), ("open", Json::array(acts))])])
    }
}

/// The grants that lived before and not after.
fn gone(before: &TaskState, after: &TaskState) -> Vec<GrantId> {
    let lives = |task: &TaskState, id: &GrantId| task.grants.get(id).is_some_and(|grant| grant.standing.live());
    before.grants.keys().filter(|id| lives(before, id) && !lives(after, id)).copied().collect()
}

fn nothing(story: &Story, live: bool) -> &'static str {
    match &story.event.data {
        Data::ActionWaiting(_) if !live => "nothing was done before the task ended",
        Data::WishMade(_) if !live => "it gave nothing: the task has ended",
        Data::TaskAmended(_) | Data::GrantMinted(_) | Data::KeyBound(_) | Data::LabelLowered(_) if !live => {
            "it counted until the task ended"
        }
        Data::ActionBegun(_) => "nothing was heard of it yet: it stays charged until it is",
        Data::ActionRefused(_) => "nothing was done, and nothing was charged",
        Data::ActionWaiting(_) => "nothing was done yet: the agent repeats the call once it is approved",
        Data::RefusalsCounted(_) => {
            "nothing was done; each of them counts against its grant, and a grant refused too often ends"
        }
        Data::TaskStarted(_) => "the task's first grant, in the same append",
        Data::TaskAmended(amended) => match &amended.change {
            None => "the grant's privileged rows may be used from here on",
            Some(Amendment::Widened { .. }) => {
                "the task may do this as well; what is privileged in it waits for the second consent"
            }
            Some(Amendment::Narrowed { .. }) => "the task, and whoever has a part of it, may do less from here on",
            Some(Amendment::Renewed { waits: true, .. }) => {
                "the task goes on for longer, with its limits as they are spent; what is privileged waits for the second consent"
            }
            Some(Amendment::Renewed { .. }) => "the task goes on for longer, with its limits as they are spent",
        },
        Data::WishMade(_) => "it gives nothing: the person widens the task for it, or says no",
        Data::LabelLowered(_) => "read again, it counts again",
        Data::WishRefused(_) => "the agent is told why when it asks what it may do",
        Data::GrantMinted(_) => "its holder may act from here on, within it",
        Data::KeyBound(_) => "calls under the grant are taken from this key alone",
        _ => "nothing else is recorded of it",
    }
}

fn outcome(told: &mut Told, story: &Story, leaf: u64, event: &Event) -> Json {
    let ended = match &event.data {
        Data::ActionEnded(ended) => Some(ended.as_ref()),
        _ => None,
    };
    let by = ended.and_then(|ended| ended.by.as_ref());
    if let Some(by) = by {
        told.say(format!("  said by {}", who(by)));
    }
    let evidence = ended.and_then(evidence);
    if by.is_some() {
        told.say(format!("  evidence: {}", evidence.as_deref().unwrap_or("(erased)")));
    }
    let reserved = story.begun().map(|begun| begun.reserved.as_slice()).unwrap_or_default();
    let settled = ended.into_iter().flat_map(|ended| ended.settled.iter().zip(reserved)).map(|(now, was)| {
        if now.amount != was.amount {
            told.say(format!("  grant {}: {} {} reserved, {} settled", now.grant, was.amount, now.unit, now.amount));
        }
        Json::object([
            ("grant", text(&now.grant)),
            ("reserved", text(&was.amount)),
            ("row", Json::from(now.row)),
            ("settled", text(&now.amount)),
            ("unit", text(&now.unit)),
        ])
    });
    let settled: Vec<Json> = settled.collect();
    Json::object([
        ("at", Json::from(event.at.0)),
        ("by", by.map_or(Json::Null, super::told::by_json)),
        ("event", Json::from(leaf)),
        ("evidence", optional(evidence.as_deref())),
        ("kind", Json::from(event.data.kind())),
        ("settled", Json::array(settled)),
    ])
}

/// What a person gave as evidence stands where the result would.
fn evidence(ended: &ActionEnded) -> Option<String> {
    ended.by.as_ref()?;
    let result = ended.private.as_ref()?.result.as_ref()?;
    result.get("evidence").and_then(Json::as_str).map(str::to_owned)
}
