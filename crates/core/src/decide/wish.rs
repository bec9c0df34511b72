//! What an agent asks its person for, and the person's no. A wish gives nothing.

use super::attempt::caller;
use super::{Decided, View, event, full, live_lineage};
use crate::event::{RULES, WishMade, WishNoPrivate, WishPrivate, WishRefused};
use crate::facts::Facts;
use crate::json::Pointer;
use crate::normal::invisible;
use crate::reason::{Code, Reason};
use crate::task::{WISH_CHARS_MAX, WISH_TOOLS_MAX, WISHES_MAX, WISHES_OPEN_MAX};
use crate::{GrantId, ToolPattern, Wish};

/// The most bytes of a tool's name that was only asked for.
const TOOL_BYTES_MAX: usize = 160;

/// An agent's wish. The same one, while it is open, is not asked twice.
pub(super) fn wish(view: View<'_>, asked: &Wish, facts: &Facts) -> Decided {
    match made(view, asked, facts) {
        Ok(Some(made)) => Decided::done(vec![event(facts, made)]),
        Ok(None) => Decided::done(Vec::new()),
        Err(reason) => Decided::deny(reason),
    }
}

fn made(view: View<'_>, asked: &Wish, facts: &Facts) -> Result<Option<WishMade>, Reason> {
    let holder = caller(view, (asked.grant, asked.epoch), facts)?;
    live_lineage(view, asked.grant, facts.now)?;
    if !view.control.running {
        return Err(Reason::new(Code::TenantStopped));
    }
    if !view.control.agents.get(&holder.agent).is_some_and(|entry| entry.active) {
        return Err(Reason::new(Code::AgentInactive));
    }
    line("wanted", &asked.wanted)?;
    if asked.tools.len() > WISH_TOOLS_MAX {
        return Err(malformed("tools", format_args!("at most {WISH_TOOLS_MAX} tools")));
    }
    let named = |tool: &&String| tool.len() > TOOL_BYTES_MAX || ToolPattern::parse(tool).is_err();
    if asked.tools.iter().any(|tool| named(&tool)) {
        return Err(malformed("tools", "names as `bank/pay` or `bank/*`"));
    }
    let wishes = &view.task.wishes;
    let open = || wishes.values().filter(|wish| view.task.wish_waits(wish));
    let same = |grant: GrantId, wish: &crate::task::WishState| {
        wish.grant == grant && wish.wanted == asked.wanted && wish.tools == asked.tools
    };
    if open().any(|wish| same(asked.grant, wish)) {
        return Ok(None);
    }
    if full(view.task) {
        return Err(Reason::new(Code::TaskFull));
    }
    if wishes.len() >= WISHES_MAX || open().count() >= WISHES_OPEN_MAX {
        return Err(Reason::new(Code::TooManyWishes));
    }
    Ok(Some(WishMade {
        control: view.control.leaf,
        facts: facts.clone(),
        grant: asked.grant,
        private: Some(WishPrivate { tools: asked.tools.clone(), wanted: asked.wanted.clone() }),
        rules: RULES,
    }))
}

/// One line that can be read: what an agent or a person says about a wish.
fn line(field: &str, text: &str) -> Result<(), Reason> {
    let odd = |c: char| c.is_control() || invisible(c);
    let fits = !text.trim().is_empty() && text.chars().count() <= WISH_CHARS_MAX && !text.chars().any(odd);
    let expected = format_args!("one line of 1 to {WISH_CHARS_MAX} characters, none of them invisible");
    if fits { Ok(()) } else { Err(malformed(field, expected)) }
}

/// A field that is not as it should be, and what was expected.
fn malformed(field: &str, expected: impl std::fmt::Display) -> Reason {
    Reason::new(Code::ArgumentMalformed).at(&Pointer::root().join(field)).asked(format_args!("expected {expected}"))
}

/// The no of the person whose task it is.
pub(super) fn refuse(view: View<'_>, said: &crate::RefuseWish, facts: &Facts) -> Decided {
    match refused(view, said, facts) {
        Ok(refused) => Decided::done(vec![event(facts, refused)]),
        Err(reason) => Decided::deny(reason),
    }
}

fn refused(view: View<'_>, said: &crate::RefuseWish, facts: &Facts) -> Result<WishRefused, Reason> {
    still_open(view, said.wish)?;
    if view.task.requester.as_ref() != Some(&said.by.person) {
        return Err(Reason::new(Code::NotAvailable).asked("a task of yours"));
    }
    if view.task.epoch != view.control.epoch {
        return Err(Reason::new(Code::EpochPassed));
    }
    line("reason", &said.reason)?;
    if full(view.task) {
        return Err(Reason::new(Code::TaskFull));
    }
    Ok(WishRefused {
        by: said.by.clone(),
        control: view.control.leaf,
        facts: facts.clone(),
        private: Some(WishNoPrivate { reason: said.reason.clone() }),
        rules: RULES,
        wish: said.wish,
    })
}

/// A wish that can still be answered, of a grant that is not over.
pub(super) fn still_open(view: View<'_>, wish: u64) -> Result<(), Reason> {
    if view.task.wishes.get(&wish).is_some_and(|wish| view.task.wish_waits(wish)) {
        Ok(())
    } else {
        Err(Reason::new(Code::NotPossible).asked("the wish was answered already, or what asked for it has ended"))
    }
}
