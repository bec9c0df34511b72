//! Values that are tried in the place of an attribute.

use crate::names::NAMES;
use crate::words::Words;
use cedar_policy::RestrictedExpression;
use std::collections::BTreeSet;
use std::fmt;

/// Ten-thousandths: all that a Cedar decimal tells apart.
pub(crate) const DECIMAL_ONE: i64 = 10_000;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Absent,
    Bool(bool),
    Long(i64),
    /// In ten-thousandths.
    Decimal(i64),
    Text(String),
    /// The id of a word of the attribute's list.
    Word(String),
    Texts(BTreeSet<String>),
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// As Cedar reads it; nothing for what is absent, and for a word of no list.
    pub(crate) fn expression(&self, words: Option<Words>) -> Option<RestrictedExpression> {
        Some(match self {
            Self::Absent => return None,
            Self::Bool(value) => RestrictedExpression::new_bool(*value),
            Self::Long(value) => RestrictedExpression::new_long(*value),
            Self::Decimal(value) => RestrictedExpression::new_decimal(decimal(*value)),
            Self::Text(value) => RestrictedExpression::new_string(value.clone()),
            Self::Word(word) => RestrictedExpression::new_entity_uid(NAMES.word(words?, word)?),
            Self::Texts(values) => {
                RestrictedExpression::new_set(values.iter().cloned().map(RestrictedExpression::new_string))
            }
        })
    }
}

/// A decimal as Cedar writes it.
fn decimal(value: i64) -> String {
    let (whole, part) = (value / DECIMAL_ONE, (value % DECIMAL_ONE).abs());
    let sign = if value < 0 && whole == 0 { "-" } else { "" };
    let digits = format!("{part:04}");
    let digits = digits.trim_end_matches('0');
    format!("{sign}{whole}.{}", if digits.is_empty() { "0" } else { digits })
}

/// A decimal as a rule writes it.
pub(crate) fn read_decimal(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.')?;
    let negative = whole.starts_with('-');
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = format!("{part:0<4}").get(..4)?.parse().ok()?;
    let part = if negative { part.checked_neg()? } else { part };
    whole.checked_mul(DECIMAL_ONE)?.checked_add(part)
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("none"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Long(value) => write!(f, "{value}"),
            Self::Decimal(value) => f.write_str(&decimal(*value)),
            Self::Text(value) | Self::Word(value) => write!(f, "`{value}`"),
            Self::Texts(values) if values.is_empty() => f.write_str("none"),
            Self::Texts(values) => {
                let all: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
                f.write_str(&all.join(" "))
            }
        }
    }
}
