//! Which value of a result a person means: the one that stands at a place, of a kind, or the very one that they write.

use super::{PAGE_EVENTS_MAX, called};
use crate::written::Written;
use crate::{Api, Problem};
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::normal::{Kind, normal, one_line};
use bailiwick_core::{Data, DataClass, Digest, ObservedValue, Salt, ShownValue, TaskId, value_hash};
use bailiwick_node::Failure;
use std::collections::BTreeMap;

/// The most events of a task in which it is looked for calls that named a value.
const LOOKED_MAX: u64 = 2_000;
/// The most values that are listed.
const LISTED_MAX: usize = 8;
/// How much of a value is told.
const VALUE_CHARS_MAX: usize = 80;

/// What a person says of the value that they mean.
pub(super) struct Wanted<'a> {
    /// What it is to go without.
    pub(super) class: &'a DataClass,
    /// The event of the log that showed it.
    pub(super) event: u64,
    /// Where it stands in that result.
    pub(super) at: &'a Pointer,
    /// Of which kind.
    pub(super) kind: Option<&'a str>,
    /// As it is written.
    pub(super) value: Option<&'a str>,
}

impl Wanted<'_> {
    /// Whether it is this one. What is erased is like nothing.
    fn is(&self, one: &ObservedValue, salt: Option<&Salt>) -> bool {
        let written = |text: &str| {
            let form = Kind::parse(&one.kind).and_then(|kind| normal(&kind, text));
            form.zip(salt).is_some_and(|(form, salt)| value_hash(salt, &one.kind, &form) == one.hash)
        };
        self.kind.is_none_or(|kind| kind == one.kind) && self.value.is_none_or(written)
    }
}

impl Api {
    /// The value that the result at this event of the log shows at a place. A text, and an account within it, may stand at one.
    pub(super) async fn value_shown(
        &self,
        task: TaskId,
        salt: Option<Salt>,
        wanted: &Wanted<'_>,
    ) -> Result<ShownValue, Problem> {
        let none = || Problem::not_found("value of a result of this task");
        let stored = self.desk.node().store().leaves(self.tenant, wanted.event, 1);
        let stored = stored.map_err(|error| Problem::from(Failure::Unavailable(error.to_string())))?;
        let here = |stored: &bailiwick_store::StoredEvent| stored.leaf == wanted.event && stored.stream == task;
        let stored = stored.into_iter().find(here).ok_or_else(none)?;
        if self.desk.node().unlike(self.tenant, None, &stored)?.is_some() {
            return Err(none());
        }
        let Data::ActionEnded(ended) = self.opened(&stored)?.data else { return Err(none()) };
        let there = || ended.values.iter().filter(|value| value.pointer == *wanted.at);
        let meant: BTreeMap<Digest, &ObservedValue> =
            there().filter(|one| wanted.is(one, salt.as_ref())).map(|one| (one.hash, one)).collect();
        match meant.values().next() {
            Some(found) if meant.len() == 1 => {
                let (hash, kind) = (found.hash, found.kind.clone());
                Ok(ShownValue { event: stored.seq, hash, kind, pointer: wanted.at.clone() })
            }
            None if there().next().is_none() => Err(none()),
            _ => {
                let all: BTreeMap<Digest, &ObservedValue> = there().map(|one| (one.hash, one)).collect();
                let written = self.written();
                let look = move || salt.map(|salt| known_values(&written, task, &salt)).transpose();
                let known = self.desk.node().beside(look).await??.unwrap_or_default();
                let either = if meant.is_empty() { all } else { meant };
                Err(several(task, wanted, &either, &known))
            }
        }
    }
}

/// What calls of the task have named, by the hash of it: what a result showed is kept as no more than that.
pub(super) fn known_values(written: &Written, task: TaskId, salt: &Salt) -> Result<BTreeMap<Digest, String>, Problem> {
    let (mut known, mut from, key) = (BTreeMap::new(), 1, written.key(task)?);
    while from < LOOKED_MAX {
        let page = written.page(task, from, PAGE_EVENTS_MAX)?;
        let Some(last) = page.last().map(|stored| stored.seq) else { break };
        from = last.saturating_add(1);
        for stored in page {
            if written.unlike(&stored)?.is_some() {
                continue;
            }
            let event = written.opened_by(&stored, key.as_ref())?;
            let bound = called(&event.data).and_then(|of| of.private).map(|private| private.bound.as_slice());
            for one in bound.unwrap_or_default() {
                if let Some(form) = one.normal.known() {
                    known.insert(value_hash(salt, &one.kind.to_string(), form), form.clone());
                }
            }
        }
    }
    Ok(known)
}

/// The values of a result that no call has named yet, by their kinds and places.
pub(super) fn showed(values: &[ObservedValue], known: &BTreeMap<Digest, String>) -> Json {
    let unused = values.iter().filter(|value| !known.contains_key(&value.hash));
    Json::array(unused.map(|value| {
        Json::object([
            ("at", Json::from(value.pointer.to_string())),
            ("kind", Json::from(value.kind.as_str())),
            ("trusted", Json::from(value.trusted)),
        ])
    }))
}

/// None of what stands at that place, or more than one, is meant: what stands there, and the command that names one of it.
fn several(
    task: TaskId,
    wanted: &Wanted<'_>,
    these: &BTreeMap<Digest, &ObservedValue>,
    known: &BTreeMap<Digest, String>,
) -> Problem {
    let of_kind = |kind: &str| these.values().filter(|one| one.kind == kind).count();
    let named = |one: &&ObservedValue| known.get(&one.hash).map(|form| one_line(form, VALUE_CHARS_MAX));
    let mut kinds: BTreeMap<&str, (Vec<String>, usize)> = BTreeMap::new();
    for one in these.values() {
        let (written, unnamed) = kinds.entry(&one.kind).or_default();
        match named(one) {
            Some(form) => written.push(form),
            None => *unnamed += 1,
        }
    }
    let mut told: Vec<String> = Vec::new();
    for (kind, (written, unnamed)) in kinds {
        match (written.len() + unnamed, unnamed) {
            (1, _) => told.push(kind.to_owned()),
            (_, 0) => told.extend(written.iter().map(|form| format!("{kind} {form}"))),
            (_, unnamed) => {
                told.extend(written.iter().map(|form| format!("{kind} {form}")));
                told.push(format!("{unnamed} of kind {kind} that no call has named yet"));
            }
        }
    }
    let more = told.len().saturating_sub(LISTED_MAX);
    told.truncate(LISTED_MAX);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let twice = these.values().any(|one| of_kind(&one.kind) > 1);
    let how = if twice { "`--value`, written out" } else { "`--kind`" };
    let first = these.values().find(|one| named(one).is_some()).or_else(|| these.values().next());
    let kind = first.map_or("KIND", |one| one.kind.as_str());
    let value = first.and_then(named).unwrap_or_else(|| "VALUE".to_owned());
    let value = if of_kind(kind) > 1 { format!(" --value '{}'", value.replace('\'', "")) } else { String::new() };
    let (class, event, at) = (wanted.class, wanted.event, wanted.at);
    let command = format!(
        "bailiwick task declassify {task} --class {class} --event {event} --at {at} --kind {kind}{value} --reason WORDS"
    );
    let detail = format!(
        "at {at} that result shows {}{more}; say which by {how}: a call goes without the class only by the very value that was \
         let go",
        told.join(", ")
    );
    Problem { command: Some(command), ..Problem::bad(detail) }
}
