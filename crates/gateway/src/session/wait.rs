//! An act that waits for people: a client that can show a page is asked to show theirs, and to come again.
//!
//! What it says back tells only whether the page was shown. Whether there is a yes is decided anew, by what people signed.

use super::act::Act;
use super::asked::Told;
use super::round::Returned;
use super::{Asking, TOKEN_EXPIRED};
use crate::asks::Kind;
use crate::cut::Cut;
use crate::decider::{Decider, Waits};
use crate::era::{LEGACY, META_REFUSAL};
use crate::refusal::Refusal;
use crate::rpc::{INVALID_PARAMS, RpcError, URL_ELICITATION_REQUIRED};
use crate::upstream::{ASKS, MAY_ASK, locked};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{Code, Disposition};
use tokio::time::Instant;

/// What we call our own question.
const QUESTION: &str = "approval";
/// How often one call is told to come again; clients give up by themselves soon after.
const ROUNDS_MAX: u64 = 8;

/// What a call that comes again from waiting comes to.
pub(super) enum Waited {
    /// It is decided, anew if it was before.
    Decide,
    /// It is answered without that.
    Answer(Result<Json, RpcError>),
    /// Its client took it back.
    Silence,
}

/// How a call has waited so far.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// How often it was told to come again.
    rounds: u64,
    /// The request whose page the client has shown.
    shown: Option<u64>,
    /// How its open call has waited, in the older era.
    pub(super) tries: Tries,
}

/// How an open call has waited for people.
#[derive(Debug, Default)]
pub(super) struct Tries {
    made: u64,
    /// The request whose page its client was asked to show.
    shown: Option<u64>,
    until: Option<Instant>,
}

fn bad(message: &str) -> Waited {
    Waited::Answer(Err(RpcError::new(INVALID_PARAMS, message)))
}

impl Asking<'_> {
    /// Waits a while for people where the client comes again from their page. What it brought before that is put back.
    pub(super) async fn waited(&self, act: &mut Act) -> Waited {
        let Some(state) = act.returned.state.as_deref().and_then(|state| self.unsealed(state)) else {
            return Waited::Decide;
        };
        let Some(approval) = state.get("waits").and_then(Json::as_u64) else { return Waited::Decide };
        if state.get("about").and_then(Json::as_str) != Some(act.about().as_str()) {
            return bad("`params.requestState` was given for another call: repeat the one that waits");
        }
        let answer = act.returned.responses.remove(QUESTION);
        act.returned = Returned::from_waiting(state.get("before"));
        act.waited.rounds = state.get("round").and_then(Json::as_u64).unwrap_or(ROUNDS_MAX);
        act.waited.shown = state.get("shown").and_then(Json::as_u64);
        if act.waited.shown != Some(approval) {
            match answer.as_ref().map(|answer| answer.get("action").and_then(Json::as_str)) {
                // MCP 2026-07-28, multi round-trip requests: what is missing is asked for again
                None => return Waited::Decide,
                Some(Some("accept")) => act.waited.shown = Some(approval),
                Some(Some("decline" | "cancel")) => return Waited::Answer(self.refuse(&unshown(approval), act, false)),
                Some(_) => return bad("expected the answer's `action` to be `accept`, `decline` or `cancel`"),
            }
        }
        tokio::select! {
            biased;
            why = self.admitted.cut.wait() => {
                if why != TOKEN_EXPIRED {
                    return Waited::Silence;
                }
                let sentence = "the token expired while this waited for a person";
                let refusal = Refusal::own(Code::ApprovalNeeded.as_str(), sentence, Disposition::WaitForApproval);
                Waited::Answer(self.refuse(&refusal, act, false))
            }
            // how it ended is decided
            () = self.ending() => Waited::Decide,
            Ok(()) = self.caller.decider.answered(approval) => Waited::Decide,
            () = tokio::time::sleep(self.session.settings.answered_within) => Waited::Decide,
        }
    }

    /// Waits for people while a call of a client of the older era is open, and shows that client their page where it can show
    /// one. Whether the same is worth another try; never where nobody is asked, or after `over`.
    pub(super) async fn people_answer(
        &self,
        decider: &dyn Decider,
        refusal: &Refusal,
        over: &Cut,
        tries: &mut Tries,
    ) -> bool {
        let Some(waits) = refusal.waits().filter(|_| tries.made < ROUNDS_MAX) else { return false };
        tries.made = tries.made.saturating_add(1);
        let until = *tries.until.get_or_insert_with(|| Instant::now() + self.session.settings.question_within);
        let page = waits.url.as_deref().filter(|_| tries.shown != Some(waits.approval) && self.shows_pages());
        if let Some(url) = page {
            tries.shown = Some(waits.approval);
            self.session.answers.expect(waits.approval);
            let said = self.put(Kind::Elicitation, elicitation(waits, url), over).await;
            let no = |said: &Json| said.get("action").and_then(Json::as_str) != Some("accept");
            // whoever turns the page down does not want the act now; one that could not be shown tells nothing
            if matches!(&said, Ok(Told { outcome: Ok(said), .. }) if no(said)) {
                return false;
            }
        }
        tokio::select! {
            biased;
            _ = over.wait() => false,
            () = tokio::time::sleep_until(until) => false,
            answered = decider.answered(waits.approval) => answered.is_ok(),
        }
    }

    /// Whether a client of the older era can be given pages: modes are of 2025-11-25, before it there were forms alone, and
    /// no address goes into a form.
    fn shows_pages(&self) -> bool {
        let client = locked(&self.session.client);
        client.version == LEGACY.first().copied() && client.able.url
    }

    /// Asks the client to show the page where people answer. `None`: it cannot, so it reads the refusal.
    pub(super) fn asks_people(&self, act: &Act, refusal: &Refusal) -> Option<Result<Json, RpcError>> {
        let waits = refusal.waits()?;
        let url = waits.url.as_deref().filter(|_| MAY_ASK.contains(&act.method))?;
        let Some(envelope) = &self.meta.envelope else {
            // this error is of 2025-11-25 too
            if !self.shows_pages() {
                return None;
            }
            self.session.answers.expect(waits.approval);
            return Some(Err(required(waits, url, refusal)));
        };
        if !envelope.able.url || act.waited.rounds >= ROUNDS_MAX {
            return None;
        }
        let state = Json::object([
            ("about", Json::from(act.about())),
            ("before", act.returned.for_waiting()),
            ("round", Json::from(act.waited.rounds.saturating_add(1))),
            ("shown", act.waited.shown.map_or(Json::Null, Json::from)),
            ("waits", Json::from(waits.approval)),
        ]);
        let sealed = self.sealed(&state)?;
        let mut answer = Object::default();
        // a page that was shown is not shown again: then the client has only to come again
        if act.waited.shown != Some(waits.approval) {
            let question = [("method", Json::from("elicitation/create")), ("params", question(waits, url))];
            answer.insert("inputRequests", Json::object([(QUESTION, Json::object(question))]));
        }
        answer.insert("requestState", Json::from(sealed));
        answer.insert("resultType", Json::from(ASKS));
        Some(Ok(Json::Object(answer)))
    }
}

/// In our words alone: nothing that an agent or a server wrote stands beside the page where people sign.
fn words(waits: &Waits) -> String {
    format!(
        "Bailiwick holds an act until a person says yes to it: request {}. The page shows the whole of it; whoever is asked \
         signs there with a passkey. Opening the page says neither yes nor no.",
        waits.approval
    )
}

fn question(waits: &Waits, url: &str) -> Json {
    Json::object([("message", Json::from(words(waits))), ("mode", Json::from("url")), ("url", Json::from(url))])
}

/// As the older era has it.
fn elicitation(waits: &Waits, url: &str) -> Object {
    let mut elicitation = question(waits, url).as_object().cloned().unwrap_or_default();
    elicitation.insert("elicitationId", Json::from(elicitation_id(waits.approval)));
    elicitation
}

/// MCP 2025-11-25, Elicitation, URL Elicitation Required Error.
fn required(waits: &Waits, url: &str, refusal: &Refusal) -> RpcError {
    let elicitations = Json::array([Json::Object(elicitation(waits, url))]);
    let data = Json::object([(META_REFUSAL, refusal.json()), ("elicitations", elicitations)]);
    RpcError::new(URL_ELICITATION_REQUIRED, words(waits)).with(data)
}

/// What a request is called where its page is asked for.
pub(super) fn elicitation_id(approval: u64) -> String {
    format!("bailiwick-approval-{approval}")
}

/// The client did not show the page, which is no answer to the request.
fn unshown(approval: u64) -> Refusal {
    let sentence = format!("a person must approve this act, and the page was not opened: request {approval} waits on");
    Refusal::own(Code::ApprovalNeeded.as_str(), sentence, Disposition::WaitForApproval)
        .with_command(format!("bailiwick approval show {approval}"))
        .of_request(approval)
}

#[cfg(test)]
mod tests;
