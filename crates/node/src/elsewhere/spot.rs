//! Places on a server that are told apart: two ids of one kind are two places, and so are two paths of which neither lies within
//! the other. Of all else nobody knows.

use bailiwick_core::{Bound, BoundAs, Digest, Reading, Salt, value_hash};
use serde::{Deserialize, Serialize};

/// Tells places apart in this process and in what it keeps sealed, and is written nowhere else.
const IN_MEMORY: Salt = Salt::new([0; 16]);
/// The deepest path that is told apart.
const STEPS_MAX: usize = 32;

/// A place on a server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Spot {
    /// Nobody knows where. Comes first, so that all places of a server follow it.
    Anywhere,
    /// A thing, by its kind and id.
    Thing(String, Digest),
    /// A path: whether it begins at the root, and all that it lies within, itself last.
    Path(bool, Vec<Digest>),
    /// With whom something was shared, by the kind of their address and that; with one of many, where there was no room. Whoever
    /// names that address as what they read is met, and nobody else.
    With(String, Option<Digest>),
}

impl Spot {
    /// The one that a call is about.
    pub(super) fn of(bound: &[Bound]) -> Self {
        let mut objects = bound.iter().filter(|of| of.role == BoundAs::Object);
        let (Some(one), None) = (objects.next(), objects.next()) else { return Self::Anywhere };
        let Reading::Known(normal) = &one.normal else { return Self::Anywhere };
        // Many servers and file systems do not tell names apart by their case.
        let folded = normal.to_lowercase();
        if one.kind != "path" {
            return Self::Thing(one.kind.clone(), value_hash(&IN_MEMORY, &one.kind, &folded));
        }
        let steps: Vec<&str> = folded.split('/').filter(|step| !matches!(*step, "" | ".")).collect();
        if steps.len() > STEPS_MAX {
            return Self::Anywhere;
        }
        let mut prefix = String::new();
        let hashed = steps.iter().map(|step| {
            prefix.push('/');
            prefix.push_str(step);
            value_hash(&IN_MEMORY, "path", &prefix)
        });
        Self::Path(folded.starts_with('/'), hashed.collect())
    }

    /// Whom a call sends to.
    pub(super) fn recipients(bound: &[Bound]) -> impl Iterator<Item = Self> {
        bound.iter().filter(|of| of.role == BoundAs::Destination).map(|of| {
            let Reading::Known(normal) = &of.normal else { return Self::With(of.kind.clone(), None) };
            Self::With(of.kind.clone(), Some(value_hash(&IN_MEMORY, &of.kind, &normal.to_lowercase())))
        })
    }

    /// With whom nobody knows: whoever names an address as what they read is met.
    pub(super) const fn with_anybody() -> Self {
        Self::With(String::new(), None)
    }

    /// Where it lies: the folder of a path, anybody's of an address; of all else nobody knows.
    pub(super) fn wider(&self) -> Self {
        match self {
            Self::With(kind, Some(_)) => Self::With(kind.clone(), None),
            Self::Path(rooted, steps) if steps.len() > 1 => {
                Self::Path(*rooted, steps.iter().take(steps.len() - 1).copied().collect())
            }
            _ => Self::Anywhere,
        }
    }

    /// Whether what lies at one may be seen at the other.
    pub(super) fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::With(kind, to), Self::Thing(of, thing)) | (Self::Thing(of, thing), Self::With(kind, to)) => {
                kind.is_empty() || (kind == of && to.is_none_or(|to| to == *thing))
            }
            (Self::With(..), _) | (_, Self::With(..)) => false,
            (Self::Thing(kind, one), Self::Thing(of, other)) if kind == of => one == other,
            (Self::Path(rooted, one), Self::Path(of, other)) if rooted == of => {
                one.iter().zip(other).all(|(a, b)| a == b)
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests;
