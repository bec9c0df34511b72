//! `/v1/events/{leaf}/explain`: of any event, who wanted it, who allowed it, under which grant and rules, what was decided
//! and why, what came of it, and what to do next. Told from what is recorded, and from nothing else.

mod asked;
mod came;
mod control;
mod decided;
mod drawn;
mod next;
mod steps;
mod told;
mod under;
mod wanted;

pub(crate) use wanted::said_by;

use crate::data::elsewhere::{Brought, Others};
use crate::people::text;
use crate::{Api, Problem, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{ActNamed, ActionBegun, Caller, Data, Event, Facts, GrantId, TaskId, ToolId};
use bailiwick_node::{LiveControl, Past, control_stream};
use bailiwick_store::StoredEvent;
use std::sync::Arc;
use told::Told;

/// An event of a task, and all that its record says around it.
struct Story {
    task: TaskId,
    leaf: u64,
    /// Its number in the task.
    seq: u64,
    /// The other event that its sentence names.
    named: Option<ActNamed>,
    event: Event,
    /// The act that it is about: where it began, with the event that says so.
    act: Option<(u64, ActionBegun)>,
    /// The grant that it is about; the root's, where it is about the whole task.
    grant: Option<GrantId>,
    past: Past,
    control: Arc<LiveControl>,
}

impl Story {
    /// Who acts, as authenticated for it.
    fn caller(&self) -> Option<&Caller> {
        facts(&self.event.data).and_then(|facts| facts.caller.as_ref())
    }

    /// Under which act's rows it is told.
    fn begun(&self) -> Option<&ActionBegun> {
        self.act.as_ref().map(|(_, begun)| begun)
    }
}

/// What an event rests on.
pub(crate) fn facts(data: &Data) -> Option<&Facts> {
    match data {
        Data::TaskStarted(it) => Some(&it.facts),
        Data::TaskAmended(it) => Some(&it.facts),
        Data::TaskEnding(it) => Some(&it.facts),
        Data::TaskEnded(it) => Some(&it.facts),
        Data::GrantEnded(it) => Some(&it.facts),
        Data::KeyBound(it) => Some(&it.facts),
        Data::ActionBegun(it) => Some(&it.facts),
        Data::ActionEnded(it) => Some(&it.facts),
        Data::ActionDoubtful(it) => Some(&it.facts),
        Data::ActionRefused(it) => Some(&it.facts),
        Data::ActionWaiting(it) => Some(&it.facts),
        Data::RefusalsCounted(it) => Some(&it.facts),
        Data::ApprovalAsked(it) => Some(&it.facts),
        Data::ApprovalGiven(it) => Some(&it.facts),
        Data::ApprovalRefused(it) => Some(&it.facts),
        Data::ApprovalEscalated(it) => Some(&it.facts),
        Data::ApprovalExpired(it) => Some(&it.facts),
        Data::WishMade(it) => Some(&it.facts),
        Data::WishRefused(it) => Some(&it.facts),
        Data::LabelLowered(it) => Some(&it.facts),
        _ => None,
    }
}

impl Api {
    /// What there is to say of the event at `leaf`.
    pub(crate) async fn explain(&self, leaf: u64, who: &Who) -> Result<Json, Problem> {
        let (stored, event) = self.event_at(leaf, who).await?;
        let control = self.control()?;
        let (parts, task) = if stored.stream == control_stream(self.tenant) {
            let at = (leaf, stored.seq, self.desk.node().now());
            (control::parts(&control.state, at, &event), Json::Null)
        } else if let Some(parts) = drawn::parts(stored.stream, &event) {
            (parts, Json::Null)
        } else {
            let story = self.story(&stored, event.clone(), control).await?;
            (self.parts(&story).await?, text(&story.task))
        };
        let sentence = event.data.sentence(self.act_of(stored.stream, &event)?.as_ref());
        let sections = parts.iter().map(Told::section);
        let head = [
            ("at", Json::from(event.at.0)),
            ("event", Json::from(leaf)),
            ("kind", Json::from(event.data.kind())),
            ("sections", Json::array(sections)),
            ("sentence", Json::from(sentence)),
            ("task", task),
        ];
        Ok(Json::object(head.into_iter().chain(parts.iter().map(|part| (part.name, part.json.clone())))))
    }

    async fn story(&self, stored: &StoredEvent, event: Event, control: Arc<LiveControl>) -> Result<Story, Problem> {
        let task = stored.stream;
        let begins = matches!(event.data, Data::ActionBegun(_)).then_some(stored.seq);
        let of_act = begins.or_else(|| event.data.act());
        let past = self.desk.node().past(self.tenant, task, stored.seq, of_act).await?;
        let act = of_act.map(|seq| self.begun(task, seq)).transpose()?.flatten();
        let grant = self.grant_of(task, &event)?.or(past.after.root);
        let named = self.act_of(task, &event)?;
        Ok(Story { task, leaf: stored.leaf, seq: stored.seq, named, event, act, grant, past, control })
    }

    /// The parts of a task's event, in the order that people ask for them.
    async fn parts(&self, story: &Story) -> Result<Vec<Told>, Problem> {
        let became = self.became(story).await?;
        let server = under::tool_of(story).map(ToolId::server);
        let elsewhere = match facts(&story.event.data).and_then(|facts| Brought::of(facts, server)) {
            Some(brought) => self.brought_elsewhere(&brought, &mut Others::default()).await?,
            None => Vec::new(),
        };
        let (became, stage) = became.map(|became| (became.told, became.stage)).unzip();
        let now = self.stands_now(story).await?;
        Ok(vec![
            self.wanted(story)?,
            self.allowed(story)?,
            wanted::done_by(story),
            self.under(story)?,
            decided::decided(story, elsewhere),
            self.came(story, became, now.live)?,
            self.next(story, stage, &now)?,
        ])
    }
}
