//! `/v1/events/{leaf}/lineage`: the way back from any event of a task, grant by grant, to the person who wanted it.

use crate::people::text;
use crate::{Api, Problem, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{Data, Event, GrantId, PersonId, StreamId, TaskState};
use bailiwick_node::{Failure, LiveControl, control_stream};
use bailiwick_store::StoredEvent;

/// A grant of the lineage: its id, who holds it, the seq of the event that made it, and of the act that handed it on.
type Held = (GrantId, String, u64, Option<u64>);

/// What the task's state says of the way back.
struct Way {
    /// The event's own grant first, the root last.
    grants: Vec<Held>,
    requester: Option<PersonId>,
    subject: Option<String>,
    intent: Option<String>,
}

impl Api {
    /// The way back from the event at `leaf`: itself, each grant it was done under, and the person's consent.
    pub(crate) async fn lineage(&self, leaf: u64, who: &Who) -> Result<Json, Problem> {
        let (stored, event) = self.event_at(leaf, who).await?;
        if stored.stream == control_stream(self.tenant) {
            return Err(Problem::bad("this event is an administrator's, not of a task: it has no lineage"));
        }
        let grant = self.grant_of(stored.stream, &event)?;
        let look = move |task: &TaskState, _: &LiveControl| {
            let lineage = grant.or(task.root).and_then(|grant| task.lineage(grant)).unwrap_or_default();
            let held = |grant: &&bailiwick_core::GrantState| (grant.id, grant.holder.to_string(), grant.seq, grant.act);
            Way {
                grants: lineage.iter().rev().map(held).collect(),
                requester: task.requester.clone(),
                subject: task.subject.clone(),
                intent: task.intent.clone(),
            }
        };
        let way = self.desk.node().look(self.tenant, stored.stream, look).await?;
        let grants = way.grants.iter().map(|held| self.held(stored.stream, held)).collect::<Result<Vec<_>, _>>()?;
        let optional = |text: Option<&str>| text.map_or(Json::Null, Json::from);
        Ok(Json::object([
            ("event", Json::from(leaf)),
            ("grants", Json::array(grants)),
            ("intent", optional(way.intent.as_deref())),
            ("kind", Json::from(event.data.kind())),
            ("requester", way.requester.as_ref().map_or(Json::Null, |person| text(person))),
            ("sentence", Json::from(event.data.sentence(self.act_of(stored.stream, &event)?.as_ref()).as_str())),
            ("started", self.leaf_of(stored.stream, 1)?),
            ("subject", optional(way.subject.as_deref())),
            ("task", text(&stored.stream)),
        ]))
    }

    /// The event at this place of the log, as it was written, where who asks may see it.
    pub(crate) async fn event_at(&self, leaf: u64, who: &Who) -> Result<(StoredEvent, Event), Problem> {
        let found = self.desk.node().store().leaves(self.tenant, leaf, 1);
        let found = found.map_err(|error| Problem::from(Failure::Unavailable(error.to_string())))?;
        let stored = found.into_iter().find(|stored| stored.leaf == leaf).ok_or_else(|| Problem::not_found("event"))?;
        let stored = self.of_task(stored)?;
        if !self.shows(stored.stream, who).await? {
            return Err(Problem::not_found("event"));
        }
        let event = self.opened(&stored)?;
        Ok((stored, event))
    }

    fn leaf_of(&self, stream: StreamId, seq: u64) -> Result<Json, Problem> {
        Ok(self.at(stream, seq)?.map_or(Json::Null, |stored| Json::from(stored.leaf)))
    }

    /// Under which grant it happened; the root's, where it is about the whole task.
    pub(crate) fn grant_of(&self, stream: StreamId, event: &Event) -> Result<Option<GrantId>, Problem> {
        let of_act = |seq: u64| match self.at(stream, seq)?.map(|stored| self.opened(&stored)).transpose()? {
            Some(Event { data: Data::ActionBegun(begun), .. }) => Ok(Some(begun.grant)),
            _ => Ok(None),
        };
        match &event.data {
            Data::ActionBegun(begun) => Ok(Some(begun.grant)),
            Data::ActionRefused(refused) => Ok(Some(refused.grant)),
            Data::ActionWaiting(waiting) => Ok(Some(waiting.grant)),
            Data::ActionEnded(ended) => of_act(ended.act),
            Data::ActionDoubtful(doubtful) => of_act(doubtful.act),
            Data::ApprovalAsked(asked) => Ok(Some(asked.grant)),
            Data::GrantMinted(minted) => Ok(Some(minted.grant)),
            Data::GrantEnded(ended) => Ok(Some(ended.grant)),
            Data::LabelLowered(lowered) => Ok(Some(lowered.grant)),
            Data::KeyBound(bound) => Ok(Some(bound.grant)),
            Data::TaskAmended(amended) => Ok(Some(amended.grant)),
            Data::WishMade(made) => Ok(Some(made.grant)),
            Data::RefusalsCounted(counted) => {
                let first = counted.counted.first().map(|entry| entry.grant);
                Ok(first.filter(|grant| counted.counted.iter().all(|entry| entry.grant == *grant)))
            }
            _ => Ok(None),
        }
    }

    /// A grant of the way: who holds it, the events that made it, and why in the delegator's words.
    fn held(&self, stream: StreamId, (grant, holder, seq, act): &Held) -> Result<Json, Problem> {
        let handed = act.map(|seq| self.at(stream, seq)).transpose()?.flatten();
        let (mut purpose, mut policy) = (Json::Null, Json::Null);
        if let Some(stored) = &handed
            && let Data::ActionBegun(begun) = self.opened(stored)?.data
        {
            policy = Json::array(begun.under.policy_rules.iter().map(|rule| Json::from(rule.as_str())));
            let said = begun.private.as_ref().and_then(|private| private.arguments.get("purpose").cloned());
            purpose = said.unwrap_or(Json::Null);
        }
        Ok(Json::object([
            ("act", handed.map_or(Json::Null, |stored| Json::from(stored.leaf))),
            ("grant", text(grant)),
            ("holder", Json::from(holder.as_str())),
            ("minted", self.leaf_of(stream, *seq)?),
            ("policy", policy),
            ("purpose", purpose),
        ]))
    }
}
