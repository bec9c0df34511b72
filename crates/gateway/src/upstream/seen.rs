//! What is seen of a server's identity: digests of the files that its command names.

use super::target::StdioTarget;
use bailiwick_core::json::{Json, Object};
use sha2::{Digest as _, Sha256};
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file that is longer is not looked at: the server counts as one that was not seen.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// The digests of the executable and of the first file among the arguments, which for an interpreter is the script.
/// Reads whole files.
pub(crate) fn files(target: &StdioTarget) -> Object {
    let directory = target.directory.clone().unwrap_or_else(|| PathBuf::from("."));
    let mut seen = Object::default();
    if let Some(digest) = program(target, &directory).and_then(|path| digest(&path)) {
        seen.insert("executable", Json::from(digest));
    }
    let plain = target.args.iter().find(|argument| !argument.as_encoded_bytes().starts_with(b"-"));
    if let Some(digest) = plain.and_then(|argument| digest(&directory.join(argument))) {
        seen.insert("script", Json::from(digest));
    }
    seen
}

fn program(target: &StdioTarget, directory: &Path) -> Option<PathBuf> {
    let program: &OsStr = &target.program;
    if program.as_encoded_bytes().contains(&b'/') {
        return Some(directory.join(program));
    }
    let search = target.search.as_ref()?;
    std::env::split_paths(search).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn digest(path: &Path) -> Option<String> {
    let file = std::fs::File::open(path).ok()?;
    let about = file.metadata().ok()?;
    if !about.is_file() || about.len() > FILE_BYTES_MAX {
        return None;
    }
    let mut file = file.take(FILE_BYTES_MAX);
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = file.read(&mut buffer).ok()?;
        if count == 0 {
            break;
        }
        hasher.update(buffer.get(..count)?);
    }
    let bytes: [u8; 32] = hasher.finalize().into();
    Some(bailiwick_core::Digest::new(bytes).to_string())
}

#[cfg(test)]
mod tests;
