//! The node's socket: HTTP/1.1 over a Unix socket, each request with who its peer is.

use crate::home::{Home, Trouble};
use crate::streaming::{Sent, streamed};
use crate::work::{Counted, Work};
use bailiwick_api::{Api, BODY_BYTES_MAX, Peer, Problem, Request, SESSION_HEADER, Who};
use http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

/// The most connections at once.
const CONNECTIONS_MAX: usize = 1_024;
/// How long a peer may take to send its head, or its body.
const READ_WITHIN: Duration = Duration::from_secs(30);
/// How long what is under way may take when the node stops.
pub(crate) const STOP_WITHIN: Duration = Duration::from_secs(5);
/// How often it is looked whether it has finished.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Requests that only wait, for as long as their session or their task lives: a node that stops does not wait for them.
const WAITING: [&str; 3] = [HELD, "/v1/decisions/ended", "/v1/decisions/answered/"];
/// Opens a wrapper's session.
const OPEN: &str = "/v1/wrap";
/// Held open by a wrapper for as long as it lives.
const HELD: &str = "/v1/wrap/held";

/// Makes the socket: from here on a client finds the node.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn bind(home: &Home) -> Result<UnixListener, Trouble> {
    let socket = &home.places.socket;
    // One node holds the store's lock, so a socket that is there was left behind.
    match std::fs::remove_file(socket) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(format!("{}: {error}", socket.display()).into()),
    }
    let listener = UnixListener::bind(socket).map_err(|error| format!("{}: {error}", socket.display()))?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Serves the socket until `stop` is done; then, for as long as what is under way takes, to settle it. Takes it away.
///
/// # Errors
/// When the folder of state is gone.
pub(crate) async fn run(
    home: &Home,
    listener: UnixListener,
    work: &Arc<Work>,
    stop: impl Future<Output = ()>,
) -> Result<(), Trouble> {
    let door = Door { own: home.uid()?, places: Arc::new(Semaphore::new(CONNECTIONS_MAX)), home, listener, work };
    door.open_until(stop).await;
    home.api.drain();
    let settled = async {
        while work.count() > 0 || home.api.open_acts().await > 0 {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    // What does not finish in time is cut with the process, and in doubt as after any break.
    let in_time = async { drop(tokio::time::timeout(STOP_WITHIN, settled).await) };
    door.open_until(in_time).await;
    let (busy, acts) = (work.count(), home.api.open_acts().await);
    if (busy, acts) != (0, 0) {
        crate::print::words(&format!(
            "not finished within {} s and cut, so what they did is in doubt: {busy} requests, {acts} calls of wrapped servers",
            STOP_WITHIN.as_secs()
        ));
    }
    // A socket that is gone already is what was wanted.
    let _gone = std::fs::remove_file(&home.places.socket);
    Ok(())
}

/// The socket, and who may come in.
struct Door<'a> {
    own: u32,
    places: Arc<Semaphore>,
    home: &'a Home,
    listener: UnixListener,
    work: &'a Arc<Work>,
}

impl Door<'_> {
    async fn open_until(&self, end: impl Future<Output = ()>) {
        tokio::pin!(end);
        loop {
            let accepted = tokio::select! {
                () = &mut end => return,
                accepted = self.listener.accept() => accepted,
            };
            // A peer that is gone before it was accepted is nobody's trouble.
            let Ok((stream, _)) = accepted else { continue };
            let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { continue };
            let Ok(credentials) = stream.peer_cred() else { continue };
            let peer = Peer { uid: credentials.uid(), pid: credentials.pid() };
            if peer.uid != self.own && peer.uid != 0 {
                continue;
            }
            let (api, work) = (Arc::clone(&self.home.api), Arc::clone(self.work));
            tokio::spawn(async move {
                serve(stream, &api, peer, &work).await;
                drop(place);
            });
        }
    }
}

async fn serve(stream: UnixStream, api: &Arc<Api>, peer: Peer, work: &Arc<Work>) {
    // Sessions that this connection opened: they end with it, unless their process holds another one open.
    let opened: Arc<Mutex<Vec<Held>>> = Arc::default();
    let service = service_fn(|request: http::Request<Incoming>| {
        let (api, work, opened) = (Arc::clone(api), Arc::clone(work), Arc::clone(&opened));
        async move {
            let doing = (!waits(request.uri().path())).then(|| work.begin());
            let opens = secret_of(request.headers())
                .filter(|_| request.method() == Method::POST && request.uri().path() == OPEN);
            let opens = opens.map(|secret| Held { api: Arc::clone(&api), secret, peer, by: By::Opener });
            // before it is answered: whoever goes meanwhile has gone
            opened.lock().unwrap_or_else(PoisonError::into_inner).extend(opens);
            Ok::<_, Infallible>(answer(request, &api, peer).await.map(|body| Counted::new(body, doing)))
        }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(READ_WITHIN).max_headers(64);
    // What goes wrong on a connection concerns its peer alone.
    let _closed = builder.serve_connection(TokioIo::new(stream), service).await;
}

/// Whether a request only waits.
fn waits(path: &str) -> bool {
    WAITING.iter().any(|waiting| path == *waiting || waiting.ends_with('/') && path.starts_with(waiting))
}

/// What stands for a wrapper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The connection that opened its session: until there is the other.
    Opener,
    /// The one that it holds open for as long as it lives.
    Holder,
}

/// A wrapper that is there. Dropped with its connection, however that ended: its session ends.
struct Held {
    api: Arc<Api>,
    secret: String,
    peer: Peer,
    by: By,
}

impl Drop for Held {
    fn drop(&mut self) {
        let (api, secret, peer, by) = (Arc::clone(&self.api), std::mem::take(&mut self.secret), self.peer, self.by);
        // A node that ends has ended all sessions.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let ended = match by {
                By::Opener => api.opener_gone(&secret, peer).await,
                By::Holder => api.gone(&secret, peer).await,
            };
            if let Err(problem) = ended {
                crate::print::words(&format!("the task of a wrapper that is gone was not ended: {}", problem.detail));
            }
        });
    }
}

fn secret_of(headers: &HeaderMap) -> Option<String> {
    headers.get(SESSION_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

async fn answer(request: http::Request<Incoming>, api: &Arc<Api>, peer: Peer) -> Response<Sent> {
    let (head, body) = request.into_parts();
    let collected = tokio::time::timeout(READ_WITHIN, Limited::new(body, BODY_BYTES_MAX).collect()).await;
    let body = match collected {
        Ok(Ok(body)) => body.to_bytes().to_vec(),
        Ok(Err(_)) => {
            return Problem { status: StatusCode::PAYLOAD_TOO_LARGE, ..Problem::bad("the body is too large") }
                .response()
                .map(Sent::whole);
        }
        Err(_) => {
            return Problem { status: StatusCode::REQUEST_TIMEOUT, ..Problem::bad("the body came too slowly") }
                .response()
                .map(Sent::whole);
        }
    };
    let session = secret_of(&head.headers);
    let query = head.uri.query().unwrap_or_default().to_owned();
    let request = Request { method: head.method, path: head.uri.path().to_owned(), query, session, body };
    let held = request.session.clone().filter(|_| request.path == HELD);
    let _held = held.map(|secret| Held { api: Arc::clone(api), secret, peer, by: By::Holder });
    match api.stream(&request).await {
        None => api.answer(request, &Who::Socket(peer)).await.map(Sent::whole),
        Some(Ok(body)) => streamed(body).await,
        Some(Err(problem)) => problem.response().map(Sent::whole),
    }
}
