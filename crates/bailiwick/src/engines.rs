//! Engines of policy outside: one question over HTTP, one answer. OPA's data API, version 1.
//!
//! One connection a question: it ends with it, so an engine that hangs holds nothing but its own time.

use bailiwick_core::Outside;
use bailiwick_core::normal::surroundings;
use bailiwick_node::{Engines, Reached};
use bailiwick_policy::ENGINE_ANSWER_BYTES_MAX;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The most questions at once; others wait, within their own time.
const AT_ONCE_MAX: usize = 64;
/// The most bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// How many addresses of a name are tried.
const ADDRESSES_MAX: usize = 4;

/// Reaches engines outside.
pub(crate) struct OverHttp {
    room: Semaphore,
}

impl OverHttp {
    pub(crate) fn new() -> Self {
        Self { room: Semaphore::new(AT_ONCE_MAX) }
    }
}

impl Engines for OverHttp {
    fn reach<'a>(&'a self, outside: &'a Outside, body: String) -> Reached<'a> {
        Box::pin(async move {
            let _room = self.room.acquire().await.map_err(|_| "the node is ending")?;
            ask(outside, body).await
        })
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn ask(outside: &Outside, body: String) -> Result<Vec<u8>, String> {
    let (stream, host) = dial(outside).await?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/v1/data/{}?provenance=true&strict-builtin-errors=true", outside.path))
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "bailiwick")
        .header(header::CONNECTION, "close")
        .body(Full::new(Bytes::from(body)))
        .map_err(|_| "it cannot be asked")?;
    let shaken = Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|_| "it speaks no HTTP")?;
    let exchange = async {
        let answer = sender.send_request(request).await.map_err(|_| "it broke off before it answered")?;
        // a redirect is followed by nobody
        if answer.status() != StatusCode::OK {
            return Err(format!("it answered `{}`", answer.status().as_u16()));
        }
        let body = Limited::new(answer.into_body(), ENGINE_ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|_| format!("its answer broke off, or has over {ENGINE_ANSWER_BYTES_MAX} bytes"))?;
        Ok(body.to_bytes().to_vec())
    };
    let mut exchange = std::pin::pin!(exchange);
    // the connection ends with this question, whatever is still to come on it
    tokio::select! {
        biased;
        answer = &mut exchange => answer,
        // what it read before it ended may be the answer
        _ended = connection => exchange.await,
    }
}

/// A connection, and what the `Host` header says.
async fn dial(outside: &Outside) -> Result<(Box<dyn Stream>, String), String> {
    if let Some(path) = outside.socket() {
        let stream = UnixStream::connect(path).await.map_err(|error| unreached(&error))?;
        return Ok((Box::new(stream), "localhost".to_owned()));
    }
    let uri: Uri = outside.url.parse().map_err(|_| "its URL is none")?;
    let (tls, host) = (uri.scheme_str() == Some("https"), uri.host().ok_or("its URL names no host")?);
    let authority = uri.authority().map_or_else(|| host.to_owned(), ToString::to_string);
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let stream = reach(&bare, uri.port_u16().unwrap_or(if tls { 443 } else { 80 }), tls).await?;
    if !tls {
        return Ok((Box::new(stream), authority));
    }
    let name = ServerName::try_from(bare).map_err(|_| "its host is no name that TLS could prove")?;
    let secure = connector(outside.ca.as_deref())?.connect(name, stream).await;
    Ok((Box::new(secure.map_err(|error| format!("no TLS: {error}"))?), authority))
}

/// The name is resolved once, and what was looked at is what is connected to.
async fn reach(host: &str, port: u16, tls: bool) -> Result<TcpStream, String> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(|_| "its name means nothing")?;
    let mut why = "its name means no address".to_owned();
    for address in found.take(ADDRESSES_MAX) {
        if !admits(address.ip(), tls) {
            why = format!("its name means `{}`, where no engine may be without TLS, or at all", address.ip());
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // a socket that refuses the option only is slower
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => why = unreached(&error),
        }
    }
    Err(why)
}

/// Without TLS this machine alone, whatever the name means.
fn admits(address: IpAddr, tls: bool) -> bool {
    (tls || address.to_canonical().is_loopback()) && !surroundings(address)
}

fn unreached(error: &std::io::Error) -> String {
    format!("it is not reached: {}", error.kind())
}

fn connector(ca: Option<&str>) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    match ca {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|_| "its `ca` is no certificate in PEM form")?;
                roots.add(certificate).map_err(|_| "its `ca` is no authority that TLS believes")?;
            }
        }
    }
    if roots.is_empty() {
        return Err("its `ca` is no certificate in PEM form".to_owned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests;
