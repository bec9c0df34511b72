//! `/v1/breakers`: calls that a fault has cut off, and the word of a person that they go on.

use crate::consent::SignedBody;
use crate::numbered::Numbered;
use crate::people::text;
use crate::read::body;
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

    /// A person says that the calls go on: over HTTP signed, for it lets more happen.
    pub(crate) async fn close_breaker(&self, id: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: SignedBody = if bytes.is_empty() { SignedBody::default() } else { body(bytes)? };
        let close = self.closes(id, who).await?;
        self.control_act(self.control_under(close, asked.consent, who)?).await
    }

    /// What a person signs before they do that.
    pub(crate) async fn close_breaker_options(&self, id: &str, who: &Who) -> Result<Json, Problem> {
        self.control_to_sign(&self.closes(id, who).await?, who)
    }

    async fn closes(&self, id: &str, who: &Who) -> Result<ControlCommand, Problem> {
        let open = |number: &u64| self.control().is_ok_and(|control| control.state.breakers.contains_key(number));
        let Some(breaker) = id.parse().ok().filter(open) else {
            return Err(self.none_of_number(Numbered::Breaker, id, who).await);
        };
        Ok(ControlCommand::CloseBreaker { by: Some(self.by_signing(who)?), breaker })
    }
}
