//! The members of an object, in RFC 8785 order.

use super::{Json, key};
use std::sync::Arc;

/// Members of an object, sorted by the UTF-16 code units of their keys, each key once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object(Vec<(Arc<str>, Json)>);

/// Two keys that cannot stand in one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyClash {
    /// One of them.
    pub key: Arc<str>,
    /// The other: the same, or the same but for case or Unicode form.
    pub other: Arc<str>,
}

impl std::fmt::Display for KeyClash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key, other } = self;
        let (key, other) = (super::error::Quoted(key), super::error::Quoted(other));
        write!(f, "expected keys that differ in more than case or Unicode form, found `{key}` and `{other}`")
    }
}

impl std::error::Error for KeyClash {}

impl Object {
    /// Takes members from outside, in any order.
    ///
    /// # Errors
    /// [`KeyClash`] when a key stands twice, or two differ only in case or Unicode form.
    pub fn from_members(mut members: Vec<(Arc<str>, Json)>) -> Result<Self, KeyClash> {
        let rising = members.is_sorted_by(|(a, _), (b, _)| key::order(a, b).is_lt());
        if !rising {
            members.sort_by(|(a, _), (b, _)| key::order(a, b));
            if let Some((first, second)) = neighbours(&members, |(a, _), (b, _)| a == b) {
                return Err(KeyClash { key: first.0.clone(), other: second.0.clone() });
            }
        }
        match fold_clash(&members) {
            Some(clash) => Err(clash),
            None => Ok(Self(members)),
        }
    }

    /// The member of that name.
    pub fn get(&self, name: &str) -> Option<&Json> {
        let at = self.0.binary_search_by(|(member, _)| key::order(member, name)).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Whether there is a member of that name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Puts a member in its place and gives back the value it had. For names of our own.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, value: Json) -> Option<Json> {
        let name = name.into();
        match self.0.binary_search_by(|(member, _)| key::order(member, &name)) {
            Ok(at) => self.0.get_mut(at).map(|(_, old)| std::mem::replace(old, value)),
            Err(at) => {
                self.0.insert(at, (name, value));
                None
            }
        }
    }

    /// Takes a member out.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        let at = self.0.binary_search_by(|(member, _)| key::order(member, name)).ok()?;
        Some(self.0.remove(at).1)
    }

    /// The members in RFC 8785 order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// The keys in RFC 8785 order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// How many members there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn members(&self) -> &[(Arc<str>, Json)] {
        &self.0
    }
}

/// Members of our own; of two with the same name the later wins.
impl<K: Into<Arc<str>>> FromIterator<(K, Json)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, Json)>>(members: I) -> Self {
        let mut all: Vec<(Arc<str>, Json)> = members.into_iter().map(|(name, value)| (name.into(), value)).collect();
        all.reverse();
        all.sort_by(|(a, _), (b, _)| key::order(a, b));
        all.dedup_by(|(later, _), (kept, _)| later == kept);
        Self(all)
    }
}

impl IntoIterator for Object {
    type Item = (Arc<str>, Json);
    type IntoIter = std::vec::IntoIter<Self::Item>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

fn neighbours<T>(items: &[T], same: impl Fn(&T, &T) -> bool) -> Option<(&T, &T)> {
    items.iter().zip(items.iter().skip(1)).find(|(a, b)| same(a, b))
}

/// Two keys, known to differ, that do so only in case or form. Costs nothing where all keys are plain.
fn fold_clash(members: &[(Arc<str>, Json)]) -> Option<KeyClash> {
    if members.iter().all(|(name, _)| key::is_plain(name)) {
        return None;
    }
    let mut folds: Vec<_> = members.iter().map(|(name, _)| (key::fold(name), name)).collect();
    folds.sort_by(|(a, _), (b, _)| a.cmp(b));
    let (first, second) = neighbours(&folds, |(a, _), (b, _)| a == b)?;
    Some(KeyClash { key: first.1.clone(), other: second.1.clone() })
}
