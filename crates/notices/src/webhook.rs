//! A notice as a signed request: Standard Webhooks 1.0.

use crate::lane::Outcome;
use crate::notice::Notice;
use crate::sign::SigningSecret;
use bailiwick_core::{Micros, Webhook};
use bailiwick_dial::{Dialler, Place, Range, Trust};
use http::{Method, Request, StatusCode, header};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use std::time::Duration;

/// How long a try may take, from the name's resolution to the answer's head.
const TRY_WITHIN: Duration = Duration::from_secs(10);
/// The most bytes of an answer's head; its body is not read.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// Sends a notice once.
pub(crate) async fn send(webhook: &Webhook, secret: &SigningSecret, notice: &Notice, now: Micros) -> Outcome {
    match tokio::time::timeout(TRY_WITHIN, attempt(webhook, secret, notice, now)).await {
        Ok(Ok(status)) => judged(status),
        Ok(Err(why)) => Outcome::Again(why),
        Err(_) => Outcome::Again(format!("no answer within {} s", TRY_WITHIN.as_secs())),
    }
}

/// To the endpoint of a rule: where it does not call it `private`, at addresses of the world alone.
fn dialler(webhook: &Webhook) -> Result<Dialler, String> {
    let place = Place::read(&webhook.url).map_err(|error| format!("its URL {error}"))?;
    let range = if webhook.private { Range::Inner } else { Range::World };
    Dialler::new(place, range, Trust::public()).map_err(|error| error.to_string())
}

/// What an answer says. Standard Webhooks: 2xx alone is a yes, and a redirect is followed by nobody.
fn judged(status: StatusCode) -> Outcome {
    let answered = || format!("it answered `{}`", status.as_u16());
    match status.as_u16() {
        200..300 => Outcome::Taken,
        // RFC 9110 section 15.5: what is wrong is the request itself, or nobody wants it any more
        400 | 410 | 413 | 415 | 422 => Outcome::Never(answered()),
        _ => Outcome::Again(answered()),
    }
}

async fn attempt(
    webhook: &Webhook,
    secret: &SigningSecret,
    notice: &Notice,
    now: Micros,
) -> Result<StatusCode, String> {
    let dialler = dialler(webhook)?;
    let place = dialler.place();
    let body = notice.body();
    let seconds = now.0 / 1_000_000;
    let request = Request::builder()
        .method(Method::POST)
        .uri(place.path.as_str())
        .header(header::HOST, place.authority.clone())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "bailiwick")
        .header(header::CONNECTION, "close")
        .header("webhook-id", &notice.id)
        .header("webhook-timestamp", seconds)
        .header("webhook-signature", secret.sign(&notice.id, seconds, &body))
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| error.to_string())?;
    let stream = dialler.dial().await.map_err(|error| error.to_string())?;
    let handshake = Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| error.to_string())?;
    let mut asking = std::pin::pin!(sender.send_request(request));
    // the connection ends with this try, whatever of the answer's body is still to come
    let answer = tokio::select! {
        biased;
        answer = &mut asking => answer,
        // what it read before it ended may be the answer
        _ended = connection => asking.await,
    };
    answer.map(|answer| answer.status()).map_err(|error| format!("no answer: {error}"))
}

#[cfg(test)]
mod tests;
