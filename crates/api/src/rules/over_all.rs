//! Rules over all tasks: how much within a time, where data goes, who is told.

use super::page::{Page, value};
use bailiwick_core::ControlState;

/// Every rule of the tenant, each in its own sentence.
pub(super) fn rules(page: &mut Page, state: &ControlState) {
    if state.rules.is_empty() {
        return;
    }
    page.heading(2, &["Rules over all tasks"]);
    for entry in state.rules.values() {
        let said = entry.document.sentence();
        let said = said.strip_prefix("a rule: ").unwrap_or(&said);
        page.item(&[&value(entry.document.name.as_str()), ": ", &value(said)]);
    }
}

/// Tasks that are not erased, by nobody and no rule.
pub(super) fn holds(page: &mut Page, state: &ControlState) {
    if state.holds.is_empty() {
        return;
    }
    page.heading(2, &["Tasks that are held"]);
    page.text("Nobody and no rule erases them before each hold is released, which a second person signs.");
    for (task, hold) in state.holds.iter().flat_map(|(task, holds)| holds.iter().map(move |hold| (task, hold))) {
        let (by, task, number) = (value(hold.by.as_str()), value(&task.to_string()), hold.seq.to_string());
        page.item(&["task ", &task, ", by ", &by, " (hold ", &number, "): ", &value(&hold.reason)]);
    }
}
