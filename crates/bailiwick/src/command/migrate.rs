//! `migrate`: brings the tables of a store to this program's version.

use super::Outcome;
use crate::home::Trouble;
use crate::places::Places;
use crate::print::{self, data, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use bailiwick_store::{Migrated, StoreError, shown};
use std::os::unix::fs::DirBuilderExt;

pub(super) async fn migrate(places: &Places, json: bool) -> Result<Outcome, Trouble> {
    if places.store == Places::under(&places.state).store {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&places.state)?;
    }
    let store = places.store.clone();
    let migrated = tokio::task::spawn_blocking(move || bailiwick_store::migrate(&store)).await?;
    let migrated = migrated.map_err(|error| named(error, &places.store))?;
    if json {
        let number = |version: i32| Json::from(u64::try_from(version).unwrap_or_default());
        print::json(&Json::object([
            ("from", migrated.from.map_or(Json::Null, number)),
            ("store", Json::from(shown(&places.store).as_str())),
            ("to", number(migrated.to)),
        ]));
        return Ok(Outcome::Done);
    }
    data(&said(migrated));
    words(&format!("store: {}", shown(&places.store)));
    Ok(Outcome::Done)
}

/// A server that does not answer is named; a file names itself.
fn named(error: StoreError, store: &str) -> Trouble {
    match error {
        StoreError::Unavailable(_) if store.starts_with("postgres") => {
            BadInput(format!("`{}`: {error}", shown(store))).into()
        }
        _ => error.into(),
    }
}

fn said(migrated: Migrated) -> String {
    match migrated {
        Migrated { from: None, to } => format!("made the tables of version {to}, where there were none"),
        Migrated { from: Some(from), to } if from == to => {
            format!("the tables are of version {to} already: nothing was changed")
        }
        Migrated { from: Some(from), to } => format!("brought the tables from version {from} to {to}"),
    }
}

#[cfg(test)]
mod tests;
