//! What a task draws on a mandate.

use super::{amount, facts, unit};
use crate::event::*;
use crate::*;

/// These, and changes that wait.
pub(super) fn and_changes() -> Vec<Data> {
    [of_allocations(), super::changes::of_changes()].concat()
}

fn of_allocations() -> Vec<Data> {
    let mandate = MandateName::parse("household").unwrap();
    let period = Some(Period { from: Micros(1), until: Micros(2) });
    let amounts = vec![Allocated { amount: amount("500"), over: Some(Span::hours(1)), period, unit: unit("EUR") }];
    let back = vec![GivenBack { counts: amount("20"), returned: amount("480"), unit: unit("EUR") }];
    let (rules, task) = (RULES, TaskId::new([3; 16]));
    vec![
        AllocationMade {
            amounts,
            control: Some(7),
            ends: Some(Micros(3)),
            facts: facts(),
            mandate: mandate.clone(),
            rules,
            task,
        }
        .into(),
        AllocationReturned { amounts: back, facts: facts(), mandate, rules, settled: true, task }.into(),
    ]
}
