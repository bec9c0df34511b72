//! A bundle of Rego as OPA makes it: a compressed archive with a signature over every file of it. It is read whole, bounded
//! before it is unpacked, and nothing of it is used before the signature held.

mod archive;
mod form;
mod signed;
#[cfg(test)]
mod tests;

use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{Digest, Document, PolicyText, RegoBundle, sha256};
use std::collections::BTreeMap;
use std::fmt;

/// The most bytes of a bundle's file.
pub(crate) const FILE_BYTES_MAX: usize = 1 << 20;
/// The most bytes of all that it holds.
const WHOLE_BYTES_MAX: usize = 4 << 20;
const MANIFEST: &str = ".manifest";
const DATA: &str = "data.json";

/// Why a bundle is not one, or not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadBundle(String);

impl BadBundle {
    fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for BadBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for BadBundle {}

/// The policy that a bundle holds, once its signature was checked with the key.
///
/// # Errors
/// [`BadBundle`] where it is unsigned, signed by another, changed, too large, or holds what is not read here.
pub(crate) fn read(file: &[u8], key: &str, (name, entry): (&str, &str)) -> Result<PolicyText, BadBundle> {
    if file.len() > FILE_BYTES_MAX {
        let found = file.len();
        return Err(BadBundle::new(format!("the bundle has {found} bytes, at most {FILE_BYTES_MAX} are read")));
    }
    let key = signed::Key::read(key)?;
    let files = archive::files(&archive::unpacked(file, WHOLE_BYTES_MAX)?)?;
    let files = signed::checked(files, &key)?;
    let manifest = files.get(MANIFEST).map(|bytes| json(MANIFEST, bytes)).transpose()?.unwrap_or(Json::Null);
    let revision = manifest.get("revision").and_then(Json::as_str).unwrap_or_default().to_owned();
    let (mut modules, mut data) = (BTreeMap::new(), Json::object::<&str>([]));
    for (path, bytes) in files.iter().filter(|(path, _)| *path != MANIFEST) {
        let place: Vec<&str> = path.split('/').collect();
        match place.split_last() {
            Some((_, _)) if path.ends_with(".rego") => {
                let text = String::from_utf8(bytes.clone());
                let text = text.map_err(|_| BadBundle::new(format!("`{path}` is not UTF-8")))?;
                modules.insert(path.clone(), text);
            }
            Some((&DATA, folders)) => data = with(data, folders, json(path, bytes)?, path)?,
            _ => return Err(BadBundle::new(format!("`{path}` is neither Rego nor `{DATA}`, and is not read here"))),
        }
    }
    rooted(&roots(&manifest)?, &modules, &data)?;
    let bundle =
        RegoBundle { data, entry: entry.to_owned(), key: key.digest(), modules, revision, sha256: sha256(file) };
    let text = PolicyText { name: name.to_owned(), cedar: None, rego: None, bundle: Some(bundle), opa: None };
    let size = Document::Policy(text.clone()).bytes().len();
    if size > Document::BYTES_MAX {
        let most = Document::BYTES_MAX;
        return Err(BadBundle::new(format!("what it holds has {size} bytes as a document, at most {most} are read")));
    }
    Ok(text)
}

fn json(path: &str, bytes: &[u8]) -> Result<Json, BadBundle> {
    Json::parse(bytes, &Limits::stored()).map_err(|error| BadBundle::new(format!("`{path}`: {error}")))
}

/// The data with what a file of a folder says at that folder's place; two files that say one thing are a mistake.
fn with(data: Json, folders: &[&str], value: Json, path: &str) -> Result<Json, BadBundle> {
    let not = || BadBundle::new(format!("`{path}` and another file both say what stands at one place of the data"));
    let Json::Object(mut members) = data else { return Err(not()) };
    match folders.split_first() {
        Some((first, rest)) => {
            let inner = members.remove(first).unwrap_or_else(|| Json::object::<&str>([]));
            members.insert(*first, with(inner, rest, value, path)?);
        }
        None => {
            let Json::Object(own) = value else { return Err(BadBundle::new(format!("`{path}` is not an object"))) };
            for (name, value) in own.iter() {
                if members.insert(name.to_owned(), value.clone()).is_some() {
                    return Err(not());
                }
            }
        }
    }
    Ok(Json::Object(members))
}

/// What the manifest says that the bundle speaks of; all where it says nothing.
fn roots(manifest: &Json) -> Result<Vec<Vec<String>>, BadBundle> {
    let Some(roots) = manifest.get("roots") else { return Ok(vec![Vec::new()]) };
    let bad = || BadBundle::new(format!("`{MANIFEST}`: `roots` is not a list of paths"));
    let Json::Array(roots) = roots else { return Err(bad()) };
    let path = |root: &Json| {
        let parts = root.as_str().ok_or_else(bad)?.split('/').filter(|part| !part.is_empty());
        Ok(parts.map(str::to_owned).collect())
    };
    roots.iter().map(path).collect()
}

/// Nothing of it stands outside of the roots that its manifest names.
fn rooted(roots: &[Vec<String>], modules: &BTreeMap<String, String>, data: &Json) -> Result<(), BadBundle> {
    for (path, module) in modules {
        let package = package(module).ok_or_else(|| BadBundle::new(format!("`{path}` names no package")))?;
        let parts: Vec<&str> = package.split('.').collect();
        if !roots
            .iter()
            .any(|root| parts.iter().zip(root).take_while(|(one, other)| **one == other.as_str()).count() == root.len())
        {
            return Err(BadBundle::new(format!("`{path}` is of package `{package}`, outside of the roots")));
        }
    }
    if let Some(place) = outside(data, roots, &mut Vec::new()) {
        return Err(BadBundle::new(format!("the data at `{place}` stands outside of the roots")));
    }
    Ok(())
}

/// The package that a module's first line of code names. Whoever compiles it reads it anew.
fn package(module: &str) -> Option<&str> {
    let first = module.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    first.strip_prefix("package ")?.split([' ', '\t', '#', ';']).find(|part| !part.is_empty())
}

/// A place of the data that no root leads to.
fn outside(data: &Json, roots: &[Vec<String>], at: &mut Vec<String>) -> Option<String> {
    if roots.iter().any(|root| root.len() <= at.len() && root.iter().zip(at.iter()).all(|(one, other)| one == other)) {
        return None;
    }
    let leads = |at: &[String]| roots.iter().any(|root| at.iter().zip(root).all(|(one, other)| one == other));
    match data {
        Json::Object(members) if leads(at) => members.iter().find_map(|(name, value)| {
            at.push(name.to_owned());
            let found = outside(value, roots, at);
            at.pop();
            found
        }),
        _ => Some(at.join("/")),
    }
}

/// The digest that names a key.
fn digest_of(key: &[u8]) -> Digest {
    sha256(key)
}
