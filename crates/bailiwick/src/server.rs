//! The node's socket: HTTP/1.1 over a Unix socket, each request with who its peer is.

use crate::home::{Home, Trouble};
use crate::streaming::{Sent, streamed};
use bailiwick_api::{Api, BODY_BYTES_MAX, Peer, Problem, Request, SESSION_HEADER};
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

/// The most connections at once.
const CONNECTIONS_MAX: usize = 1_024;
/// How long a peer may take to send its head, or its body.
const READ_WITHIN: Duration = Duration::from_secs(30);

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

/// Serves the socket until `stop` is done, and takes it away.
///
/// # Errors
/// When the folder of state is gone.
pub(crate) async fn run(home: &Home, listener: UnixListener, stop: impl Future<Output = ()>) -> Result<(), Trouble> {
    let own = home.uid()?;
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        // A peer that is gone before it was accepted is nobody's trouble.
        let Ok((stream, _)) = accepted else { continue };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let Ok(credentials) = stream.peer_cred() else { continue };
        let peer = Peer { uid: credentials.uid(), pid: credentials.pid() };
        if peer.uid != own && peer.uid != 0 {
            continue;
        }
        let api = Arc::clone(&home.api);
        tokio::spawn(async move {
            serve(stream, &api, peer).await;
            drop(place);
        });
    }
    // A socket that is gone already is what was wanted.
    let _gone = std::fs::remove_file(&home.places.socket);
    Ok(())
}

async fn serve(stream: UnixStream, api: &Arc<Api>, peer: Peer) {
    let service = service_fn(|request: http::Request<Incoming>| {
        let api = Arc::clone(api);
        async move { Ok::<_, Infallible>(answer(request, &api, peer).await) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(READ_WITHIN).max_headers(64);
    // What goes wrong on a connection concerns its peer alone.
    let _closed = builder.serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: http::Request<Incoming>, api: &Api, peer: Peer) -> Response<Sent> {
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
    let session = head.headers.get(SESSION_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let query = head.uri.query().unwrap_or_default().to_owned();
    let request = Request { method: head.method, path: head.uri.path().to_owned(), query, session, body };
    match api.stream(&request).await {
        None => api.answer(request, peer).await.map(Sent::whole),
        Some(Ok(body)) => streamed(body),
        Some(Err(problem)) => problem.response().map(Sent::whole),
    }
}
