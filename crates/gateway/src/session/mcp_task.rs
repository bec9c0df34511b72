//! MCP tasks: a call whose act stays open while its server works on it. Its client knows it by an id of ours; what it asks
//! about the task belongs to the act that made it, and decides nothing. The server is asked by us, and never by a client.

mod given;

use super::act::{Act, LASTING_SECONDS_MAX, Lasts};
use super::looks::Standing;
use super::on_record::{self, by_record, doubtful};
use super::outcome::{Outcome, outcome};
use super::{Asking, Scope, only};
use crate::asks::{Kind, TASKS};
use crate::cut::Cut;
use crate::decider::{Given, Received};
use crate::era::Era;
use crate::lasting::{LASTING_MAX, Stamp, Stands, Status, TaskEntry};
use crate::methods::AboutTask;
use crate::refusal::Refusal;
use crate::rpc::{INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, MISSING_CAPABILITY, RpcError, quoted};
use crate::session::round::no_roots;
use crate::upstream::{AsTask, TASK, Upstream, Upstreams};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{Code, sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// A task that takes longer is cancelled: its outcome is in doubt soon after.
const WORKS_MAX: Duration = Duration::from_secs(LASTING_SECONDS_MAX - 120);
/// How long a result is kept for who has not fetched it.
const KEPT_FOR: Duration = Duration::from_secs(900);
/// How often a server is asked how a task stands: as it says, between these.
const POLL: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// Where it does not say.
const POLL_USUAL: Duration = Duration::from_secs(1);
/// After so many questions that a server does not answer, nobody knows how the task stands.
const UNANSWERED_MAX: u32 = 3;
/// The most bytes of a server's own name for a task.
const ID_BYTES_MAX: usize = 1024;
/// The most questions of one task.
const QUESTIONS_MAX: usize = 64;

const _: () = assert!(LASTING_SECONDS_MAX > 120, "a task has time to work");

/// How a call goes to its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goes {
    Plain,
    /// As a task (a server of the older era).
    AsTask,
    /// It may be answered with one (a server of the newer era).
    MayBecomeTask,
}

/// What a server says when it has made a task.
pub(super) struct Made {
    id: String,
    stamp: Stamp,
    poll: Duration,
}

impl Goes {
    /// The task that a result is, where it may be one.
    pub(super) fn made(self, result: &Json) -> Option<Made> {
        let task = match self {
            Self::Plain => return None,
            Self::AsTask => result.get("task")?,
            Self::MayBecomeTask => {
                Some(result).filter(|result| result.get("resultType").and_then(Json::as_str) == Some(TASK))?
            }
        };
        let id = task.get("taskId").and_then(Json::as_str).filter(|id| (1..=ID_BYTES_MAX).contains(&id.len()))?;
        Some(Made { id: id.to_owned(), stamp: Stamp::read(task), poll: poll_of(task) })
    }
}

fn poll_of(task: &Json) -> Duration {
    let said = task.get("pollIntervalMs").or_else(|| task.get("pollInterval")).and_then(Json::as_u64);
    said.map_or(POLL_USUAL, Duration::from_millis).clamp(POLL.0, POLL.1)
}

fn unknown_task() -> RpcError {
    RpcError::new(INVALID_PARAMS, "there is no such task: its grant has ended, it was too old, or it never was")
}

/// A server may not answer with a task where the client did not say that it can take one (the tasks extension).
pub(super) fn lacks_tasks() -> RpcError {
    let none = || Json::Object(Object::default());
    let wanted = Json::object([("extensions", Json::object([(TASKS, none())]))]);
    let message = format!("this needs the extension `{TASKS}`, which this client did not declare");
    RpcError::new(MISSING_CAPABILITY, message).with(Json::object([("requiredCapabilities", wanted)]))
}

impl Asking<'_> {
    /// Takes what says that a call is wanted as a task (MCP 2025-11-25, Tasks). How long it is kept is not its client's to
    /// say.
    pub(super) fn asks_for_task(&self, params: &mut Object) -> Result<Lasts, RpcError> {
        let declared = self.meta.envelope.as_ref().is_some_and(|envelope| envelope.able.tasks);
        // the newer era has no such word
        let task = if self.era == Era::Legacy { params.remove("task") } else { None };
        let asked = match task {
            None => return Ok(if declared { Lasts::MayBeTask { asked: false } } else { Lasts::No }),
            Some(Json::Object(task)) => task,
            Some(_) => return Err(RpcError::new(INVALID_PARAMS, "expected `params.task` to be an object")),
        };
        match asked.get("ttl") {
            None | Some(Json::Number(_) | Json::Null) => Ok(Lasts::MayBeTask { asked: true }),
            Some(_) => Err(RpcError::new(INVALID_PARAMS, "expected `params.task.ttl` to be a number")),
        }
    }

    /// How a call goes to its server, and the place of what may last. What is not shown to the caller goes plainly: that
    /// it is refused tells nothing of how it would run.
    pub(super) async fn goes(
        &self,
        act: &Act,
        upstream: &Upstream,
    ) -> Result<(Goes, Option<OwnedSemaphorePermit>), RpcError> {
        let places = || self.caller.upstreams.lasting().place();
        let full = || {
            let message = format!("at most {LASTING_MAX} subscriptions and MCP tasks may be open at a time");
            RpcError::new(INTERNAL_ERROR, message)
        };
        if let Lasts::Subscription(_) = act.lasts {
            return Ok((Goes::Plain, Some(places().ok_or_else(full)?)));
        }
        let offered = upstream.offered();
        let wants = act.lasts != Lasts::No;
        if !act.tool || !offered.makes_tasks() {
            return Ok((Goes::Plain, None));
        }
        let goes = match (upstream.era(), offered.as_task(&act.call.tool)) {
            (Era::Modern, _) if wants => Goes::MayBecomeTask,
            (Era::Legacy, Some(AsTask::Required)) if wants => Goes::AsTask,
            (Era::Legacy, Some(AsTask::Optional)) if act.asked_as_task() => Goes::AsTask,
            (Era::Legacy, Some(AsTask::Required)) if self.is_shown(act).await => {
                let only_so = format!("the tool `{}` works only as an MCP task", quoted(&act.call.tool));
                let legacy = || RpcError::new(METHOD_NOT_FOUND, only_so);
                return Err(if self.era == Era::Legacy { legacy() } else { lacks_tasks() });
            }
            (Era::Legacy, None) if act.asked_as_task() && self.is_shown(act).await => {
                let never = format!("the tool `{}` does not run as an MCP task", quoted(&act.call.tool));
                return Err(RpcError::new(METHOD_NOT_FOUND, never));
            }
            _ => return Ok((Goes::Plain, None)),
        };
        match places() {
            Some(place) => Ok((goes, Some(place))),
            // it need not become one
            None if goes == Goes::MayBecomeTask && !act.asked_as_task() => Ok((Goes::Plain, None)),
            None => Err(full()),
        }
    }

    /// Whether a call's tool is among those that its caller is shown.
    async fn is_shown(&self, act: &Act) -> bool {
        self.shelf(false).await.is_ok_and(|shelf| shelf.has_tool(&act.call.server, &act.call.tool))
    }

    /// Gives the client our own id for what its server has made, and looks after that: the act stays open.
    pub(super) async fn keep_task(
        &self,
        act: &Act,
        upstream: &Arc<Upstream>,
        (number, leaf): (u64, u64),
        made: Made,
        (place, own_schema, quiet): (OwnedSemaphorePermit, bool, bool),
    ) -> Result<Json, RpcError> {
        let Made { id, stamp, poll } = made;
        let stamp = stamp.silent(quiet);
        let stands = Stands { status: Status::Working, stamp, answer: None, withheld: false, bytes: 0, poll };
        let entry = self.entry(act, leaf, stands);
        let created = self.created(&entry);
        let decider = Arc::clone(&self.caller.decider);
        let standing = Standing { decider, act: number, leaf, call: act.call.clone() };
        let (upstream, upstreams) = (Arc::clone(upstream), Arc::clone(&self.caller.upstreams));
        let answered = BTreeSet::new();
        let keeper = Keeper { entry, upstream, upstreams, standing, id, own_schema, quiet, answered };
        self.caller.upstreams.lasting().keep(keeper.run(place));
        Ok(created)
    }

    /// The same of what a server answered at once: the task has ended when it is made.
    pub(super) async fn task_at_once(&self, act: &Act, result: Json) -> Json {
        let stamp = Stamp::read(&Json::Null);
        let bytes = result.canonical().len();
        let answer = Some(Ok(result));
        let stands = Stands { status: Status::Completed, stamp, answer, withheld: false, bytes, poll: POLL_USUAL };
        let entry = self.entry(act, 0, stands);
        let created = self.created(&entry);
        let (upstreams, decider) = (Arc::clone(&self.caller.upstreams), Arc::clone(&self.caller.decider));
        self.caller.upstreams.lasting().keep(async move {
            let over = upstreams.lasting().over();
            keep_for_a_while(&upstreams, entry, &over, &*decider).await;
        });
        created
    }

    fn entry(&self, act: &Act, leaf: u64, stands: Stands) -> Arc<TaskEntry> {
        let lasting = self.caller.upstreams.lasting();
        // known to this grant alone; that nobody guesses it is more than is needed
        let state = Json::object([("leaf", Json::from(leaf)), ("made", Json::from(lasting.made()))]);
        let sealed = self.caller.decider.seal(state.canonical().as_bytes()).unwrap_or_else(|_| state.canonical());
        let hash = sha256(&[b"bailiwick mcp task 1\0".as_slice(), sealed.as_bytes()].concat());
        let id = hash.bytes().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
        let ttl = Duration::from_secs(LASTING_SECONDS_MAX);
        let entry = Arc::new(TaskEntry::new(id, act.call.clone(), stands, ttl));
        lasting.put(Arc::clone(&entry));
        entry
    }

    fn created(&self, entry: &TaskEntry) -> Json {
        let mut words = entry.words(self.era);
        match self.era {
            Era::Legacy => Json::object([("task", Json::Object(words))]),
            Era::Modern => {
                words.insert("resultType", Json::from(TASK));
                Json::Object(words)
            }
        }
    }

    /// Answers what is asked about a task of this grant.
    pub(super) async fn about_task(&self, about: AboutTask, params: &Object) -> Result<Json, RpcError> {
        let server = match &self.session.scope {
            Scope::All => None,
            Scope::One(server) => Some(server),
        };
        if self.era == Era::Modern && !self.meta.envelope.as_ref().is_some_and(|envelope| envelope.able.tasks) {
            return Err(lacks_tasks());
        }
        // it was authenticated; whether its grant is live is looked at anew, and what is kept of one that is not is nobody's
        match self.caller.decider.mark().await {
            Ok(mark) if mark.live => {}
            Ok(_) => return Err(RpcError::new(INTERNAL_ERROR, Code::GrantEnded.sentence())),
            Err(why) => return Err(RpcError::new(INTERNAL_ERROR, why.to_string())),
        }
        let lasting = self.caller.upstreams.lasting();
        if about == AboutTask::List {
            only(params, &["cursor"])?;
            let all = lasting.all_tasks(server);
            for task in &all {
                self.given_out(task).await?;
            }
            let all = all.iter().map(|task| Json::Object(task.words(self.era))).collect();
            let size = self.session.settings.page_entries;
            return super::shelf::page(all, "tasks", params.get("cursor"), size);
        }
        let known: &[&str] = match (about, self.era) {
            (AboutTask::Update, _) => &["inputResponses", "taskId"],
            // clients of the older era say with all that follows what they said with the call
            (_, Era::Legacy) => &["task", "taskId"],
            (_, Era::Modern) => &["taskId"],
        };
        only(params, known)?;
        let id = params.get("taskId").and_then(Json::as_str);
        let entry = id.and_then(|id| lasting.task(id, server)).ok_or_else(unknown_task)?;
        if about == AboutTask::Result {
            // what came of it is waited for before it is asked whether it may be given out
            let _came = entry.answer().await;
        }
        self.given_out(&entry).await?;
        match (about, self.era) {
            (AboutTask::Get, Era::Legacy) => Ok(Json::Object(entry.words(self.era))),
            (AboutTask::Get, Era::Modern) => Ok(entry.detailed()),
            (AboutTask::Result, _) => entry.answer().await.map(|result| entry.related(result)),
            // nothing is asked, so no answer is outstanding (the tasks extension, update: ignored)
            (AboutTask::Update | AboutTask::List, _) => Ok(Json::Object(Object::default())),
            (AboutTask::Cancel, era) => {
                if era == Era::Legacy && entry.is_over() {
                    return Err(RpcError::new(INVALID_PARAMS, "this task has ended already"));
                }
                entry.cancel();
                Ok(if era == Era::Legacy { Json::Object(entry.words(era)) } else { Json::Object(Object::default()) })
            }
        }
    }
}

/// Keeps what came of a task until it is old, its grant has ended, or it is in the way. Who waits here holds nothing of it:
/// what is bounded is what the grant remembers.
async fn keep_for_a_while(
    upstreams: &Upstreams,
    entry: Arc<TaskEntry>,
    over: &Cut,
    decider: &dyn crate::decider::Decider,
) {
    let (id, forgotten) = (entry.id().to_owned(), entry.forgotten.clone());
    drop(entry);
    upstreams.lasting().make_room();
    tokio::select! {
        _ = forgotten.wait() => {}
        _ = over.wait() => {}
        () = super::looks::ending(decider) => {}
        () = tokio::time::sleep(KEPT_FOR) => {}
    }
    upstreams.lasting().forget(&id);
}

/// Looks after one task until its act is settled.
struct Keeper {
    entry: Arc<TaskEntry>,
    upstream: Arc<Upstream>,
    upstreams: Arc<Upstreams>,
    standing: Standing,
    /// The server's own name for it.
    id: String,
    own_schema: bool,
    /// What the server says beside the result is not passed on.
    quiet: bool,
    /// Questions that were answered.
    answered: BTreeSet<String>,
}

impl Keeper {
    async fn run(mut self, place: OwnedSemaphorePermit) {
        let over = self.upstreams.lasting().over();
        let cut = Cut::new();
        let (received, why) = {
            let (entry, standing, upstream) = (Arc::clone(&self.entry), self.standing.clone(), self.upstream.clone());
            let stopped = async {
                tokio::select! {
                    why = entry.cut.wait() => why,
                    why = over.wait() => why,
                    () = standing.until_no() => "cut",
                    () = upstream.gone() => "disconnected",
                    () = tokio::time::sleep(WORKS_MAX) => "time-out",
                }
            };
            tokio::select! {
                biased;
                why = stopped => (None, Some(why)),
                received = self.works(&cut) => (Some(received), None),
            }
        };
        cut.cut("cut");
        let received = match received {
            Some(received) => received,
            None => self.cancel(why.unwrap_or("cut")).await,
        };
        self.settle(received, why).await;
        drop(place);
        let Self { entry, upstream, upstreams, standing, .. } = self;
        drop(upstream);
        let Standing { decider, call, .. } = standing;
        drop(call);
        keep_for_a_while(&upstreams, entry, &over, &*decider).await;
    }

    /// Asks the server until it has ended.
    async fn works(&mut self, cut: &Cut) -> Received {
        let mut unanswered = 0;
        loop {
            let poll = self.entry.stands.borrow().poll;
            tokio::time::sleep(poll).await;
            let task = match self.upstream.about_task("tasks/get", Object::default(), &self.id, cut).await {
                Received::Result(task) => task,
                Received::Secret { .. } => return Received::Secret { failed: true },
                // it is known there no longer, or nobody can say
                _ if unanswered + 1 >= UNANSWERED_MAX => return Received::Nothing("disconnected"),
                _ => {
                    unanswered += 1;
                    continue;
                }
            };
            unanswered = 0;
            let word = task.get("status").and_then(Json::as_str).unwrap_or_default();
            self.entry.stands.send_modify(|stands| {
                stands.stamp = Stamp::read(&task).silent(self.quiet);
                stands.poll = poll_of(&task);
            });
            match (Status::read(word), self.upstream.era()) {
                (Some(Status::Working), _) if word == "input_required" => {
                    if let Some(received) = self.declines(&task, cut).await {
                        return received;
                    }
                }
                (Some(Status::Working), _) => {}
                (Some(Status::Cancelled), _) => return Received::Nothing("cancelled"),
                (Some(_), Era::Legacy) => return self.result(cut).await,
                (Some(Status::Completed), Era::Modern) => return completed(&task),
                (Some(Status::Failed), Era::Modern) => {
                    return Received::Error(task.get("error").cloned().unwrap_or(Json::Null));
                }
                (None, _) => return Received::Nothing("disconnected"),
            }
        }
    }

    /// What the older era gives apart. It waits for the end of the task, and what the server asks meanwhile is declined.
    async fn result(&self, cut: &Cut) -> Received {
        match self.upstream.result_of_task(&self.id, WORKS_MAX, cut).await {
            Received::Result(Json::Object(mut members)) => {
                // its name for the task is nobody else's
                if let Some(Json::Object(mut meta)) = members.remove("_meta") {
                    meta.remove("io.modelcontextprotocol/related-task");
                    if !meta.is_empty() {
                        members.insert("_meta", Json::Object(meta));
                    }
                }
                Received::Result(Json::Object(members))
            }
            received => received,
        }
    }

    /// Declines what the server asks while it works. Answers what came of the task, where that ends it.
    async fn declines(&mut self, task: &Json, cut: &Cut) -> Option<Received> {
        if self.upstream.era() == Era::Legacy {
            // what it asks comes with the answer to this, and is declined there
            return Some(self.result(cut).await);
        }
        let mut responses = Object::default();
        for (key, asked) in task.get("inputRequests").and_then(Json::as_object).into_iter().flat_map(Object::iter) {
            if self.answered.contains(key) {
                continue;
            }
            if self.answered.len() >= QUESTIONS_MAX {
                return Some(self.cancel("cancelled").await);
            }
            match asked.get("method").and_then(Json::as_str).and_then(Kind::of_method) {
                Some(Kind::Elicitation) => {
                    responses.insert(key, Json::object([("action", Json::from("decline"))]));
                }
                Some(Kind::Roots) => {
                    responses.insert(key, no_roots());
                }
                // a model's answer has no form of a no
                Some(Kind::Sampling) | None => return Some(self.cancel("cancelled").await),
            }
            self.answered.insert(key.to_owned());
        }
        if !responses.is_empty() {
            let params = [("inputResponses", Json::Object(responses))].into_iter().collect();
            // one that did not arrive is asked again by what the task still asks
            let _taken = self.upstream.about_task("tasks/update", params, &self.id, cut).await;
        }
        None
    }

    /// Tells the server that it is not wanted any longer. What it did until then nobody knows.
    async fn cancel(&self, why: &'static str) -> Received {
        self.entry.cancel();
        let cut = Cut::new();
        let asked = self.upstream.about_task("tasks/cancel", Object::default(), &self.id, &cut);
        // a server that does not answer is not waited for: its session may be ending too
        let _told = tokio::time::timeout(super::looks::LOOK_EVERY, asked).await;
        Received::Nothing(why)
    }

    /// Says what became of the act, and lets its client know.
    async fn settle(&self, received: Received, cut: Option<&'static str>) {
        let Standing { decider, act, leaf, call } = &self.standing;
        let nothing = matches!(received, Received::Nothing(_));
        let given: Result<Given, _> = decider.settle(*act, *leaf, received.clone()).await;
        let (upstreams, act_of) = (&*self.upstreams, (*act, *leaf));
        let on_record = if doubtful(&received) { by_record(&**decider, upstreams, call, act_of).await } else { None };
        let cut = cut.filter(|why| matches!(*why, "cut" | "cancelled"));
        let answer = match outcome(received, given, cut.filter(|why| *why == "cut"), (&call.server, *leaf)) {
            Outcome::Answer(answer) => answer,
            Outcome::No(_) if on_record.is_some() => {
                Ok(on_record::told(on_record == Some(true), *leaf).result(self.own_schema))
            }
            Outcome::No(refusal) => Ok(refusal.at_event(*leaf).result(self.own_schema)),
            Outcome::Silence => Ok(Refusal::of(Code::GrantEnded, &call.server, None).result(self.own_schema)),
        };
        let bytes = answer.as_ref().map_or_else(|error| error.json().canonical().len(), |json| json.canonical().len());
        self.entry.stands.send_modify(|stands| {
            stands.status = match (stands.status, nothing && on_record.is_none(), &answer) {
                (Status::Cancelled, ..) | (_, true, _) => Status::Cancelled,
                (_, _, Ok(_)) => Status::Completed,
                (_, _, Err(_)) => Status::Failed,
            };
            stands.bytes = bytes;
            stands.answer = Some(answer);
        });
    }
}

/// A result of the newer era, as the call itself would have been answered.
fn completed(task: &Json) -> Received {
    match task.get("result") {
        Some(Json::Object(result)) => {
            let mut result = result.clone();
            result.insert("resultType", Json::from("complete"));
            Received::Result(Json::Object(result))
        }
        _ => Received::Nothing("disconnected"),
    }
}

#[cfg(test)]
mod tests;
