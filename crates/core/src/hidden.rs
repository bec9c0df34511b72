//! What stands in the place of a secret: a keyed hash. The same secret has the same, so it is compared as the secret would be;
//! whoever has no key can neither read it back nor try what it is of.

use crate::Digest;

/// What such a text begins with.
const MARK: &str = "hmac-sha256:";

/// What is kept, compared and recorded in the place of a secret.
pub fn hidden(hash: &Digest) -> String {
    format!("{MARK}{hash}")
}

/// Whether a text is one that stands in the place of a secret.
pub fn is_hidden(text: &str) -> bool {
    text.strip_prefix(MARK).is_some_and(|digits| Digest::parse(digits).is_ok())
}

/// What people are shown of a secret; `None` of any other text. Not a digit of the hash: a preview, which leaves no trace, would
/// say whether a guess is right.
pub(crate) fn hidden_words(text: &str) -> Option<String> {
    is_hidden(text).then(|| "a secret, not kept".to_owned())
}

#[cfg(test)]
mod tests;
