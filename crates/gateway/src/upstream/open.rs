//! Opening a session: start, find out the era, shake hands.

use super::desk::Desk;
use super::http::Http;
use super::offer::Hello;
use super::process::{self, Fate, Unread};
use super::target::{HttpTarget, StdioTarget, Target};
use super::{Link, Upstream};
use crate::asks::Able;
use crate::era::{self, Era, LEGACY, LEGACY_UPSTREAM_ALSO, MODERN};
use crate::rpc::{INTERNAL_ERROR, RpcError, UNSUPPORTED_VERSION, quoted};
use crate::settings::Settings;
use bailiwick_core::json::{Json, Object};
use std::sync::Arc;
use std::time::Duration;

/// How long a process that closed its output may take to say how it ended.
const EXPLAIN_WITHIN: Duration = Duration::from_millis(500);

/// Opens a session. `known` is the era that this server had before: then it is not asked again.
pub(crate) async fn open(
    target: &Target,
    known: Option<Era>,
    able: Able,
    settings: &Settings,
) -> Result<(Upstream, Hello), String> {
    let opening = async {
        match target {
            Target::Stdio(stdio) => {
                let start = || start_process(stdio, settings);
                open_streams(start, known, able, settings).await
            }
            Target::Http(http) => open_http(http, known, able, settings).await,
            #[cfg(test)]
            Target::Fake(fake) => {
                open_streams(|| Ok((fake.start(settings), Fate::default(), Unread::default())), known, able, settings)
                    .await
            }
        }
    };
    match tokio::time::timeout(settings.start_within, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(format!("it did not shake hands within {} s", settings.start_within.as_secs())),
    }
}

/// A link before it is known what is at its other end.
pub(crate) struct Raw {
    pub(crate) link: Link,
    pub(crate) desk: Arc<Desk>,
}

impl Raw {
    fn of(self, era: Era) -> Upstream {
        Upstream::new(self.link, self.desk, era)
    }
}

fn start_process(target: &StdioTarget, settings: &Settings) -> Result<(Raw, Fate, Unread), String> {
    let desk = Arc::new(Desk::new(settings.server_message_bytes_max, target.secrets.clone()));
    let (pipe, fate, unread) = process::start(target, desk.clone(), settings.stop_within)?;
    Ok((Raw { link: Link::Pipe(pipe), desk }, fate, unread))
}

async fn open_streams(
    start: impl Fn() -> Result<(Raw, Fate, Unread), String>,
    known: Option<Era>,
    able: Able,
    settings: &Settings,
) -> Result<(Upstream, Hello), String> {
    let (mut raw, mut fate, unread) = start()?;
    if known != Some(Era::Legacy) {
        let upstream = raw.of(Era::Modern);
        let within = if known.is_some() { settings.start_within } else { settings.probe_within };
        match discover(&upstream, within).await {
            Ok(hello) => {
                upstream.listen(&hello.changes());
                return Ok((upstream, hello));
            }
            Err(error) if known.is_some() => return Err(failed(&error, &upstream, &fate).await),
            Err(error) if gone(&error, &upstream).await => {
                if unread.any() {
                    // it ended before it was asked anything: so it would again
                    return Err(failed(&error, &upstream, &fate).await);
                }
                // some servers of the older era end when they are asked anything before `initialize`
                drop(upstream);
                let (again, its, _) = start()?;
                (raw, fate) = (again, its);
            }
            Err(_) => raw = Raw { link: upstream.link, desk: upstream.desk },
        }
    }
    drop(unread);
    let upstream = raw.of(Era::Legacy);
    match initialize(&upstream, able, settings.start_within).await {
        Ok(hello) => Ok((upstream, hello)),
        Err(error) if known.is_none() && !gone(&error, &upstream).await => {
            // one of the newer era that took longer to start than it may take to be asked
            let upstream = Raw { link: upstream.link, desk: upstream.desk }.of(Era::Modern);
            match discover(&upstream, settings.probe_within).await {
                Ok(hello) => {
                    upstream.listen(&hello.changes());
                    Ok((upstream, hello))
                }
                Err(_) => Err(format!("it refused to begin: {error}")),
            }
        }
        Err(error) => Err(failed(&error, &upstream, &fate).await),
    }
}

/// Over HTTP what is asked first is whether it is of the newer era; what refuses for another reason is of neither.
async fn open_http(
    target: &HttpTarget,
    known: Option<Era>,
    able: Able,
    settings: &Settings,
) -> Result<(Upstream, Hello), String> {
    let http = Http::new(target, settings)?;
    let desk = http.desk();
    let mut raw = Raw { link: Link::Http(http), desk };
    if known != Some(Era::Legacy) {
        let upstream = raw.of(Era::Modern);
        let within = if known.is_some() { settings.start_within } else { settings.probe_within };
        match discover(&upstream, within).await {
            Ok(hello) => {
                upstream.listen(&hello.changes());
                return Ok((upstream, hello));
            }
            Err(error) => {
                if let Some(why) = not_its_era(&upstream, &error) {
                    return Err(why);
                }
                if known.is_some() {
                    return Err(format!("it refused to begin: {}", quoted(&error.message)));
                }
            }
        }
        raw = Raw { link: upstream.link, desk: upstream.desk };
    }
    let upstream = raw.of(Era::Legacy);
    match initialize(&upstream, able, settings.start_within).await {
        Ok(hello) => {
            upstream.listen(&hello.changes());
            Ok((upstream, hello))
        }
        Err(error) => Err(not_its_era(&upstream, &error)
            .unwrap_or_else(|| format!("it refused to begin: {}", quoted(&error.message)))),
    }
}

fn not_its_era(upstream: &Upstream, error: &RpcError) -> Option<String> {
    match &upstream.link {
        Link::Http(http) => http.says_nothing_of_era(error),
        Link::Pipe(_) => None,
    }
}

/// Whether the server is gone. One that could not be written to may be about to be seen as such.
async fn gone(error: &RpcError, upstream: &Upstream) -> bool {
    let unanswered = error.code == INTERNAL_ERROR;
    !upstream.alive() || unanswered && tokio::time::timeout(EXPLAIN_WITHIN, upstream.desk.gone()).await.is_ok()
}

async fn failed(error: &RpcError, upstream: &Upstream, fate: &Fate) -> String {
    if !gone(error, upstream).await {
        return format!("it refused to begin: {}", quoted(&error.message));
    }
    let why = fate.explain(EXPLAIN_WITHIN).await;
    if upstream.desk.holds_secret(why.as_bytes()) {
        return "it ended while it started; its last words hold a secret".into();
    }
    format!("it ended while it started: {why}")
}

/// Asks a server of the newer era what it is.
pub(crate) async fn discover(upstream: &Upstream, within: Duration) -> Result<Hello, RpcError> {
    let said = match upstream.inquire("server/discover", Object::default(), within).await {
        Ok(said) => said,
        // it names the versions that it speaks: ours may be among them all the same
        Err(error) if error.code == UNSUPPORTED_VERSION && names_modern(error.data.as_ref(), "supported") => {
            upstream.inquire("server/discover", Object::default(), within).await?
        }
        Err(error) => return Err(error),
    };
    if !names_modern(Some(&said), "supportedVersions") {
        return Err(RpcError::new(UNSUPPORTED_VERSION, format!("it does not speak `{MODERN}`")));
    }
    let server = said.get("_meta").and_then(|meta| meta.get(era::META_SERVER)).cloned();
    Ok(Hello::read(&said, server))
}

fn names_modern(value: Option<&Json>, member: &str) -> bool {
    let versions = value.and_then(|value| value.get(member)).and_then(Json::as_array);
    versions.is_some_and(|versions| versions.iter().any(|version| version.as_str() == Some(MODERN)))
}

/// Opens a session of the older era. It is told what the grant names that it may ask for: which client will be there when
/// it asks is not known yet, and one that cannot be asked is not.
pub(crate) async fn initialize(upstream: &Upstream, able: Able, within: Duration) -> Result<Hello, RpcError> {
    let mut params = Object::default();
    params.insert("protocolVersion", Json::from("2025-11-25"));
    params.insert("capabilities", Json::Object(able.declared()));
    params.insert("clientInfo", era::ourselves());
    let said = upstream.inquire("initialize", params, within).await?;
    let version = said.get("protocolVersion").and_then(Json::as_str).unwrap_or_default();
    let spoken = LEGACY.into_iter().chain([LEGACY_UPSTREAM_ALSO]).find(|spoken| *spoken == version);
    let Some(version) = spoken else {
        let why = format!("it answered with protocol version `{}`", quoted(version));
        return Err(RpcError::new(UNSUPPORTED_VERSION, why));
    };
    upstream.agree(version);
    upstream.tell("notifications/initialized", Object::default()).await;
    let server = said.get("serverInfo").cloned();
    Ok(Hello::read(&said, server))
}
