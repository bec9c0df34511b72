//! RFC 6901 pointers.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{cmp::Ordering, fmt, sync::Arc};

/// The most tokens of a pointer that is read from text.
pub(super) const TOKENS_MAX: usize = 128;

/// A place in a document (RFC 6901). Copies are cheap, and a child shares its parent's tokens.
///
/// Pointers are ordered as the bytes of their texts.
#[derive(Clone, Default)]
pub struct Pointer(Option<Arc<Link>>);

struct Link {
    parent: Pointer,
    token: Arc<str>,
}

/// Why a text is no pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadPointer {
    /// It is not empty and does not begin with `/`.
    NoSlash,
    /// A `~` is not followed by `0` or `1`.
    Escape,
    /// It has more tokens than any document that is read.
    TooDeep,
}

impl fmt::Display for BadPointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSlash => f.write_str("expected a JSON Pointer: empty, or beginning with `/`"),
            Self::Escape => f.write_str("expected a JSON Pointer: `~` only as `~0` or `~1`"),
            Self::TooDeep => write!(f, "expected a JSON Pointer of at most {TOKENS_MAX} tokens"),
        }
    }
}

impl std::error::Error for BadPointer {}

impl Pointer {
    /// The whole document.
    pub const fn root() -> Self {
        Self(None)
    }

    /// Reads a pointer in its string form (RFC 6901 section 3).
    ///
    /// # Errors
    /// [`BadPointer`] when the text is none, or deeper than any document.
    pub fn parse(text: &str) -> Result<Self, BadPointer> {
        Ok(split(text)?.into_iter().fold(Self::root(), Self::join))
    }

    /// The place one token below.
    #[must_use]
    pub fn join(self, token: impl Into<Arc<str>>) -> Self {
        Self(Some(Arc::new(Link { parent: self, token: token.into() })))
    }

    /// The place of an array's element.
    #[must_use]
    pub fn index(self, index: usize) -> Self {
        self.join(index.to_string())
    }

    /// The place above; `None` for the whole document.
    pub fn parent(&self) -> Option<&Self> {
        self.0.as_ref().map(|link| &link.parent)
    }

    /// The last token; `None` for the whole document.
    pub fn last(&self) -> Option<&str> {
        self.0.as_ref().map(|link| &*link.token)
    }

    /// Whether this is the whole document.
    pub const fn is_root(&self) -> bool {
        self.0.is_none()
    }

    /// The tokens, unescaped, from the root on.
    pub fn tokens(&self) -> Vec<&str> {
        let mut tokens = Vec::new();
        let mut at = self;
        while let Some(link) = &at.0 {
            tokens.push(&*link.token);
            at = &link.parent;
        }
        tokens.reverse();
        tokens
    }

    /// Whether the other is this place or one within it.
    pub fn contains(&self, other: &Self) -> bool {
        other.tokens().starts_with(&self.tokens())
    }
}

/// The unescaped tokens of a pointer's text.
pub(super) fn split(text: &str) -> Result<Vec<Arc<str>>, BadPointer> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let tokens = text.strip_prefix('/').ok_or(BadPointer::NoSlash)?.split('/');
    if tokens.clone().nth(TOKENS_MAX).is_some() {
        return Err(BadPointer::TooDeep);
    }
    tokens.map(unescape).collect()
}

fn unescape(token: &str) -> Result<Arc<str>, BadPointer> {
    let mut parts = token.split('~');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escaped, rest) = match (part.strip_prefix('0'), part.strip_prefix('1')) {
            (Some(rest), _) => ('~', rest),
            (_, Some(rest)) => ('/', rest),
            _ => return Err(BadPointer::Escape),
        };
        out.push(escaped);
        out.push_str(rest);
    }
    Ok(out.into())
}

/// Writes `/token`, escaped.
pub(super) fn write_token(token: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("/")?;
    token.chars().try_for_each(|c| match c {
        '~' => f.write_str("~0"),
        '/' => f.write_str("~1"),
        c => fmt::Write::write_char(f, c),
    })
}

/// RFC 6901 section 4: digits without leading zeros. `-`, the element after the last, is never there.
pub(super) fn array_index(token: &str) -> Option<usize> {
    let canonical = token == "0" || (!token.starts_with('0') && token.bytes().all(|b| b.is_ascii_digit()));
    if canonical { token.parse().ok() } else { None }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tokens().into_iter().try_for_each(|token| write_token(token, f))
    }
}
impl fmt::Debug for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}
impl PartialEq for Pointer {
    fn eq(&self, other: &Self) -> bool {
        self.tokens() == other.tokens()
    }
}
impl Eq for Pointer {}
impl PartialOrd for Pointer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Pointer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.to_string().cmp(&other.to_string())
    }
}
impl std::hash::Hash for Pointer {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.tokens().hash(state);
    }
}
impl std::str::FromStr for Pointer {
    type Err = BadPointer;
    fn from_str(text: &str) -> Result<Self, BadPointer> {
        Self::parse(text)
    }
}
impl Serialize for Pointer {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::read_text::parsed(d, Self::parse)
    }
}

#[cfg(test)]
mod tests;
