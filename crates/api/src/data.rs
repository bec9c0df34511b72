//! `/v1/tasks/{id}/data`: what each holder of a task has read, by which events; and of each call, where its values came from.

mod came_from;

use crate::people::text;
use crate::read::body;
use crate::{Api, Problem, Who};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{
    ActionPrivate, Command, Data, DataClass, Destination, Event, GrantId, GrantState, Label, LowerLabel, Reading,
    Recorded, Source, TaskId, TaskState,
};
use bailiwick_node::{Failure, LiveControl};
use bailiwick_store::StoredEvent;
use came_from::Looked;
use serde::Deserialize;

/// The most events of one page.
const PAGE_EVENTS_MAX: usize = 200;
/// The most grants that are told of, in the order that they were made.
const GRANTS_TOLD_MAX: usize = 500;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LowerBody {
    /// Whose label; the root's, where none is named.
    #[serde(default)]
    grant: Option<GrantId>,
    class: DataClass,
    /// What for.
    reason: String,
}

/// What is told of a call, and where it sent.
type Called = (Object, Option<Reading<Destination>>);

/// A call of any outcome, by what its event says of data.
struct CallData<'a> {
    grant: GrantId,
    action: &'a Recorded,
    private: Option<&'a ActionPrivate>,
    sources: &'a [Source],
    before: &'a Label,
    after: &'a Label,
    began: bool,
}

fn called(data: &Data) -> Option<CallData<'_>> {
    macro_rules! of {
        ($it:expr, $began:expr) => {
            Some(CallData {
                grant: $it.grant,
                action: &$it.action,
                private: $it.private.as_ref(),
                sources: &$it.sources,
                before: &$it.label_before,
                after: &$it.label_after,
                began: $began,
            })
        };
    }
    match data {
        Data::ActionBegun(it) => of!(it, true),
        Data::ActionRefused(it) => of!(it, false),
        Data::ActionWaiting(it) => of!(it, false),
        _ => None,
    }
}

impl Api {
    /// What the holders of a task have read, and the calls from `from` on, by their places in its stream.
    pub(crate) async fn data(&self, task: TaskId, from: u64) -> Result<Json, Problem> {
        let of = |task: &TaskState, _: &LiveControl| {
            let mut grants: Vec<GrantState> = task.grants.values().map(|grant| (**grant).clone()).collect();
            grants.sort_by_key(|grant| grant.seq);
            let left = grants.len().saturating_sub(GRANTS_TOLD_MAX);
            grants.truncate(GRANTS_TOLD_MAX);
            (grants, left, task.salt, task.seq)
        };
        let (grants, left, salt, last) = self.desk.node().look(self.tenant, task, of).await?;
        let stored = self.desk.node().store().stream(self.tenant, task, from.max(1), PAGE_EVENTS_MAX);
        let stored = stored.map_err(|error| Problem::from(Failure::Unavailable(error.to_string())))?;
        let mut looked = Looked::of(self, task, salt);
        let grants = grants.iter().map(|grant| grant_json(&mut looked, grant)).collect::<Result<Vec<_>, _>>()?;
        let (mut acts, mut sent) = (Vec::new(), Vec::new());
        for stored in &stored {
            if let Some((act, to)) = self.call(&mut looked, stored)? {
                acts.push(act);
                sent.push(to);
            }
        }
        let sent = self.sent(task, sent).await?;
        let acts = acts.into_iter().zip(sent).map(|(mut act, sent)| {
            act.insert("sent_to", sent);
            Json::Object(act)
        });
        let next = stored.last().map(|last| last.seq + 1).filter(|next| *next <= last);
        Ok(Json::object([
            ("acts", Json::array(acts)),
            ("grants", Json::array(grants)),
            ("left_out", Json::from(u64::try_from(left).unwrap_or(u64::MAX))),
            ("next", next.map_or(Json::Null, Json::from)),
            ("task", text(&task)),
        ]))
    }

    /// One call: what it brought its holder, where its values came from. Of an event that was changed nothing is repeated.
    fn call(&self, looked: &mut Looked<'_>, stored: &StoredEvent) -> Result<Option<Called>, Problem> {
        if self.desk.node().unlike(self.tenant, None, stored)?.is_some() {
            return Ok(None);
        }
        let event = self.opened(stored)?;
        if let Data::LabelLowered(lowered) = &event.data {
            return Ok(Some((call_json((stored, &event), lowered.grant, Vec::new(), Vec::new()), None)));
        }
        let Some(of) = called(&event.data) else { return Ok(None) };
        let (grant, brings) = (of.grant, if of.began { more(of.before, of.after) } else { Vec::new() });
        let sources = looked.sources(of.sources, of.private)?;
        let mut members = call_json((stored, &event), grant, brings, sources);
        members.insert("tool", text(&of.action.tool));
        let to = of.private.filter(|_| of.began).and_then(|private| private.destination.clone());
        Ok(Some((members, to)))
    }

    /// Where each of these acts sent, and what was charged for all acts of the task that sent there.
    async fn sent(&self, task: TaskId, to: Vec<Option<Reading<Destination>>>) -> Result<Vec<Json>, Problem> {
        let told = move |task: &TaskState, _: &LiveControl| {
            let told = |to: &Reading<Destination>| {
                let known = to.known()?;
                let charged = task.charged_to(Some(to)).unwrap_or_default();
                let charged = charged.into_iter().map(|(unit, amount)| Json::from(format!("{amount} {unit}")));
                let members =
                    [("charged", Json::array(charged)), ("kind", text(&known.kind)), ("value", text(&known.normal))];
                Some(Json::object(members))
            };
            to.iter().map(|to| to.as_ref().and_then(told).unwrap_or(Json::Null)).collect()
        };
        Ok(self.desk.node().look(self.tenant, task, told).await?)
    }

    /// Where the values of a call that waits came from, by the `approval.asked` of this seq, which follows it.
    pub(crate) async fn came_from(&self, task: TaskId, asked: u64) -> Result<Json, Problem> {
        let salt = self.desk.node().look(self.tenant, task, |task: &TaskState, _: &LiveControl| task.salt).await?;
        let Some(stored) = self.at(task, asked.saturating_sub(1))? else { return Ok(Json::array([])) };
        let event = self.opened(&stored)?;
        let Some(of) = called(&event.data) else { return Ok(Json::array([])) };
        Ok(Json::array(Looked::of(self, task, salt).sources(of.sources, of.private)?))
    }

    /// A person lowers what a holder counts as having touched.
    pub(crate) async fn lower(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let LowerBody { grant, class, reason } = body(bytes)?;
        let root = self.desk.node().look(self.tenant, task, |task: &TaskState, _: &LiveControl| task.root).await?;
        let grant = grant.or(root).ok_or_else(|| Problem::not_found("grant"))?;
        let said = LowerLabel { grant, by: self.by(who)?, class, reason };
        let facts = self.desk.node().facts(0)?;
        let decision = self.desk.node().command(self.tenant, task, Command::Lower(Box::new(said)), facts).await?;
        match decision.decided.reasons.first() {
            Some(reason) => Err(self.refused_in(task, reason).await),
            None => {
                let event = decision.leaf.map_or(Json::Null, Json::from);
                Ok(Json::object([("event", event), ("grant", text(&grant)), ("task", text(&task))]))
            }
        }
    }
}

/// What a holder has read, with the events that brought it.
fn grant_json(looked: &mut Looked<'_>, grant: &GrantState) -> Result<Json, Problem> {
    let brought = &grant.brought;
    let mut by = |name: &dyn std::fmt::Display, seq: Option<u64>| -> Result<Json, Problem> {
        let event = seq.map(|seq| looked.leaf(seq)).transpose()?.flatten();
        Ok(Json::object([("event", event.map_or(Json::Null, Json::from)), ("name", text(name))]))
    };
    let classes = grant.label.classes.iter().map(|class| by(class, brought.classes.get(class).copied()));
    let classes = classes.collect::<Result<Vec<_>, _>>()?;
    let zones = grant.label.zones.iter().map(|zone| by(zone, brought.zones.get(zone).copied()));
    let zones = zones.collect::<Result<Vec<_>, _>>()?;
    let untrusted = brought.untrusted.map(|seq| looked.leaf(seq)).transpose()?.flatten();
    Ok(Json::object([
        ("classes", Json::array(classes)),
        ("grant", text(&grant.id)),
        ("holder", text(&grant.holder)),
        ("parent", grant.parent.map_or(Json::Null, |parent| text(&parent))),
        ("trusted", grant.label.trusted.map_or(Json::Null, Json::from)),
        ("untrusted_by", untrusted.map_or(Json::Null, Json::from)),
        ("zones", Json::array(zones)),
    ]))
}

/// In words, what of a label is new.
fn more(before: &Label, after: &Label) -> Vec<String> {
    let classes = after.classes.iter().filter(|class| !before.classes.contains(class));
    let classes = classes.map(|class| format!("data of class {class}"));
    let zones = after.zones.iter().filter(|zone| !before.zones.contains(zone));
    let zones = zones.map(|zone| format!("something of zone {zone}"));
    let others = (before.trusted != Some(false) && after.trusted == Some(false))
        .then(|| "what others may have written".to_owned());
    classes.chain(zones).chain(others).collect()
}

fn call_json(
    (stored, event): (&StoredEvent, &Event),
    grant: GrantId,
    brings: Vec<String>,
    sources: Vec<Json>,
) -> Object {
    let members = [
        ("at", Json::from(event.at.0)),
        ("brings", Json::array(brings.iter().map(|words| Json::from(words.as_str())))),
        ("event", Json::from(stored.leaf)),
        ("grant", text(&grant)),
        ("kind", Json::from(event.data.kind())),
        ("sentence", Json::from(event.data.sentence(None))),
        ("sources", Json::array(sources)),
        ("tool", Json::Null),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
