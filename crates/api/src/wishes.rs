//! `/v1/wishes`, `/v1/tasks/{id}/wishes`: what agents ask their person for. A yes is a turn that widens the task.

use crate::decisions::text;
use crate::read::body;
use crate::who::{sees, shown_to};
use crate::{Api, Problem, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{RefuseWish, TaskId, ToolPattern, WishStanding};
use bailiwick_node::{TaskSummary, WishOf};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoBody {
    /// Why: the agent is told.
    reason: String,
}

impl Api {
    /// What waits for an answer, in all tasks that who asks sees; or all that was ever asked in one.
    pub(crate) async fn wishes(&self, task: Option<TaskId>, who: &Who) -> Result<Json, Problem> {
        let wishes = match task {
            // whoever asks for one was found to see it
            Some(task) => self.desk.wishes(self.tenant, [task], true).await?,
            // only what who asks sees is gathered: what others have is no reason to leave any of it out
            None => {
                let live = self.desk.live_tasks(self.tenant).await?.open;
                let control = self.control()?;
                let seen = |task: &TaskSummary| who.only().is_none_or(|person| sees(&control.state, person, task));
                let own: Vec<TaskId> = live.iter().filter(|task| seen(task)).map(|task| task.task).collect();
                self.desk.wishes(self.tenant, own, false).await?
            }
        };
        let wishes = wishes.iter().map(|of| self.wish_json(of, who)).collect::<Result<Vec<_>, _>>()?;
        Ok(Json::object([("wishes", Json::array(wishes))]))
    }

    /// The no of the person whose task it is.
    pub(crate) async fn refuse_wish(&self, task: TaskId, wish: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let NoBody { reason } = body(bytes)?;
        let wish = wish.parse().map_err(|_| Problem::not_found("wish"))?;
        let said = RefuseWish { wish, by: self.by(who)?, reason };
        match self.desk.refuse_wish(self.tenant, task, said).await? {
            Some(reason) => Err(self.refused_in(task, &reason).await),
            None => self.wishes(Some(task), who).await,
        }
    }

    fn wish_json(&self, of: &WishOf, who: &Who) -> Result<Json, Problem> {
        let wish = &of.wish;
        let (amended, by, reason) = match &wish.standing {
            WishStanding::Open => (Json::Null, Json::Null, Json::Null),
            WishStanding::Granted { amended } => (Json::from(*amended), Json::Null, Json::Null),
            WishStanding::Refused { by, reason } => (Json::Null, text(by), Json::from(reason.as_str())),
        };
        let templates = self.templates_with(of, who)?;
        Ok(Json::object([
            ("agent", of.holder.as_ref().map_or(Json::Null, |holder| text(holder))),
            ("amended", amended),
            ("at", Json::from(wish.at.0)),
            ("grant", text(&wish.grant)),
            ("intent", of.intent.as_deref().map_or(Json::Null, Json::from)),
            ("reason", reason),
            ("refused_by", by),
            ("standing", Json::from(wish.standing.as_str())),
            ("task", text(&of.task)),
            ("templates", Json::array(templates.into_iter().map(Json::from))),
            ("tools", Json::array(wish.tools.iter().map(|tool| Json::from(tool.as_str())))),
            ("wanted", Json::from(wish.wanted.as_str())),
            ("wish", Json::from(wish.seq)),
        ]))
    }

    /// Templates that answer a wish, that who asks may use, and whose rows name one of its tools; all of them where none is
    /// named.
    fn templates_with(&self, of: &WishOf, who: &Who) -> Result<Vec<String>, Problem> {
        let (control, tools) = (self.control()?, of.wish.tools.as_slice());
        let meets = |row: &str| {
            let both = |wanted: &str| {
                let read = ToolPattern::parse(row).ok().zip(ToolPattern::parse(wanted).ok());
                read.is_some_and(|(row, wanted)| row.meets(&wanted))
            };
            tools.is_empty() || tools.iter().any(|wanted| row == wanted || both(wanted))
        };
        let templates = of.templates.iter().filter(|name| {
            let found = control.state.templates.get(*name);
            found.is_some_and(|(template, _)| {
                let mut rows = template.grant.iter().flat_map(|row| &row.tools);
                shown_to(&control.state, who, template) && rows.any(|row| meets(row))
            })
        });
        Ok(templates.map(ToString::to_string).collect())
    }
}
