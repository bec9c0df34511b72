//! `/v1/tasks/{id}/data`: what each holder of a task has read, by which events; and of each call, where its values came from.

mod came_from;
pub(crate) mod elsewhere;
mod shown;

use crate::consent::ConsentBody;
use crate::explain::facts;
use crate::people::text;
use crate::read::body;
use crate::written::Written;
use crate::{Api, Problem, Who};
use bailiwick_core::json::{Json, Object, Pointer};
use bailiwick_core::{
    ActionPrivate, Command, Data, DataClass, Destination, Digest, Event, GrantId, GrantState, Label, LowerLabel,
    Reading, Recorded, Source, TaskId, TaskState,
};
use bailiwick_node::LiveControl;
use bailiwick_store::StoredEvent;
use came_from::{Looked, Said};
use elsewhere::{Brought, Others};
use serde::Deserialize;
use shown::Wanted;
use std::collections::BTreeMap;

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
    /// The person's signature, over HTTP.
    #[serde(default)]
    consent: Option<ConsentBody>,
    /// Of one value alone: the event of the log that showed it, with `at`.
    #[serde(default)]
    event: Option<u64>,
    /// Where it stands in that result.
    #[serde(default)]
    at: Option<Pointer>,
    /// Of which kind, where values of more than one stand there.
    #[serde(default)]
    kind: Option<String>,
    /// And which of several of that kind: as it is written.
    #[serde(default)]
    value: Option<String>,
}

/// What is told of a call.
struct Called {
    members: Object,
    /// Where it sent.
    to: Option<Reading<Destination>>,
    /// What other tasks brought to it, of which their own record has more to say.
    brought: Option<Brought>,
}

impl Called {
    const fn of(members: Object) -> Self {
        Self { members, to: None, brought: None }
    }
}

/// A page of a task's data, as far as the task's own record tells it.
struct Page {
    acts: Vec<Called>,
    grants: Vec<Json>,
    /// The place in the stream of the last event that was looked at.
    last: Option<u64>,
}

impl Page {
    /// Reads it: this takes long, and is no work of the node's own threads.
    fn read(written: Written, (task, from): (TaskId, u64), grants: &[GrantState], said: Said) -> Result<Self, Problem> {
        let stored = written.page(task, from.max(1), PAGE_EVENTS_MAX)?;
        let known = said.salt.map(|salt| shown::known_values(&written, task, &salt)).transpose()?.unwrap_or_default();
        let mut looked = Looked::of(written, task, said);
        let grants = grants.iter().map(|grant| grant_json(&mut looked, grant)).collect::<Result<Vec<_>, _>>()?;
        let acts = stored.iter().map(|stored| looked.call(stored, &known));
        let acts = acts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        Ok(Self { acts, grants, last: stored.last().map(|last| last.seq) })
    }
}

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

/// What other tasks brought to a call.
fn brought(data: &Data) -> Option<Brought> {
    Brought::of(facts(data)?, called(data).map(|of| of.action.tool.server()))
}

impl Looked {
    /// One call: what it brought its holder, where its values came from. Of an event that was changed nothing is repeated.
    fn call(&mut self, stored: &StoredEvent, known: &BTreeMap<Digest, String>) -> Result<Option<Called>, Problem> {
        if self.written().unlike(stored)?.is_some() {
            return Ok(None);
        }
        let event = self.written().opened(stored)?;
        if let Data::LabelLowered(lowered) = &event.data {
            let named = self.written().act_of(stored.stream, &event)?;
            let mut members = call_json((stored, &event), lowered.grant, Vec::new(), Vec::new());
            members.insert("sentence", Json::from(event.data.sentence(named.as_ref())));
            return Ok(Some(Called::of(members)));
        }
        if let Data::ActionEnded(ended) = &event.data {
            let begun = event.data.act().map(|seq| self.written().begun(stored.stream, seq)).transpose()?.flatten();
            let Some((_, begun)) = begun.filter(|_| !ended.values.is_empty()) else { return Ok(None) };
            let named = self.written().act_of(stored.stream, &event)?;
            let mut members = call_json((stored, &event), begun.grant, Vec::new(), Vec::new());
            members.insert("sentence", Json::from(event.data.sentence(named.as_ref())));
            members.insert("showed", shown::showed(&ended.values, known));
            members.insert("tool", text(&begun.action.tool));
            return Ok(Some(Called::of(members)));
        }
        let Some(of) = called(&event.data) else { return Ok(None) };
        let (grant, brings) = (of.grant, if of.began { more(of.before, of.after) } else { Vec::new() });
        let sources = self.sources(&of)?;
        let mut members = call_json((stored, &event), grant, brings, sources);
        members.insert("tool", text(&of.action.tool));
        let to = of.private.filter(|_| of.began).and_then(|private| private.destination.clone());
        Ok(Some(Called { members, to, brought: brought(&event.data) }))
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
            (grants, left, Said::of(task), task.seq)
        };
        let (grants, left, said, last) = self.desk.node().look(self.tenant, task, of).await?;
        let written = self.written();
        let read = move || Page::read(written, (task, from), &grants, said);
        let Page { acts: called, grants, last: read } = self.desk.node().beside(read).await??;
        let (mut acts, mut sent, mut there) = (Vec::new(), Vec::new(), Others::default());
        for Called { mut members, to, brought } in called {
            if let Some(brought) = brought {
                let words = self.brought_elsewhere(&brought, &mut there).await?;
                members.insert("elsewhere", Json::array(words.into_iter().map(Json::from)));
            }
            acts.push(members);
            sent.push(to);
        }
        let sent = self.sent(task, sent).await?;
        let acts = acts.into_iter().zip(sent).map(|(mut act, sent)| {
            act.insert("sent_to", sent);
            Json::Object(act)
        });
        let next = read.map(|read| read + 1).filter(|next| *next <= last);
        Ok(Json::object([
            ("acts", Json::array(acts)),
            ("grants", Json::array(grants)),
            ("left_out", Json::from(u64::try_from(left).unwrap_or(u64::MAX))),
            ("next", next.map_or(Json::Null, Json::from)),
            ("task", text(&task)),
        ]))
    }

    /// Where each of these acts sent, and what was charged for all acts of the task that sent there.
    async fn sent(&self, task: TaskId, to: Vec<Option<Reading<Destination>>>) -> Result<Vec<Json>, Problem> {
        let told = move |task: &TaskState, _: &LiveControl| {
            let told = |to: &Reading<Destination>| {
                let known = to.known()?;
                let charged = task.charged_to(Some(to)).unwrap_or_default();
                let charged = charged.into_iter().map(|(unit, amount)| Json::from(unit.counted(amount)));
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
        let said = self.desk.node().look(self.tenant, task, |task: &TaskState, _: &LiveControl| Said::of(task)).await?;
        let Some(stored) = self.at(task, asked.saturating_sub(1))? else { return Ok(Json::array([])) };
        let event = self.opened(&stored)?;
        let Some(of) = called(&event.data) else { return Ok(Json::array([])) };
        Ok(Json::array(Looked::of(self.written(), task, said).sources(&of)?))
    }

    /// What came from other tasks to a call that waits, by the `approval.asked` of this seq, which follows it.
    pub(crate) async fn came_from_elsewhere(&self, task: TaskId, asked: u64) -> Result<Json, Problem> {
        let Some(stored) = self.at(task, asked.saturating_sub(1))? else { return Ok(Json::array([])) };
        let event = self.opened(&stored)?;
        let words = match brought(&event.data) {
            Some(brought) => self.brought_elsewhere(&brought, &mut Others::default()).await?,
            None => Vec::new(),
        };
        Ok(Json::array(words.into_iter().map(Json::from)))
    }

    async fn lowering(
        &self,
        task: TaskId,
        bytes: &[u8],
        who: &Who,
    ) -> Result<(GrantId, Command, Option<ConsentBody>), Problem> {
        let LowerBody { grant, class, reason, consent, event, at, kind, value } = body(bytes)?;
        let of = |task: &TaskState, _: &LiveControl| (task.root, task.salt);
        let (root, salt) = self.desk.node().look(self.tenant, task, of).await?;
        let grant = grant.or(root).ok_or_else(|| Problem::not_found("grant"))?;
        let value = match (event, at) {
            (Some(event), Some(at)) => {
                let wanted = Wanted { class: &class, event, at: &at, kind: kind.as_deref(), value: value.as_deref() };
                Some(self.value_shown(task, salt, &wanted).await?)
            }
            (None, None) if kind.is_none() && value.is_none() => None,
            _ => return Err(Problem::bad("a value is named by `event` and `at`, its place in that result")),
        };
        let said = LowerLabel { grant, by: self.by_signing(who)?, class, reason, value };
        Ok((grant, Command::Lower(Box::new(said)), consent))
    }

    /// What a person signs before they lower a label.
    pub(crate) async fn lower_options(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let (_, command, _) = self.lowering(task, bytes, who).await?;
        self.to_sign(task, command, who).await
    }

    /// A person lowers what a holder counts as having touched: over HTTP signed, for it lets more happen.
    pub(crate) async fn lower(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let (grant, command, consent) = self.lowering(task, bytes, who).await?;
        let kind = match &command {
            Command::Lower(said) => said.value.as_ref().map(|value| value.kind.clone()),
            _ => None,
        };
        let command = self.under_consent(task, command, consent, who).await?;
        let facts = self.desk.node().facts_to_lower((self.tenant, task), grant).await?;
        let decision = self.desk.node().command(self.tenant, task, command, facts).await?;
        match decision.decided.reasons.first() {
            Some(reason) => Err(self.refused_in(task, reason).await),
            None => {
                let event = decision.leaf.map_or(Json::Null, Json::from);
                let kind = kind.map_or(Json::Null, Json::from);
                Ok(Json::object([("event", event), ("grant", text(&grant)), ("kind", kind), ("task", text(&task))]))
            }
        }
    }
}

/// What a holder has read, with the events that brought it.
fn grant_json(looked: &mut Looked, grant: &GrantState) -> Result<Json, Problem> {
    let brought = &grant.brought;
    let mut by = |name: &dyn std::fmt::Display, seq: Option<u64>| -> Result<Json, Problem> {
        let event = seq.map(|seq| looked.leaf(seq)).transpose()?.flatten();
        let task = seq.map(|seq| looked.elsewhere(seq, &name.to_string())).transpose()?.flatten();
        Ok(Json::object([
            ("event", event.map_or(Json::Null, Json::from)),
            ("name", text(name)),
            ("task", task.map_or(Json::Null, |task| text(&task))),
        ]))
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
        ("elsewhere", Json::array([])),
        ("brings", Json::array(brings.iter().map(|words| Json::from(words.as_str())))),
        ("event", Json::from(stored.leaf)),
        ("grant", text(&grant)),
        ("kind", Json::from(event.data.kind())),
        ("sentence", Json::from(event.data.sentence(None))),
        ("showed", Json::array([])),
        ("sources", Json::array(sources)),
        ("tool", Json::Null),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
