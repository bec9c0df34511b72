//! What the holders of a task left behind on servers: whoever reads it takes the label of who wrote it, whatever the catalogue says
//! of its fields. So two holders that meet in one file have told each other what they had read.

use super::{TaskState, value_hash};
use crate::action::{Action, Bound, BoundAs, Reading};
use crate::event::{ActionBegun, Label};
use crate::{DataClass, Digest, Effect, Salt, ServerName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most places of one task that are told apart; what is beyond lies anywhere on its server.
const LEFT_MAX: usize = 1_024;

/// A thing on a server, by its kind and a salted hash of its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    hash: Digest,
    kind: String,
}

impl Thing {
    /// The one thing that a call is about. A path is none: a folder shows what lies in it.
    fn of(salt: &Salt, bound: &[Bound]) -> Option<Self> {
        let mut objects = bound.iter().filter(|of| of.role == BoundAs::Object);
        let (Some(one), None) = (objects.next(), objects.next()) else { return None };
        match &one.normal {
            Reading::Known(normal) if one.kind != "path" => {
                // Many servers do not tell names apart by their case.
                Some(Self { hash: value_hash(salt, &one.kind, &normal.to_lowercase()), kind: one.kind.clone() })
            }
            Reading::Known(_) | Reading::Unknown => None,
        }
    }
}

/// Whether what lies at one place may be seen at another: two ids of one kind are two things, of all else nobody knows.
fn meet(one: Option<&Thing>, other: Option<&Thing>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) if one.kind == other.kind => one.hash == other.hash,
        _ => true,
    }
}

/// What lies where, with the label of who left it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Left {
    #[serde(with = "super::kept::pairs")]
    at: BTreeMap<(ServerName, Option<Thing>), Label>,
}

impl Left {
    /// Whether nothing was left anywhere.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> usize {
        super::kept::mapped(self.at.len(), size_of::<((ServerName, Option<Thing>), Label)>())
    }
}

impl TaskState {
    /// What an act that does more than read leaves behind carries what its holder had touched.
    pub(super) fn leave(&mut self, begun: &ActionBegun) {
        // What the node serves itself keeps nothing that anybody reads.
        if begun.action.effect == Effect::Read
            || crate::own::is_own(begun.action.tool.server())
            || begun.carries() == Label::default()
        {
            return;
        }
        let server = begun.action.tool.server().clone();
        let thing = match (self.salt, &begun.private) {
            (Some(salt), Some(private)) => Thing::of(&salt, &private.bound),
            _ => None,
        };
        let full = self.left.at.len() >= LEFT_MAX && !self.left.at.contains_key(&(server.clone(), thing.clone()));
        let thing = if full { None } else { thing };
        let label = self.left.at.entry((server, thing)).or_default();
        *label = label.with(&begun.carries());
    }

    /// The label of what a call may bring back of what holders of this task left behind.
    pub(crate) fn met(&self, action: &Action) -> Label {
        if self.left.is_empty() {
            return Label::default();
        }
        let server = action.tool.server();
        let thing = self.salt.and_then(|salt| Thing::of(&salt, &action.bound));
        let there = self.left.at.range((server.clone(), None)..).take_while(|((of, _), _)| of == server);
        let met = there.filter(|((_, of), _)| meet(of.as_ref(), thing.as_ref())).map(|(_, label)| label);
        met.fold(Label::default(), |all, one| all.with(one))
    }
}

impl Label {
    /// The same without these classes of data.
    #[must_use]
    pub fn without(&self, sheds: &[DataClass]) -> Self {
        let classes = self.classes.iter().filter(|class| !sheds.contains(class)).cloned();
        Self { classes: classes.collect(), ..self.clone() }
    }

    /// Both together: of classes and zones all, and trusted is what both are.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let both = |one: Option<bool>, other: Option<bool>| match (one, other) {
            (Some(one), Some(other)) => Some(one && other),
            (one, other) => one.or(other),
        };
        let classes: BTreeSet<_> = self.classes.iter().chain(&other.classes).cloned().collect();
        let zones: BTreeSet<_> = self.zones.iter().chain(&other.zones).cloned().collect();
        Self {
            classes: classes.into_iter().collect(),
            trusted: both(self.trusted, other.trusted),
            zones: zones.into_iter().collect(),
        }
    }
}
