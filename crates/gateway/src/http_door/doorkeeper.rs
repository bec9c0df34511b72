//! Who lets callers in over HTTP. The door knows no token: it shows what came, and is told who that is.

use crate::session::Caller;
use bailiwick_core::Digest;
use http::{Extensions, HeaderMap, Method, Response};
use hyper::body::Bytes;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A request, as far as its caller is in question.
#[derive(Debug, Clone, Copy)]
pub struct Knock<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path, without query.
    pub path: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// SHA-256 of the body.
    pub body: &'a Digest,
    /// Where it came from.
    pub peer: IpAddr,
    /// What whoever took the connection put beside the request. Never anything that its client wrote.
    pub beside: &'a Extensions,
}

/// Whether something durable was written of a request. Copies are the same mark.
#[derive(Debug, Clone, Default)]
pub struct Recorded(Arc<AtomicBool>);

impl Recorded {
    /// Something was.
    pub fn mark(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether something was.
    pub fn is_marked(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// An answer to somebody who is not let in, ready for the wire.
pub type TurnedAway = Box<Response<Bytes>>;

/// A caller who was let in, with this one request.
pub struct Guest {
    /// Who. Its decider carries this request's proof, so it serves this request and no other.
    pub caller: Caller,
    /// How long the token lives: no stream that is opened with it lives longer.
    pub lives: Duration,
    /// What is answered to a request of which nothing is recorded, where that may not be told to this proof.
    pub unrecorded: Option<TurnedAway>,
    /// Marked by the decider.
    pub recorded: Recorded,
}

/// A caller being looked at.
pub type Admitting<'a> = Pin<Box<dyn Future<Output = Result<Guest, TurnedAway>> + Send + 'a>>;

/// Who lets callers in. Every request is looked at anew.
pub trait Doorkeeper: Send + Sync {
    /// Says who calls, or answers why not.
    fn admit<'a>(&'a self, knock: Knock<'a>) -> Admitting<'a>;
    /// Puts on an answer what every answer carries.
    fn mark(&self, headers: &mut HeaderMap);
}
