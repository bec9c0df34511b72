//! Server and proxies run as processes of their own: this program again, under a name that says which.

use super::{proxy, upstream};
use crate::Trouble;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, Command};

/// What a part says when it can be reached.
const SAID: &str = "listening ";
/// Linux counts the work of processes in hundredths of a second, whatever its kernel's own tick.
const TICKS_PER_SECOND: f64 = 100.0;

/// A part that runs. It ends when this is dropped.
pub(super) struct Part {
    /// Where it is reached.
    pub(super) address: String,
    /// Its process.
    pub(super) pid: u32,
    _child: Child,
    _stdin: Option<ChildStdin>,
}

impl Part {
    /// Starts one.
    pub(super) async fn start(words: &[&str]) -> Result<Self, Trouble> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("part")
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or("a part has no output")?;
        let said = BufReader::new(stdout).lines().next_line().await?.unwrap_or_default();
        let address = said.strip_prefix(SAID).ok_or_else(|| format!("the part {words:?} did not start"))?.to_owned();
        let pid = child.id().ok_or("a part ended at once")?;
        Ok(Self { address, pid, _stdin: child.stdin.take(), _child: child })
    }
}

/// Runs a part until nobody holds its input.
///
/// # Errors
/// When it is none, or cannot listen.
pub(crate) async fn run(words: &[String]) -> Result<(), Trouble> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let serving = async {
        match words.as_slice() {
            ["upstream"] => upstream::run().await,
            ["bare", to] => proxy::run_bare(to).await,
            ["proven", to, rows] => proxy::run_proven(to, rows).await,
            _ => Err(format!("there is no such part: {words:?}").into()),
        }
    };
    let ended = async {
        // whatever it says, it is over
        let _said = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
        Ok(())
    };
    tokio::select! {
        served = serving => served,
        over = ended => over,
    }
}

/// Something that answers requests; each connection has one of its own.
pub(super) trait Answers: Send + Sync + 'static {
    /// What one connection keeps.
    type Line: Send;
    /// The body of an answer.
    type Body: hyper::body::Body<Data = hyper::body::Bytes, Error: Into<Trouble>> + Send + 'static;
    /// A connection came.
    fn connect(&self, address: &str) -> impl Future<Output = Result<Self::Line, Trouble>> + Send;
    /// A request came on it.
    fn answer(
        &self,
        line: &mut Self::Line,
        request: http::Request<Incoming>,
    ) -> impl Future<Output = Result<http::Response<Self::Body>, Trouble>> + Send;
}

/// Listens, and says where.
pub(super) async fn listen(answers: impl Answers) -> Result<(), Trouble> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?.to_string();
    println!("{SAID}{address}");
    let answers = Arc::new(answers);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (answers, address) = (Arc::clone(&answers), address.clone());
        tokio::spawn(async move {
            let Ok(line) = answers.connect(&address).await else { return };
            // requests of one connection come one after another
            let line = Arc::new(tokio::sync::Mutex::new(line));
            let service = hyper::service::service_fn(move |request| {
                let (answers, line) = (Arc::clone(&answers), Arc::clone(&line));
                async move {
                    let answered = answers.answer(&mut *line.lock().await, request).await;
                    Ok::<_, Infallible>(answered.map_or_else(|why| broken(&why), |it| it.map(either_left)))
                }
            });
            // a connection that breaks is its client's trouble, and that one says so
            let _closed =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

type Either<Body> = http_body_util::Either<Body, http_body_util::Full<hyper::body::Bytes>>;

const fn either_left<Body>(body: Body) -> Either<Body> {
    http_body_util::Either::Left(body)
}

fn broken<Body>(why: &Trouble) -> http::Response<Either<Body>> {
    let body = http_body_util::Full::new(hyper::body::Bytes::from(why.to_string()));
    let mut response = http::Response::new(http_body_util::Either::Right(body));
    *response.status_mut() = http::StatusCode::BAD_GATEWAY;
    response
}

/// What a process has worked, in seconds.
pub(super) fn cpu_seconds(pid: u32) -> Result<f64, Trouble> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // proc_pid_stat(5): the name in brackets may hold blanks; after it, fields 14 and 15 are 12th and 13th
    let (_, fields) = stat.rsplit_once(") ").ok_or("the process has no name")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / TICKS_PER_SECOND)
}
