//! Problem documents (RFC 9457): what went wrong, and what to do about it.

mod code;

pub use code::{Own, ProblemCode};

use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{Reason, dotted};
use bailiwick_node::Failure;
use http::{Response, StatusCode, header};

/// The words that stand for names in the commands of reasons.
const NAMES: [&str; 6] = ["AGENT", "CLASS", "EVENT", "SERVER", "TASK", "TEMPLATE"];

/// A no, on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// A stable code.
    pub code: ProblemCode,
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
    /// On which line of the text that stands there, from 1; where it is about one.
    pub line: Option<usize>,
    /// What is wrong there.
    pub why: String,
}

impl Misplaced {
    pub(crate) fn json(&self) -> Json {
        let number = |of: usize| Json::from(u64::try_from(of).unwrap_or(u64::MAX));
        let place = [
            ("at", Json::from(self.at.to_string())),
            ("document", number(self.document)),
            ("why", Json::from(self.why.as_str())),
        ];
        Json::object(place.into_iter().chain(self.line.map(|line| ("line", number(line)))))
    }
}

impl Problem {
    /// The caller's input is not what it should be.
    pub fn bad(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: Own::BadRequest.into(),
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
        Self { status: StatusCode::NOT_FOUND, code: Own::NotFound.into(), ..Self::bad(detail) }
    }
    /// The caller is not known.
    pub fn unknown_caller() -> Self {
        let detail = "this session is not known here: open another".to_owned();
        Self {
            status: StatusCode::UNAUTHORIZED,
            code: Own::CallerUnknown.into(),
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
            code: ProblemCode::Reason(reason.code),
            detail: reason.to_string(),
            command: reason.command().and_then(filled).map(|words| words.join(" ")),
            places: Vec::new(),
        }
    }
    /// Our own fault.
    pub fn broken(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: Own::Internal.into(), ..Self::bad(detail) }
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
            ("type", Json::from(format!("https://bailiwick.dev/errors/{}", self.code.as_str()).as_str())),
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
            Failure::NoTask => (StatusCode::NOT_FOUND, Own::NotFound),
            Failure::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Own::TooLarge),
            Failure::Unknown => (StatusCode::SERVICE_UNAVAILABLE, Own::Unknown),
            Failure::Busy | Failure::Overtaken | Failure::Unavailable(_) | Failure::Draining => {
                (StatusCode::SERVICE_UNAVAILABLE, Own::Unavailable)
            }
            Failure::Behind(_) => (StatusCode::SERVICE_UNAVAILABLE, Own::StoreBehind),
            Failure::Closed(_) => (StatusCode::SERVICE_UNAVAILABLE, Own::Closed),
        };
        Self { status, code: code.into(), ..Self::bad(failure.to_string()) }
    }
}

#[cfg(test)]
mod tests;
