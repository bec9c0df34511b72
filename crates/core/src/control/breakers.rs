//! Breakers: whose calls a fault has cut off, and until when.

use super::{BadFold, ControlState};
use crate::document::Trouble;
use crate::event::{ControlBreakerClosed, ControlBreakerOpened, Whose};
use crate::{AgentId, GrantId, Micros, RoleName, ToolId};
use serde::{Deserialize, Serialize};

/// The most breakers of a tenant that are not closed.
pub const BREAKERS_MAX: usize = 256;
/// Of those, how many may be over no more than a grant, an agent, a tool, and all: so many narrow ones never keep a wide one
/// from opening.
const REACHING_MAX: [usize; 4] = [192, 240, 248, BREAKERS_MAX];

/// Calls that are cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breaker {
    /// How many were counted.
    pub counted: u64,
    /// What was counted.
    pub on: Trouble,
    /// When it opened.
    pub opened: Micros,
    /// By which rule.
    pub rule: RoleName,
    /// Half-open from here on: probes pass.
    pub until: Micros,
    /// Whose calls they are.
    pub whose: Whose,
}

impl Breaker {
    /// Whether probes may pass.
    pub fn half_open(&self, now: Micros) -> bool {
        now >= self.until
    }
}

impl ControlState {
    /// Breakers that a call would have to pass, by the seq of the event that opened each.
    pub fn breakers_over<'a>(
        &'a self,
        grants: &'a [GrantId],
        agent: &'a AgentId,
        tool: &'a ToolId,
    ) -> impl Iterator<Item = (u64, &'a Breaker)> {
        let over = move |breaker: &Breaker| match &breaker.whose {
            Whose::Agent(of) => of == agent,
            Whose::Grant(of) => grants.contains(of),
            Whose::Tenant => true,
            Whose::Tool(of) => of == tool,
        };
        let counts = |breaker: &Breaker| {
            let rule = self.rules.get(&breaker.rule).and_then(|entry| entry.document.breaker.as_ref());
            rule.is_some_and(|rule| rule.counts(tool))
        };
        let all = self.breakers.iter().map(|(seq, breaker)| (*seq, breaker));
        all.filter(move |(_, breaker)| over(breaker) && counts(breaker))
    }

    /// Which half-open breaker makes room for a new one; none where there is room.
    ///
    /// # Errors
    /// Where as many of no wider reach are open as may be, and none of them is half-open.
    pub(crate) fn room_for_breaker(&self, whose: &Whose, now: Micros) -> Result<Option<u64>, usize> {
        let most = REACHING_MAX.get(whose.reach()).copied().unwrap_or(BREAKERS_MAX);
        let as_narrow = || self.breakers.iter().filter(|(_, breaker)| breaker.whose.reach() <= whose.reach());
        if as_narrow().count() < most && self.breakers.len() < BREAKERS_MAX {
            return Ok(None);
        }
        // What is over fewest goes first, and of that what nobody has probed for longest.
        let half_open = as_narrow().filter(|(_, breaker)| breaker.half_open(now));
        let first = half_open.min_by_key(|(seq, breaker)| (breaker.whose.reach(), breaker.until, **seq));
        first.map(|(seq, _)| Some(*seq)).ok_or(most)
    }

    pub(super) fn open_breaker(&mut self, opened: &ControlBreakerOpened) {
        self.breakers.retain(|_, breaker| breaker.rule != opened.rule || breaker.whose != opened.whose);
        if let Some(displaced) = opened.displaces {
            self.breakers.remove(&displaced);
        }
        if self.breakers.len() >= BREAKERS_MAX {
            // Written before events said which one makes room.
            let oldest = self.breakers.iter().min_by_key(|(_, breaker)| breaker.until).map(|(seq, _)| *seq);
            oldest.map(|seq| self.breakers.remove(&seq));
        }
        let breaker = Breaker {
            counted: opened.counted,
            on: opened.on,
            opened: self.at,
            rule: opened.rule.clone(),
            until: opened.until,
            whose: opened.whose.clone(),
        };
        self.breakers.insert(self.seq, breaker);
    }

    pub(super) fn close_breaker(&mut self, closed: &ControlBreakerClosed) -> Result<(), BadFold> {
        self.breakers.remove(&closed.breaker).map(drop).ok_or(BadFold::Unfit("no such breaker"))
    }

    /// A rule that is changed or gone closes what it opened.
    pub(super) fn breakers_without(&mut self, rule: &RoleName) {
        self.breakers.retain(|_, breaker| breaker.rule != *rule);
    }
}
