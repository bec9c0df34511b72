//! Who may say yes, in the words that templates, rules and policies use.

use crate::{PersonId, RoleName};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// One way to name who may say yes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Approver {
    /// Whoever started the task: confirms their own act.
    Requester,
    /// For whom the task is done: confirms their own act.
    Customer,
    /// The owners of every agent of the lineage.
    Owner,
    /// Whoever has this role.
    Role(RoleName),
    /// This person.
    Person(PersonId),
}

impl Approver {
    const EXPECTED: &'static str = "`requester`, `customer`, `owner`, `role:NAME` or `person:NAME`";

    /// Reads one.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "requester" => Ok(Self::Requester),
            "customer" => Ok(Self::Customer),
            "owner" => Ok(Self::Owner),
            _ => {
                let role = text.strip_prefix("role:").and_then(|name| RoleName::parse(name).ok()).map(Self::Role);
                let person = text.strip_prefix("person:").and_then(|name| PersonId::parse(name).ok());
                role.or(person.map(Self::Person)).ok_or(Self::EXPECTED)
            }
        }
    }
}

impl fmt::Display for Approver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requester => f.write_str("requester"),
            Self::Customer => f.write_str("customer"),
            Self::Owner => f.write_str("owner"),
            Self::Role(role) => write!(f, "role:{role}"),
            Self::Person(person) => write!(f, "person:{person}"),
        }
    }
}

impl Serialize for Approver {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Approver {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Self::parse(&text).map_err(|expected| serde::de::Error::custom(format!("expected {expected}")))
    }
}

/// Any of these may say yes. One is written as it is, several as a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Approvers(Vec<Approver>);

impl Approvers {
    /// The most that are named.
    pub const MAX: usize = 8;

    /// At least one, at most [`Self::MAX`], none twice.
    pub fn new(mut of: Vec<Approver>) -> Option<Self> {
        of.sort();
        of.dedup();
        (1..=Self::MAX).contains(&of.len()).then_some(Self(of))
    }

    /// One alone.
    pub fn one(of: Approver) -> Self {
        Self(vec![of])
    }

    /// Them.
    pub fn iter(&self) -> std::slice::Iter<'_, Approver> {
        self.0.iter()
    }
}

impl fmt::Display for Approvers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, one) in self.0.iter().enumerate() {
            let between = if index == 0 { "" } else { " or " };
            write!(f, "{between}{one}")?;
        }
        Ok(())
    }
}

impl Serialize for Approvers {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(s),
            several => several.serialize(s),
        }
    }
}

impl<'de> Deserialize<'de> for Approvers {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Vec<Approver>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one who may say yes, or a list of them")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                let told = |expected| E::custom(format!("expected {expected}, found `{}`", text.escape_debug()));
                Approver::parse(text).map(|one| vec![one]).map_err(told)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut out = Vec::new();
                while let Some(one) = seq.next_element::<Approver>()? {
                    out.push(one);
                }
                Ok(out)
            }
        }
        let of = d.deserialize_any(Form)?;
        let told = format!("expected 1 to {} who may say yes", Self::MAX);
        Self::new(of).ok_or_else(|| serde::de::Error::custom(told))
    }
}
