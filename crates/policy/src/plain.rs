//! A value of the context before it is any language's.

use crate::names::NAMES;
use crate::words::Words;
use bailiwick_core::Amount;
use cedar_policy::RestrictedExpression;
use regorus::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The most that a Cedar decimal holds.
static DECIMAL_MOST: LazyLock<Amount> = LazyLock::new(|| Amount::parse("922337203685477.5807").unwrap_or(Amount::ZERO));
/// The most decimals that a Cedar decimal has.
const DECIMALS_MAX: u8 = 4;

/// A value of the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Plain {
    Text(String),
    Bool(bool),
    Long(i64),
    Texts(BTreeSet<String>),
    /// One word of a closed list.
    Word(Words, &'static str),
    /// An amount that every language holds exactly: see [`Self::amount`].
    Decimal(Amount),
    Record(BTreeMap<String, Plain>),
}

impl Plain {
    /// An amount, if each language has it exactly. Nothing is rounded.
    pub(crate) fn amount(amount: Amount) -> Option<Self> {
        (amount.decimals() <= DECIMALS_MAX && amount <= *DECIMAL_MOST).then_some(Self::Decimal(amount))
    }

    /// As Cedar reads it.
    pub(crate) fn cedar(self) -> Option<RestrictedExpression> {
        Some(match self {
            Self::Text(text) => RestrictedExpression::new_string(text),
            Self::Bool(value) => RestrictedExpression::new_bool(value),
            Self::Long(value) => RestrictedExpression::new_long(value),
            Self::Texts(texts) => {
                RestrictedExpression::new_set(texts.into_iter().map(RestrictedExpression::new_string))
            }
            Self::Word(words, word) => RestrictedExpression::new_entity_uid(NAMES.word(words, word)?),
            Self::Decimal(amount) => {
                let text = amount.to_string();
                // Cedar wants a point with digits on both sides.
                RestrictedExpression::new_decimal(if text.contains('.') { text } else { format!("{text}.0") })
            }
            Self::Record(members) => {
                let pairs = members.into_iter().map(|(name, value)| Some((name, value.cedar()?)));
                RestrictedExpression::new_record(pairs.collect::<Option<Vec<_>>>()?).ok()?
            }
        })
    }

    /// As Rego reads it: words are texts, and amounts are whole numbers of ten-thousandths, for no float may decide.
    pub(crate) fn rego(self) -> Option<Value> {
        Some(match self {
            Self::Text(text) => Value::from(text),
            Self::Bool(value) => Value::from(value),
            Self::Long(value) => Value::from(value),
            Self::Texts(texts) => Value::from(texts.into_iter().map(Value::from).collect::<BTreeSet<_>>()),
            Self::Word(_, word) => Value::from(word),
            Self::Decimal(amount) => Value::from(ten_thousandths(amount)?),
            Self::Record(members) => {
                let pairs = members.into_iter().map(|(name, value)| Some((Value::from(name), value.rego()?)));
                Value::from(pairs.collect::<Option<BTreeMap<_, _>>>()?)
            }
        })
    }
}

/// By INVARIANT of [`Plain::amount`] at most four decimals, and within 64 bits.
fn ten_thousandths(amount: Amount) -> Option<i64> {
    let text = amount.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{part:0<4}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_whole_number_of_ten_thousandths_in_rego() {
        for (amount, expected) in [("0", 0), ("120.5", 1_205_000), ("0.0001", 1), ("922337203685477.5807", i64::MAX)] {
            let plain = Plain::amount(Amount::parse(amount).unwrap()).unwrap();
            assert_eq!(plain.rego(), Some(Value::from(expected)), "{amount}");
        }
        assert_eq!(Plain::amount(Amount::parse("0.00001").unwrap()), None);
    }
}
