//! `/v1/servers/{name}/left`: what tasks left on a server, by the classes of data that they had read, and the word of a person that
//! what lies there holds none of a class.

use crate::people::text;
use crate::read::body;
use crate::who::Who;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ControlCommand, DataClass, LowerPlace, ServerName};
use serde::Deserialize;

/// The most places that are told of, the newest first.
const TOLD_MAX: usize = 500;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LowerBody {
    class: DataClass,
    /// The place alone that this event brought it to; the whole server, where none is named.
    #[serde(default)]
    event: Option<u64>,
    /// What for.
    reason: String,
}

impl Api {
    /// Where something of a class was left, newest first.
    pub(crate) async fn left(&self, server: &str) -> Result<Json, Problem> {
        let mut all = self.desk.node().left_on(self.tenant, &self.known_server(server)?).await?.classes;
        all.sort_unstable_by_key(|(_, whence, _)| std::cmp::Reverse(whence.leaf));
        let more = all.len().saturating_sub(TOLD_MAX);
        all.truncate(TOLD_MAX);
        let told = all.iter().map(|(class, whence, anywhere)| {
            Json::object([
                ("anywhere", Json::from(*anywhere)),
                ("class", text(class)),
                ("event", Json::from(whence.leaf)),
                ("task", whence.task.map_or(Json::Null, |task| text(&task))),
            ])
        });
        let more = Json::from(u64::try_from(more).unwrap_or(u64::MAX));
        Ok(Json::object([("left", Json::array(told)), ("left_out", more)]))
    }

    /// A person says that what lies there holds nothing of a class; where a second person has to sign it, it waits for that.
    pub(crate) async fn lower_place(&self, server: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let LowerBody { class, event, reason } = body(bytes)?;
        let server = self.known_server(server)?;
        let known = self.desk.node().left_on(self.tenant, &server).await?;
        let mut of_class = known.classes.iter().filter(|(of, _, _)| *of == class);
        let found = of_class.find(|(_, whence, _)| event.is_none_or(|event| event == whence.leaf));
        if found.is_none_or(|(_, _, wide)| *wide && event.is_some()) {
            let what = match event {
                Some(event) if found.is_some() => {
                    format!("event {event} left it nobody knows where: say it of the whole server, without `event`")
                }
                Some(event) => format!("event {event} is not the last that left data of class `{class}` at its place"),
                None => format!("nobody left data of class `{class}` there"),
            };
            let command = Some(format!("bailiwick server left {server}"));
            return Err(Problem { command, ..Problem::bad(what) });
        }
        let (by, until) = (self.by(who)?, known.size);
        let said = LowerPlace { by, class, event, reason, server, until };
        self.control_act(ControlCommand::LowerPlace(Box::new(said))).await
    }

    fn known_server(&self, server: &str) -> Result<ServerName, Problem> {
        let control = self.control()?;
        let known = ServerName::parse(server).ok().filter(|name| control.state.servers.contains_key(name));
        known.ok_or_else(|| Problem::not_found("server"))
    }
}
