//! What people and agents do in it: start, widen, take, hand on, say yes and no, end.

use super::{AGENT, LOOK, TENANT, Tenant, by, json_of, person, text};
use crate::Trouble;
use bailiwick_core::*;
use bailiwick_node::{Bound, HandedOn};
use serde_json::Value;
use std::collections::BTreeMap;

impl Tenant {
    /// The kinds of the values that a prompt states, as the person would be shown them.
    pub(crate) fn stated(&self, prompt: &str) -> Result<Vec<String>, Trouble> {
        let control = self.desk.node().control(TENANT).ok_or("no control")?;
        let look = TemplateName::parse(LOOK)?;
        let (template, _) = control.state.templates.get(&look).ok_or("no first template")?;
        let given = [("said".to_owned(), prompt.to_owned())].into();
        let filled = fill(template, &given, self.desk.node().now()).map_err(|error| error.to_string())?;
        Ok(filled.stated.iter().map(|stated| stated.kind.to_string()).collect())
    }

    /// Starts a task for a prompt from a template that takes it, with these beside.
    pub(crate) async fn start(&self, from: &str, prompt: &str, more: &[String]) -> Result<Bound, Trouble> {
        let node = self.desk.node();
        let task = TaskId::new(node.vault().random()?);
        let start = Start {
            by: by(Assurance::Local)?,
            subject: None,
            template: TemplateName::parse(from)?,
            parameters: [("said".to_owned(), prompt.to_owned())].into(),
            agent: AgentId::parse(AGENT)?,
            only: Vec::new(),
            seen: None,
        };
        let started = node.command(TENANT, task, Command::Start(Box::new(start)), node.facts(2)?).await?;
        let grant = started.decided.grant.ok_or_else(|| format!("not started: {:?}", started.decided.reasons))?;
        let bound = self.bind(task, grant, AGENT).await?;
        for template in more.iter().filter(|template| self.has(template)) {
            if let Some(filled) = self.filled(template, prompt)? {
                self.widen(&bound, template, filled).await?;
            }
        }
        Ok(bound)
    }

    /// What the person fills in of a template: of one that takes a secret, what the prompt has in quotes, as the node keeps it.
    /// Nothing where they have none to give.
    fn filled(&self, template: &str, prompt: &str) -> Result<Option<BTreeMap<String, String>>, Trouble> {
        let of = |document: &&Value| text(document, "kind") == "template" && text(document, "name") == template;
        let parameters = self.documents.iter().find(of).and_then(|document| document.get("parameters")?.as_object());
        let names = parameters.into_iter().flat_map(|parameters| parameters.keys());
        let quoted = prompt.split('\'').nth(1);
        let hiding = self.desk.node().vault().hiding(TENANT)?;
        Ok(names.map(|name| Some((name.clone(), hiding.text(quoted?)))).collect())
    }

    /// An agent takes a grant of its own.
    async fn bind(&self, task: TaskId, grant: GrantId, agent: &str) -> Result<Bound, Trouble> {
        let node = self.desk.node();
        // A key serves one grant, and each task is begun by a process of its own, as each of the recorded runs was.
        let thumbprint: String = format!("{grant}{agent:k<11}").chars().take(43).collect();
        let caller = Caller {
            agent: AgentId::parse(agent)?,
            assurance: Assurance::Software,
            attestation: None,
            instance: InstanceId::parse(&format!("replay-{grant}"))?,
            key: KeyThumbprint::parse(&thumbprint)?,
            proof: None,
            road: Road::Http,
        };
        let facts = Facts { caller: Some(caller.clone()), ..node.facts(0)? };
        node.command(TENANT, task, Command::Bind { grant }, facts).await?;
        let epoch = node.control(TENANT).ok_or("no control")?.state.epoch;
        Ok(Bound { tenant: TENANT, task, grant, epoch, caller, mode: Mode::Enforced })
    }

    /// Work is handed on as the holder asks, and the other agent takes it; `None` where that is refused or waits.
    pub(crate) async fn hand_on(&self, bound: &Bound, request: &Value) -> Result<Result<Bound, Vec<Reason>>, Trouble> {
        match self.desk.hand_on(bound, json_of(request)?, None, None).await? {
            HandedOn::Granted(handed) => Ok(Ok(self.bind(bound.task, handed.grant, handed.delegate.as_str()).await?)),
            HandedOn::Refused { reasons, .. } => Ok(Err(reasons)),
        }
    }

    /// It is over: what it held in memory is free.
    pub(crate) async fn end(&self, bound: &Bound) -> Result<(), Trouble> {
        let node = self.desk.node();
        let who = Ender::Person(by(Assurance::Local)?);
        node.command(TENANT, bound.task, Command::EndTask { who, why: Code::Revoked }, node.facts(0)?).await?;
        Ok(())
    }

    /// The person gives more, in both acts.
    pub(crate) async fn widen(
        &self,
        bound: &Bound,
        template: &str,
        parameters: BTreeMap<String, String>,
    ) -> Result<(), Trouble> {
        let node = self.desk.node();
        let amend = Amend {
            by: by(Assurance::Local)?,
            grant: bound.grant,
            change: AmendChange::Widen {
                template: TemplateName::parse(template)?,
                parameters,
                only: Vec::new(),
                seen: None,
            },
            wish: None,
        };
        let facts = node.facts(0)?;
        let widened = node.command(TENANT, bound.task, Command::Amend(Box::new(amend)), facts).await?;
        if widened.decided.verdict == Verdict::Deny {
            return Err(format!("`{template}` is not added: {:?}", widened.decided.reasons).into());
        }
        let consent = Command::Consent { grant: bound.grant, by: by(Assurance::Local)? };
        node.command(TENANT, bound.task, consent, node.facts(0)?).await?;
        Ok(())
    }

    /// The person says yes to requests: to one, or to several on one sheet.
    pub(crate) async fn approve(&self, bound: &Bound, leaves: &[u64]) -> Result<bool, Trouble> {
        let mut statements: Vec<(u64, Digest, String)> = Vec::new();
        for leaf in leaves.iter().copied() {
            let who = person()?;
            let look = move |task: &TaskState, _: &_| -> Vec<(u64, Digest, String)> {
                let Some(state) = task.approval_at(leaf) else { return Vec::new() };
                let statement = |role: &str| (state.seq, task.statement(state, role, &who).digest(), role.to_owned());
                state.needs.iter().map(|need| statement(&need.role)).collect()
            };
            statements.extend(self.desk.node().look(TENANT, bound.task, look).await?);
        }
        let digests = statements.iter().map(|(_, digest, _)| *digest).collect::<Vec<_>>();
        let sheet = if digests.len() > 1 { Sheet::of(digests) } else { None };
        for (approval, digest, role) in statements {
            let part = || "cGFydA".to_owned();
            let assertion =
                Assertion { authenticator_data: part(), client_data: part(), id: "key".to_owned(), signature: part() };
            let signed = sheet.as_ref().map_or(digest, Sheet::digest);
            let by = by(Assurance::Passkey)?;
            let said = Approve { approval, role, by, signed, assertion, sheet: sheet.clone() };
            if self.desk.approve(TENANT, bound.task, said).await?.is_err() {
                return Ok(false);
            }
        }
        Ok(!leaves.is_empty())
    }

    /// The person says no to a request.
    pub(crate) async fn refuse(&self, bound: &Bound, leaf: u64) -> Result<(), Trouble> {
        let look = move |task: &TaskState, _: &_| task.approval_at(leaf).map(|state| state.seq);
        let Some(approval) = self.desk.node().look(TENANT, bound.task, look).await? else { return Ok(()) };
        let (by, reason) = (by(Assurance::Passkey)?, "this is not what I asked for".to_owned());
        let said = RefuseApproval { approval, by, reason, instead: None, voids: true };
        self.desk
            .refuse_approval(TENANT, bound.task, said)
            .await?
            .map_err(|reason| format!("not refused: {reason}"))?;
        Ok(())
    }
}
