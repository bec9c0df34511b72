//! `policy bundle`: a signed bundle of Rego becomes a document.

use crate::bundle::{self, FILE_BYTES_MAX};
use crate::cli::Bundle;
use crate::command::Outcome;
use crate::home::Trouble;
use crate::print;
use crate::trust::BadInput;
use bailiwick_core::Document;
use std::io::Read;
use std::path::Path;

/// The most bytes of a key's file.
const KEY_BYTES_MAX: u64 = 16 << 10;

pub(super) fn bundle(asked: &Bundle) -> Result<Outcome, Trouble> {
    let bad = |why: String| BadInput(format!("{}: {why}", asked.file.display()));
    // one byte more than is read, so that what is too large is told by its bound and never read whole
    let file = bytes(&asked.file, FILE_BYTES_MAX as u64)?;
    let key = String::from_utf8(bytes(&asked.key, KEY_BYTES_MAX)?);
    let key = key.map_err(|_| BadInput(format!("{}: expected a public key in PEM form", asked.key.display())))?;
    let stem = asked.file.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next());
    let name = asked.name.as_deref().or(stem).unwrap_or("bundle");
    let text = bundle::read(&file, &key, (name, &asked.entry)).map_err(|error| bad(error.to_string()))?;
    print::json(&Document::Policy(text).json());
    Ok(Outcome::Done)
}

fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, BadInput> {
    let bad = |why: String| BadInput(format!("{}: {why}", path.display()));
    let file = std::fs::File::open(path).map_err(|error| bad(error.to_string()))?;
    let size = file.metadata().map_err(|error| bad(error.to_string()))?.len();
    if size > most {
        return Err(bad(format!("it has {size} bytes, at most {most} are read")));
    }
    let mut out = Vec::new();
    file.take(most + 1).read_to_end(&mut out).map_err(|error| bad(error.to_string()))?;
    Ok(out)
}
