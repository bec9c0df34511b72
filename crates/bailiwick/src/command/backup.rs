//! `backup`: a copy of the embedded store, made by the node while it runs, by this process while it does not.

use super::{Outcome, with_store};
use crate::cli::Backup;
use crate::client::Client;
use crate::home::Trouble;
use crate::places::Places;
use crate::print::{self, data, list, number, text, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use bailiwick_node::{BackupError, back_up};
use bailiwick_record::Guard;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(super) async fn backup(client: &Client, asked: Backup, places: Places, json: bool) -> Result<Outcome, Trouble> {
    let out = std::path::absolute(&asked.out)?;
    let shown = out.to_str().ok_or_else(|| BadInput(format!("{}: the path must be UTF-8", out.display())))?;
    let written = if client.answers().await {
        if asked.store.is_some() {
            return Err(BadInput("a node answers, and its store is copied: leave `--store` away".to_owned()).into());
        }
        let status = client.get("/v1/status").await?;
        let store = status.get("places").map(|places| text(places, "store").to_owned()).unwrap_or_default();
        not_ours(&store, shown)?;
        client.post("/v1/backup", &Json::object([("file", Json::from(shown))])).await?
    } else {
        let places = with_store(places, asked.store);
        not_ours(&places.store, shown)?;
        tokio::task::spawn_blocking(move || alone(&places, out)).await??
    };
    if json {
        print::json(&written);
        return Ok(Outcome::Done);
    }
    data(text(&written, "file"));
    for log in list(&written, "logs") {
        words(&format!(
            "{}: {} events, root {}; read again and compared",
            text(log, "name"),
            number(log, "size"),
            text(log, "root")
        ));
    }
    words(&format!("{} bytes", number(&written, "bytes")));
    words("not in it, and to be kept apart from it and from each other:");
    words(
        "  root.key     opens what is sealed in it: without it the backup cannot be served, and who has both reads all",
    );
    words(
        "  checkpoints  what the node has seen of its log: leave it beside the node, so that an old backup is noticed",
    );
    Ok(Outcome::Done)
}

/// A database of its own has its own tool, which is as consistent.
fn not_ours(store: &str, out: &str) -> Result<(), BadInput> {
    if store.starts_with("sqlite:") {
        return Ok(());
    }
    // Nobody is shown the password, nor told to type it where others see it.
    let store = bailiwick_store::shown(store).replace(":…@", "@");
    Err(BadInput(format!(
        "the store is a PostgreSQL database, which has a tool of its own for this; it may run while nodes do:\n  \
         pg_dump --format=custom --file={} {}\n\
         a password goes into PGPASSFILE; root.key and checkpoints are not in it: keep them apart",
        quoted(out),
        quoted(&store)
    )))
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// With no node running, its store is opened here, under its lock.
fn alone(places: &Places, out: PathBuf) -> Result<Json, Trouble> {
    let path = places.store.strip_prefix("sqlite:").unwrap_or_default();
    if !Path::new(path).exists() {
        return Err(BadInput(format!("there is no store at `{path}`: nothing was copied")).into());
    }
    let store = bailiwick_store::open(&places.store)?;
    let guard = Guard::open(&places.guard())?;
    let mut known = BTreeMap::new();
    for (tenant, _) in store.tenants()? {
        known.extend(guard.mark(tenant).map(|mark| (tenant, mark)));
    }
    let written = match back_up(store.as_ref(), &known, &out) {
        Err(BackupError::There(path)) => return Err(BadInput(BackupError::There(path).to_string()).into()),
        written => written?,
    };
    let logs = written.logs.iter().map(|log| {
        Json::object([
            ("epoch", Json::from(u64::from(log.epoch))),
            ("name", Json::from(log.name.as_str())),
            ("root", Json::from(log.root.to_string().as_str())),
            ("size", Json::from(log.size)),
            ("tenant", Json::from(log.tenant.to_string().as_str())),
        ])
    });
    Ok(Json::object([
        ("bytes", Json::from(written.bytes)),
        ("file", Json::from(written.file.display().to_string().as_str())),
        ("logs", Json::array(logs)),
    ]))
}

#[cfg(test)]
mod tests;
