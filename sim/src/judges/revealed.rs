//! Nobody is told, shown or allowed what is not durable.

use super::{Judge, Verdict, holds};
use crate::happening::{About, Happening};
use crate::log::Log;
use crate::world::World;
use bailiwick_core::{Data, Decided, Event, Micros, Span, TaskId, TaskState};

/// How old what is shown may be: two seconds, and the time for which a read or a request may be on its way.
const SHOWN_WITHIN: Span = Span::seconds(2);

#[derive(Default)]
pub(super) struct Revealed;

/// Whether these events stand in the log from a leaf on, as they were told.
fn stand(log: &Log, events: &[Event], leaf: u64) -> bool {
    (leaf..).zip(events).all(|(leaf, told)| {
        log.leaf(leaf).is_some_and(|entry| entry.event.at == told.at && entry.event.data == told.data)
    })
}

fn told(log: &Log, task: TaskId, about: &About, decided: &Decided, leaf: Option<u64>) -> Verdict {
    let sentence = |what: &str| format!("of {task} somebody was told {what}, and it is not durable");
    if !decided.events.is_empty() {
        // An answer found again by its hash may have no leaf: then its events are somewhere in the stream.
        let there = match leaf {
            Some(leaf) => stand(log, &decided.events, leaf),
            None => decided.events.iter().all(|event| log.stream(task).any(|entry| entry.event.data == event.data)),
        };
        return holds(there, || sentence("what was decided"));
    }
    let of_stream = |find: &dyn Fn(&Data) -> bool| log.stream(task).any(|entry| find(&entry.event.data));
    match (&decided.verdict, about) {
        (bailiwick_core::Verdict::Allow { .. }, _) => Err(sentence("yes, without an event")),
        (bailiwick_core::Verdict::Again { act }, _) => {
            let begun = log.event(task, *act).is_some_and(|entry| matches!(entry.event.data, Data::ActionBegun(_)));
            holds(begun, || sentence("that an act was begun before"))
        }
        (bailiwick_core::Verdict::Done, About::End(grant)) => {
            holds(log.ending(task, *grant).is_some(), || sentence("that it ended"))
        }
        // A success that moved no meter rests on its beginning.
        (bailiwick_core::Verdict::Done, About::Settle(act)) => {
            let begun = log.event(task, *act).is_some_and(|entry| matches!(entry.event.data, Data::ActionBegun(_)));
            holds(begun, || sentence("the outcome of an act"))
        }
        (bailiwick_core::Verdict::Done, About::Consent(_)) => {
            holds(of_stream(&|data| matches!(data, Data::TaskAmended(_))), || sentence("that it is consented to"))
        }
        (bailiwick_core::Verdict::Done, About::Bind(_, key)) => {
            let bound = |data: &Data| matches!(data, Data::KeyBound(bound) if bound.key == *key);
            holds(of_stream(&bound), || sentence("that a key is bound"))
        }
        _ => Ok(()),
    }
}

/// What was shown is a state that the log makes, and none older than it may be.
fn looked(log: &Log, shown: &TaskState, asked: Micros) -> Verdict {
    let mut state = TaskState::empty(shown.tenant, shown.id);
    log.fold(&mut state, shown.seq)?;
    holds(state == *shown, || format!("of {} a state was shown that the log does not make", shown.id))?;
    let since = asked.before(SHOWN_WITHIN);
    let missed = log.event(shown.id, shown.seq + 1).filter(|next| next.seen < since);
    holds(missed.is_none(), || {
        let late = asked.0.saturating_sub(missed.map_or(asked, |next| next.seen).0);
        format!(
            "of {} a state was shown at event {}, {late} microseconds after the next was durable",
            shown.id, shown.seq
        )
    })
}

impl Judge for Revealed {
    fn name(&self) -> &'static str {
        "revealed"
    }

    fn happened(&mut self, happening: &Happening, log: &Log, world: &World) -> Verdict {
        match happening {
            Happening::Told { task, about, decided, leaf } => told(log, *task, about, decided, *leaf),
            Happening::ToldControl { decided, leaf } => match leaf {
                Some(leaf) => holds(stand(log, &decided.events, *leaf), || {
                    "a person was told of control what is not durable".to_owned()
                }),
                None => {
                    let there = |event: &Event| log.entries().iter().any(|entry| entry.event.data == event.data);
                    holds(decided.events.iter().all(there), || {
                        "a person was told of control what is not durable".to_owned()
                    })
                }
            },
            // By so much may a node's clock stand.
            Happening::Looked { asked, state } => looked(log, state, asked.before(world.set_back())),
            _ => Ok(()),
        }
    }
}
