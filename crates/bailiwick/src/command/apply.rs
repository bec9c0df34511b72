//! `apply`.

use super::Outcome;
use crate::cli::Apply;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{data, list, number};
use crate::trust::BadInput;
use crate::yaml;
use bailiwick_core::json::Json;

/// Reads the files and applies their documents: all or none.
pub(super) async fn apply(client: &Client, asked: Apply, json: bool) -> Result<Outcome, Trouble> {
    let mut documents = Vec::new();
    for path in &asked.paths {
        documents.extend(yaml::from_path(path)?);
    }
    let removed = asked
        .remove
        .iter()
        .map(|name| {
            name.split_once('/')
                .ok_or_else(|| BadInput(format!("`{name}`: expected KIND/NAME as `template/pay-invoice`")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let removed = removed.into_iter().map(|(kind, name)| Json::array([Json::from(kind), Json::from(name)]));
    let body = Json::object([("documents", Json::array(documents)), ("removed", Json::array(removed))]);
    let answer = client.post("/v1/documents", &body).await?;
    if json {
        data(&answer.canonical());
        return Ok(Outcome::Done);
    }
    if !answer.get("changed").and_then(Json::as_bool).unwrap_or_default() {
        data("nothing changed: it stood so already");
        return Ok(Outcome::Done);
    }
    for name in list(&answer, "applied").iter().filter_map(Json::as_str) {
        data(&format!("applied {name}"));
    }
    data(&format!("event {}", number(&answer, "event")));
    Ok(Outcome::Done)
}
