//! One connection to an endpoint: the name resolved once, the address looked at, TLS by the URL's name.

use super::place::Place;
use super::valve::{Gated, Valve};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// How many addresses of a name are tried.
const ADDRESSES_MAX: usize = 4;
/// How long one of them may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// The most bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 256 << 10;

/// Makes connections to one place.
pub(super) struct Dialler {
    place: Place,
    tls: Option<TlsConnector>,
}

/// One connection. Dropped, it is closed: the newer era takes that for a cancellation.
pub(super) struct Wire {
    pub(super) sender: SendRequest<Full<Bytes>>,
    pub(super) valve: Valve,
    driver: AbortHandle,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// What TLS and plain text have in common.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Dialler {
    /// To this place. `authorities` are trusted in place of the public ones, where there are any.
    pub(super) fn new(place: Place, authorities: &[Vec<u8>]) -> Result<Self, String> {
        let tls = if place.tls { Some(connector(authorities)?) } else { None };
        Ok(Self { place, tls })
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// A new connection. Nothing of a request has left when this fails.
    pub(super) async fn dial(&self) -> Result<Wire, String> {
        let valve = Valve::default();
        let stream = Gated { stream: self.reach().await?, valve: valve.clone() };
        let stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(stream),
            Some(tls) => {
                let name = ServerName::try_from(self.place.host.clone())
                    .map_err(|_| format!("`{}` is no name that TLS could prove", self.place.host))?;
                let shaken = tokio::time::timeout(CONNECT_WITHIN, tls.connect(name, stream)).await;
                let secure = shaken
                    .map_err(|_| self.told("it did not finish the TLS handshake in time"))?
                    .map_err(|error| self.told(&format!("no TLS: {error}")))?;
                Box::new(secure)
            }
        };
        let (sender, connection) = Builder::new()
            .max_buf_size(HEAD_BYTES_MAX)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.told(&error.to_string()))?;
        let driver = tokio::spawn(async move {
            // how it ended is told to whoever waits for an answer on it
            let _ = connection.await;
        });
        Ok(Wire { sender, valve, driver: driver.abort_handle() })
    }

    async fn reach(&self) -> Result<TcpStream, String> {
        let Place { host, port, .. } = &self.place;
        let found = tokio::time::timeout(CONNECT_WITHIN, tokio::net::lookup_host((host.as_str(), *port))).await;
        let found = found
            .map_err(|_| self.told("its name was not resolved in time"))?
            .map_err(|error| self.told(&format!("its name means nothing: {error}")))?;
        let mut why = self.told("its name means no address");
        for address in found.take(ADDRESSES_MAX) {
            if !self.place.admits(address.ip()) {
                why = self.told(&format!("its name means `{}`, where no server may be", address.ip()));
                continue;
            }
            match tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // small messages, each waited for; a socket that refuses the option only is slower
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => why = self.told(&error.to_string()),
                Err(_) => why = self.told("it did not take the connection in time"),
            }
        }
        Err(why)
    }

    fn told(&self, why: &str) -> String {
        format!("`{}:{}` is not reached: {why}", self.place.host, self.place.port)
    }
}

fn connector(authorities: &[Vec<u8>]) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    if authorities.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for authority in authorities {
        let certificate = CertificateDer::from(authority.as_slice());
        roots.add(certificate).map_err(|error| format!("a certificate authority is not read: {error}"))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// An answer and what it comes on.
pub(super) type Answered = (Wire, Response<Incoming>);
/// A request as it is sent.
pub(super) type Asked = Request<Full<Bytes>>;
