//! Secrets of a call: where a binding says that one stands, everything that is read, compared and kept has a keyed hash in its
//! place. What is forwarded is the caller's own.

use crate::binding::Binding;
use crate::path::{Path, Step};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::normal::Kind;
use bailiwick_core::{Digest, hidden};

/// Makes the keyed hash of a secret's canonical JSON, under a key that nothing which leaves holds.
pub type Keyed<'k> = &'k dyn Fn(&[u8]) -> Digest;

impl Binding {
    /// The arguments that hold secrets.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Path> {
        self.arguments.iter().filter(|argument| argument.kind == Some(Kind::Secret)).map(|argument| &argument.at)
    }

    /// Whether a call of its tool holds secrets.
    pub fn takes_secrets(&self) -> bool {
        self.secrets().next().is_some()
    }

    /// Whether a result may hold a secret: one of its own, or one that it was called with and says back.
    pub(crate) fn gives_secrets(&self) -> bool {
        self.takes_secrets() || self.result.values.iter().any(|value| value.kind == Kind::Secret)
    }

    /// The arguments without their secrets; `None` where no place of them holds one.
    pub(crate) fn without_secrets(&self, arguments: &Json, keyed: Keyed<'_>) -> Option<Json> {
        let mut secrets = self.secrets().peekable();
        secrets.peek()?;
        Some(secrets.fold(arguments.clone(), |arguments, path| hide(&arguments, path.steps(), keyed)))
    }
}

/// What stands in the place of this value.
pub(crate) fn in_place_of(value: &Json, keyed: Keyed<'_>) -> Json {
    Json::from(hidden(&keyed(value.canonical().as_bytes())).as_str())
}

/// A value with all that a path leads to hidden. What is not there, or null, is no secret.
fn hide(value: &Json, steps: &[Step], keyed: Keyed<'_>) -> Json {
    let Some((step, rest)) = steps.split_first() else {
        return if value.is_null() { Json::Null } else { in_place_of(value, keyed) };
    };
    match value {
        Json::Object(members) => {
            let below = |(name, member): (&str, &Json)| {
                let leads = match step {
                    Step::Every => true,
                    Step::Member(wanted) => **wanted == *name,
                };
                (name.to_owned(), if leads { hide(member, rest, keyed) } else { member.clone() })
            };
            Json::Object(members.iter().map(below).collect::<Object>())
        }
        Json::Array(items) => Json::array(items.iter().enumerate().map(|(index, item)| {
            let leads = match step {
                Step::Every => true,
                Step::Member(wanted) => **wanted == *index.to_string(),
            };
            if leads { hide(item, rest, keyed) } else { item.clone() }
        })),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
