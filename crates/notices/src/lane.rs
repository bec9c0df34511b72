//! A rule's lane: what is to be sent, in order, and how it goes. Pure: time and outcomes come in.

use crate::notice::Notice;
use crate::schedule;
use bailiwick_core::{Micros, Notify, PersonId};
use std::collections::{BTreeSet, VecDeque};

/// How many notices of a rule wait in memory; the log keeps the others.
const WAITING_MAX: usize = 256;
/// How many leaves without a notice are passed before that is said on the shelf.
const PASSED_MAX: u64 = 1_000;
/// How many notices wait by themselves while others go on; past it the lane waits as a whole.
const ASIDE_MAX: usize = 16;
/// How much of what a place said is shown.
const WHY_CHARS_MAX: usize = 200;

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It arrived.
    Taken,
    /// It may arrive later; until then nothing else would.
    Again(String),
    /// It may arrive later, and what comes after it need not wait: it is one recipient's trouble.
    Later(String),
    /// It never will: the same would be refused again.
    Never(String),
}

/// What people who look after the node are told of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// It fails.
    Fails(String),
    /// It works again.
    Works,
    /// A notice was given up.
    GaveUp(String),
}

/// How a rule's notices stand, as this node knows since it sends them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The rule.
    pub rule: String,
    /// How many arrived.
    pub sent: u64,
    /// How many wait, as far as the log was read.
    pub waiting: usize,
    /// How many were given up.
    pub given_up: u64,
    /// How many tries in a row failed.
    pub failed: u64,
    /// Why the last one did.
    pub trouble: Option<String>,
}

/// A notice that waits by itself: some of its recipients have it.
#[derive(Debug)]
struct Aside {
    notice: Notice,
    reached: BTreeSet<PersonId>,
    not_before: Micros,
}

/// One rule's notices.
#[derive(Debug)]
pub(crate) struct Lane {
    notify: Notify,
    since: u64,
    /// The next leaf to look at.
    seen: u64,
    /// Where the shelf says that it stands.
    saved: u64,
    waiting: VecDeque<Notice>,
    /// Who has the first of them already.
    reached: BTreeSet<PersonId>,
    /// Those that wait by themselves, in order.
    aside: Vec<Aside>,
    /// The notice of which a try is under way.
    trying: Option<String>,
    not_before: Micros,
    sent: u64,
    given_up: u64,
    failed: u64,
    trouble: Option<String>,
}

impl Lane {
    /// Begins at this leaf.
    pub(crate) fn new(notify: Notify, since: u64, from: u64) -> Self {
        Self {
            notify,
            since,
            seen: from,
            saved: from,
            waiting: VecDeque::new(),
            reached: BTreeSet::new(),
            aside: Vec::new(),
            trying: None,
            not_before: Micros(0),
            sent: 0,
            given_up: 0,
            failed: 0,
            trouble: None,
        }
    }

    /// Whether it is of the rule as it stands since this event of the control stream.
    pub(crate) const fn is_since(&self, since: u64) -> bool {
        self.since == since
    }

    pub(crate) const fn notify(&self) -> &Notify {
        &self.notify
    }

    /// The leaf that it looks at next; `None` while it has no room.
    pub(crate) fn wants(&self) -> Option<u64> {
        (self.waiting.len() < WAITING_MAX).then_some(self.seen)
    }

    /// Looks at a leaf. What it looked at before, or has no room for, changes nothing.
    pub(crate) fn look(&mut self, leaf: u64, notice: impl FnOnce(&Notify) -> Option<Notice>) {
        if self.wants() != Some(leaf) {
            return;
        }
        self.seen = leaf + 1;
        self.waiting.extend(notice(&self.notify));
    }

    /// What is to be tried now, and who has it already. One at a time: the next waits until this one is settled.
    pub(crate) fn due(&mut self, now: Micros) -> Option<(Notice, BTreeSet<PersonId>)> {
        if self.trying.is_some() || now < self.not_before {
            return None;
        }
        let late = self.aside.iter().find(|aside| aside.not_before <= now);
        let late = late.map(|aside| (aside.notice.clone(), aside.reached.clone()));
        let due = late.or_else(|| Some((self.waiting.front()?.clone(), self.reached.clone())))?;
        self.trying = Some(due.0.id.clone());
        Some(due)
    }

    /// How the try of a notice ended.
    pub(crate) fn settle(
        &mut self,
        now: Micros,
        id: &str,
        reached: BTreeSet<PersonId>,
        outcome: Outcome,
    ) -> Option<News> {
        let tried = self.waiting.iter().take(1).chain(self.aside.iter().map(|aside| &aside.notice));
        let tried = tried.into_iter().find(|tried| tried.id == id && self.trying.as_deref() == Some(id))?;
        let (at, until) = (tried.happened.at, tried.happened.until);
        self.trying = None;
        let alone = matches!(outcome, Outcome::Later(_));
        let (why, next) = match outcome {
            Outcome::Taken => {
                self.pass(id);
                self.sent += 1;
                self.not_before = now;
                if !self.aside.is_empty() {
                    return None;
                }
                self.failed = 0;
                return self.trouble.take().map(|_| News::Works);
            }
            Outcome::Again(why) | Outcome::Later(why) => (why, schedule::next_try(at, now, until)),
            Outcome::Never(why) => (why, None),
        };
        let why: String = why.escape_debug().take(WHY_CHARS_MAX).collect();
        let begins = self.trouble.is_none();
        self.failed += 1;
        self.trouble = Some(why.clone());
        match next {
            Some(next) => {
                self.hold(id, reached, next, alone);
                begins.then_some(News::Fails(why))
            }
            None => {
                self.pass(id);
                self.given_up += 1;
                self.not_before = schedule::rested(now);
                Some(News::GaveUp(why))
            }
        }
    }

    /// A notice that is tried again at `next`: by itself, or with all that come after it.
    fn hold(&mut self, id: &str, reached: BTreeSet<PersonId>, next: Micros, alone: bool) {
        if let Some(aside) = self.aside.iter_mut().find(|aside| aside.notice.id == id) {
            (aside.reached, aside.not_before) = (reached, next);
        } else if alone && self.aside.len() < ASIDE_MAX {
            let first = self.waiting.pop_front();
            self.reached = BTreeSet::new();
            self.aside.extend(first.map(|notice| Aside { notice, reached, not_before: next }));
        } else {
            self.reached = reached;
            self.not_before = next;
            return;
        }
        if !alone {
            self.not_before = next;
        }
    }

    fn pass(&mut self, id: &str) {
        let before = self.aside.len();
        self.aside.retain(|aside| aside.notice.id != id);
        if self.aside.len() == before {
            self.waiting.pop_front();
            self.reached = BTreeSet::new();
        }
    }

    /// Where it would begin anew: at the first notice that is not settled.
    pub(crate) fn position(&self) -> u64 {
        let aside = self.aside.iter().map(|aside| &aside.notice);
        aside.chain(self.waiting.front()).map(|notice| notice.happened.leaf).min().unwrap_or(self.seen)
    }

    /// The position, where it is worth a write although nothing was sent: it would be looked for again at the next start.
    pub(crate) fn unsaved(&self) -> Option<u64> {
        let position = self.position();
        (position >= self.saved + PASSED_MAX).then_some(position)
    }

    /// The shelf says so now.
    pub(crate) fn saved(&mut self, position: u64) {
        self.saved = self.saved.max(position);
    }

    pub(crate) fn standing(&self, rule: &str) -> Standing {
        Standing {
            rule: rule.to_owned(),
            sent: self.sent,
            waiting: self.waiting.len() + self.aside.len(),
            given_up: self.given_up,
            failed: self.failed,
            trouble: self.trouble.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
