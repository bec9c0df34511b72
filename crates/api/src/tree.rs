//! `/v1/tasks/{id}/tree`: who holds what below whom, what each part was handed on for, and what was charged of it.

use crate::people::{task_json, text};
use crate::{Api, Problem};
use bailiwick_core::TaskId;
use bailiwick_core::json::{Json, Object};
use bailiwick_node::GrantSummary;
use std::collections::BTreeMap;

/// The most grants of one tree: the others are counted.
const GRANTS_TOLD_MAX: usize = 500;

impl Api {
    /// A task with its grants, those above before those below.
    pub(crate) async fn tree(&self, task: TaskId) -> Result<Json, Problem> {
        let mut found = self.desk.task(self.tenant, task).await?;
        let in_all = found.grants.len();
        let mut children: BTreeMap<_, u64> = BTreeMap::new();
        for parent in found.grants.iter().filter_map(|grant| grant.parent) {
            *children.entry(parent).or_default() += 1;
        }
        // They stand in the order that they were made: whatever is told, what it comes from is told as well.
        found.grants.truncate(GRANTS_TOLD_MAX);
        let mut grants = Vec::with_capacity(found.grants.len());
        let Json::Object(mut members) = task_json(&found) else { return Ok(Json::Null) };
        let own = members.get("grants").and_then(Json::as_array).unwrap_or_default().to_vec();
        for (json, grant) in own.into_iter().zip(&found.grants) {
            let Json::Object(mut members) = json else { continue };
            self.handed(task, grant, &mut members)?;
            let below = children.get(&grant.grant).copied().unwrap_or_default();
            members.insert("children", Json::from(below));
            grants.push(Json::Object(members));
        }
        let left = u64::try_from(in_all.saturating_sub(grants.len())).unwrap_or(u64::MAX);
        members.insert("grants", Json::array(grants));
        members.insert("left_out", Json::from(left));
        Ok(Json::Object(members))
    }

    /// By which event, by whom and what for it was handed on.
    fn handed(&self, task: TaskId, grant: &GrantSummary, members: &mut Object) -> Result<(), Problem> {
        let begun = grant.act.map(|seq| self.begun(task, seq)).transpose()?.flatten();
        let of = |name: &str| {
            let (_, begun) = begun.as_ref()?;
            let Some(private) = &begun.private else { return Some(Json::from("(erased)")) };
            private.arguments.get(name).cloned()
        };
        members.insert("handed_on", begun.as_ref().map_or(Json::Null, |(leaf, _)| Json::from(*leaf)));
        members.insert(
            "handed_on_by",
            begun.as_ref().map_or(Json::Null, |(_, begun)| {
                begun.facts.caller.as_ref().map_or(Json::Null, |caller| text(&caller.agent))
            }),
        );
        members.insert("purpose", of("purpose").unwrap_or(Json::Null));
        Ok(())
    }
}
