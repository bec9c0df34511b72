//! Under which grants, by which row of each, and what was charged there before and after.

use super::Story;
use super::told::Told;
use crate::people::text;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{
    Amount, Axis, ConsentAge, Delegation, Envelope, GrantState, Row, TaskState, ToolId, Unit, is_own,
};
use std::collections::BTreeSet;

/// The most rows of one grant that are told.
const ROWS_TOLD_MAX: usize = 8;

impl Api {
    /// The lineage, root first.
    pub(super) fn under(&self, story: &Story) -> Result<Told, Problem> {
        let mut told = Told::new("under", "under which grant");
        let lineage = story.grant.and_then(|grant| story.past.after.lineage(grant)).unwrap_or_default();
        let mut all = Vec::new();
        for grant in &lineage {
            let minted = self.at(story.task, grant.seq)?.map(|stored| stored.leaf);
            let line = format!("grant {}, held by {}", grant.id, grant.holder);
            told.say(minted.map_or_else(|| line.clone(), |leaf| format!("{line} since #{leaf}")));
            let rows = rows_of(story, grant);
            if grant.envelope.is_none() {
                told.say("  what it allows is erased");
            } else if tool_of(story).is_some_and(|tool| is_own(tool.server())) {
                told.say("  handing on is by what it says of delegation, and by no row");
            } else if rows.is_empty() && tool_of(story).is_some() {
                told.say("  no row of it names this tool");
            }
            let rows: Vec<Json> = rows
                .into_iter()
                .take(ROWS_TOLD_MAX)
                .filter_map(|(index, used)| {
                    let row = grant.envelope.as_ref()?.rows.get(index)?;
                    Some(row_told(&mut told, story, grant, (index, used), row))
                })
                .collect();
            all.push(Json::object([
                ("erased", Json::from(grant.envelope.is_none())),
                ("grant", text(&grant.id)),
                ("holder", text(&grant.holder)),
                ("minted", minted.map_or(Json::Null, Json::from)),
                ("rows", Json::array(rows)),
            ]));
        }
        Ok(told.json(Json::array(all)))
    }
}

/// The tool that the event is about.
pub(super) fn tool_of(story: &Story) -> Option<&ToolId> {
    use bailiwick_core::Data;
    match &story.event.data {
        Data::ActionRefused(it) => Some(&it.action.tool),
        Data::ActionWaiting(it) => Some(&it.action.tool),
        _ => story.begun().map(|begun| &begun.action.tool),
    }
}

/// The rows of a grant to tell of: the one that the act used; else those that name its tool; else all.
fn rows_of(story: &Story, grant: &GrantState) -> Vec<(usize, bool)> {
    let Some(envelope) = &grant.envelope else { return Vec::new() };
    let used = story.begun().and_then(|begun| begun.rows.iter().find(|row| row.grant == grant.id));
    match (used, tool_of(story)) {
        (Some(used), _) => vec![(usize::try_from(used.row).unwrap_or(usize::MAX), true)],
        (None, Some(tool)) => {
            let names = |row: &Row| row.tools.iter().any(|pattern| pattern.matches(tool));
            let rows = envelope.rows.iter().enumerate();
            rows.filter(|(_, row)| names(row)).map(|(index, _)| (index, false)).collect()
        }
        (None, None) => (0..envelope.rows.len()).map(|index| (index, false)).collect(),
    }
}

/// One row in the words that a person said yes to.
pub(super) fn row_words(envelope: &Envelope, row: &Row) -> String {
    let (delegation, consent_age) = (Axis::Is(Delegation::default()), Axis::Is(ConsentAge::default()));
    let readable = Axis::Is(BTreeSet::new());
    let alone = Envelope { consent_age, delegation, readable, rows: vec![row.clone()], ..envelope.clone() };
    let said = [alone.sentences(false), alone.sentences(true)].concat();
    // a row with effects of both acts is one sentence of each; the rest of both is the same
    said.join(" / ")
}

fn row_told(told: &mut Told, story: &Story, grant: &GrantState, (index, used): (usize, bool), row: &Row) -> Json {
    let says = grant.envelope.as_ref().map_or_else(String::new, |envelope| row_words(envelope, row));
    let number = u64::try_from(index).unwrap_or(u64::MAX);
    told.say(format!("  {}row {}: {says}", if used { "by " } else { "" }, number.saturating_add(1)));
    let (before, after) = (&story.past.before, &story.past.after);
    let uses = |task: &TaskState| state_of(task, grant, index).map_or(0, |row| row.uses);
    if let Some(most) = row.uses {
        told.say(format!("    uses: {}", change(uses(before), uses(after), Some(most))));
    }
    let meters = row.meters.iter().map(|(unit, limit)| {
        let (was, now) = (charged(before, grant, index, unit), charged(after, grant, index, unit));
        told.say(format!("    {unit}: {}", change(was, now, limit.total)));
        Json::object([
            ("after", text(&now)),
            ("before", text(&was)),
            ("total", limit.total.map_or(Json::Null, |total| text(&total))),
            ("unit", text(unit)),
        ])
    });
    let meters: Vec<Json> = meters.collect();
    Json::object([
        ("meters", Json::array(meters)),
        ("row", Json::from(number)),
        ("says", Json::from(says.as_str())),
        ("used", Json::from(used)),
        ("uses_after", Json::from(uses(after))),
        ("uses_before", Json::from(uses(before))),
        ("uses_most", row.uses.map_or(Json::Null, Json::from)),
    ])
}

fn change<T: std::fmt::Display + PartialEq>(was: T, now: T, most: Option<T>) -> String {
    let of = most.map_or_else(String::new, |most| format!(" of {most}"));
    if was == now { format!("{now}{of} charged") } else { format!("{was} before, {now}{of} after") }
}

fn state_of<'a>(task: &'a TaskState, grant: &GrantState, row: usize) -> Option<&'a bailiwick_core::RowState> {
    task.grants.get(&grant.id)?.rows.get(row)
}

fn charged(task: &TaskState, grant: &GrantState, row: usize, unit: &Unit) -> Amount {
    let meter = state_of(task, grant, row).and_then(|row| row.meters.get(unit));
    meter.map_or(Amount::ZERO, bailiwick_core::Meter::charged)
}
