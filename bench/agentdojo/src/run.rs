//! One task that runs: calls are made, people are asked and answer, results come back.

use crate::Trouble;
use crate::data::Call;
use crate::tenant::{Tenant, json_of};
use bailiwick_core::{Code, Disposition, Reason, Span};
use bailiwick_node::{Asked, Attempted, Bound, Received};
use serde_json::{Value, json};

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Person {
    /// Says yes to the calls of the ground truth alone, and no to others as they come.
    Perfect,
    /// Says yes.
    Yes,
}

/// What a call came to.
pub(crate) struct Came {
    pub(crate) through: bool,
    pub(crate) asked: bool,
    pub(crate) why: String,
}

impl Came {
    fn through(asked: bool) -> Self {
        Self { through: true, asked, why: String::new() }
    }

    fn not(asked: bool, reasons: &[Reason]) -> Self {
        let words = reasons.iter().map(|reason| format!("{} ({reason})", reason.code)).collect::<Vec<_>>().join("; ");
        Self { through: false, asked, why: words }
    }
}

/// How what was done came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// As a result.
    Result,
    /// As a result that says it is an error.
    Failed,
}

/// A task that runs.
pub(crate) struct Run<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) bound: Bound,
    pub(crate) person: Person,
    pub(crate) approvals: usize,
}

/// The most confirmations that a task has open at once.
const TOGETHER_MAX: usize = 3;
/// How often a call is made until it is let through: it may lack something, and then wait twice.
const TRIES_MAX: usize = 4;

impl Run<'_> {
    async fn once(&self, call: &Call) -> Result<Attempted, Trouble> {
        let tool = self.tenant.tool(&call.tool).ok_or_else(|| format!("no tool `{}`", call.tool))?.clone();
        let asked = Asked {
            settle_within: Span::minutes(1),
            idempotency: call.key.clone(),
            ..Asked::again(tool, json_of(&call.args)?, bailiwick_core::json::Json::Null)
        };
        Ok(self.tenant.desk.attempt(&self.bound, asked).await?)
    }

    async fn done(&self, call: &Call, (act, leaf): (u64, u64), result: (&Value, Answer)) -> Result<(), Trouble> {
        let tool = self.tenant.tool(&call.tool).ok_or("no such tool")?;
        let (value, answer) = result;
        let text = match (value, answer) {
            (Value::String(text), Answer::Failed) => text.clone(),
            // As servers do for clients that read no structure.
            (value, Answer::Result) => json!({"result": value}).to_string(),
            (value, Answer::Failed) => value.to_string(),
        };
        let text = json!([{"type": "text", "text": text}]);
        let result = match answer {
            Answer::Result => json!({"content": text, "structuredContent": {"result": value}}),
            Answer::Failed => json!({"content": text, "isError": true}),
        };
        let received = Received::Result(json_of(&result)?);
        self.tenant.desk.settle(&self.bound, tool, (act, leaf), received, &[]).await?;
        Ok(())
    }

    /// Makes a call; `honest` says that it is one of the ground truth.
    pub(crate) async fn call(&mut self, call: &Call, result: &Value, honest: bool) -> Result<Came, Trouble> {
        self.answered(call, (result, Answer::Result), honest).await
    }

    /// The same, with how the answer comes back.
    pub(crate) async fn answered(
        &mut self,
        call: &Call,
        result: (&Value, Answer),
        honest: bool,
    ) -> Result<Came, Trouble> {
        let (mut asked, mut widened) = (false, false);
        for _ in 0..TRIES_MAX {
            match self.once(call).await? {
                Attempted::Forward { act, leaf, .. } => {
                    self.done(call, (act, leaf), result).await?;
                    return Ok(Came::through(asked));
                }
                Attempted::Refused { waits: Some(waits), reasons, .. } => {
                    asked = true;
                    if !(honest || self.person == Person::Yes) {
                        self.tenant.refuse(&self.bound, waits.approval).await?;
                        return Ok(Came::not(asked, &reasons));
                    }
                    self.approvals += 1;
                    if !self.tenant.approve(&self.bound, &[waits.approval]).await? {
                        return Ok(Came::not(asked, &reasons));
                    }
                }
                // What the task lacks the honest agent asks its person for, who gives it.
                Attempted::Refused { reasons, .. } if honest && !widened && lacks(&reasons) => {
                    widened = true;
                    self.approvals += 1;
                    let tool = self.tenant.tool(&call.tool).ok_or("no such tool")?;
                    let Some(template) = self.tenant.templates_with(tool).into_iter().next() else {
                        return Ok(Came::not(asked, &reasons));
                    };
                    self.tenant.widen(&self.bound, &template, std::collections::BTreeMap::new()).await?;
                }
                Attempted::Refused { reasons, .. } => return Ok(Came::not(asked, &reasons)),
                // An act that was done before is given again, and nothing is forwarded.
                other => return Ok(Came { why: format!("{other:?}"), ..Came::not(asked, &[]) }),
            }
        }
        Ok(Came { why: "asked again and again".to_owned(), ..Came::not(asked, &[]) })
    }

    /// The calls of the ground truth, in order. Those of one tool that wait together stand on one sheet.
    pub(crate) async fn honest(&mut self, calls: &[(Call, Value)]) -> Result<Vec<Came>, Trouble> {
        let mut out = Vec::with_capacity(calls.len());
        let (mut rest, mut before) = (calls, "");
        while let Some(((call, result), after)) = rest.split_first() {
            let alike = after.iter().take_while(|(next, _)| next.tool == call.tool).count();
            if before != call.tool {
                self.ask_together(rest.get(..=alike).unwrap_or_default()).await?;
            }
            before = &call.tool;
            out.push(self.call(call, result, true).await?);
            rest = after;
        }
        Ok(out)
    }

    /// Asks about what waits among calls of one tool, all of it at once.
    async fn ask_together(&mut self, calls: &[(Call, Value)]) -> Result<(), Trouble> {
        let changes = calls.first().is_some_and(|(call, _)| call.acts());
        if calls.len() < 2 || !changes {
            return Ok(());
        }
        let mut leaves = Vec::new();
        for (call, _) in calls.iter().take(TOGETHER_MAX) {
            match self.once(call).await? {
                Attempted::Refused { waits: Some(waits), .. } => leaves.push(waits.approval),
                // What needs no yes is done when its turn comes: here it was begun, so it is given as never sent.
                Attempted::Forward { act, leaf, .. } => {
                    let tool = self.tenant.tool(&call.tool).ok_or("no such tool")?;
                    self.tenant.desk.settle(&self.bound, tool, (act, leaf), Received::NeverSent, &[]).await?;
                    return Ok(());
                }
                _ => return Ok(()),
            }
        }
        if leaves.len() > 1 {
            self.approvals += 1;
            self.tenant.approve(&self.bound, &leaves).await?;
        }
        Ok(())
    }
}

/// Whether more of its person would help.
fn lacks(reasons: &[Reason]) -> bool {
    let more = |code: Code| {
        code.disposition() == Disposition::AskForMore
            || matches!(code, Code::SourceNotGranted | Code::ArgumentNotGranted)
    };
    reasons.first().is_some_and(|reason| more(reason.code))
}
