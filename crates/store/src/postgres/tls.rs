//! TLS to the server: always with its certificate and name checked, with the same library as all other connections.

use crate::StoreError;
use bailiwick_dial::Trust;
use std::{
    fs, io,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::{
    TlsConnector, client,
    rustls::pki_types::{InvalidDnsNameError, ServerName},
};

/// What a server that speaks TLS at once is told.
const ALPN: &[u8] = b"postgresql";

/// Makes a connection secret, and shows that it ends at the server that was named.
#[derive(Clone)]
pub(super) struct Tls(TlsConnector);

impl Tls {
    /// Trusts the authorities in a file, or else those that browsers trust.
    pub(super) fn new(roots: Option<&Path>) -> Result<Self, StoreError> {
        let trust = match roots {
            None => Trust::public(),
            Some(path) => {
                let refused = |why: String| StoreError::Refused(format!("`{}`: {why}", path.display()));
                let text = fs::read(path).map_err(|error| refused(error.to_string()))?;
                Trust::pem(&text).map_err(|error| refused(error.to_string()))?
            }
        };
        let mut config = trust.client().map_err(|error| StoreError::Refused(error.to_string()))?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Tls {
    type Stream = Secured<S>;
    type TlsConnect = Handshake;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Handshake, InvalidDnsNameError> {
        Ok(Handshake { with: self.0.clone(), name: ServerName::try_from(domain)?.to_owned() })
    }
}

/// A handshake with the server of this name.
pub(super) struct Handshake {
    with: TlsConnector,
    name: ServerName<'static>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Handshake {
    type Stream = Secured<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Secured<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { self.with.connect(self.name, stream).await.map(Secured) })
    }
}

/// A connection that nobody else reads.
pub(super) struct Secured<S>(client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Secured<S> {
    /// The server was authenticated by its certificate: a password exchange need not bind it again.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Secured<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Secured<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
