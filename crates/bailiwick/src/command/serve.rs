//! `serve`, and the user's own node that `wrap` starts when it is not there.

use super::Outcome;
use crate::cli::Serve;
use crate::client::Client;
use crate::connect::clock;
use crate::home::{Home, Trouble};
use crate::http_server::{Address, HttpServer};
use crate::notices;
use crate::places::{Places, variable};
use crate::pool::Reach;
use crate::print::{number, words};
use crate::server::STOP_WITHIN;
use crate::shadow::ShadowFile;
use crate::trust::BadInput;
use crate::work::Work;
use bailiwick_api::Operator;
use bailiwick_core::json::Json;
use bailiwick_gateway::Secrets;
use bailiwick_node::{Failure, OwnTime};
use bailiwick_notices::Notices;
use bailiwick_store::{Finding, boot_time};
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use zeroize::Zeroizing;

/// How often the node looks after time.
const BEAT: Duration = Duration::from_secs(1);
/// Where a node listens unless it is told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8484);
/// How often `wrap` looks whether the node that it started answers.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// How long until it starts one again, where another had the store.
const START_AGAIN: Duration = Duration::from_millis(250);
/// How long `wrap` waits for the node it started.
const START_WITHIN: Duration = Duration::from_secs(30);
/// How long the tasks of wrappers may take to be ended when the node stops.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);
/// What is kept of what a node says before it has its log.
const FIRST_WORDS_BYTES: u64 = 16 << 10;

/// This process, for who operates it over the socket.
#[derive(Debug)]
struct Process {
    told: watch::Sender<bool>,
    work: Arc<Work>,
    store: String,
    own: bool,
}

impl Operator for Process {
    fn stop(&self) {
        self.told.send_replace(true);
    }

    fn is_users_own(&self) -> bool {
        self.own
    }

    fn busy(&self) -> usize {
        // The one that asks is under way itself.
        self.work.count().saturating_sub(1)
    }

    fn inspect(&self) -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send + '_>> {
        let store = self.store.clone();
        Box::pin(async move {
            let looked = tokio::task::spawn_blocking(move || bailiwick_store::inspect(&store)).await;
            // by INVARIANT on self.store: the node has opened it, so it is a URL
            looked.ok().and_then(Result::ok).map(|looked| looked.findings).unwrap_or_default()
        })
    }
}

/// Runs a node until it is told to stop, or, the user's own, until it was idle for ten minutes.
///
/// # Errors
/// What the store, the keys or the socket say.
pub(crate) async fn serve(asked: Serve, places: Places) -> Result<Outcome, Trouble> {
    let places = super::with_store(places, asked.store.clone());
    let address = address(&asked);
    let secrets = secrets(&asked)?;
    let smtp = notices::smtp(&asked, &secrets)?;
    let other = Client::new(&places.socket, None);
    if other.answers().await {
        takes_its_place(&other, &asked, &places).await?;
    }
    let home = Arc::new(Home::open(places).await?);
    // Before anybody can know that it runs: who tells it to end at once is heard, too.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // From here on no other process says anything in this home.
    let log = home.places.log();
    crate::journal::open(&log, asked.detached).map_err(|error| format!("{}: {error}", log.display()))?;
    let work = Work::new();
    let process = Process {
        told: watch::Sender::new(false),
        work: Arc::clone(&work),
        store: home.places.store.clone(),
        own: asked.user,
    };
    let mut told_to_stop = process.told.subscribe();
    home.api.has_operator(Arc::new(process));
    // Behind a store that went back there is no door for agents: its keys could not be told from old ones.
    let http = match address.filter(|_| home.node.behind(home.tenant).is_none()) {
        Some(address) => {
            Some(Arc::new(HttpServer::open(&home, address, Reach::with(secrets.clone()), Arc::clone(&work)).await?))
        }
        None => None,
    };
    // What is told leads people to their pages, at the name that their passkeys are made for.
    let pages = http.as_ref().and_then(|http| http.people_url().map(str::to_owned));
    let (api, kept) = (Arc::clone(&home.api), ShadowFile(home.places.shadow()));
    tokio::task::spawn_blocking(move || api.keeps_shadow(Arc::new(kept))).await?;
    let notices = notices::open(&home, pages, smtp, secrets);
    let socket = crate::server::bind(&home)?;
    let (stopping, stopped) = watch::channel(false);
    let serving = http.clone().map(|http| tokio::spawn(async move { http.run(stopped).await }));
    words(&format!("node ready: {}", home.places.socket.display()));
    let mut told = None;
    tell_behind(&home, &mut told);
    if let Some(http) = &http {
        if let Some(url) = http.people_url() {
            words(&format!("people open {url}/"));
        }
        words(&format!("agents reach it at {}/mcp", http.public_url()));
    }
    let stop = async {
        let own = tokio::select! {
            _ = terminate.recv() => 0,
            _ = interrupt.recv() => 0,
            () = beats(&home, http.as_deref(), &notices, told, asked.user.then_some(asked.idle_seconds)) => 0,
            // The request that told it is under way itself.
            _ = told_to_stop.wait_for(|told| *told) => 1,
        };
        let (busy, acts) = (work.count().saturating_sub(own), home.api.open_acts().await);
        words(&match (busy, acts) {
            (0, 0) => "stopping".to_owned(),
            _ => format!(
                "stopping; waits at most {} s for what is under way: {busy} requests, {acts} calls of wrapped servers",
                STOP_WITHIN.as_secs()
            ),
        });
        stopping.send_replace(true);
    };
    let ran = crate::server::run(&home, socket, &work, stop).await;
    if let Some(serving) = serving {
        // A door that panicked has closed already.
        let _closed = serving.await;
    }
    close(&home).await;
    ran?;
    Ok(Outcome::Done)
}

/// Looks after time every second. Ends when the user's own node was idle for long enough; any other stays.
async fn beats(
    home: &Home,
    http: Option<&HttpServer>,
    notices: &Arc<Notices>,
    mut told: Option<String>,
    idle_most: Option<u32>,
) {
    let mut idle = 0;
    let mut interval = tokio::time::interval(BEAT);
    loop {
        interval.tick().await;
        // A store that cannot be read allows nothing; the next beat tries again.
        if let Err(error) = home.beat().await {
            words(&format!("the store cannot be read: {error}"));
        } else if let Err(error) = home.keep().await {
            words(&format!("the log cannot be kept: {error}"));
        } else if let Err(error) = notices.beat().await {
            words(&error.to_string());
        }
        tell_behind(home, &mut told);
        let api = Arc::clone(&home.api);
        tokio::spawn(async move { api.shadow_beat().await });
        tokio::spawn(Arc::clone(&home.api).sprawl_beat());
        let (node, tenant) = (Arc::clone(&home.node), home.tenant);
        tokio::spawn(async move { drop(node.hear_noes(tenant).await) });
        let node = Arc::clone(&home.node);
        // What could not be erased now is looked at again.
        let own = OwnTime { up: boot_time(), wall: clock() };
        tokio::spawn(async move { drop(node.expire(tenant, own).await) });
        http.iter().for_each(|http| http.beat());
        idle = if home.api.sessions() == 0 { idle + 1 } else { 0 };
        if idle_most.is_some_and(|most| idle >= most) {
            return;
        }
    }
}

/// Ends what wrappers left, and signs the log.
async fn close(home: &Home) {
    // A wrapper's session does not outlive the node, so its task does not either.
    match tokio::time::timeout(CLOSE_WITHIN, home.api.close_sessions()).await {
        Ok(Ok(())) => {}
        Ok(Err(problem)) => words(&format!("tasks of wrappers were not ended: {}", problem.detail)),
        Err(_) => words("tasks of wrappers were not ended in time; they expire"),
    }
    if let Err(error) = home.node.close().await {
        words(&format!("the log was not signed at the end: {error}"));
    }
    words("stopped");
}

/// A node of this home that is asked for takes the place of the user's own, where nobody uses that one. Any other stays.
async fn takes_its_place(other: &Client, asked: &Serve, places: &Places) -> Result<(), Trouble> {
    let socket = places.socket.display();
    let already = "a node already answers at its socket";
    if asked.user {
        return Err(BadInput(format!("{socket}: {already}")).into());
    }
    // One that is just ending, or is of another version, tells nothing of itself.
    let status = other.get("/v1/status").await.unwrap_or(Json::Null);
    let node = status.get("node").cloned().unwrap_or(Json::Null);
    let own = node.get("own").and_then(Json::as_bool).unwrap_or_default();
    if own && number(&status, "sessions") == 0 {
        words("the user's own node ran here for nobody: this one takes its place");
        if super::stop::end(other, false).await?.1 {
            return Ok(());
        }
    }
    let who = match number(&node, "pid") {
        0 => String::new(),
        pid => format!(", process {pid}"),
    };
    let what = match number(&status, "sessions") {
        wrapped if own => format!(" and decides for {wrapped} wrapped servers, whose tasks end with it"),
        _ => String::new(),
    };
    let next = "use that one, end it with `bailiwick stop`, or choose another home with --home DIR";
    Err(BadInput(format!("{socket}: {already}{who}{what}: {next}")).into())
}

/// Says once that the store went back.
fn tell_behind(home: &Home, told: &mut Option<String>) {
    let behind = home.node.behind(home.tenant);
    if let Some(why) = behind.as_ref().filter(|_| *told != behind) {
        words(&Failure::Behind(why.clone()).to_string());
    }
    *told = behind;
}

/// Where agents reach the node: a user's own node is for its wrappers alone unless it is told otherwise.
fn address(asked: &Serve) -> Option<Address> {
    let usual = (!asked.user).then_some(LISTEN);
    let tls = asked.tls_cert.clone().zip(asked.tls_key.clone());
    asked.listen.or(usual).map(|listen| Address { listen, public_url: asked.public_url.clone(), tls })
}

/// What servers are given that no document holds. Read once: a changed one counts from the next start.
fn secrets(asked: &Serve) -> Result<Secrets, Trouble> {
    let mut secrets = Secrets::default();
    let parted = |text: &str, what: &str| -> Result<(String, String), Trouble> {
        let (name, value) = text.split_once('=').ok_or_else(|| BadInput(format!("expected `NAME={what}`")))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    for text in &asked.secret {
        let (name, path) = parted(text, "FILE")?;
        secrets.put_file(&name, Path::new(&path)).map_err(|error| BadInput(format!("{path}: {error}")))?;
    }
    for text in &asked.secret_env {
        let (name, place) = parted(text, "VARIABLE")?;
        let value = variable(&place)
            .ok_or_else(|| BadInput(format!("the variable `{place}` of secret `{name}` is not set")))?;
        secrets.put(&name, Zeroizing::new(value)).map_err(|error| BadInput(error.to_string()))?;
    }
    Ok(secrets)
}

/// Starts the user's own node if none answers, in a session of its own, and waits until it does. Answers whether none did.
///
/// # Errors
/// When it does not come up; why, as it says.
pub(crate) async fn ensure_user_node(places: &Places, own_home: bool) -> Result<bool, Trouble> {
    let client = Client::new(&places.socket, None);
    if client.answers().await {
        return Ok(false);
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&places.state)?;
    let mut started = start(places, own_home)?;
    let mut waited = Duration::ZERO;
    while !client.answers().await {
        if let Some(why) = started.ended()? {
            // Of several that start at once one gets the store's lock, and answers in a moment; or one that is just
            // ending has it, and is followed.
            if !(why.contains("another process has") || why.contains("already answers")) {
                return Err(format!("the node did not start: {}", why.trim_start_matches("bailiwick: ")).into());
            }
            tokio::time::sleep(START_AGAIN).await;
            waited += START_AGAIN;
            started = start(places, own_home)?;
        }
        if waited >= START_WITHIN {
            return Err(format!("the node did not come up; see {}", places.log().display()).into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
        waited += LOOK_EVERY;
    }
    // Reaps it if it lost the race; the winner goes on by itself.
    let _still_running = started.ended();
    Ok(true)
}

/// A node that was started, until it has its own log.
struct Started {
    child: Child,
    said: Option<JoinHandle<String>>,
}

impl Started {
    /// What it said, if it has ended.
    fn ended(&mut self) -> std::io::Result<Option<String>> {
        let Some(status) = self.child.try_wait()? else { return Ok(None) };
        // Its end is the end of what it said.
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        let said = said.trim();
        Ok(Some(if said.is_empty() { status.to_string() } else { said.to_owned() }))
    }
}

fn start(places: &Places, own_home: bool) -> Result<Started, Trouble> {
    let mut command = Command::new(std::env::current_exe()?);
    // A group of its own: what ends the client does not end the node that others use.
    command.process_group(0);
    if own_home {
        command.arg("--home").arg(&places.state);
    }
    // What it says goes into its log once it has one; until then it is ours to pass on.
    command.args(["serve", "--user", "--detached"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cannot start the node: {error}"))?;
    let said = child.stderr.take().map(|stderr| {
        std::thread::spawn(move || {
            let mut said = String::new();
            // What cannot be read is not passed on.
            let _cut = stderr.take(FIRST_WORDS_BYTES).read_to_string(&mut said);
            said
        })
    });
    Ok(Started { child, said })
}
