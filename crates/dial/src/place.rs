//! Where an endpoint is, as its URL says.

use bailiwick_core::normal::url_host;
use http::HeaderValue;
use http::uri::{PathAndQuery, Uri};
use std::net::IpAddr;

/// What a URL is that nothing of ours is at. Its sentence goes on after the URL's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPlace {
    /// User information, dot segments, a number as a name, or no host at all.
    #[error("is no URL of a host")]
    NoHost,
    /// Another reader does not read it.
    #[error("is no URL: {0}")]
    NotUrl(String),
    /// What stands after `#`.
    #[error("has a fragment, which is never sent")]
    Fragment,
    /// Plain text to another machine.
    #[error("is without TLS, which only a host on this machine may be")]
    Plain,
    /// Neither `https` nor `http`.
    #[error("does not begin with `https://`")]
    Scheme,
}

/// An endpoint's URL, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name or address, without brackets.
    pub host: String,
    /// The port; 443 or 80 where the URL says none.
    pub port: u16,
    /// Whether it is spoken to over TLS.
    pub tls: bool,
    /// What the `Host` header says.
    pub authority: HeaderValue,
    /// What is asked for there.
    pub path: PathAndQuery,
}

impl Place {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`BadPlace`]: why nothing of ours is there.
    pub fn read(url: &str) -> Result<Self, BadPlace> {
        // one reader for all: what it refuses (user information, dot segments, numbers as names) is no endpoint
        let host = url_host(url).ok_or(BadPlace::NoHost)?;
        let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| BadPlace::NotUrl(error.to_string()))?;
        if url.contains('#') {
            return Err(BadPlace::Fragment);
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_loopback(&bare) => false,
            Some("http") => return Err(BadPlace::Plain),
            _ => return Err(BadPlace::Scheme),
        };
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let authority = uri.port_u16().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let authority = HeaderValue::try_from(authority).map_err(|_| BadPlace::NoHost)?;
        let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        Ok(Self { host: bare, port, tls, authority, path })
    }
}

/// RFC 6761 section 6.3 names, and loopback addresses.
fn is_loopback(host: &str) -> bool {
    let address = host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    address || host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests;
