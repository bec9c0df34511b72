//! The public URLs of a tenant's authority and resources, all made from the one configured base.

use bailiwick_core::{ControlState, ServerName};
use bailiwick_identity::{BadUrl, PublicUrl};

/// Why a base URL cannot be an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBase {
    /// Not a URL at all.
    #[error(transparent)]
    Url(#[from] BadUrl),
    /// With a path, query or fragment (RFC 8414 §2 forbids the last two; we take no path either).
    #[error("the public URL must be a scheme, a host and a port, nothing more, written as `{}`", .0)]
    More(&'static str),
}

/// The URLs of one tenant. Made of the *configured* public URL, never of a request's Host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls {
    issuer: Box<str>,
}

pub(crate) const TOKEN: &str = "/oauth/token";
pub(crate) const AUTHORIZE: &str = "/oauth/authorize";
pub(crate) const JWKS: &str = "/oauth/jwks";
pub(crate) const INTROSPECT: &str = "/oauth/introspect";
pub(crate) const REVOKE: &str = "/oauth/revoke";
/// Our own: an instance that is going says so.
pub(crate) const RELEASE: &str = "/oauth/release";
pub(crate) const SERVER_METADATA: &str = "/.well-known/oauth-authorization-server";
pub(crate) const RESOURCE_METADATA: &str = "/.well-known/oauth-protected-resource";

impl Urls {
    /// From the configured public URL.
    ///
    /// # Errors
    /// [`BadBase`] for what cannot be an issuer and the root of resources.
    pub fn new(base: &str) -> Result<Self, BadBase> {
        let normal = PublicUrl::parse(base)?;
        let issuer = normal.as_str().strip_suffix('/').unwrap_or_default();
        let given = base.strip_suffix('/').unwrap_or(base);
        // Compared as written, so that what clients are told is what the administrator wrote.
        if issuer != given || issuer.matches('/').count() != 2 {
            return Err(BadBase::More("https://host:port"));
        }
        Ok(Self { issuer: issuer.into() })
    }

    /// The issuer (RFC 8414 §2).
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The URL of a path of ours.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// The URL that a proof for a request to this path names.
    ///
    /// # Errors
    /// [`BadUrl`] for a path that no URL has.
    pub fn proved(&self, path: &str) -> Result<PublicUrl, BadUrl> {
        PublicUrl::parse(&self.at(path))
    }

    /// The path of a resource that we have: `/mcp`, or `/mcp/{server}` of a server that is there.
    pub(crate) fn resource_path<'a>(&self, resource: &'a str, control: &ControlState) -> Option<&'a str> {
        let path = resource.strip_prefix(&*self.issuer)?;
        is_resource(path, control).then_some(path)
    }

    /// Where the metadata of a resource stands (RFC 9728 §3.1: the well-known part before the path).
    pub fn resource_metadata(&self, path: &str) -> String {
        format!("{}{RESOURCE_METADATA}{path}", self.issuer)
    }
}

/// Whether this path is a resource of ours.
pub(crate) fn is_resource(path: &str, control: &ControlState) -> bool {
    let Some(rest) = path.strip_prefix("/mcp") else { return false };
    if rest.is_empty() {
        return true;
    }
    let server = rest.strip_prefix('/').and_then(|name| ServerName::parse(name).ok());
    server.is_some_and(|server| control.servers.contains_key(&server))
}

#[cfg(test)]
mod tests;
