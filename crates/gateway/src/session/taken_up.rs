//! Multi round-trip requests across the eras: a client of the newer era is given what a server of the older one asks in the
//! place of its result, and its repeated request goes on with the very call that is open there. Nothing is sent a second time.

use super::Asking;
use super::act::{Act, params_of};
use super::ask::Asked;
use super::asked::{QUESTIONS_PER_CALL_MAX, QUESTIONS_WAITING_MAX, Said, say};
use super::kept::{Before, KEPT_SECONDS_MAX, Kept, received};
use super::looks::{Standing, may_have};
use super::mcp_task::Goes;
use super::round::Brought;
use crate::asks::{Able, Answered, read_answer};
use crate::clock::Boot;
use crate::cut::Cut;
use crate::decider::{Forward, Received};
use crate::era::Era;
use crate::lasting::{Found, Taken};
use crate::refusal::Refusal;
use crate::rpc::{INVALID_PARAMS, RpcError, quoted};
use crate::upstream::{ASKS, Ask, MAY_ASK, Notices, Upstream, WAITING_MAX, Wants};
use bailiwick_core::json::Json;
use bailiwick_core::{Code, Disposition};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// What we call the one question that is before a client.
const QUESTION: &str = "question";
/// The most bytes of arguments of a call that is kept.
const CALL_BYTES_MAX: usize = 256 << 10;

fn bad(message: impl Into<String>) -> Asked {
    Some(Err(RpcError::new(INVALID_PARAMS, message)))
}

impl Asking<'_> {
    /// Whether a call may be answered with what its server asks while it is open. A client that can be asked nothing costs
    /// nothing.
    pub(super) async fn keeps(&self, act: &Act, upstream: &Upstream) -> bool {
        let declared = self.declared();
        let across = self.era == Era::Modern && upstream.era() == Era::Legacy && MAY_ASK.contains(&act.method);
        if !across || !declared.any() {
            return false;
        }
        let named = self.shelf(false).await.map_or_else(|_| Able::default(), |shelf| shelf.askable(&act.call.server));
        declared.and(named).any()
    }

    /// Forwards what was decided, so that it can outlive this request.
    pub(super) async fn forward_kept(
        &self,
        act: &Act,
        upstream: &Arc<Upstream>,
        forward: Forward,
        own_schema: bool,
    ) -> Asked {
        let leave_by = Boot::now().after(Duration::from_micros(forward.forward_within_micros));
        let settings = &self.session.settings;
        let (sender, notices) = mpsc::channel(WAITING_MAX);
        let (asks, questions) = mpsc::channel(QUESTIONS_WAITING_MAX);
        let cut = Cut::new();
        let params = params_of(act, forward.arguments, &Brought::default(), Goes::Plain);
        let exchange = params.map(|params| Ask {
            method: act.method,
            params,
            idempotency: forward.idempotency,
            leave_by,
            answer_within: Duration::from_secs(KEPT_SECONDS_MAX),
            cut: cut.clone(),
            notices: Some(Notices {
                progress: self.meta.progress.is_some(),
                level: self.level(),
                sender,
                left: settings.notices_per_call_max,
                bytes_max: settings.notice_bytes_max,
            }),
            able: Able::default(),
            questions: Some(asks),
        });
        let to = Arc::clone(upstream);
        let exchange = tokio::spawn(async move {
            match exchange {
                Some(ask) => to.ask(ask).await,
                None => Received::NeverSent,
            }
        });
        let decider = Arc::clone(&self.caller.decider);
        let standing = Standing { decider, act: forward.act, leaf: forward.leaf, call: act.call.clone() };
        let (about, upstream, works) = (act.about(), Arc::clone(upstream), settings.call_within);
        let (queued, notes, left, tool) = (VecDeque::new(), Vec::new(), QUESTIONS_PER_CALL_MAX, act.tool);
        let (before, place, number) = (None, None, 0);
        let kept = Kept {
            about,
            standing,
            upstream,
            exchange,
            cut,
            questions,
            notices,
            queued,
            before,
            number,
            left,
            works,
            notes,
            tool,
            own_schema,
            place,
        };
        self.go_on(act, Box::new(kept)).await
    }

    /// Goes on with a call until it is over, or its server asks.
    async fn go_on(&self, act: &Act, mut kept: Box<Kept>) -> Asked {
        let began = Instant::now();
        let mut late = std::pin::pin!(tokio::time::sleep(kept.works));
        let mut ending = std::pin::pin!(self.ending());
        let came = loop {
            if kept.cut.why().is_none()
                && let Some(wants) = kept.queued.pop_front()
            {
                if let Some(asked) = self.ask_newer(act, &mut kept, wants).await {
                    kept.works = kept.works.saturating_sub(began.elapsed());
                    kept.keep(&self.caller.upstreams, self.session.settings.question_within);
                    return Some(Ok(asked));
                }
                continue;
            }
            let open = kept.cut.why().is_none();
            tokio::select! {
                biased;
                Some(notice) = kept.notices.recv() => self.pass_on(notice),
                came = &mut kept.exchange => break received(came),
                Some(wants) = kept.questions.recv() => kept.queued.push_back(wants),
                why = self.admitted.cut.wait(), if open => kept.cut.cut(why),
                () = &mut ending, if open => {
                    self.admitted.cut.cut("cut");
                    kept.cut.cut("cut");
                }
                () = &mut late, if open => kept.cut.cut("time-out"),
            }
        };
        while let Ok(notice) = kept.notices.try_recv() {
            self.pass_on(notice);
        }
        let upstreams = &self.caller.upstreams;
        upstreams.lasting().kept().forget(kept.standing.leaf);
        kept.settled(upstreams, came, self.admitted.cut.why()).await
    }

    /// Puts a question before the client in the place of its result. `None`: it was declined in our own name.
    async fn ask_newer(&self, act: &Act, kept: &mut Kept, wants: Wants) -> Option<Json> {
        match self.before(act, kept, wants).await {
            Ok((before, asked)) => {
                kept.number = kept.number.saturating_add(1);
                kept.before = Some(before);
                Some(asked)
            }
            Err((wants, why)) => {
                kept.no(&wants, "decline", &why).await;
                None
            }
        }
    }

    async fn before(&self, act: &Act, kept: &mut Kept, wants: Wants) -> Result<(Before, Json), (Wants, String)> {
        let Some(left) = kept.left.checked_sub(1) else {
            return Err((wants, format!("it has asked {QUESTIONS_PER_CALL_MAX} times already")));
        };
        kept.left = left;
        let question = match self.question(&act.call.server, &wants).await {
            Ok(question) => question,
            Err(why) => return Err((wants, why)),
        };
        if act.call.arguments.canonical().len() > CALL_BYTES_MAX {
            return Err((wants, "the call is too large to be kept until the answer".to_owned()));
        }
        if kept.place.is_none() {
            kept.place = self.caller.upstreams.kept_place();
        }
        if kept.place.is_none() {
            return Err((wants, "too many calls wait for an answer already".to_owned()));
        }
        let form = question.form().clone();
        let before = Before { wants, params: question.params, asked: question.asked, form };
        match self.put_newer(kept, &before, kept.number.saturating_add(1)) {
            Some(asked) => Ok((before, asked)),
            None => Err((before.wants, "what it asks could not be kept until the answer".to_owned())),
        }
    }

    /// What the client is given: the question, and what it is to bring back with the answer.
    fn put_newer(&self, kept: &Kept, before: &Before, number: u64) -> Option<Json> {
        let state = Json::object([
            ("about", Json::from(kept.about.as_str())),
            ("kept", Json::from(kept.standing.leaf)),
            ("question", Json::from(number)),
        ]);
        let sealed = self.sealed(&state)?;
        let method = Json::from(before.wants.kind.method());
        let question = Json::object([("method", method), ("params", Json::Object(before.params.clone()))]);
        Some(Json::object([
            ("inputRequests", Json::object([(QUESTION, question)])),
            ("requestState", Json::from(sealed)),
            ("resultType", Json::from(ASKS)),
        ]))
    }

    /// Goes on with the open call that a request brings the answer to. `None`: it brings none.
    pub(super) async fn taken_up(&self, act: &Act) -> Option<Asked> {
        let state = self.unsealed(act.returned.state.as_deref()?)?;
        let leaf = state.get("kept").and_then(Json::as_u64)?;
        let number = state.get("question").and_then(Json::as_u64).unwrap_or_default();
        if state.get("about").and_then(Json::as_str) != Some(act.about().as_str()) {
            return Some(bad("`params.requestState` was given for another call: repeat the one that was asked about"));
        }
        let taken = self.caller.upstreams.lasting().kept().take(leaf, number).await;
        Some(match taken {
            Taken::Found(Found::Open(kept)) => self.answer_kept(act, kept).await,
            Taken::Found(Found::Over(answer)) => match may_have(&*self.caller.decider, &act.call).await {
                Some(true) => answer,
                _ => {
                    let why = "it is over, and its result is withheld: the call would be refused by now";
                    let refusal = Refusal::own("result_withheld", why, Disposition::AskForMore);
                    Some(self.refuse(&refusal.at_event(leaf), act, false))
                }
            },
            Taken::Answered => bad("what `params.requestState` was given for was answered already"),
            Taken::Gone => Some(self.refuse(&self.gone(act, leaf).await, act, false)),
        })
    }

    /// The call is not here any more: what became of it stands in the record, if anybody knows.
    async fn gone(&self, act: &Act, leaf: u64) -> Refusal {
        if self.caller.decider.mark().await.is_ok_and(|mark| !mark.live) {
            return Refusal::of(Code::GrantEnded, &act.call.server, None).at_event(leaf);
        }
        let sentence = format!(
            "the call that asked is not open here any more, so the answer went nowhere and nothing was sent again: it ended \
             meanwhile, or the node that kept it did; what became of it stands at event {leaf}; look before you repeat it"
        );
        Refusal::own("in_doubt", sentence, Disposition::Stop)
            .with_command(format!("bailiwick event show {leaf}"))
            .at_event(leaf)
    }

    /// Decides what the client answers, and goes on with the call. What may be answered better is asked again.
    async fn answer_kept(&self, act: &Act, mut kept: Box<Kept>) -> Asked {
        let within = self.session.settings.question_within;
        let upstreams = &self.caller.upstreams;
        if let Some(error) = self.disagrees(act, &kept.upstream) {
            kept.keep(upstreams, within);
            return Some(Err(error));
        }
        // it took too long: the server went on without an answer, and what it says now is what there is
        let Some(before) = kept.before.take() else { return self.go_on(act, kept).await };
        let Some(said) = act.returned.responses.get(QUESTION) else {
            // MCP 2026-07-28, multi round-trip requests: what is missing is asked for again
            let again = self.put_newer(&kept, &before, kept.number);
            kept.before = Some(before);
            kept.keep(upstreams, within);
            return again
                .map_or_else(|| bad("expected the answer in `params.inputResponses`"), |again| Some(Ok(again)));
        };
        let (kind, server) = (before.wants.kind, &act.call.server);
        let decider = &self.caller.decider;
        match read_answer(kind, &before.asked, &before.form, said) {
            Err(why) => {
                kept.before = Some(before);
                kept.keep(upstreams, within);
                return bad(format!("`params.inputResponses.{}`: {why}", quoted(QUESTION)));
            }
            Ok(Answered::No(no)) => {
                self.turned_down(&**decider, server, kind, &before.asked).await;
                say(&kept.upstream, &before.wants, Said::No(Ok(no))).await;
            }
            Ok(Answered::Shares(arguments)) => match self.share(&**decider, server, kind, arguments).await {
                Ok(share) => say(&kept.upstream, &before.wants, Said::Shares(share, Arc::clone(decider))).await,
                // people are asked about it: the call waits, and the same answer is brought again
                Err(refusal) if refusal.waits().is_some() => {
                    kept.before = Some(before);
                    let own_schema = kept.own_schema;
                    kept.keep(upstreams, within);
                    return Some(self.refuse(&refusal, act, own_schema));
                }
                Err(refusal) => kept.no(&before.wants, "decline", &refusal.why()).await,
            },
        }
        self.go_on(act, kept).await
    }
}

#[cfg(test)]
mod tests;
