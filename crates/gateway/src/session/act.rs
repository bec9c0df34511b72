//! One act from its decision to its outcome: session first, then the decision, then the bytes, then what became of it.

use super::ask::Asked;
use super::asked::QUESTIONS_WAITING_MAX;
use super::round::{Brought, NotBrought, Returned};
use super::wait::{Before, Waited};
use super::{Asking, TOKEN_EXPIRED};
use crate::asks::Able;
use crate::clock::Boot;
use crate::cut::Cut;
use crate::decider::{Attempted, Call, Forward, Given, Received, Round, Undecided};
use crate::era::Era;
use crate::refusal::Refusal;
use crate::rpc::{self, INTERNAL_ERROR, RpcError, URL_ELICITATION_REQUIRED};
use crate::upstream::{ASKS, Ask, NotOpen, Notice, Notices, Upstream, WAITING_MAX};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{Code, Disposition, ServerName, sha256};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// How often it is asked again whether the grant has ended, when nobody answers.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// After so many questions without an answer, what is open is cut (a lasting call is cut by a no, or by no answer).
const UNANSWERED_MAX: u32 = 4;

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
}

impl Act {
    pub(super) fn new(call: Call, method: &'static str, tool: bool, returned: Returned) -> Self {
        Self { call, method, tool, returned, waited: Before::default() }
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
        match self.waited(&mut act).await {
            Waited::Decide => {}
            Waited::Answer(answer) => return Some(answer),
            Waited::Silence => return None,
        }
        let tool = act.tool;
        let server = act.call.server.clone();
        // the session is open before the act begins: a server that does not start is an ordinary no
        let upstream = tokio::select! {
            biased;
            _ = self.admitted.cut.wait() => return None,
            opened = self.caller.upstreams.open(&server, &*self.caller.decider) => opened,
        };
        let upstream = match upstream {
            Ok(upstream) => upstream,
            Err(NotOpen::Unknown) => return Some(self.nowhere(act).await),
            Err(why) => {
                let refusal = Refusal::own("server_unavailable", why.to_string(), Disposition::TryLater);
                return Some(self.refuse(&refusal, &act, false));
            }
        };
        if let Some(error) = self.mirrored.as_ref().filter(|_| tool).and_then(|mirrored| {
            let wanted = upstream.offered();
            let arguments = &act.call.arguments;
            wanted.header_arguments(&act.call.tool).iter().find_map(|wanted| wanted.disagrees(mirrored, arguments))
        }) {
            return Some(Err(error));
        }
        let own_schema = tool && upstream.offered().is_structured(&act.call.tool);
        let brought = match self.brought(&act, &upstream).await {
            Ok(brought) => brought,
            Err(no) => return Some(self.not_brought(no, &act, own_schema)),
        };
        let able = self.able(&server, &upstream).await;
        let call = Call { input: brought.input.clone(), continues: brought.round.clone(), ..act.call.clone() };
        // not dropped when the client goes: it may have been kept
        let refusal = match self.decided(call, &upstream).await {
            Ok(Attempted::Forward(forward)) => {
                return self.done(&act, &upstream, forward, (brought, able), own_schema).await;
            }
            // what a round came to before is told by its own request alone
            Ok(Attempted::Again { result: Some(result), .. }) if !asks(&result) => {
                brought.settle(self, &Received::NeverSent).await;
                return Some(Ok(result));
            }
            Ok(Attempted::Again { outcome, .. }) => again(&outcome),
            Ok(Attempted::Refused(refused)) => Refusal::decided(&refused, &server),
            // by INVARIANT of `decided`: it has looked
            Ok(Attempted::Look(_)) => Refusal::undecided(&Undecided::Unknown),
            Err(why) => Refusal::undecided(&why),
        };
        brought.settle(self, &Received::NeverSent).await;
        Some(self.refuse(&refusal, &act, own_schema))
    }

    /// Forwards what was decided, and answers what became of it.
    async fn done(
        &self,
        act: &Act,
        upstream: &Upstream,
        forward: Forward,
        (brought, able): (Brought, Able),
        own_schema: bool,
    ) -> Asked {
        let (server, number, leaf) = (&act.call.server, forward.act, forward.leaf);
        let before = brought.round.as_ref().map_or(0, |round| round.asked);
        let round = Round { act: number, leaf, asked: before.saturating_add(1), under: forward.under.clone() };
        let notes = Mutex::default();
        let mut received = self.forward(act, upstream, forward, (&brought, able), &notes).await;
        if let (Received::Result(Json::Object(members)), Era::Legacy) = (&mut received, upstream.era()) {
            // a word of the newer era, from a server that does not know it: taken out before anything is settled by it
            members.remove("resultType");
        }
        let given = self.caller.decider.settle(number, leaf, received.clone()).await;
        brought.settle(self, &received).await;
        match outcome(received, given, self.admitted.cut.why(), (server, leaf)) {
            Outcome::Answer(Ok(result)) if asks(&result) => match self.ask_back(act, round, &result).await {
                Ok(question) => Some(Ok(question)),
                Err(NotBrought::No(no)) => Some(self.refuse(&no.at_event(leaf), act, own_schema)),
                Err(NotBrought::Bad(error)) => Some(Err(error)),
            },
            Outcome::Answer(Ok(mut result)) => {
                let notes = notes.into_inner().unwrap_or_else(PoisonError::into_inner);
                noted(&mut result, notes);
                Some(Ok(result))
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
        }
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
            Ok(Attempted::Again { result: None, outcome }) => again(&outcome),
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
        if act.tool { Ok(refusal.result(own_schema)) } else { Err(refusal.error()) }
    }

    async fn forward(
        &self,
        act: &Act,
        upstream: &Upstream,
        forward: Forward,
        (brought, able): (&Brought, Able),
        notes: &Mutex<Vec<String>>,
    ) -> Received {
        // answers leave with it, each before its own time
        let mut leave_by = Boot::now().after(Duration::from_micros(forward.forward_within_micros));
        leave_by = brought.shares.iter().fold(leave_by, |first, share| first.min(share.leave_by));
        let mut params = match (act.tool, forward.arguments) {
            (true, arguments) => {
                [("arguments", arguments), ("name", Json::from(act.call.tool.as_str()))].into_iter().collect()
            }
            (false, Json::Object(params)) => params,
            // by INVARIANT of `govern`: parameters were an object when they were decided; what is none does not leave
            (false, _) => return Received::NeverSent,
        };
        for (name, value) in brought.input.as_object().into_iter().flat_map(Object::iter) {
            params.insert(name, value.clone());
        }
        let (sender, mut notices) = mpsc::channel(WAITING_MAX);
        let settings = &self.session.settings;
        let (questions, asked) = mpsc::channel(QUESTIONS_WAITING_MAX);
        // across the eras nobody is asked
        let same = self.era == Era::Legacy && upstream.era() == Era::Legacy;
        let ask = Ask {
            questions: same.then_some(questions),
            method: act.method,
            params,
            able,
            idempotency: forward.idempotency,
            leave_by,
            answer_within: settings.call_within,
            cut: self.admitted.cut.clone(),
            notices: Some(Notices {
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
        let mut unanswered = 0;
        while unanswered < UNANSWERED_MAX {
            match self.caller.decider.ended().await {
                Ok(_) | Err(Undecided::Unbound) => return,
                Err(Undecided::Unavailable(_) | Undecided::Unknown) => unanswered += 1,
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }

    /// Gives a progress note or log line to the client; one that does not read them loses them.
    fn pass_on(&self, notice: Notice) {
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

pub(super) fn asks(result: &Json) -> bool {
    result.get("resultType").and_then(Json::as_str) == Some(ASKS)
}

/// What the server cannot know of its own questions stands after its words.
fn noted(result: &mut Json, notes: Vec<String>) {
    let Json::Object(members) = result else { return };
    let Some(content) = members.get("content").and_then(Json::as_array).filter(|_| !notes.is_empty()) else { return };
    let block = |note: String| Json::object([("text", Json::from(note)), ("type", Json::from("text"))]);
    let content = content.iter().cloned().chain(notes.into_iter().map(block)).collect::<Vec<_>>();
    members.insert("content", Json::array(content));
}

/// What the client is told of an act.
enum Outcome {
    Answer(Result<Json, RpcError>),
    No(Refusal),
    /// The client took its request back.
    Silence,
}

fn outcome(
    received: Received,
    given: Result<Given, Undecided>,
    cut: Option<&str>,
    (server, leaf): (&ServerName, u64),
) -> Outcome {
    let no = |code: &str, sentence: String, next| Outcome::No(Refusal::own(code, sentence, next));
    match (received, given) {
        // nothing came, so nothing is given: what was recorded of it changes no word of this
        (Received::Nothing(_) | Received::NeverSent, _) if cut == Some("cancelled") => Outcome::Silence,
        (Received::NeverSent, _) if cut.is_some_and(|why| why != TOKEN_EXPIRED) => {
            Outcome::No(Refusal::of(Code::GrantEnded, server, None))
        }
        // nothing is in doubt of a read that stays where it is, and nobody is told that something is
        (received @ (Received::Nothing(_) | Received::Result(_) | Received::Error(_)), Ok(Given::Assumed)) => {
            let (cause, next) = match (cut, received) {
                (Some(TOKEN_EXPIRED), _) => ("the token expired while this was under way", Disposition::TryLater),
                (Some(_), _) => ("the grant ended while this was under way", Disposition::Stop),
                (None, Received::Nothing(why)) => (why, Disposition::TryLater),
                (None, _) => ("the server's answer is no result", Disposition::TryLater),
            };
            let sentence = format!("no answer came ({cause}); it is a read, so it changed nothing and counts as done");
            Outcome::No(Refusal::own("no_answer", sentence, next).at_event(leaf))
        }
        // it had left before the grant ended: that it is refused would be no true word
        (Received::Nothing(_), _) if cut.is_some() => {
            let ended = if cut == Some(TOKEN_EXPIRED) { "token expired" } else { "grant ended" };
            let sentence = format!(
                "the {ended} while this was under way: it had begun, as event {leaf}, and was cut, so nobody knows \
                 whether it was done"
            );
            let command = format!("bailiwick event show {leaf}");
            Outcome::No(Refusal::own("ended_in_doubt", sentence, Disposition::Stop).with_command(command))
        }
        (Received::Nothing(why), _) => {
            let sentence =
                format!("no answer came ({why}), so nobody knows whether it was done; look before you repeat it");
            no("in_doubt", sentence, Disposition::TryLater)
        }
        (Received::NeverSent, _) => {
            no("never_sent", "it could not be sent in time, so nothing was done".to_owned(), Disposition::TryLater)
        }
        (Received::Secret { failed }, given) => secret_returned(failed, given.err(), server),
        (_, Ok(Given::Withheld(why))) => {
            let sentence = format!("it was done, and its result is withheld: {}", why.trim_end_matches('.'));
            Outcome::No(Refusal::own("result_withheld", sentence, Disposition::AskForMore))
        }
        (_, Err(why)) => {
            let sentence = format!("it was sent, and its result is withheld because the outcome was not kept: {why}");
            Outcome::No(Refusal::own("outcome_unrecorded", sentence, Disposition::TryLater))
        }
        (Received::Result(_), Ok(Given::Whole(result))) => Outcome::Answer(Ok(result)),
        (Received::Error(_), Ok(Given::Whole(error))) => {
            Outcome::Answer(Err(RpcError::read(&error).unwrap_or_else(|| {
                let data = [("event", Json::from(leaf))].into_iter().collect::<Object>();
                RpcError::new(INTERNAL_ERROR, "the server answered with an error").with(Json::Object(data))
            })))
        }
    }
}

/// The answer is kept from everybody, also from the record.
fn secret_returned(failed: bool, unkept: Option<Undecided>, server: &ServerName) -> Outcome {
    let done = match (failed, unkept) {
        (false, None) => "it was done".to_owned(),
        (true, None) => "nobody knows whether it was done".to_owned(),
        (_, Some(why)) => format!("what was done was not kept ({why})"),
    };
    let sentence = format!(
        "the server's answer held a secret that was given to the server, so it is withheld, and the tool waits for a \
         person's review; {done}"
    );
    let command = format!("bailiwick server review {server}");
    Outcome::No(Refusal::own("secret_returned", sentence, Disposition::AskForMore).with_command(command))
}

/// The same act was done before, and its result was not kept.
fn again(outcome: &str) -> Refusal {
    let came = match outcome {
        "asked" => "its server asked something, and the call went on with the answer".to_owned(),
        outcome => format!("it is {outcome}; its result was not kept"),
    };
    let sentence = format!("this act was asked for before and nothing was sent again: {came}");
    Refusal::own("repeated", sentence, Disposition::Stop)
}
