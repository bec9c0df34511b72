//! What is played, written down for whoever plays it elsewhere: the documents, and for each task its templates and calls.
//!
//! The live bench reads it, so that both take the same catalogue, the same choice and the same attacks.

use crate::Trouble;
use crate::choose::Chooser;
use crate::data::{Call, Pair, Suite, UserTask};
use crate::tenant::{LOOK, Tenant};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn calls<'a>(of: impl IntoIterator<Item = &'a Call>) -> Value {
    of.into_iter().map(|call| json!({"tool": call.tool, "args": call.args})).collect()
}

/// A suite as it is to be played.
pub(crate) async fn of(suite: &Suite, (here, chooser): (&Path, &Chooser)) -> Result<Value, Trouble> {
    let tenant = Tenant::new(&[here.to_path_buf()], &format!("{}-plan", suite.name), &suite.tools, None).await?;
    let (mut tools, mut more) = (BTreeMap::new(), BTreeMap::new());
    for tool in &suite.tools {
        let id = tenant.tool(&tool.name).ok_or("no such tool")?;
        tools.insert(&tool.name, id.to_string());
        more.insert(&tool.name, tenant.templates_with(id).into_iter().next());
    }
    let tasks = suite.tasks.iter().map(|user| task(suite, user, (&tenant, chooser)));
    Ok(json!({
        "documents": tenant.documents,
        "first": LOOK,
        "more": more,
        "suite": suite.name,
        "tasks": tasks.collect::<Result<Vec<_>, _>>()?,
        "tools": tools,
    }))
}

fn task(suite: &Suite, task: &UserTask, (tenant, chooser): (&Tenant, &Chooser)) -> Result<Value, Trouble> {
    let mut templates = chooser.choose(&task.prompt, &tenant.stated(&task.prompt)?);
    templates.retain(|template| tenant.has(template));
    let honest = suite.honest(task, None);
    let attacks = suite.pairs_of(task).map(|pair| attack(suite, (task, pair)));
    Ok(json!({
        "attacks": attacks.collect::<Result<Vec<_>, _>>()?,
        "calls": calls(honest.iter().map(|(call, _)| call)),
        "id": task.id,
        "output": task.output,
        "templates": templates,
        "vectors": task.vectors_seen,
    }))
}

fn attack(suite: &Suite, (task, pair): (&UserTask, &Pair)) -> Result<Value, Trouble> {
    let injection = suite.injections.get(&pair.injection_task).ok_or("no such injection")?;
    let text = suite.attack_text(&injection.goal);
    let honest = suite.honest(task, Some(&text));
    let moments: BTreeSet<usize> = [task.read_by(), task.calls.len()].into();
    Ok(json!({
        "calls": calls(suite.attack(pair, &text).iter().map(|(call, _)| call)),
        "honest": calls(honest.iter().map(|(call, _)| call)),
        "id": pair.injection_task,
        "moments": moments,
        "text": text,
    }))
}
