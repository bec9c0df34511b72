//! Problem documents (RFC 9457): what went wrong, and what to do about it.

use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{Reason, dotted};
use bailiwick_node::Failure;
use http::{Response, StatusCode, header};

/// The words that stand for names in the commands of reasons.
const NAMES: [&str; 5] = ["AGENT", "EVENT", "SERVER", "TASK", "TEMPLATE"];

/// A no, on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// A stable code.
    pub code: String,
    /// One sentence.
    pub detail: String,
    /// The command for a person, where there is one.
    pub command: Option<String>,
    /// Which documents of those that came are wrong, and where.
    pub places: Vec<Misplaced>,
}

/// What is wrong with one document of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced {
    /// Which one, from 0.
    pub document: usize,
    /// Where in it.
    pub at: Pointer,
    /// What is wrong there.
    pub why: String,
}

impl Misplaced {
    pub(crate) fn json(&self) -> Json {
        Json::object([
            ("at", Json::from(self.at.to_string())),
            ("document", Json::from(u64::try_from(self.document).unwrap_or(u64::MAX))),
            ("why", Json::from(self.why.as_str())),
        ])
    }
}

impl Problem {
    /// The caller's input is not what it should be.
    pub fn bad(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "bad_request".to_owned(),
            detail: detail.into(),
            command: None,
            places: Vec::new(),
        }
    }
    /// Some of the documents that came are not what they should be.
    pub fn misplaced(places: Vec<Misplaced>) -> Self {
        let line = |place: &Misplaced| {
            let at = if place.at.is_root() { String::new() } else { format!("`{}`: ", dotted(&place.at)) };
            format!("document {}: {at}{}", place.document + 1, place.why)
        };
        let lines: Vec<String> = places.iter().map(line).collect();
        Self { places, ..Self::bad(lines.join("\n")) }
    }
    /// There is no such thing, or it is not the caller's to know.
    pub fn not_found(what: &str) -> Self {
        let detail = format!("there is no such {what}");
        Self { status: StatusCode::NOT_FOUND, code: "not_found".to_owned(), detail, command: None, places: Vec::new() }
    }
    /// The caller is not known.
    pub fn unknown_caller() -> Self {
        let detail = "this session is not known here: open another".to_owned();
        Self {
            status: StatusCode::UNAUTHORIZED,
            code: "caller_unknown".to_owned(),
            detail,
            command: None,
            places: Vec::new(),
        }
    }
    /// A decision's no.
    pub fn refused(reason: &Reason) -> Self {
        Self::refused_of(reason, &[])
    }
    /// The same, about something that has a name: the command to run next names it. One that misses a name nobody could run.
    pub fn refused_of(reason: &Reason, names: &[(&str, &str)]) -> Self {
        let fill = |word: &str| match names.iter().find(|(of, _)| *of == word) {
            Some((_, name)) => Some((*name).to_owned()),
            None => (!NAMES.contains(&word)).then(|| word.to_owned()),
        };
        let filled = |command: &str| command.split(' ').map(fill).collect::<Option<Vec<_>>>();
        Self {
            status: StatusCode::FORBIDDEN,
            code: reason.code.as_str().to_owned(),
            detail: reason.to_string(),
            command: reason.command().and_then(filled).map(|words| words.join(" ")),
            places: Vec::new(),
        }
    }
    /// Our own fault.
    pub fn broken(detail: impl Into<String>) -> Self {
        let code = "internal".to_owned();
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code,
            detail: detail.into(),
            command: None,
            places: Vec::new(),
        }
    }

    /// As an HTTP answer.
    pub fn response(&self) -> Response<Vec<u8>> {
        let body = Json::object([
            ("code", Json::from(self.code.as_str())),
            ("command", self.command.as_deref().map_or(Json::Null, Json::from)),
            ("detail", Json::from(self.detail.as_str())),
            ("places", Json::array(self.places.iter().map(Misplaced::json))),
            ("status", Json::from(u64::from(self.status.as_u16()))),
            ("title", Json::from(self.status.canonical_reason().unwrap_or("Error"))),
            ("type", Json::from(format!("https://bailiwick.dev/errors/{}", self.code).as_str())),
        ]);
        let mut response = Response::new(body.canonical().into_bytes());
        *response.status_mut() = self.status;
        let json = header::HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let (status, code) = match &failure {
            Failure::NoTask => (StatusCode::NOT_FOUND, "not_found"),
            Failure::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Failure::Unknown => (StatusCode::SERVICE_UNAVAILABLE, "unknown"),
            Failure::Busy | Failure::Overtaken | Failure::Unavailable(_) | Failure::Draining => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            Failure::Behind(_) => (StatusCode::SERVICE_UNAVAILABLE, "store_behind"),
            Failure::Closed(_) => (StatusCode::SERVICE_UNAVAILABLE, "closed"),
        };
        Self { status, code: code.to_owned(), detail: failure.to_string(), command: None, places: Vec::new() }
    }
}
