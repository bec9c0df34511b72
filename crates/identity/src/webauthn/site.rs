//! The site that passkeys are made for, out of the node's public URL.

use crate::url::{BadUrl, PublicUrl};
use std::net::{Ipv4Addr, Ipv6Addr};

/// More pages than this need no list.
const ORIGINS_MAX: usize = 16;

/// The relying party (WebAuthn level 3 §5.1.2): its id, which is a host, and the origins at which its pages stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    rp_id: String,
    origins: Vec<String>,
}

impl Site {
    /// The site of a node's public URL: its host, with its own origin.
    ///
    /// # Errors
    /// [`BadUrl`] for what no browser makes a passkey for: an IP address, and plain HTTP at any host but `localhost`.
    pub fn of(public_url: &str) -> Result<Self, BadUrl> {
        let (origin, host) = origin_of(public_url)?;
        Ok(Self { rp_id: host, origins: vec![origin] })
    }

    /// The same site with one more origin, whose host is the site's or one under it.
    ///
    /// # Errors
    /// [`BadUrl`] for another host, and for what [`Site::of`] refuses.
    pub fn also(mut self, url: &str) -> Result<Self, BadUrl> {
        let (origin, host) = origin_of(url)?;
        // §5.1.2: the id is the origin's host or what it ends in, from a dot on.
        let under = host.strip_suffix(&self.rp_id).is_some_and(|before| before.is_empty() || before.ends_with('.'));
        if !under {
            return Err(BadUrl { why: "a host that is not under the site's" });
        }
        if self.origins.len() >= ORIGINS_MAX {
            return Err(BadUrl { why: "too many origins" });
        }
        if !self.origins.contains(&origin) {
            self.origins.push(origin);
        }
        Ok(self)
    }

    /// Any pair, as the cases of `vectors/` have them.
    #[cfg(test)]
    pub(super) fn for_test(rp_id: &str, origins: &[&str]) -> Self {
        Self { rp_id: rp_id.to_owned(), origins: origins.iter().map(|origin| (*origin).to_owned()).collect() }
    }

    /// The relying party's id: a host without a port.
    pub fn rp_id(&self) -> &str {
        &self.rp_id
    }

    /// Where its pages stand, its own origin first.
    pub fn origins(&self) -> &[String] {
        &self.origins
    }
}

/// Scheme, host and port as browsers write an origin, and the host.
fn origin_of(url: &str) -> Result<(String, String), BadUrl> {
    let url = PublicUrl::parse(url)?;
    let no_host = BadUrl { why: "no host" };
    let (scheme, rest) = url.as_str().split_once("://").ok_or(no_host)?;
    let authority = rest.split('/').next().unwrap_or_default();
    // Without a port only a bracketed address has a colon, and that is refused below.
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    // HTML, "effective domain": an address is none. WHATWG URL reads a last label of digits as one.
    let address = host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok();
    let last = host.rsplit('.').next().unwrap_or_default();
    if address || last.is_empty() || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadUrl { why: "a passkey is made for a name, not for an address: use `localhost` on one machine" });
    }
    // W3C Secure Contexts §3.1: plain HTTP is trusted on the machine itself alone.
    if scheme != "https" && host != "localhost" && !host.ends_with(".localhost") {
        return Err(BadUrl { why: "a passkey needs https, or http at `localhost`" });
    }
    Ok((format!("{scheme}://{authority}"), host.to_owned()))
}

#[cfg(test)]
mod tests;
