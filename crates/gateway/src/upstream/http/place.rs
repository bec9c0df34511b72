//! Where an endpoint is, and which addresses its name may mean.

use bailiwick_core::normal::surroundings;
use http::HeaderValue;
use http::uri::{PathAndQuery, Uri};
use std::net::IpAddr;

/// An endpoint's URL, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
    /// What the `Host` header says.
    pub(super) authority: HeaderValue,
    pub(super) path: PathAndQuery,
}

impl Place {
    /// Reads a URL.
    ///
    /// # Errors
    /// A sentence: what it is that no server of ours may be at.
    pub(super) fn read(url: &str) -> Result<Self, String> {
        let shown = crate::rpc::quoted(url);
        // one reader for all: what it refuses (user information, dot segments, numbers as names) is no endpoint
        let host = bailiwick_core::normal::url_host(url).ok_or_else(|| format!("`{shown}` is no URL of a host"))?;
        let uri: Uri = url.parse().map_err(|error| format!("`{shown}` is no URL: {error}"))?;
        if url.contains('#') {
            return Err(format!("`{shown}` has a fragment, which is never sent"));
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_loopback(&bare) => false,
            Some("http") => return Err(format!("`{shown}` is without TLS, which only a host on this machine may be")),
            _ => return Err(format!("expected `{shown}` to begin with `https://`")),
        };
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let authority = uri.port_u16().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let authority = HeaderValue::try_from(authority).map_err(|_| format!("`{shown}` names no host"))?;
        let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        Ok(Self { host: bare, port, tls, authority, path })
    }

    /// Whether this address of the name may be connected to. The name is resolved once, and what was looked at here is
    /// what is connected to.
    pub(super) fn admits(&self, address: IpAddr) -> bool {
        if !self.tls {
            return address.to_canonical().is_loopback();
        }
        // an administrator names servers, inner networks among them
        !surroundings(address)
    }
}

/// RFC 6761 section 6.3 names, and loopback addresses.
fn is_loopback(host: &str) -> bool {
    let address = host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    address || host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests;
