//! Policies in Rego, told to people and to those who test and compare them.

use super::text::{ALLOW, Entry, Rego, STEP_UP, read};
use crate::described::Described;
use crate::rules::NamedRule;
use bailiwick_core::PolicyText;
use std::collections::BTreeMap;

/// The most characters of a rule's own text.
const TEXT_CHARS_MAX: usize = 2_000;

impl Rego {
    /// Its rules: of the three that are asked those that it has, each with all its definitions.
    fn rules(&self) -> BTreeMap<&'static str, Vec<&Entry>> {
        let mut out: BTreeMap<&'static str, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.entries {
            out.entry(entry.rule).or_default().push(entry);
        }
        out
    }

    /// As its tests speak of them.
    pub(crate) fn named(&self) -> Vec<NamedRule> {
        let named = |(rule, entries): (&str, Vec<&Entry>)| NamedRule {
            name: format!("{}.{rule}", self.document),
            document: self.document.clone(),
            line: entries.first().map(|entry| entry.line),
            does: match rule {
                ALLOW => "permit",
                STEP_UP => "ask",
                _ => "forbid",
            },
            conditions: 0,
        };
        self.rules().into_iter().map(named).collect()
    }
}

/// The rules of a policy in Rego, as people are told of them; `None` where it is in another language or cannot be read.
pub(crate) fn described(text: &PolicyText) -> Option<Vec<Described>> {
    let rego = read(text)?.ok()?;
    let of = |(rule, entries): (&str, Vec<&Entry>)| {
        let whole = entries.iter().map(|entry| entry.text.split_whitespace().collect::<Vec<_>>().join(" "));
        let whole = whole.collect::<Vec<_>>().join("; ");
        let cut: String = whole.chars().take(TEXT_CHARS_MAX).collect();
        Described {
            rule: format!("{}.{rule}", rego.document),
            permits: rule == ALLOW,
            description: None,
            text: if cut.len() < whole.len() { format!("{cut}…") } else { cut },
        }
    };
    Some(rego.rules().into_iter().map(of).collect())
}
