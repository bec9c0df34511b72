//! The error codes of OAuth that our refusals are answered with.

use std::fmt;

/// A code of the `error` parameter, in a token endpoint's answer or in `WWW-Authenticate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OauthError {
    /// RFC 6750 §3.1: the access token is expired, malformed or not valid here.
    InvalidToken,
    /// RFC 9449 §5: the proof is missing, malformed or for something else.
    InvalidDpopProof,
    /// RFC 9449 §8: ask again with the nonce of this answer.
    UseDpopNonce,
    /// RFC 6749 §5.2: the client's assertion did not authenticate it.
    InvalidClient,
    /// RFC 7523 §3.1: the assertion given as a grant is not valid.
    InvalidGrant,
    /// RFC 8693 §2.2.2: a token of the exchange is not valid.
    InvalidRequest,
    /// RFC 6749 §4.1.2.1: we cannot take more at the moment.
    TemporarilyUnavailable,
}

impl OauthError {
    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidToken => "invalid_token",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }
}

impl fmt::Display for OauthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
