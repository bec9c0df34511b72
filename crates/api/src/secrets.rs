//! Secrets that a person fills in: what goes to the task, and so into the record, is their keyed hash.

use crate::{Api, Problem};
use bailiwick_core::TemplateName;
use bailiwick_core::normal::{Kind, normal};
use std::collections::BTreeMap;

impl Api {
    /// What was filled in, with the hash of each secret in its place. Of a template that is not there nothing is known, and
    /// nothing is started from it.
    pub(crate) fn without_secrets(
        &self,
        template: &TemplateName,
        mut given: BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Problem> {
        let control = self.control()?;
        let Some((template, _)) = control.state.templates.get(template) else { return Ok(given) };
        let secret = Kind::Secret.to_string();
        for (name, _) in template.parameters.iter().filter(|(_, parameter)| parameter.kind == secret) {
            let Some(text) = given.get_mut(name) else { continue };
            let read = normal(&Kind::Secret, text);
            // never said back: what was typed wrong may be right but for one character
            let wrong = || Problem::bad(format!("`{name}`: expected a secret of one line, at most 4096 bytes"));
            let read = read.ok_or_else(wrong)?;
            let hiding = self.desk.node().vault().hiding(self.tenant);
            *text = hiding.map_err(|error| Problem::broken(error.to_string()))?.text(&read);
        }
        Ok(given)
    }
}
