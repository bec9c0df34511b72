//! `/v1/observe`: which agents are observed at which servers, where rules are recorded and not enforced for a while.

use crate::numbered::Numbered;
use crate::people::text;
use crate::read::body;
use crate::who::Who;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{AgentId, ControlCommand, ControlState, Micros, Observation, Observe, ServerName, Span};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ObserveBody {
    agent: AgentId,
    server: ServerName,
    reason: String,
    hours: u64,
}

fn observation_json(control: &ControlState, (number, of): (u64, &Observation), now: Micros) -> Json {
    Json::object([
        ("agent", text(&of.agent)),
        ("began", Json::from(of.began.0)),
        ("by", text(&of.by.person)),
        ("id", Json::from(number)),
        ("open", Json::from(control.observes(number, now))),
        ("reason", Json::from(of.reason.as_str())),
        ("server", text(&of.server)),
        ("until", Json::from(of.until().0)),
    ])
}

/// Those that hold now.
pub(crate) fn observed_json(control: &ControlState, now: Micros) -> Json {
    Json::array(control.observed(now).map(|one| observation_json(control, one, now)))
}

/// Until when rules are not enforced of an agent at a server.
pub(crate) fn observed_until(
    control: &ControlState,
    agent: &AgentId,
    server: &ServerName,
    now: Micros,
) -> Option<Micros> {
    let same = |of: &&Observation| of.agent == *agent && of.server == *server;
    control.observed(now).map(|(_, of)| of).find(same).map(Observation::until)
}

/// What is only observed, for `doctor`: name, words, and what to do.
pub(crate) fn checked(control: &ControlState, now: Micros) -> Vec<(String, String, String)> {
    let told = |(number, of): (u64, &Observation)| {
        let words = format!(
            "rules of policy are NOT enforced of {} at {}, as {} wanted it: {}",
            of.agent, of.server, of.by.person, of.reason
        );
        (format!("observation {number}"), words, format!("it ends by itself, or: bailiwick observe end {number}"))
    };
    control.observed(now).map(told).collect()
}

impl Api {
    /// All that are open or were of late, newest first.
    pub(crate) fn observations(&self) -> Result<Json, Problem> {
        let (control, now) = (self.control()?, self.desk.node().now());
        let all = control.state.observations.iter().rev();
        let all = all.map(|(number, of)| observation_json(&control.state, (*number, of), now));
        Ok(Json::object([("observations", Json::array(all))]))
    }

    /// Has an agent observed at a server; where somebody has to sign it, it waits for that.
    pub(crate) async fn observe(&self, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: ObserveBody = body(bytes)?;
        let most = 14 * 24;
        if !(1..=most).contains(&asked.hours) {
            return Err(Problem::bad(format!("`hours` is {}: expected 1 to {most}", asked.hours)));
        }
        let (by, span) = (self.by(who)?, Span::hours(asked.hours));
        let said = Observe { agent: asked.agent, by, reason: asked.reason, server: asked.server, span };
        self.control_act(ControlCommand::Observe(Box::new(said))).await
    }

    /// Ends one before its time.
    pub(crate) async fn end_observation(&self, id: &str, who: &Who) -> Result<Json, Problem> {
        let now = self.desk.node().now();
        let open = |number: &u64| {
            let control = self.control().ok();
            let of = control.as_ref().and_then(|control| control.state.observations.get(number));
            of.is_some_and(|of| now < of.until())
        };
        let Some(observation) = id.parse().ok().filter(open) else {
            return Err(self.none_of_number(Numbered::Observation, id, who).await);
        };
        self.control_act(ControlCommand::EndObservation { by: self.by(who)?, observation }).await
    }
}
