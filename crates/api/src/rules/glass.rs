//! Who may break the glass, and where it is broken.

use super::page::{Page, value};
use crate::glass::may_break;
use bailiwick_core::{ControlState, GLASS_OPEN_MAX};

/// Overrides of policy and approvals.
pub(super) fn glass(page: &mut Page, state: &ControlState) {
    page.heading(2, &["Breaking the glass"]);
    page.text(
        "For at most 60 minutes neither policy nor approvals are asked of one task, for what a template's rows name. \
         Limits, lineage, roles and the record stay. Never over a task of one's own; somebody else closes it.",
    );
    let most = GLASS_OPEN_MAX.to_string();
    page.item(&["at most ", &most, " that nobody closed; one that is overdue for a day stops the next"]);
    let may = state.persons.keys().filter(|person| may_break(state, person));
    let may: Vec<String> = may.map(|person| value(person.as_str())).collect();
    let may = if may.is_empty() { "nobody".to_owned() } else { may.join(", ") };
    page.item(&["with the role ", &value("break-glass"), ": ", &may]);
    let two = state.rules.values().any(|rule| rule.document.break_glass.is_some());
    page.item(&[if two {
        "two persons sign: who breaks it, and another with the role or an administrator"
    } else {
        "one person signs; again within a day, an administrator as well"
    }]);
    for (number, glass) in state.glasses.iter().filter(|(_, glass)| glass.closed.is_none()) {
        let (by, task) = (value(glass.by.person.as_str()), value(&glass.task.to_string()));
        page.item(&["not closed: ", &number.to_string(), ", over task ", &task, ", by ", &by]);
    }
}
