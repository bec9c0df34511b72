//! Which names a bare `name.tld` is taken for a host by.

use std::sync::LazyLock;

/// The top-level names of the internet as of 2026-10-03 (the root zone's list), in both forms where one is international,
/// in the order of their bytes.
///
/// A name that is added later is still found behind a scheme, after `www.` and in an e-mail address.
static TOP_LEVEL: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("top_level.txt").split_ascii_whitespace().collect());

/// Names that resolve in inner networks, by other means than DNS, or in examples (RFC 6761, RFC 6762, RFC 9476).
const OTHERS: [&str; 13] =
    ["alt", "bit", "corp", "eth", "example", "home", "i2p", "internal", "intranet", "lan", "local", "onion", "test"];

/// Top-level names that end more file names than hosts: `README.md` is no host; `example.md/x` is.
const FILES: [&str; 13] = ["cc", "md", "mk", "mov", "pl", "properties", "ps", "pub", "py", "rs", "sh", "so", "zip"];

/// Whether hosts end so.
pub(super) fn listed(label: &str) -> bool {
    let label = label.to_lowercase();
    OTHERS.contains(&&*label) || TOP_LEVEL.binary_search(&&*label).is_ok()
}

/// Whether a name of two parts that ends so is one of a file.
pub(super) fn of_a_file(label: &str) -> bool {
    FILES.contains(&&*label.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
