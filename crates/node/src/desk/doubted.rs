//! Acts of a grant that nobody knows the outcome of, as its agent is told: what, when, what stays charged, who settles it.

use crate::live::LiveControl;
use bailiwick_core::json::Json;
use bailiwick_core::{ActStanding, ActState, GrantId, Micros, TaskId, TaskState, record_tool};

/// The most acts that an agent is told of, newest first.
const TOLD_MAX: usize = 32;

/// One act in doubt, in our words: its agent knows what it asked for.
pub(super) struct Doubted {
    act: String,
    at: Micros,
    charged: Vec<String>,
    event: u64,
    how: How,
    task: TaskId,
}

/// What would settle it.
#[derive(Clone, Copy)]
enum How {
    /// An answer to what its server asked.
    Answer,
    /// The same call again: then the server's own record is asked. People may say it as well.
    Record,
    /// People who found out.
    People,
}

impl How {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Record => "record",
            Self::People => "people",
        }
    }
}

impl Doubted {
    /// Those of a grant. A read that stays where it is settles itself, and is in nobody's way.
    pub(super) fn of(task: &TaskState, control: &LiveControl, grant: GrantId, now: Micros) -> Vec<Self> {
        let own = task.acts.values().rev().filter(|act| act.grant == grant && act.in_doubt(now) && !act.harmless);
        own.take(TOLD_MAX).map(|act| Self::told(task, control, act)).collect()
    }

    fn told(task: &TaskState, control: &LiveControl, act: &ActState) -> Self {
        // The same call is known again by its key alone.
        let on_record = || control.state.tool_rules.get(&act.tool).and_then(|document| record_tool(document)).is_some();
        let how = match act.standing {
            ActStanding::Asked => How::Answer,
            _ if act.keyed && on_record() => How::Record,
            _ => How::People,
        };
        let charged = act.reserved.iter().filter(|of| of.grant == act.grant && !of.amount.is_zero());
        let charged = charged.map(|of| format!("{} {}", of.amount, of.unit)).collect();
        Self { act: act.tool.to_string(), at: act.at, charged, event: act.leaf, how, task: task.id }
    }

    /// A line for the model.
    pub(super) fn line(&self, now: Micros) -> String {
        let Self { act, at, charged, event, how, task } = self;
        let ago = now.0.saturating_sub(at.0) / 1_000_000;
        let charged =
            if charged.is_empty() { String::new() } else { format!(", {} still charged", charged.join(" and ")) };
        let settled = match how {
            How::Answer => "its server asked something; answering that goes on with it".to_owned(),
            How::Record => {
                "make the very same call again, under the same key, and its server's own record is asked".to_owned()
            }
            How::People => format!(
                "do not do it anew; a person who found out says so: bailiwick task settle {task} {event} --done --evidence WORDS \
                 (or --not-done)"
            ),
        };
        format!("- in doubt: event {event} ({act}), begun {ago} s ago{charged}; {settled}\n")
    }

    /// For programs.
    pub(super) fn json(&self) -> Json {
        Json::object([
            ("act", Json::from(self.act.as_str())),
            ("at", Json::from(self.at.0)),
            ("charged", Json::array(self.charged.iter().map(|amount| Json::from(amount.as_str())))),
            ("event", Json::from(self.event)),
            ("settled_by", Json::from(self.how.as_str())),
        ])
    }
}
