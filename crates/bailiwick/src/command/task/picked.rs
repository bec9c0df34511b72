//! Tools that a person picks out of a template, as they typed them.

use crate::client::Client;
use crate::home::Trouble;
use crate::print::{foreign, list, text};
use crate::trust::BadInput;
use bailiwick_core::ToolPattern;
use bailiwick_core::json::Json;

/// Tools that were picked, each a pattern; of one that is none it is said what may have been meant.
pub(super) async fn picked(client: &Client, only: &[String]) -> Result<Json, Trouble> {
    if let Some(word) = only.iter().find(|text| ToolPattern::parse(text).is_err()) {
        let tools = client.get("/v1/tools").await?;
        let named = |tool: &&str| tool.split_once('/').is_some_and(|(_, name)| name == word);
        let near: Vec<&str> = list(&tools, "tools").iter().map(|tool| text(tool, "tool")).filter(named).collect();
        let near = near.iter().map(|tool| format!("`{tool}`")).collect::<Vec<_>>().join(", ");
        let meant = if near.is_empty() { String::new() } else { format!("; did you mean {near}?") };
        let why = "expected `server/tool`, where `*` may stand in the tool's name at most 4 times";
        return Err(BadInput(format!("--only: {why}, not `{}`{meant}", foreign(word))).into());
    }
    Ok(Json::array(only.iter().map(|text| Json::from(text.as_str()))))
}
