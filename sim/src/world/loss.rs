//! What befalls a store that no append does: an old backup is put back, a replica takes over that lacks the newest appends,
//! or somebody without keys writes to it or changes a row. Once in a run, and only in some: nothing is allowed from then on.

use super::{Event, NODES, World};
use crate::happening::{Happening, Loss};
use crate::mutant::Mutant;
use crate::setup::TENANT;
use bailiwick_core::Span;
use bailiwick_record::{Chain, Stamped};
use bailiwick_store::{Advance, Append, Group, Ledger, Stood, StreamKind};

/// The most writes that a replica may lack.
const LOST_MAX: u64 = 40;
/// How soon after it somebody starts a node anew, as one does who sees that nothing works.
const STARTED_ANEW: Span = Span::seconds(20);

impl World {
    pub(super) fn plan_loss(&mut self) {
        let Some(loss) = self.options.loss else { return };
        let permille = Span(self.options.safety.0 / 1_000);
        let part = |times: u64| Span(permille.0 * times);
        let at = self.fate.between(300, 900);
        if loss == Loss::Backup {
            let copied = self.fate.between(at / 2, at);
            self.after(part(copied), Event::Backup);
        }
        self.after(part(at), Event::Loss);
    }

    pub(super) fn lose(&mut self) -> Result<(), String> {
        let Some(how) = self.options.loss.filter(|_| self.lost.is_none()) else { return Ok(()) };
        self.export_before()?;
        match how {
            Loss::Backup => {
                if let Some(backup) = &self.backup {
                    self.store.roll_back(backup);
                }
            }
            Loss::FailOver => {
                let most = self.fate.between(1, LOST_MAX);
                self.store.fail_over(usize::try_from(most).unwrap_or(1));
            }
            Loss::Forgery => self.forge()?,
            Loss::Edit => self.edit(),
        }
        let left = self.leaves();
        let anew = usize::try_from(self.fate.below(NODES as u64)).unwrap_or(0);
        let mark = |at: usize| self.nodes.get(at).and_then(|node| node.guard.mark(TENANT));
        let must_notice = |at: &usize| match how {
            // Whoever has seen nothing of what is lost cannot know.
            Loss::Backup | Loss::FailOver => mark(*at).is_some_and(|mark| mark.size > left),
            // It is there for all to see.
            Loss::Forgery => true,
            // Who has read a row reads it no more; who starts reads all of them.
            Loss::Edit => *at == anew,
        };
        let must_notice = (0..NODES).filter(must_notice).collect();
        self.happenings.push(Happening::Lost { how, must_notice });
        self.lost = Some(self.now);
        self.counts.faults += 1;
        self.after(STARTED_ANEW, Event::Kill(anew));
        self.plan_restore();
        Ok(())
    }

    /// How many leaves there are, whether or not nodes can reach them.
    fn leaves(&self) -> u64 {
        let gone = self.store.tenants().is_err();
        self.store.set_gone(false);
        let size = self.store.log(TENANT).map_or(0, |log| log.size);
        self.store.set_gone(gone);
        size
    }

    /// The time of some event, by the least that a time can be changed.
    fn edit(&mut self) {
        let leaf = self.fate.below(self.leaves());
        self.store.edit(TENANT, leaf, |event| event.at = event.at.after(Span(1)));
    }

    /// The last event of a stream once more: its bytes and its stamp, in a chain that fits, at the store's own door.
    fn forge(&mut self) -> Result<(), String> {
        let gone = self.store.tenants().is_err();
        self.store.set_gone(false);
        let done = self.written_by_nobody();
        self.store.set_gone(gone);
        done
    }

    fn written_by_nobody(&mut self) -> Result<(), String> {
        let told = |error: bailiwick_store::StoreError| error.to_string();
        let heads = self.store.heads(TENANT, None, usize::MAX).map_err(told)?;
        let tasks: Vec<_> = heads.into_iter().filter(|head| head.kind == StreamKind::TASK).collect();
        let Some(head) = self.fate.pick(&tasks).copied() else { return Ok(()) };
        let last = self.store.stream(TENANT, head.stream, head.head, 1).map_err(told)?;
        let Some(mut event) = last.into_iter().next().map(|stored| stored.event) else { return Ok(()) };
        event.sealed = None;
        let mut chain = Chain::at(TENANT, head.stream, head.head, head.hash);
        event.hash = chain.append(&event.clear, None).map_err(|error| error.to_string())?;
        if self.mutated(Mutant::AnybodyStamps) {
            let key =
                self.nodes.iter().find_map(|node| node.vault.stamp_key(TENANT).ok()).ok_or("no node has a key")?;
            let (stream, kind, seq) = (head.stream, head.kind.0, head.head + 1);
            event.stamp = key.stamp(&Stamped { stream, kind, seq, at: event.at, hash: event.hash });
        }
        let log = self.store.log(TENANT).map_err(told)?;
        let streams =
            vec![Advance { stream: head.stream, kind: head.kind, expect: head.head, events: vec![event], wake: None }];
        let groups = vec![Group { streams, ..Group::default() }];
        let (epoch, format, decided_under) = (log.epoch, log.format, log.control_floor);
        let append = Append { tenant: TENANT, epoch, format, decided_under, narrows: false, groups };
        self.store.clear_faults();
        let appended = self.store.append(&append).map_err(told)?;
        match appended.groups.first() {
            Some(Stood::At { .. }) => {
                self.forged = Some((head.stream, head.head + 1));
                Ok(())
            }
            other => Err(format!("the forged event does not stand: {other:?}")),
        }
    }
}
