//! Constraints on one argument: what `when` says of the value at a JSON Pointer.

use crate::json::Json;
use crate::{Amount, TextPattern};
use serde::{Deserialize, Serialize};

/// What must hold of one argument. Several in one constraint must all hold. An absent argument meets none but `absent`
/// (and `required: false`, which says nothing).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// The argument must not be there.
    #[serde(default, skip_serializing_if = "is_false")]
    pub absent: bool,
    /// Equal as JSON, numbers by value.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub equals: Option<Json>,
    /// The host of a URL is this name or below it, by whole labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_of: Option<String>,
    /// The most characters (of a text) or elements (of an array).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// A number, or a decimal written as text, of at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<Amount>,
    /// A number, or a decimal written as text, of at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<Amount>,
    /// Equal as JSON to one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<Json>,
    /// A path at or below this one, after `.` and doubled slashes are taken out; `..` never fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_within: Option<String>,
    /// A text of this form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<TextPattern>,
    /// The argument must be there.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
}

/// A value that is said, `null` as well.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Constraint {
    /// Whether it says nothing at all, which a template may not.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Why no value could ever meet it, as far as that can be told from its parts; a template may not say such a thing.
    pub fn never(&self) -> Option<&'static str> {
        let empty = |text: &Option<String>| text.as_ref().is_some_and(String::is_empty);
        let meets = |value: &Json| self.allows(Some(value));
        match () {
            () if self.absent && *self != (Self { absent: true, ..Self::default() }) => {
                Some("what must be absent can meet nothing else")
            }
            () if self.least.zip(self.most).is_some_and(|(least, most)| least > most) => {
                Some("`least` is more than `most`")
            }
            () if empty(&self.host_of) => Some("`host_of` names no host"),
            () if empty(&self.path_within) => Some("`path_within` names no path"),
            () if self.equals.as_ref().is_some_and(|value| !meets(value)) => {
                Some("the value of `equals` does not meet the rest")
            }
            () if !self.one_of.is_empty() && !self.one_of.iter().any(meets) => {
                Some("no value of `one_of` meets the rest")
            }
            () => None,
        }
    }

    /// Whether it names the values that are meant, and not only a form of them.
    pub fn names_values(&self) -> bool {
        self.equals.is_some() || !self.one_of.is_empty()
    }

    /// Whether the value at the pointer (or its absence) meets every part.
    pub fn allows(&self, value: Option<&Json>) -> bool {
        let Some(value) = value else { return self.absent };
        !self.absent
            && self.equals.as_ref().is_none_or(|wanted| wanted == value)
            && (self.one_of.is_empty() || self.one_of.contains(value))
            && self.length.is_none_or(|most| length(value).is_some_and(|n| n <= most))
            && self.most.as_ref().is_none_or(|most| amount(value).is_some_and(|a| a <= *most))
            && self.least.as_ref().is_none_or(|least| amount(value).is_some_and(|a| a >= *least))
            && self.pattern.as_ref().is_none_or(|p| value.as_str().is_some_and(|t| p.matches(t)))
            && self.path_within.as_ref().is_none_or(|root| value.as_str().is_some_and(|t| path_within(root, t)))
            && self.host_of.as_ref().is_none_or(|host| value.as_str().is_some_and(|t| host_within(host, t)))
    }

    /// The parts by name, for people and for the record; never the values.
    pub fn names(&self) -> Vec<&'static str> {
        [
            (self.absent, "absent"),
            (self.equals.is_some(), "equals"),
            (self.host_of.is_some(), "host_of"),
            (self.length.is_some(), "length"),
            (self.most.is_some(), "most"),
            (self.least.is_some(), "least"),
            (!self.one_of.is_empty(), "one_of"),
            (self.path_within.is_some(), "path_within"),
            (self.pattern.is_some(), "pattern"),
            (self.required, "required"),
        ]
        .into_iter()
        .filter_map(|(set, name)| set.then_some(name))
        .collect()
    }
}

fn length(value: &Json) -> Option<u64> {
    let count = match value {
        Json::String(text) => text.chars().count(),
        Json::Array(items) => items.len(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => return None,
    };
    u64::try_from(count).ok()
}

/// Reads an amount: a JSON number by its canonical digits, or a text of the one form that amounts have.
fn amount(value: &Json) -> Option<Amount> {
    match value {
        Json::Number(number) => Amount::parse(number.as_str()).ok(),
        Json::String(text) => Amount::parse(text).ok(),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Whether a path is at or below another.
pub(crate) fn path_within(root: &str, path: &str) -> bool {
    let kind = crate::normal::Kind::Path;
    let (Some(root), Some(path)) = (crate::normal::normal(&kind, root), crate::normal::normal(&kind, path)) else {
        return false;
    };
    path.strip_prefix(root.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn host_within(host: &str, url: &str) -> bool {
    let Some(wanted) = crate::normal::normal(&crate::normal::Kind::Host, host) else { return false };
    crate::normal::url_host(url).is_some_and(|found| below(&wanted, &found))
}

/// Whether a host is another, or below it by whole labels.
pub(crate) fn host_below(host: &str, name: &str) -> bool {
    let normal = |text| crate::normal::normal(&crate::normal::Kind::Host, text);
    normal(host).zip(normal(name)).is_some_and(|(host, name)| below(&host, &name))
}

fn below(host: &str, name: &str) -> bool {
    name.strip_suffix(host).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests;
