//! One stream of a bundle: its chain, and for a task its state and what is decided again on it.

use crate::again::{Again, Follow, Seen};
use crate::approved::{Consented, asked, consented, signed};
use crate::chain::{NONE, event_hash};
use crate::control::Control;
use crate::mandate::Mandate;
use crate::report::{Finding, Found, Report};
use bailiwick_core::{ActNamed, Data, Digest, MandateName, Mandates, StreamId, TaskState, TenantId};

/// Why nothing more is taken from a stream.
pub(crate) enum Broken {
    /// This seq was due and a later one came. If it still comes, events were swapped; else it is missing.
    Gap {
        /// The seq that was due.
        due: u64,
        /// What to say if it never comes.
        missing: Finding,
    },
    /// It was said already.
    Said,
}

/// A stream as far as it was read.
pub(crate) struct Stream {
    pub(crate) seq: u64,
    pub(crate) hash: Digest,
    pub(crate) broken: Option<Broken>,
    pub(crate) task: Option<Task>,
    pub(crate) mandate: Option<Mandate>,
}

impl Stream {
    pub(crate) fn control() -> Self {
        Self { seq: 0, hash: NONE, broken: None, task: None, mandate: None }
    }
    pub(crate) fn task(tenant: TenantId, id: StreamId) -> Self {
        Self { task: Some(Task::new(tenant, id)), ..Self::control() }
    }

    pub(crate) fn mandate(tenant: TenantId, id: StreamId, name: MandateName) -> Self {
        Self { mandate: Some(Mandate::new(tenant, id, name)), ..Self::control() }
    }

    /// The hash that the next event must have. Its place in the log shows whether it has.
    pub(crate) fn next(
        &self,
        tenant: TenantId,
        id: StreamId,
        clear: &[u8],
        sealed: Option<&Digest>,
    ) -> Option<(u64, Digest)> {
        let seq = self.seq.checked_add(1)?;
        Some((seq, event_hash(tenant, id, seq, &self.hash, clear, sealed)))
    }
}

/// A task, decided again event by event.
pub(crate) struct Task {
    state: TaskState,
    /// `task.started` waits for the `grant.minted` of the same decision.
    started: Option<(Seen, u64)>,
    follow: Follow,
    /// What was needed to decide is not there: events are only folded from here on.
    blind: bool,
    /// How many events were not decided again for that reason.
    undecided: u64,
    rules_said: bool,
}

impl Task {
    fn new(tenant: TenantId, id: StreamId) -> Self {
        Self {
            state: TaskState::empty(tenant, id),
            started: None,
            follow: Follow::default(),
            blind: false,
            undecided: 0,
            rules_said: false,
        }
    }

    /// As it was folded until now.
    pub(crate) fn state(&self) -> &TaskState {
        &self.state
    }

    /// What an act that has not ended yet is called.
    pub(crate) fn act(&self, seq: u64) -> Option<ActNamed> {
        self.state.acts.get(&seq).map(|act| ActNamed { leaf: act.leaf, tool: act.tool.clone() })
    }

    /// Decides one event again and folds it. `control` is `None` when the control stream cannot be followed.
    pub(crate) fn event(
        &mut self,
        seen: Seen,
        leaf: u64,
        (control, mandates): (Option<&mut Control>, &Mandates<'_>),
        report: &mut Report,
    ) -> Result<(), Finding> {
        if matches!(seen.event.data, Data::TaskStarted(_)) && self.started.is_none() && self.state.seq == 0 {
            self.started = Some((seen, leaf));
            return Ok(());
        }
        let held = self.started.take();
        let yes = match (&seen.event.data, &control) {
            (Data::ApprovalGiven(given), Some(control)) => {
                Some(asked(&given.statement, &self.state).and_then(|()| signed(given, control.state())))
            }
            _ => None,
        };
        let first = held.as_ref().map_or(&seen.event, |(first, _)| &first.event);
        let consent = Consented::of(first, Some(self.state.id)).zip(control.as_deref());
        let consent = consent.map(|(of, control)| match of.statement() {
            Some(used) if self.state.proofs.contains_key(&used) => {
                Err("what was signed was used before: it counts once".to_owned())
            }
            _ => consented(&of, control.state()),
        });
        let again = match (&held, control) {
            (_, None) => Ok(Again::Skipped),
            (None, _) if self.blind => Ok(Again::Blind),
            (None, Some(control)) => self.follow.event((&self.state, mandates), control, &seen),
            (Some((first, _)), Some(control)) => match (&first.event.data, &seen.event.data) {
                (Data::TaskStarted(started), Data::GrantMinted(minted)) => {
                    self.follow.start((&self.state, mandates), control, (first, started), (&seen, minted))
                }
                _ => Err(Finding::new(Found::Unfit, "`task.started` is not followed by the grant that it made")),
            },
        };
        let events = if held.is_some() { 2 } else { 1 };
        let told = match again {
            Ok(same @ (Again::Same | Again::AsRead)) => {
                report.decided_again += events;
                report.basis.read_by_node += u64::from(matches!(same, Again::AsRead));
                Ok(())
            }
            // That the control stream does not hold was said where it broke.
            Ok(Again::Skipped) => Ok(()),
            Ok(Again::Blind) => {
                self.undecided += events;
                Ok(())
            }
            Ok(Again::Rules(rules)) => {
                self.undecided += events;
                self.other_rules(rules)
            }
            Err(finding) => Err(finding),
        };
        if let Some((first, leaf)) = held {
            self.fold(&first, leaf)?;
        }
        self.fold(&seen, leaf)?;
        told?;
        let consent = consent.transpose().map_err(|why| Finding::new(Found::ApprovalForged, why))?;
        report.basis.consented += u64::from(consent == Some(true));
        match yes {
            None => Ok(()),
            Some(Ok(())) => {
                report.basis.approved += 1;
                Ok(())
            }
            Some(Err(why)) => Err(Finding::new(Found::ApprovalForged, why)),
        }
    }

    /// The mandates that it draws on.
    pub(crate) fn draws(&self) -> impl Iterator<Item = &MandateName> {
        self.state.allocations.keys()
    }

    fn fold(&mut self, seen: &Seen, leaf: u64) -> Result<(), Finding> {
        // Without the salt no action digest, and without its conditions no envelope, can be made again.
        let rests_on = matches!(seen.event.data, Data::TaskStarted(_) | Data::TaskAmended(_) | Data::GrantMinted(_));
        self.blind |= rests_on && !seen.shown;
        self.state.apply(&seen.event, leaf).map_err(|error| Finding::new(Found::Unfit, error))
    }

    /// Other rules are told of once a stream.
    fn other_rules(&mut self, rules: u32) -> Result<(), Finding> {
        if std::mem::replace(&mut self.rules_said, true) {
            return Ok(());
        }
        let text = format!("it was decided by rules {rules}, which this version does not know");
        Err(Finding::new(Found::RulesUnknown, text))
    }

    /// What is to be said once the stream has ended.
    pub(crate) fn end(&self, report: &mut Report, of: StreamId) {
        if self.undecided > 0 && !self.rules_said {
            let why = match report.erased.get(&of) {
                Some(erased) => {
                    format!("were erased by {}, {} microseconds after the beginning of 1970", erased.by, erased.at.0)
                }
                None => "are erased or were not shown".to_owned(),
            };
            let text =
                format!("{} events were not decided again: private fields that they rest on {why}", self.undecided);
            report.add(Finding::new(Found::Erased, text).of(of));
        }
        if self.started.is_some() || !self.follow.whole() {
            let text = "the stream ends within a decision, whose events are always appended together";
            report.add(Finding::new(Found::StreamTruncated, text).of(of));
        }
    }
}
