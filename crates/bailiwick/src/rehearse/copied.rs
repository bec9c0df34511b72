//! What is rehearsed with: documents and reviewed words, copied from a node, from a home whose node does not run, or from files.

use super::act::Act;
use super::answers::{self, Answers};
use super::made;
use super::recorded::{self, Recorded, Source};
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

/// What is on record of results, by tool.
type Record = BTreeMap<String, Recorded>;

/// A copy of a configuration. Nothing of where it came from is held open.
#[derive(Debug, Clone, Default)]
pub(super) struct Copied {
    /// All documents.
    pub(super) documents: Vec<Json>,
    /// The words of each tool that may be called, by server.
    pub(super) words: BTreeMap<String, Vec<Json>>,
    /// How each tool answers of which something is on record.
    pub(super) answers: BTreeMap<String, Answers>,
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
        let (mut copied, recorded) = match client.get("/v1/documents").await {
            Ok(stands) => Self::with_record(&stands, &Source::Node(client)).await,
            Err(trouble) if !trouble.downcast_ref::<NoNode>().is_some_and(NoNode::is_nobody) => return Err(trouble),
            Err(_) if places.has_store() => {
                words("no node runs here: its store is copied, and the copy is read");
                of_store(places).await?
            }
            Err(trouble) if candidate.is_empty() => return Err(trouble),
            Err(_) => {
                words("no node runs here: the documents are rehearsed over what a new tenant starts with");
                let starts = super::folder::Folder::new()?;
                standing(Places::under(&starts.path().join("node"))).await?
            }
        };
        if !candidate.is_empty() {
            yaml::whole(yaml::from_paths(candidate))?.into_iter().for_each(|placed| copied.put(placed.json));
        }
        copied.leave_out();
        made::words(&mut copied);
        // what is on record is given again as the documents have it that are rehearsed
        copied.answers = answers::of(&copied, recorded);
        Ok(copied)
    }

    /// What stands, with what is on record of the results of its tools.
    async fn with_record(stands: &Json, source: &Source<'_>) -> (Self, Record) {
        let mut copied = Self::read(stands);
        let named = |(server, tools): (&String, &Vec<Json>)| {
            tools.iter().map(|tool| format!("{server}/{}", text(tool, "name"))).collect::<Vec<_>>()
        };
        let tools = copied.words.iter().flat_map(named).collect();
        let recorded = recorded::read(source, &tools).await.unwrap_or_else(|why| {
            copied.notes.push(format!("the record could not be read, so answers are made of schemas: {why}"));
            Record::new()
        });
        (copied, recorded)
    }

    fn read(stands: &Json) -> Self {
        let mut words: BTreeMap<String, Vec<Json>> = BTreeMap::new();
        for tool in list(stands, "tools") {
            let server = text(tool, "tool").split('/').next().unwrap_or_default().to_owned();
            words.entry(server).or_default().extend(tool.get("words").cloned());
        }
        let suspended = list(stands, "suspended").iter().filter_map(Json::as_str).map(str::to_owned).collect();
        Self { documents: list(stands, "documents").to_vec(), words, suspended, ..Self::default() }
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

    /// The document of a server.
    pub(super) fn server(&self, name: &str) -> Option<&Json> {
        self.of_kind("server").find(|server| text(server, "name") == name)
    }

    /// The classes of data that an act may bring, as documents say.
    pub(super) fn classes(&self, act: &Act) -> Vec<String> {
        let bind = self.tool(&act.tool.to_string()).and_then(|tool| tool.get("bind")).unwrap_or(&Json::Null);
        let of_all = match bind.get("classes") {
            Some(_) => list(bind, "classes"),
            None => self.server(act.tool.server().as_str()).map(|server| list(server, "classes")).unwrap_or_default(),
        };
        let result = bind.get("result").unwrap_or(&Json::Null);
        let by_field = list(result, "fields").iter().chain(list(result, "values")).map(|field| text(field, "class"));
        let all = of_all.iter().filter_map(Json::as_str).chain(by_field);
        all.filter(|class| !class.is_empty()).map(str::to_owned).collect()
    }

    /// The rules that keep classes of data from zones.
    pub(super) fn flows(&self) -> impl Iterator<Item = &Json> {
        self.of_kind("rule").filter_map(|rule| rule.get("flow"))
    }

    /// Whether a rule keeps back what an act brings.
    pub(super) fn holds_back(&self, act: &Act) -> bool {
        let classes = self.classes(act);
        let held = |class: &Json| classes.iter().any(|own| class.as_str() == Some(own));
        self.flows().any(|flow| list(flow, "classes").iter().any(held))
    }

    /// The document of one tool, where a person has described it.
    pub(super) fn tool(&self, tool: &str) -> Option<&Json> {
        self.of_kind("tool").find(|document| text(document, "tool") == tool)
    }
}

/// What stands in a home that nobody has open.
async fn standing(places: Places) -> Result<(Copied, Record), Trouble> {
    let home = Home::alone(places).await?;
    let stands = home.api.configuration().map_err(|problem| problem.detail);
    let read = match stands {
        Ok(stands) => Ok(Copied::with_record(&stands, &Source::Copy(&home)).await),
        Err(why) => Err(why),
    };
    home.node.close().await?;
    Ok(read?)
}

/// What stands in a store whose node does not run: of a copy, so that the store stays as it is, to the byte.
async fn of_store(places: &Places) -> Result<(Copied, Record), Trouble> {
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
