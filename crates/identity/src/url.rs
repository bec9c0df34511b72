//! Which resource a proof is for: URLs compared as RFC 9449 §4.3 asks.

use std::fmt;

/// A longer URL is not read.
pub const URL_BYTES_MAX: usize = 2048;

/// Why a text is not a URL that a proof can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an http or https URL that can be compared: {why}")]
pub struct BadUrl {
    /// What is wrong with it.
    pub why: &'static str,
}

const fn bad<T>(why: &'static str) -> Result<T, BadUrl> {
    Err(BadUrl { why })
}

/// An http or https URL in the one form that all its spellings share (RFC 3986 §6.2.2 and §6.2.3), without query
/// and fragment. A node makes them of its *configured* public URL, never of a request's Host.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicUrl(Box<str>);

impl PublicUrl {
    /// Reads and normalises a URL. Query and fragment are cut off (RFC 9449 §4.3 step 9).
    ///
    /// # Errors
    /// [`BadUrl`] for what two readers might understand differently: user names, white space, backslashes, characters
    /// beyond ASCII, broken percent encoding.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        if text.len() > URL_BYTES_MAX {
            return bad("too long");
        }
        if !text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b)) {
            return bad("characters that no URL has");
        }
        let end = text.find(['?', '#']).unwrap_or(text.len());
        let Some(((scheme, rest), _)) = text.split_at_checked(end).and_then(|(l, r)| Some((l.split_once("://")?, r)))
        else {
            return bad("no scheme");
        };
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "https" => "443",
            "http" => "80",
            _ => return bad("another scheme"),
        };
        let path_at = rest.find('/').unwrap_or(rest.len());
        let Some((authority, path)) = rest.split_at_checked(path_at) else { return bad("no host") };
        let authority = read_authority(authority, default_port)?;
        let path = without_dots(&read_path(path)?);
        Ok(Self(format!("{scheme}://{authority}{path}").into()))
    }

    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn read_authority(text: &str, default_port: &str) -> Result<String, BadUrl> {
    if text.contains('@') {
        return bad("a user name");
    }
    if text.contains('%') {
        return bad("percent encoding in the host");
    }
    // The colons of an IPv6 address stand between brackets.
    let host_end = if text.starts_with('[') {
        match text.find(']') {
            Some(at) => at + 1,
            None => return bad("a bracket that is not closed"),
        }
    } else {
        text.find(':').unwrap_or(text.len())
    };
    let Some((host, port)) = text.split_at_checked(host_end) else { return bad("no host") };
    let host_ok = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:[]".contains(&b);
    if host.is_empty() || !host.bytes().all(host_ok) {
        return bad("no host");
    }
    let host = host.to_ascii_lowercase();
    match port.strip_prefix(':') {
        None if port.is_empty() => Ok(host),
        Some("") => Ok(host),
        Some(port) if port == default_port => Ok(host),
        Some(port) if port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0') => {
            Ok(format!("{host}:{port}"))
        }
        _ => bad("a port that is no number"),
    }
}

/// RFC 3986 §6.2.2.1 and §6.2.2.2: escapes in upper case, and none for characters that need none.
fn read_path(text: &str) -> Result<String, BadUrl> {
    let mut out = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(char::from(byte));
            continue;
        }
        let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        let (Some(high), Some(low)) = (digit(bytes.next()), digit(bytes.next())) else {
            return bad("broken percent encoding");
        };
        let decoded = high << 4 | low;
        if decoded.is_ascii_alphanumeric() || b"-._~".contains(&decoded) {
            out.push(char::from(decoded));
        } else {
            out.push_str(&format!("%{decoded:02X}"));
        }
    }
    Ok(out)
}

/// RFC 3986 §5.2.4 for a path that is empty or begins with a slash; an empty one is `/` (§6.2.3).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
