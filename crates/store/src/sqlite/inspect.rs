//! What is looked at in a file from outside; a node may have it open.

use super::{fail, file};
use crate::{Finding, Inspected, StoreError, schema::PLAN};
use rusqlite::Connection;
use std::{fs, io::ErrorKind, os::unix::fs::MetadataExt, path::Path};

/// A larger file is not read through: who looks waits for it.
const READ_BYTES_MAX: u64 = 2 << 30;
/// SQLite's name for syncing at each commit.
const SYNCHRONOUS_FULL: i64 = 2;

pub(crate) fn inspect(path: &Path) -> Inspected {
    let without = |findings| Inspected { findings, tables: false };
    let shown = path.display();
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(why) if why.kind() == ErrorKind::NotFound => {
            let words = format!("`{shown}` is not there yet: the first node makes it");
            return without(vec![Finding::well("store", words)]);
        }
        Err(why) => {
            let fix = "see to it that this user can read it";
            return without(vec![Finding::wrong("store", format!("`{shown}` cannot be read: {why}"), fix)]);
        }
    };
    let mut findings = Vec::new();
    if about.nlink() > 1 {
        let words = format!("`{shown}` has {} names (hard links), of which each could be opened apart", about.nlink());
        findings.push(Finding::wrong("store names", words, "remove all names but one"));
    }
    if about.len() == 0 {
        findings.push(Finding::well("store", format!("`{shown}` is empty: the first node makes its tables")));
        return without(findings);
    }
    match opened(path) {
        Err(error) => {
            findings.push(Finding::of("store", &error));
            return without(findings);
        }
        Ok((connection, words)) => {
            findings.push(Finding::well("store", format!("`{shown}`: {words}")));
            findings.push(durability(&connection).unwrap_or_else(|error| Finding::of("durability", &error)));
            findings.push(if about.len() > READ_BYTES_MAX {
                let words = "not read, there are too many to do so in a moment; `bailiwick backup` reads all of them";
                Finding::well("store pages", words)
            } else {
                whole(&connection).unwrap_or_else(|error| Finding::of("store pages", &error))
            });
        }
    }
    Inspected { findings, tables: true }
}

fn opened(path: &Path) -> Result<(Connection, String), StoreError> {
    let connection = file::reader(path)?;
    let found = file::found(&connection)?;
    PLAN.usable(found)?;
    Ok((connection, format!("tables of version {}", PLAN.version)))
}

fn durability(connection: &Connection) -> Result<Finding, StoreError> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(fail::of)?;
    let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).map_err(fail::of)?;
    let words = format!("journal `{mode}`, synchronous `{synchronous}`");
    if synchronous == SYNCHRONOUS_FULL {
        Ok(Finding::well("durability", format!("{words}: each commit is forced to disk")))
    } else {
        let fix = "use the bailiwick that was built with its own SQLite";
        Ok(Finding::wrong("durability", format!("{words}: a commit may be lost"), fix))
    }
}

fn whole(connection: &Connection) -> Result<Finding, StoreError> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(fail::of)?;
    if found == "ok" {
        return Ok(Finding::well("store pages", "all pages are whole"));
    }
    Ok(Finding::wrong("store pages", format!("the file is damaged: {found}"), "put the newest good copy in its place"))
}
