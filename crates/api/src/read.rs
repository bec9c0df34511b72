//! Reading bodies: strict JSON into typed requests, with the place of what is wrong.

use crate::Problem;
use bailiwick_core::TaskId;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::normal::one_line;
use serde::de::DeserializeOwned;

/// The most bytes of one request.
pub const BODY_BYTES_MAX: usize = 20 << 20;
/// What a request may cost to read.
pub(crate) const BODY_LIMITS: Limits = Limits { bytes: BODY_BYTES_MAX, depth: 80, nodes: 1_000_000 };

/// How much of what is no id is told back.
const ID_CHARS_MAX: usize = 40;

/// Reads a body into a typed request. Unknown fields and duplicate keys are refused.
///
/// # Errors
/// [`Problem`] naming the place and what was expected.
pub(crate) fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let json = Json::parse(bytes, &BODY_LIMITS).map_err(|error| Problem::bad(error.to_string()))?;
    typed(&json)
}

/// Reads JSON that was read strictly into a typed value.
///
/// # Errors
/// [`Problem`] naming the field and what was expected.
pub(crate) fn typed<T: DeserializeOwned>(json: &Json) -> Result<T, Problem> {
    serde_json::from_str(&json.canonical()).map_err(|error| {
        let text = error.to_string();
        Problem::bad(text.split(" at line ").next().unwrap_or_default().to_owned())
    })
}

/// What a path writes as `%41` (RFC 3986 section 2.1).
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        // We refuse more than `from_str_radix` does: it takes a sign.
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        out.push(u8::from_str_radix(digits, 16).ok()?);
        out.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(out).ok()
}

/// A task by its id in a path.
///
/// # Errors
/// [`Problem`] saying what an id is, and where there are some.
pub(crate) fn task_id(text: &str) -> Result<TaskId, Problem> {
    let none = |_| {
        let text = one_line(text, ID_CHARS_MAX);
        Problem::bad(format!(
            "expected the id of a task, 32 characters of 0-9 and a-f, not `{text}`: GET /v1/tasks lists them"
        ))
    };
    TaskId::parse(text).map_err(none)
}
