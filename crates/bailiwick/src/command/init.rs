//! `init`: what a new tenant starts with, as files.

use super::Outcome;
use crate::cli::Init;
use crate::hint::ours;
use crate::home::{Trouble, builtin};
use crate::print::{self, data, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use bailiwick_policy::{STARTER, STARTER_NAME};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Writes the documents and the policy. What is there already is somebody's work, and stays.
pub(super) fn init(asked: &Init, json: bool) -> Result<Outcome, Trouble> {
    let bad = |path: &Path, error: std::io::Error| BadInput(format!("{}: {error}", path.display()));
    fs::create_dir_all(&asked.folder).map_err(|error| bad(&asked.folder, error))?;
    let documents = builtin(fs::metadata(&asked.folder)?.uid());
    let files = [("documents.yaml".to_owned(), documents.as_str()), (format!("{STARTER_NAME}.cedar"), STARTER)];
    let mut written = Vec::new();
    for (name, text) in &files {
        let path = asked.folder.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                written.push(path.display().to_string());
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                words(&format!("{} is there already and was left alone", path.display()));
            }
            Err(error) => return Err(bad(&path, error).into()),
        }
    }
    let next = ours(&format!("apply {}", asked.folder.display()));
    if json {
        let written = written.iter().map(|path| Json::from(path.as_str()));
        print::json(&Json::object([("next", Json::from(next)), ("written", Json::array(written))]));
        return Ok(Outcome::Done);
    }
    written.iter().for_each(|path| data(&format!("wrote {path}")));
    words(&format!(
        "note: {STARTER_NAME}.cedar permits every write that a grant names, also one that cannot be undone; a rule in it, \
         commented out, refuses those"
    ));
    words(&format!("change them, then: {next}"));
    Ok(Outcome::Done)
}
