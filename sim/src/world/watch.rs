//! What a node does for its log once a second, as the product's keeper does: it follows it, compares it with what it
//! remembers outside of the store, and signs it from time to time. One that is not what it was ends its work.

use super::World;
use super::desk::Waiting;
use crate::happening::Happening;
use crate::mutant::Mutant;
use crate::setup::TENANT;
use bailiwick_core::Span;
use bailiwick_node::{Input, LogError, SignedCheckpoint, sign_checkpoint, watch_log};
use bailiwick_record::GuardError;
use bailiwick_store::{Ledger, StoreError};
use std::sync::PoisonError;

/// How often a log that grew is signed: more often than in the product, so that a run has several.
const SIGN_EVERY: Span = Span::seconds(10);

impl World {
    pub(super) fn watch(&mut self, at: usize) -> Result<(), String> {
        match self.followed(at) {
            Ok(None) => {}
            Ok(Some(SignedCheckpoint { size, mut root, note, .. })) => {
                if self.mutated(Mutant::SignsAnotherLog) && self.chance.permille(300) {
                    root = bailiwick_core::sha256(root.bytes());
                }
                let kept = self.mutated(Mutant::KeepsNameOfLog);
                let name = note.lines().next().filter(|_| !kept).unwrap_or("example/log").to_owned();
                self.happenings.push(Happening::Signed { node: at, size, root, name });
            }
            Err(LogError::Behind(why)) => return self.noticed(at, why),
            Err(LogError::Guard(error @ (GuardError::Forked(_) | GuardError::Epoch(_)))) => {
                return self.noticed(at, error.to_string());
            }
            Err(error @ (LogError::Note(_) | LogError::Broken(_) | LogError::Store(StoreError::Broken(_)))) => {
                return self.noticed(at, format!("the log cannot be followed: {error}"));
            }
            // It cannot be reached: the next second tries again.
            Err(LogError::Store(_)) => {}
            Err(error) => return Err(format!("a node cannot keep its log: {error}")),
        }
        Ok(())
    }

    fn followed(&mut self, at: usize) -> Result<Option<SignedCheckpoint>, LogError> {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(at).filter(|node| node.alive() && node.behind.is_none()) else {
            return Ok(None);
        };
        node.reaches.follow(&self.store, &node.vault, TENANT)?;
        let size = self.store.log(TENANT)?.size;
        if node.seen == Some(size) {
            return Ok(None);
        }
        let from = (&self.store as _, node.vault.as_ref(), node.reaches.as_ref());
        if now < node.signed_at.after(SIGN_EVERY) {
            node.seen = Some(watch_log(from, &mut node.guard, TENANT)?);
            return Ok(None);
        }
        let signed = sign_checkpoint(from, Some(&mut node.guard), TENANT)?;
        (node.seen, node.signed_at) = (Some(signed.size), now);
        Ok(Some(signed))
    }

    fn noticed(&mut self, at: usize, why: String) -> Result<(), String> {
        if self.mutated(Mutant::NoticesNothing) {
            return Ok(());
        }
        let now = self.now;
        if let Some(node) = self.nodes.get_mut(at) {
            node.behind = Some(now);
        }
        self.happenings.push(Happening::Noticed { node: at, why: why.clone() });
        self.input(at, Input::Behind { tenant: TENANT, why })
    }

    /// A store that went back is looked at, as it is there now: what was lost is shown by nobody, nor what no node wrote.
    pub(super) fn shows_what_is_gone(&self, waiting: &Waiting) -> Option<&'static str> {
        let Waiting::Look(_, shown) = waiting else { return None };
        let shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        let state = shown.as_ref()?;
        let head = self.store.head(TENANT, state.id).ok()?.map_or(0, |head| head.head);
        let forged = self.forged.is_some_and(|(stream, seq)| stream == state.id && state.seq >= seq);
        (state.seq > head || forged).then_some("showed of a task what is not there, or what no node wrote")
    }

    /// A node does something that one which has noticed never may.
    pub(super) fn acted(&mut self, at: usize, what: &'static str) {
        if self.nodes.get(at).is_some_and(|node| node.behind.is_some()) {
            self.happenings.push(Happening::ActedBehind { node: at, what });
        }
    }
}
