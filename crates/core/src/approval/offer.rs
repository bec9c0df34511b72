//! What is offered in the place of what was asked: less of the same act, never more of it and never another.

use crate::Decimal;
use crate::json::{Json, Pointer};
use crate::normal::one_line;
use serde::{Deserialize, Serialize};

/// What a request asked for, as far as an offer in its place is held to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedFor {
    /// Its arguments, as they were displayed.
    arguments: Json,
    /// Where amounts stand in them.
    amounts: Vec<Pointer>,
    /// Where a value stands that says whom, where or what: another one is another act.
    named: Vec<Pointer>,
    /// In what it is counted: the same number of something else cannot be compared.
    units: Vec<String>,
}

/// How many arguments are named to who offers one that the call has not, and how much of each name.
const NAMES_MAX: usize = 8;
const NAME_CHARS_MAX: usize = 40;

/// Where an offer goes beyond what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wider {
    /// The argument.
    pub(crate) at: Pointer,
    /// What may stand there.
    pub(crate) expected: String,
}

fn wider(at: &Pointer, expected: impl std::fmt::Display) -> Wider {
    Wider { at: at.clone(), expected: expected.to_string() }
}

/// A number, also one that is written as a text, as amounts are.
fn decimal(of: &Json) -> Option<Decimal> {
    match of {
        Json::Number(number) => number.as_decimal(),
        Json::String(text) => Decimal::parse(text).ok(),
        _ => None,
    }
}

/// How one value that is another is less of it.
type Less<'a> = &'a dyn Fn(&Json, &Json, &Pointer) -> Result<(), Wider>;

/// Whether all that is offered is what was asked, or less of it.
fn within(one: Less<'_>, asked: &Json, offered: &Json, at: &Pointer) -> Result<(), Wider> {
    match (asked, offered) {
        _ if asked == offered => Ok(()),
        (Json::Array(asked), Json::Array(offered)) if !offered.is_empty() => some_of(one, asked, offered, at),
        (Json::Object(asked), Json::Object(offered)) => {
            if !asked.keys().eq(offered.keys()) {
                return Err(wider(at, "the same members"));
            }
            let mut both = asked.iter().zip(offered.iter());
            both.try_for_each(|((name, asked), (_, offered))| within(one, asked, offered, &at.clone().join(name)))
        }
        _ => one(asked, offered, at),
    }
}

/// Some of a list, in its order; of as many, each in its place.
fn some_of(one: Less<'_>, asked: &[Json], offered: &[Json], at: &Pointer) -> Result<(), Wider> {
    let place = |index: usize| at.clone().index(index);
    if asked.len() == offered.len() {
        let mut both = asked.iter().zip(offered).enumerate();
        return both.try_for_each(|(index, (asked, offered))| within(one, asked, offered, &place(index)));
    }
    let mut left = asked.iter().enumerate();
    let found = |offered: &Json| left.any(|(index, asked)| within(one, asked, offered, &place(index)).is_ok());
    if offered.iter().all(found) { Ok(()) } else { Err(wider(at, "some of what was asked, in its order")) }
}

/// What the call has in the place of an argument that it has not.
fn has<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.map(|name| format!("`{}`", one_line(name, NAME_CHARS_MAX))).collect();
    let more = names.len().saturating_sub(NAMES_MAX);
    names.truncate(NAMES_MAX);
    let more = if more == 0 { String::new() } else { format!(" or {more} more") };
    format!("an argument that the call has: {}{more}", names.join(", "))
}

/// Whether a number is as much or less, on the same side of nothing.
fn at_most(asked: Decimal, offered: Decimal) -> bool {
    let (least, most) = if asked.is_negative() { (asked, Decimal::ZERO) } else { (Decimal::ZERO, asked) };
    least <= offered && offered <= most
}

impl AskedFor {
    /// Read out of what is displayed of a request; `None` where that has another form.
    pub(crate) fn of(display: &Json) -> Option<Self> {
        let list = |name: &str| display.get(name).and_then(Json::as_array).unwrap_or_default();
        let text = |of: &Json, name: &str| of.get(name).and_then(Json::as_str).map(str::to_owned);
        let (mut amounts, mut named) = (Vec::new(), Vec::new());
        for field in list("fields") {
            let at = Pointer::parse(&text(field, "pointer")?).ok()?;
            let places = if text(field, "kind").as_deref() == Some("amount") { &mut amounts } else { &mut named };
            places.push(at);
        }
        let units = list("fields").iter().chain(list("meters")).filter_map(|of| text(of, "unit"));
        let mut units: Vec<String> = units.collect();
        units.sort_unstable();
        units.dedup();
        Some(Self { arguments: display.get("arguments")?.clone(), amounts, named, units })
    }

    /// The arguments that were asked.
    pub(crate) const fn arguments(&self) -> &Json {
        &self.arguments
    }

    /// Whether these arguments, put in the place of those that were asked, are the same act or less of it. What is not named
    /// stays as it was. Texts in which nothing is bound, and flags, cannot be compared, and may be others.
    ///
    /// # Errors
    /// [`Wider`]: the first place where they are not.
    pub(crate) fn holds(&self, offered: &Json) -> Result<(), Wider> {
        let root = Pointer::root();
        let (Some(asked), Some(offered)) = (self.arguments.as_object(), offered.as_object()) else {
            return Err(wider(&root, "an object of arguments"));
        };
        let mut less = false;
        for (name, value) in offered.iter() {
            let at = root.clone().join(name);
            let Some(was) = asked.get(name) else { return Err(wider(&at, has(asked.keys()))) };
            within(&|was, value, at| self.one(was, value, at), was, value, &at)?;
            less |= was != value;
        }
        if less { Ok(()) } else { Err(wider(&root, "something else than what was asked")) }
    }

    /// What was asked, with what is offered in the place of it.
    pub(crate) fn with(mut self, offered: &Json) -> Self {
        if let (Json::Object(asked), Some(offered)) = (&mut self.arguments, offered.as_object()) {
            offered.iter().for_each(|(name, value)| drop(asked.insert(name.to_string(), value.clone())));
        }
        self
    }

    /// Whether a call with these arguments is this, or less of it: a smaller amount, or some of a list. In all else it is as
    /// it was offered: of two texts, or of yes and no, nobody knows which is less.
    pub(crate) fn covers(&self, arguments: &Json) -> bool {
        let one = |offered: &Json, called: &Json, at: &Pointer| match self.amounts.contains(at) {
            true => self.one(offered, called, at),
            false => Err(wider(at, "what was offered")),
        };
        within(&one, &self.arguments, arguments, &Pointer::root()).is_ok()
    }

    /// One value that is another.
    fn one(&self, asked: &Json, offered: &Json, at: &Pointer) -> Result<(), Wider> {
        if self.named.contains(at) {
            return Err(wider(at, "the value that was asked: with another it is another act"));
        }
        if let Some(most) = decimal(asked) {
            // what is no number, or is one in another form, is not known to be less
            return match (asked, offered) {
                (Json::String(_), Json::Number(_)) => {
                    Err(wider(at, format_args!("a text, as the call has it: at most \"{most}\", in quotes")))
                }
                (Json::Number(_), Json::String(_)) => {
                    Err(wider(at, format_args!("a number, as the call has it: at most {most}, without quotes")))
                }
                _ if decimal(offered).is_some_and(|offered| at_most(most, offered)) => Ok(()),
                _ => Err(wider(at, format_args!("at most {most}"))),
            };
        }
        let unit = |text: &str| self.units.iter().any(|unit| unit.eq_ignore_ascii_case(text));
        match (asked, offered) {
            _ if self.amounts.contains(at) => Err(wider(at, "the amount that was asked")),
            (Json::String(asked), Json::String(_)) if unit(asked) => Err(wider(at, "the unit that was asked")),
            (Json::String(_), Json::String(_)) | (Json::Bool(_), Json::Bool(_)) => Ok(()),
            _ => Err(wider(at, "a value of the kind that was asked")),
        }
    }
}

#[cfg(test)]
mod tests;
