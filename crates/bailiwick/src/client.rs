//! Speaking to a node over its socket.

use crate::home::Trouble;
use bailiwick_api::SESSION_HEADER;
use bailiwick_core::json::{Json, Limits, Pointer};
use http::Method;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::sync::Mutex;

/// How long a node that is just starting may take to make its home.
const HOME_WITHIN: Duration = Duration::from_millis(300);
/// How long a node whose home is there may take to answer.
const NODE_WITHIN: Duration = Duration::from_secs(3);
/// How often it is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What an answer may cost to read.
const ANSWER_LIMITS: Limits = Limits { bytes: 64 << 20, depth: 100, nodes: 4_000_000 };

/// A node's no, as its problem document says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The stable code.
    pub(crate) code: String,
    /// One sentence.
    pub(crate) detail: String,
    /// What a person may run.
    pub(crate) command: Option<String>,
    /// Which of the documents that were sent are wrong: which one, where, and what.
    pub(crate) places: Vec<(usize, Pointer, String)>,
}

/// Nobody answers at a node's socket.
#[derive(Debug)]
pub(crate) struct NoNode {
    socket: PathBuf,
    error: std::io::Error,
}

fn is_nobody(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused)
}

impl NoNode {
    /// Whether there is no process that would answer.
    pub(crate) fn is_nobody(&self) -> bool {
        is_nobody(&self.error)
    }
}

impl std::fmt::Display for NoNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let folder = self.socket.parent().is_some_and(Path::is_dir);
        let why = match self.error.kind() {
            ErrorKind::NotFound if folder => "no node runs in this home".to_owned(),
            ErrorKind::NotFound => "there is no such home".to_owned(),
            ErrorKind::ConnectionRefused => "the node that was here has ended".to_owned(),
            ErrorKind::PermissionDenied => {
                "only the account that its node runs as, and root, may look, start, consent or revoke here".to_owned()
            }
            _ => self.error.to_string(),
        };
        write!(f, "{}: {why}; another home is named by --home DIR or BAILIWICK_HOME", self.socket.display())
    }
}
impl std::error::Error for NoNode {}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)?;
        if let Some(command) = &self.command {
            write!(f, "\nnext: {command}")?;
        }
        Ok(())
    }
}
impl std::error::Error for Refused {}

/// A node behind its socket. Requests may overlap: each takes a connection that is free, or opens one.
#[derive(Debug)]
pub(crate) struct Client {
    socket: PathBuf,
    session: Option<String>,
    /// The home whose node may be just starting: it is waited for, so long.
    starting: Option<(PathBuf, Duration)>,
    free: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

/// The most connections that are kept open for later.
const FREE_MAX: usize = 16;

impl Client {
    /// Of a socket; connects at the first request.
    pub(crate) fn new(socket: &Path, session: Option<String>) -> Self {
        Self { socket: socket.to_owned(), session, starting: None, free: Mutex::new(Vec::new()) }
    }

    /// Waits a little for the node of this home, which may have been started in the same breath.
    pub(crate) fn waiting(self, home: &Path) -> Self {
        self.waiting_within(home, NODE_WITHIN)
    }

    /// The same, for a time.
    pub(crate) fn waiting_within(self, home: &Path, most: Duration) -> Self {
        Self { starting: Some((home.to_owned(), most)), ..self }
    }

    /// The socket, once somebody answers there. Without a home nobody will: that is told at once.
    async fn reached(&self) -> std::io::Result<UnixStream> {
        let mut waited = Duration::ZERO;
        loop {
            let error = match UnixStream::connect(&self.socket).await {
                Ok(stream) => return Ok(stream),
                Err(error) => error,
            };
            let Some((home, most)) = self.starting.as_ref().filter(|_| is_nobody(&error)) else { return Err(error) };
            let most = if home.is_dir() { *most } else { HOME_WITHIN };
            if waited >= most {
                return Err(error);
            }
            if waited == HOME_WITHIN {
                crate::print::words("waiting for a node");
            }
            tokio::time::sleep(LOOK_EVERY).await;
            waited += LOOK_EVERY;
        }
    }

    /// Whether a node answers there.
    pub(crate) async fn answers(&self) -> bool {
        UnixStream::connect(&self.socket).await.is_ok()
    }

    /// A connection that asks nothing: it ends with the process that answers there.
    ///
    /// # Errors
    /// What the socket says.
    pub(crate) async fn watch(&self) -> std::io::Result<UnixStream> {
        UnixStream::connect(&self.socket).await
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Trouble> {
        let stream = self.reached().await.map_err(|error| NoNode { socket: self.socket.clone(), error })?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// GET.
    ///
    /// # Errors
    /// [`Refused`], or what the socket says.
    pub(crate) async fn get(&self, path: &str) -> Result<Json, Trouble> {
        self.send(Method::GET, path, None).await
    }

    /// POST of JSON.
    ///
    /// # Errors
    /// [`Refused`], or what the socket says.
    pub(crate) async fn post(&self, path: &str, body: &Json) -> Result<Json, Trouble> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// DELETE.
    ///
    /// # Errors
    /// [`Refused`], or what the socket says.
    pub(crate) async fn delete(&self, path: &str) -> Result<Json, Trouble> {
        self.send(Method::DELETE, path, None).await
    }

    /// POST without a body, whose answer goes to `out` as it comes. Answers its bytes.
    ///
    /// # Errors
    /// [`Refused`], or what the socket or `out` says; then what was written is not all of it.
    pub(crate) async fn post_into(&self, path: &str, out: &mut dyn Write) -> Result<u64, Trouble> {
        self.into(Method::POST, path, out).await
    }

    /// GET of what is no JSON.
    ///
    /// # Errors
    /// [`Refused`], or what the socket says.
    pub(crate) async fn file(&self, path: &str) -> Result<Vec<u8>, Trouble> {
        let mut bytes = Vec::new();
        self.into(Method::GET, path, &mut bytes).await?;
        Ok(bytes)
    }

    async fn into(&self, method: Method, path: &str, out: &mut dyn Write) -> Result<u64, Trouble> {
        let request = http::Request::builder().method(method).uri(path).header("host", "node");
        let mut sender = self.connect().await?;
        let (head, mut body) = sender.send_request(request.body(Full::new(Bytes::new()))?).await?.into_parts();
        if !head.status.is_success() {
            let body = Limited::new(body, ANSWER_LIMITS.bytes).collect().await.map_err(|error| error.to_string())?;
            return Err(refused(head.status.as_u16(), &Json::parse(&body.to_bytes(), &ANSWER_LIMITS)?));
        }
        let mut count = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| format!("the node broke off: {error}; its log says why"))?;
            if let Ok(part) = frame.into_data() {
                out.write_all(&part).inspect_err(crate::print::unread)?;
                count += part.len() as u64;
            }
        }
        out.flush()?;
        Ok(count)
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Json>) -> Result<Json, Trouble> {
        let mut request = http::Request::builder().method(method).uri(path).header("host", "node");
        if let Some(session) = &self.session {
            request = request.header(SESSION_HEADER, session);
        }
        let body = body.map(|body| body.canonical().into_bytes()).unwrap_or_default();
        let request = request.header("content-type", "application/json").body(Full::new(Bytes::from(body)))?;
        let held = self.free.lock().await.pop().filter(|sender| !sender.is_closed());
        let mut sender = match held {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        sender.ready().await?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body =
            Limited::new(body, ANSWER_LIMITS.bytes).collect().await.map_err(|error| error.to_string())?.to_bytes();
        let mut free = self.free.lock().await;
        if free.len() < FREE_MAX {
            free.push(sender);
        }
        drop(free);
        let json = Json::parse(&body, &ANSWER_LIMITS)?;
        if head.status.is_success() {
            return Ok(json);
        }
        Err(refused(head.status.as_u16(), &json))
    }
}

fn refused(status: u16, json: &Json) -> Trouble {
    let text = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_owned);
    let place = |place: &Json| {
        let document = usize::try_from(place.get("document")?.as_u64()?).ok()?;
        let at = Pointer::parse(place.get("at")?.as_str()?).ok()?;
        Some((document, at, place.get("why")?.as_str()?.to_owned()))
    };
    let places = json.get("places").and_then(Json::as_array).unwrap_or_default();
    Box::new(Refused {
        status,
        code: text("code").unwrap_or_default(),
        detail: text("detail").unwrap_or_default(),
        command: text("command"),
        places: places.iter().filter_map(place).collect(),
    })
}
