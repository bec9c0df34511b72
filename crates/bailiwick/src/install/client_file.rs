//! A client's configuration: one entry of it is read or replaced, and all else stays as it was written. This runs under the
//! account whose file it is: a link that its owner put there leads nowhere that the owner may not go.

use crate::cli::{FileAct, InstallFile};
use crate::command::Outcome;
use crate::home::Trouble;
use crate::print::data;
use crate::trust::BadInput;
use bailiwick_identity::SigningKey;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::fmt;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The largest configuration.
const FILE_BYTES_MAX: u64 = 8 << 20;
/// Where clients keep their servers.
const TOPS: [&str; 2] = ["mcpServers", "servers"];
/// What a copy of before is called besides.
pub(super) const BEFORE: &str = "before-bailiwick";

/// The members of an object, in their order, each as it was written.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut out: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if out.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom(format!("`{}` stands twice", name.escape_debug())));
                    }
                    out.push((name, value));
                }
                Ok(Members(out))
            }
        }
        d.deserialize_map(Each)
    }
}

impl Members {
    fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_ref())
    }

    /// With another value of a name, in its place; at the end where there is none.
    fn with(mut self, name: &str, value: &str) -> Result<Self, serde_json::Error> {
        let value = RawValue::from_string(value.to_owned())?;
        match self.0.iter_mut().find(|(other, _)| other == name) {
            Some((_, own)) => *own = value,
            None => self.0.push((name.to_owned(), value)),
        }
        Ok(self)
    }

    fn write(&self, depth: usize) -> Result<String, serde_json::Error> {
        let mut out = String::from("{");
        for (index, (name, value)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            out.push_str(&format!(
                "{comma}\n{}{}: {}",
                "  ".repeat(depth + 1),
                serde_json::to_string(name)?,
                value.get()
            ));
        }
        out.push_str(&format!("\n{}}}", "  ".repeat(depth)));
        Ok(out)
    }
}

/// An entry, as it was written.
pub(super) fn entry(text: &str, name: &str) -> Result<Option<String>, serde_json::Error> {
    let whole: Members = serde_json::from_str(text)?;
    let Some(servers) = TOPS.iter().find_map(|top| whole.get(top)) else { return Ok(None) };
    let servers: Members = serde_json::from_str(servers.get())?;
    Ok(servers.get(name).map(|entry| entry.get().to_owned()))
}

/// The configuration with another entry of this name.
pub(super) fn with_entry(text: &str, name: &str, entry: &str) -> Result<String, serde_json::Error> {
    let whole: Members = serde_json::from_str(text)?;
    let top = TOPS.into_iter().find(|top| whole.get(top).is_some()).unwrap_or("mcpServers");
    let servers: Members = serde_json::from_str(whole.get(top).map_or("{}", RawValue::get))?;
    // Written anew, so that what was printed for a terminal does not stand there.
    let entry: serde_json::Value = serde_json::from_str(entry)?;
    let servers = servers.with(name, &entry.to_string())?.write(1)?;
    Ok(whole.with(top, &servers)?.write(0)? + "\n")
}

/// Does what was asked with a file of this account.
///
/// # Errors
/// When the file cannot be read, understood or written.
pub(crate) fn act(asked: &InstallFile) -> Result<Outcome, Trouble> {
    let path = &asked.path;
    let unread = |error: &dyn fmt::Display| BadInput(format!("{}: {error}", path.display()));
    match asked.what {
        FileAct::Entry => {
            let found = entry(&read(path)?, &asked.name).map_err(|error| unread(&error))?;
            // On one line, so that who asked reads one.
            let found: serde_json::Value = serde_json::from_str(found.as_deref().unwrap_or("null"))?;
            data(&found.to_string());
        }
        FileAct::Put => {
            let now = with_entry(&read(path)?, &asked.name, &standard_input()?).map_err(|error| unread(&error))?;
            replace(path, &now)?;
        }
        FileAct::Restore => {
            let before = entry(&read(&beside(path, BEFORE))?, &asked.name).map_err(|error| unread(&error))?;
            let before =
                before.ok_or_else(|| unread(&format_args!("it had no `{}` before", asked.name.escape_debug())))?;
            let now = with_entry(&read(path)?, &asked.name, &before).map_err(|error| unread(&error))?;
            replace(path, &now)?;
        }
        FileAct::Public => {
            let text = zeroize::Zeroizing::new(read(path)?.into_bytes());
            let key = SigningKey::parse(&text).map_err(|error| unread(&error))?;
            data(&key.public().to_jwk());
        }
        FileAct::Key => {
            let folder = path.parent().ok_or_else(|| unread(&"it stands in no folder"))?;
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| unread(&error))?;
            if path.exists() {
                return Err(unread(&"it is there already").into());
            }
            let fresh = beside(path, "new");
            write(&fresh, 0o600, standard_input()?.as_bytes())?;
            // Whole or not at all: half a key would stand in the way of the next try.
            fs::rename(&fresh, path)?;
        }
    }
    Ok(Outcome::Done)
}

fn read(path: &Path) -> Result<String, BadInput> {
    let bad = |error: &dyn fmt::Display| BadInput(format!("{}: {error}", path.display()));
    let mut text = String::new();
    let file = fs::File::open(path).map_err(|error| bad(&error))?;
    let count = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| bad(&error))?;
    if u64::try_from(count).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        return Err(bad(&format_args!("it has more than {FILE_BYTES_MAX} bytes")));
    }
    Ok(text)
}

fn standard_input() -> Result<String, Trouble> {
    let mut text = String::new();
    std::io::stdin().take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

/// What a file is called that stands beside another.
fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{what}"));
    PathBuf::from(name)
}

fn write(path: &Path, mode: u32, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Writes it beside and puts it in place whole. What was there the first time is kept.
fn replace(path: &Path, text: &str) -> Result<(), Trouble> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    let (kept, fresh) = (beside(path, BEFORE), beside(path, "new"));
    // Only the first one is as it was: what came later was ours.
    if !kept.exists() {
        write(&fresh, 0o600, &fs::read(path)?)?;
        fs::rename(&fresh, &kept)?;
    }
    write(&fresh, mode, text.as_bytes())?;
    // A crash before this leaves the configuration as it was, and the next try writes the other file anew.
    fs::rename(&fresh, path)?;
    Ok(())
}

#[cfg(test)]
mod tests;
