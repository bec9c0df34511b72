//! Bindings: how to read what a call is about out of its arguments, and what came of it out of its result. The form is
//! in `docs/reference/bindings.md`.

mod form;

use crate::measure::{MeasureFrom, UnitFrom};
use crate::observe::Closed;
use crate::path::Path;
use crate::record::RecordFrom;
use crate::referent::ReferentFrom;
use bailiwick_core::json::Json;
use bailiwick_core::normal::Kind;
use bailiwick_core::{BoundAs, DataClass, Unit, Zone};
use std::fmt;

/// Why a binding is not one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadBinding {
    /// Where in the binding, as `arguments./iban.kind`.
    pub place: String,
    /// What was expected there.
    pub why: String,
}

impl fmt::Display for BadBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() { f.write_str(&self.why) } else { write!(f, "`{}`: {}", self.place, self.why) }
    }
}
impl std::error::Error for BadBinding {}

/// How to read one tool's calls and results.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Binding {
    pub(crate) arguments: Vec<Argument>,
    pub(crate) measures: Vec<Counted>,
    pub(crate) referents: Vec<ReferentFrom>,
    pub(crate) outcome: Option<RecordFrom>,
    pub(crate) result: ResultForm,
    pub(crate) classes: Vec<DataClass>,
    pub(crate) accepted: Vec<String>,
}

/// What an argument is to the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// A value of its kind, nothing more.
    Value,
    /// Where it sends.
    Destination(Option<Zone>),
    /// What it is about.
    Resource,
    /// How much.
    Measure(MeasureFrom),
    /// What the caller calls this act.
    Idempotency,
    /// A person says that it does not matter.
    Harmless,
}

/// One bound argument, or all of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Argument {
    pub(crate) at: Path,
    pub(crate) kind: Option<Kind>,
    pub(crate) role: Role,
    pub(crate) group: Option<String>,
    /// A date at which something falls due, begins or is booked.
    pub(crate) binds: bool,
}

impl Argument {
    /// What its values are to the call.
    pub(crate) const fn bound_as(&self) -> BoundAs {
        match self.role {
            Role::Destination(_) => BoundAs::Destination,
            Role::Resource => BoundAs::Object,
            Role::Value if self.binds => BoundAs::Binds,
            Role::Value | Role::Measure(_) | Role::Idempotency | Role::Harmless => BoundAs::Value,
        }
    }
}

/// A measure that stands at no argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Counted {
    /// One a call.
    Calls,
    /// Only the result tells.
    After {
        /// Of what.
        unit: Unit,
        /// Where the result says it.
        told: Told,
    },
}

/// Where a result says how much it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// As a number.
    At(MeasureFrom),
    /// By how many values it has there.
    Count(Path),
    /// By its own size.
    Size,
}

/// How to read a result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ResultForm {
    /// Nobody outside the tenant can write anything of it.
    pub(crate) clean: bool,
    /// What class of data stands in which field, and below it.
    pub(crate) fields: Vec<(Path, DataClass)>,
    pub(crate) values: Vec<ResultValue>,
    pub(crate) not_done: Vec<(Path, Json)>,
    pub(crate) measured: Vec<MeasureFrom>,
    /// Of a sanitizer: all that is given of a result, each of a closed type.
    pub(crate) sanitizes: Vec<(Path, Closed)>,
}

/// A value of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultValue {
    pub(crate) at: Path,
    pub(crate) kind: Kind,
    pub(crate) trusted: Trusted,
    /// It stands in the record of the person that the task is done for.
    pub(crate) own: bool,
    /// The act made it.
    pub(crate) created: bool,
    /// People call the record by it.
    pub(crate) name: bool,
}

/// Whether nobody outside the tenant can write a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trusted {
    No,
    Yes,
    /// Where another field of the same record has one of these values.
    Where(Path, Vec<Json>),
}

/// What a binding can read of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// The places of single arguments that it compares.
    pub arguments: Vec<String>,
    /// The places that stand for many arguments each.
    pub many: Vec<String>,
    /// Whether one says where the call sends.
    pub destination: bool,
    /// Whether one is what the call is about.
    pub resource: bool,
    /// The units it measures before the call.
    pub units: Vec<Unit>,
    /// Whether an argument names the unit.
    pub any_unit: bool,
    /// Whether there is a measure that only the result tells.
    pub told_after: bool,
}

impl Binding {
    /// What it can read of a call.
    pub fn reach(&self) -> Reach {
        let mut reach = Reach::default();
        for argument in &self.arguments {
            match &argument.role {
                Role::Harmless | Role::Idempotency => continue,
                Role::Destination(_) => reach.destination = true,
                Role::Resource => reach.resource = true,
                Role::Measure(MeasureFrom { unit: UnitFrom::Fixed(unit), .. }) => reach.units.push(unit.clone()),
                Role::Measure(_) => reach.any_unit = true,
                Role::Value => {}
            }
            match (&argument.kind, argument.at.stars()) {
                (None, _) => {}
                (Some(_), 0) => reach.arguments.push(argument.at.to_string()),
                (Some(_), _) => reach.many.push(argument.at.to_string()),
            }
        }
        for counted in &self.measures {
            match counted {
                Counted::Calls => reach.units.push(Unit::calls()),
                Counted::After { .. } => reach.told_after = true,
            }
        }
        reach
    }

    /// Reads the `bind` of a tool's document.
    ///
    /// # Errors
    /// [`BadBinding`] with the place and what was expected there.
    pub fn read(bind: &Json) -> Result<Self, BadBinding> {
        form::read(bind)
    }

    /// The units of which only the result tells.
    pub fn told_after(&self) -> impl Iterator<Item = &Unit> {
        self.measures.iter().filter_map(|counted| match counted {
            Counted::Calls => None,
            Counted::After { unit, .. } => Some(unit),
        })
    }

    /// The places of arguments that say where it sends.
    pub fn destinations(&self) -> Vec<String> {
        let sends = self.arguments.iter().filter(|argument| matches!(argument.role, Role::Destination(_)));
        sends.map(|argument| argument.at.to_string()).collect()
    }

    /// Places of the schema that a person accepts not to be checked.
    pub fn accepts(&self, place: &str) -> bool {
        self.accepted.iter().any(|accepted| accepted == place)
    }

    /// Every place of the arguments that the binding looks at.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Path> {
        let arguments = self.arguments.iter().flat_map(|bound| {
            let currency = match &bound.role {
                Role::Measure(MeasureFrom { unit: UnitFrom::At(path), .. }) => Some(path),
                _ => None,
            };
            std::iter::once(&bound.at).chain(currency)
        });
        let own = self.outcome.iter().flat_map(RecordFrom::places);
        arguments.chain(self.referents.iter().flat_map(ReferentFrom::places)).chain(own)
    }
}

#[cfg(test)]
mod tests;
