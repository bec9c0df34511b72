//! What was wrong with a document, and where.

use super::Pointer;
use std::fmt;

/// A refused document: the fault and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// What was wrong.
    pub fault: Fault,
    /// Where it stands.
    pub place: Place,
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Bytes before it.
    pub byte: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// The value that was being read.
    pub pointer: Pointer,
}

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Something else was expected here; `found` is `None` at the end.
    Expected {
        /// What would have been right.
        expected: &'static str,
        /// What stands there.
        found: Option<char>,
    },
    /// A second value or other bytes after the document.
    Trailing,
    /// The document begins with a byte order mark.
    ByteOrderMark,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// A `\u` escape is half of a surrogate pair.
    LoneSurrogate,
    /// A code point that RFC 7493 keeps out of texts.
    Noncharacter,
    /// A control character that is not escaped.
    ControlCharacter,
    /// The same key twice in one object.
    DuplicateKey {
        /// The key.
        key: Box<str>,
    },
    /// Two keys of one object that differ only in case or Unicode form.
    ClashingKeys {
        /// The later key.
        key: Box<str>,
        /// The earlier key.
        earlier: Box<str>,
    },
    /// The number is not the one that a reader of RFC 8785 would get.
    InexactNumber {
        /// The number as RFC 8785 would write it.
        becomes: Box<str>,
    },
    /// The number is beyond every double.
    NumberOutOfRange,
    /// The document is longer than its limit.
    TooManyBytes {
        /// The limit.
        most: usize,
    },
    /// Arrays and objects are nested deeper than the limit.
    TooDeep {
        /// The limit.
        most: usize,
    },
    /// There are more values than the limit.
    TooManyValues {
        /// The limit.
        most: usize,
    },
}

impl Fault {
    /// A name for it that stays, for test vectors and logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Expected { .. } => "expected",
            Self::Trailing => "trailing",
            Self::ByteOrderMark => "byte_order_mark",
            Self::NotUtf8 => "not_utf8",
            Self::LoneSurrogate => "lone_surrogate",
            Self::Noncharacter => "noncharacter",
            Self::ControlCharacter => "control_character",
            Self::DuplicateKey { .. } => "duplicate_key",
            Self::ClashingKeys { .. } => "clashing_keys",
            Self::InexactNumber { .. } => "inexact_number",
            Self::NumberOutOfRange => "number_out_of_range",
            Self::TooManyBytes { .. } => "too_many_bytes",
            Self::TooDeep { .. } => "too_deep",
            Self::TooManyValues { .. } => "too_many_values",
        }
    }
}

/// Text from outside in a message of ours: escaped and cut.
pub(super) struct Quoted<'a>(pub &'a str);

/// More of a foreign text is not shown.
const QUOTED_CHARS_MAX: usize = 60;

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, c) in self.0.chars().enumerate() {
            if count == QUOTED_CHARS_MAX {
                return f.write_str("…");
            }
            match c {
                '"' | '\'' => write!(f, "{c}")?,
                '`' => f.write_str("\\u{60}")?,
                c if c.is_ascii() || c.is_alphanumeric() => write!(f, "{}", c.escape_debug())?,
                c => write!(f, "{}", c.escape_unicode())?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected { expected, found: Some(found) } => {
                write!(f, "expected {expected}, found `{}`", Quoted(found.encode_utf8(&mut [0; 4])))
            }
            Self::Expected { expected, found: None } => write!(f, "expected {expected}, found the end"),
            Self::Trailing => f.write_str("expected the end after the first value"),
            Self::ByteOrderMark => f.write_str("expected a value, found a byte order mark"),
            Self::NotUtf8 => f.write_str("expected UTF-8, found another byte"),
            Self::LoneSurrogate => f.write_str("expected a whole surrogate pair, found half of one"),
            Self::Noncharacter => f.write_str("expected a character, found a Unicode noncharacter"),
            Self::ControlCharacter => f.write_str("expected control characters in a string to be escaped"),
            Self::DuplicateKey { key } => write!(f, "expected each key once, found `{}` twice", Quoted(key)),
            Self::ClashingKeys { key, earlier } => write!(
                f,
                "expected keys that differ in more than case or Unicode form, found `{}` after `{}`",
                Quoted(key),
                Quoted(earlier)
            ),
            Self::InexactNumber { becomes } => {
                write!(f, "expected a number that every reader keeps, this one becomes `{becomes}`")
            }
            Self::NumberOutOfRange => f.write_str("expected a number within the range of a double"),
            Self::TooManyBytes { most } => write!(f, "expected at most {most} bytes"),
            Self::TooDeep { most } => write!(f, "expected at most {most} levels of arrays and objects"),
            Self::TooManyValues { most } => write!(f, "expected at most {most} values"),
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { byte, line, column, pointer } = &self.place;
        write!(f, "{} (line {line}, column {column}, byte {byte}", self.fault)?;
        if !pointer.is_root() {
            write!(f, ", at `{}`", Quoted(&pointer.to_string()))?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for JsonError {}
