//! Forms, read strictly: what two readers could understand differently is refused.

use crate::answer::Refusal;
use http::{HeaderMap, header};
use std::collections::BTreeMap;

/// A larger form is refused.
pub const FORM_BYTES_MAX: usize = 32 << 10;
/// A form with more parameters is refused.
pub const FORM_PARAMETERS_MAX: usize = 64;

/// RFC 8707 §2: the one parameter that may come several times.
const REPEATABLE: &str = "resource";

/// The parameters of a request, each once.
#[derive(Default)]
pub(crate) struct Form(BTreeMap<String, Vec<String>>);

fn bad(sentence: impl Into<String>) -> Refusal {
    Refusal::bad("invalid_request", sentence)
}

impl Form {
    /// Reads a request's form (RFC 6749 §3.2, appendix B).
    pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        check_type(headers)?;
        if body.len() > FORM_BYTES_MAX {
            return Err(bad(format!("the form has {} bytes, the limit is {FORM_BYTES_MAX}", body.len())));
        }
        let mut form = Self::default();
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at_checked(at).unwrap_or((pair, &[]));
            form.put(decode(name)?, decode(value.strip_prefix(b"=").unwrap_or(value))?)?;
        }
        Ok(form)
    }

    fn put(&mut self, name: String, value: String) -> Result<(), Refusal> {
        let values: usize = self.0.values().map(Vec::len).sum();
        if values >= FORM_PARAMETERS_MAX {
            return Err(bad(format!("the form has more than {FORM_PARAMETERS_MAX} parameters")));
        }
        // RFC 6749 §3.2: parameters must not be included more than once.
        if self.0.contains_key(&name) && name != REPEATABLE {
            return Err(bad(format!("parameter `{}` is given twice", name.escape_default())));
        }
        // RFC 6749 §3.2: one without a value counts as left out; it still may not come again.
        let values = self.0.entry(name).or_default();
        values.extend(Some(value).filter(|value| !value.is_empty()));
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.first().map(String::as_str)
    }

    pub(crate) fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| bad(format!("parameter `{name}` is missing")))
    }

    pub(crate) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The parameters of a form, for fuzzing: whether the bytes have its form, and what they were understood as.
///
/// # Errors
/// What whoever sent it is told.
pub fn parse_form(body: &[u8]) -> Result<BTreeMap<String, Vec<String>>, Refusal> {
    let kind = http::HeaderValue::from_static("application/x-www-form-urlencoded");
    Form::read(&HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]), body).map(|form| form.0)
}

fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let expected = || bad("send `Content-Type: application/x-www-form-urlencoded`");
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(one), None) = (types.next(), types.next()) else { return Err(expected()) };
    let text = one.to_str().map_err(|_| expected())?;
    let (kind, parameters) = text.split_once(';').unwrap_or((text, ""));
    let parameters = parameters.trim().to_ascii_lowercase();
    let plain = matches!(parameters.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"");
    if kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") && plain {
        Ok(())
    } else {
        Err(expected())
    }
}

fn decode(text: &[u8]) -> Result<String, Refusal> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16)?.try_into().ok());
                let (Some(high), Some(low)): (Option<u8>, Option<u8>) = (digit(), digit()) else {
                    return Err(bad("the form has a broken percent escape"));
                };
                out.push(high << 4 | low);
            }
            byte => out.push(byte),
        }
    }
    let text = String::from_utf8(out).map_err(|_| bad("the form is not UTF-8"))?;
    // RFC 6749 appendix A: no parameter of these endpoints has control characters.
    if text.chars().any(char::is_control) { Err(bad("the form has control characters")) } else { Ok(text) }
}

#[cfg(test)]
mod tests;
