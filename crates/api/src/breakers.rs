//! `/v1/breakers`: calls that a fault has cut off, and the word of a person that they go on.

use crate::people::text;
use crate::who::Who;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{Breaker, ControlCommand, Micros};

fn breaker_json(number: u64, breaker: &Breaker, now: Micros) -> Json {
    let standing = if breaker.half_open(now) { "half_open" } else { "open" };
    Json::object([
        ("counted", Json::from(breaker.counted)),
        ("id", Json::from(number)),
        ("on", Json::from(breaker.on.as_str())),
        ("opened", Json::from(breaker.opened.0)),
        ("rule", text(&breaker.rule)),
        ("standing", Json::from(standing)),
        ("until", Json::from(breaker.until.0)),
        ("whose", text(&breaker.whose)),
    ])
}

impl Api {
    /// Breakers that are not closed, newest first.
    pub(crate) fn breakers(&self) -> Result<Json, Problem> {
        let (control, now) = (self.control()?, self.desk.node().now());
        let all = control.state.breakers.iter().rev();
        Ok(Json::object([("breakers", Json::array(all.map(|(number, one)| breaker_json(*number, one, now))))]))
    }

    /// A person says that the calls go on.
    pub(crate) async fn close_breaker(&self, id: &str, who: &Who) -> Result<Json, Problem> {
        let breaker = id.parse().map_err(|_| Problem::not_found("breaker"))?;
        self.control_act(ControlCommand::CloseBreaker { by: Some(self.by(who)?), breaker }).await
    }
}
