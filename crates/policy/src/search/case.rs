//! One action that might be asked about: an agent, a tool, and a value for each attribute that rules tell apart.

use super::value::Value;
use super::world::{SOME_AGENT, Tried, seen};
use crate::atom::Path;
use crate::attribute::{ATTRIBUTES, Attribute, Kind};
use crate::names::{NAMES, uid};
use crate::scope::{Resource, Seen};
use crate::words::{Word, Words};
use bailiwick_core::{Agent, Origin};
use cedar_policy::{Context, EntityUid, RestrictedExpression};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds on some day at midnight; cases tell hours apart.
const DAY: i64 = 1_767_225_600;
const SECONDS_PER_HOUR: i64 = 3_600;
/// An argument of which a case says where it came from and no more.
const SOME_ARGUMENT: &str = "some-argument";
const HOURS_PER_DAY: i64 = 24;

/// An action that might be asked about.
#[derive(Debug, Clone)]
pub(crate) struct Case<'w> {
    pub(crate) agent: &'w Agent,
    pub(crate) tool: &'w Tried,
    /// Others are as they usually are.
    pub(crate) values: BTreeMap<Path, Value>,
    /// The tool is taken to read all that there is to read.
    pub(crate) wide: bool,
}

pub(crate) fn whole(attribute: &str) -> Path {
    Path { attribute: attribute.to_owned(), member: None }
}

/// What an attribute is where a case does not say.
pub(crate) fn usual(attribute: &str, kind: Kind) -> Value {
    match (attribute, kind) {
        ("hour", _) => Value::Long(12),
        ("depth", _) => Value::Long(1),
        ("assurance", _) => Value::Word("key-only".to_owned()),
        ("mode", _) => Value::Word("enforced".to_owned()),
        ("road", _) => Value::Word("http".to_owned()),
        ("requester", _) => Value::text("somebody"),
        ("purpose", _) => Value::text("some-purpose"),
        (_, Kind::Texts) => Value::Texts(BTreeSet::new()),
        (_, Kind::Bool) => Value::Bool(false),
        (_, Kind::Long) => Value::Long(0),
        (_, _) => Value::Absent,
    }
}

impl Case<'_> {
    fn of(&self, attribute: &str, member: Option<&str>) -> Option<&Value> {
        let path = Path { attribute: attribute.to_owned(), member: member.map(str::to_owned) };
        self.values.get(&path)
    }

    /// The members of an attribute that the case says something of.
    fn members(&self, attribute: &str) -> impl Iterator<Item = (&str, &Value)> {
        let own =
            self.values.iter().filter(move |(path, value)| path.attribute == attribute && **value != Value::Absent);
        own.filter_map(|(path, value)| Some((path.member.as_deref()?, value)))
    }

    /// What the agent and the tool settle; `None` where a case may choose.
    pub(crate) fn settled(agent: &Agent, tool: &Tried, attribute: &str) -> Option<Value> {
        let word = |word: &str| Value::Word(word.to_owned());
        Some(match attribute {
            "autonomy" => word(agent.autonomy.word()),
            "memory" => word(agent.memory.word()),
            "run_by" => word(agent.run_by.word()),
            "owner" => Value::Text(agent.owner.to_string()),
            "zone" => Value::Text(agent.zone.to_string()),
            "effect" => word(tool.nature.effect.word()),
            "egress" => word(tool.nature.egress.word()),
            "impact" => word(tool.nature.impact.word()),
            "reversibility" => word(tool.nature.reversibility.word()),
            "server" => Value::Text(tool.id.server().to_string()),
            "server_zone" => Value::Text(tool.zone.to_string()),
            "tool" => Value::Text(tool.id.to_string()),
            _ => return None,
        })
    }

    /// Whether the tool has this to say.
    fn has(&self, path: &Path) -> bool {
        let (tool, shape) = (self.tool, &self.tool.shape);
        if self.wide || tool.supposed {
            return true;
        }
        match (path.attribute.as_str(), path.member.as_deref()) {
            ("amounts", Some(unit)) => shape.any_unit || shape.units.contains(unit),
            ("args", Some(pointer)) => shape.args.contains(pointer),
            ("arg_sources", Some(pointer)) => shape.reads(pointer),
            ("values", _) => !shape.many.is_empty() || !shape.args.is_empty(),
            ("destination", _) => shape.destination,
            ("resource", _) => shape.resource,
            _ => true,
        }
    }

    /// What it is about, as heads see it.
    pub(crate) fn seen(&self) -> Seen {
        let resource = match self.resource() {
            Some(name) => Resource::Named(name),
            None => Resource::Server,
        };
        seen(self.agent, self.tool, resource)
    }

    fn resource(&self) -> Option<String> {
        match self.of("resource", None) {
            Some(Value::Text(name)) if self.has(&whole("resource")) => Some(name.clone()),
            _ => None,
        }
    }

    pub(crate) fn resource_entity(&self) -> EntityUid {
        match self.resource() {
            Some(name) => uid(&NAMES.resource, &name),
            None => uid(&NAMES.server, self.tool.id.server().as_str()),
        }
    }

    /// The context with these attributes; the error is Cedar's own.
    pub(crate) fn context(&self, reads: &[&'static Attribute]) -> Result<Context, String> {
        let unknown = match self.of("unknown", None) {
            Some(Value::Texts(names)) => names.clone(),
            _ => BTreeSet::new(),
        };
        let there = reads.iter().filter(|attribute| !unknown.contains(attribute.name));
        let pairs = there.filter_map(|attribute| Some((attribute.name.to_owned(), self.expression(attribute)?)));
        Context::from_pairs(pairs).map_err(|error| error.to_string())
    }

    fn expression(&self, attribute: &Attribute) -> Option<RestrictedExpression> {
        match attribute.kind {
            Kind::Amounts if self.tool.shape.told_after && !self.wide => None,
            Kind::Amounts => {
                record(self.amounts(attribute.name).into_iter().map(|(unit, sum)| (unit, Value::Decimal(sum))))
            }
            Kind::Args | Kind::ArgSources => record(self.arguments(attribute.name)),
            Kind::Destination => {
                let mut all = self.read(attribute.name);
                // where it sends has a kind and a value, or there is none
                if self.has(&whole("destination")) {
                    all.entry("kind".to_owned()).or_insert_with(|| Value::text("text"));
                    all.entry("value".to_owned()).or_insert_with(|| Value::text("somewhere"));
                }
                record(all)
            }
            kind => self.simple(attribute.name, kind).expression(match kind {
                Kind::Word(words) => Some(words),
                _ => None::<Words>,
            }),
        }
    }

    /// What the case says of an attribute's members, as far as the tool has them.
    fn read(&self, attribute: &str) -> BTreeMap<String, Value> {
        let has = |member: &str| self.has(&Path { attribute: attribute.to_owned(), member: Some(member.to_owned()) });
        let read = self.members(attribute).filter(|(member, _)| has(member));
        read.map(|(member, value)| (member.to_owned(), value.clone())).collect()
    }

    /// Arguments, or where they came from. What is there came from somewhere, and what came from somewhere is there.
    fn arguments(&self, attribute: &str) -> BTreeMap<String, Value> {
        let mut all = self.read(attribute);
        let of_sources = attribute == "arg_sources";
        let (beside, otherwise) = match of_sources {
            true => ("args", Value::Texts([Origin::Unknown.as_str().to_owned()].into())),
            false => ("arg_sources", Value::text(SOME_ARGUMENT)),
        };
        // what many arguments have in common is no argument
        for place in self.read(beside).into_keys().filter(|place| of_sources || !place.contains('*')) {
            all.entry(place).or_insert_with(|| otherwise.clone());
        }
        all
    }

    /// Where all arguments came from that the case says something of.
    fn all_sources(&self, said: Value) -> Value {
        let of_args = self.arguments("arg_sources").into_values().chain([said]);
        let texts = of_args.filter_map(|value| match value {
            Value::Texts(texts) => Some(texts),
            _ => None,
        });
        Value::Texts(texts.flatten().collect())
    }

    /// What the case comes to in an attribute that has no members.
    pub(crate) fn simple(&self, name: &str, kind: Kind) -> Value {
        if let Some(settled) = Self::settled(self.agent, self.tool, name) {
            return settled;
        }
        let said = || self.of(name, None).cloned().unwrap_or_else(|| usual(name, kind));
        match name {
            "values" => Value::Texts(self.all_values()),
            "sources" => self.all_sources(said()),
            "lineage" => {
                let mut all = BTreeSet::from([self.agent.name.to_string()]);
                if let Value::Texts(more) = said() {
                    all.extend(more);
                }
                Value::Texts(all)
            }
            // a lineage has as many grants as agents at least
            "depth" => match (said(), self.of("lineage", None)) {
                (Value::Long(depth), Some(Value::Texts(more))) => {
                    let agents = more.iter().filter(|name| **name != self.agent.name.as_str()).count();
                    Value::Long(depth.max(i64::try_from(agents).unwrap_or(i64::MAX).saturating_add(1)))
                }
                (said, _) => said,
            },
            "now" => Value::Long(self.now()),
            "hour" => Value::Long(self.now().rem_euclid(HOURS_PER_DAY * SECONDS_PER_HOUR) / SECONDS_PER_HOUR),
            "resource" => self.resource().map_or(Value::Absent, Value::Text),
            _ => said(),
        }
    }

    fn now(&self) -> i64 {
        match (self.of("now", None), self.of("hour", None)) {
            // the next moment of that hour
            (Some(Value::Long(now)), Some(Value::Long(hour))) => {
                let length = HOURS_PER_DAY.saturating_mul(SECONDS_PER_HOUR);
                let wanted = hour.rem_euclid(HOURS_PER_DAY).saturating_mul(SECONDS_PER_HOUR);
                now.saturating_add(wanted.saturating_sub(now.rem_euclid(length)).rem_euclid(length))
            }
            (Some(Value::Long(now)), _) => *now,
            (None, Some(Value::Long(hour))) => hour.rem_euclid(HOURS_PER_DAY).saturating_mul(SECONDS_PER_HOUR) + DAY,
            _ => 12 * SECONDS_PER_HOUR + DAY,
        }
    }

    fn all_values(&self) -> BTreeSet<String> {
        let text = |value: &Value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        let mut all: BTreeSet<String> = self.arguments("args").values().filter_map(text).collect();
        if let (Some(Value::Texts(more)), true) = (self.of("values", None), self.has(&whole("values"))) {
            all.extend(more.iter().cloned());
        }
        all
    }

    /// Amounts by unit. Sums hold at least what this act measures, and those of a task all that goes to one place.
    fn amounts(&self, attribute: &str) -> BTreeMap<String, i64> {
        let said = |attribute: &'static str| {
            self.members(attribute).filter_map(|(unit, value)| match value {
                Value::Decimal(sum) => Some((unit.to_owned(), *sum)),
                _ => None,
            })
        };
        let measured = || {
            said("amounts")
                .filter(|(unit, _)| self.has(&Path { attribute: "amounts".to_owned(), member: Some(unit.clone()) }))
        };
        let mut out: BTreeMap<String, i64> = measured().collect();
        let parts: &[&'static str] = match attribute {
            "amounts" => &[],
            "sums" => &["sums", "sums_to_destination", "sums_since_approval"],
            "sums_to_destination" => &["sums_to_destination"],
            _ => &["sums_since_approval"],
        };
        for (unit, sum) in parts.iter().flat_map(|part| said(part)) {
            let own = out.entry(unit).or_default();
            *own = (*own).max(sum);
        }
        out
    }

    /// The case in words, with the attributes of these paths.
    pub(crate) fn words(&self, paths: &BTreeSet<Path>) -> String {
        let mut parts = vec![format!("agent `{}`", self.agent.name), format!("tool `{}`", self.tool.id)];
        for path in paths {
            let Some(attribute) = crate::attribute::attribute(&path.attribute) else { continue };
            let value = match (attribute.kind, path.member.as_deref()) {
                (Kind::Amounts, Some(unit)) => {
                    self.amounts(attribute.name).get(unit).map_or(Value::Absent, |sum| Value::Decimal(*sum))
                }
                (Kind::Amounts | Kind::Args | Kind::ArgSources | Kind::Destination, None) => continue,
                (Kind::Args | Kind::ArgSources, Some(place)) => {
                    self.arguments(attribute.name).remove(place).unwrap_or(Value::Absent)
                }
                (_, Some(_)) if !self.has(path) => Value::Absent,
                (_, Some(_)) => self.values.get(path).cloned().unwrap_or(Value::Absent),
                (kind, None) => match Self::settled(self.agent, self.tool, attribute.name) {
                    // what agent and tool say is read off them, where they are known
                    Some(_) if !self.tool.supposed && self.agent.name.as_str() != SOME_AGENT => continue,
                    Some(settled) => settled,
                    None => self.simple(attribute.name, kind),
                },
            };
            let member = path.member.as_ref().map_or_else(String::new, |member| format!(" {member}"));
            parts.push(format!("{}{member} {value}", path.attribute));
        }
        parts.join(", ")
    }
}

fn record(members: impl IntoIterator<Item = (String, Value)>) -> Option<RestrictedExpression> {
    let pairs = members.into_iter().filter_map(|(name, value)| Some((name, value.expression(None)?)));
    RestrictedExpression::new_record(pairs).ok()
}

/// All attributes that rules may read.
pub(crate) fn attributes(names: &BTreeSet<String>, all: bool) -> Vec<&'static Attribute> {
    ATTRIBUTES.iter().filter(|attribute| all || names.contains(attribute.name)).collect()
}
