//! `/v1/tasks/{id}/settle`: what a person says became of an act that is in doubt.

use crate::consent::ConsentBody;
use crate::read::body;
use crate::{Api, Problem, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{Amount, Command, SettleDoubt, TaskId, TaskState, Unit};
use bailiwick_node::LiveControl;
use serde::Deserialize;

/// What a person says became of an act.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettleBody {
    /// The event that it began with.
    event: u64,
    /// Whether it was done.
    done: bool,
    /// How much was done, where that is less than was charged.
    #[serde(default)]
    measured: Vec<MeasuredBody>,
    /// How the person knows.
    evidence: String,
    /// The person's signature, over HTTP.
    #[serde(default)]
    consent: Option<ConsentBody>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasuredBody {
    amount: Amount,
    unit: Unit,
}

impl Api {
    /// Settles an act that is in doubt, by what a person found out.
    pub(crate) async fn settle_doubt(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let mut asked: SettleBody = body(bytes)?;
        let consent = asked.consent.take();
        let command = self.settling(task, asked, who).await?;
        let command = self.under_consent(task, command, consent, who).await?;
        let facts = self.desk.node().facts(0)?;
        let decision = self.desk.node().command(self.tenant, task, command, facts).await?;
        match decision.decided.reasons.first() {
            Some(reason) => Err(self.refused_in(task, reason).await),
            None => {
                let event = decision.leaf.map_or(Json::Null, Json::from);
                Ok(Json::object([("event", event), ("task", self.task(task).await?)]))
            }
        }
    }

    /// What a person signs before they do that.
    pub(crate) async fn settle_options(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        self.to_sign(task, self.settling(task, body(bytes)?, who).await?, who).await
    }

    async fn settling(&self, task: TaskId, asked: SettleBody, who: &Who) -> Result<Command, Problem> {
        let by = self.by_signing(who)?;
        let leaf = asked.event;
        let named =
            move |task: &TaskState, _: &LiveControl| task.acts.values().find(|act| act.leaf == leaf).map(|act| act.seq);
        // What is not there is asked for all the same: the decision says no to it in its own words.
        let act = self.desk.node().look(self.tenant, task, named).await?.unwrap_or(u64::MAX);
        let measured = asked.measured.into_iter().map(|of| (of.unit, of.amount)).collect();
        let said = SettleDoubt { act, leaf, by, done: asked.done, measured, evidence: asked.evidence };
        Ok(Command::SettleDoubt(Box::new(said)))
    }
}
