//! The node's address: HTTP/1.1 over TCP, plain on the loopback or under TLS, for agents and for the authority.

use crate::home::{Home, Trouble};
use crate::in_place::OfPool;
use crate::keeper::Keeper;
use crate::people_door;
use crate::pool::{Pool, Reach};
use crate::print::words;
use crate::seats::{Bounds, Busy, Seat, Seats};
use crate::tls;
use crate::trust::BadInput;
use crate::work::{Counted, Doing, Work};
use bailiwick_api::{Attach, Place, Problem};
use bailiwick_authority::{Authority, ByWake, FORM_BYTES_MAX};
use bailiwick_core::{GrantId, TaskId};
use bailiwick_gateway::{DoorBody, HttpDoor, Reached, Settings};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OnceCell, watch};
use tokio_rustls::TlsAcceptor;

/// The most connections at once.
const CONNECTIONS_MAX: usize = 1_024;
/// The most of one peer. Where only this machine reaches the address all are of one peer, and there is no share to keep.
const CONNECTIONS_PER_PEER_MAX: usize = 256;
const _: () = assert!(CONNECTIONS_PER_PEER_MAX < CONNECTIONS_MAX);
/// So many files may be open besides, for servers and the store.
const FILES_BESIDE: u64 = 4_096;
/// How long a peer may take to send its head, or a form.
const READ_WITHIN: Duration = Duration::from_secs(30);
/// How long a peer may take to shake hands.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// The most bytes of a head.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// The most headers of a request.
const HEADERS_MAX: usize = 64;
/// How long what is under way may take when the node stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Where a node listens, and what it is called from outside.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// The public URL; made of the address unless given.
    pub(crate) public_url: Option<String>,
    /// Certificate chain and key, in PEM.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
}

/// A node's address, bound and ready to serve.
pub(crate) struct HttpServer {
    listener: TcpListener,
    doors: Arc<Doors>,
    tls: Option<TlsAcceptor>,
    pool: Arc<Pool>,
    public_url: String,
    people_url: Option<String>,
    seats: Arc<Seats>,
    /// Where agents are, where that is not to be looked up.
    from: Option<Place>,
}

/// Instances ask the authority for tasks.
#[derive(Debug)]
struct Instances(Arc<Authority>);

impl Attach for Instances {
    fn attach(&self, task: TaskId, grant: Option<GrantId>) -> bool {
        self.0.attach(task, grant)
    }
}

/// What stands behind the address.
struct Doors {
    authority: Arc<Authority>,
    mcp: HttpDoor,
    home: Arc<Home>,
    work: Arc<Work>,
}

impl HttpServer {
    /// Binds the address and opens what stands behind it.
    ///
    /// # Errors
    /// When the address cannot be had, is not safe to speak plainly on, or the authority cannot be opened.
    pub(crate) async fn open(
        home: &Arc<Home>,
        address: Address,
        reach: Reach,
        work: Arc<Work>,
    ) -> Result<Self, Trouble> {
        let plain = address.tls.is_none();
        if plain && !address.listen.ip().is_loopback() {
            let hint = "give --tls-cert and --tls-key, or listen on 127.0.0.1 behind a proxy that has them";
            let why = format!("{}: tokens do not go over a network in the clear; {hint}", address.listen);
            return Err(BadInput(why).into());
        }
        let tls = address.tls.map(|(chain, key)| tls::acceptor(&chain, &key)).transpose()?;
        let listener = TcpListener::bind(address.listen).await;
        let listener = listener.map_err(|error| {
            let next = if error.kind() == std::io::ErrorKind::AddrInUse {
                "; choose another with --listen ADDR:PORT"
            } else {
                ""
            };
            BadInput(format!("{}: {error}{next}", address.listen))
        })?;
        let local = listener.local_addr()?;
        let scheme = if plain { "http" } else { "https" };
        let site = people_door::site(address.public_url.as_deref(), local, plain);
        let public_url = address.public_url.unwrap_or_else(|| format!("{scheme}://{local}"));
        let node = Arc::clone(&home.node);
        node.is_reached(local, &public_url);
        let tasks = Arc::new(ByWake::new(Arc::clone(&node)));
        let authority = Arc::new(Authority::open(Arc::clone(&node), tasks, home.tenant, &public_url).await?);
        let people_url = people_door::open(home, site)?;
        if let Some(url) = &people_url {
            authority.has_people(url);
        }
        home.api.has_instances(Arc::new(Instances(Arc::clone(&authority))));
        let settings = Settings::default();
        // whoever plays the agents too is nowhere that a document could speak of
        let from = reach.played_at.is_some().then_some(Place::Elsewhere);
        let pool = Arc::new(Pool::new(Arc::clone(&home.api), home.tenant, settings.clone(), reach));
        home.api.has_records(Arc::new(OfPool::new(Arc::clone(&home.api), Arc::clone(&pool))));
        let keeper = Keeper { authority: Arc::clone(&authority), api: Arc::clone(&home.api), pool: Arc::clone(&pool) };
        let secret = node.vault().random()?;
        let mcp = HttpDoor::new(Arc::new(keeper), reached(&authority, local), settings, secret);
        let doors = Arc::new(Doors { authority, mcp, home: Arc::clone(home), work });
        let each = if local.ip().is_loopback() { CONNECTIONS_MAX } else { CONNECTIONS_PER_PEER_MAX };
        let seats = Seats::new(Bounds { all: CONNECTIONS_MAX, each });
        room_for_files();
        Ok(Self { listener, doors, tls, pool, public_url, people_url, seats, from })
    }

    /// The public URL.
    pub(crate) fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Where people open it with a browser, where they can sign in there.
    pub(crate) fn people_url(&self) -> Option<&str> {
        self.people_url.as_deref()
    }

    /// One beat: servers that nobody has seen yet are looked at.
    pub(crate) fn beat(&self) {
        self.pool.look();
    }

    /// Listens until `stop` says so; then lets what is under way finish.
    pub(crate) async fn run(&self, mut stop: watch::Receiver<bool>) {
        let tending = tokio::spawn(Arc::clone(&self.pool).tend());
        loop {
            let accepted = tokio::select! {
                _ = stopped(&mut stop) => break,
                accepted = self.listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, as a rule: accepting at once would only spin.
                    words(&format!("cannot accept a connection: {error}"));
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Ok(local) = stream.local_addr() else { continue };
            let ends = (peer, local);
            let peer = peer.ip().to_canonical();
            let Some(seat) = self.seats.take(peer) else { continue };
            // Looked up once for the connection, by whatever of it needs to know.
            let place = Arc::new(OnceCell::new_with(self.from));
            let visit = Visit { doors: Arc::clone(&self.doors), peer, ends, place, seat };
            let (tls, stop) = (self.tls.clone(), stop.clone());
            tokio::spawn(async move {
                let seat = Arc::clone(&visit.seat);
                tokio::select! {
                    () = connection(stream, tls, visit, stop) => {}
                    () = seat.wanted() => {}
                }
            });
        }
        self.doors.mcp.stop();
        // What does not finish in time is cut with the process.
        let _finished = tokio::time::timeout(STOP_WITHIN, self.seats.empty()).await;
        tending.abort();
        self.pool.close().await;
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone has stopped.
    let _gone = stop.wait_for(|stop| *stop).await.map(drop);
}

/// Under which names the door answers: the public URL's, and the address itself for a proxy that keeps none.
fn reached(authority: &Authority, local: SocketAddr) -> Reached {
    let issuer = authority.urls().issuer();
    let host = issuer.split_once("://").map_or(issuer, |(_, host)| host);
    Reached { hosts: vec![host.to_owned(), local.to_string()], origins: vec![issuer.to_owned()] }
}

type Answering = Counted<DoorBody, (Busy, Option<Doing>)>;

/// A connection, and whose it is.
#[derive(Clone)]
struct Visit {
    doors: Arc<Doors>,
    peer: IpAddr,
    ends: (SocketAddr, SocketAddr),
    place: Arc<OnceCell<Place>>,
    seat: Arc<Seat>,
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, visit: Visit, stop: watch::Receiver<bool>) {
    // Small answers are not kept back; where that cannot be set they are late, not wrong.
    let _late = stream.set_nodelay(true);
    match tls {
        None => serve(stream, visit, stop).await,
        Some(tls) => {
            let mut stopping = stop.clone();
            let shaken = tokio::select! {
                () = stopped(&mut stopping) => return,
                shaken = tokio::time::timeout(HANDSHAKE_WITHIN, tls.accept(stream)) => shaken,
            };
            if let Ok(Ok(stream)) = shaken {
                serve(stream, visit, stop).await;
            }
        }
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    visit: Visit,
    mut stop: watch::Receiver<bool>,
) {
    // Whether what the connection is at is an answer that somebody waits for.
    let works = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request: Request<Incoming>| {
        let visit = visit.clone();
        // A stream that only listens lasts for as long as its session: a node that stops does not wait for it.
        let listens = *request.method() == Method::GET && HttpDoor::serves(request.uri().path());
        works.store(!listens, Ordering::Relaxed);
        let doing = (!listens).then(|| visit.doors.work.begin());
        async move { Ok::<_, Infallible>(visit.answer(request, doing).await) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    // Counts from when a head is waited for: a connection that only stays open ends too.
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(READ_WITHIN)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX);
    let mut serving = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    // What goes wrong on a connection concerns its peer alone.
    tokio::select! {
        _closed = &mut serving => return,
        () = stopped(&mut stop) => {}
    }
    // One that has asked nothing yet, or only listens, is closed at once.
    if works.load(Ordering::Relaxed) {
        serving.as_mut().graceful_shutdown();
        let _closed = serving.await;
    }
}

impl Visit {
    /// Where the other end is. Whatever of that is not known is the worst.
    async fn place(&self) -> Place {
        let (peer, local) = self.ends;
        let looked = || async move {
            let looked = tokio::task::spawn_blocking(move || crate::peer::place(peer, local)).await;
            looked.unwrap_or(Place::Unseen)
        };
        *self.place.get_or_init(looked).await
    }

    /// The answer holds its connection's seat, and counts as work, until the last of it is sent.
    async fn answer(&self, mut request: Request<Incoming>, doing: Option<Doing>) -> Response<Answering> {
        let busy = self.seat.busy();
        let path = request.uri().path();
        let door = HttpDoor::serves(path);
        if door || Authority::serves(path) {
            let place = self.place().await;
            request.extensions_mut().insert(place);
            request.extensions_mut().insert(self.doors.home.api.mode_from(place, None));
        }
        let response = self.doors.answer(request, self.peer).await;
        // Only a caller that was let in gets anything at the door but a no.
        if door && response.status().is_success() {
            self.seat.proven();
        }
        response.map(|body| Counted::new(body, Some((busy, doing))))
    }
}

/// Connections take files: the process asks for as many as it may have, up to what it can use. Where it gets none, what
/// comes too much waits for one that is closed.
fn room_for_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let wanted = u64::try_from(CONNECTIONS_MAX).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(FILES_BESIDE);
    let most = now.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    if now.current.is_some_and(|current| current < most) {
        let _refused = setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum: now.maximum });
    }
}

impl Doors {
    async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Response<DoorBody> {
        let path = request.uri().path();
        if HttpDoor::serves(path) {
            return self.mcp.answer(request, peer).await;
        }
        if Authority::serves(path) {
            return self.oauth(request, peer).await.map(DoorBody::from);
        }
        if people_door::serves(path) {
            return people_door::answer(&self.home, request, READ_WITHIN).await.map(DoorBody::from);
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let response = match path {
            "/livez" if reads => said(StatusCode::OK, "alive"),
            "/readyz" if reads => self.ready().await,
            _ if reads && people_door::looks(request.headers()) => people_door::no_page(),
            _ => Problem::not_found("place").response().map(Bytes::from),
        };
        response.map(DoorBody::from)
    }

    async fn oauth(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        match people_door::collected(body, FORM_BYTES_MAX + 1, READ_WITHIN).await {
            Ok(body) => self.authority.handle(Request::from_parts(head, body), peer).await,
            Err(refused) => refused,
        }
    }

    /// Ready to decide: the tenant's control is known and its store can be read.
    async fn ready(&self) -> Response<Bytes> {
        let (store, tenant) = (Arc::clone(self.home.node.store()), self.home.tenant);
        let read = tokio::task::spawn_blocking(move || store.log(tenant).is_ok()).await.unwrap_or_default();
        match read && self.home.node.control(tenant).is_some() {
            true => said(StatusCode::OK, "ready"),
            false => said(StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read"),
        }
    }
}

fn said(status: StatusCode, text: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
