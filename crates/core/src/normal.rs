//! Typed values in their whole normal form: what is compared when a bound argument looks for its source.
//!
//! Two values are one only when their normal forms are equal. So a form never makes one of two values that a
//! downstream could tell apart: what cannot be brought into the form of its kind has none, and is then no value of
//! that kind at all.

mod chars;
mod date;
mod found;
mod net;
mod numbers;
mod path;
mod surroundings;

pub(crate) use chars::ignorable;
pub use chars::{invisible, look, one_line, seen_json};
pub(crate) use date::day_begins;
pub use found::{Addresses, Found, found};
pub use net::{url_host, url_origin};
pub use surroundings::{private, surroundings};

use crate::Amount;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// What an argument's value is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A bank account by its IBAN.
    Iban,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A host name or IP address.
    Host,
    /// A URL with a host.
    Url,
    /// A path of files.
    Path,
    /// The id of an object of this kind: `id:invoice`.
    Id(String),
    /// A human.
    Person,
    /// A person or organisation that one has business with.
    Party,
    /// The name of a thing.
    Name,
    /// A subject, title or file name.
    Title,
    /// An exact amount.
    Amount,
    /// A date, with or without a time.
    Date,
    /// What must not be known.
    Secret,
    /// Content that goes somewhere.
    Content,
    /// Any other text.
    Text,
    /// The number of a payment card.
    Card,
}

/// The most bytes of a value that has a normal form, contents and texts apart.
const VALUE_BYTES_MAX: usize = 4096;
/// The most bytes of content and text.
const CONTENT_BYTES_MAX: usize = 1 << 20;
/// The most characters of a person's, party's or thing's name.
const NAME_CHARS_MAX: usize = 128;
/// The most characters of a title.
const TITLE_CHARS_MAX: usize = 256;
/// The most bytes of the name of an object's kind.
const OBJECT_KIND_BYTES_MAX: usize = 32;

impl Kind {
    /// Reads `iban`, `email`, …, or `id:` and the kind of object.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(object) = text.strip_prefix("id:") {
            let named = (1..=OBJECT_KIND_BYTES_MAX).contains(&object.len())
                && object.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            return named.then(|| Self::Id(object.to_owned()));
        }
        PLAIN.iter().find(|(_, name)| *name == text).map(|(kind, _)| kind.clone())
    }
}

/// The kinds that are one word.
const PLAIN: [(Kind, &str); 16] = [
    (Kind::Iban, "iban"),
    (Kind::Email, "email"),
    (Kind::Phone, "phone"),
    (Kind::Host, "host"),
    (Kind::Url, "url"),
    (Kind::Path, "path"),
    (Kind::Person, "person"),
    (Kind::Party, "party"),
    (Kind::Name, "name"),
    (Kind::Title, "title"),
    (Kind::Amount, "amount"),
    (Kind::Date, "date"),
    (Kind::Secret, "secret"),
    (Kind::Content, "content"),
    (Kind::Text, "text"),
    (Kind::Card, "card"),
];

/// The whole normal form of a value of that kind; `None` when it is no value of it, or holds characters that are not
/// seen or pretend to be others.
pub fn normal(kind: &Kind, text: &str) -> Option<String> {
    let most = if matches!(kind, Kind::Content | Kind::Text) { CONTENT_BYTES_MAX } else { VALUE_BYTES_MAX };
    if text.is_empty() || text.len() > most {
        return None;
    }
    match kind {
        Kind::Iban => numbers::iban(&chars::line(text)?),
        Kind::Phone => numbers::phone(&chars::line(text)?),
        Kind::Card => numbers::card(&chars::line(text)?),
        Kind::Amount => Amount::parse(text).ok().map(|amount| amount.to_string()),
        Kind::Date => date::normal(text),
        Kind::Email => net::email(text),
        Kind::Host => net::host(text),
        Kind::Url => net::url(text),
        Kind::Path => path::normal(text),
        Kind::Id(_) | Kind::Secret => chars::exact(text),
        Kind::Person | Kind::Party | Kind::Name => chars::name(text, NAME_CHARS_MAX),
        Kind::Title => chars::name(text, TITLE_CHARS_MAX),
        Kind::Content | Kind::Text => chars::prose(text),
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Id(object) = self {
            return write!(f, "id:{object}");
        }
        PLAIN.iter().find(|(kind, _)| kind == self).map_or(Ok(()), |(_, name)| f.write_str(name))
    }
}
impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let expected = "expected a kind of value such as `iban`, `party` or `id:invoice`";
        crate::read_text::parsed(d, |text| Self::parse(text).ok_or(expected))
    }
}

#[cfg(test)]
mod tests;
