//! One act from its decision to its outcome: session first, then the decision, then the bytes, then what became of it.

use super::Asking;
use super::ask::Asked;
use super::asked::QUESTIONS_WAITING_MAX;
use super::kept::KEPT_SECONDS_MAX;
use super::looks::ending;
use super::mcp_task::Goes;
use super::on_record::{self, by_record, doubtful};
use super::outcome::{Outcome, again, outcome};
use super::round::{Brought, NotBrought, Returned, not_finished};
use super::share::SETTLE_SLACK_SECONDS;
use super::wait::{Before, Waited};
use crate::asks::Able;
use crate::clock::Boot;
use crate::cut::Cut;
use crate::decider::{Attempted, Call, Forward, Received, Round, Undecided};
use crate::era::Era;
use crate::refusal::Refusal;
use crate::rpc::{self, Id, RpcError, URL_ELICITATION_REQUIRED};
use crate::upstream::{ASKS, Ask, NotOpen, Notice, Notices, Upstream, WAITING_MAX};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{Disposition, sha256};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// How long what lasts may be open: as long as an outcome may take.
pub(super) const LASTING_SECONDS_MAX: u64 = 3600;

/// How an allowed act goes on.
struct Going {
    brought: Brought,
    able: Able,
    goes: Goes,
    /// Held by what lasts.
    place: Option<OwnedSemaphorePermit>,
    own_schema: bool,
    /// Its server may ask while it is open, and it stays so until its client comes again.
    keeps: bool,
}

/// How an act went.
enum Went {
    Answered(Asked),
    /// Its client of the older era answered what its server asked: once more, with that.
    Again(Box<Act>),
}

/// What goes with an act that is forwarded.
pub(super) struct Way<'a> {
    pub(super) brought: &'a Brought,
    pub(super) able: Able,
    pub(super) goes: Goes,
    /// What the server cannot know of its own questions.
    pub(super) notes: &'a Mutex<Vec<String>>,
}

/// A call that is ready to be decided.
pub(super) struct Act {
    pub(super) call: Call,
    pub(super) method: &'static str,
    /// Of a tool: then a refusal is a result that the model reads.
    pub(super) tool: bool,
    /// Answers to what the server asked before.
    pub(super) returned: Returned,
    /// How it has waited for people.
    pub(super) waited: Before,
    /// How it goes on when its request is answered.
    pub(super) lasts: Lasts,
}

/// Whether an act outlives its request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Lasts {
    #[default]
    No,
    /// A call that may become an MCP task; `asked`: its client said so with the call (the older era).
    MayBeTask { asked: bool },
    /// A subscription, and whose stream of the newer era it is for.
    Subscription(Option<Id>),
}

impl Act {
    pub(super) fn new(call: Call, method: &'static str, tool: bool, returned: Returned) -> Self {
        Self { call, method, tool, returned, waited: Before::default(), lasts: Lasts::No }
    }

    /// Whether its client of the older era asked for a task.
    pub(super) const fn asked_as_task(&self) -> bool {
        matches!(self.lasts, Lasts::MayBeTask { asked: true })
    }

    /// Which call a question is about: a state opens for no other.
    pub(super) fn about(&self) -> String {
        let call = &self.call;
        let form = Json::object([
            ("arguments", call.arguments.clone()),
            ("method", Json::from(self.method)),
            ("server", Json::from(call.server.as_str())),
            ("tool", Json::from(call.tool.as_str())),
        ]);
        sha256(form.canonical().as_bytes()).to_string()
    }
}

impl Asking<'_> {
    pub(super) async fn act(&self, mut act: Act) -> Asked {
        loop {
            match self.once(act).await {
                Went::Answered(answer) => return answer,
                Went::Again(next) => act = *next,
            }
        }
    }

    async fn once(&self, mut act: Act) -> Went {
        match self.waited(&mut act).await {
            Waited::Decide => {}
            Waited::Answer(answer) => return Went::Answered(Some(answer)),
            Waited::Silence => return Went::Answered(None),
        }
        if let Some(answer) = self.taken_up(&act).await {
            return Went::Answered(answer);
        }
        let server = act.call.server.clone();
        // the session is open before the act begins: a server that does not start is an ordinary no
        let upstream = tokio::select! {
            biased;
            _ = self.admitted.cut.wait() => return Went::Answered(None),
            opened = self.caller.upstreams.open(&server, &*self.caller.decider) => opened,
        };
        let upstream = match upstream {
            Ok(upstream) => upstream,
            Err(NotOpen::Unknown) => return Went::Answered(Some(self.nowhere(act).await)),
            Err(why) => {
                let refusal = Refusal::own("server_unavailable", why.to_string(), Disposition::TryLater);
                return Went::Answered(Some(self.refuse(&refusal, &act, false)));
            }
        };
        if let Some(error) = self.disagrees(&act, &upstream) {
            return Went::Answered(Some(Err(error)));
        }
        let own_schema = act.tool && upstream.offered().is_structured(&act.call.tool);
        let (goes, place) = match self.goes(&act, &upstream).await {
            Ok(goes) => goes,
            Err(error) => return Went::Answered(Some(Err(error))),
        };
        let brought = match self.brought(&act, &upstream).await {
            Ok(brought) => brought,
            Err(no) => return Went::Answered(Some(self.not_brought(no, &act, own_schema))),
        };
        let mut able = self.able(&server, &upstream).await;
        able.tasks = goes == Goes::MayBecomeTask;
        let keeps = goes == Goes::Plain && self.keeps(&act, &upstream).await;
        if place.is_some() {
            act.call.settle_within_seconds = LASTING_SECONDS_MAX;
        } else if keeps {
            act.call.settle_within_seconds = KEPT_SECONDS_MAX.saturating_add(SETTLE_SLACK_SECONDS);
        }
        let call = Call { input: brought.input.clone(), continues: brought.round.clone(), ..act.call.clone() };
        let going = Going { brought, able, goes, place, own_schema, keeps };
        // not dropped when the client goes: it may have been kept
        let refusal = match self.decided(call, &upstream).await {
            Ok(Attempted::Forward(forward)) => {
                return self.done(&act, &upstream, forward, going).await;
            }
            // what a round came to before is told by its own request alone
            Ok(Attempted::Again { result: Some(result), .. }) if !asks(&result) => {
                going.brought.settle(self, &Received::NeverSent).await;
                return Went::Answered(Some(Ok(result)));
            }
            Ok(Attempted::Again { outcome, doubtful, .. }) => self.again_of(&act, &outcome, doubtful).await,
            Ok(Attempted::Refused(refused)) => Refusal::decided(&refused, &server),
            // by INVARIANT of `decided`: it has looked
            Ok(Attempted::Look(_)) => Refusal::undecided(&Undecided::Unknown),
            Err(why) => Refusal::undecided(&why),
        };
        going.brought.settle(self, &Received::NeverSent).await;
        if self.waits_as_it_is(&mut act, &refusal).await {
            return Went::Again(Box::new(act));
        }
        Went::Answered(Some(self.refuse(&refusal, &act, own_schema)))
    }

    /// What a client of the older era has answered once it cannot bring again: its call waits for people as it is. Whether it
    /// is worth another try.
    async fn waits_as_it_is(&self, act: &mut Act, refusal: &Refusal) -> bool {
        if self.era != Era::Legacy || act.returned.state.is_none() {
            return false;
        }
        let (decider, over) = (&*self.caller.decider, &self.admitted.cut);
        self.people_answer(decider, refusal, over, &mut act.waited.tries).await
    }

    /// Forwards what was decided, and answers what became of it. What lasts stays open, and is looked after.
    async fn done(&self, act: &Act, upstream: &Arc<Upstream>, forward: Forward, going: Going) -> Went {
        let Going { brought, able, goes, place, own_schema, keeps } = going;
        let (server, number, leaf) = (&act.call.server, forward.act, forward.leaf);
        if let Lasts::Subscription(owner) = &act.lasts {
            return Went::Answered(Some(self.subscribe(act, owner.clone(), upstream, forward, place).await));
        }
        if keeps && !forward.quiet {
            return Went::Answered(self.forward_kept(act, upstream, forward, own_schema).await);
        }
        let before = brought.round.as_ref().map_or(0, |round| round.asked);
        let round = Round { act: number, leaf, asked: before.saturating_add(1), under: forward.under.clone() };
        let quiet = forward.quiet;
        let notes = Mutex::default();
        let way = Way { brought: &brought, able, goes, notes: &notes };
        let mut received = self.forward(act, upstream, forward, way).await;
        if let (Received::Result(Json::Object(members)), Era::Legacy) = (&mut received, upstream.era()) {
            // a word of the newer era, from a server that does not know it: taken out before anything is settled by it
            members.remove("resultType");
        }
        if let (Some(place), Received::Result(result)) = (place, &received)
            && let Some(made) = goes.made(result)
        {
            brought.settle(self, &received).await;
            return Went::Answered(Some(
                self.keep_task(act, upstream, (number, leaf), made, (place, own_schema, quiet)).await,
            ));
        }
        let given = self.caller.decider.settle(number, leaf, received.clone()).await;
        brought.settle(self, &received).await;
        let (decider, upstreams) = (&*self.caller.decider, &*self.caller.upstreams);
        let on_record =
            if doubtful(&received) { by_record(decider, upstreams, &act.call, (number, leaf)).await } else { None };
        Went::Answered(match outcome(received, given, self.admitted.cut.why(), (server, leaf)) {
            Outcome::Answer(Ok(result)) if on_record.is_some_and(|_| !asks(&result)) => {
                Some(Ok(on_record::noted(result, on_record == Some(true))))
            }
            Outcome::No(_) if on_record.is_some() => {
                Some(self.refuse(&on_record::told(on_record == Some(true), leaf), act, own_schema))
            }
            Outcome::Answer(Ok(result)) if asks(&result) => match self.ask_back(act, round, &result).await {
                Ok(question) if self.era == Era::Legacy => match self.asked_across(act, &question).await {
                    Ok(next) => return Went::Again(Box::new(next)),
                    Err(why) => Some(self.refuse(&not_finished(&why).at_event(leaf), act, own_schema)),
                },
                Ok(question) => Some(Ok(question)),
                Err(NotBrought::No(no)) => Some(self.refuse(&no.at_event(leaf), act, own_schema)),
                Err(NotBrought::Bad(error)) => Some(Err(error)),
            },
            Outcome::Answer(Ok(mut result)) => {
                let notes = notes.into_inner().unwrap_or_else(PoisonError::into_inner);
                noted(&mut result, notes);
                // a server of the newer era may answer at once what its client asked for as a task
                Some(Ok(if act.asked_as_task() && goes != Goes::Plain {
                    self.task_at_once(act, result).await
                } else {
                    result
                }))
            }
            // a question that nobody decided on, and whose page we did not look at
            Outcome::Answer(Err(error)) if error.code == URL_ELICITATION_REQUIRED => {
                let sentence = "the server asks for a page to be opened first, in an error, and that is not passed on";
                let refusal = Refusal::own("input_not_given", sentence, Disposition::Stop);
                Some(self.refuse(&refusal.at_event(leaf), act, own_schema))
            }
            Outcome::Answer(Err(error)) => Some(Err(error)),
            Outcome::No(refusal) => Some(self.refuse(&refusal.at_event(leaf), act, own_schema)),
            Outcome::Silence => None,
        })
    }

    /// What headers say of the arguments and the arguments do not.
    pub(super) fn disagrees(&self, act: &Act, upstream: &Upstream) -> Option<RpcError> {
        let mirrored = self.mirrored.as_ref().filter(|_| act.tool)?;
        let (wanted, arguments) = (upstream.offered(), &act.call.arguments);
        wanted.header_arguments(&act.call.tool).iter().find_map(|wanted| wanted.disagrees(mirrored, arguments))
    }

    /// A call that was begun before, and whose result is not there: one in doubt is asked about where its server keeps a
    /// record of it.
    async fn again_of(&self, act: &Act, outcome: &str, doubtful: Option<(u64, u64)>) -> Refusal {
        let Some((number, leaf)) = doubtful else { return again(outcome) };
        let (decider, upstreams) = (&*self.caller.decider, &*self.caller.upstreams);
        let done = by_record(decider, upstreams, &act.call, (number, leaf)).await;
        done.map_or_else(|| again(outcome), |done| on_record::told(done, leaf))
    }

    fn not_brought(&self, no: NotBrought, act: &Act, own_schema: bool) -> Result<Json, RpcError> {
        match no {
            NotBrought::Bad(error) => Err(error),
            NotBrought::No(refusal) => self.refuse(&refusal, act, own_schema),
        }
    }

    /// A call that has nowhere to go: whoever decides says why, as of any that the grant does not allow.
    async fn nowhere(&self, act: Act) -> Result<Json, RpcError> {
        let server = act.call.server.clone();
        let refusal = match self.caller.decider.attempt(act.call.clone()).await {
            Ok(Attempted::Forward(forward)) => {
                let leaf = forward.leaf;
                let settled = self.caller.decider.settle(forward.act, leaf, Received::NeverSent).await;
                match settled {
                    Ok(_) => Refusal::own("server_unavailable", NotOpen::Unknown.to_string(), Disposition::TryLater),
                    Err(why) => Refusal::undecided(&why),
                }
                .at_event(leaf)
            }
            Ok(Attempted::Again { result: Some(result), .. }) => return Ok(result),
            Ok(Attempted::Again { result: None, outcome, .. }) => again(&outcome),
            // there is nobody to look at it with
            Ok(Attempted::Look(_)) => {
                Refusal::own("server_unavailable", NotOpen::Unknown.to_string(), Disposition::TryLater)
            }
            Ok(Attempted::Refused(refused)) => Refusal::decided(&refused, &server),
            Err(why) => Refusal::undecided(&why),
        };
        self.refuse(&refusal, &act, false)
    }

    /// Says no. What waits for people is said as the client can best go on with.
    pub(super) fn refuse(&self, refusal: &Refusal, act: &Act, own_schema: bool) -> Result<Json, RpcError> {
        if let Some(asked) = self.asks_people(act, refusal) {
            return asked;
        }
        // who asked for a task takes no result in its place
        if act.tool && !act.asked_as_task() { Ok(refusal.result(own_schema)) } else { Err(refusal.error()) }
    }

    pub(super) async fn forward(&self, act: &Act, upstream: &Upstream, forward: Forward, way: Way<'_>) -> Received {
        let Way { brought, able, goes, notes } = way;
        // answers leave with it, each before its own time
        let mut leave_by = Boot::now().after(Duration::from_micros(forward.forward_within_micros));
        leave_by = brought.shares.iter().fold(leave_by, |first, share| first.min(share.leave_by));
        let Some(params) = params_of(act, forward.arguments, brought, goes) else { return Received::NeverSent };
        let (sender, mut notices) = mpsc::channel(WAITING_MAX);
        let settings = &self.session.settings;
        let (questions, asked) = mpsc::channel(QUESTIONS_WAITING_MAX);
        let quiet = forward.quiet;
        // of a client of the newer era such a call is kept, or nobody can be asked
        let same = self.era == Era::Legacy && upstream.era() == Era::Legacy && !quiet;
        let ask = Ask {
            questions: same.then_some(questions),
            method: act.method,
            params,
            able,
            idempotency: forward.idempotency,
            leave_by,
            answer_within: settings.call_within,
            cut: self.admitted.cut.clone(),
            notices: (!quiet).then_some(Notices {
                progress: self.meta.progress.is_some(),
                level: self.level(),
                sender,
                left: settings.notices_per_call_max,
                bytes_max: settings.notice_bytes_max,
            }),
        };
        let over = Cut::new();
        let mut answering = std::pin::pin!(self.answer_questions(&act.call.server, upstream, asked, &over, notes));
        let mut answers = true;
        let mut asking = std::pin::pin!(upstream.ask(ask));
        let mut ending = std::pin::pin!(self.ending());
        let mut watching = true;
        let received = loop {
            tokio::select! {
                biased;
                Some(notice) = notices.recv() => self.pass_on(notice),
                () = &mut answering, if answers => answers = false,
                received = &mut asking => break received,
                () = &mut ending, if watching => {
                    watching = false;
                    self.admitted.cut.cut("cut");
                }
            }
        };
        // an answer that is being decided is settled; what still waits is declined
        over.cut("over");
        if answers {
            answering.await;
        }
        while let Ok(notice) = notices.try_recv() {
            self.pass_on(notice);
        }
        received
    }

    /// Resolves when the grant has ended, or nobody can say any longer that it has not.
    pub(super) async fn ending(&self) {
        ending(&*self.caller.decider).await;
    }

    /// Gives a progress note or log line to the client; one that does not read them loses them.
    pub(super) fn pass_on(&self, notice: Notice) {
        let message = match (notice, &self.meta.progress) {
            (Notice::Progress(mut words), Some(token)) => {
                words.insert("progressToken", token.clone());
                rpc::notification("notifications/progress", words)
            }
            (Notice::Progress(_), None) => return,
            (Notice::Message(words), _) => rpc::notification("notifications/message", words),
        };
        let _ = self.out.try_send(message);
    }
}

/// What goes up; `None`: parameters are no object.
pub(super) fn params_of(act: &Act, arguments: Json, brought: &Brought, goes: Goes) -> Option<Object> {
    let mut params = match (act.tool, arguments) {
        (true, arguments) => {
            [("arguments", arguments), ("name", Json::from(act.call.tool.as_str()))].into_iter().collect()
        }
        (false, Json::Object(params)) => params,
        // by INVARIANT of `govern`: parameters were an object when they were decided; what is none does not leave
        (false, _) => return None,
    };
    if goes == Goes::AsTask {
        // how long it is kept is ours to say
        let ttl = Json::from(LASTING_SECONDS_MAX.saturating_mul(1000));
        params.insert("task", Json::object([("ttl", ttl)]));
    }
    for (name, value) in brought.input.as_object().into_iter().flat_map(Object::iter) {
        params.insert(name, value.clone());
    }
    Some(params)
}

pub(super) fn asks(result: &Json) -> bool {
    result.get("resultType").and_then(Json::as_str) == Some(ASKS)
}

/// What the server cannot know of its own questions stands after its words.
pub(super) fn noted(result: &mut Json, notes: Vec<String>) {
    let Json::Object(members) = result else { return };
    let Some(content) = members.get("content").and_then(Json::as_array).filter(|_| !notes.is_empty()) else { return };
    let block = |note: String| Json::object([("text", Json::from(note)), ("type", Json::from("text"))]);
    let content = content.iter().cloned().chain(notes.into_iter().map(block)).collect::<Vec<_>>();
    members.insert("content", Json::array(content));
}
