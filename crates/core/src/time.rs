//! Time as the store tells it: microseconds since 1970-01-01T00:00:00Z. Core never reads a clock.

use serde::{Deserialize, Serialize};

/// A moment, in microseconds since 1970. Comes from the store, never from the wall clock of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub u64);

/// A length of time, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub u64);

impl Span {
    /// So many seconds; stays at the most that fits.
    pub const fn seconds(count: u64) -> Self {
        Self(count.saturating_mul(1_000_000))
    }
    /// So many minutes; stays at the most that fits.
    pub const fn minutes(count: u64) -> Self {
        Self::seconds(count.saturating_mul(60))
    }
    /// So many hours; stays at the most that fits.
    pub const fn hours(count: u64) -> Self {
        Self::minutes(count.saturating_mul(60))
    }
    /// Reads a template's `30s`, `15m`, `12h`, `14d`: a whole number above zero and one letter.
    pub fn parse(text: &str) -> Option<Self> {
        let unit = text.chars().last()?;
        let count: u64 = text.strip_suffix(unit)?.parse().ok().filter(|n| *n > 0)?;
        match unit {
            's' => Some(Self::seconds(count)),
            'm' => Some(Self::minutes(count)),
            'h' => Some(Self::hours(count)),
            'd' => Some(Self::hours(count.saturating_mul(24))),
            _ => None,
        }
    }
}

impl Micros {
    /// The moment `span` later; stays at the end of time.
    #[must_use]
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
    /// The moment `span` earlier; stays at 1970.
    #[must_use]
    pub const fn before(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}
