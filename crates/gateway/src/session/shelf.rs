//! What a client is shown: the reviewed words of what its grant can use, and our own tool.

use super::own::{self, AUTHORITY_TOOL};
use super::shape;
use crate::asks::Able;
use crate::decider::Shown;
use crate::era::Era;
use crate::methods::RESERVED_TOOLS;
use crate::names::names;
use crate::rpc::{INVALID_PARAMS, RpcError, quoted};
use crate::upstream::named;
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{COMPLETE, DELEGATE, REQUEST, ServerName, is_own};
use std::collections::BTreeMap;

/// What is shown of one server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Part {
    tools: Vec<Object>,
    prompts: Vec<Object>,
    templates: Vec<Json>,
    instructions: Option<String>,
    /// Methods that the grant can use.
    methods: Vec<String>,
    zone: Option<String>,
    /// What the server may ask for.
    askable: Able,
}

/// All that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shelf {
    parts: BTreeMap<ServerName, Part>,
    /// Tools of our own that the grant may use, by their names there.
    own: Vec<String>,
    /// Several servers on one endpoint: names say which.
    prefixed: bool,
}

impl Shelf {
    pub(super) fn new(shown: Vec<Shown>, prefixed: bool) -> Self {
        let (own, shown): (Vec<Shown>, Vec<Shown>) = shown.into_iter().partition(|shown| is_own(&shown.server));
        let own = own.iter().filter_map(|shown| shown.words.get("name")?.as_str().map(str::to_owned)).collect();
        let mut shelf = Self { parts: BTreeMap::new(), own, prefixed };
        for server in shown.iter().map(|shown| &shown.server) {
            shelf
                .parts
                .entry(server.clone())
                .or_insert_with(|| Part { askable: named(server, &shown), ..Part::default() });
        }
        for Shown { server, words } in shown {
            let part = shelf.parts.entry(server).or_default();
            let Json::Object(words) = words else { continue };
            let Some(name) = words.get("name").and_then(Json::as_str) else { continue };
            if !RESERVED_TOOLS.contains(&name) {
                part.tools.push(words);
                continue;
            }
            part.methods.push(name.to_owned());
            let Some(said) = words.get("said") else { continue };
            let entries = |member: &str| said.get(member).and_then(Json::as_array).unwrap_or_default();
            part.prompts.extend(entries("prompts").iter().filter_map(|entry| entry.as_object().cloned()));
            part.templates.extend_from_slice(entries("resourceTemplates"));
            if let Some(zone) = said.get("zone").and_then(Json::as_str) {
                part.zone = Some(zone.to_owned());
            }
            if let Some(text) = said.get("instructions").and_then(Json::as_str) {
                part.instructions = Some(text.to_owned());
            }
        }
        shelf
    }

    /// The entries of `tools/list`; ours is the first.
    pub(super) fn tools(&self, era: Era) -> Vec<Json> {
        let mut tools = vec![own::authority_tool()];
        let has = |tool: &str| self.own.iter().any(|own| tool.split_once('/').is_some_and(|(_, name)| name == own));
        tools.extend(has(COMPLETE).then(|| own::complete_tool(has(DELEGATE))));
        tools.extend(has(DELEGATE).then(own::delegate_tool));
        tools.extend(has(REQUEST).then(own::request_tool));
        for (server, part) in &self.parts {
            for (name, entry) in self.named(server, &part.tools) {
                if !own::is_own_tool(&name) {
                    let mut entry = shape::tool(era, entry.clone());
                    entry.insert("name", Json::from(name));
                    tools.push(Json::Object(entry));
                }
            }
        }
        tools
    }

    /// The entries of `prompts/list`.
    pub(super) fn prompts(&self) -> Vec<Json> {
        let mut prompts = Vec::new();
        for (server, part) in &self.parts {
            for (name, entry) in self.named(server, &part.prompts) {
                let mut entry = entry.clone();
                entry.insert("name", Json::from(name));
                prompts.push(Json::Object(entry));
            }
        }
        prompts
    }

    /// The entries of `resources/templates/list`.
    pub(super) fn templates(&self) -> Vec<Json> {
        self.parts.values().flat_map(|part| part.templates.iter().cloned()).collect()
    }

    /// What the servers say of themselves, and how to ask what is allowed.
    pub(super) fn instructions(&self) -> String {
        let mut text = String::new();
        for (server, part) in &self.parts {
            match &part.instructions {
                Some(said) if self.prefixed => text.push_str(&format!("{server}: {said}\n\n")),
                Some(said) => text.push_str(&format!("{said}\n\n")),
                None => {}
            }
        }
        text.push_str(&format!(
            "Calls here are decided by Bailiwick. `{AUTHORITY_TOOL}` says what you may do and what you wait for."
        ));
        text
    }

    /// Whether any server has a method that the grant can use.
    pub(super) fn has(&self, method: &str) -> bool {
        self.parts.values().any(|part| part.methods.iter().any(|name| name == method))
    }

    /// What the grant names of what a server can ask for.
    pub(super) fn askable(&self, server: &ServerName) -> Able {
        self.parts.get(server).map_or_else(Able::default, |part| part.askable)
    }

    /// The servers of which anything is shown.
    pub(super) fn servers(&self) -> impl Iterator<Item = &ServerName> {
        self.parts.keys()
    }

    /// The zone of a server, as a person reviewed it.
    pub(super) fn zone(&self, server: &ServerName) -> Option<&str> {
        self.parts.get(server).and_then(|part| part.zone.as_deref())
    }

    /// The only server with a method, for requests that name none.
    pub(super) fn only_server_with(&self, method: &str) -> Result<Option<ServerName>, ()> {
        let mut having = self.parts.iter().filter(|(_, part)| part.methods.iter().any(|name| name == method));
        match (having.next(), having.next()) {
            (Some(_), Some(_)) => Err(()),
            (only, _) => Ok(only.map(|(server, _)| server.clone())),
        }
    }

    /// The tool that is shown by a name.
    pub(super) fn tool(&self, server: &ServerName, name: &str) -> Option<String> {
        let part = self.parts.get(server)?;
        self.named(server, &part.tools).find(|(shown, _)| shown == name).and_then(|(_, entry)| own_name(entry))
    }

    /// Whether a tool of a server is shown.
    pub(super) fn has_tool(&self, server: &ServerName, tool: &str) -> bool {
        let part = self.parts.get(server);
        part.is_some_and(|part| part.tools.iter().any(|entry| own_name(entry).as_deref() == Some(tool)))
    }

    /// The prompt that is shown by a name.
    pub(super) fn prompt(&self, server: &ServerName, name: &str) -> Option<String> {
        let part = self.parts.get(server)?;
        self.named(server, &part.prompts).find(|(shown, _)| shown == name).and_then(|(_, entry)| own_name(entry))
    }

    fn named<'a>(&'a self, server: &ServerName, entries: &'a [Object]) -> impl Iterator<Item = (String, &'a Object)> {
        let own = entries.iter().map(|entry| entry.get("name").and_then(Json::as_str).unwrap_or_default());
        let shown: Vec<String> = if self.prefixed {
            names(server, own).into_iter().map(|(name, _)| name).collect()
        } else {
            own.map(str::to_owned).collect()
        };
        shown.into_iter().zip(entries)
    }
}

fn own_name(entry: &Object) -> Option<String> {
    entry.get("name")?.as_str().map(str::to_owned)
}

/// One page of a list, from a cursor of ours.
pub(super) fn page(entries: Vec<Json>, member: &str, cursor: Option<&Json>, size: usize) -> Result<Json, RpcError> {
    let start = match cursor {
        None => 0,
        Some(cursor) => {
            let digits = cursor.as_str().and_then(|text| text.strip_prefix("after-"));
            let start = digits.and_then(|digits| digits.parse::<usize>().ok()).filter(|start| *start < entries.len());
            start.ok_or_else(|| {
                let found = cursor.as_str().map_or_else(|| cursor.kind().to_owned(), quoted);
                RpcError::new(INVALID_PARAMS, format!("expected `cursor` to be one that we gave, found `{found}`"))
            })?
        }
    };
    let end = start.saturating_add(size);
    let mut result = Object::default();
    if end < entries.len() {
        result.insert("nextCursor", Json::from(format!("after-{end}")));
    }
    result.insert(member, entries.into_iter().skip(start).take(size).collect::<Vec<_>>().into());
    Ok(Json::Object(result))
}

#[cfg(test)]
mod tests;
