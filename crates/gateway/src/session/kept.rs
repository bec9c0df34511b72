//! A call that is open at a server of the older era and waits for the answer to what that server asked, while no request of its
//! client of the newer era is open: the newer era has no request that waits. Its act stays open as long, is looked at again as
//! all that lasts, and ends with the grant.

use super::act::noted;
use super::ask::Asked;
use super::asked::{NOTES_MAX, Said, declined, say, told_no};
use super::looks::{Standing, ending};
use super::on_record::{self, by_record, doubtful};
use super::outcome::{Outcome, outcome};
use crate::asks::ASKED_BYTES_MAX;
use crate::cut::Cut;
use crate::decider::Received;
use crate::lasting::{Found, Place, Wanted};
use crate::refusal::Refusal;
use crate::rpc::{RpcError, URL_ELICITATION_REQUIRED};
use crate::upstream::{Notice, Upstream, Upstreams, Wants};
use bailiwick_core::Disposition;
use bailiwick_core::json::{Json, Object};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How long such a call may be open in all, its waits included.
pub(super) const KEPT_SECONDS_MAX: u64 = 1800;
/// How many further questions of it may wait for the one that is before the client.
const QUEUED_MAX: usize = 4;

/// The question that is before the client.
pub(super) struct Before {
    pub(super) wants: Wants,
    /// As the client is shown it.
    pub(super) params: Object,
    /// As policies see it beside the answer.
    pub(super) asked: Json,
    /// What the values of its answer are checked against.
    pub(super) form: Json,
}

/// One such call.
pub(crate) struct Kept {
    /// Which call it is: what is brought back counts for no other.
    pub(super) about: String,
    /// Its act.
    pub(super) standing: Standing,
    pub(super) upstream: Arc<Upstream>,
    /// What becomes of its request to the server.
    pub(super) exchange: JoinHandle<Received>,
    pub(super) cut: Cut,
    pub(super) questions: mpsc::Receiver<Wants>,
    pub(super) notices: mpsc::Receiver<Notice>,
    /// Questions that came meanwhile.
    pub(super) queued: VecDeque<Wants>,
    pub(super) before: Option<Before>,
    /// How many questions were put before the client.
    pub(super) number: u64,
    /// How many more it may ask.
    pub(super) left: u32,
    /// How long its server may still work on it.
    pub(super) works: Duration,
    /// What its server cannot know of its own questions.
    pub(super) notes: Vec<String>,
    pub(super) tool: bool,
    pub(super) own_schema: bool,
    pub(super) place: Option<Place>,
}

/// What became of a request whose task is gone.
pub(super) fn received(came: Result<Received, tokio::task::JoinError>) -> Received {
    came.unwrap_or(Received::Nothing("disconnected"))
}

impl Kept {
    /// Says no to a question in our own name, and keeps why: the call tells it.
    pub(super) async fn no(&mut self, wants: &Wants, how: &str, why: &str) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(told_no(&self.standing.call.server, wants.kind, why));
        }
        say(&self.upstream, wants, Said::No(declined(wants.kind, how))).await;
    }

    /// Looks after it until its client comes again or it is over. `within`: how long its client may take.
    pub(super) fn keep(self: Box<Self>, upstreams: &Arc<Upstreams>, within: Duration) {
        let wanted = upstreams.lasting().kept().put(self.standing.leaf, self.number);
        let keeper = Keeper { kept: self, upstreams: Arc::clone(upstreams), within };
        upstreams.lasting().keep(keeper.run(wanted));
    }

    /// What the server asks while nobody is there to be asked.
    async fn queue(&mut self, wants: Wants) {
        let small = Json::Object(wants.params.clone()).canonical().len() <= ASKED_BYTES_MAX;
        if self.before.is_some() && small && self.queued.len() < QUEUED_MAX {
            self.queued.push_back(wants);
        } else {
            self.no(&wants, "decline", "its client was away").await;
        }
    }

    /// Nobody answers any more: the server learns so, and goes on without.
    async fn unanswered(&mut self) {
        let asked = self.before.take().map(|before| before.wants);
        for wants in asked.into_iter().chain(std::mem::take(&mut self.queued)) {
            self.no(&wants, "cancel", "no answer came in time").await;
        }
    }

    /// Settles its act, and answers what its client is told. `cut`: why it was ended here.
    pub(super) async fn settled(&mut self, upstreams: &Upstreams, received: Received, cut: Option<&str>) -> Asked {
        self.questions.close();
        let asked = self.before.take().map(|before| before.wants);
        let mut rest: Vec<Wants> = asked.into_iter().chain(std::mem::take(&mut self.queued)).collect();
        while let Ok(wants) = self.questions.try_recv() {
            rest.push(wants);
        }
        for wants in &rest {
            say(&self.upstream, wants, Said::No(declined(wants.kind, "cancel"))).await;
        }
        let received = match received {
            // a word of the newer era, from a server that does not know it
            Received::Result(Json::Object(mut members)) => {
                members.remove("resultType");
                Received::Result(Json::Object(members))
            }
            received => received,
        };
        let Standing { decider, act, leaf, call } = &self.standing;
        let given = decider.settle(*act, *leaf, received.clone()).await;
        let act_of = (*act, *leaf);
        let done = if doubtful(&received) { by_record(&**decider, upstreams, call, act_of).await } else { None };
        match (outcome(received, given, cut, (&call.server, *leaf)), done) {
            (Outcome::Answer(Ok(result)), Some(done)) => Some(Ok(on_record::noted(result, done))),
            (Outcome::No(_), Some(done)) => Some(self.refused(&on_record::told(done, *leaf))),
            (Outcome::Answer(Ok(mut result)), None) => {
                noted(&mut result, std::mem::take(&mut self.notes));
                Some(Ok(result))
            }
            // a question that nobody decided on, and whose page we did not look at
            (Outcome::Answer(Err(error)), _) if error.code == URL_ELICITATION_REQUIRED => {
                let sentence = "the server asks for a page to be opened first, in an error, and that is not passed on";
                let refusal = Refusal::own("input_not_given", sentence, Disposition::Stop);
                Some(self.refused(&refusal.at_event(*leaf)))
            }
            (Outcome::Answer(Err(error)), _) => Some(Err(error)),
            (Outcome::No(refusal), None) => Some(self.refused(&refusal.at_event(*leaf))),
            (Outcome::Silence, _) => None,
        }
    }

    fn refused(&self, refusal: &Refusal) -> Result<Json, RpcError> {
        if self.tool { Ok(refusal.result(self.own_schema)) } else { Err(refusal.error()) }
    }
}

/// Looks after one call between two requests.
struct Keeper {
    kept: Box<Kept>,
    upstreams: Arc<Upstreams>,
    within: Duration,
}

impl Keeper {
    async fn run(mut self, mut wanted: Wanted) {
        let over = self.upstreams.lasting().over();
        let (standing, upstream) = (self.kept.standing.clone(), Arc::clone(&self.kept.upstream));
        let leaf = standing.leaf;
        let mut stopped = std::pin::pin!(async {
            tokio::select! {
                why = over.wait() => why,
                () = standing.until_no() => "cut",
                () = upstream.gone() => "disconnected",
            }
        });
        let mut late = std::pin::pin!(tokio::time::sleep(self.within));
        let (mut waits, mut known) = (true, true);
        let (came, why) = loop {
            let kept = &mut self.kept;
            tokio::select! {
                biased;
                came = &mut kept.exchange => break (received(came), None),
                taker = &mut wanted, if known => {
                    known = false;
                    // by INVARIANT of `KeptCalls`: it is forgotten by its keeper, or by whoever took it
                    let Ok(taker) = taker else { continue };
                    let Err(Found::Open(kept)) = taker.send(Found::Open(self.kept)) else { return };
                    // whoever came has gone at once: nobody will come by this question again
                    self.kept = kept;
                    self.kept.cut.cut("cancelled");
                    break (received((&mut self.kept.exchange).await), Some("cancelled"));
                }
                why = &mut stopped => {
                    kept.cut.cut(why);
                    break (received((&mut kept.exchange).await), Some(why));
                }
                Some(wants) = kept.questions.recv() => kept.queue(wants).await,
                () = &mut late => {
                    if !waits {
                        kept.cut.cut("time-out");
                        break (received((&mut kept.exchange).await), None);
                    }
                    waits = false;
                    kept.unanswered().await;
                    // it goes on without an answer, as long as any call may
                    late.set(tokio::time::sleep(kept.works));
                }
            }
        };
        let cut = why.filter(|why| *why == "cut" || *why == "cancelled");
        let answer = self.kept.settled(&self.upstreams, came, cut).await;
        // its client may come all the same, and learns what came of it
        tokio::select! {
            Ok(taker) = &mut wanted, if known => drop(taker.send(Found::Over(answer))),
            _ = over.wait() => {}
            () = ending(&*self.kept.standing.decider) => {}
            () = tokio::time::sleep(self.within) => {}
        }
        self.upstreams.lasting().kept().forget(leaf);
    }
}
