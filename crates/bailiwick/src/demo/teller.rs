//! Tells what happens, and whether it is as it should be.

use crate::played::Seen;
use crate::print::{data, foreign};
use bailiwick_core::json::Json;

/// Keeps count.
#[derive(Debug)]
pub(super) struct Teller {
    json: bool,
    wrong: u32,
    steps: u32,
}

impl Teller {
    pub(super) const fn new(json: bool) -> Self {
        Self { json, wrong: 0, steps: 0 }
    }

    /// A heading, for people.
    pub(super) fn chapter(&self, words: &str) {
        if !self.json {
            data(&format!("\n{words}"));
        }
    }

    /// A step. `expected` is `allowed`, or the code of a refusal.
    pub(super) fn step(&mut self, words: &str, expected: &str, seen: &Seen) {
        let decision = if seen.allowed { "allowed" } else { "refused" };
        let right = if seen.allowed { expected == "allowed" } else { expected == seen.reason };
        self.count(right);
        if self.json {
            let line = Json::object([
                ("decision", Json::from(decision)),
                ("expected", Json::from(expected)),
                ("reason", Json::from(seen.reason.as_str())),
                ("said", Json::from(seen.said.as_str())),
                ("step", Json::from(words)),
            ]);
            return data(&line.canonical());
        }
        let mark = if right { "" } else { "   << NOT AS IT SHOULD BE" };
        if seen.allowed {
            data(&format!("  {words}\n      allowed{mark}"));
        } else {
            data(&format!("  {words}\n      REFUSED, {}: {}{mark}", seen.reason, foreign(&seen.said)));
        }
    }

    /// Something that must be so.
    pub(super) fn holds(&mut self, words: &str, right: bool, said: &str) {
        self.count(right);
        if self.json {
            let line = Json::object([
                ("decision", Json::from(if right { "holds" } else { "does not hold" })),
                ("expected", Json::from("holds")),
                ("reason", Json::from("")),
                ("said", Json::from(said)),
                ("step", Json::from(words)),
            ]);
            return data(&line.canonical());
        }
        let mark = if right { "" } else { "   << NOT AS IT SHOULD BE" };
        data(&format!("  {words}\n      {}{mark}", foreign(said)));
    }

    fn count(&mut self, right: bool) {
        self.steps += 1;
        self.wrong += u32::from(!right);
    }

    /// The last line; whether all was as told.
    pub(super) fn end(&self) -> bool {
        let right = self.wrong == 0;
        if self.json {
            let count = |count: u32| Json::from(u64::from(count));
            let line = [("steps", count(self.steps)), ("verified", Json::from(right)), ("wrong", count(self.wrong))];
            data(&Json::object(line).canonical());
        } else if right {
            data(&format!("\nAll {} steps went as told.", self.steps));
        } else {
            data(&format!("\n{} of {} steps did not go as told.", self.wrong, self.steps));
        }
        right
    }
}
