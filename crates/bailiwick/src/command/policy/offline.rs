//! Documents of a folder, without a node.

use crate::home::Trouble;
use crate::trust::BadInput;
use crate::yaml::{self, Placed};
use bailiwick_core::json::Json;
use bailiwick_core::{ControlState, Digest, Document};
use bailiwick_trial::{Supposed, over};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The documents of files and folders.
pub(super) fn placed(paths: &[PathBuf]) -> Result<Vec<Placed>, Trouble> {
    Ok(yaml::whole(yaml::from_paths(paths))?)
}

/// The same, read.
pub(super) fn read(placed: &[Placed]) -> Result<Vec<Document>, Trouble> {
    let mut out = Vec::new();
    for one in placed {
        let document = Document::read(&one.json);
        out.push(document.map_err(|error| yaml::BadFile(vec![one.wrong(&error.at, &error.why)]))?);
    }
    Ok(out)
}

/// A tenant that has these documents and nothing else.
pub(super) fn supposed(documents: &[Document]) -> Result<Supposed, Trouble> {
    let nothing: BTreeMap<Digest, Arc<[u8]>> = BTreeMap::new();
    over(&ControlState::default(), &nothing, documents).map_err(|why| BadInput(why).into())
}

/// The JSON of those that are policies.
pub(super) fn policies(placed: &[Placed]) -> Vec<Json> {
    let policy = |one: &&Placed| one.json.get("kind").and_then(Json::as_str) == Some("policy");
    placed.iter().filter(policy).map(|one| one.json.clone()).collect()
}
