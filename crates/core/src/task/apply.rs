//! `apply`: folds one event into a task's state. What an event says has happened; nothing is judged again here.

use super::{
    ActStanding, ActState, BoundKey, GrantState, PROOF_MEMORY, RowState, Standing, TaskState, counts_against, likeness,
    value_hash,
};
use crate::action::Status;
use crate::consent::SignedConsent;
use crate::control::BadFold;
use crate::elsewhere::touched_by;
use crate::event::{
    ASKED, ActionBegun, ActionEnded, ActionRefused, Data, Event, GrantEnded, GrantMinted, KeyBound, RefusalsCounted,
    Reserved, TaskStarted,
};
use crate::facts::Facts;
use crate::source::{Origin, forms};
use crate::{Amount, Digest, GrantId, Micros};
use std::collections::BTreeMap;

impl TaskState {
    /// Folds one event. `leaf` is its place in the tenant's log.
    ///
    /// # Errors
    /// [`BadFold`] when the event has no place in a task or names what is not there. The state is then unusable.
    pub fn apply(&mut self, event: &Event, leaf: u64) -> Result<(), BadFold> {
        self.seq += 1;
        self.at = self.at.max(event.at);
        match &event.data {
            Data::TaskStarted(_) if self.seq != 1 => return Err(BadFold::Unfit("the task was started before")),
            Data::TaskStarted(started) => {
                self.consented = self.at;
                self.window_set = self.at;
                self.signature_used(started.signed.as_deref());
                self.started(started);
            }
            Data::TaskAmended(amended) => self.amended(amended)?,
            Data::TaskEnded(ended) => {
                self.proof_used(&ended.facts, event.at);
                self.standing = Standing::Ended { why: ended.why, at: event.at };
                for grant in self.grants.values_mut().filter(|grant| grant.standing.live()) {
                    grant.standing = Standing::Ended { why: ended.why, at: event.at };
                }
            }
            Data::TaskEnding(ending) if self.root != Some(ending.grant) => {
                return Err(BadFold::Unfit("it is not the root's window"));
            }
            Data::TaskEnding(ending) => self.closing_told = Some(ending.expires),
            Data::GrantMinted(minted) => self.minted(minted)?,
            Data::GrantEnded(ended) => self.grant_ended(ended, event.at),
            Data::KeyBound(bound) => self.key_bound(bound, event.at)?,
            Data::ActionBegun(begun) => self.begun(begun, event.at, leaf)?,
            Data::ActionEnded(ended) => self.ended(ended)?,
            Data::ActionDoubtful(doubtful) => {
                let act = self.acts.get_mut(&doubtful.act).ok_or(BadFold::Unfit("no such act"))?;
                if act.standing != ActStanding::Open {
                    return Err(BadFold::Unfit("the act is not open"));
                }
                act.standing = if doubtful.why == ASKED { ActStanding::Asked } else { ActStanding::Doubtful };
            }
            Data::ActionRefused(refused) => self.refused(refused, event.at)?,
            Data::ActionWaiting(waiting) => {
                self.proof_used(&waiting.facts, event.at);
                self.waited = waiting.action.asked;
                self.waited_key = waiting.action.key;
            }
            Data::ApprovalAsked(asked) => self.approval_asked(asked, event.at, leaf),
            Data::ApprovalGiven(given) => self.approval_given(given, event.at)?,
            Data::ApprovalRefused(refused) => self.approval_refused(refused)?,
            Data::ApprovalEscalated(gone) => self.approval_escalated(gone)?,
            Data::ApprovalExpired(expired) => self.approval_expired(expired)?,
            Data::WishMade(made) => self.wish_made(made, event.at)?,
            Data::WishRefused(refused) => self.wish_refused(refused)?,
            Data::RefusalsCounted(counted) => self.counted(counted)?,
            Data::LabelLowered(lowered) => self.label_lowered(lowered)?,
            Data::AllocationMade(made) => self.allocated(made)?,
            Data::AllocationReturned(returned) => self.gave_back(returned)?,
            other => return Err(BadFold::Misplaced(other.kind())),
        }
        Ok(())
    }

    fn grant_mut(&mut self, id: GrantId) -> Result<&mut GrantState, BadFold> {
        self.grants.get_mut(&id).map(Box::as_mut).ok_or(BadFold::Unfit("no such grant"))
    }

    fn started(&mut self, started: &TaskStarted) {
        self.epoch = started.epoch;
        self.requester = Some(started.by.person.clone());
        self.purpose = Some(started.purpose.clone());
        self.template = Some(started.template.clone());
        self.keep_results = started.keep_results;
        if let Some(private) = &started.private {
            self.salt = Some(private.salt);
            self.intent = Some(private.intent.clone());
            self.parameters = Some(private.parameters.clone());
            self.subject.clone_from(&private.subject);
            self.values.said(&private.salt, &private.values, self.seq);
            self.values.pasted(&private.salt, private.pasted.as_deref().unwrap_or_default(), self.seq);
        }
    }

    fn minted(&mut self, minted: &GrantMinted) -> Result<(), BadFold> {
        if self.grants.contains_key(&minted.grant) {
            return Err(BadFold::Unfit("the grant is there already"));
        }
        match minted.parent {
            Some(parent) if !self.grants.contains_key(&parent) => return Err(BadFold::Unfit("no such parent")),
            None if self.root.is_some() => return Err(BadFold::Unfit("a second root")),
            Some(_) | None => {}
        }
        if minted.parent.is_none() {
            self.root = Some(minted.grant);
        }
        if let Some(act) = minted.act {
            self.handed_on(act, minted)?;
        }
        let seq = self.seq;
        let rows = vec![RowState::default(); minted.envelope.rows.len()];
        // Whoever gets work has been told by whoever hands it on.
        let above = minted.parent.and_then(|parent| self.grants.get(&parent));
        let (label, brought) = match above {
            Some(above) => (above.label.clone(), above.brought.clone()),
            None => self.told_at_first(),
        };
        self.grants.insert(
            minted.grant,
            Box::new(GrantState {
                id: minted.grant,
                seq,
                control: minted.control,
                parent: minted.parent,
                act: minted.act,
                holder: minted.holder.clone(),
                envelope: minted.whole_envelope(),
                standing: Standing::Live,
                key: None,
                // What is handed on is within what was consented to, which every use asks of the grants above.
                privileged: minted.parent.is_some(),
                rows,
                open: 0,
                refused: 0,
                label,
                brought,
                lowered: BTreeMap::new(),
                released: BTreeMap::new(),
            }),
        );
        Ok(())
    }

    fn grant_ended(&mut self, ended: &GrantEnded, at: Micros) {
        self.proof_used(&ended.facts, at);
        for id in self.subtree(ended.grant) {
            if let Some(grant) = self.grants.get_mut(&id).filter(|grant| grant.standing.live()) {
                grant.standing = Standing::Ended { why: ended.why, at };
            }
        }
    }

    /// The grant is the outcome of the act that handed it on.
    fn handed_on(&mut self, seq: u64, minted: &GrantMinted) -> Result<(), BadFold> {
        let own = self.seq;
        let act = self.acts.get_mut(&seq).ok_or(BadFold::Unfit("no such act"))?;
        if act.standing != ActStanding::Open || Some(act.grant) != minted.parent {
            return Err(BadFold::Unfit("the act did not hand this on"));
        }
        act.standing = ActStanding::Ended { status: Status::Done, seq: own };
        let (grant, keyed) = (act.grant, act.keyed);
        let grant = self.grant_mut(grant)?;
        grant.open = grant.open.saturating_sub(1);
        self.open = self.open.saturating_sub(1);
        if !keyed {
            self.acts.remove(&seq);
        }
        Ok(())
    }

    fn key_bound(&mut self, bound: &KeyBound, at: Micros) -> Result<(), BadFold> {
        self.proof_used(&bound.facts, at);
        let attestation = bound.facts.caller.as_ref().and_then(|caller| caller.attestation);
        let (key, instance, software) = (bound.key.clone(), bound.instance.clone(), bound.facts.software.clone());
        let key = BoundKey { key, instance, attestation, software };
        let grant = self.grant_mut(bound.grant)?;
        grant.key = Some(key);
        if bound.facts.elsewhere.is_none() {
            return Ok(());
        }
        // The instance brings what it touched in other tasks.
        let label = touched_by(grant, bound.facts.elsewhere.as_deref());
        self.touched(bound.grant, &label)
    }

    fn begun(&mut self, begun: &ActionBegun, at: Micros, leaf: u64) -> Result<(), BadFold> {
        self.proof_used(&begun.facts, at);
        self.approvals_used(begun)?;
        if let Some(first) = begun.continues {
            self.went_on(first, self.seq)?;
        }
        for used in &begun.rows {
            let row = usize::try_from(used.row).ok();
            let grant = self.grant_mut(used.grant)?;
            let row = row.and_then(|row| grant.rows.get_mut(row)).ok_or(BadFold::Unfit("no such row"))?;
            row.uses += 1;
        }
        for reserved in &begun.reserved {
            self.with_meter(reserved, |meter, limit, act| meter.charge(limit, act, reserved.amount, at))?;
        }
        let to = self.sent_to(begun);
        self.sum_up(begun, to, at);
        let tool = &begun.action.tool;
        let like = self
            .salt
            .as_ref()
            .zip(begun.private.as_ref())
            .map(|(salt, private)| likeness(salt, tool, &private.arguments, private.idempotency.as_ref()));
        let act = ActState {
            seq: self.seq,
            leaf,
            grant: begun.grant,
            tool: begun.action.tool.clone(),
            digest: begun.action.digest,
            likeness: like,
            at,
            forward_by: begun.forward_by,
            settle_by: begun.settle_by,
            reserved: begun.reserved.clone(),
            rows: begun.rows.clone(),
            after: begun.action.measures.iter().any(|measure| measure.after),
            to,
            harmless: stays(begun),
            asked_with: if stays(begun) { self.unvouched(begun).collect() } else { Vec::new() },
            keyed: begun.action.key.is_some(),
            took_over: begun.continues.is_some(),
            standing: ActStanding::Open,
        };
        if let Some(key) = begun.action.key {
            self.keys.insert((begun.grant, key), (begun.action.asked.unwrap_or(begun.action.digest), self.seq));
        }
        self.acts.insert(self.seq, Box::new(act));
        self.remember_proposed(begun);
        self.leave(begun);
        self.grant_mut(begun.grant)?.open += 1;
        self.open += 1;
        self.touched(begun.grant, &begun.label_after)
    }

    /// What an agent sends and nobody vouched for is no better wherever it comes back from. What only reads leaves nothing
    /// behind, and can say back at most what it was asked with.
    fn remember_proposed(&mut self, begun: &ActionBegun) {
        if stays(begun) {
            return;
        }
        let sent: Vec<Digest> = self.unvouched(begun).collect();
        sent.into_iter().for_each(|hash| self.values.proposed(hash, self.seq));
    }

    /// The values of a call that come from nowhere better than its agent.
    fn unvouched<'a>(&self, begun: &'a ActionBegun) -> impl Iterator<Item = Digest> + 'a + use<'a> {
        let known = self.salt.zip(begun.private.as_ref());
        let bound = known.into_iter().flat_map(move |(salt, private)| {
            private.bound.iter().zip(&begun.sources).map(move |(bound, source)| (salt, bound, source))
        });
        let unvouched = bound.filter(|(.., source)| source.source > Origin::Created);
        // in whatever form it may come back
        unvouched.flat_map(|(salt, bound, _)| {
            forms(bound).into_iter().map(move |(kind, form)| value_hash(&salt, kind, &form)).collect::<Vec<_>>()
        })
    }

    fn ended(&mut self, ended: &ActionEnded) -> Result<(), BadFold> {
        if ended.status == Status::Asked {
            return Err(BadFold::Unfit(
                "an act that was answered with a question ends by the one that goes on from it",
            ));
        }
        let settled: Vec<Amount> = ended.settled.iter().map(|settled| settled.amount).collect();
        if let Some(act) = self.acts.get(&ended.act) {
            let echoed = ended.values.iter().map(|value| value.hash).filter(|hash| act.asked_with.contains(hash));
            echoed.for_each(|hash| self.values.proposed(hash, self.seq));
            self.values.shown(&ended.values, act.tool.server(), self.seq);
        }
        self.signature_used(ended.signed.as_deref());
        self.act_ended(ended.act, ended.status, self.seq, &settled)
    }

    /// An act that was answered with a question ends by the one of `seq`, that goes on from it.
    pub(crate) fn went_on(&mut self, first: u64, seq: u64) -> Result<(), BadFold> {
        let act = self.acts.get(&first).filter(|act| act.standing == ActStanding::Asked);
        let act = act.ok_or(BadFold::Unfit("no act that was answered with a question"))?;
        let nothing = vec![Amount::ZERO; act.reserved.len()];
        self.act_ended(first, Status::Asked, seq, &nothing)
    }

    fn act_ended(&mut self, ending: u64, status: Status, seq: u64, settled: &[Amount]) -> Result<(), BadFold> {
        let act = self.acts.get_mut(&ending).ok_or(BadFold::Unfit("no such act"))?;
        if matches!(act.standing, ActStanding::Ended { .. }) {
            return Err(BadFold::Unfit("the act ended before"));
        }
        act.standing = ActStanding::Ended { status, seq };
        let (grant, keyed, rows) = (act.grant, act.keyed, act.rows.clone());
        let to = act.to;
        let reserved = std::mem::take(&mut act.reserved);
        if reserved.len() != settled.len() {
            return Err(BadFold::Unfit("settled and reserved differ in number"));
        }
        self.sum_settled((ending, to), &reserved, settled);
        for (reserved, settled) in reserved.iter().zip(settled) {
            self.with_meter(reserved, |meter, _, _| meter.settle(ending, reserved.amount, *settled))?;
        }
        if matches!(status, Status::NeverSent | Status::NotDone | Status::Asked) {
            for used in &rows {
                let row = usize::try_from(used.row).ok();
                let state = self.grant_mut(used.grant)?;
                if let Some(row) = row.and_then(|row| state.rows.get_mut(row)) {
                    row.uses = row.uses.saturating_sub(1);
                }
            }
        }
        let grant = self.grant_mut(grant)?;
        grant.open = grant.open.saturating_sub(1);
        self.open = self.open.saturating_sub(1);
        if !keyed {
            self.acts.remove(&ending);
        }
        Ok(())
    }

    /// Calls `work` with the meter that a charge names, its limit, and the seq of the act being folded.
    fn with_meter(
        &mut self,
        reserved: &Reserved,
        work: impl FnOnce(&mut crate::meter::Meter, &crate::MeterLimit, u64),
    ) -> Result<(), BadFold> {
        let seq = self.seq;
        let grant = self.grant_mut(reserved.grant)?;
        let row = usize::try_from(reserved.row).map_err(|_| BadFold::Unfit("no such row"))?;
        let envelope_row = grant.envelope.as_ref().and_then(|envelope| envelope.rows.get(row));
        let limit = envelope_row.and_then(|row| row.meters.get(&reserved.unit)).cloned().unwrap_or_default();
        let state = grant.rows.get_mut(row).ok_or(BadFold::Unfit("no such row"))?;
        work(state.meters.entry(reserved.unit.clone()).or_default(), &limit, seq);
        Ok(())
    }

    fn refused(&mut self, refused: &ActionRefused, at: Micros) -> Result<(), BadFold> {
        self.proof_used(&refused.facts, at);
        self.told_refused(refused);
        self.tried(refused, at);
        let Some(reason) = refused.reasons.first() else { return Err(BadFold::Unfit("a refusal without a reason")) };
        if let Some(grant) = self.grants.get_mut(&refused.grant).filter(|_| counts_against(reason.code)) {
            grant.refused += 1;
        }
        let minute_ago = at.before(crate::decide::REFUSAL_WINDOW);
        self.refusals.retain(|_, last| *last > minute_ago);
        self.refusals.insert((refused.grant, reason.code, refused.action.tool.clone()), at);
        Ok(())
    }

    fn counted(&mut self, counted: &RefusalsCounted) -> Result<(), BadFold> {
        counted.counted.iter().filter(|entry| counts_against(entry.code)).try_for_each(|entry| {
            let grant = self.grant_mut(entry.grant)?;
            grant.refused = grant.refused.saturating_add(entry.count);
            Ok(())
        })
    }

    /// Remembers a proof's id.
    pub(super) fn proof_used(&mut self, facts: &Facts, at: Micros) {
        self.used(facts.caller.as_ref().and_then(|caller| caller.proof), at);
    }

    /// Remembers what a person signed: it is good once.
    pub(super) fn signature_used(&mut self, signed: Option<&SignedConsent>) {
        if let Some(signed) = signed {
            self.used(Some(signed.statement.digest()), self.at);
        }
    }

    /// Remembers what is good once, and forgets what no nonce can carry any more.
    fn used(&mut self, proof: Option<Digest>, at: Micros) {
        let old = at.before(PROOF_MEMORY);
        while let Some((used, id)) = self.proofs_by_age.front().copied().filter(|(used, _)| *used < old) {
            self.proofs_by_age.pop_front();
            if self.proofs.get(&id) == Some(&used) {
                self.proofs.remove(&id);
            }
        }
        if let Some(proof) = proof {
            self.proofs.insert(proof, at);
            self.proofs_by_age.push_back((at, proof));
        }
    }
}

/// Whether a call reads, and nothing of it goes anywhere.
fn stays(begun: &ActionBegun) -> bool {
    begun.action.effect == crate::Effect::Read && begun.action.egress == crate::Egress::None
}
