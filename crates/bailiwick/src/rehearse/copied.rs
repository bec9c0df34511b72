//! What is rehearsed with: documents and reviewed words, copied from a node, from a home whose node does not run, or from files.

use super::made;
use crate::client::{Client, NoNode};
use crate::home::{Home, Trouble};
use crate::places::Places;
use crate::print::{list, text, words};
use crate::trust::BadInput;
use crate::yaml;
use bailiwick_core::json::Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Where kept logs of a store in a file stand beside it.
const BESIDE: [&str; 3] = ["bailiwick.db", "bailiwick.db-wal", "checkpoints"];

/// A copy of a configuration. Nothing of where it came from is held open.
#[derive(Debug, Clone, Default)]
pub(super) struct Copied {
    /// All documents.
    pub(super) documents: Vec<Json>,
    /// The words of each tool that may be called, by server.
    pub(super) words: BTreeMap<String, Vec<Json>>,
    /// Agents that are suspended.
    pub(super) suspended: BTreeSet<String>,
    /// What is otherwise here than there.
    pub(super) notes: Vec<String>,
}

/// The field that a document is named by.
fn named(document: &Json) -> (&str, &str) {
    let kind = text(document, "kind");
    (kind, text(document, if kind == "tool" { "tool" } else { "name" }))
}

impl Copied {
    /// Copies what stands, and puts the documents of `candidate` over it.
    ///
    /// # Errors
    /// When neither a node nor files say what there is.
    pub(super) async fn of(client: &Client, places: &Places, candidate: &[PathBuf]) -> Result<Self, Trouble> {
        let mut copied = match client.get("/v1/documents").await {
            Ok(stands) => Self::read(&stands),
            Err(trouble) if !trouble.downcast_ref::<NoNode>().is_some_and(NoNode::is_nobody) => return Err(trouble),
            Err(_) if places.has_store() => {
                words("no node runs here: its store is copied, and the copy is read");
                Self::read(&of_store(places).await?)
            }
            Err(trouble) if candidate.is_empty() => return Err(trouble),
            Err(_) => {
                words("no node runs here: the documents are rehearsed over what a new tenant starts with");
                let starts = super::folder::Folder::new()?;
                Self::read(&standing(Places::under(&starts.path().join("node"))).await?)
            }
        };
        if !candidate.is_empty() {
            yaml::whole(yaml::from_paths(candidate))?.into_iter().for_each(|placed| copied.put(placed.json));
        }
        copied.leave_out();
        made::words(&mut copied);
        Ok(copied)
    }

    fn read(stands: &Json) -> Self {
        let mut words: BTreeMap<String, Vec<Json>> = BTreeMap::new();
        for tool in list(stands, "tools") {
            let server = text(tool, "tool").split('/').next().unwrap_or_default().to_owned();
            words.entry(server).or_default().extend(tool.get("words").cloned());
        }
        let suspended = list(stands, "suspended").iter().filter_map(Json::as_str).map(str::to_owned).collect();
        Self { documents: list(stands, "documents").to_vec(), words, suspended, notes: Vec::new() }
    }

    /// A document, in the place of the one of its name.
    fn put(&mut self, document: Json) {
        match self.documents.iter_mut().find(|other| named(other) == named(&document)) {
            Some(other) => *other = document,
            None => self.documents.push(document),
        }
    }

    /// What would reach somebody outside stays out.
    fn leave_out(&mut self) {
        let (outside, here): (Vec<Json>, Vec<Json>) = std::mem::take(&mut self.documents)
            .into_iter()
            .partition(|document| document.get("opa").is_some_and(|opa| !opa.is_null()));
        self.documents = here;
        for document in outside {
            let name = text(&document, "name");
            self.notes.push(format!("the outside engine of policy `{name}` is not asked: it could only refuse more"));
        }
    }

    /// The documents of a kind.
    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Json> {
        self.documents.iter().filter(move |document| text(document, "kind") == kind)
    }

    /// The document of one tool, where a person has described it.
    pub(super) fn tool(&self, tool: &str) -> Option<&Json> {
        self.of_kind("tool").find(|document| text(document, "tool") == tool)
    }
}

/// What stands in a home that nobody has open.
async fn standing(places: Places) -> Result<Json, Trouble> {
    let home = Home::alone(places).await?;
    let stands = home.api.configuration().map_err(|problem| problem.detail);
    home.node.close().await?;
    Ok(stands?)
}

/// What stands in a store whose node does not run: of a copy, so that the store stays as it is, to the byte.
async fn of_store(places: &Places) -> Result<Json, Trouble> {
    let folder = super::folder::Folder::new()?;
    let copy = Places::under(&folder.path().join("node"));
    std::fs::create_dir(&copy.state)?;
    for name in BESIDE {
        let from = places.state.join(name);
        if from.exists() {
            copied(&from, &copy.state.join(name))?;
        }
    }
    // the key itself is not copied
    std::os::unix::fs::symlink(std::path::absolute(places.root_key())?, copy.root_key())?;
    standing(copy).await
}

/// Copies a file, or a folder with all that is in it.
fn copied(from: &Path, to: &Path) -> Result<(), Trouble> {
    if !from.is_dir() {
        std::fs::copy(from, to).map_err(|error| BadInput(format!("{}: {error}", from.display())))?;
        return Ok(());
    }
    std::fs::create_dir(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        copied(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
