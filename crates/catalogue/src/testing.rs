//! A tenant with one server, for tests.

use crate::words::ToolWords;
use crate::{Catalogue, propose};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{
    ControlState, Digest, Document, PinnedTool, Server, ServerEntry, ServerName, Standing, Tool, ToolEntry, ToolId,
    sha256,
};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) type Words = BTreeMap<Digest, Arc<[u8]>>;

pub(crate) fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Hashes secrets as a node would, under no key.
pub(crate) fn keyed(secret: &[u8]) -> Digest {
    sha256(secret)
}

pub(crate) fn server(text: &str) -> Server {
    match Document::read(&json(text)).unwrap() {
        Document::Server(server) => server,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn rule(text: &str) -> Tool {
    match Document::read(&json(text)).unwrap() {
        Document::Tool(tool) => tool,
        other => panic!("{other:?}"),
    }
}

pub(crate) const STDIO: &str =
    r#"{"kind":"server","name":"s","transport":{"stdio":{"command":"/usr/bin/server","args":["--a"]}}}"#;

/// One server `s` with reviewed tools.
pub(crate) struct World {
    pub(crate) control: ControlState,
    pub(crate) words: Words,
    pub(crate) identity: Digest,
}

impl World {
    pub(crate) fn new(document: &str) -> Self {
        let identity = sha256(b"identity");
        let mut control = ControlState::default();
        let document = server(document);
        control.servers.insert(document.name.clone(), ServerEntry { document, identity: Some(identity), same: true });
        Self { control, words: Words::new(), identity }
    }

    pub(crate) fn name() -> ServerName {
        ServerName::parse("s").unwrap()
    }

    pub(crate) fn id(tool: &str) -> ToolId {
        ToolId::new(Self::name(), tool).unwrap()
    }

    pub(crate) fn with(mut self, entry: &str, standing: Standing) -> Self {
        let words = ToolWords::read_any(&json(entry)).unwrap();
        let proposal = propose(words.annotations());
        let pinned = PinnedTool {
            effect: proposal.effect,
            egress: proposal.egress,
            pin: words.pin(&self.identity),
            reversibility: proposal.reversibility,
            standing,
            tool: Self::id(words.name()),
            words: words.digest(),
        };
        self.words.insert(words.digest(), words.bytes().into());
        self.control.tools.insert(pinned.tool.clone(), ToolEntry::of(pinned));
        self
    }

    pub(crate) fn ruled(mut self, document: &str) -> Self {
        let tool = rule(document);
        self.control.tool_rules.insert(tool.tool.clone(), Arc::new(tool));
        self
    }

    pub(crate) fn catalogue(&self) -> Catalogue {
        Catalogue::compile(&self.control, &self.words)
    }
}
