//! The yeses of one request by themselves, for a stranger to check: `bailiwick verify --approval`.

use crate::{Api, Problem, Who};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{ApprovalGiven, Data, Event};
use bailiwick_node::Failure;

/// How much of the task is read at a time.
const PAGE: usize = 500;
/// The form of the answer; the verifier has it of its own.
const TYPE: &str = "bailiwick/yes/1";

impl Api {
    /// What was signed, by which assertions, with what was displayed. Whose keys they are, the person's entry says.
    pub(crate) async fn yeses(&self, id: &str, who: &Who) -> Result<Json, Problem> {
        let (of, display) = self.found(id, who).await?;
        let node = self.desk.node();
        let unavailable = |error: &dyn std::fmt::Display| Problem::from(Failure::Unavailable(error.to_string()));
        let mut yeses = Vec::new();
        let mut from = of.state.seq + 1;
        while yeses.len() < of.state.given.len() {
            let page = node.store().stream(self.tenant, of.task, from, PAGE).map_err(|error| unavailable(&error))?;
            let Some(last) = page.last() else { break };
            from = last.seq + 1;
            for stored in &page {
                let (event, _) =
                    Event::read(&stored.event.clear).map_err(|error| Problem::broken(error.to_string()))?;
                let Data::ApprovalGiven(given) = &event.data else { continue };
                // What is not what was written is nobody's yes.
                if given.statement.approval == of.state.seq && node.unlike(self.tenant, None, stored)?.is_none() {
                    yeses.push(yes_json(given)?);
                }
            }
        }
        Ok(Json::object([
            ("display", display.unwrap_or(Json::Null)),
            ("request", Json::from(of.state.leaf)),
            ("type", Json::from(TYPE)),
            ("yeses", Json::array(yeses)),
        ]))
    }
}

fn yes_json(given: &ApprovalGiven) -> Result<Json, Problem> {
    let broken = |error: &dyn std::fmt::Display| Problem::broken(error.to_string());
    let read = |text: serde_json::Result<String>| {
        let text = text.map_err(|error| broken(&error))?;
        Json::parse(text.as_bytes(), &Limits::stored()).map_err(|error| broken(&error))
    };
    Ok(Json::object([
        ("assertion", read(serde_json::to_string(&given.assertion))?),
        ("sheet", read(serde_json::to_string(&given.sheet))?),
        ("statement", Json::from(given.statement.text())),
    ]))
}
