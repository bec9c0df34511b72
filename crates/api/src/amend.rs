//! `/v1/tasks/{id}/amend`: more, less, or the same for longer, by a turn of the person whose task it is.

use crate::consent::ConsentBody;
use crate::read::body;
use crate::who::shown_to;
use crate::{Api, Problem, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{
    Amend, AmendChange, Command, Digest, Row, Span, TaskId, TaskState, TemplateName, ToolPattern, View, chosen,
    consent_act, decide, fill,
};
use bailiwick_node::LiveControl;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The most patterns or tools that one request names: more than a grant has rows say nothing more.
const ROWS_MAX: usize = 64;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum AmendBody {
    /// The rows of a template are added.
    Widen {
        template: TemplateName,
        #[serde(default)]
        parameters: BTreeMap<String, String>,
        /// Of the template's tools these alone.
        #[serde(default)]
        only: Vec<ToolPattern>,
        /// The wish of an agent that this answers, by its number.
        #[serde(default)]
        wish: Option<u64>,
        /// The digest of the template as it was previewed: of another one nothing is added.
        #[serde(default)]
        digest: Option<Digest>,
        /// Only what would be added is answered.
        #[serde(default)]
        preview: bool,
        /// The person's signature, over HTTP.
        #[serde(default)]
        consent: Option<ConsentBody>,
    },
    /// Less is allowed.
    Narrow {
        /// Rows that share a tool with one of these are to allow nothing any more: tools, or patterns of them. All that do: a
        /// row that is left might allow without asking what went with another.
        #[serde(default)]
        tools: Vec<String>,
        /// It is to be over within this, as `10m`.
        #[serde(default)]
        within: Option<String>,
    },
    /// The window of the task's own template begins anew.
    Renew {
        /// The person's signature, over HTTP.
        #[serde(default)]
        consent: Option<ConsentBody>,
    },
}

impl Api {
    /// Changes what a task may do. Answers the task, or what would be added.
    pub(crate) async fn amend(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: AmendBody = body(bytes)?;
        if let AmendBody::Widen { template, parameters, only, wish, preview: true, .. } = asked {
            let shown = self.would_add(&template, (&parameters, &only), who)?;
            self.would_amend(task, AmendChange::Widen { template, parameters, only, seen: None }, wish, who).await?;
            return Ok(shown);
        }
        let (command, consent) = self.amending(task, asked, who).await?;
        let signs = consent_act(&command).is_some();
        let command = if signs { self.under_consent(task, command, consent, who).await? } else { command };
        let node = self.desk.node();
        let decision = node.command(self.tenant, task, command, node.facts(0)?).await?;
        match decision.decided.reasons.first() {
            Some(reason) => Err(self.refused_in(task, reason).await),
            None => self.task(task).await,
        }
    }

    /// What a person signs before they do that.
    pub(crate) async fn amend_options(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let (command, _) = self.amending(task, body(bytes)?, who).await?;
        self.to_sign(task, command, who).await
    }

    /// The turn that is asked for. What tightens needs no signature.
    async fn amending(
        &self,
        task: TaskId,
        asked: AmendBody,
        who: &Who,
    ) -> Result<(Command, Option<ConsentBody>), Problem> {
        let mut answers = None;
        let (change, consent, by) = match asked {
            AmendBody::Widen { template, parameters, only, wish, digest, consent, .. } => {
                answers = wish;
                let change = AmendChange::Widen { template, parameters, only, seen: digest };
                (change, consent, self.by_signing(who)?)
            }
            AmendBody::Narrow { tools, within } => {
                if tools.len() > ROWS_MAX {
                    return Err(Problem::bad(format!("`narrow.tools`: expected at most {ROWS_MAX}")));
                }
                let rows = self.rows_of(task, tools).await?;
                let span = |text: String| {
                    Span::parse(&text).ok_or_else(|| Problem::bad("`narrow.within`: expected a span as `10m`"))
                };
                (AmendChange::Narrow { rows, within: within.map(span).transpose()? }, None, self.by(who)?)
            }
            AmendBody::Renew { consent } => (AmendChange::Renew { waits: true }, consent, self.by_signing(who)?),
        };
        let found = self.desk.task(self.tenant, task).await?;
        let root = found.grants.first().map(|grant| grant.grant);
        let grant = root.ok_or_else(|| Problem::not_found("grant"))?;
        Ok((Command::Amend(Box::new(Amend { by, grant, change, wish: answers })), consent))
    }

    /// Whether a turn would be taken now. Decided as it will be; nothing is appended: nobody is asked about what cannot be.
    async fn would_amend(
        &self,
        task: TaskId,
        change: AmendChange,
        wish: Option<u64>,
        who: &Who,
    ) -> Result<(), Problem> {
        let (by, node) = (self.by(who)?, self.desk.node());
        let facts = node.facts(0)?;
        let look = move |task: &TaskState, control: &LiveControl| {
            let root = task.root?;
            let command = Command::Amend(Box::new(Amend { by, grant: root, change, wish }));
            let decided = decide(View::of(task, &control.state), control.policy.as_ref(), &command, &facts);
            decided.reasons.into_iter().next()
        };
        match node.look(self.tenant, task, look).await? {
            Some(reason) => Err(self.refused_in(task, &reason).await),
            None => Ok(()),
        }
    }

    /// The rows of a task's root that share a tool with one of these.
    async fn rows_of(&self, task: TaskId, tools: Vec<String>) -> Result<Vec<u64>, Problem> {
        let look = move |task: &TaskState, _: &LiveControl| {
            let root = task.root.and_then(|root| task.grants.get(&root));
            let rows = root.and_then(|root| root.envelope.as_ref()).map(|envelope| envelope.rows.as_slice());
            let names = |row: &Row, wanted: &str| {
                ToolPattern::parse(wanted).is_ok_and(|wanted| row.tools.iter().any(|pattern| pattern.meets(&wanted)))
            };
            let rows = rows.unwrap_or_default();
            let missing = tools.iter().find(|wanted| !rows.iter().any(|row| names(row, wanted))).cloned();
            let found = rows.iter().zip(0..).filter(|(row, _)| tools.iter().any(|wanted| names(row, wanted)));
            (found.map(|(_, index)| index).collect::<Vec<u64>>(), missing)
        };
        match self.desk.node().look(self.tenant, task, look).await? {
            (_, Some(missing)) => Err(Problem::bad(format!("no row of this task names `{missing}`"))),
            (rows, None) => Ok(rows),
        }
    }

    fn would_add(
        &self,
        template: &TemplateName,
        (given, only): (&BTreeMap<String, String>, &[ToolPattern]),
        who: &Who,
    ) -> Result<Json, Problem> {
        let control = self.control()?;
        let found = control.state.templates.get(template);
        let found = found.filter(|(template, _)| shown_to(&control.state, who, template));
        let (template, digest) = found.ok_or_else(|| Problem::not_found("template"))?;
        let filled = fill(template, given, self.desk.node().now()).and_then(|filled| chosen(template, filled, only));
        let filled = filled.map_err(|error| Problem::bad(error.to_string()))?;
        let lines = |privileged| Json::array(filled.envelope.sentences(privileged).into_iter().map(Json::from));
        Ok(Json::object([
            ("digest", Json::from(digest.to_string())),
            ("intent", Json::from(filled.intent.as_str())),
            ("privileged", lines(true)),
            ("rows", lines(false)),
            ("stated", Json::array(filled.stated.iter().map(|stated| Json::from(stated.to_string())))),
        ]))
    }
}
