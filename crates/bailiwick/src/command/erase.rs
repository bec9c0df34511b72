//! `erase --person`: what one person began, erased in acts of so many tasks each.

use super::{Outcome, change};
use crate::cli::Erase;
use crate::client::Client;
use crate::home::Trouble;
use crate::names::in_path;
use crate::print::{self, data, foreign, list, number, text, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;

/// The most acts of one command: what waits for a second person has no room for more.
const ACTS_MAX: u64 = 32;

pub(super) async fn erase(client: &Client, asked: Erase, json: bool) -> Result<Outcome, Trouble> {
    let path = format!("/v1/persons/{}/erase", in_path(&asked.person));
    if asked.dry_run {
        let found = client.post(&path, &Json::object([("dry_run", Json::from(true))])).await?;
        if json {
            print::json(&found);
        } else {
            would(&found);
        }
        return Ok(Outcome::Done);
    }
    let reason =
        asked.reason.ok_or_else(|| BadInput("--reason says why, in one line: it stands in the record".to_owned()))?;
    let body = Json::object([("reason", Json::from(reason.as_str()))]);
    let mut done = 0;
    for _ in 0..ACTS_MAX {
        let answer = client.post(&path, &body).await?;
        let count = u64::try_from(list(&answer, "tasks").len()).unwrap_or(u64::MAX);
        done += count;
        let more = number(&answer, "more");
        if json {
            print::json(&answer);
        } else if count > 0 && !change::waits(&answer) {
            data(&format!("{} erased; event {}", tasks_of(count), number(&answer, "event")));
        }
        if more > 0 && count > 0 {
            words(&format!("{done} so far, {more} more"));
            continue;
        }
        if !json {
            if done == 0 {
                data(&format!("nothing to erase: {} began no task that has ended and is there yet", named(&answer)));
            }
            rest(&answer);
        }
        break;
    }
    Ok(Outcome::Done)
}

/// So many tasks, in words.
fn tasks_of(count: u64) -> String {
    format!("{count} {}", if count == 1 { "task" } else { "tasks" })
}

/// Who began them, with the account of this machine that is theirs.
fn named(found: &Json) -> String {
    let person = text(found, "person");
    let also = list(found, "names").iter().filter_map(Json::as_str).filter(|name| *name != person);
    let also = also.map(foreign).collect::<Vec<_>>().join(", ");
    let also = if also.is_empty() { also } else { format!(" (also as {also})") };
    format!("{}{also}", foreign(person))
}

/// The account of theirs that began a task, where it was one.
fn began<'a>(found: &'a Json, task: &str) -> Option<&'a str> {
    list(found, "accounts").iter().find(|began| text(began, "task") == task).map(|began| text(began, "name"))
}

/// What would be erased, what is kept, and what stays.
fn would(found: &Json) {
    let tasks = list(found, "tasks");
    let count = u64::try_from(tasks.len()).unwrap_or(u64::MAX).saturating_add(number(found, "more"));
    let least = if found.get("all").and_then(Json::as_bool) == Some(true) { "" } else { "at least " };
    data(&format!("would erase {least}{} that {} began", tasks_of(count), named(found)));
    for task in tasks.iter().filter_map(Json::as_str) {
        let by =
            began(found, task).map_or_else(String::new, |name| format!("  begun by the account {}", foreign(name)));
        data(&format!("  {task}{by}"));
    }
    if number(found, "more") > 0 {
        words(&format!("and {} more: of so many each act names as many as are listed", number(found, "more")));
    }
    if number(found, "erased_before") > 0 {
        let verb = if number(found, "erased_before") == 1 { "was" } else { "were" };
        words(&format!("{} of theirs {verb} erased before", number(found, "erased_before")));
    }
    rest(found);
    words("nothing was erased: this was a dry run");
}

fn rest(found: &Json) {
    for kept in list(found, "kept") {
        let command = kept.get("command").and_then(Json::as_str);
        let command = command.map_or_else(String::new, |command| format!(" ({command})"));
        data(&format!("kept {}: {}{command}", text(kept, "task"), text(kept, "why")));
    }
    let named = u64::try_from(list(found, "kept").len()).unwrap_or(u64::MAX);
    let unnamed = number(found, "kept_count").saturating_sub(named);
    if unnamed > 0 {
        words(&format!("and {unnamed} more {} kept", if unnamed == 1 { "is" } else { "are" }));
    }
    words("what stays of them whatever is erased:");
    list(found, "stays").iter().filter_map(Json::as_str).for_each(|line| words(&format!("  - {}", foreign(line))));
}
