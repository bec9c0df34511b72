//! The wishes of a task: what its agents asked their person for.

use super::TaskState;
use crate::control::BadFold;
use crate::event::{TaskAmended, WishMade, WishRefused};
use crate::{GrantId, Micros, PersonId};
use serde::{Deserialize, Serialize};

/// The most wishes of one task: asking again and again is no way to get more.
pub const WISHES_MAX: usize = 10;
/// The most of them that wait for an answer at once.
pub const WISHES_OPEN_MAX: usize = 3;
/// The most tools that one wish names.
pub const WISH_TOOLS_MAX: usize = 8;
/// The most characters of what is wanted.
pub const WISH_CHARS_MAX: usize = 500;

/// How a wish stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WishStanding {
    /// The person has not answered.
    Open,
    /// The task was widened for it.
    Granted {
        /// The seq of the `task.amended`.
        amended: u64,
    },
    /// The person said no.
    Refused {
        /// Who.
        by: PersonId,
        /// Why; empty once it is erased.
        reason: String,
    },
}

impl WishStanding {
    /// As written for programs.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Granted { .. } => "granted",
            Self::Refused { .. } => "refused",
        }
    }
}

/// What an agent asked its person for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WishState {
    /// The seq of its `wish.made`: its number in the task.
    pub seq: u64,
    /// When.
    pub at: Micros,
    /// Under which grant.
    pub grant: GrantId,
    /// Tools that it named; empty also once they are erased.
    pub tools: Vec<String>,
    /// In the agent's words; empty once it is erased.
    pub wanted: String,
    /// How it stands.
    pub standing: WishStanding,
}

impl TaskState {
    /// Whether a wish can still be answered: nobody has, and the grant that it is of lives. Of one that has ended nobody wants
    /// anything any more.
    pub fn wish_waits(&self, wish: &WishState) -> bool {
        let lineage = self.lineage(wish.grant).unwrap_or_default();
        let live = self.standing.live() && !lineage.is_empty() && lineage.iter().all(|grant| grant.standing.live());
        live && wish.standing == WishStanding::Open
    }

    pub(super) fn wish_made(&mut self, made: &WishMade, at: Micros) -> Result<(), BadFold> {
        self.proof_used(&made.facts, at);
        if !self.grants.contains_key(&made.grant) {
            return Err(BadFold::Unfit("no such grant"));
        }
        let (tools, wanted) = made.private.as_ref().map_or_else(Default::default, |private| {
            let private = private.clone();
            (private.tools, private.wanted)
        });
        let wish = WishState { seq: self.seq, at, grant: made.grant, tools, wanted, standing: WishStanding::Open };
        self.wishes.insert(self.seq, wish);
        Ok(())
    }

    pub(super) fn wish_refused(&mut self, refused: &WishRefused) -> Result<(), BadFold> {
        let reason = refused.private.as_ref().map_or_else(String::new, |private| private.reason.clone());
        self.answer(refused.wish, WishStanding::Refused { by: refused.by.person.clone(), reason })
    }

    pub(super) fn wish_granted(&mut self, amended: &TaskAmended) -> Result<(), BadFold> {
        let Some(wish) = amended.wish else { return Ok(()) };
        self.answer(wish, WishStanding::Granted { amended: self.seq })
    }

    fn answer(&mut self, wish: u64, standing: WishStanding) -> Result<(), BadFold> {
        let wish = self.wishes.get_mut(&wish).filter(|wish| wish.standing == WishStanding::Open);
        wish.ok_or(BadFold::Unfit("no such wish is open"))?.standing = standing;
        Ok(())
    }
}
