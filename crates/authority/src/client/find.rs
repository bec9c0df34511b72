//! Which authority gives tokens for a resource (RFC 9728, then RFC 8414).

use super::http::{Client, ClientError, Outgoing};
use http::{HeaderMap, Method, StatusCode};
use hyper::body::Bytes;
use serde_json::Value;

/// A resource and its authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The resource, as its metadata names it.
    pub resource: String,
    /// The issuer.
    pub issuer: String,
    /// Where tokens are had.
    pub token_endpoint: String,
    /// Where an instance that is going says so, if anywhere.
    pub release_endpoint: Option<String>,
}

impl Client {
    /// Finds the authority of a resource.
    ///
    /// # Errors
    /// [`ClientError`] when it cannot be reached or its documents do not name each other.
    pub async fn find(&self, resource: &str) -> Result<Found, ClientError> {
        let strange = |why: &str| ClientError::Strange(resource.to_owned(), why.to_owned());
        let (origin, path) = split(resource).ok_or_else(|| ClientError::Url(resource.to_owned()))?;
        let about = self.read(&format!("{origin}/.well-known/oauth-protected-resource{path}")).await?;
        let about = about.ok_or_else(|| ClientError::NoDoor(resource.to_owned()))?;
        // RFC 9728 §3.3: metadata of another resource is that of somebody who wants to be taken for this one.
        if text(&about, "/resource") != Some(resource) {
            return Err(strange("its metadata is another resource's"));
        }
        let issuer = text(&about, "/authorization_servers/0").ok_or_else(|| strange("it names no authority"))?;
        let (origin, path) = split(issuer).ok_or_else(|| ClientError::Url(issuer.to_owned()))?;
        let server = self.read(&format!("{origin}/.well-known/oauth-authorization-server{path}")).await?;
        let server = server.ok_or_else(|| strange("its authority is not there"))?;
        // RFC 8414 §3.3
        if text(&server, "/issuer") != Some(issuer) {
            return Err(strange("its authority's metadata is of another issuer"));
        }
        let endpoint = text(&server, "/token_endpoint").ok_or_else(|| strange("its authority gives no tokens"))?;
        Ok(Found {
            resource: resource.to_owned(),
            issuer: issuer.to_owned(),
            token_endpoint: endpoint.to_owned(),
            release_endpoint: text(&server, "/bailiwick_release_endpoint").map(str::to_owned),
        })
    }

    /// A document; `None` where there is none.
    async fn read(&self, url: &str) -> Result<Option<Value>, ClientError> {
        let outgoing = Outgoing { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new() };
        let answer = self.document(&outgoing, None).await?;
        let strange = |why: String| ClientError::Strange(url.to_owned(), why);
        match answer.status {
            StatusCode::OK => {
                serde_json::from_slice(&answer.body).map(Some).map_err(|error| strange(error.to_string()))
            }
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(strange(format!("status {status}"))),
        }
    }
}

/// A text in a document.
pub(super) fn text<'a>(document: &'a Value, pointer: &str) -> Option<&'a str> {
    document.pointer(pointer)?.as_str()
}

/// Origin and path of a URL.
fn split(url: &str) -> Option<(&str, &str)> {
    let start = url.find("://")? + 3;
    let end = url.get(start..)?.find('/').map_or(url.len(), |at| start + at);
    let (origin, path) = url.split_at_checked(end)?;
    Some((origin, path.trim_end_matches('/')))
}
