//! Checking a value against nodes, with a bound on the work: a schema can be written so that its checking explodes.

use super::number::Exact;
use super::{ArrayRules, Dependent, Fault, Node, NumberRules, ObjectRules, TextRules, Type, Validator};
use bailiwick_core::json::{Json, Object, Pointer};
use std::collections::{BTreeMap, BTreeSet};

/// The most pairs of schema and value that one check looks at.
const STEPS_MAX: u32 = 200_000;
/// The most schemas within each other, by which the checker recurses.
const DEPTH_MAX: u32 = 200;

/// The most values of a list, and the longest of them, that a fault tells.
const VALUES_TOLD_MAX: usize = 12;
const VALUE_TOLD_BYTES_MAX: usize = 48;

/// Which members of which objects some schema that holds has named. Objects are told apart by where they are in memory:
/// each is visited in one tree that does not change meanwhile.
#[derive(Debug, Default)]
pub(super) struct Named<'v> {
    objects: BTreeMap<usize, Marks<'v>>,
}

#[derive(Debug, Default)]
pub(super) struct Marks<'v> {
    pub(super) names: BTreeSet<&'v str>,
    /// A schema says what other members may be.
    pub(super) opened: bool,
}

impl<'v> Named<'v> {
    pub(super) fn of(&self, object: &Object) -> Option<&Marks<'v>> {
        self.objects.get(&address(object))
    }

    fn marks(&mut self, object: &Object) -> &mut Marks<'v> {
        self.objects.entry(address(object)).or_default()
    }

    fn join(&mut self, other: Self) {
        for (object, marks) in other.objects {
            let own = self.objects.entry(object).or_default();
            own.names.extend(marks.names);
            own.opened |= marks.opened;
        }
    }
}

fn address(object: &Object) -> usize {
    std::ptr::from_ref(object).addr()
}

pub(super) fn check<'v>(validator: &Validator, value: &'v Json) -> Result<Named<'v>, Fault> {
    let mut named = Named::default();
    Checker { validator, steps: 0, spent: false }.node(0, value, &Pointer::root(), 0, &mut named)?;
    Ok(named)
}

struct Checker<'s> {
    validator: &'s Validator,
    steps: u32,
    /// The work ran out somewhere: nothing more is found out.
    spent: bool,
}

type Checked = Result<(), Fault>;

fn fault(at: &Pointer, why: impl Into<String>) -> Checked {
    Err(Fault { at: at.clone(), why: why.into() })
}

impl Checker<'_> {
    fn node<'v>(&mut self, index: usize, value: &'v Json, at: &Pointer, depth: u32, named: &mut Named<'v>) -> Checked {
        self.steps += 1;
        if self.steps > STEPS_MAX || depth > DEPTH_MAX {
            self.spent = true;
            return fault(at, "the schema asks more work than a call may cost");
        }
        let validator = self.validator;
        let Some(node) = validator.node(index) else { return fault(at, "the schema allows nothing here") };
        if node.never {
            return fault(at, "the schema allows nothing here");
        }
        own(node, value, at)?;
        match value {
            Json::Object(members) => {
                if let Some(rules) = &node.object {
                    self.object(rules, members, value, at, depth, named)?;
                }
            }
            Json::Array(items) => {
                if let Some(rules) = &node.array {
                    self.array(rules, items, at, depth, named)?;
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
        self.combined(node, value, at, depth, named)
    }

    /// Whether a schema holds; only then what it names counts.
    fn holds<'v>(
        &mut self,
        index: usize,
        value: &'v Json,
        at: &Pointer,
        depth: u32,
    ) -> Result<Option<Named<'v>>, Fault> {
        let mut named = Named::default();
        match self.node(index, value, at, depth + 1, &mut named) {
            Ok(()) => Ok(Some(named)),
            // Out of work is no answer, so it is none to `not` either.
            Err(fault) if self.spent => Err(fault),
            Err(_) => Ok(None),
        }
    }

    fn combined<'v>(
        &mut self,
        node: &Node,
        value: &'v Json,
        at: &Pointer,
        depth: u32,
        named: &mut Named<'v>,
    ) -> Checked {
        for index in &node.all {
            self.node(*index, value, at, depth + 1, named)?;
        }
        if !node.any.is_empty() {
            let mut any = false;
            for index in &node.any {
                if let Some(inner) = self.holds(*index, value, at, depth)? {
                    named.join(inner);
                    any = true;
                }
            }
            if !any {
                return fault(at, "expected one of the forms that the schema names, found none of them");
            }
        }
        if !node.one.is_empty() {
            let mut holding = Vec::new();
            for index in &node.one {
                holding.extend(self.holds(*index, value, at, depth)?);
            }
            match (holding.pop(), holding.is_empty()) {
                (Some(inner), true) => named.join(inner),
                (None, _) => return fault(at, "expected one of the forms that the schema names, found none of them"),
                (Some(_), false) => return fault(at, "expected exactly one of the forms that the schema names"),
            }
        }
        if let Some(not) = node.not
            && self.holds(not, value, at, depth)?.is_some()
        {
            return fault(at, "found a form that the schema excludes");
        }
        if let Some((condition, then, other)) = node.when {
            let next = match self.holds(condition, value, at, depth)? {
                Some(inner) => {
                    named.join(inner);
                    then
                }
                None => other,
            };
            if let Some(next) = next {
                self.node(next, value, at, depth + 1, named)?;
            }
        }
        Ok(())
    }

    fn object<'v>(
        &mut self,
        rules: &ObjectRules,
        members: &'v Object,
        whole: &'v Json,
        at: &Pointer,
        depth: u32,
        named: &mut Named<'v>,
    ) -> Checked {
        counted(members.len(), rules.least, rules.most, "members", at)?;
        if let Some(name) = rules.required.iter().find(|name| !members.contains_key(name)) {
            return fault(&at.clone().join(name.as_str()), "expected this argument, found nothing");
        }
        for (name, value) in members.iter() {
            let place = at.clone().join(name);
            if let Some(names) = rules.names {
                let text = Json::from(name);
                if self.holds(names, &text, &place, depth)?.is_none() {
                    return fault(&place, "the schema does not allow this name");
                }
            }
            let mut spoken_of = false;
            let own = rules.properties.binary_search_by(|(own, _)| own.as_str().cmp(name));
            if let Some((_, index)) = own.ok().and_then(|found| rules.properties.get(found)) {
                self.node(*index, value, &place, depth + 1, named)?;
                named.marks(members).names.insert(name);
                spoken_of = true;
            }
            for (_, index) in rules.patterns.iter().filter(|(pattern, _)| pattern.matches(name)) {
                self.node(*index, value, &place, depth + 1, named)?;
                named.marks(members).opened = true;
                spoken_of = true;
            }
            if let Some(additional) = rules.additional.filter(|_| !spoken_of) {
                if self.validator.node(additional).is_some_and(|node| node.never) {
                    return fault(&place, "the schema does not name this property");
                }
                self.node(additional, value, &place, depth + 1, named)?;
                named.marks(members).opened = true;
            }
        }
        for (name, dependent) in rules.dependent.iter().filter(|(name, _)| members.contains_key(name)) {
            match dependent {
                Dependent::Schema(index) => self.node(*index, whole, at, depth + 1, named)?,
                Dependent::Required(needed) => {
                    if let Some(needed) = needed.iter().find(|needed| !members.contains_key(needed)) {
                        let why = format!("expected this argument beside `{}`, found nothing", name.escape_debug());
                        return fault(&at.clone().join(needed.as_str()), why);
                    }
                }
            }
        }
        Ok(())
    }

    fn array<'v>(
        &mut self,
        rules: &ArrayRules,
        items: &'v [Json],
        at: &Pointer,
        depth: u32,
        named: &mut Named<'v>,
    ) -> Checked {
        counted(items.len(), rules.least, rules.most, "elements", at)?;
        for (index, value) in items.iter().enumerate() {
            if let Some(schema) = rules.prefix.get(index).copied().or(rules.rest) {
                self.node(schema, value, &at.clone().index(index), depth + 1, named)?;
            }
        }
        if let Some((contains, least, most)) = rules.contains {
            let mut count = 0;
            for (index, value) in items.iter().enumerate() {
                if let Some(inner) = self.holds(contains, value, &at.clone().index(index), depth)? {
                    named.join(inner);
                    count += 1;
                }
            }
            counted(count, least, most, "elements of the form that the schema names", at)?;
        }
        if rules.unique {
            let mut seen = BTreeSet::new();
            if !items.iter().all(|item| seen.insert(item.canonical())) {
                return fault(at, "expected each element once");
            }
        }
        Ok(())
    }
}

/// What a node asks of a value without looking into it.
fn own(node: &Node, value: &Json, at: &Pointer) -> Checked {
    if let Some(types) = &node.types
        && !types.iter().any(|kind| kind.fits(value))
    {
        let names: Vec<&str> = types.iter().map(|kind| kind.words()).collect();
        return fault(at, format!("expected {}, found {}", names.join(" or "), value.kind()));
    }
    if let Some(list) = node.one_of.iter().find(|list| !list.contains(value)) {
        return fault(at, one_of(list));
    }
    match value {
        Json::String(text) => node.text.as_ref().map_or(Ok(()), |rules| own_text(rules, text, at)),
        Json::Number(number) => node.number.as_ref().map_or(Ok(()), |rules| own_number(rules, &Exact::of(number), at)),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => Ok(()),
    }
}

/// The values themselves, where they are few and short.
fn one_of(list: &[Json]) -> String {
    let values: Vec<String> = list.iter().take(VALUES_TOLD_MAX + 1).map(Json::canonical).collect();
    if values.len() > VALUES_TOLD_MAX || values.iter().any(|value| value.len() > VALUE_TOLD_BYTES_MAX) {
        return "expected one of the values that the schema names".to_owned();
    }
    format!("expected {}", values.join(" or "))
}

fn own_text(rules: &TextRules, text: &str, at: &Pointer) -> Checked {
    if rules.least > 0 || rules.most.is_some() {
        counted(text.chars().count(), rules.least, rules.most, "characters", at)?;
    }
    match &rules.pattern {
        Some(pattern) if !pattern.matches(text) => fault(at, "expected a text of the form that the schema names"),
        Some(_) | None => Ok(()),
    }
}

/// What was found is not told: a reason stands in the event for ever, and values are erasable.
fn own_number(rules: &NumberRules, value: &Exact, at: &Pointer) -> Checked {
    let broken = [
        ("at least", rules.least.as_ref().filter(|least| value < least)),
        ("more than", rules.above.as_ref().filter(|above| value <= above)),
        ("at most", rules.most.as_ref().filter(|most| value > most)),
        ("less than", rules.below.as_ref().filter(|below| value >= below)),
    ];
    if let Some((which, bound)) = broken.into_iter().find_map(|(which, bound)| Some((which, bound?))) {
        return fault(at, format!("expected a number of {which} {bound}"));
    }
    match &rules.step {
        Some(step) if value.is_multiple_of(step) != Some(true) => fault(at, format!("expected a multiple of {step}")),
        Some(_) | None => Ok(()),
    }
}

fn counted(count: usize, least: u64, most: Option<u64>, of: &str, at: &Pointer) -> Checked {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    match most {
        _ if count < least => fault(at, format!("expected at least {least} {of}, found {count}")),
        Some(most) if count > most => fault(at, format!("expected at most {most} {of}, found {count}")),
        Some(_) | None => Ok(()),
    }
}

impl Type {
    fn fits(self, value: &Json) -> bool {
        match (self, value) {
            (Self::Null, Json::Null)
            | (Self::Boolean, Json::Bool(_))
            | (Self::Number, Json::Number(_))
            | (Self::String, Json::String(_))
            | (Self::Array, Json::Array(_))
            | (Self::Object, Json::Object(_)) => true,
            (Self::Integer, Json::Number(number)) => Exact::of(number).is_integer(),
            _ => false,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}
