//! What stands in the place of a secret: a keyed hash. The same secret has the same, so it is compared as the secret would be;
//! whoever has no key can neither read it back nor try what it is of.

use crate::Digest;

/// What such a text begins with.
const MARK: &str = "hmac-sha256:";
/// How many digits of the hash people are shown: enough to tell two apart.
const SHOWN_DIGITS: usize = 8;

/// What is kept, compared and recorded in the place of a secret.
pub fn hidden(hash: &Digest) -> String {
    format!("{MARK}{hash}")
}

/// Whether a text is one that stands in the place of a secret.
pub fn is_hidden(text: &str) -> bool {
    digits(text).is_some()
}

/// What people are shown of a secret; `None` of any other text.
pub(crate) fn hidden_words(text: &str) -> Option<String> {
    let shown = digits(text)?.get(..SHOWN_DIGITS)?;
    Some(format!("a secret, not kept ({MARK}{shown}…)"))
}

fn digits(text: &str) -> Option<&str> {
    let digits = text.strip_prefix(MARK)?;
    Digest::parse(digits).is_ok().then_some(digits)
}

#[cfg(test)]
mod tests;
