//! Slices: of all rules, those whose heads can match what is asked. Made once for each thing that heads can tell apart,
//! so that a tenant with a thousand rules pays for the few that apply.

use crate::attribute::{ATTRIBUTES, Attribute};
use crate::rules::Rule;
use crate::scope::{Placed, Resource, Seen};
use bailiwick_core::Ask;
use cedar_policy::{Entities, EntityUid, PolicySet};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The most questions whose slice is remembered; past it all are forgotten and made anew when asked.
const REMEMBERED_MAX: usize = 8_192;
/// The most rules in all slices remembered.
const REMEMBERED_RULES_MAX: usize = 131_072;

/// What one kind of question is decided by.
pub(crate) struct Slice {
    pub(crate) rules: Arc<SliceRules>,
    pub(crate) entities: Entities,
    pub(crate) principal: EntityUid,
    pub(crate) action: EntityUid,
    /// A rule of which nobody can tell whether it matches, since it tells resources apart and this one was not read.
    pub(crate) blind: Option<String>,
}

/// Some of the rules, and what they read.
pub(crate) struct SliceRules {
    /// What permits and forbids.
    pub(crate) hard: PolicySet,
    /// What asks people: rules that Cedar takes for forbids.
    pub(crate) soft: PolicySet,
    /// Whom each rule of the soft set asks.
    pub(crate) asks: BTreeMap<String, Ask>,
    pub(crate) reads: Vec<&'static Attribute>,
}

impl SliceRules {
    pub(crate) fn new<'a>(rules: impl Iterator<Item = &'a Rule> + Clone) -> Result<Self, String> {
        let whole = rules.clone().any(|rule| rule.reads.whole);
        let read =
            |attribute: &&Attribute| whole || rules.clone().any(|rule| rule.reads.attributes.contains(attribute.name));
        let reads = ATTRIBUTES.iter().filter(read).collect();
        let set = |soft: bool| {
            let chosen = rules.clone().filter(|rule| rule.asks.is_some() == soft);
            PolicySet::from_policies(chosen.map(|rule| rule.policy.clone())).map_err(|error| error.to_string())
        };
        let asks = rules.clone().filter_map(|rule| Some((rule.policy.id().to_string(), rule.asks.clone()?))).collect();
        Ok(Self { hard: set(false)?, soft: set(true)?, asks, reads })
    }
}

/// Slices made so far. What is remembered never changes an answer.
#[derive(Default)]
pub(crate) struct Slices {
    memory: RwLock<Memory>,
}

#[derive(Default)]
struct Memory {
    by_seen: BTreeMap<Seen, Arc<Slice>>,
    /// Slices of the same rules share them.
    by_rules: BTreeMap<Vec<usize>, Arc<SliceRules>>,
    rules: usize,
}

impl Slices {
    /// The slice for what is seen.
    pub(crate) fn get(&self, seen: Seen, rules: &[Rule]) -> Result<Arc<Slice>, String> {
        let known = self.memory.read().unwrap_or_else(PoisonError::into_inner).by_seen.get(&seen).cloned();
        if let Some(slice) = known {
            return Ok(slice);
        }
        let placed = Placed::new(&seen);
        let matching = rules.iter().enumerate().filter(|(_, rule)| placed.matches(&rule.policy));
        let matching: Vec<usize> = matching.map(|(index, _)| index).collect();
        let blind = match seen.resource {
            Resource::Unread => {
                rules.iter().filter(|rule| placed.is_blind(rule)).map(|rule| rule.policy.id().to_string()).min()
            }
            Resource::Server | Resource::Named(_) | Resource::Other => None,
        };
        let entities = placed.entities()?;
        let mut memory = self.memory.write().unwrap_or_else(PoisonError::into_inner);
        if memory.by_seen.len() >= REMEMBERED_MAX || memory.rules >= REMEMBERED_RULES_MAX {
            *memory = Memory::default();
        }
        let shared = match memory.by_rules.get(&matching) {
            Some(shared) => Arc::clone(shared),
            None => {
                let chosen = matching.iter().filter_map(|index| rules.get(*index));
                let made = Arc::new(SliceRules::new(chosen)?);
                memory.rules += matching.len();
                memory.by_rules.insert(matching, Arc::clone(&made));
                made
            }
        };
        let (principal, action) = (placed.principal().clone(), placed.action().clone());
        let slice = Arc::new(Slice { rules: shared, entities, principal, action, blind });
        memory.by_seen.insert(seen, Arc::clone(&slice));
        Ok(slice)
    }
}
