//! Events of a mandate's own stream: what a task drew, and what went back.

use super::steps::Step;
use super::told::Told;
use bailiwick_core::json::Json;
use bailiwick_core::{Data, Event, MandateName, StreamId, TaskId};

/// The mandate that an event moves, and the task.
fn moves(data: &Data) -> Option<(&MandateName, TaskId)> {
    match data {
        Data::AllocationMade(made) => Some((&made.mandate, made.task)),
        Data::AllocationReturned(returned) => Some((&returned.mandate, returned.task)),
        _ => None,
    }
}

/// The parts of an event of a mandate's stream; `None` of any other. The same event stands in the task's stream, where the task
/// says more of it.
pub(super) fn parts(stream: StreamId, event: &Event) -> Option<Vec<Told>> {
    let (mandate, task) = moves(&event.data).filter(|(_, task)| *task != stream)?;
    let mut by = Told::new("done_by", "who did it");
    by.say("the node itself, by what the task's consent says that it draws");
    let by = by.json(Json::object([("by", Json::Null), ("node", Json::from(true))]));
    let mut changed = Told::new("changed", "what it changed");
    changed.say(event.data.sentence(None));
    let named = [("mandate", Json::from(mandate.to_string())), ("task", Json::from(task.to_string()))];
    Some(vec![by, changed.json(Json::object(named)), step(&event.data).told()])
}

/// What to do next about what was drawn.
pub(super) fn step(data: &Data) -> Step {
    match moves(data) {
        Some((mandate, _)) => Step::run(
            "see what is left of the mandate, and which tasks draw on it:",
            format!("bailiwick mandate show {mandate}"),
        ),
        None => Step::nothing("nothing was drawn"),
    }
}
