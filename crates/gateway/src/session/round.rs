//! Multi round-trip requests (MCP 2026-07-28): a server of the newer era answers with questions, and the client of the
//! newer era repeats its request with the answers.
//!
//! Between the two nothing is kept here: what the next round needs is sealed into the `requestState` that the client
//! brings back, the server's own state inside it. Each round is an act of its own, and so is each answer.

use super::Asking;
use super::act::Act;
use super::share::{Came, Share};
use crate::asks::{Able, Answered, Asker, Kind, Question, read_answer};
use crate::decider::{Received, Round};
use crate::era::Era;
use crate::refusal::Refusal;
use crate::rpc::{INVALID_PARAMS, MISSING_CAPABILITY, RpcError, quoted};
use crate::upstream::{ASKS, Upstream, locked};
use bailiwick_core::json::{Json, Limits, Object};
use bailiwick_core::{Disposition, ServerName};

/// How often a server may ask before it has an answer to the request itself.
const ROUNDS_MAX: u64 = 16;
/// How many questions one round may have.
const QUESTIONS_MAX: usize = 16;
/// The most bytes of what a server calls one of them.
const KEY_BYTES_MAX: usize = 64;
/// The most bytes of a server's own state.
const STATE_BYTES_MAX: usize = 64 << 10;
/// The most bytes of what a client brings back as state.
const SEALED_BYTES_MAX: usize = 512 << 10;

/// What a client brought back.
#[derive(Debug, Default)]
pub(super) struct Returned {
    pub(super) responses: Object,
    pub(super) state: Option<String>,
}

impl Returned {
    /// As it is kept while the call waits for people; null for nothing.
    pub(super) fn for_waiting(&self) -> Json {
        self.state.as_deref().map_or(Json::Null, |state| {
            Json::object([("responses", Json::Object(self.responses.clone())), ("state", Json::from(state))])
        })
    }

    /// What [`Returned::for_waiting`] kept.
    pub(super) fn from_waiting(kept: Option<&Json>) -> Self {
        let member = |name: &str| kept.and_then(|kept| kept.get(name));
        Self {
            responses: member("responses").and_then(Json::as_object).cloned().unwrap_or_default(),
            state: member("state").and_then(Json::as_str).map(str::to_owned),
        }
    }
}

/// What of it goes up.
#[derive(Default)]
pub(super) struct Brought {
    /// `inputResponses` and the server's `requestState`, or null.
    pub(super) input: Json,
    pub(super) shares: Vec<Share>,
    /// The act that the server answered with the question.
    pub(super) round: Option<Round>,
}

impl Brought {
    /// Settles the answers with the request that they were to go with.
    pub(super) async fn settle(&self, asking: &Asking<'_>, received: &Received) {
        for share in &self.shares {
            share.settle(&*asking.caller.decider, &Came::with(received)).await;
        }
    }
}

/// Why nothing goes up.
pub(super) enum NotBrought {
    /// The client's mistake.
    Bad(RpcError),
    /// An answer may not be shared.
    No(Refusal),
}

fn bad(message: impl Into<String>) -> NotBrought {
    NotBrought::Bad(RpcError::new(INVALID_PARAMS, message))
}

impl Asking<'_> {
    /// Takes out of the parameters what only a repeated request has.
    pub(super) fn returned(&self, params: &mut Object) -> Result<Returned, RpcError> {
        let mut returned = Returned::default();
        if self.era == Era::Legacy {
            return Ok(returned);
        }
        let wrong = |what: &str| RpcError::new(INVALID_PARAMS, format!("expected {what}"));
        match params.remove("inputResponses") {
            None => {}
            Some(Json::Object(responses)) if responses.iter().all(|(_, said)| said.as_object().is_some()) => {
                returned.responses = responses;
            }
            Some(_) => return Err(wrong("`params.inputResponses` to be an object of objects")),
        }
        match params.remove("requestState") {
            None => {}
            Some(Json::String(state)) if state.len() <= SEALED_BYTES_MAX => returned.state = Some(state.to_string()),
            Some(_) => return Err(wrong("`params.requestState` to be the one that we gave")),
        }
        Ok(returned)
    }

    /// Seals what the client is to bring back; `None` for what it could not bring.
    pub(super) fn sealed(&self, state: &Json) -> Option<String> {
        let sealed = self.caller.decider.seal(state.canonical().as_bytes()).ok()?;
        (sealed.len() <= SEALED_BYTES_MAX).then_some(sealed)
    }

    /// What was sealed; `None` for what was not, for this grant and lately.
    pub(super) fn unsealed(&self, state: &str) -> Option<Json> {
        let limits = Limits { bytes: SEALED_BYTES_MAX, ..Limits::default() };
        Json::parse(&self.caller.decider.open(state)?, &limits).ok()
    }

    /// What the server may be told that it can ask for: what the client declares in this request and the grant names. A
    /// client that declares nothing costs nothing.
    pub(super) async fn able(&self, server: &ServerName, upstream: &Upstream) -> Able {
        let declared = self.declared();
        if !declared.any() || upstream.era() != Era::Modern {
            return Able::default();
        }
        // what nobody can say now is not declared
        self.shelf(false).await.map_or_else(|_| Able::default(), |shelf| declared.and(shelf.askable(server)))
    }

    /// What the client says that it can be asked: in this request, or, of the older era, when its session began.
    pub(super) fn declared(&self) -> Able {
        match &self.meta.envelope {
            Some(envelope) => envelope.able,
            None => locked(&self.session.client).able,
        }
    }

    /// Decides what the client brought back, answer by answer. What was brought without our state was asked by nobody,
    /// and stays here.
    pub(super) async fn brought(&self, act: &Act, upstream: &Upstream) -> Result<Brought, NotBrought> {
        let Some(state) = &act.returned.state else { return Ok(Brought::default()) };
        let Some(state) = self.unsealed(state) else {
            let why = "`params.requestState` is not one that was given to this task, or it was changed, or is too old";
            return Err(bad(why));
        };
        if state.get("about").and_then(Json::as_str) != Some(act.about().as_str()) {
            return Err(bad("`params.requestState` was given for another call: repeat the one that was asked about"));
        }
        if upstream.era() != Era::Modern {
            return Err(bad("the server that asked is not there any more: make the call anew"));
        }
        let Some(round) = round_of(&state) else {
            return Err(bad("`params.requestState` does not say which act it is about: make the call anew"));
        };
        let mut brought = Brought { round: Some(round), ..Brought::default() };
        match self.answers(act, &state, &mut brought).await {
            Ok(responses) => {
                let mut input = Object::default();
                input.insert("inputResponses", Json::Object(responses));
                if let Some(own) = state.get("state").filter(|own| !own.is_null()) {
                    input.insert("requestState", own.clone());
                }
                brought.input = Json::Object(input);
                Ok(brought)
            }
            Err(no) => {
                brought.settle(self, &Received::NeverSent).await;
                Err(no)
            }
        }
    }

    async fn answers(&self, act: &Act, state: &Json, brought: &mut Brought) -> Result<Object, NotBrought> {
        let mut responses = Object::default();
        for (key, question) in state.get("asked").and_then(Json::as_object).into_iter().flat_map(Object::iter) {
            let kind = question.get("method").and_then(Json::as_str).and_then(Kind::of_method);
            let kind = kind.ok_or_else(|| bad("`params.requestState` names a question that is none"))?;
            if kind == Kind::Roots {
                // whatever the client says: the folders of the work are the template's to say, and it says none yet
                responses.insert(key, no_roots());
                continue;
            }
            let Some(said) = act.returned.responses.get(key) else { continue };
            let asked = question.get("asked").unwrap_or(&Json::Null);
            let read = read_answer(kind, asked, question.get("form").unwrap_or(&Json::Null), said);
            let read = read.map_err(|why| bad(format!("`params.inputResponses.{}`: {why}", quoted(key))))?;
            match read {
                Answered::No(no) => {
                    self.turned_down(&*self.caller.decider, &act.call.server, kind, asked).await;
                    responses.insert(key, no);
                }
                Answered::Shares(arguments) => {
                    let (decider, server) = (&*self.caller.decider, &act.call.server);
                    let share = match self.era {
                        // it cannot bring its answer again once its call is over
                        Era::Legacy => self.share_waiting(decider, server, kind, arguments, &self.admitted.cut).await,
                        Era::Modern => self.share(decider, server, kind, arguments).await,
                    };
                    let share = share.map_err(NotBrought::No)?;
                    responses.insert(key, share.answer.clone());
                    brought.shares.push(share);
                }
            }
        }
        Ok(responses)
    }

    /// What a client of the newer era is given in the place of a server's question: the same questions, in our words, under our
    /// seal. One of the older era is asked while its call is open ([`Asking::asked_across`]).
    pub(super) async fn ask_back(&self, act: &Act, round: Round, result: &Json) -> Result<Json, NotBrought> {
        let server = &act.call.server;
        let refused = |why: String| NotBrought::No(not_finished(&why));
        let declared = self.declared();
        if round.asked > ROUNDS_MAX {
            return Err(refused(format!("it has asked {ROUNDS_MAX} times already")));
        }
        let shelf = self.shelf(false).await.map_err(NotBrought::Bad)?;
        let asker = Asker { server: server.clone(), zone: shelf.zone(server).map(str::to_owned) };
        let named = shelf.askable(server);
        let mut shown = Object::default();
        let mut kept = Object::default();
        let none = Object::default();
        let questions = result.get("inputRequests").and_then(Json::as_object).unwrap_or(&none);
        if questions.len() > QUESTIONS_MAX {
            return Err(refused(format!("it asked more than {QUESTIONS_MAX} things at once")));
        }
        for (key, asked) in questions.iter() {
            if !names_a_question(key) {
                return Err(refused("it calls a question by something other than a short name".into()));
            }
            let method = asked.get("method").and_then(Json::as_str).unwrap_or_default();
            let Some(kind) = Kind::of_method(method) else {
                let why = format!("`{}` is nothing that can be asked", quoted(method));
                return Err(refused(why));
            };
            let params = asked.get("params").and_then(Json::as_object).unwrap_or(&none);
            let question = match Question::read(kind, params, &asker) {
                Ok(question) => question,
                Err(why) => return Err(refused(why.to_string())),
            };
            if kind != Kind::Roots {
                if !named.has(kind, question.url) {
                    let why = format!("this task does not allow to answer `{method}`");
                    return Err(refused(why));
                }
                if !declared.has(kind, question.url) {
                    // an error that the older era does not have
                    let older = self.era == Era::Legacy;
                    let why = "this client did not declare that it can be asked";
                    return Err(if older { refused(why.into()) } else { NotBrought::Bad(lacks(kind)) });
                }
                if self.caller.upstreams.noes().are_enough(server, &question.asked) {
                    return Err(refused("it was declined so often that nobody is asked again in this session".into()));
                }
            }
            let form = question.form().clone();
            let sealed = [("asked", question.asked), ("form", form), ("method", Json::from(method))];
            kept.insert(key, Json::object(sealed));
            // one that was not declared is answered by us alone: the client has only to repeat its request
            if kind != Kind::Roots || declared.roots {
                let question = [("method", Json::from(method)), ("params", Json::Object(question.params))];
                shown.insert(key, Json::object(question));
            }
        }
        let own = match result.get("requestState") {
            None => Json::Null,
            Some(own @ Json::String(text)) if text.len() <= STATE_BYTES_MAX => own.clone(),
            Some(_) => {
                let why = format!("its state is no text of at most {STATE_BYTES_MAX} bytes");
                return Err(refused(why));
            }
        };
        if kept.is_empty() && own.is_null() {
            return Err(refused("it did not say for what".into()));
        }
        let state = Json::object([
            ("about", Json::from(act.about())),
            ("act", Json::from(round.act)),
            ("asked", Json::Object(kept)),
            ("leaf", Json::from(round.leaf)),
            ("round", Json::from(round.asked)),
            ("state", own),
            ("under", Json::from(round.under)),
        ]);
        let Some(sealed) = self.sealed(&state) else {
            return Err(refused("what it asks is too large to be kept until the answer".into()));
        };
        let mut answer = Object::default();
        if !shown.is_empty() {
            answer.insert("inputRequests", Json::Object(shown));
        }
        answer.insert("requestState", Json::from(sealed));
        answer.insert("resultType", Json::from(ASKS));
        Ok(Json::Object(answer))
    }
}

/// The server asked, and has no answer.
pub(super) fn not_finished(why: &str) -> Refusal {
    let sentence = format!("the server asked for input, so it is not finished, and {why}");
    Refusal::own("input_not_given", sentence, Disposition::Stop)
}

/// The round that a state was given for.
fn round_of(state: &Json) -> Option<Round> {
    let number = |name: &str| state.get(name).and_then(Json::as_u64);
    let under = state.get("under").and_then(Json::as_str)?.to_owned();
    Some(Round { act: number("act")?, leaf: number("leaf")?, asked: number("round")?, under })
}

/// What a server calls its question reaches the client as it is, so it holds nothing that could speak to anybody.
fn names_a_question(key: &str) -> bool {
    let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/');
    (1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(named)
}

/// MCP 2026-07-28, multi round-trip requests: a server may not ask for what the client did not declare.
fn lacks(kind: Kind) -> RpcError {
    let wanted = Json::object([(kind.capability(), Json::Object(Object::default()))]);
    let message = format!("the server asks for `{}`, which this client did not declare", kind.capability());
    RpcError::new(MISSING_CAPABILITY, message).with(Json::object([("requiredCapabilities", wanted)]))
}

/// The folders of the work.
pub(crate) fn no_roots() -> Json {
    Json::object([("roots", Json::Array(Vec::new()))])
}

#[cfg(test)]
mod tests;
