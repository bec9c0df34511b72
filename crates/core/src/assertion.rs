//! What an authenticator answers when a person signs: kept whole, so that a stranger can check whose yes it was.

use serde::{Deserialize, Serialize};

/// A WebAuthn assertion (Level 3, 5.2.2), each part base64url without padding. What it signs is told by its challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assertion {
    /// The authenticator's data: the relying party's hash, flags, a counter.
    pub authenticator_data: String,
    /// The client's data, as the browser wrote it: type, challenge, origin.
    pub client_data: String,
    /// The credential id.
    pub id: String,
    /// The signature over the authenticator's data and the hash of the client's.
    pub signature: String,
}

impl Assertion {
    /// The most characters of all its parts: bounds what one yes takes in the record.
    pub const CHARS_MAX: usize = 8_192;

    /// Whether its parts have the form that they are kept in.
    pub fn formed(&self) -> bool {
        let parts = [&self.authenticator_data, &self.client_data, &self.id, &self.signature];
        let base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        parts.iter().all(|part| !part.is_empty() && part.bytes().all(base64url))
            && parts.iter().map(|part| part.len()).sum::<usize>() <= Self::CHARS_MAX
    }
}
