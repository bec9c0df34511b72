//! The values worth trying: for each attribute that rules compare, one of each kind that their constants tell apart.

use super::case::{Case, usual, whole};
use super::value::{DECIMAL_ONE, Value, read_decimal};
use super::world::World;
use crate::atom::{Atom, Constant, Path, atoms};
use crate::attribute::{Kind, attribute};
use crate::names::NAMES;
use bailiwick_core::Origin;
use cedar_policy::Policy;
use std::collections::{BTreeMap, BTreeSet};

/// The most values of one attribute.
const VALUES_MAX: usize = 64;
/// Some text that no rule names.
const OTHER: &str = "something-else";

/// The values to try, by attribute.
pub(crate) type Domain = BTreeMap<Path, Vec<Value>>;

/// What all these rules tell apart.
pub(crate) fn domain(rules: &[&Policy], world: &World) -> Domain {
    let mut found: BTreeMap<Path, BTreeSet<Value>> = BTreeMap::new();
    let mut same = Vec::new();
    for atom in rules.iter().flat_map(|rule| atoms(rule)) {
        for path in atom.paths() {
            found.entry(path.clone()).or_default();
        }
        match atom {
            Atom::With(path, constant) => found.entry(path.clone()).or_default().extend(around(&path, &constant)),
            Atom::Both(one, other) => same.push((one, other)),
            Atom::Read(_) => {}
        }
    }
    for id in rules.iter().flat_map(|rule| rule.entity_literals()) {
        if *id.type_name() == NAMES.resource {
            found.entry(whole("resource")).or_default().insert(Value::text(id.id().unescaped()));
        }
    }
    for (one, other) in same {
        let values = |path: &Path, found: &BTreeMap<Path, BTreeSet<Value>>| {
            let mut all = found.get(path).cloned().unwrap_or_default();
            all.extend(settled(path, world));
            all
        };
        let (first, second) = (values(&one, &found), values(&other, &found));
        let fits =
            |path: &Path, value: &Value| attribute(&path.attribute).is_some_and(|of| is_of(of.kind, path, value));
        let into =
            |path: &Path, more: BTreeSet<Value>| more.into_iter().filter(|value| fits(path, value)).collect::<Vec<_>>();
        let (to_one, to_other) = (into(&one, second), into(&other, first));
        found.entry(one).or_default().extend(to_one);
        found.entry(other).or_default().extend(to_other);
    }
    let free = found.into_iter().filter(|(path, _)| !is_settled(path));
    free.filter_map(|(path, values)| Some((path.clone(), finished(&path, values)?))).collect()
}

/// Whether agent or tool settle it.
fn is_settled(path: &Path) -> bool {
    matches!(
        path.attribute.as_str(),
        "autonomy"
            | "memory"
            | "run_by"
            | "owner"
            | "zone"
            | "effect"
            | "egress"
            | "impact"
            | "reversibility"
            | "server"
            | "server_zone"
            | "tool"
    )
}

/// What agents and tools say of it.
fn settled(path: &Path, world: &World) -> BTreeSet<Value> {
    if path.member.is_some() || !is_settled(path) {
        return BTreeSet::new();
    }
    let Some(tool) = world.tools.first() else { return BTreeSet::new() };
    let Some(agent) = world.agents.first() else { return BTreeSet::new() };
    let by_agent = world.agents.iter().filter_map(|agent| Case::settled(agent, tool, &path.attribute));
    let by_tool = world.tools.iter().filter_map(|tool| Case::settled(agent, tool, &path.attribute));
    by_agent.chain(by_tool).collect()
}

fn is_of(kind: Kind, path: &Path, value: &Value) -> bool {
    match (kind, value) {
        (Kind::Amounts, Value::Decimal(_)) => path.member.is_some(),
        (Kind::Args | Kind::Destination, Value::Text(_)) => path.member.is_some(),
        (Kind::ArgSources, Value::Texts(_)) => path.member.is_some(),
        (Kind::Text, Value::Text(_)) | (Kind::Long, Value::Long(_)) | (Kind::Texts, Value::Texts(_)) => true,
        (Kind::Word(_), Value::Word(_)) => true,
        _ => false,
    }
}

/// A constant, and what lies beside it.
fn around(path: &Path, constant: &Constant) -> Vec<Value> {
    let texts = attribute(&path.attribute).is_some_and(|of| matches!(of.kind, Kind::Texts | Kind::ArgSources));
    match constant {
        Constant::Text(text) if texts => vec![Value::Texts(BTreeSet::from([text.clone()]))],
        Constant::Text(text) => vec![Value::text(text)],
        Constant::Long(value) => [value.saturating_sub(1), *value, value.saturating_add(1)].map(Value::Long).to_vec(),
        Constant::Decimal(text) => {
            let Some(value) = read_decimal(text) else { return Vec::new() };
            let near = [value.saturating_sub(1), value, value.saturating_add(1)];
            near.into_iter().filter(|value| *value >= 0).map(Value::Decimal).collect()
        }
        Constant::Word(word) => vec![Value::Word(word.clone())],
        Constant::Like(parts) => {
            let with = |filler: &str| parts.iter().map(|part| part.as_deref().unwrap_or(filler)).collect::<String>();
            vec![Value::Text(with("")), Value::Text(with("x"))]
        }
    }
}

fn together(values: &BTreeSet<Value>) -> Value {
    let all = values.iter().filter_map(|value| match value {
        Value::Texts(texts) => Some(texts.clone()),
        _ => None,
    });
    Value::Texts(all.flatten().collect())
}

/// Where something may have come from: each by itself, and from several places.
fn each_source(values: &mut BTreeSet<Value>) {
    let several = together(values);
    values.extend(Origin::ALL.map(|origin| Value::Texts([origin.as_str().to_owned()].into())));
    values.extend([several, together(values)]);
    values.remove(&Value::Texts(BTreeSet::new()));
}

/// The values of one attribute, what is usual first; `None` of attributes of which only members are tried.
fn finished(path: &Path, mut values: BTreeSet<Value>) -> Option<Vec<Value>> {
    let of = attribute(&path.attribute)?;
    let first = match (of.kind, &path.member) {
        (Kind::Amounts | Kind::Args | Kind::ArgSources | Kind::Destination, None) => return None,
        (_, Some(_)) => Value::Absent,
        (kind, None) => usual(of.name, kind),
    };
    match of.kind {
        Kind::Bool => values.extend([Value::Bool(true), Value::Bool(false)]),
        // two of them, for what is compared with another
        Kind::Long => values.extend([0, 1, 2].map(Value::Long)),
        Kind::Amounts => values.extend([DECIMAL_ONE, 2 * DECIMAL_ONE].map(Value::Decimal)),
        Kind::Text | Kind::Args | Kind::Destination => drop(values.insert(Value::text(OTHER))),
        Kind::Word(words) => values.extend(words.list().iter().map(|word| Value::Word((*word).to_owned()))),
        Kind::ArgSources => each_source(&mut values),
        Kind::Texts if of.name == "sources" => each_source(&mut values),
        Kind::Texts => {
            let all = together(&values);
            values.extend([all, Value::Texts(BTreeSet::from([OTHER.to_owned()]))]);
            if of.name == "unknown" {
                values.retain(|value| *value != Value::Texts(BTreeSet::from([OTHER.to_owned()])));
            }
        }
    }
    if of.name == "hour" {
        values.retain(|value| matches!(value, Value::Long(hour) if (0..24).contains(hour)));
    }
    if of.name == "risk" {
        values.retain(|value| matches!(value, Value::Long(risk) if (0..=100).contains(risk)));
    }
    if matches!(of.name, "uses" | "now") {
        values.retain(|value| matches!(value, Value::Long(number) if *number >= 0));
    }
    if of.name == "depth" {
        values.retain(|value| matches!(value, Value::Long(depth) if *depth >= 1));
    }
    values.remove(&first);
    if of.presence == crate::attribute::Presence::Always && path.member.is_none() {
        values.remove(&Value::Absent);
    }
    Some(std::iter::once(first).chain(values).take(VALUES_MAX).collect())
}
