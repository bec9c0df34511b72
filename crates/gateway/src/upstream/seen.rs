//! What is seen of a server's identity: digests of the files that its command names.

use super::target::StdioTarget;
use bailiwick_catalogue::{runs_a_file, takes_a_value};
use bailiwick_core::json::{Json, Object};
use sha2::{Digest as _, Sha256};
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file that is longer is not looked at: the server counts as one that was not seen.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// Endings of files that are run rather than read.
const RUN_ENDINGS: [&str; 14] =
    ["cjs", "cts", "jar", "js", "mjs", "mts", "php", "pl", "py", "pyz", "rb", "sh", "ts", "wasm"];

/// The digests of the executable and of the programs among its arguments. Reads whole files.
pub(crate) fn files(target: &StdioTarget) -> Object {
    let directory = target.directory.clone().unwrap_or_else(|| PathBuf::from("."));
    let mut seen = Object::default();
    if let Some(digest) = program(target, &directory).and_then(|path| digest(&path)) {
        seen.insert("executable", Json::from(digest));
    }
    if let Some(digest) = scripts(target, &directory) {
        seen.insert("script", Json::from(digest));
    }
    seen
}

/// The digest of the script, found as interpreters find it, or of all programs among the arguments where there are more.
/// Files that are only read are the server's data: they change, and it stays who it is.
fn scripts(target: &StdioTarget, directory: &Path) -> Option<String> {
    let program = target.program.to_string_lossy();
    let mut script_wanted = runs_a_file(&program);
    let mut value_of_option = false;
    let mut found = Vec::new();
    for (place, argument) in target.args.iter().enumerate() {
        let bytes = argument.as_encoded_bytes();
        let is_value = std::mem::replace(&mut value_of_option, takes_a_value(&program, &argument.to_string_lossy()));
        let is_option = bytes.starts_with(b"-") || bytes.starts_with(b"+");
        // an option may bring its value with it: `--import=hook.mjs`
        let text = argument.to_string_lossy();
        let named = match text.split_once('=').filter(|_| is_option) {
            Some((_, value)) => directory.join(value),
            None => directory.join(argument),
        };
        if !named.is_file() {
            continue;
        }
        let is_script = script_wanted && !is_option && !is_value;
        script_wanted &= !is_script;
        if is_script || is_run(&named) {
            // One that cannot be read, or is too long, is not seen: then nothing of the rest says who the server is.
            found.push((place, digest(&named)?));
        }
    }
    match found.as_slice() {
        [] => None,
        [(_, only)] => Some(only.clone()),
        several => {
            let lines: Vec<String> = several.iter().map(|(place, digest)| format!("{place} {digest}")).collect();
            Some(bailiwick_core::sha256(format!("bailiwick/scripts/1\0{}", lines.join("\n")).as_bytes()).to_string())
        }
    }
}

/// Whether a file is a program: by its ending, by its first bytes, or because it may be executed.
fn is_run(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    if ending.is_some_and(|ending| RUN_ENDINGS.contains(&ending.as_str())) {
        return true;
    }
    if rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok() {
        return true;
    }
    let mut first = [0; 2];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && first == *b"#!"
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
