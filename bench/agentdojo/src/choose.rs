//! From a prompt to templates, by its own words and by what it states. It sees nothing else.

use crate::Trouble;
use regex::Regex;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    template: String,
    says: Vec<String>,
    #[serde(default)]
    not: Vec<String>,
    #[serde(default)]
    states: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
}

/// One way to come to a template.
struct Choice {
    template: String,
    says: Vec<Regex>,
    not: Vec<Regex>,
    states: Vec<String>,
    without: Vec<String>,
}

/// All ways.
pub(crate) struct Chooser(Vec<Choice>);

impl Chooser {
    /// Reads `choose.yaml`.
    pub(crate) fn read(file: &Path) -> Result<Self, Trouble> {
        let written: Vec<Written> = serde_saphyr::from_str(&std::fs::read_to_string(file)?)?;
        let forms = |all: Vec<String>| -> Result<Vec<Regex>, Trouble> {
            all.iter().map(|form| Ok(Regex::new(&format!("(?is){form}"))?)).collect()
        };
        let choice = |of: Written| -> Result<Choice, Trouble> {
            let Written { template, says, not, states, without } = of;
            Ok(Choice { template, says: forms(says)?, not: forms(not)?, states, without })
        };
        Ok(Self(written.into_iter().map(choice).collect::<Result<_, _>>()?))
    }

    /// The templates that a prompt asks for. `states` are the kinds of the values that it states.
    pub(crate) fn choose(&self, prompt: &str, states: &[String]) -> Vec<String> {
        let has = |kinds: &[String]| kinds.iter().any(|kind| states.contains(kind));
        let fits = |choice: &&Choice| {
            choice.says.iter().any(|form| form.is_match(prompt))
                && !choice.not.iter().any(|form| form.is_match(prompt))
                && (choice.states.is_empty() || has(&choice.states))
                && !has(&choice.without)
        };
        self.0.iter().filter(fits).map(|choice| choice.template.clone()).collect()
    }
}
