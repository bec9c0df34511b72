//! The person of the story: describes, consents, revokes and exports at the node's own socket, as the command line does.

use super::node::DemoNode;
use crate::home::Trouble;
use crate::print::list;
use bailiwick_core::json::Json;
use bailiwick_demo_bank::{INVOICE_IBAN, INVOICE_PAYEE};
use bailiwick_identity::PublicKey;
use std::time::Duration;

/// How long the servers may take to be seen for the first time.
const SEEN_WITHIN: Duration = Duration::from_secs(60);
/// How often it is asked whether they were.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// How long a rest may take to go back.
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// What the person lets the agent pay at most.
pub(super) const AT_MOST: &str = "500.00";

fn text(json: &Json, name: &str) -> Result<String, Trouble> {
    let found = json.get(name).and_then(Json::as_str);
    Ok(found.ok_or_else(|| format!("the node's answer has no `{name}`: {}", json.canonical()))?.to_owned())
}

impl DemoNode {
    /// Describes the agents, the servers and the templates, and reviews what the servers offer.
    pub(super) async fn describe(&self, keys: &[(&str, &PublicKey)]) -> Result<(), Trouble> {
        let body = Json::object([("documents", Json::array(self.documents(keys)?))]);
        self.people.post("/v1/documents", &body).await?;
        for server in ["bank", "mail"] {
            let path = format!("/v1/servers/{server}");
            let seen = async {
                loop {
                    match self.people.get(&path).await?.get("look") {
                        Some(look) if !look.is_null() => return Ok::<Json, Trouble>(look.clone()),
                        _ => tokio::time::sleep(ASK_EVERY).await,
                    }
                }
            };
            let seen = tokio::time::timeout(SEEN_WITHIN, seen).await;
            let look = seen
                .map_err(|_| format!("`{server}` was not seen within 60 s: is this machine very busy? try again"))??;
            self.people.post(&format!("{path}/review"), &Json::object([("look", look)])).await?;
        }
        Ok(())
    }

    /// Consents to one task; answers its id.
    pub(super) async fn consent(&self) -> Result<String, Trouble> {
        let parameters = [("iban", INVOICE_IBAN), ("max", AT_MOST), ("payee", INVOICE_PAYEE)];
        let body = Json::object([
            ("agent", Json::from("clerk")),
            ("parameters", Json::object(parameters.map(|(name, value)| (name, Json::from(value))))),
            ("subject", Json::Null),
            ("template", Json::from("pay-one-invoice")),
        ]);
        text(&self.people.post("/v1/tasks", &body).await?, "task")
    }

    /// Consents to what is privileged in it: an act of its own.
    pub(super) async fn consent_again(&self, task: &str) -> Result<(), Trouble> {
        self.people.post(&format!("/v1/tasks/{task}/consent"), &Json::Null).await?;
        Ok(())
    }

    /// What is charged of the task's euros.
    pub(super) async fn task(&self, task: &str) -> Result<Json, Trouble> {
        self.people.get(&format!("/v1/tasks/{task}")).await
    }

    /// Whether so much of the month is left, within the time that a rest may take to go back.
    pub(super) async fn month_left(&self, expected: &str) -> Result<bool, Trouble> {
        let comes = async {
            loop {
                let shown = self.people.get("/v1/mandates/monthly").await?;
                let left = list(&shown, "meters").first().map(|meter| meter.get("left").and_then(Json::as_str));
                if left.flatten() == Some(expected) {
                    return Ok::<(), Trouble>(());
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        };
        match tokio::time::timeout(BACK_WITHIN, comes).await {
            Ok(came) => came.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Ends the task at once; answers the receipt.
    pub(super) async fn revoke(&self, task: &str) -> Result<Json, Trouble> {
        let body = Json::object([("completed", Json::from(false)), ("grant", Json::Null)]);
        self.people.post(&format!("/v1/tasks/{task}/end"), &body).await
    }
}
