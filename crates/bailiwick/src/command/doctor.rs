//! `doctor`: looks whether all is well, and says what to do about each thing that is not.

mod files;

use super::Outcome;
use super::key::is_held;
use crate::client::Client;
use crate::connect::clock;
use crate::hint::here;
use crate::home::Trouble;
use crate::keys::{ROOT_ELSEWHERE, is_of_another, not_held};
use crate::places::Places;
use crate::print::{self, data, foreign, list, number, text, words};
use bailiwick_core::TenantId;
use bailiwick_core::json::Json;
use bailiwick_node::{Reaches, Vault, compare_row, standings};
use bailiwick_record::{Guard, RootFile, Standing, system_random};
use bailiwick_store::Store;
use std::path::Path;
use std::sync::Arc;

/// How far the store's time may be from this machine's before somebody should look.
const CLOCK_MICROS_MAX: u64 = 5_000_000;

/// One thing that was looked at; `well` is `None` where it is only to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Check {
    name: String,
    well: Option<bool>,
    words: String,
    fix: Option<String>,
}

impl Check {
    fn well(name: &str, words: impl Into<String>) -> Self {
        Self { name: name.to_owned(), well: Some(true), words: words.into(), fix: None }
    }
    fn wrong(name: &str, words: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name: name.to_owned(), well: Some(false), words: words.into(), fix: Some(fix.into()) }
    }
    fn note(name: &str, words: impl Into<String>) -> Self {
        Self { name: name.to_owned(), well: None, words: words.into(), fix: None }
    }

    fn json(&self) -> Json {
        Json::object([
            ("check", Json::from(self.name.as_str())),
            ("fix", self.fix.as_deref().map_or(Json::Null, Json::from)),
            ("well", self.well.map_or(Json::Null, Json::from)),
            ("words", Json::from(self.words.as_str())),
        ])
    }

    /// As the node tells it.
    fn read(json: &Json) -> Self {
        Self {
            name: text(json, "check").to_owned(),
            well: json.get("well").and_then(Json::as_bool),
            words: text(json, "words").to_owned(),
            fix: json.get("fix").and_then(Json::as_str).map(str::to_owned),
        }
    }

    fn tell(&self, json: bool) {
        if json {
            print::json(&self.json());
            return;
        }
        let verdict = match self.well {
            Some(true) => "well ",
            Some(false) => "WRONG",
            None => "note ",
        };
        data(&format!("{verdict}  {}: {}", foreign(&self.name), foreign(&self.words)));
        if let Some(fix) = &self.fix {
            data(&format!("         {}", here(&foreign(fix))));
        }
    }
}

pub(super) async fn doctor(client: &Client, places: &Places, json: bool) -> Result<Outcome, Trouble> {
    let mut checks = Vec::new();
    checks.extend(files::home(&places.state));
    let mut root = root_key(&places.root_key());
    let runs = client.answers().await;
    // One that can be read may yet be another than the node read when it started.
    if runs && root.well != Some(false) && client.get("/v1/keys").await.is_ok_and(|keys| !is_held(&keys)) {
        root = Check::wrong("root key", not_held(&places.root_key()), ROOT_ELSEWHERE);
    }
    checks.push(root);
    checks.push(files::room(&places.state));
    if runs {
        checks.push(Check::well("node", format!("it answers at {}", places.socket.display())));
        match client.get("/v1/doctor").await {
            Ok(told) => {
                checks.extend(list(&told, "checks").iter().map(Check::read));
                checks.push(time(number(&told, "now"), clock().0));
            }
            Err(trouble) => checks.push(Check::wrong("node", trouble.to_string(), "look into its log; start it again")),
        }
    } else {
        let words = format!("none runs at {}: servers, agents and tasks were not looked at", places.socket.display());
        checks.push(Check::note("node", words));
        let places = places.clone();
        checks.extend(tokio::task::spawn_blocking(move || asleep(&places)).await??);
    }
    checks.iter().for_each(|check| check.tell(json));
    let wrong = checks.iter().filter(|check| check.well == Some(false)).count();
    if !json {
        words(&match wrong {
            0 => format!("all is well: {} checks", checks.len()),
            1 => format!("1 of {} checks is wrong", checks.len()),
            wrong => format!("{wrong} of {} checks are wrong", checks.len()),
        });
    }
    Ok(if wrong == 0 { Outcome::Done } else { Outcome::No })
}

/// The root key: read, and not kept.
fn root_key(path: &Path) -> Check {
    match RootFile::open(path) {
        Ok(Some(_)) => {
            Check::well("root key", format!("`{}` can be read. Keep a copy of it elsewhere", path.display()))
        }
        Ok(None) => Check::note("root key", format!("`{}` is not there yet: the first node makes it", path.display())),
        Err(error) => {
            let fix = format!("put the key's copy in its place, for its owner only: chmod 600 {}", path.display());
            Check::wrong("root key", error.to_string(), fix)
        }
    }
}

/// The store's time beside this machine's.
fn time(store: u64, own: u64) -> Check {
    let apart = store.abs_diff(own);
    let words = format!("the store's time is {} s from this machine's", apart / 1_000_000);
    if apart <= CLOCK_MICROS_MAX {
        return Check::well("clock", words);
    }
    let fix = if store > own {
        "set this machine's clock; the store's time never goes back"
    } else {
        "set the clocks of this machine and of the store's; a node that runs keeps the time it started with"
    };
    Check::wrong("clock", words, fix)
}

/// What can be seen of a node that does not run.
fn asleep(places: &Places) -> Result<Vec<Check>, Trouble> {
    let mut checks = Vec::new();
    let looked = bailiwick_store::inspect(&places.store)?;
    let well = looked.findings.iter().all(|finding| finding.well);
    for finding in looked.findings {
        let (name, well) = (finding.name.to_owned(), Some(finding.well));
        checks.push(Check { name, well, words: finding.words, fix: finding.fix });
    }
    let guard = match Guard::open(&places.guard()) {
        Ok(guard) => guard,
        Err(error) => {
            let fix = format!("put it back as it was; its mode: chmod 600 {}", places.guard().display());
            checks.push(Check::wrong("log", error.to_string(), fix));
            return Ok(checks);
        }
    };
    if !looked.tables && well && !guard.is_empty() {
        let words = "the store is not there or empty, but this node has seen a log of it";
        checks.push(Check::wrong("log", words, "put the newest copy of the store back"));
    }
    // Opening it would make tables.
    if !looked.tables || !well {
        return Ok(checks);
    }
    let store = match bailiwick_store::open(&places.store) {
        Ok(store) => store,
        Err(error) => {
            let fix = "end the process that has it open, or wait until it answers";
            checks.push(Check::wrong("store lock", error.to_string(), fix));
            return Ok(checks);
        }
    };
    let root = RootFile::open(&places.root_key());
    if matches!(root, Ok(None)) && !store.tenants()?.is_empty() {
        let words = format!("the store has a log, but its root key `{}` is not there", places.root_key().display());
        checks.push(Check::wrong("root key", words, "put the copy of the key back that is kept apart"));
    }
    for (name, size, standing) in standings(store.as_ref(), &guard)? {
        checks.push(log(&name, size, standing));
    }
    if let Ok(Some(root)) = root {
        let vault = Vault::new(Box::new(root), Arc::new(system_random));
        for (tenant, name) in store.tenants()? {
            if vault.opens(store.as_ref(), tenant).is_err_and(|error| is_of_another(&error)) {
                checks.push(Check::wrong("root key", not_held(&places.root_key()), ROOT_ELSEWHERE));
            } else if let Some(why) = changed(store.as_ref(), &vault, tenant) {
                checks.push(Check::wrong("log", format!("`{name}`: {why}"), "put the newest copy of the store back"));
            }
        }
    }
    for (tenant, _) in store.tenants()? {
        checks.push(time(store.log(tenant)?.now.0, clock().0));
    }
    Ok(checks)
}

/// What somebody without the keys changed in the log or in the rows of its streams.
fn changed(store: &dyn Store, vault: &Vault, tenant: TenantId) -> Option<String> {
    // A tenant without keys is not opened: that would make them.
    if store.tenant_keys(tenant).is_ok_and(|keys| keys.is_empty()) {
        return None;
    }
    let opened = vault.open_tenant(store, tenant).map_err(|error| error.to_string());
    let followed =
        |()| Reaches::default().compare(store, vault, tenant).and_then(|()| compare_row(store, tenant, None));
    opened.and_then(|()| followed(()).map_err(|error| error.to_string())).err()
}

fn log(name: &str, size: u64, standing: Standing) -> Check {
    let back = "put the newest copy of the store back";
    match standing {
        Standing::Same | Standing::Ahead => {
            Check::well("log", format!("`{name}`: {size} events, none less than this node has seen"))
        }
        Standing::New => Check::note("log", format!("`{name}`: {size} events; this node has seen none of them before")),
        Standing::Behind(known) => {
            let words = format!("`{name}`: the store went back: {size} events, this node has seen {}", known.size);
            Check::wrong("log", words, back)
        }
        Standing::Forked(known) => {
            let words = format!("`{name}`: its first {} events are not those that this node has seen", known.size);
            Check::wrong("log", words, back)
        }
        Standing::Restored(known) => {
            let words = format!("`{name}`: the store is of a later epoch than {}, which this node knows", known.epoch);
            Check::wrong("log", words, back)
        }
    }
}

#[cfg(test)]
mod tests;
