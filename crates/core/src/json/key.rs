//! How keys of one object are compared: in RFC 8785's order, and for clashes.

use crate::normal::ignorable;
use std::{borrow::Cow, cmp::Ordering};
use unicode_normalization::UnicodeNormalization as _;

/// RFC 8785 section 3.2.3: by UTF-16 code units.
///
/// UTF-8 orders as UTF-16 does, but for U+E000 to U+FFFF (first bytes EE and EF), which come after the surrogates of
/// higher code points (first bytes from F0 on).
pub(super) fn order(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    // most keys differ in their first byte
    let differing = match (a.first(), b.first()) {
        (Some(x), Some(y)) if x != y => Some((x, y)),
        _ => a.iter().zip(b).find(|(x, y)| x != y),
    };
    let Some((x, y)) = differing else {
        return a.len().cmp(&b.len());
    };
    if *x >= 0xee && *y >= 0xee && (*x >= 0xf0) != (*y >= 0xf0) { y.cmp(x) } else { x.cmp(y) }
}

/// Whether a key is its own fold: ASCII without capitals.
pub(super) fn is_plain(key: &str) -> bool {
    key.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase())
}

/// What is left of a key for readers that ignore case, Unicode form and what cannot be seen.
///
/// Upper-casing first makes one of `ß` and `ss`, of `ς` and `σ`, of `ı` and `i`, as full case folding does and more.
pub(super) fn fold(key: &str) -> Cow<'_, str> {
    if is_plain(key) {
        return Cow::Borrowed(key);
    }
    if key.is_ascii() {
        return Cow::Owned(key.to_ascii_lowercase());
    }
    let seen = key.nfkc().filter(|c| !ignorable(*c));
    Cow::Owned(seen.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect())
}
