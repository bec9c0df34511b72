//! The proxies that stand beside: one that only forwards, and one that does the least of what a governed call is.

use super::ROW_BYTES;
use super::call::{NONCE, PROOF, clock};
use super::part::{Answers, listen};
use crate::Trouble;
use crate::floor::Floor;
use bailiwick_identity::{NodeId, NonceKey, ProofDoor, PublicUrl, check_proof};
use bailiwick_record::system_random;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::path::Path;
use tokio::net::TcpStream;

const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// The node of its nonces: there is one.
const NODE: NodeId = NodeId(1);

async fn connect<B>(to: &str) -> Result<SendRequest<B>, Trouble>
where
    B: Body<Data = Bytes, Error: Into<Trouble>> + Send + 'static,
{
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Forwards what comes.
struct Bare {
    to: String,
}

impl Answers for Bare {
    type Line = SendRequest<Incoming>;
    type Body = Incoming;

    async fn connect(&self, _: &str) -> Result<Self::Line, Trouble> {
        connect(&self.to).await
    }

    async fn answer(&self, line: &mut Self::Line, request: Request<Incoming>) -> Result<Response<Incoming>, Trouble> {
        line.ready().await?;
        Ok(line.send_request(request).await?)
    }
}

/// Parses the message, verifies the proof, makes one row durable, and forwards.
struct Proven {
    to: String,
    nonces: NonceKey,
    rows: Floor,
}

impl Answers for Proven {
    type Line = (PublicUrl, SendRequest<Full<Bytes>>);
    type Body = BoxBody<Bytes, hyper::Error>;

    async fn connect(&self, address: &str) -> Result<Self::Line, Trouble> {
        let url = PublicUrl::parse(&format!("http://{address}{}", super::call::PATH))?;
        Ok((url, connect(&self.to).await?))
    }

    async fn answer(
        &self,
        (url, sender): &mut Self::Line,
        request: Request<Incoming>,
    ) -> Result<Response<Self::Body>, Trouble> {
        let (mut head, body) = request.into_parts();
        let body = Limited::new(body, MESSAGE_BYTES_MAX).collect().await?.to_bytes();
        let (now, nonces) = (clock()?, &self.nonces);
        let nonce = HeaderValue::from_str(&nonces.issue(NODE, now))?;
        let proof = head.headers.get(PROOF).map(HeaderValue::as_bytes).unwrap_or_default();
        let door = ProofDoor { method: head.method.as_str(), url, token: None, nonces };
        let mut response = match check_proof(proof, &door, now) {
            Ok(_) => {
                let message: serde_json::Value = serde_json::from_slice(&body)?;
                if message.pointer("/params/arguments").is_none() {
                    return Err("a call without arguments".into());
                }
                self.rows.write(vec![b'x'; ROW_BYTES]).await?;
                head.headers.remove(PROOF);
                head.headers.remove(header::AUTHORIZATION);
                sender.ready().await?;
                sender.send_request(Request::from_parts(head, Full::new(body))).await?.map(BodyExt::boxed)
            }
            Err(why) => {
                let said = Full::new(Bytes::from(why.to_string())).map_err(|never| match never {}).boxed();
                let mut response = Response::new(said);
                *response.status_mut() = StatusCode::UNAUTHORIZED;
                response
            }
        };
        response.headers_mut().insert(NONCE, nonce);
        Ok(response)
    }
}

/// Runs the one that only forwards.
pub(super) async fn run_bare(to: &str) -> Result<(), Trouble> {
    listen(Bare { to: to.to_owned() }).await
}

/// Runs the other.
pub(super) async fn run_proven(to: &str, rows: &str) -> Result<(), Trouble> {
    let mut secret = [0; 32];
    system_random(&mut secret)?;
    let rows = Floor::start(Path::new(rows))?;
    listen(Proven { to: to.to_owned(), nonces: NonceKey::new(&secret), rows }).await
}
