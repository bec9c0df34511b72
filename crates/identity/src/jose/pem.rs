//! One PEM block (RFC 7468), nothing before or after it but white space.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PemError {
    NotPem,
    OtherLabel { private: bool },
}

/// The bytes of the one block with this label. Wiped when dropped, for it may be a private key.
pub(crate) fn from_pem(label: &str, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, PemError> {
    let text = std::str::from_utf8(text).map_err(|_| PemError::NotPem)?.trim_ascii();
    let (found, body) =
        text.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----")).ok_or(PemError::NotPem)?;
    if found != label {
        return Err(PemError::OtherLabel { private: found.contains("PRIVATE") });
    }
    let body = body.strip_suffix("-----").and_then(|b| b.strip_suffix(label)).and_then(|b| b.strip_suffix("-----END "));
    let mut joined = Zeroizing::new(String::with_capacity(text.len()));
    joined.extend(body.ok_or(PemError::NotPem)?.split_ascii_whitespace());
    STANDARD.decode(joined.as_bytes()).map(Zeroizing::new).map_err(|_| PemError::NotPem)
}

/// Writes one block, 64 characters a line.
pub(crate) fn to_pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut text = Zeroizing::new(String::with_capacity(body.len() * 2 + 2 * label.len() + 40));
    text.extend(["-----BEGIN ", label, "-----\n"]);
    for (at, c) in body.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(c);
    }
    text.extend(["\n-----END ", label, "-----\n"]);
    text
}

#[cfg(test)]
mod tests;
