//! What a simulator may do to a store. Nothing here happens by chance: every fault is asked for by a call.

use super::{Journal, MemoryStore, data::Data, stood};
use crate::{Append, Appended, NewEvent, Stood, StoreError};
use bailiwick_core::{Micros, Span, TenantId};

/// What befalls the next append. Faults wait in a queue; each append takes the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: lets one append pass, so that a script can count.
    Pass,
    /// Every group is told that its heads moved; nothing is written.
    Conflict,
    /// Written, and the answer is lost: `Unknown`.
    LostAfterCommit,
    /// Lost on its way and never written: `Unknown`.
    LostBeforeCommit,
    /// `Unknown`, and held: it lands when [`MemoryStore::land`] says so.
    Zombie,
    /// The store's clock moves on by `before` until it looks and by `after` until it answers.
    Slow {
        /// Time that passes before the append is looked at.
        before: Span,
        /// Time that passes between the commit and the answer.
        after: Span,
    },
    /// `Unavailable`, nothing written.
    Gone,
}

/// What became of a held append when it landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    /// The append that was held.
    pub append: Append,
    /// What its sender would have been told.
    pub answer: Result<Appended, StoreError>,
}

/// A copy of everything that a store held at one moment.
#[derive(Debug, Clone)]
pub struct Backup(Data);

impl MemoryStore {
    /// Sets the store's clock; what sets it back is the caller's wish.
    pub fn set_now(&self, now: Micros) {
        self.inner().now = now;
    }

    /// Puts a fault at the end of the queue.
    pub fn inject(&self, fault: Fault) {
        self.inner().faults.push_back(fault);
    }

    /// Faults that no append has met yet.
    pub fn faults_waiting(&self) -> usize {
        self.inner().faults.len()
    }

    /// Forgets the faults that no append has met yet.
    pub fn clear_faults(&self) {
        self.inner().faults.clear();
    }

    /// While gone, every call answers `Unavailable`.
    pub fn set_gone(&self, gone: bool) {
        self.inner().gone = gone;
    }

    /// Appends that are held.
    pub fn zombies(&self) -> usize {
        self.inner().zombies.len()
    }

    /// Lets the oldest held append land, as if it had been on its way all the time.
    pub fn land(&self) -> Option<Landed> {
        let mut inner = self.inner();
        let append = inner.zombies.pop_front()?;
        let answer = inner.append(&append);
        Some(Landed { append, answer })
    }

    /// A copy of all that is held now.
    pub fn backup(&self) -> Backup {
        Backup(self.inner().data.clone())
    }

    /// Puts a backup in place of all that is held; the clock stays where it is.
    pub fn roll_back(&self, to: &Backup) {
        let mut inner = self.inner();
        inner.data = to.0.clone();
        inner.journal = Journal::new(to.0.clone());
    }

    /// A replica takes over that has not seen the last `lose` appends, nor anything written after the first of them.
    /// Answers how many were lost: fewer when the journal holds fewer.
    pub fn fail_over(&self, lose: usize) -> usize {
        let mut inner = self.inner();
        let (data, lost) = inner.journal.without_last(lose);
        inner.data = data;
        lost
    }

    /// Changes a row where it lies, as one does who has the database and no key. Answers whether it is there.
    pub fn edit(&self, tenant: TenantId, leaf: u64, change: impl FnOnce(&mut NewEvent)) -> bool {
        self.inner().data.edit(tenant, leaf, change)
    }

    /// Raises the tenant's epoch, as a person does after a restore.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`] when there is none.
    pub fn set_epoch(&self, tenant: TenantId, epoch: u32) -> Result<(), StoreError> {
        self.write(move |data, _| data.tenant_mut(tenant).map(|tenant| tenant.epoch = epoch))
    }

    /// Raises the format that the tenant's events are written in.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`] when there is none.
    pub fn set_format(&self, tenant: TenantId, format: u32) -> Result<(), StoreError> {
        self.write(move |data, _| data.tenant_mut(tenant).map(|tenant| tenant.format = format))
    }
}

impl super::Inner {
    /// The append with whatever fault is next in the queue.
    pub(super) fn append_with_faults(&mut self, append: &Append) -> Result<Appended, StoreError> {
        match self.faults.pop_front().unwrap_or(Fault::Pass) {
            Fault::Pass => self.append(append),
            Fault::Gone => Err(super::gone()),
            Fault::LostBeforeCommit => Err(StoreError::Unknown),
            Fault::LostAfterCommit => {
                // Even a no is lost: the sender cannot tell it from a commit.
                self.append(append).ok();
                Err(StoreError::Unknown)
            }
            Fault::Zombie => {
                self.zombies.push_back(append.clone());
                Err(StoreError::Unknown)
            }
            Fault::Conflict => {
                self.data.tenant(append.tenant)?;
                Ok(Appended { groups: vec![Stood::Conflict; append.groups.len()], now: self.now() })
            }
            Fault::Slow { before, after } => {
                self.now = self.now.after(before);
                let mut answer = self.append(append);
                self.now = self.now.after(after);
                if let Ok(answer) = &mut answer {
                    answer.now = self.now();
                }
                answer
            }
        }
    }

    fn append(&mut self, append: &Append) -> Result<Appended, StoreError> {
        let now = self.now();
        let answer = self.data.append(append, now)?;
        if stood(&answer) {
            let again = append.clone();
            self.journal.push(true, Box::new(move |data| drop(data.append(&again, now))));
        }
        Ok(answer)
    }
}
