//! Which of its open tasks a running instance gets.

use crate::answer::Refusal;
use crate::instances::Place;
use crate::tasks::OpenTask;
use bailiwick_core::{GrantId, KeyThumbprint, TaskId};
use serde_json::{Value, json};

/// How many characters of an intent a list shows.
const INTENT_CHARS_MAX: usize = 200;

/// The task that an instance asks for, and which of its agent's grants in it, where it says so.
pub(crate) type Wanted = (TaskId, Option<GrantId>);

/// The task to bind: the one named; else the one that has this key; else the one that a person picked; else the only
/// one that is free. Of several parts of one task the next one, so that each of several instances has its own.
pub(crate) fn choose<'a>(
    open: &'a [OpenTask],
    named: Option<Wanted>,
    key: &KeyThumbprint,
    place: impl Fn(&OpenTask) -> Place,
) -> Result<&'a OpenTask, Refusal> {
    if let Some((named, grant)) = named {
        // Unknown, ended and another agent's are one answer.
        // Of several grants in it: the one that has this key, else the next that nobody has, else the first.
        let meant = |task: &&OpenTask| task.task == named && grant.is_none_or(|grant| task.grant == grant);
        let of_task = || open.iter().filter(meant);
        let own = of_task().find(|task| task.bound.as_ref() == Some(key));
        let free = || next(of_task().filter(|task| place(task) == Place::Free));
        let picked = || next(of_task().filter(|task| place(task) == Place::Picked));
        let found = own.or_else(picked).or_else(free).or_else(|| of_task().next());
        let sentence = match grant {
            None => "this agent has no open task of that id",
            Some(_) => "this agent has no open task of that id with that grant",
        };
        return found.ok_or_else(|| Refusal::bad("invalid_grant", sentence));
    }
    let own = open.iter().find(|task| task.bound.as_ref() == Some(key));
    // A pick of a task is a pick of whichever part of it is next.
    if let Some(task) = own.or_else(|| next(open.iter().filter(|task| place(task) == Place::Picked))) {
        return Ok(task);
    }
    let free: Vec<&OpenTask> = open.iter().filter(|task| place(task) == Place::Free).collect();
    if let Some(of) = next(free.iter().copied()).filter(|one| free.iter().all(|task| task.task == one.task)) {
        return Ok(of);
    }
    match free.as_slice() {
        // The word of RFC 8628 §3.5: ask again, a person has something to do first.
        [] => Err(pending(open, place)),
        several => {
            let sentence = "several tasks wait for this agent: a person says which one is this instance's with `bailiwick task attach TASK`, and `--grant GRANT` where it is a part of one";
            let tasks = several.iter().map(|task| shown(task)).collect();
            Err(Refusal::bad("interaction_required", sentence).with("bailiwick_tasks", tasks))
        }
    }
}

/// Of several grants the next: first those under which something can be done, then those that nobody had, then the oldest.
fn next<'a>(of: impl Iterator<Item = &'a OpenTask>) -> Option<&'a OpenTask> {
    // by INVARIANT of lists of open tasks: within a task the oldest stands first, and the first of equals is taken
    of.min_by_key(|task| (task.idle, task.bound.is_some()))
}

/// Why none waits: there is none, or an instance that may still have a token holds each.
fn pending(open: &[OpenTask], place: impl Fn(&OpenTask) -> Place) -> Refusal {
    let held: Vec<Value> = open
        .iter()
        .filter_map(|task| match place(task) {
            Place::Taken { seconds_left } => {
                let mut shown = shown(task);
                if let Value::Object(members) = &mut shown {
                    members.insert("held_seconds".to_owned(), json!(seconds_left));
                }
                Some(shown)
            }
            Place::Free | Place::Picked => None,
        })
        .collect();
    if held.is_empty() {
        return Refusal::bad(
            "authorization_pending",
            "no task waits for this agent: a person starts one with `bailiwick task start TEMPLATE --agent AGENT`",
        );
    }
    let sentence = "the tasks of this agent are held by earlier instances: a person gives one to this instance with `bailiwick task attach TASK`";
    Refusal::bad("authorization_pending", sentence).with("bailiwick_held", Value::Array(held))
}

fn shown(task: &OpenTask) -> Value {
    let short = |text: &Option<String>| -> Option<String> {
        text.as_ref().map(|text| text.chars().take(INTENT_CHARS_MAX).collect())
    };
    json!({
        "task": task.task,
        "grant": task.grant,
        "intent": short(&task.intent),
        "part": task.part,
        "purpose": short(&task.purpose),
        "template": task.template.as_ref().map(bailiwick_core::TemplateName::as_str),
    })
}

#[cfg(test)]
mod tests;
