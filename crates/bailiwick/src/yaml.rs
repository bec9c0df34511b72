//! Documents from files: YAML (and so JSON), several to a file, read as strictly as everything else.

use bailiwick_core::Document;
use bailiwick_core::json::Json;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why files are not documents.
#[derive(Debug)]
pub(crate) enum BadFile {
    /// It cannot be read.
    Io(PathBuf, std::io::Error),
    /// It is not what it should be.
    Form(String, String),
}

impl fmt::Display for BadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Form(place, why) => write!(f, "{place}: {why}"),
        }
    }
}
impl std::error::Error for BadFile {}

/// The documents of a text. `place` names it in errors.
///
/// # Errors
/// [`BadFile`] naming the document and the field.
pub(crate) fn documents(place: &str, text: &str) -> Result<Vec<Json>, BadFile> {
    let form = |why: String| BadFile::Form(place.to_owned(), why);
    let read: Vec<Json> = serde_saphyr::from_multiple(text).map_err(|error| form(error.to_string()))?;
    for (index, json) in read.iter().enumerate() {
        // Read here as well as by the node, so that the error names the file.
        Document::read(json).map_err(|error| form(format!("document {}: {error}", index + 1)))?;
    }
    Ok(read)
}

/// The documents of a file, or of all `.yaml`, `.yml` and `.json` files of a folder in the order of their names. A
/// `.cedar` file is a policy named after it.
///
/// # Errors
/// [`BadFile`] naming the file and the place in it.
pub(crate) fn from_path(path: &Path) -> Result<Vec<Json>, BadFile> {
    let io = |error| BadFile::Io(path.to_owned(), error);
    if !std::fs::metadata(path).map_err(io)?.is_dir() {
        return from_file(path);
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io)? {
        files.push(entry.map_err(io)?.path());
    }
    files.sort();
    let wanted = |path: &PathBuf| {
        path.extension()
            .and_then(|end| end.to_str())
            .is_some_and(|end| matches!(end, "yaml" | "yml" | "json" | "cedar"))
    };
    let mut out = Vec::new();
    for file in files.iter().filter(|path| wanted(path)) {
        out.extend(from_file(file)?);
    }
    Ok(out)
}

fn from_file(path: &Path) -> Result<Vec<Json>, BadFile> {
    let text = std::fs::read_to_string(path).map_err(|error| BadFile::Io(path.to_owned(), error))?;
    if path.extension().is_some_and(|end| end == "cedar") {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or("policy");
        return Ok(vec![policy(name, &text)]);
    }
    documents(&path.display().to_string(), &text)
}

/// A policy document of this text.
pub(crate) fn policy(name: &str, cedar: &str) -> Json {
    Json::object([("cedar", Json::from(cedar)), ("kind", Json::from("policy")), ("name", Json::from(name))])
}
