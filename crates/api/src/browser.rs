//! `/v1` for browsers: people with a session cookie, and those who are about to get one.

use crate::openapi::openapi;
use crate::persons::signed_in;
use crate::problem::Own;
use crate::signin::People;
use crate::who::{SignedIn, Who};
use crate::{Api, Problem, Request};
use bailiwick_core::json::Json;
use bailiwick_identity::PersonSession;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};

/// The most bytes of one request of a browser.
pub const BROWSER_BODY_BYTES_MAX: usize = 1 << 20;

/// What is said to a browser: the answer, and the cookie's new value where there is one. An empty one lets it go.
type Said = (Json, Option<String>);

/// The one value of a header; nothing when it stands more than once or is no text.
fn one(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut all = headers.get_all(name).iter();
    let value = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(value)
}

fn no(status: StatusCode, code: Own, detail: &str) -> Problem {
    Problem { status, code: code.into(), ..Problem::bad(detail) }
}

/// Reads of it change nothing (RFC 9110 section 9.2.1).
fn safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

impl People {
    /// The cookie's name. Behind TLS its prefix holds the browser to what is asked of it (RFC 6265bis section 4.1.3.2).
    fn cookie_name(&self) -> &'static str {
        if self.secure() { "__Host-bailiwick" } else { "bailiwick" }
    }

    /// The cookie's value; nothing when it stands twice, for then it is not known which one is ours.
    fn cookie<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut own = pairs.filter(|(name, _)| *name == self.cookie_name()).map(|(_, value)| value);
        let value = own.next()?;
        own.next().is_none().then_some(value)
    }

    fn set_cookie(&self, value: &str) -> String {
        let name = self.cookie_name();
        let secure = if self.secure() { "; Secure" } else { "" };
        let ends = if value.is_empty() { "; Max-Age=0" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{ends}")
    }

    /// Whether a request came under our name: a page of somebody else that has our address under its own is refused.
    fn named(&self, head: &Parts) -> Result<(), Problem> {
        let host = one(&head.headers, header::HOST).filter(|host| self.serves(host));
        if host.is_none() || head.uri.authority().is_some_and(|target| !self.serves(target.as_str())) {
            let detail = format!("people reach this node at {}", self.url());
            return Err(no(StatusCode::MISDIRECTED_REQUEST, Own::Misdirected, &detail));
        }
        Ok(())
    }

    /// Whether a request is for these pages, and comes from them where it would change something.
    fn check(&self, head: &Parts) -> Result<(), Problem> {
        self.named(head)?;
        // W3C Fetch Metadata: a browser that says so is believed when it says that another page asks, also for a GET.
        let elsewhere =
            head.headers.get_all("sec-fetch-site").iter().any(|from| from != "same-origin" && from != "none");
        if elsewhere {
            let detail = "this is asked by the node's own pages alone";
            return Err(no(StatusCode::FORBIDDEN, Own::OriginNotAllowed, detail));
        }
        if safe(&head.method) {
            return Ok(());
        }
        if !one(&head.headers, header::ORIGIN).is_some_and(|origin| self.is_origin(origin)) {
            let detail = "this is asked by the node's own pages alone";
            return Err(no(StatusCode::FORBIDDEN, Own::OriginNotAllowed, detail));
        }
        let kind = one(&head.headers, header::CONTENT_TYPE).unwrap_or_default();
        if !kind.eq_ignore_ascii_case("application/json") {
            let detail = "expected `application/json`";
            return Err(no(StatusCode::UNSUPPORTED_MEDIA_TYPE, Own::UnsupportedMediaType, detail));
        }
        Ok(())
    }
}

impl Api {
    /// Whether a page is asked for under the name that people reach this node at.
    ///
    /// # Errors
    /// [`Problem`] that says which that is.
    pub fn at_its_name(&self, head: &Parts) -> Result<(), Problem> {
        self.people.get().ok_or_else(|| Problem::not_found("place"))?.named(head)
    }

    /// Answers one request of a browser.
    pub async fn answer_browser(&self, head: &Parts, body: Vec<u8>) -> Response<Vec<u8>> {
        let (mut response, cookie) = match self.browsed(head, body).await {
            Ok(answered) => answered,
            Err(problem) => (problem.response(), None),
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
        let cookie = cookie.zip(self.people().ok()).map(|(value, people)| people.set_cookie(&value));
        if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
            headers.insert(header::SET_COOKIE, cookie);
        }
        response
    }

    async fn browsed(&self, head: &Parts, body: Vec<u8>) -> Result<(Response<Vec<u8>>, Option<String>), Problem> {
        let people = self.people.get().ok_or_else(|| Problem::not_found("place"))?;
        people.check(head)?;
        if let Some(document) = openapi(&head.method, head.uri.path()) {
            return Ok((document, None));
        }
        let session = people.cookie(&head.headers).map(|cookie| self.session_of(cookie)).transpose()?.flatten();
        if let Some((json, cookie)) = self.at_the_gate(head, &body, session.as_ref()).await? {
            return Ok((said(&json), cookie));
        }
        let control = self.control()?;
        let signed = session.as_ref().and_then(|session| SignedIn::of(&control.state, session.person()));
        let Some((signed, session)) = signed.zip(session) else {
            return Err(no(StatusCode::UNAUTHORIZED, Own::NotSignedIn, "sign in first"));
        };
        let (path, query) = (head.uri.path().to_owned(), head.uri.query().unwrap_or_default().to_owned());
        let request = Request { method: head.method.clone(), path, query, session: None, body };
        let response = self.answer(request, &Who::Person(signed)).await;
        Ok((response, people.sessions().renew(&session, self.desk.node().now())))
    }

    /// What needs no session: to begin one, to end one, to enrol a passkey. `None` for all else.
    async fn at_the_gate(
        &self,
        head: &Parts,
        body: &[u8],
        session: Option<&PersonSession>,
    ) -> Result<Option<Said>, Problem> {
        let answer = match (head.method.as_str(), head.uri.path()) {
            // A page asks whether anybody is signed in: that nobody is, is no error.
            ("GET", "/v1/session") if session.is_none() => signed_in(None, std::iter::empty()),
            ("POST", "/v1/session/options") => self.sign_in_options(body)?,
            ("POST", "/v1/session") => {
                let (json, cookie) = self.sign_in(body)?;
                return Ok(Some((json, Some(cookie))));
            }
            ("DELETE", "/v1/session") => {
                return Ok(Some((signed_in(None, std::iter::empty()), Some(String::new()))));
            }
            ("POST", "/v1/enroll/options") => self.enroll_options(body)?,
            ("POST", "/v1/enroll") => self.enroll_passkey(body).await?,
            _ => return Ok(None),
        };
        Ok(Some((answer, None)))
    }
}

fn said(json: &Json) -> Response<Vec<u8>> {
    let mut response = Response::new(json.canonical().into_bytes());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests;
