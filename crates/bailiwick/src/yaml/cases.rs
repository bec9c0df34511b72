//! Files of cases, `*.test.yaml`: they stand beside documents and are none.

use super::{BadFile, Placed, Read, syntax, text};
use bailiwick_core::json::Pointer;
use serde_saphyr::Spanned;
use std::path::{Path, PathBuf};

/// The most files of cases of one folder.
const FILES_MAX: usize = 1_000;

/// How the names of such files end.
const ENDS: [&str; 3] = [".test.yaml", ".test.yml", ".test.json"];

/// One document of cases.
pub(crate) struct CaseFile {
    pub(crate) placed: Placed,
}

impl CaseFile {
    /// Where a case stands, as `file:line`.
    pub(crate) fn place(&self, case: usize) -> String {
        let wrong = self.placed.wrong(&Pointer::root().join("cases").index(case), "");
        match wrong.at.0 {
            0 => wrong.file,
            line => format!("{}:{line}", wrong.file),
        }
    }
}

/// Whether a file is one of cases.
pub(super) fn are(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    ENDS.iter().any(|end| name.ends_with(end))
}

/// The files of cases of a folder, in the order of their names.
///
/// # Errors
/// [`BadFile`] naming the line of what is no YAML, or the folder where there is none.
pub(crate) fn case_files(dir: &Path) -> Result<Vec<CaseFile>, BadFile> {
    let bad = |why: &dyn std::fmt::Display| BadFile::one(&dir.display().to_string(), why);
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|error| bad(&error))? {
        paths.push(entry.map_err(|error| bad(&error))?.path());
    }
    paths.retain(|path| are(path));
    paths.sort();
    if paths.is_empty() || paths.len() > FILES_MAX {
        return Err(bad(&format_args!("expected 1 to {FILES_MAX} files `*.test.yaml` in it, found {}", paths.len())));
    }
    let mut out = Vec::new();
    for path in paths {
        let file = path.display().to_string();
        let text = text(&path).map_err(|error| BadFile::one(&file, error))?;
        let options = serde_saphyr::options! { reject_unsupported_tags: true, with_snippet: false };
        let read: Vec<Spanned<super::Node>> =
            serde_saphyr::from_multiple_with_options(&text, options).map_err(|error| syntax(&file, &error))?;
        for Spanned { value, referenced, .. } in read {
            let at = (referenced.line(), referenced.column());
            let placed = Placed { json: value.json(), file: file.clone(), own: None, at, node: Some(value) };
            out.push(CaseFile { placed });
        }
    }
    Ok(out)
}

/// Whether documents stand in a folder, beside cases.
///
/// # Errors
/// [`BadFile`] where it cannot be read.
pub(crate) fn documents_beside(dir: &Path) -> Result<bool, BadFile> {
    let bad = |error: std::io::Error| BadFile::one(&dir.display().to_string(), error);
    for entry in std::fs::read_dir(dir).map_err(bad)? {
        if super::is_document(&entry.map_err(bad)?.path()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Documents of files and folders, whole or not at all.
///
/// # Errors
/// [`BadFile`] with all that is wrong.
pub(crate) fn whole(read: Read) -> Result<Vec<Placed>, BadFile> {
    if read.wrong.is_empty() { Ok(read.documents) } else { Err(BadFile(read.wrong)) }
}
