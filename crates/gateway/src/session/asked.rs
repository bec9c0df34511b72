//! What a server of the older era asks while a call is open, asked of a client of the older era on that call's own stream.
//!
//! One question at a time is shown for a call. Its answer is decided as a share before it leaves, by the decider of
//! whoever brought it.

use super::share::{Came, Share};
use super::{Asking, Caller};
use crate::asks::{Answered, Asker, Kind, Question, read_answer};
use crate::clock::Boot;
use crate::cut::Cut;
use crate::decider::Decider;
use crate::rpc::{self, Id, RpcError};
use crate::upstream::{Upstream, Wants, locked};
use bailiwick_core::ServerName;
use bailiwick_core::json::{Json, Object};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How many questions of one call may wait for the one that is shown.
pub(super) const QUESTIONS_WAITING_MAX: usize = 4;
/// How many questions one call may ask in all.
pub(super) const QUESTIONS_PER_CALL_MAX: u32 = 64;
/// How many questions one client may have before it, over all its calls.
const ASKED_MAX: usize = 16;
/// How long a no may take to leave.
const DECLINE_WITHIN: Duration = Duration::from_secs(5);
/// How many things that a client was not asked its call tells of.
pub(super) const NOTES_MAX: usize = 4;
/// What MCP 2025-11-25 (Sampling, error handling) says to a server whose question was turned down.
const REJECTED: i64 = -1;

/// An answer, and who decides on it.
pub(super) struct Told {
    pub(super) outcome: Result<Json, RpcError>,
    decider: Arc<dyn Decider>,
}

/// The questions that a client has before it.
#[derive(Default)]
pub(super) struct Desk {
    open: Mutex<BTreeMap<String, oneshot::Sender<Told>>>,
    next: AtomicU64,
    dropped: AtomicU64,
}

impl Desk {
    /// A name for a question, and where its answer comes; `None` where there is no room.
    fn ask(&self) -> Option<(String, oneshot::Receiver<Told>)> {
        let mut open = locked(&self.open);
        if open.len() >= ASKED_MAX {
            return None;
        }
        let id = format!("ask-{}", self.next.fetch_add(1, Ordering::Relaxed));
        let (sender, told) = oneshot::channel();
        open.insert(id.clone(), sender);
        Some((id, told))
    }

    /// Nobody waits for it any longer.
    fn forget(&self, id: &str) {
        locked(&self.open).remove(id);
    }

    pub(super) fn answered(&self, id: Option<&Id>, outcome: Result<Json, RpcError>, by: &Caller) {
        let waiting = match id {
            Some(Id::Text(id)) => locked(&self.open).remove(&**id),
            Some(Id::Integer(_)) | None => None,
        };
        let told = Told { outcome, decider: Arc::clone(&by.decider) };
        if waiting.is_none_or(|waiting| waiting.send(told).is_err()) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Answers that belonged to nothing.
    #[cfg(test)]
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// What a server is told.
pub(super) enum Said {
    /// A client's own no, or ours.
    No(Result<Json, RpcError>),
    /// A no of ours, and why: the call says it, for neither the server nor the client can know.
    Ours(&'static str, String),
    /// A decided answer.
    Shares(Share, Arc<dyn Decider>),
}

impl Asking<'_> {
    /// Answers what the server asks, one after the other, until `over`; what is left then is declined. Into `notes` goes why
    /// we said no to something ourselves.
    pub(super) async fn answer_questions(
        &self,
        server: &ServerName,
        upstream: &Upstream,
        mut questions: mpsc::Receiver<Wants>,
        over: &Cut,
        notes: &Mutex<Vec<String>>,
    ) {
        let mut left = QUESTIONS_PER_CALL_MAX;
        loop {
            let wants = tokio::select! {
                biased;
                _ = over.wait() => break,
                wants = questions.recv() => wants,
            };
            let Some(wants) = wants else { return };
            let said = match left.checked_sub(1) {
                Some(rest) => {
                    left = rest;
                    self.answer_one(server, &wants, over).await
                }
                None => Said::No(declined(wants.kind, "decline")),
            };
            let said = match said {
                Said::Ours(how, why) => {
                    let mut notes = locked(notes);
                    if notes.len() < NOTES_MAX {
                        notes.push(told_no(server, wants.kind, &why));
                    }
                    Said::No(declined(wants.kind, how))
                }
                said => said,
            };
            say(upstream, &wants, said).await;
        }
        questions.close();
        while let Ok(wants) = questions.try_recv() {
            say(upstream, &wants, Said::No(declined(wants.kind, "cancel"))).await;
        }
    }

    async fn answer_one(&self, server: &ServerName, wants: &Wants, over: &Cut) -> Said {
        let kind = wants.kind;
        let no = |why: &str| Said::Ours("decline", why.to_owned());
        let question = match self.question(server, wants).await {
            Ok(question) => question,
            Err(why) => return no(&why),
        };
        let form = question.form().clone();
        let Told { outcome, decider } = match self.put(kind, question.params, over).await {
            Ok(told) => told,
            Err((how, why)) => return Said::Ours(how, why.to_owned()),
        };
        // an error is no answer to share: in whose name the client turned it down is its own affair
        let Ok(said) = outcome else {
            self.turned_down(&*decider, server, kind, &question.asked).await;
            return no("the client answered with an error");
        };
        match read_answer(kind, &question.asked, &form, &said) {
            Ok(Answered::No(no)) => {
                self.turned_down(&*decider, server, kind, &question.asked).await;
                Said::No(Ok(no))
            }
            Ok(Answered::Shares(arguments)) => match self.share_waiting(&*decider, server, kind, arguments, over).await
            {
                Ok(share) => Said::Shares(share, decider),
                Err(refusal) => no(&refusal.why()),
            },
            Err(why) => no(&format!("the client's answer is none: {why}")),
        }
    }
}

impl Asking<'_> {
    /// What a server asks, as the client is asked it. `Err` says why it is not.
    pub(super) async fn question(&self, server: &ServerName, wants: &Wants) -> Result<Question, String> {
        let kind = wants.kind;
        let unread = |_| "what the grant names could not be read".to_owned();
        let shelf = self.shelf(false).await.map_err(unread)?;
        let asker = Asker { server: server.clone(), zone: shelf.zone(server).map(str::to_owned) };
        let question = Question::read(kind, &wants.params, &asker).map_err(|why| why.to_string())?;
        let no = |why: &str| Err(why.to_owned());
        if !shelf.askable(server).has(kind, question.url) {
            return no("this task does not allow to answer it, a person gives that with `bailiwick task consent`");
        }
        if !self.declared().has(kind, question.url) {
            return no("this client did not declare that it can be asked");
        }
        if self.caller.upstreams.noes().are_enough(server, &question.asked) {
            return no("it was declined so often that nobody is asked again in this session");
        }
        Ok(question)
    }

    /// Puts a question before the client and waits for what it says, until `over`. `Err`: which no it is, and why.
    pub(super) async fn put(
        &self,
        kind: Kind,
        params: Object,
        over: &Cut,
    ) -> Result<Told, (&'static str, &'static str)> {
        let Some((id, told)) = self.session.asked.ask() else { return Err(("decline", "too many questions are open")) };
        let message = rpc::request(&Json::from(id.as_str()), kind.method(), params);
        // a client that does not read is asked nothing
        if self.out.try_send(message).is_err() {
            self.session.asked.forget(&id);
            return Err(("decline", "the client does not read"));
        }
        let told = tokio::select! {
            biased;
            told = told => told.ok(),
            _ = over.wait() => None,
            () = tokio::time::sleep(self.session.settings.question_within) => None,
        };
        told.ok_or_else(|| {
            self.session.asked.forget(&id);
            let mut params = Object::default();
            params.insert("requestId", Json::from(id));
            // a client that is gone needs no word
            let _ = self.out.try_send(rpc::notification("notifications/cancelled", params));
            ("cancel", "no answer came in time")
        })
    }
}

/// What the call tells of a question that we said no to ourselves.
pub(super) fn told_no(server: &ServerName, kind: Kind, why: &str) -> String {
    let method = kind.method();
    format!("The server `{server}` asked `{method}` in this call and was told no by Bailiwick, not by a person: {why}.")
}

/// Tells the server, and settles what was shared.
pub(super) async fn say(upstream: &Upstream, wants: &Wants, said: Said) {
    match said {
        // by INVARIANT of `answer_questions`: it made a no of it
        Said::Ours(..) => {}
        Said::No(no) => {
            // a server that does not read needs no answer
            let _left = upstream.answer(&wants.id, &no, Boot::now().after(DECLINE_WITHIN)).await;
        }
        Said::Shares(share, decider) => {
            let left = upstream.answer(&wants.id, &Ok(share.answer.clone()), share.leave_by).await;
            let came = match left {
                Some(true) => Came::Taken,
                Some(false) => Came::NeverSent,
                None => Came::Unknown("disconnected"),
            };
            share.settle(&*decider, &came).await;
        }
    }
}

/// A no of ours.
pub(super) fn declined(kind: Kind, how: &str) -> Result<Json, RpcError> {
    match kind {
        Kind::Elicitation => Ok(Json::object([("action", Json::from(how))])),
        Kind::Sampling | Kind::Roots => Err(RpcError::new(REJECTED, "this was declined")),
    }
}

#[cfg(test)]
mod tests;
