//! Why a passkey's answer does not count.

use crate::{challenge::ChallengeRefusal, foreign::Foreign};

/// Why a registration or an assertion does not count. Each is the fault of the browser, the authenticator, or whoever
/// sent it; none repeats a key or a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyRefusal {
    /// Longer than we read.
    #[error("{what} has {bytes} bytes, the limit is {bytes_max}")]
    TooLong {
        /// Which part.
        what: &'static str,
        /// How many came.
        bytes: usize,
        /// How many are read.
        bytes_max: usize,
    },
    /// Padded, of another alphabet, or no base64 at all.
    #[error("{what} is not base64url without padding")]
    NotBase64 {
        /// Which part.
        what: &'static str,
    },
    /// Not in the form that WebAuthn gives it.
    #[error("{what} has not the form that it should, expected {expected}")]
    Form {
        /// Which part.
        what: &'static str,
        /// What stands there otherwise.
        expected: &'static str,
    },
    /// Made for another ceremony.
    #[error("the browser did `{found}`, expected `{expected}`")]
    OtherType {
        /// What the client's data say.
        found: Foreign,
        /// What was asked for.
        expected: &'static str,
    },
    /// Signed over something else than what was asked.
    #[error("the answer is to another challenge than the one that was given")]
    OtherChallenge,
    /// A challenge that none of our nodes gave, or too long ago.
    #[error(transparent)]
    Challenge(#[from] ChallengeRefusal),
    /// Made at another page.
    #[error("the answer comes from `{found}`, expected `{expected}`")]
    OtherOrigin {
        /// What the client's data say.
        found: Foreign,
        /// The first of the origins that count.
        expected: String,
    },
    /// Made in a frame of somebody else's page, who may have drawn over what was to be read.
    #[error("the page stood in a frame of another site")]
    Framed,
    /// The authenticator was asked for another site.
    #[error("the authenticator answered for another site than `{expected}`")]
    OtherSite {
        /// The site's id.
        expected: String,
    },
    /// Nobody touched the authenticator.
    #[error("the authenticator says that nobody was present")]
    NotPresent,
    /// Anybody may have touched it.
    #[error("the authenticator did not verify the person: a PIN, a fingerprint or a face is needed")]
    NotVerified,
    /// A registration without a credential.
    #[error("the authenticator gave no new credential")]
    NoCredential,
    /// The name sent is not the credential's.
    #[error("the answer is of another passkey than the one that it names")]
    OtherPasskey,
    /// A key that we cannot check with.
    #[error("the passkey's key cannot be used: {why}")]
    Key {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The signature is not the key's.
    #[error("the passkey's signature does not match")]
    BadSignature,
}
