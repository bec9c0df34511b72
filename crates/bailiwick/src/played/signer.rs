//! A person who comes by HTTP, as a browser would, and signs with a passkey in software. A key that a program holds is
//! nobody's yes, and whoever plays with one says so.

use super::raw::send;
use crate::home::Trouble;
use crate::print::{list, text};
use bailiwick_core::json::{Json, Limits};
use bailiwick_identity::{Site, SoftPasskey};
use http::{HeaderMap, HeaderValue, Method, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Bytes;

const ANSWER_BYTES_MAX: usize = 1 << 20;

/// A person with a passkey, signed in.
#[derive(Debug)]
pub(crate) struct Signer {
    url: String,
    host: String,
    site: Site,
    passkey: SoftPasskey,
    cookie: String,
}

impl Signer {
    /// Opens the link of an invitation to the node at `url`, makes a passkey and signs in with it.
    pub(crate) async fn enrol(url: &str, invited: &Json) -> Result<Self, Trouble> {
        let code = text(invited, "url").split_once("/enroll#").ok_or("nobody was invited")?.1.to_owned();
        let host = url.replace("http://127.0.0.1", "localhost");
        let site = Site::of(&format!("http://{host}"))?;
        let mut failed = None;
        let passkey = SoftPasskey::generate(&mut |bytes| failed = bailiwick_record::system_random(bytes).err())?;
        if let Some(why) = failed {
            return Err(why.into());
        }
        let mut person = Self { url: url.to_owned(), host, site, passkey, cookie: String::new() };
        let (options, _) =
            person.post("/v1/enroll/options", Json::object([("code", Json::from(code.as_str()))])).await?;
        let made = person.passkey.register(&person.site, text(&options, "challenge"));
        let made = serde_json::from_str::<Json>(&serde_json::to_string(&made)?)?;
        let body = [("code", Json::from(code)), ("name", Json::from("software")), ("registration", made)];
        person.post("/v1/enroll", Json::object(body)).await?;
        let (options, _) = person.post("/v1/session/options", Json::object::<&str>([])).await?;
        let assertion = person.assertion(text(&options, "challenge"))?;
        let (_, headers) = person.post("/v1/session", Json::object([("assertion", assertion)])).await?;
        let cookie = headers.get(header::SET_COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        person.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(person)
    }

    /// What they are shown of a request: the act in one sentence, with the chain it comes by.
    pub(crate) async fn shown(&self, id: u64) -> Result<(String, Vec<String>), Trouble> {
        let display = self.request(id).await?.get("display").cloned().unwrap_or(Json::Null);
        let chain = list(&display, "lineage").iter().map(|grant| text(grant, "agent").to_owned()).collect();
        Ok((text(&display, "sentence").to_owned(), chain))
    }

    /// Signs a request: exactly the statement that they were given with what they saw.
    pub(crate) async fn sign(&self, id: u64) -> Result<(), Trouble> {
        let request = self.request(id).await?;
        let statements = request.get("statements").and_then(Json::as_object);
        let own = statements
            .and_then(|all| all.iter().next())
            .ok_or_else(|| format!("they are not asked: {}", request.canonical()))?;
        let (role, statement) = own;
        let body = [
            ("assertion", self.assertion(text(statement, "challenge"))?),
            ("role", Json::from(role)),
            ("statement", Json::from(text(statement, "statement"))),
        ];
        self.post(&format!("/v1/approvals/{id}/sign"), Json::object(body)).await?;
        Ok(())
    }

    /// Says no to a request.
    pub(crate) async fn refuse(&self, id: u64, reason: &str) -> Result<(), Trouble> {
        let body = Json::object([("reason", Json::from(reason))]);
        self.post(&format!("/v1/approvals/{id}/refuse"), body).await?;
        Ok(())
    }

    /// Does what is signed when it is asked for over HTTP: all that they were shown of it, with their passkey.
    pub(crate) async fn consents(&self, path: &str, body: Json) -> Result<Json, Trouble> {
        let shown = self.asks(&format!("{path}/options"), body.clone()).await?;
        let said = |name: &str| shown.get(name).cloned().unwrap_or(Json::Null);
        let consent = Json::object([
            ("assertion", self.assertion(text(&shown, "challenge"))?),
            ("shown", said("shown")),
            ("statement", said("statement")),
        ]);
        let mut body = body.as_object().cloned().unwrap_or_default();
        body.insert("consent", consent);
        self.asks(path, Json::Object(body)).await
    }

    /// Asks `/v1` for something as the person who signed in.
    pub(crate) async fn asks(&self, path: &str, body: Json) -> Result<Json, Trouble> {
        Ok(self.post(path, body).await?.0)
    }

    async fn request(&self, id: u64) -> Result<Json, Trouble> {
        Ok(self.ask(Method::GET, &format!("/v1/approvals/{id}"), Bytes::new()).await?.0)
    }

    fn assertion(&self, challenge: &str) -> Result<Json, Trouble> {
        let signed = self.passkey.sign(&self.site, challenge)?;
        Ok(serde_json::from_str(&serde_json::to_string(&signed)?)?)
    }

    async fn post(&self, path: &str, body: Json) -> Result<(Json, HeaderMap), Trouble> {
        self.ask(Method::POST, path, Bytes::from(body.canonical())).await
    }

    async fn ask(&self, method: Method, path: &str, body: Bytes) -> Result<(Json, HeaderMap), Trouble> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(&self.host)?);
        headers.insert(header::ORIGIN, HeaderValue::from_str(&format!("http://{}", self.host))?);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if !self.cookie.is_empty() {
            headers.insert(header::COOKIE, HeaderValue::from_str(&self.cookie)?);
        }
        let response = send(&format!("{}{path}", self.url), method, headers, body).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body =
            Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await.map_err(|why| why.to_string())?;
        let body = body.to_bytes();
        if !status.is_success() {
            return Err(format!("{path}: {status}: {}", String::from_utf8_lossy(&body)).into());
        }
        Ok((if body.is_empty() { Json::Null } else { Json::parse(&body, &Limits::default())? }, headers))
    }
}
