//! One connection to a place: the name resolved once, the address looked at, TLS by the URL's name.

use crate::place::Place;
use crate::trust::{BadTrust, Trust};
use bailiwick_core::normal::{private, surroundings};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// How many addresses of a name are tried.
const ADDRESSES_MAX: usize = 4;
/// How long one of them may take, as its resolution and the handshake may.
const STEP_WITHIN: Duration = Duration::from_secs(10);

/// What TLS and plain text have in common.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Which addresses a name may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// Inner networks and this machine among them: an administrator named the place.
    Inner,
    /// The world's alone.
    World,
}

/// Why there is no connection. Nothing was sent on one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    at: String,
    /// What hindered it, without the place's name.
    pub why: String,
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not reached: {}", self.at, self.why)
    }
}

impl std::error::Error for Unreached {}

/// Makes connections to one place.
pub struct Dialler {
    place: Place,
    range: Range,
    tls: Option<TlsConnector>,
}

impl Dialler {
    /// To this place, at addresses of this range, where these authorities prove its name.
    ///
    /// # Errors
    /// [`BadTrust::Library`].
    pub fn new(place: Place, range: Range, trust: Trust) -> Result<Self, BadTrust> {
        let tls = if place.tls { Some(TlsConnector::from(Arc::new(trust.client()?))) } else { None };
        Ok(Self { place, range, tls })
    }

    /// Where it connects to.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// A new connection, secret where the place asks for it.
    ///
    /// # Errors
    /// [`Unreached`].
    pub async fn dial(&self) -> Result<Box<dyn Stream>, Unreached> {
        let stream = self.reach().await?;
        self.secure(stream).await
    }

    /// A connection without TLS yet: for whoever puts something between.
    ///
    /// # Errors
    /// [`Unreached`].
    pub async fn reach(&self) -> Result<TcpStream, Unreached> {
        let Place { host, port, .. } = &self.place;
        let found = tokio::time::timeout(STEP_WITHIN, tokio::net::lookup_host((host.as_str(), *port))).await;
        let found = found
            .map_err(|_| self.unreached("its name was not resolved in time"))?
            .map_err(|error| self.unreached(format!("its name means nothing: {error}")))?;
        let mut why = "its name means no address".to_owned();
        for address in found.take(ADDRESSES_MAX) {
            if !self.admits(address.ip()) {
                why = format!("its name means `{}`, where nothing is sent", address.ip());
                continue;
            }
            match tokio::time::timeout(STEP_WITHIN, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // small messages, each waited for; a socket that refuses the option only is slower
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => why = error.to_string(),
                Err(_) => why = "it did not take the connection in time".to_owned(),
            }
        }
        Err(self.unreached(why))
    }

    /// What is said over this stream, made secret where the place asks for it, and shown to end at who has the place's name.
    ///
    /// # Errors
    /// [`Unreached`].
    pub async fn secure<S: Stream + 'static>(&self, stream: S) -> Result<Box<dyn Stream>, Unreached> {
        let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
        let name = ServerName::try_from(self.place.host.clone())
            .map_err(|_| self.unreached("its host is no name that TLS could prove"))?;
        let shaken = tokio::time::timeout(STEP_WITHIN, tls.connect(name, stream)).await;
        let secure = shaken
            .map_err(|_| self.unreached("it did not finish the TLS handshake in time"))?
            .map_err(|error| self.unreached(format!("no TLS: {error}")))?;
        Ok(Box::new(secure))
    }

    /// Why this place is not reached.
    #[must_use]
    pub fn unreached(&self, why: impl Into<String>) -> Unreached {
        Unreached { at: format!("{}:{}", self.place.host, self.place.port), why: why.into() }
    }

    /// Whether this address of the name may be connected to.
    fn admits(&self, address: IpAddr) -> bool {
        // without TLS to this machine alone, whatever the name means
        let plain = self.place.tls || address.to_canonical().is_loopback();
        plain && !surroundings(address) && (self.range == Range::Inner || !private(address))
    }
}

#[cfg(test)]
mod tests;
