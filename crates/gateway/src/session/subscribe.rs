//! Subscriptions: acts that last. One is decided like a read, stays open while it would still be allowed, and of what its
//! server says in that time its client is told that the resource may be another, and nothing else.

use super::act::{Act, LASTING_SECONDS_MAX, Way};
use super::looks::Standing;
use super::mcp_task::Goes;
use super::outcome::{Outcome, outcome};
use super::round::Brought;
use super::{Asking, Session, only};
use crate::asks::Able;
use crate::clock::Boot;
use crate::cut::Cut;
use crate::decider::{Attempted, Forward, Received};
use crate::era::Era;
use crate::rpc::{INVALID_PARAMS, Id, RpcError};
use crate::upstream::{Ask, Said, URI_BYTES_MAX, Upstream, Upstreams, locked};
use bailiwick_core::json::{Json, Object};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::task::JoinHandle;

/// How long a server of the newer era may take to say that a subscription has begun.
const BEGUN_WITHIN: Duration = Duration::from_secs(30);
/// One that lasts longer is decided anew, as another act: the outcome of the first would be in doubt.
const ANEW_AFTER: Duration = Duration::from_secs(LASTING_SECONDS_MAX - 600);

const _: () = assert!(LASTING_SECONDS_MAX > 600, "it is decided anew in time");

/// Whose a subscription is: a stream of the newer era, by its request; else the session's.
type Owner = Option<Id>;

/// The subscriptions of one client, and what it has still to be told.
#[derive(Default)]
pub(super) struct Subscriptions {
    open: Mutex<BTreeMap<(Owner, String), Cut>>,
    /// Each once, however often it is another: bounded by what is open.
    updated: watch::Sender<BTreeSet<(Owner, String)>>,
}

impl Subscriptions {
    pub(super) fn has(&self, owner: &Owner, uri: &str) -> bool {
        locked(&self.open).contains_key(&(owner.clone(), uri.to_owned()))
    }

    /// Ends one; `None` for all of its owner.
    pub(super) fn end(&self, owner: &Owner, uri: Option<&str>) {
        let mut open = locked(&self.open);
        open.retain(|(own, resource), cut| {
            let ends = own == owner && uri.is_none_or(|uri| uri == resource);
            if ends {
                cut.cut("over");
            }
            !ends
        });
        drop(open);
        self.updated.send_if_modified(|all| {
            let before = all.len();
            all.retain(|(own, resource)| own != owner || uri.is_some_and(|uri| uri != resource));
            all.len() != before
        });
    }

    /// Ends all.
    pub(super) fn end_all(&self) {
        std::mem::take(&mut *locked(&self.open)).into_values().for_each(|cut| cut.cut("over"));
    }

    fn update(&self, owner: &Owner, uri: &str) {
        let key = (owner.clone(), uri.to_owned());
        self.updated.send_if_modified(|all| all.insert(key));
    }
}

/// What one owner's stream is told of next.
pub(crate) struct Updates {
    session: Arc<Session>,
    owner: Owner,
    watching: watch::Receiver<BTreeSet<(Owner, String)>>,
}

impl Updates {
    /// Of the session itself (the older era), or of one stream of the newer.
    pub(crate) fn new(session: Arc<Session>, owner: Option<Id>) -> Self {
        let watching = session.subscriptions.updated.subscribe();
        Self { session, owner, watching }
    }

    /// The next resource that may be another. It may be dropped and called again.
    pub(crate) async fn next(&mut self) -> String {
        loop {
            self.watching.mark_unchanged();
            let mut found = None;
            self.session.subscriptions.updated.send_if_modified(|all| {
                found = all.iter().find(|(owner, _)| *owner == self.owner).cloned();
                found.as_ref().is_some_and(|found| all.remove(found))
            });
            if let Some((_, uri)) = found {
                return uri;
            }
            // by INVARIANT on self.session: it keeps the sender
            if self.watching.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// A uri that can be subscribed to.
pub(super) fn uri_of(params: &Object) -> Result<&str, RpcError> {
    let uri = params.get("uri").and_then(Json::as_str).filter(|uri| (1..=URI_BYTES_MAX).contains(&uri.len()));
    let expected = || format!("expected `params.uri` to be a string of at most {URI_BYTES_MAX} bytes");
    uri.ok_or_else(|| RpcError::new(INVALID_PARAMS, expected()))
}

/// The stream of a server of the newer era that a subscription hears by.
struct Listening {
    answer: JoinHandle<Received>,
    cut: Cut,
}

impl Asking<'_> {
    /// `resources/unsubscribe`: decides nothing.
    pub(super) fn unsubscribe(&self, params: &Object) -> Result<Json, RpcError> {
        only(params, &["uri"])?;
        self.session.subscriptions.end(&None, Some(uri_of(params)?));
        Ok(Json::Object(Object::default()))
    }

    /// Sends a subscription that was decided, and looks after it.
    pub(super) async fn subscribe(
        &self,
        act: &Act,
        owner: Owner,
        upstream: &Arc<Upstream>,
        forward: Forward,
        place: Option<OwnedSemaphorePermit>,
    ) -> Result<Json, RpcError> {
        let (server, number, leaf) = (act.call.server.clone(), forward.act, forward.leaf);
        let uri = act.call.arguments.get("uri").and_then(Json::as_str).unwrap_or_default().to_owned();
        let lasting = self.caller.upstreams.lasting();
        // before it is asked for: nothing of it is missed
        let mut said = upstream.watch_said();
        lasting.subscribes(&server, &uri).await;
        let mut listening = None;
        let received = if upstream.era() == Era::Modern {
            let begun = self.listen_upstream(upstream, &uri, &forward, &mut said).await;
            begun.map_or_else(
                |received| received,
                |stream| {
                    listening = Some(stream);
                    Received::Result(Json::Object(Object::default()))
                },
            )
        } else {
            let (brought, notes) = (Brought::default(), Mutex::default());
            let way = Way { brought: &brought, able: Able::default(), goes: Goes::Plain, notes: &notes };
            self.forward(act, upstream, forward, way).await
        };
        if !matches!(received, Received::Result(_)) {
            lasting.unsubscribes(&server, &uri, std::future::ready(())).await;
            let given = self.caller.decider.settle(number, leaf, received.clone()).await;
            return match outcome(received, given, self.admitted.cut.why(), (&server, leaf)) {
                Outcome::Answer(answer) => answer,
                Outcome::No(refusal) => self.refuse(&refusal.at_event(leaf), act, false),
                // nobody reads it
                Outcome::Silence => Ok(Json::Object(Object::default())),
            };
        }
        let cut = Cut::new();
        let session = Arc::clone(&self.admitted.session);
        let before = locked(&session.subscriptions.open).insert((owner.clone(), uri.clone()), cut.clone());
        if let Some(before) = before {
            before.cut("over");
        }
        let decider = Arc::clone(&self.caller.decider);
        let standing = Standing { decider, act: number, leaf, call: act.call.clone() };
        let (upstream, upstreams) = (Arc::clone(upstream), Arc::clone(&self.caller.upstreams));
        let keeper = Keeper { session, owner, uri, upstream, upstreams, standing, cut };
        lasting.keep(keeper.run(said, listening, place));
        Ok(Json::Object(Object::default()))
    }

    /// Asks a server of the newer era for word of one resource, and waits until that has begun.
    async fn listen_upstream(
        &self,
        upstream: &Arc<Upstream>,
        uri: &str,
        forward: &Forward,
        said: &mut broadcast::Receiver<Said>,
    ) -> Result<Listening, Received> {
        let filter = Json::object([("resourceSubscriptions", Json::array([Json::from(uri)]))]);
        let (id, cut) = (upstream.number(), Cut::new());
        let ask = Ask {
            method: "subscriptions/listen",
            params: [("notifications", filter)].into_iter().collect(),
            idempotency: None,
            leave_by: Boot::now().after(Duration::from_micros(forward.forward_within_micros)),
            // it is cut when it is over
            answer_within: Duration::from_secs(LASTING_SECONDS_MAX).saturating_mul(24 * 365),
            cut: cut.clone(),
            notices: None,
            able: Able::default(),
            questions: None,
        };
        let asked = Arc::clone(upstream);
        let mut answer = tokio::spawn(async move { asked.ask_as(id, ask).await });
        let nothing = loop {
            tokio::select! {
                biased;
                came = &mut answer => {
                    return Err(match came {
                        // it has ended before it began
                        Ok(Received::Result(_)) | Err(_) => Received::Nothing("disconnected"),
                        Ok(received) => received,
                    });
                }
                heard = said.recv() => match heard {
                    Ok(Said::Acknowledged(of)) if of == id => return Ok(Listening { answer, cut }),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_) | RecvError::Closed) => break "disconnected",
                },
                why = self.admitted.cut.wait() => break why,
                () = self.ending() => break "cut",
                () = tokio::time::sleep(BEGUN_WITHIN) => break "time-out",
            }
        };
        cut.cut("over");
        let came = answer.await;
        Err(match came {
            Ok(Received::NeverSent) => Received::NeverSent,
            _ => Received::Nothing(nothing),
        })
    }
}

/// Looks after one subscription until it is over.
struct Keeper {
    session: Arc<Session>,
    owner: Owner,
    uri: String,
    upstream: Arc<Upstream>,
    upstreams: Arc<Upstreams>,
    standing: Standing,
    cut: Cut,
}

/// How one act of it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Over,
    /// Its server says nothing more, and its client cannot know.
    Lost,
    /// It goes on as another act.
    Anew,
}

impl Keeper {
    async fn run(
        mut self,
        mut said: broadcast::Receiver<Said>,
        mut listening: Option<Listening>,
        place: Option<OwnedSemaphorePermit>,
    ) {
        loop {
            let end = self.last(&mut said, listening.as_mut()).await;
            // it was a read, and was heard for as long as it was open
            let nothing = Received::Result(Json::Object(Object::default()));
            let _unkept = self.standing.decider.settle(self.standing.act, self.standing.leaf, nothing).await;
            if end == End::Lost {
                self.session.subscriptions.update(&self.owner, &self.uri);
            }
            if end != End::Anew || !self.begins_anew().await {
                break;
            }
        }
        self.forget();
        let server = self.standing.call.server.clone();
        let last = async {
            match listening {
                Some(Listening { cut, .. }) => cut.cut("over"),
                None => self.upstream.unsubscribe(&self.uri).await,
            }
        };
        if self.upstream.era() == Era::Modern {
            last.await;
            self.upstreams.lasting().unsubscribes(&server, &self.uri, std::future::ready(())).await;
        } else {
            self.upstreams.lasting().unsubscribes(&server, &self.uri, last).await;
        }
        drop(place);
    }

    /// Until one act of it is over.
    async fn last(&self, said: &mut broadcast::Receiver<Said>, listening: Option<&mut Listening>) -> End {
        let over = self.upstreams.lasting().over();
        let mut until_no = std::pin::pin!(self.standing.until_no());
        let mut anew = std::pin::pin!(tokio::time::sleep(ANEW_AFTER));
        let mut stream = std::pin::pin!(async {
            match listening {
                Some(listening) => drop((&mut listening.answer).await),
                None => std::future::pending().await,
            }
        });
        loop {
            tokio::select! {
                biased;
                _ = self.cut.wait() => return End::Over,
                _ = over.wait() => return End::Over,
                () = &mut until_no => return End::Over,
                () = self.upstream.gone() => return End::Lost,
                () = &mut stream => return End::Lost,
                () = &mut anew => return End::Anew,
                heard = said.recv() => match heard {
                    Ok(Said::Updated(uri)) if *uri == *self.uri => self.session.subscriptions.update(&self.owner, &self.uri),
                    Ok(_) => {}
                    // it may have been among what was missed
                    Err(RecvError::Lagged(_)) => self.session.subscriptions.update(&self.owner, &self.uri),
                    Err(RecvError::Closed) => return End::Lost,
                },
            }
        }
    }

    /// Decides it anew. Nothing leaves for that: the server goes on as it was asked to.
    async fn begins_anew(&mut self) -> bool {
        match self.standing.decider.attempt(self.standing.call.clone()).await {
            Ok(Attempted::Forward(forward)) => {
                (self.standing.act, self.standing.leaf) = (forward.act, forward.leaf);
                true
            }
            _ => false,
        }
    }

    /// Its client has it no longer, if another has not taken its place.
    fn forget(&self) {
        let key = (self.owner.clone(), self.uri.clone());
        let mut open = locked(&self.session.subscriptions.open);
        if open.get(&key).is_some_and(|cut| cut.same(&self.cut)) {
            open.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests;
