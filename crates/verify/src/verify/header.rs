//! The header: who signed the log, who witnessed it, and whether it goes on from what was kept.

use super::{Run, Stop};
use crate::chain::control_stream;
use crate::form::{Consistency, FORMAT, Header, What};
use crate::note::{BadNote, Checkpoint};
use crate::report::{Finding, Found, Witness};
use crate::tree::{PROOF_HASHES_MAX, Paths, TreeHead, consistent};
use bailiwick_core::{StreamId, TenantId};

/// The most consistency proofs of one bundle.
const CONSISTENCIES_MAX: usize = 64;

/// What the header says, once its checkpoint is known to be the log's.
pub(super) struct Opened {
    pub(super) tenant: TenantId,
    pub(super) control: StreamId,
    pub(super) what: What,
    pub(super) head: TreeHead,
    pub(super) paths: Paths,
    /// The leaf that comes next, when the whole log is shown.
    pub(super) next_leaf: u64,
    /// Kept checkpoints that are not yet shown to be of this log.
    kept: Vec<TreeHead>,
    consistencies: usize,
}

impl Run<'_> {
    pub(super) fn open(&mut self, header: &Header<'_>) -> Result<(), Stop> {
        if header.format != FORMAT {
            let text = format!("the format is `{}`, this version reads `{FORMAT}`", header.format);
            return Err(self.malformed(text));
        }
        let checkpoint = match Checkpoint::parse(&header.checkpoint) {
            Ok(checkpoint) => checkpoint,
            Err(bad) => return Err(self.forged(bad)),
        };
        // The key that the bundle names is for people to compare; the one that counts was given.
        if let Err(bad) = checkpoint.check(&self.trust.log) {
            if header.log_key != self.trust.log.as_str() {
                let text = format!("{bad}; the bundle names the key `{}`, which is not the one given", header.log_key);
                self.add(Finding::new(Found::CheckpointForged, text));
                return Err(Stop);
            }
            return Err(self.forged(bad));
        }
        self.report.basis.exported_at = header.exported_at.0;
        if checkpoint.origin != header.origin {
            return Err(self.malformed("the header names another log than the checkpoint"));
        }
        self.witnesses(&checkpoint)?;
        let head = checkpoint.head;
        self.report.basis.size = head.size;
        let kept = self.kept()?;
        self.opened = Some(Opened {
            tenant: header.tenant,
            control: control_stream(header.tenant),
            what: header.what,
            head,
            paths: Paths::new(head),
            next_leaf: 0,
            kept: Vec::new(),
            consistencies: 0,
        });
        // One of the same size needs no proof.
        let (same, others): (Vec<TreeHead>, Vec<TreeHead>) = kept.into_iter().partition(|kept| kept.size == head.size);
        for kept in same {
            self.goes_on(kept.root == head.root, kept.size);
        }
        if let Some(opened) = &mut self.opened {
            opened.kept = others;
        }
        Ok(())
    }

    fn forged(&mut self, bad: BadNote) -> Stop {
        self.add(Finding::new(Found::CheckpointForged, bad));
        Stop
    }

    fn witnesses(&mut self, checkpoint: &Checkpoint<'_>) -> Result<(), Stop> {
        let given = &self.trust.witnesses;
        for (place, witness) in given.iter().enumerate() {
            // tlog-cosignature: the name is not signed, so one public key is one witness.
            if given.iter().take(place).any(|other| other.same_key(witness)) {
                continue;
            }
            match checkpoint.witnessed(witness) {
                Ok(Some(at_seconds)) => {
                    self.report.basis.witnesses.push(Witness { name: witness.name().to_owned(), at_seconds });
                }
                Ok(None) => {}
                Err(bad) => return Err(self.forged(bad)),
            }
        }
        let (signed, needed) = (self.report.basis.witnesses.len(), self.trust.witnesses_needed);
        if signed < needed {
            let text = format!("{signed} of the witnesses given signed the checkpoint, {needed} were asked for");
            self.add(Finding::new(Found::WitnessesMissing, text));
        }
        Ok(())
    }

    /// Checkpoints that were kept count once the log's key has signed them.
    fn kept(&mut self) -> Result<Vec<TreeHead>, Stop> {
        let trust = self.trust;
        let mut heads = Vec::new();
        for note in &trust.kept {
            let kept = Checkpoint::parse(note).and_then(|kept| kept.check(&trust.log).map(|()| kept.head));
            match kept {
                Ok(head) => heads.push(head),
                Err(bad) => {
                    let text = format!("a checkpoint that you kept is not one of this log: {bad}");
                    self.add(Finding::new(Found::KeptNotShown, text));
                }
            }
        }
        Ok(heads)
    }

    fn goes_on(&mut self, holds: bool, size: u64) {
        if holds {
            self.report.basis.kept.push(size);
        } else {
            let text =
                format!("the log was rewritten: it does not go on from the checkpoint of {size} leaves that you kept");
            self.add(Finding::new(Found::LogRewritten, text));
        }
    }

    pub(super) fn consistency(&mut self, line: &Consistency) -> Result<(), Stop> {
        let Some(opened) = &mut self.opened else { return Ok(()) };
        opened.consistencies += 1;
        if opened.consistencies > CONSISTENCIES_MAX || line.path.len() > PROOF_HASHES_MAX {
            return Err(self.malformed("too many proofs of consistency, or one that is too long"));
        }
        let head = opened.head;
        let (met, others) =
            std::mem::take(&mut opened.kept).into_iter().partition(|kept| (line.from, line.to) == ends(*kept, head));
        opened.kept = others;
        let met: Vec<TreeHead> = met;
        for kept in met {
            let (old, new) = if kept.size < head.size { (kept, head) } else { (head, kept) };
            self.goes_on(consistent(old, new, &line.path), kept.size);
        }
        Ok(())
    }

    /// Kept checkpoints that nothing was shown of.
    pub(super) fn kept_end(&mut self) {
        let kept = self.opened.as_mut().map(|opened| std::mem::take(&mut opened.kept)).unwrap_or_default();
        for head in kept {
            let size = head.size;
            let text = format!(
                "the bundle does not show that its log goes on from the checkpoint of {size} leaves: whoever exports it says \
                 `--since {size}`"
            );
            self.add(Finding::new(Found::KeptNotShown, text));
        }
    }
}

/// From the smaller log to the larger one.
const fn ends(one: TreeHead, other: TreeHead) -> (u64, u64) {
    if one.size < other.size { (one.size, other.size) } else { (other.size, one.size) }
}
