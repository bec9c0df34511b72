//! One request and what comes back: a document when the answer comes first, a stream when something comes before it.

use super::body::{DoorBody, Tied};
use super::doorkeeper::{Recorded, TurnedAway};
use super::reply;
use super::sessions::Seat;
use crate::era::Era;
use crate::rpc::{self, INTERNAL_ERROR, Id, RpcError};
use crate::session::{Admitted, Answer, Caller, Incoming, Mirrored, Session, TOKEN_EXPIRED};
use bailiwick_core::json::{Json, Object};
use http::{Response, StatusCode};
use hyper::body::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// How many notes may wait for the answer's stream.
const OUT: usize = 256;

/// A request that was let in.
pub(super) struct Exchange {
    pub(super) session: Arc<Session>,
    pub(super) caller: Caller,
    pub(super) admitted: Admitted,
    pub(super) seat: Seat,
    pub(super) era: Era,
    pub(super) id: Id,
    pub(super) method: Arc<str>,
    pub(super) params: Object,
    pub(super) idempotency: Option<String>,
    /// What headers say of the arguments.
    pub(super) mirrored: Option<Mirrored>,
    /// What is answered when nothing of it was recorded.
    pub(super) unrecorded: Option<TurnedAway>,
    pub(super) recorded: Recorded,
    pub(super) keep_alive_every: Duration,
    /// The client would rather have a stream, also of one event.
    pub(super) streams: bool,
    /// Of a request that lasts until somebody ends it: true once the door closes.
    pub(super) stopping: Option<watch::Receiver<bool>>,
}

impl Exchange {
    /// Runs it. What was begun ends whether or not its connection lasts, but one of the newer era is cut with that.
    pub(super) async fn run(self) -> Response<DoorBody> {
        let Self {
            session,
            caller,
            admitted,
            seat,
            era,
            id,
            unrecorded,
            recorded,
            keep_alive_every,
            streams,
            stopping,
            ..
        } = self;
        // MCP 2026-07-28, Transports: closing the connection is the cancellation; before, it was none
        let mut tied = match era {
            Era::Modern => Tied::to(admitted.cut.clone()),
            Era::Legacy => Tied::default(),
        };
        let (out, mut notes) = mpsc::channel(OUT);
        let (done_in, done) = oneshot::channel();
        let incoming = Incoming {
            method: self.method,
            params: self.params,
            idempotency: self.idempotency,
            mirrored: self.mirrored,
            out,
        };
        tokio::spawn(async move {
            let answer = lasting(session.request(&caller, &admitted, incoming), &admitted, &seat, stopping).await;
            // its id and its seat are free before the client can know
            drop(admitted);
            drop(seat);
            // a client that is gone needs no answer
            let _gone = done_in.send(answer);
        });
        // what may have to be withheld is not begun to be shown
        let patience = if unrecorded.is_some() { Duration::MAX } else { keep_alive_every };
        let first = tokio::select! {
            biased;
            note = notes.recv() => note,
            () = tokio::time::sleep(patience) => {
                return Pump { notes, done, id, keep_alive_every }.stream(None, tied);
            }
        };
        if let Some(note) = first {
            // what came first was about nothing that is recorded: dropped here, the request is cut
            if let Some(instead) = unrecorded.filter(|_| !recorded.is_marked()) {
                return (*instead).map(DoorBody::from);
            }
            return Pump { notes, done, id, keep_alive_every }.stream(Some(note), tied);
        }
        let answer = finished(done).await;
        tied.untie();
        match (answer, unrecorded) {
            (_, Some(instead)) if !recorded.is_marked() => (*instead).map(DoorBody::from),
            (Some(outcome), _) if streams && reply::status(era, &outcome) == StatusCode::OK => {
                reply::stream(DoorBody::event(&rpc::answer(Some(&id), &outcome)))
            }
            (Some(outcome), _) => reply::answer(era, &id, &outcome).map(DoorBody::from),
            // taken back by its client: the stream of its answer ends without one
            (None, _) => reply::stream(DoorBody::whole(Bytes::new())),
        }
    }
}

/// Answers a request; one whose token has expired, or that the door's end ends, is cut, and answers then.
async fn lasting(
    request: impl Future<Output = Answer>,
    admitted: &Admitted,
    seat: &Seat,
    stopping: Option<watch::Receiver<bool>>,
) -> Answer {
    let mut request = std::pin::pin!(request);
    let why = tokio::select! {
        biased;
        answer = &mut request => return answer,
        () = stopped(stopping) => "stopped",
        // a stream never outlives its token, nor does what it waits for
        () = seat.expired() => TOKEN_EXPIRED,
    };
    admitted.cut.cut(why);
    request.await
}

/// Resolves when the door closes, where that ends the request.
async fn stopped(stopping: Option<watch::Receiver<bool>>) {
    match stopping {
        // by INVARIANT of the door: the sender lives as long as it
        Some(mut stopping) => drop(stopping.wait_for(|stopping| *stopping).await),
        None => std::future::pending().await,
    }
}

async fn finished(done: oneshot::Receiver<Answer>) -> Answer {
    done.await.unwrap_or_else(|_| Some(Err(RpcError::new(INTERNAL_ERROR, "the request ended without an answer"))))
}

/// Carries notes, and the answer after them, into a stream.
struct Pump {
    notes: mpsc::Receiver<Json>,
    done: oneshot::Receiver<Answer>,
    id: Id,
    keep_alive_every: Duration,
}

impl Pump {
    fn stream(mut self, first: Option<Json>, tied: Tied) -> Response<DoorBody> {
        let (events, body) = DoorBody::events(tied);
        tokio::spawn(async move {
            // a client that is gone needs no more; what is open upstream goes on, or was cut by its connection
            let mut sent = match first {
                Some(note) => events.message(&note).await,
                None => events.comment().await,
            };
            while sent.is_ok() {
                sent = tokio::select! {
                    biased;
                    note = self.notes.recv() => match note {
                        Some(note) => events.message(&note).await,
                        None => break,
                    },
                    () = tokio::time::sleep(self.keep_alive_every) => events.comment().await,
                };
            }
            if sent.is_ok()
                && let Some(outcome) = finished(self.done).await
            {
                let _gone = events.message(&rpc::answer(Some(&self.id), &outcome)).await;
            }
        });
        reply::stream(body)
    }
}
