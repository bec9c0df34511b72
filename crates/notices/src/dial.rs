//! One connection to a webhook's endpoint: its URL read once, its name resolved once, the address looked at.

use bailiwick_core::Webhook;
use bailiwick_core::normal::{private, surroundings, url_host};
use http::HeaderValue;
use http::uri::{PathAndQuery, Uri};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// How many addresses of a name are tried.
const ADDRESSES_MAX: usize = 4;

/// What TLS and plain text have in common.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Where a webhook goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Without brackets.
    host: String,
    port: u16,
    tls: bool,
    /// Whether the rule says that it is not at an address of the world's.
    private: bool,
    /// What the `Host` header says.
    pub(crate) authority: HeaderValue,
    pub(crate) path: PathAndQuery,
}

impl Endpoint {
    /// Reads the URL of a rule.
    ///
    /// # Errors
    /// A sentence: why nothing is sent there.
    pub(crate) fn read(webhook: &Webhook) -> Result<Self, String> {
        let host = url_host(&webhook.url).ok_or("its URL names no host")?;
        let uri: Uri = webhook.url.parse().map_err(|error| format!("its URL is none: {error}"))?;
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let near = bare == "localhost"
            || bare.ends_with(".localhost")
            || bare.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if near => false,
            _ => return Err("its URL does not begin with `https://`".to_owned()),
        };
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let authority = uri.port_u16().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let authority = HeaderValue::try_from(authority).map_err(|_| "its URL names no host")?;
        let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        Ok(Self { host: bare, port, tls, private: webhook.private, authority, path })
    }

    /// Whether this address of the name may be connected to. The name is resolved once, and what was looked at here is what
    /// is connected to.
    fn admits(&self, address: IpAddr) -> bool {
        // without TLS to this machine alone, whatever the name means
        let plain = self.tls || address.to_canonical().is_loopback();
        plain && !surroundings(address) && (self.private || !private(address))
    }

    /// A new connection. Whoever calls bounds the time.
    ///
    /// # Errors
    /// A sentence: why there is none. Nothing was sent then.
    pub(crate) async fn dial(&self) -> Result<Box<dyn Stream>, String> {
        let stream = self.reach().await?;
        if !self.tls {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(self.host.clone())
            .map_err(|_| format!("`{}` is no name that TLS could prove", self.host))?;
        let secure = connector()?.connect(name, stream).await;
        Ok(Box::new(secure.map_err(|error| self.told(&format!("no TLS: {error}")))?))
    }

    async fn reach(&self) -> Result<TcpStream, String> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let found = found.map_err(|error| self.told(&format!("its name means nothing: {error}")))?;
        let mut why = self.told("its name means no address");
        for address in found.take(ADDRESSES_MAX) {
            if !self.admits(address.ip()) {
                why = self.told(&format!("its name means `{}`, where its rule sends nothing", address.ip()));
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => why = self.told(&error.to_string()),
            }
        }
        Err(why)
    }

    fn told(&self, why: &str) -> String {
        format!("`{}:{}` is not reached: {why}", self.host, self.port)
    }
}

fn connector() -> Result<TlsConnector, String> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests;
