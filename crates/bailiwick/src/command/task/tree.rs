//! `task tree`: the grants of a task, each below the one that it comes from.

use super::standing;
use crate::hint::ours;
use crate::print::{charged, data, foreign, list, number, text};
use bailiwick_core::json::Json;

/// Prints a task as a tree.
pub(super) fn tree(task: &Json) {
    data(&format!("task {}  {}", text(task, "task"), standing(task)));
    data(&format!("  {} wants: {}", foreign(text(task, "requester")), foreign(text(task, "intent"))));
    let grants = list(task, "grants");
    // (grant, depth): what was handed on comes right below who handed it on
    let mut waiting: Vec<(&Json, usize)> =
        grants.iter().rev().filter(|grant| text(grant, "parent").is_empty()).map(|root| (root, 1)).collect();
    while let Some((grant, depth)) = waiting.pop() {
        held(grant, depth);
        let below = grants.iter().rev().filter(|other| text(other, "parent") == text(grant, "grant"));
        waiting.extend(below.map(|grant| (grant, depth + 1)));
    }
    if let left @ 1.. = number(task, "left_out") {
        let all = ours(&format!("task show {}", text(task, "task")));
        data(&format!("  and {left} grants more; `{all}` lists all"));
    }
}

/// One grant: who holds it, what for, what it allows, and how much of that was used.
fn held(grant: &Json, depth: usize) {
    let before = "  ".repeat(depth);
    let of = if depth == 1 { "" } else { "└ " };
    data(&format!("{before}{of}{}  grant {}  {}", text(grant, "holder"), text(grant, "grant"), standing(grant)));
    if !text(grant, "purpose").is_empty() {
        let (by, event) = (text(grant, "handed_on_by"), number(grant, "handed_on"));
        data(&format!("{before}    for: {} (handed on by {by}, #{event})", foreign(text(grant, "purpose"))));
    }
    for row in list(grant, "rows").iter().filter_map(Json::as_str) {
        data(&format!("{before}    {}", foreign(row)));
    }
    for meter in list(grant, "charged") {
        let row = number(meter, "row").saturating_add(1);
        data(&format!("{before}    charged {} (row {row})", charged(meter, text(meter, "total"))));
    }
    let (open, refused, children) = (number(grant, "open"), number(grant, "refused"), number(grant, "children"));
    if open + refused + children > 0 {
        data(&format!("{before}    open {open}, refused {refused}, handed on {children}"));
    }
}
