//! One connection to a server, spoken HTTP on, behind a valve that knows whether anything has left.

use super::valve::{Gated, Valve};
use bailiwick_dial::{Dialler, Place, Range, Trust, Unreached};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::task::AbortHandle;

/// The most bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 256 << 10;

/// An answer and what it comes on.
pub(super) type Answered = (Wire, Response<Incoming>);
/// A request as it is sent.
pub(super) type Asked = Request<Full<Bytes>>;

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

impl Wire {
    /// A new connection. Nothing of a request has left when this fails.
    pub(super) async fn open(dialler: &Dialler) -> Result<Self, Unreached> {
        let valve = Valve::default();
        let stream = Gated { stream: dialler.reach().await?, valve: valve.clone() };
        let stream = dialler.secure(stream).await?;
        let shaken = Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(TokioIo::new(stream)).await;
        let (sender, connection) = shaken.map_err(|error| dialler.unreached(error.to_string()))?;
        let driver = tokio::spawn(async move {
            // how it ended is told to whoever waits for an answer on it
            let _ = connection.await;
        });
        Ok(Self { sender, valve, driver: driver.abort_handle() })
    }
}

/// Reads where a server is. An administrator names servers, those of inner networks among them.
pub(super) fn place(url: &str) -> Result<Place, String> {
    Place::read(url).map_err(|error| format!("`{}` {error}", crate::rpc::quoted(url)))
}

/// Connections to this place. `authorities` (DER) are trusted in place of the public ones, where there are any.
pub(super) fn dialler(place: Place, authorities: &[Vec<u8>]) -> Result<Dialler, String> {
    let trust = if authorities.is_empty() {
        Trust::public()
    } else {
        Trust::only(authorities.iter().map(Vec::as_slice)).map_err(|error| error.to_string())?
    };
    Dialler::new(place, Range::Inner, trust).map_err(|error| error.to_string())
}
