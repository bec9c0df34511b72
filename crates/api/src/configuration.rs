//! All that stands, as documents, with the reviewed words of what may be called: what a copy of the tenant is made of.

use crate::{Api, Problem};
use bailiwick_catalogue::Method;
use bailiwick_core::Document;
use bailiwick_core::json::Json;

impl Api {
    /// The documents that stand, agents that are suspended, and the words of each tool that may be called. Nothing of it is
    /// a secret: documents name secrets and hold none.
    ///
    /// # Errors
    /// [`Problem`] when the control stream cannot be read.
    pub fn configuration(&self) -> Result<Json, Problem> {
        let control = self.control()?;
        let state = &control.state;
        let mut documents: Vec<Document> = Vec::new();
        documents.extend(state.persons.values().cloned().map(Document::Person));
        documents.extend(state.roles.values().cloned().map(Document::Role));
        documents.extend(state.agents.values().map(|entry| Document::Agent(entry.document.clone())));
        documents.extend(state.servers.values().map(|entry| Document::Server(entry.document.clone())));
        documents.extend(state.tool_rules.values().map(|tool| Document::Tool(tool.as_ref().clone())));
        documents.extend(state.templates.values().map(|(template, _)| Document::Template(template.as_ref().clone())));
        documents.extend(state.policies.values().map(|(policy, _)| Document::Policy(policy.as_ref().clone())));
        documents.extend(state.rules.values().map(|entry| Document::Rule(entry.document.clone())));
        documents.extend(state.mandates.values().map(|entry| Document::Mandate(entry.document.clone())));
        // a method that is no tool has words of ours, which are made anew
        let usable = state.tools.keys().filter(|tool| state.usable(tool) && Method::of_tool(tool.tool()).is_none());
        let words = usable.filter_map(|tool| {
            let words = control.catalogue.tool(tool)?.words.entry();
            Some(Json::object([("tool", Json::from(tool.to_string())), ("words", words)]))
        });
        let suspended = state.agents.iter().filter(|(_, entry)| !entry.active);
        Ok(Json::object([
            ("documents", Json::array(documents.iter().map(Document::json))),
            ("suspended", Json::array(suspended.map(|(name, _)| Json::from(name.to_string())))),
            ("tools", Json::array(words)),
        ]))
    }
}
