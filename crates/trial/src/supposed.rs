//! A control state with documents put over it, as they would stand: for cases, never for decisions.

use bailiwick_catalogue::{Catalogue, ToolWords, propose};
use bailiwick_core::json::Json;
use bailiwick_core::{
    Assurance, Blobs, By, ControlAdded, ControlState, Digest, Document, DocumentNamed, Event, Facts, Micros, PersonId,
    PinnedTool, RULES, Standing, ToolEntry, ToolId, sha256,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes by digest.
type Words = BTreeMap<Digest, Arc<[u8]>>;

/// What cases are asked on.
#[derive(Debug, Clone)]
pub struct Supposed {
    /// Who may do what.
    pub control: ControlState,
    /// How calls are read.
    pub catalogue: Catalogue,
}

/// The control state with these documents, each in the place of that of its kind and name. A tool that a document
/// describes and nobody has seen is read by its document alone.
///
/// # Errors
/// Why they cannot stand so.
pub fn over(control: &ControlState, words: &dyn Blobs, documents: &[Document]) -> Result<Supposed, String> {
    let mut control = control.clone();
    let mut own = Words::new();
    let mut named = Vec::new();
    for document in documents {
        let bytes = document.bytes();
        let digest = sha256(&bytes);
        own.insert(digest, bytes.into());
        named.push(DocumentNamed { digest, kind: document.kind().to_owned(), name: document.name() });
    }
    let person = PersonId::parse("nobody").map_err(|error| error.to_string())?;
    let by = By { assurance: Assurance::Software, person };
    let facts = Facts::of_nobody(control.at, Vec::new());
    let added = ControlAdded { by, documents: named, facts, rules: RULES };
    let event = Event { at: Micros(control.at.0), data: added.into() };
    let leaf = control.leaf.map_or(0, |leaf| leaf.saturating_add(1));
    control.apply(&event, leaf, &own).map_err(|error| error.to_string())?;
    suppose_tools(&mut control, &mut own);
    // what reads calls has to know each server; whether it was seen stays as it is
    let mut seen = control.clone();
    for entry in seen.servers.values_mut() {
        entry.identity.get_or_insert_with(|| supposed_identity(entry.document.name.as_str()));
    }
    let catalogue = Catalogue::compile(&seen, &Both(&own, words));
    Ok(Supposed { control, catalogue })
}

struct Both<'a>(&'a Words, &'a dyn Blobs);

impl Blobs for Both<'_> {
    fn blob(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        self.0.blob(digest).or_else(|| self.1.blob(digest))
    }
}

fn supposed_identity(server: &str) -> Digest {
    sha256(server.as_bytes())
}

/// Tools that documents describe are taken to be there, with a schema that takes anything.
fn suppose_tools(control: &mut ControlState, own: &mut Words) {
    let described: Vec<ToolId> =
        control.tool_rules.keys().filter(|id| !control.tools.contains_key(id)).cloned().collect();
    for tool in described {
        let schema = Json::object([("type", Json::from("object"))]);
        let said = Json::object([("inputSchema", schema), ("name", Json::from(tool.tool()))]);
        let Some(server) = control.servers.get(tool.server()) else { continue };
        let identity = server.identity.unwrap_or_else(|| supposed_identity(tool.server().as_str()));
        let Ok(words) = ToolWords::read(&said) else { continue };
        let proposal = propose(None);
        let pinned = PinnedTool {
            effect: proposal.effect,
            egress: proposal.egress,
            pin: words.pin(&identity),
            reversibility: proposal.reversibility,
            standing: Standing::Reviewed,
            tool: tool.clone(),
            words: words.digest(),
        };
        own.insert(words.digest(), words.bytes().into());
        control.tools.insert(tool, ToolEntry::of(pinned));
    }
}
