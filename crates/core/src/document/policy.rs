//! Policy as code: its text, in one of the languages that whoever compiles it reads.

use super::read::undotted;
use super::{BadDocument, Outside};
use crate::Digest;
use crate::json::Json;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Policy as code: in Cedar, in Rego, or as a bundle of Rego.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyText {
    /// Its name; rules are named after it.
    pub name: String,
    /// Rules in Cedar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cedar: Option<String>,
    /// Rules in Rego: one module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rego: Option<String>,
    /// Rules in Rego: what a bundle held whose signature was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<RegoBundle>,
    /// An engine outside, whose rules are its own: it may forbid or ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opa: Option<Outside>,
}

/// What a bundle of Rego held, once its signature was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegoBundle {
    /// What its modules read as `data`.
    pub data: Json,
    /// The package whose rules are asked.
    pub entry: String,
    /// The digest of the public key that its signature was checked with.
    pub key: Digest,
    /// Its modules, by path.
    pub modules: BTreeMap<String, String>,
    /// Its revision, in its author's words.
    pub revision: String,
    /// The digest of the whole file.
    pub sha256: Digest,
}

impl PolicyText {
    /// The most characters of a bundle's revision.
    pub const REVISION_CHARS_MAX: usize = 128;

    /// A policy in Cedar.
    pub fn in_cedar(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), cedar: Some(text.into()), rego: None, bundle: None, opa: None }
    }

    /// A policy in Rego.
    pub fn in_rego(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), cedar: None, rego: Some(text.into()), bundle: None, opa: None }
    }

    /// What stands in Cedar; nothing where it is in another language.
    pub fn cedar_text(&self) -> &str {
        self.cedar.as_deref().unwrap_or_default()
    }

    /// The field that the rules stand in.
    pub const fn field(&self) -> &'static str {
        match (&self.rego, &self.bundle, &self.opa) {
            (Some(_), ..) => "rego",
            (None, Some(_), _) => "bundle",
            (None, None, Some(_)) => "opa",
            (None, None, None) => "cedar",
        }
    }

    /// Its digest, as that of its document.
    pub fn digest(&self) -> Digest {
        crate::sha256(&super::Document::Policy(self.clone()).bytes())
    }

    /// What serde cannot say: that the rules stand in one language.
    pub(super) fn check(&self) -> Result<(), BadDocument> {
        let languages = [self.cedar.is_some(), self.rego.is_some(), self.bundle.is_some(), self.opa.is_some()];
        if languages.into_iter().filter(|there| *there).count() != 1 {
            let why = "expected the rules in one of `cedar`, `rego`, `bundle` and `opa`".to_owned();
            return Err(BadDocument { at: undotted(self.field()), why });
        }
        if let Some(outside) = &self.opa {
            outside.check()?;
        }
        match &self.bundle {
            Some(bundle) if bundle.revision.chars().count() > Self::REVISION_CHARS_MAX => {
                let why = format!("at most {} characters", Self::REVISION_CHARS_MAX);
                Err(BadDocument { at: undotted("bundle.revision"), why })
            }
            _ => Ok(()),
        }
    }
}
