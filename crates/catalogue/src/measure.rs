//! How much: amounts read exactly, with their unit, or not at all.

use crate::path::{Found, Hit, Path};
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{Amount, BadAmount, Measure, Reading, Unit};

/// Where an amount stands, and what it is an amount of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MeasureFrom {
    pub(crate) at: Path,
    pub(crate) unit: UnitFrom,
    /// It counts the smallest coin: `1250` is 12.50 EUR.
    pub(crate) minor: bool,
}

/// What an amount is an amount of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UnitFrom {
    /// Always this.
    Fixed(Unit),
    /// The currency that stands there.
    At(Path),
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) pointer: Pointer,
    pub(crate) why: &'static str,
    /// Whether money may hang on it.
    pub(crate) money: bool,
}

/// What was read: one measure a unit, and what could not be.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) measures: Vec<Measure>,
    pub(crate) unreadable: Vec<Unreadable>,
}

impl MeasureFrom {
    /// Reads every amount there and sums them by unit. Nothing there is unknown: a measure is never absent.
    pub(crate) fn read(&self, document: &Json, into: &mut Measured) {
        let found = self.at.find(document);
        for hit in &found.hits {
            self.read_one(hit, document, into);
        }
        let Found { hits, missing, over } = found;
        if missing.is_some() || over || hits.is_empty() {
            let pointer = missing.or_else(|| hits.into_iter().next().map(|hit| hit.pointer)).unwrap_or_default();
            let unit = match &self.unit {
                UnitFrom::Fixed(unit) => Reading::Known(unit.clone()),
                UnitFrom::At(_) => Reading::Unknown,
            };
            into.unread(pointer, unit, if over { "more values than are read" } else { "nothing" });
        }
    }

    /// Of what the amount is that was found there, in words; `None` where it cannot be read.
    pub(crate) fn unit_of(&self, hit: &Hit<'_>, document: &Json) -> Option<String> {
        let unit = match &self.unit {
            UnitFrom::Fixed(unit) => unit.to_string(),
            UnitFrom::At(path) => {
                let unit = Unit::parse(document.pointer(&path.beside(hit)?)?.as_str()?).ok()?;
                unit.is_currency().then(|| unit.to_string())?
            }
        };
        Some(if self.minor { format!("{unit}, in its smallest coin") } else { unit })
    }

    fn read_one(&self, hit: &Hit<'_>, document: &Json, into: &mut Measured) {
        let unit = match &self.unit {
            UnitFrom::Fixed(unit) => unit.clone(),
            UnitFrom::At(path) => {
                let place = path.beside(hit).unwrap_or_default();
                let text = document.pointer(&place).and_then(Json::as_str);
                // A name in small letters is a unit too, but nothing that a currency is paid in.
                match text.and_then(|text| Unit::parse(text).ok()).filter(Unit::is_currency) {
                    Some(unit) => unit,
                    None => return into.unread(place, Reading::Unknown, "no currency of ISO 4217"),
                }
            }
        };
        match amount(hit.value, self.minor, &unit) {
            Ok(amount) => into.add(amount, unit),
            Err(why) => into.unread(hit.pointer.clone(), Reading::Known(unit), why),
        }
    }
}

impl Measured {
    fn add(&mut self, amount: Amount, unit: Unit) {
        let same = |measure: &&mut Measure| !measure.after && measure.unit.known() == Some(&unit);
        match self.measures.iter_mut().find(same) {
            Some(measure) => {
                let sum = measure.amount.known().and_then(|sum| sum.checked_add(amount));
                measure.amount = sum.map_or(Reading::Unknown, Reading::Known);
            }
            None => {
                let measure = Measure { amount: Reading::Known(amount), after: false, unit: Reading::Known(unit) };
                self.measures.push(measure);
            }
        }
    }

    fn unread(&mut self, pointer: Pointer, unit: Reading<Unit>, why: &'static str) {
        let money = unit.known().is_none_or(Unit::is_currency);
        self.unreadable.push(Unreadable { pointer, why, money });
        match self.measures.iter_mut().find(|measure| !measure.after && measure.unit == unit) {
            // One unknown part makes the sum unknown.
            Some(measure) => measure.amount = Reading::Unknown,
            None => self.measures.push(Measure { amount: Reading::Unknown, after: false, unit }),
        }
    }
}

/// Reads one amount: a text of the one form, or a number by its canonical digits.
fn amount(value: &Json, minor: bool, unit: &Unit) -> Result<Amount, &'static str> {
    let text = match value {
        Json::String(text) => &**text,
        // Two readers could make two amounts of it.
        Json::Number(number) if number.is_wide_integer() => return Err("a number beyond 2^53"),
        Json::Number(number) => number.as_str(),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => return Err("no amount"),
    };
    let amount = Amount::parse(text).map_err(|error| why(&error))?;
    if minor {
        let count = amount.as_whole().ok_or("parts of the smallest coin")?;
        return Amount::from_minor(count, unit).ok_or("too large an amount");
    }
    amount.fits(unit).map_err(|error| why(&error))?;
    Ok(amount)
}

fn why(error: &BadAmount) -> &'static str {
    match error {
        BadAmount::Empty => "nothing",
        BadAmount::Negative => "a negative amount",
        BadAmount::Plus => "an amount with a `+`",
        BadAmount::Exponent => "an amount with an exponent",
        BadAmount::LeadingZero => "an amount with a leading zero",
        BadAmount::BarePoint => "a point without digits on both sides",
        BadAmount::TooLarge => "more than 18 digits before the point",
        BadAmount::TooFine => "more than 9 digits after the point",
        BadAmount::FinerThanUnit { .. } => "an amount finer than the smallest coin",
        _ => "no amount",
    }
}
