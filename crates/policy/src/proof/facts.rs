//! What holds of every question and no schema says: what tools and agents settle, and between which bounds numbers lie.
//!
//! Each is a condition that never errs and is true of all that a node asks; a test holds them against cases of the search
//! and against questions of the node. What is left out makes fewer proofs, never a wrong one.

use super::est::{
    and, as_much, at_most, contains, contains_all, context, entity, eq, has, long, member, not, or, text, then, var,
    within, zero,
};
use super::place::{Place, What};
use crate::atom::{Atom, Constant, atoms};
use crate::attribute::{Kind, attribute};
use crate::names::{NAMES, uid};
use crate::rules::Rule;
use crate::schema::Places;
use crate::search::world::Tried;
use crate::words::{Word, Words};
use bailiwick_core::{AgentId, ControlState, ServerName};
use cedar_policy::EntityUid;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The bounds of numbers, the upper one where there is one.
const NUMBERS: [(&str, i64, Option<i64>); 5] =
    [("depth", 1, None), ("hour", 0, Some(23)), ("now", 0, None), ("risk", 0, Some(100)), ("uses", 0, None)];
/// Sums that hold what the act measures.
const SUMS: [&str; 3] = ["sums", "sums_since_approval", "sums_to_destination"];

/// What rules speak of: of nothing else has anything to be said.
#[derive(Default)]
pub(crate) struct Told {
    attributes: BTreeSet<String>,
    units: BTreeSet<String>,
    pub(crate) args: Places,
    /// Places of arguments of which rules ask where they came from.
    sources: BTreeSet<String>,
    ids: BTreeSet<EntityUid>,
    /// Constants that attributes are compared with, by attribute.
    texts: BTreeMap<String, BTreeSet<String>>,
}

impl Told {
    pub(crate) fn of(rules: &[&Rule]) -> Self {
        let mut told = Self::default();
        for rule in rules {
            told.attributes.extend(rule.reads.attributes.iter().cloned());
            for (parent, member) in &rule.reads.members {
                match attribute(parent).map(|of| of.kind) {
                    Some(Kind::Amounts) => drop(told.units.insert(member.clone())),
                    Some(Kind::Args) => told.args.insert(member.clone()),
                    Some(Kind::ArgSources) => {
                        told.args.insert(member.clone());
                        told.sources.insert(member.clone());
                    }
                    _ => {}
                }
            }
            told.ids.extend(rule.policy.entity_literals());
            for atom in atoms(&rule.policy) {
                if let Atom::With(path, Constant::Text(text)) = atom {
                    told.texts.entry(path.attribute).or_default().insert(text);
                }
            }
        }
        told
    }

    fn reads(&self, attribute: &str) -> bool {
        self.attributes.contains(attribute)
    }
    fn ids<'t>(&'t self, kind: &'t cedar_policy::EntityTypeName) -> impl Iterator<Item = &'t EntityUid> {
        self.ids.iter().filter(move |id| id.type_name() == kind)
    }
    fn texts(&self, attribute: &str) -> impl Iterator<Item = &String> {
        self.texts.get(attribute).into_iter().flatten()
    }

    /// How many entities they name.
    pub(crate) fn named(&self) -> usize {
        self.ids.len()
    }

    /// The servers that rules tell from others.
    pub(crate) fn servers(&self) -> BTreeSet<ServerName> {
        let ids = self.ids(&NAMES.server_group).chain(self.ids(&NAMES.server)).map(|id| id.id().unescaped().to_owned());
        ids.chain(self.texts("server").cloned()).filter_map(|name| ServerName::parse(&name).ok()).collect()
    }
}

/// All that is known of a place, as far as the rules speak of it.
pub(crate) fn facts(place: &Place<'_>, told: &Told, control: &ControlState) -> Vec<Value> {
    let mut out = numbers(told);
    out.extend(amounts(place, told));
    out.extend(sources(told));
    match place.what {
        What::Known(tool) => out.extend(of_tool(tool, told)),
        What::ToCome(tool) => {
            out.extend(is_word(told, "effect", tool.effect));
            out.extend(is_word(told, "impact", tool.impact));
            if told.reads("tool") {
                out.extend(told.texts("tool").map(|name| not(eq(context("tool"), text(name)))));
            }
        }
    }
    out.extend(server(place, told));
    out.extend(resource(place, told));
    out.extend(zones(place, told));
    out.extend(agents(told, control));
    out
}

fn is_word<W: Word>(told: &Told, attribute: &str, word: W) -> Option<Value> {
    told.reads(attribute).then(|| same_word(attribute, W::WORDS, word.word())).flatten()
}

fn same_word(attribute: &str, words: Words, word: &str) -> Option<Value> {
    Some(eq(context(attribute), entity(&NAMES.word(words, word)?)))
}

fn numbers(told: &Told) -> Vec<Value> {
    let mut out = Vec::new();
    for (name, least, most) in NUMBERS.into_iter().filter(|(name, ..)| told.reads(name)) {
        out.push(at_most(long(least), context(name)));
        out.extend(most.map(|most| at_most(context(name), long(most))));
    }
    out
}

/// No amount is below nothing, each sum holds what the act measures, and a tool measures what its bindings say.
fn amounts(place: &Place<'_>, told: &Told) -> Vec<Value> {
    let mut out = Vec::new();
    for unit in &told.units {
        let there = |of: &str| has(context(of), unit);
        let size = |of: &str| member(context(of), unit);
        for of in ["amounts"].iter().chain(&SUMS).filter(|of| told.reads(of)) {
            out.push(then(there(of), as_much(size(of), zero())));
        }
        let measures = match place.what {
            What::Known(tool) => tool.shape.any_unit || tool.shape.units.contains(unit),
            What::ToCome(_) => true,
        };
        if !told.reads("amounts") {
            continue;
        }
        if !measures {
            out.push(not(there("amounts")));
            continue;
        }
        for sum in SUMS.iter().filter(|sum| told.reads(sum)) {
            out.push(then(there("amounts"), and(there(sum), as_much(size(sum), size("amounts")))));
        }
    }
    out
}

/// Where one argument came from, some argument came from.
fn sources(told: &Told) -> Vec<Value> {
    if !told.reads("sources") || !told.reads("arg_sources") {
        return Vec::new();
    }
    let of = |place: &String| {
        let there = has(context("arg_sources"), place);
        then(there, contains_all(context("sources"), member(context("arg_sources"), place)))
    };
    told.sources.iter().map(of).collect()
}

/// What a tool that is known settles.
fn of_tool(tool: &Tried, told: &Told) -> Vec<Value> {
    let nature = tool.nature;
    let words = [
        is_word(told, "effect", nature.effect),
        is_word(told, "egress", nature.egress),
        is_word(told, "impact", nature.impact),
        is_word(told, "reversibility", nature.reversibility),
    ];
    let mut out: Vec<Value> = words.into_iter().flatten().collect();
    let texts = [("tool", tool.id.to_string()), ("server_zone", tool.zone.to_string())];
    out.extend(texts.iter().filter(|(name, _)| told.reads(name)).map(|(name, is)| eq(context(name), text(is))));
    if told.reads("destination") && !tool.shape.destination {
        out.extend(["kind", "value", "zone"].map(|member| not(has(context("destination"), member))));
    }
    out
}

/// Which server it is, by name and as what the act is about.
fn server(place: &Place<'_>, told: &Told) -> Vec<Value> {
    let own = match place.what {
        What::Known(tool) => Some(tool.id.server()),
        What::ToCome(tool) => tool.servers.first(),
    };
    let mut out = Vec::new();
    if told.reads("server") {
        match own {
            Some(own) => out.push(eq(context("server"), text(own.as_str()))),
            None => out.extend(told.servers().iter().map(|other| not(eq(context("server"), text(other.as_str()))))),
        }
    }
    if !place.resource {
        let is = |id: &EntityUid| eq(var("resource"), entity(id));
        out.extend(
            told.ids(&NAMES.server).map(|id| {
                if own.is_some_and(|own| own.as_str() == id.id().unescaped()) { is(id) } else { not(is(id)) }
            }),
        );
    }
    out
}

/// What the act is about is the entity, and the attribute says the same.
fn resource(place: &Place<'_>, told: &Told) -> Vec<Value> {
    if !told.reads("resource") {
        return Vec::new();
    }
    let there = || has(var("context"), "resource");
    if !place.resource {
        return vec![not(there())];
    }
    let named = told.ids(&NAMES.resource).map(|id| id.id().unescaped().to_owned());
    let named: BTreeSet<String> =
        named.chain(told.texts("resource").cloned()).filter(|name| !name.is_empty()).collect();
    let both = named.iter().flat_map(|name| {
        let is = || eq(var("resource"), entity(&uid(&NAMES.resource, name)));
        let says = || and(there(), eq(context("resource"), text(name)));
        [then(is(), says()), then(says(), is())]
    });
    both.collect()
}

/// In which zones they are: an agent and a server are in one, and the attribute says the same.
fn zones(place: &Place<'_>, told: &Told) -> Vec<Value> {
    let mut out = Vec::new();
    let zones: Vec<&EntityUid> = told.ids(&NAMES.zone).collect();
    for (who, says) in [("principal", "zone"), ("resource", "server_zone")] {
        if (who == "resource" && place.resource) || !told.reads(says) {
            continue;
        }
        for zone in &zones {
            let (is_in, says) = (|| within(var(who), entity(zone)), || eq(context(says), text(zone.id().unescaped())));
            out.extend([then(is_in(), says()), then(says(), is_in())]);
        }
    }
    out.extend(one_of(&zones));
    out.extend(one_of(&told.ids(&NAMES.role).collect::<Vec<_>>()));
    out
}

/// An agent has one role and is in one zone.
fn one_of(ids: &[&EntityUid]) -> Vec<Value> {
    let is_in = |id: &EntityUid| within(var("principal"), entity(id));
    let pairs =
        ids.iter().enumerate().flat_map(|(index, one)| ids.iter().skip(index + 1).map(move |other| (one, other)));
    pairs.map(|(one, other)| or(not(is_in(one)), not(is_in(other)))).collect()
}

/// What the documents of agents settle that rules name.
fn agents(told: &Told, control: &ControlState) -> Vec<Value> {
    let mut out = Vec::new();
    for id in told.ids(&NAMES.agent) {
        let Some(entry) = AgentId::parse(id.id().unescaped()).ok().and_then(|name| control.agents.get(&name)) else {
            continue;
        };
        let agent = &entry.document;
        let words = [
            is_word(told, "autonomy", agent.autonomy),
            is_word(told, "memory", agent.memory),
            is_word(told, "run_by", agent.run_by),
        ];
        let texts = [("owner", agent.owner.to_string()), ("zone", agent.zone.to_string())];
        let texts = texts.iter().filter(|(name, _)| told.reads(name)).map(|(name, is)| eq(context(name), text(is)));
        let own = [(&NAMES.role, agent.role.to_string()), (&NAMES.zone, agent.zone.to_string())];
        let above = own.iter().flat_map(|(kind, own)| {
            told.ids(kind).map(move |id| {
                let is_in = within(var("principal"), entity(id));
                if own.as_str() == id.id().unescaped() { is_in } else { not(is_in) }
            })
        });
        let lineage = told.reads("lineage").then(|| contains(context("lineage"), text(agent.name.as_str())));
        let all: Vec<Value> = words.into_iter().flatten().chain(texts).chain(above).chain(lineage).collect();
        out.extend(all.into_iter().map(|fact| then(eq(var("principal"), entity(id)), fact)));
    }
    out
}
