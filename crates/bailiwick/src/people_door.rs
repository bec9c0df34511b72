//! Where people reach a node with a browser: under which name, its pages, and `/v1` with a session.

use crate::home::{Home, Trouble};
use bailiwick_api::{BROWSER_BODY_BYTES_MAX, People, Problem};
use bailiwick_identity::{ChallengeKey, SessionKey, Site};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use std::net::SocketAddr;
use std::time::Duration;

/// The site of a node, and further values of `Host` that stand for it. A passkey is made for a name, never for an address
/// (WebAuthn level 3 section 5.1.2): a node of this machine alone is called `localhost`. What agents are told stays.
pub(crate) fn site(public_url: Option<&str>, local: SocketAddr, plain: bool) -> Option<(Site, Vec<String>)> {
    let scheme = if plain { "http" } else { "https" };
    let on_this_machine = || Site::of(&format!("{scheme}://localhost:{}", local.port())).ok();
    let address = format!("{scheme}://{local}");
    match public_url {
        // a proxy may keep the name that it was asked by, or say ours
        Some(url) if url.trim_end_matches('/') != address => Some((Site::of(url).ok()?, vec![local.to_string()])),
        _ if local.ip().is_loopback() => Some((on_this_machine()?, Vec::new())),
        _ => None,
    }
}

/// Opens the door for people, where the node has a name that they can sign in at. Answers its URL.
///
/// # Errors
/// When the tenant's keys cannot be had.
pub(crate) fn open(home: &Home, site: Option<(Site, Vec<String>)>) -> Result<Option<String>, Trouble> {
    let Some((site, hosts)) = site else { return Ok(None) };
    let vault = home.node.vault();
    let sessions = SessionKey::new(vault.subkey(home.tenant, "person-session")?.expose());
    let challenges = ChallengeKey::new(vault.subkey(home.tenant, "person-challenge")?.expose());
    let people = People::new(site, hosts, sessions, challenges);
    let url = people.url().to_owned();
    home.api.has_people(people);
    Ok(Some(url))
}

/// Whether a path is for people: a page, a file of one, or `/v1`.
pub(crate) fn serves(path: &str) -> bool {
    path.starts_with("/v1/") || bailiwick_console::page(path).is_some()
}

/// Whether somebody looks with a browser: programs that ask for JSON, or for anything, are answered in it.
pub(crate) fn looks(head: &http::HeaderMap) -> bool {
    let accepts = head.get_all(http::header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepts
        .flat_map(|all| all.split(','))
        .any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "text/html"))
}

/// The answer to a browser that asks for a page that is not there.
pub(crate) fn no_page() -> Response<Bytes> {
    bailiwick_console::no_page().map(Bytes::from_static)
}

/// Answers one request of a browser.
pub(crate) async fn answer(home: &Home, request: http::Request<Incoming>, within: Duration) -> Response<Bytes> {
    let (head, body) = request.into_parts();
    if let Some(page) = page(home, &head) {
        return page;
    }
    match collected(body, BROWSER_BODY_BYTES_MAX, within).await {
        Ok(body) => home.api.answer_browser(&head, body.to_vec()).await.map(Bytes::from),
        Err(refused) => refused,
    }
}

fn page(home: &Home, head: &Parts) -> Option<Response<Bytes>> {
    if !matches!(head.method, Method::GET | Method::HEAD) {
        return None;
    }
    let page = bailiwick_console::page(head.uri.path())?;
    Some(match home.api.at_its_name(head) {
        Ok(()) => page.map(Bytes::from_static),
        Err(problem) => problem.response().map(Bytes::from),
    })
}

/// The whole of a body, bounded in bytes and time.
pub(crate) async fn collected(body: Incoming, bytes_max: usize, within: Duration) -> Result<Bytes, Response<Bytes>> {
    let no = |status, sentence: &str| Problem { status, ..Problem::bad(sentence) }.response().map(Bytes::from);
    match tokio::time::timeout(within, Limited::new(body, bytes_max).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            Err(no(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"))
        }
        Ok(Err(_)) => Err(no(StatusCode::BAD_REQUEST, "the body ended too early")),
        Err(_) => Err(no(StatusCode::REQUEST_TIMEOUT, "the body came too slowly")),
    }
}

#[cfg(test)]
mod tests;
