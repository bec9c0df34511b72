//! Documents from files: YAML (and so JSON), several to a file, read as strictly as everything else. What is wrong is told
//! with file, line and field.

mod cases;
mod node;

use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{Document, dotted};
pub(crate) use cases::{CaseFile, case_files, documents_beside, whole};
use node::Node;
use serde_saphyr::{Error, Spanned};
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The most bytes of one file: more than a node takes at once.
const FILE_BYTES_MAX: u64 = 20 << 20;

/// The most mistakes that are told in words at once; programs are told all.
const WRONG_TOLD_MAX: usize = 20;

/// A line and a column, from 1; 0 where it is not known.
type At = (u64, u64);

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) file: String,
    pub(crate) at: At,
    /// The field, as `grant[0].when`.
    pub(crate) field: String,
    pub(crate) why: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.at.0 > 0 {
            write!(f, ":{}:{}", self.at.0, self.at.1)?;
        }
        if !self.field.is_empty() {
            write!(f, ": `{}`", self.field)?;
        }
        write!(f, ": {}", self.why)
    }
}

/// Why files are not documents: all that is wrong, in the order of the files.
#[derive(Debug)]
pub(crate) struct BadFile(pub(crate) Vec<Wrong>);

impl BadFile {
    fn one(file: &str, why: impl fmt::Display) -> Self {
        Self(vec![Wrong { file: file.to_owned(), at: (0, 0), field: String::new(), why: why.to_string() }])
    }

    /// For programs.
    pub(crate) fn places(&self) -> Vec<Json> {
        let one = |wrong: &Wrong| {
            Json::object([
                ("column", Json::from(wrong.at.1)),
                ("field", Json::from(wrong.field.as_str())),
                ("file", Json::from(wrong.file.as_str())),
                ("line", Json::from(wrong.at.0)),
                ("why", Json::from(wrong.why.as_str())),
            ])
        };
        self.0.iter().map(one).collect()
    }
}

impl fmt::Display for BadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self.0.iter().take(WRONG_TOLD_MAX).map(ToString::to_string).collect();
        let more = self.0.len().saturating_sub(WRONG_TOLD_MAX);
        if more > 0 {
            lines.push(format!("and {more} more mistakes"));
        }
        f.write_str(&lines.join("\n"))
    }
}
impl std::error::Error for BadFile {}

/// A document, and where each part of it stands.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) json: Json,
    pub(crate) file: String,
    /// The field that the whole text is, where the file is a policy's own and no document.
    pub(crate) own: Option<&'static str>,
    at: At,
    node: Option<Node>,
}

impl Placed {
    /// What is wrong at this place.
    pub(crate) fn wrong(&self, at: &Pointer, why: &str) -> Wrong {
        let found = self.node.as_ref().map(|node| node.locate(at)).filter(|found| found.0 > 0);
        // a policy's own file has the field's value and nothing else
        let field = if self.own.is_some() { String::new() } else { dotted(at) };
        Wrong { file: self.file.clone(), at: found.unwrap_or(self.at), field, why: why.to_owned() }
    }
}

/// The documents of a text. `file` names it in errors.
///
/// # Errors
/// [`BadFile`] naming the line and the field.
pub(crate) fn documents(file: &str, text: &str) -> Result<Vec<Placed>, BadFile> {
    let read = placed(file, text)?;
    if read.wrong.is_empty() { Ok(read.documents) } else { Err(BadFile(read.wrong)) }
}

/// The documents of some files, and what of them is wrong.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) documents: Vec<Placed>,
    pub(crate) wrong: Vec<Wrong>,
    /// A file could not be read, or is no YAML: its documents are not among these.
    pub(crate) lacks: bool,
}

fn placed(file: &str, text: &str) -> Result<Read, BadFile> {
    let options = serde_saphyr::options! { reject_unsupported_tags: true, with_snippet: false };
    let read: Vec<Spanned<Node>> =
        serde_saphyr::from_multiple_with_options(text, options).map_err(|error| syntax(file, &error))?;
    if read.is_empty() {
        return Err(BadFile::one(file, "there is no document in it"));
    }
    let mut wrong = Vec::new();
    let mut out = Vec::with_capacity(read.len());
    for Spanned { value, referenced, .. } in read {
        let at = (referenced.line(), referenced.column());
        let json = value.json();
        let placed = Placed { json, file: file.to_owned(), own: None, at, node: Some(value) };
        // Read here as well as by the node, so that a file is told wrong where no node runs.
        let (document, faults) = Document::read_all(&placed.json);
        let own = document.map(|document| document.faults()).unwrap_or_default();
        wrong.extend(faults.iter().chain(&own).map(|fault| placed.wrong(&fault.at, &fault.why)));
        out.push(placed);
    }
    Ok(Read { documents: out, wrong, lacks: false })
}

/// What is no YAML, in our words.
fn syntax(file: &str, error: &Error) -> BadFile {
    let error = error.without_snippet();
    let at = error.location().map_or((0, 0), |place| (place.line(), place.column()));
    let why = match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("the key `{}` stands twice", key.escape_debug()),
        Error::DuplicateMappingKey { key: None, .. } => "a key stands twice".to_owned(),
        Error::UnsupportedTag { tag, .. } => format!("the tag `{}` means nothing here", tag.escape_debug()),
        Error::UnknownAnchor { .. } => "an alias names an anchor that is not there".to_owned(),
        Error::Eof { .. } => "the text ends too early".to_owned(),
        Error::Message { msg, .. } | Error::ExternalMessage { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    BadFile(vec![Wrong { file: file.to_owned(), at, field: String::new(), why }])
}

/// The documents of files, or of all `.yaml`, `.yml`, `.json`, `.cedar` and `.rego` files of folders in the order of their
/// names. A `.cedar` or `.rego` file is a policy named after it.
pub(crate) fn from_paths(paths: &[PathBuf]) -> Read {
    let mut all = Read::default();
    let lacking = |BadFile(wrong)| Read { wrong, lacks: true, ..Read::default() };
    for path in paths {
        let read: Vec<Read> = match files(path) {
            Ok(files) => files.iter().map(|file| from_file(file).unwrap_or_else(lacking)).collect(),
            Err(bad) => vec![lacking(bad)],
        };
        for read in read {
            all.documents.extend(read.documents);
            all.wrong.extend(read.wrong);
            all.lacks |= read.lacks;
        }
    }
    all
}

/// The files that a path means.
fn files(path: &Path) -> Result<Vec<PathBuf>, BadFile> {
    let bad = |error: std::io::Error| BadFile::one(&path.display().to_string(), error);
    if !std::fs::metadata(path).map_err(bad)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(bad)? {
        files.push(entry.map_err(bad)?.path());
    }
    files.sort();
    files.retain(|path| is_document(path));
    if files.is_empty() {
        let why = "there is no .yaml, .yml, .json, .cedar or .rego file in this folder";
        return Err(BadFile::one(&path.display().to_string(), why));
    }
    Ok(files)
}

/// Whether a file of a folder is one of documents.
fn is_document(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str());
    end.is_some_and(|end| matches!(end, "yaml" | "yml" | "json" | "cedar" | "rego")) && !cases::are(path)
}

fn from_file(path: &Path) -> Result<Read, BadFile> {
    let file = path.display().to_string();
    let text = text(path).map_err(|error| BadFile::one(&file, error))?;
    let end = path.extension().and_then(|end| end.to_str());
    let Some(field) = ["cedar", "rego"].into_iter().find(|field| end == Some(*field)) else {
        return placed(&file, &text);
    };
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or("policy");
    let placed = Placed { json: policy_in(field, name, &text), file, own: Some(field), at: (1, 1), node: None };
    let wrong = Document::read(&placed.json).err().map(|error| placed.wrong(&error.at, &error.why));
    Ok(Read { documents: vec![placed], wrong: wrong.into_iter().collect(), lacks: false })
}

/// The text of a file of documents. What is no file may never end, or never begin.
fn text(path: &Path) -> std::io::Result<String> {
    let not = |why: String| std::io::Error::new(std::io::ErrorKind::InvalidInput, why);
    if !std::fs::metadata(path)?.is_file() {
        return Err(not("expected a file or a folder".to_owned()));
    }
    let mut text = String::new();
    std::fs::File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(not(format!("it has more than {FILE_BYTES_MAX} bytes")));
    }
    Ok(text)
}

/// A policy document of this text in Cedar.
pub(crate) fn policy(name: &str, cedar: &str) -> Json {
    policy_in("cedar", name, cedar)
}

fn policy_in(field: &str, name: &str, text: &str) -> Json {
    Json::object([(field, Json::from(text)), ("kind", Json::from("policy")), ("name", Json::from(name))])
}

/// The place of a policy's rules: the field that they stand in.
pub(crate) fn rules_at(document: &Json) -> Pointer {
    let field = ["rego", "bundle"].into_iter().find(|field| document.get(field).is_some());
    Pointer::root().join(field.unwrap_or("cedar"))
}

#[cfg(test)]
mod tests;
