//! `/v1/tasks/{id}/amend`: more, less, or the same for longer, by a turn of the person whose task it is.

use crate::consent::ConsentBody;
use crate::picked::known;
use crate::read::body;
use crate::who::shown_to;
use crate::{Api, Problem, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{
    Amend, AmendChange, Code, Command, DataClass, Digest, Reason, Row, Salt, Span, TaskId, TaskState, TemplateName,
    ToolId, ToolPattern, chosen, consent_act, fill,
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
        let asked = self.amend_asked(bytes)?;
        if let AmendBody::Widen { wish: Some(wish), .. } = &asked {
            self.wish_of(task, &wish.to_string(), who).await?;
        }
        if let AmendBody::Widen { template, parameters, only, wish, preview: true, .. } = asked {
            let Json::Object(mut shown) = self.would_add(&template, (&parameters, &only), who)? else {
                return Ok(Json::Null);
            };
            self.of_use(task, (&template, &parameters, &only)).await?;
            let change = AmendChange::Widen { template, parameters, only, seen: None };
            shown.insert("consent", Json::from(self.would_amend(task, change, wish, who).await?));
            return Ok(Json::Object(shown));
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

    /// What is asked for, without the secrets in it.
    fn amend_asked(&self, bytes: &[u8]) -> Result<AmendBody, Problem> {
        let mut asked: AmendBody = body(bytes)?;
        if let AmendBody::Widen { template, parameters, .. } = &mut asked {
            *parameters = self.without_secrets(template, std::mem::take(parameters))?;
        }
        Ok(asked)
    }

    /// What a person signs before they do that.
    pub(crate) async fn amend_options(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let (command, _) = self.amending(task, self.amend_asked(bytes)?, who).await?;
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
                self.of_use(task, (&template, &parameters, &only)).await?;
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

    /// All that a turn would say yes to, as it is signed. Decided as it will be; nothing is appended: nobody is asked about what
    /// cannot be.
    async fn would_amend(
        &self,
        task: TaskId,
        change: AmendChange,
        wish: Option<u64>,
        who: &Who,
    ) -> Result<String, Problem> {
        let found = self.desk.task(self.tenant, task).await?;
        let root = found.grants.first().map(|grant| grant.grant);
        let grant = root.ok_or_else(|| Problem::not_found("grant"))?;
        let command = Command::Amend(Box::new(Amend { by: self.by_signing(who)?, grant, change, wish }));
        let shown = self.shown_now(task, &command, Salt::new([0; 16])).await?;
        Ok(shown.get("consent").and_then(Json::as_str).unwrap_or_default().to_owned())
    }

    /// Refuses tools, named one by one, that could never be called: their results are of a class of data that neither the task nor
    /// the template lets be read. What cannot be filled in is refused elsewhere.
    async fn of_use(
        &self,
        task: TaskId,
        (template, given, only): (&TemplateName, &BTreeMap<String, String>, &[ToolPattern]),
    ) -> Result<(), Problem> {
        known(&self.control()?.state, only)?;
        let (name, given, only) = (template.clone(), given.clone(), only.to_vec());
        let now = self.desk.node().now();
        let look = move |task: &TaskState, control: &LiveControl| {
            let (template, _) = control.state.templates.get(&name)?;
            let filled = fill(template, &given, now).and_then(|filled| chosen(template, filled, &only)).ok()?.envelope;
            let held = task.grants.get(&task.root?)?.envelope.as_ref()?.readable.known()?;
            let reads = |class: &DataClass| held.contains(class) || template.read.contains(class);
            let exact = |tool: &ToolId| {
                let mut named = filled.rows.iter().flat_map(|row| &row.tools);
                named.any(|pattern| pattern.exact() && pattern.matches(tool))
            };
            control.state.tools.keys().filter(|tool| exact(tool)).find_map(|tool| {
                let (all, by_field) = control.catalogue.classes(tool);
                let unread = all.iter().filter(|_| by_field.is_empty()).find(|class| !reads(class))?;
                Some((tool.clone(), unread.clone()))
            })
        };
        let Some((tool, class)) = self.desk.node().look(self.tenant, task, look).await? else { return Ok(()) };
        let detail = format!(
            "{tool} brings data of the class {class}, which neither the task nor the template {template} reads, so each call of \
             it would be refused: give it by a template whose `read` names {class}"
        );
        Err(Problem { detail, command: None, ..Problem::refused(&Reason::new(Code::ClassNotGranted)) })
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
        known(&control.state, only)?;
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
