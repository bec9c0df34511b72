//! Acts that last, looked at again on behalf of a wrapper.

use crate::read::body;
use crate::session::Session;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ServerName, ToolId};
use bailiwick_node::Asked;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StandsBody {
    server: ServerName,
    tool: String,
    arguments: Json,
    /// The act, and the leaf that it began at; neither where it is over.
    #[serde(default)]
    act: Option<u64>,
    #[serde(default)]
    leaf: Option<u64>,
}

impl Api {
    /// Whether an act that has begun would still be allowed, or what came of one may still be given out.
    pub(crate) async fn stands(&self, bytes: &[u8], session: &Session) -> Result<Json, Problem> {
        let asked: StandsBody = body(bytes)?;
        let tool = ToolId::new(asked.server, &asked.tool).map_err(|error| Problem::bad(error.to_string()))?;
        let act = match (asked.act, asked.leaf) {
            (Some(act), Some(leaf)) => Some((act, leaf)),
            (None, None) => None,
            _ => return Err(Problem::bad("expected `act` and `leaf`, or neither")),
        };
        let again = Asked { server: self.behind(session)?, ..Asked::again(tool, asked.arguments, Json::Null) };
        let stands = self.desk.stands(&session.bound, again, act).await?;
        Ok(Json::object([("stands", Json::from(stands))]))
    }

    /// What the caller's grant comes to now.
    pub(crate) async fn mark(&self, session: &Session) -> Result<Json, Problem> {
        let mark = self.desk.mark(&session.bound).await?;
        Ok(Json::object([("live", Json::from(mark.live)), ("mark", Json::from(mark.name.as_str()))]))
    }
}
