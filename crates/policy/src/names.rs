//! The names of entity types, parsed once.

use crate::words::Words;
use cedar_policy::{EntityId, EntityTypeName, EntityUid};
use std::str::FromStr;
use std::sync::LazyLock;

/// Entity types of principals, actions and resources.
pub(crate) struct Names {
    pub(crate) agent: EntityTypeName,
    pub(crate) role: EntityTypeName,
    pub(crate) zone: EntityTypeName,
    pub(crate) server: EntityTypeName,
    pub(crate) resource: EntityTypeName,
    pub(crate) action: EntityTypeName,
    pub(crate) effect_group: EntityTypeName,
    pub(crate) server_group: EntityTypeName,
    pub(crate) impact_group: EntityTypeName,
    words: Vec<(Words, EntityTypeName)>,
}

pub(crate) static NAMES: LazyLock<Names> = LazyLock::new(|| Names {
    agent: name("Agent"),
    role: name("Role"),
    zone: name("Zone"),
    server: name("Server"),
    resource: name("Resource"),
    action: name("Action"),
    effect_group: name("Effect::Action"),
    server_group: name("Server::Action"),
    impact_group: name("Impact::Action"),
    words: Words::ALL.iter().map(|words| (*words, name(words.type_name()))).collect(),
});

impl Names {
    /// One word of a closed list, as an entity.
    pub(crate) fn word(&self, words: Words, word: &str) -> Option<EntityUid> {
        self.words.iter().find(|(known, _)| *known == words).map(|(_, kind)| uid(kind, word))
    }
}

pub(crate) fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

#[expect(clippy::expect_used, reason = "by INVARIANT on NAMES: only fixed identifiers, each read by every test")]
fn name(text: &str) -> EntityTypeName {
    EntityTypeName::from_str(text).expect("a fixed identifier")
}
