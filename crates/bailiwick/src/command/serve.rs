//! `serve`, and the user's own node that `wrap` starts when it is not there.

use super::Outcome;
use crate::cli::Serve;
use crate::client::Client;
use crate::home::{Home, Trouble};
use crate::http_server::{Address, HttpServer};
use crate::places::{Places, variable};
use crate::print::words;
use crate::trust::BadInput;
use bailiwick_gateway::Secrets;
use bailiwick_node::Failure;
use std::fs::OpenOptions;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use zeroize::Zeroizing;

/// How long a user's node stays when nobody uses it.
const IDLE_BEATS_MAX: u32 = 600;
/// How often the node looks after time.
const BEAT: Duration = Duration::from_secs(1);
/// Where a node listens unless it is told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8484);
/// How long `wrap` waits for the node it started.
const START_WITHIN: Duration = Duration::from_secs(30);

/// Runs a node until it is told to stop, or, the user's own, until it was idle for ten minutes.
///
/// # Errors
/// What the store, the keys or the socket say.
pub(crate) async fn serve(asked: Serve, places: Places) -> Result<Outcome, Trouble> {
    let places = match asked.store.clone() {
        Some(store) => Places { store, ..places },
        None => places,
    };
    let address = address(&asked);
    let secrets = secrets(&asked)?;
    if Client::new(&places.socket, None).answers().await {
        let why = "a node already answers at its socket";
        let next = "use that one, end it, or choose another home with --home DIR";
        return Err(BadInput(format!("{}: {why}: {next}", places.socket.display())).into());
    }
    let home = Arc::new(Home::open(places).await?);
    // Behind a store that went back there is no door for agents: its keys could not be told from old ones.
    let http = match address.filter(|_| home.node.behind(home.tenant).is_none()) {
        Some(address) => Some(Arc::new(HttpServer::open(&home, address, secrets).await?)),
        None => None,
    };
    let socket = crate::server::bind(&home)?;
    let (stopping, stopped) = watch::channel(false);
    let serving = http.clone().map(|http| tokio::spawn(async move { http.run(stopped).await }));
    words(&format!("node ready: {}", home.places.socket.display()));
    let mut told = None;
    tell_behind(&home, &mut told);
    if let Some(http) = &http {
        words(&format!("agents reach it at {}/mcp", http.public_url()));
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let idle = async {
        let mut beats = 0;
        let mut interval = tokio::time::interval(BEAT);
        loop {
            interval.tick().await;
            // A store that cannot be read allows nothing; the next beat tries again.
            if let Err(error) = home.beat().await {
                words(&format!("the store cannot be read: {error}"));
            } else if let Err(error) = home.keep().await {
                words(&format!("the log cannot be kept: {error}"));
            }
            tell_behind(&home, &mut told);
            http.iter().for_each(|http| http.beat());
            beats = if home.api.sessions() == 0 { beats + 1 } else { 0 };
            if asked.user && beats >= IDLE_BEATS_MAX {
                return;
            }
        }
    };
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = idle => {}
        }
    };
    let ran = crate::server::run(&home, socket, stop).await;
    stopping.send_replace(true);
    if let Some(serving) = serving {
        // A door that panicked has closed already.
        let _closed = serving.await;
    }
    if let Err(error) = home.node.close().await {
        words(&format!("the log was not signed at the end: {error}"));
    }
    ran?;
    Ok(Outcome::Done)
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

/// Starts the user's own node if none answers, in a session of its own, and waits until it does.
///
/// # Errors
/// When it does not come up; its log says why.
pub(crate) async fn ensure_user_node(places: &Places, own_home: bool) -> Result<(), Trouble> {
    let client = Client::new(&places.socket, None);
    if client.answers().await {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&places.state)?;
    let log = OpenOptions::new().create(true).append(true).open(places.log())?;
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    // A group of its own: what ends the client does not end the node that others use.
    command.process_group(0);
    if own_home {
        command.arg("--home").arg(&places.state);
    }
    command.args(["serve", "--user"]).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    // Of several that start at once one gets the store's lock; the others find it answering.
    let mut child = command.spawn().map_err(|error| format!("cannot start the node: {error}"))?;
    let mut waited = Duration::ZERO;
    let step = Duration::from_millis(25);
    while !client.answers().await {
        if waited >= START_WITHIN {
            return Err(format!("the node did not come up; see {}", places.log().display()).into());
        }
        tokio::time::sleep(step).await;
        waited += step;
    }
    // Reaps it if it lost the race; the winner goes on by itself.
    let _still_running = child.try_wait();
    Ok(())
}
