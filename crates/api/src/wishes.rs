//! `/v1/wishes`, `/v1/tasks/{id}/wishes`: what agents ask their person for. A yes is a turn that widens the task.

use crate::decisions::text;
use crate::numbered::Numbered;
use crate::read::body;
use crate::who::{sees, shown_to};
use crate::{Api, Problem, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{RefuseWish, TaskId, TaskState, Template, TemplateName, ToolPattern, WishStanding};
use bailiwick_node::{LiveControl, TaskSummary, WishOf};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoBody {
    /// Why: the agent is told.
    reason: String,
}

/// How a wish stands that nobody answered before what asked for it ended.
const VOID: &str = "void";

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
        let wish = self.wish_of(task, wish, who).await?;
        let said = RefuseWish { wish, by: self.by(who)?, reason };
        match self.desk.refuse_wish(self.tenant, task, said).await? {
            Some(reason) => Err(self.refused_in(task, &reason).await),
            None => self.wishes(Some(task), who).await,
        }
    }

    /// The number of a wish that there is in the task.
    pub(crate) async fn wish_of(&self, task: TaskId, wish: &str, who: &Who) -> Result<u64, Problem> {
        let number = wish.parse::<u64>().ok();
        let look = move |task: &TaskState, _: &LiveControl| number.filter(|number| task.wishes.contains_key(number));
        match self.desk.node().look(self.tenant, task, look).await? {
            Some(number) => Ok(number),
            None => Err(self.none_of_number(Numbered::Wish(task), wish, who).await),
        }
    }

    fn wish_json(&self, of: &WishOf, who: &Who) -> Result<Json, Problem> {
        let wish = &of.wish;
        let (amended, by, reason) = match &wish.standing {
            WishStanding::Open => (Json::Null, Json::Null, Json::Null),
            WishStanding::Granted { amended } => {
                let turn = self.at(of.task, *amended)?.map(|stored| stored.leaf);
                (turn.map_or(Json::Null, Json::from), Json::Null, Json::Null)
            }
            WishStanding::Refused { by, reason } => (Json::Null, text(by), Json::from(reason.as_str())),
        };
        // what asked for it has ended: nobody gives it, and nobody has to say no
        let void = wish.standing == WishStanding::Open && !of.waits;
        let offers = if void { Vec::new() } else { self.offers(of, who)? };
        Ok(Json::object([
            ("agent", of.holder.as_ref().map_or(Json::Null, |holder| text(holder))),
            ("amended", amended),
            ("at", Json::from(wish.at.0)),
            ("grant", text(&wish.grant)),
            ("intent", of.intent.as_deref().map_or(Json::Null, Json::from)),
            ("offers", Json::array(offers.iter().map(Offer::json))),
            ("reason", reason),
            ("refused_by", by),
            ("standing", Json::from(if void { VOID } else { wish.standing.as_str() })),
            ("task", text(&of.task)),
            ("templates", Json::array(offers.iter().map(|offer| text(&offer.template)))),
            ("tools", Json::array(wish.tools.iter().map(|tool| Json::from(tool.as_str())))),
            ("wanted", Json::from(wish.wanted.as_str())),
            ("wish", Json::from(wish.seq)),
        ]))
    }

    /// How a wish could be given: templates that who asks may use and that name one of its tools, each with no more of its tools
    /// than the wish names. Those that give all that is named come first, then those with fewer effects.
    fn offers(&self, of: &WishOf, who: &Who) -> Result<Vec<Offer>, Problem> {
        let control = self.control()?;
        let found = of.templates.iter().filter_map(|name| {
            let (template, _) = control.state.templates.get(name)?;
            if shown_to(&control.state, who, template) { Offer::of(template, &of.wish.tools) } else { None }
        });
        let mut offers: Vec<Offer> = found.collect();
        offers.sort();
        Ok(offers)
    }
}

/// A template that could give what is wished. Ordered: the narrowest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Offer {
    /// How much of what is named it does not give.
    lacks: usize,
    /// How many rows of it are privileged, and how many tools it names.
    wide: (usize, usize),
    template: TemplateName,
    /// The tools to pick of it; all of it where it names no more than the wish.
    only: Vec<String>,
}

impl Offer {
    fn of(template: &Template, wished: &[String]) -> Option<Self> {
        let pattern = |text: &String| ToolPattern::parse(text).ok();
        let rows: Vec<&String> = template.grant.iter().flat_map(|row| &row.tools).collect();
        let within = |picked: &String, row: &String| {
            picked == row || pattern(picked).zip(pattern(row)).is_some_and(|(picked, row)| picked.covers(&row))
        };
        // What is picked is within the wish: a tool of it that a row has, or a row that is part of it.
        let gives = |picked: &&String| rows.iter().any(|row| within(row, picked) || within(picked, row));
        let only: Vec<String> = wished.iter().filter(gives).cloned().collect();
        if only.is_empty() && !wished.is_empty() {
            return None;
        }
        let narrow = rows.iter().all(|row| wished.iter().any(|picked| within(picked, row)));
        let lacks = wished.len().saturating_sub(only.len());
        let privileged = template.sentences().iter().filter(|(privileged, _)| *privileged).count();
        let wide = (privileged, if wished.is_empty() { rows.len() } else { only.len() });
        // of a template that has its tools picked some have to be, else nothing of it is given
        let only = if narrow && !template.choose { Vec::new() } else { only };
        Some(Self { lacks, wide, template: template.name.clone(), only })
    }

    fn json(&self) -> Json {
        let only = self.only.iter().map(|tool| Json::from(tool.as_str()));
        Json::object([("only", Json::array(only)), ("template", text(&self.template))])
    }
}

#[cfg(test)]
mod tests;
