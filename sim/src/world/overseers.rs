//! What people do in wide runs beside what they do in all: say yes and no, sign each other's changes, widen and narrow,
//! settle what is in doubt, break the glass and close it, let agents go and take them on again.

use super::desk::{Call, Waiting};
use super::wide::{Errand, Wide};
use super::{Event, World};
use crate::mutant::Mutant;
use crate::setup::wide::{MORE, OVERRIDE, agent, assertion, enrolment, passkey_id, signature, signer};
use crate::setup::{AGENTS, PEOPLE, TENANT, by, person};
use bailiwick_core::{
    Amend, AmendChange, ApprovalState, Approve, Assertion, BreakGlass, CONSENT_SPAN_MAX, ChangeStatement, Command,
    ConsentStatement, ControlCommand, ControlDecided, ControlState, Data, Digest, Facts, PersonId, RefuseApproval,
    RefuseWish, Salt, Second, SettleDoubt, Sheet, Signed, SignedConsent, Span, TaskState, TemplateName, WishStanding,
    control_consent_act, control_shown, shown_digest,
};
use bailiwick_node::{Input, LiveControl, Look};
use std::sync::{Arc, Mutex, PoisonError};

fn name(person: usize) -> &'static str {
    PEOPLE.get(person).copied().unwrap_or_default()
}

impl World {
    /// Control, as a node's edges read calls by it.
    pub(super) fn control_of(&self, at: usize) -> Arc<LiveControl> {
        let known = self.nodes.get(at).and_then(|node| node.control.clone());
        known.unwrap_or_else(|| Arc::clone(&self.control))
    }

    fn persons_pause(&mut self) -> Span {
        Span(self.chance.between(1_000, self.options.person_pause.0))
    }

    pub(super) fn persons_errand(&mut self, person: usize) -> Result<(), String> {
        let pause = self.persons_pause();
        self.after(pause, Event::Errand(Errand::Person(person)));
        let live = self.live_grant();
        match (self.chance.below(12), live) {
            (0..=3, Some(known)) => {
                self.oversee(person, known);
                Ok(())
            }
            (4 | 5, Some(known)) => self.amend(person, known, None),
            (6, Some(known)) => self.break_glass(person, known),
            (7, _) => self.let_go(person),
            (8, _) => self.close_glasses(person),
            (9, _) if self.chance.permille(300) => self.goes(),
            _ => self.sign_what_waits(person),
        }
    }

    /// A person looks at a task, and does something about what they see.
    pub(super) fn oversee(&mut self, person: usize, known: usize) {
        let (Some(at), Some(task)) = (self.any_node(), self.tasks.get(known).map(|known| known.task)) else { return };
        let shown = Arc::new(Mutex::new(None));
        let show = Arc::clone(&shown);
        let look: Look =
            Box::new(move |state, _| *show.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.clone()));
        let waiting = Waiting::Wide(Wide::Oversee(person, known, shown));
        self.ask(at, waiting, |ticket| Input::Look { ticket, tenant: TENANT, task, look });
    }

    pub(super) fn oversees(&mut self, person: usize, known: usize, state: &TaskState) -> Result<(), String> {
        if self.healed {
            return Ok(());
        }
        let open: Vec<&ApprovalState> =
            state.approvals.values().map(Box::as_ref).filter(|of| of.open(state.at)).collect();
        for approval in open {
            match self.chance.below(20) {
                0..=15 => self.says_yes(person, known, (state, approval))?,
                16 | 17 => self.says_no(person, known, approval.seq)?,
                _ => {}
            }
        }
        let wishes = state.wishes.iter().filter(|(_, wish)| wish.standing == WishStanding::Open).map(|(seq, _)| *seq);
        for wish in wishes.collect::<Vec<_>>() {
            match self.chance.below(4) {
                0 => self.amend(person, known, Some(wish))?,
                1 => self.refuse_wish(person, known, wish)?,
                _ => {}
            }
        }
        self.settle_doubts(person, known, state)
    }

    /// Whose name a person signs in: now and then that of somebody else, more often where the edge would take it.
    fn claimed(&mut self, person: usize, mutant: Mutant) -> usize {
        let lies = if self.mutated(mutant) { 500 } else { 100 };
        if self.chance.permille(lies) { (person + 1) % PEOPLE.len() } else { person }
    }

    /// A yes, by a person's own device; now and then in the name of somebody else, which the edge does not take.
    fn says_yes(
        &mut self,
        person: usize,
        known: usize,
        (state, approval): (&TaskState, &ApprovalState),
    ) -> Result<(), String> {
        let claimed = self.claimed(person, Mutant::TakesAnyYes);
        let (Some(at), Some(need)) = (self.any_node(), self.chance.pick(&approval.needs)) else { return Ok(()) };
        let by = signer(name(claimed))?;
        let statement = state.statement(approval, &need.role, &by.person).digest();
        let sheet = self.sheet(state, statement, &by.person);
        let signed = sheet.as_ref().map_or(statement, Sheet::digest);
        let assertion = assertion(name(person), name(claimed), &signed);
        if !genuine(&assertion, name(claimed), &signed) && !self.mutated(Mutant::TakesAnyYes) {
            return Ok(());
        }
        let (approval, role) = (approval.seq, need.role.clone());
        let said = Approve { approval, role, by, signed, assertion, sheet };
        let facts = Facts::of_nobody(self.now, Vec::new());
        // Now and then it is handed in twice.
        for _ in 0..=u64::from(self.chance.permille(100)) {
            self.say(at, known, Command::Approve(Box::new(said.clone())), facts.clone());
        }
        Ok(())
    }

    /// What is signed together with a statement, now and then: others of its task; and seldom others alone.
    fn sheet(&mut self, state: &TaskState, statement: Digest, person: &PersonId) -> Option<Sheet> {
        if !self.chance.permille(250) {
            return None;
        }
        let others = state.approvals.values().flat_map(|of| of.needs.iter().map(move |need| (of, need)));
        let others = others.map(|(of, need)| state.statement(of, &need.role, person).digest());
        let own = (!self.chance.permille(100)).then_some(statement);
        let others = others.filter(|other| *other != statement).take(3);
        Sheet::of(own.into_iter().chain(others).collect())
    }

    fn says_no(&mut self, person: usize, known: usize, approval: u64) -> Result<(), String> {
        let Some(at) = self.any_node() else { return Ok(()) };
        let (by, reason) = (by(name(person))?, "not this one".to_owned());
        let said = RefuseApproval { approval, by, reason, instead: None, voids: true };
        let facts = Facts::of_nobody(self.now, Vec::new());
        self.say(at, known, Command::RefuseApproval(Box::new(said)), facts);
        Ok(())
    }

    fn refuse_wish(&mut self, person: usize, known: usize, wish: u64) -> Result<(), String> {
        let Some(at) = self.any_node() else { return Ok(()) };
        let said = RefuseWish { wish, by: by(name(person))?, reason: "not now".to_owned() };
        let facts = Facts::of_nobody(self.now, Vec::new());
        self.say(at, known, Command::RefuseWish(Box::new(said)), facts);
        Ok(())
    }

    /// What the upstream did, a person finds in its books, and what it did not. Where the store's clock was set, an act that is
    /// in doubt may still be about to leave: then nobody says that it was not done.
    fn settle_doubts(&mut self, person: usize, known: usize, state: &TaskState) -> Result<(), String> {
        let clocks_hold = self.options.clock_back == Span(0) && self.options.clock_forward == Span(0);
        for act in state.acts.values().filter(|act| act.in_doubt(state.at)) {
            let done = self.was_done(state.id, act.seq);
            let may_leave = || self.calls.values().any(|call| call.task == state.id && call.may_leave(act.seq));
            let is_it = |call: &Call| call.task == state.id && call.begun.is_some_and(|begun| begun.0 == act.seq);
            let gone = done || (clocks_hold && !may_leave() && !self.sent.values().any(is_it));
            let (Some(at), true) = (self.any_node(), gone && self.chance.permille(300)) else { continue };
            let (by, evidence) = (by(name(person))?, "looked up in the bank's book".to_owned());
            let said = SettleDoubt { act: act.seq, leaf: act.leaf, by, done, measured: Vec::new(), evidence };
            let facts = Facts::of_nobody(self.now, Vec::new());
            self.say(at, known, Command::SettleDoubt(Box::new(said)), facts);
        }
        Ok(())
    }

    /// More, less or the same for longer; mostly by the person whose task it is.
    fn amend(&mut self, person: usize, known: usize, wish: Option<u64>) -> Result<(), String> {
        let (Some(at), Some(task)) = (self.any_node(), self.tasks.get(known).cloned()) else { return Ok(()) };
        let person = if self.chance.permille(800) { task.person } else { person };
        let change = match self.chance.below(if wish.is_some() { 1 } else { 4 }) {
            0 => {
                let template = TemplateName::parse(MORE).map_err(|error| error.to_string())?;
                AmendChange::Widen { template, parameters: Default::default(), only: Vec::new(), seen: None }
            }
            1 => AmendChange::Narrow { rows: vec![self.chance.below(4)], within: None },
            2 => AmendChange::Narrow { rows: Vec::new(), within: Some(Span::seconds(self.chance.between(1, 30))) },
            _ => AmendChange::Renew { waits: true },
        };
        let waits = !matches!(change, AmendChange::Narrow { .. });
        let (by, grant) = (by(name(person))?, task.grant);
        let facts = Facts::of_nobody(self.now, Vec::new());
        let amend = Amend { by: by.clone(), grant, change, wish };
        self.say(at, known, Command::Amend(Box::new(amend)), facts.clone());
        if waits && self.chance.permille(700) {
            self.say(at, known, Command::Consent { grant, by }, facts);
        }
        Ok(())
    }

    fn break_glass(&mut self, person: usize, known: usize) -> Result<(), String> {
        let Some(task) = self.tasks.get(known).cloned() else { return Ok(()) };
        let requester = PersonId::parse(name(task.person)).map_err(|error| error.to_string())?;
        let template = TemplateName::parse(OVERRIDE).map_err(|error| error.to_string())?;
        let span = Span::seconds(self.chance.between(60, 90));
        let said = |by| BreakGlass {
            by,
            incident: "INC-7".to_owned(),
            reason: "it burns".to_owned(),
            requester,
            span,
            task: task.task,
            template,
        };
        self.control_command(person, |by| ControlCommand::BreakGlass(Box::new(said(by))))
    }

    pub(super) fn close_glasses(&mut self, person: usize) -> Result<(), String> {
        let Some(at) = self.any_node() else { return Ok(()) };
        let control = self.control_of(at);
        let open = control.state.glasses.iter().filter(|(_, glass)| glass.closed.is_none()).map(|(number, _)| *number);
        for glass in open.collect::<Vec<_>>() {
            let (by, findings) = (signer(name(person))?, "all as it should be".to_owned());
            let close = ControlCommand::CloseGlass { by, glass, findings };
            // who may not is shown nothing to sign
            if let Some(signed) = self.signed(&control.state, person, close)? {
                self.control_command(person, |_| signed)?;
            }
        }
        Ok(())
    }

    /// An act on the control stream as a person's device signs it, by what is known of control.
    fn signed(
        &mut self,
        state: &ControlState,
        person: usize,
        command: ControlCommand,
    ) -> Result<Option<ControlCommand>, String> {
        let blind = Salt::new([u8::try_from(self.chance.below(256)).unwrap_or(0); 16]);
        let facts = Facts::of_nobody(self.now, Vec::new());
        let act = control_consent_act(&command).map(|(act, by)| (act, by.person.clone()));
        let (Some((act, by)), Ok((shown, task))) = (act, control_shown(state, &command, blind, &facts)) else {
            return Ok(None);
        };
        let statement = ConsentStatement {
            act,
            epoch: state.epoch,
            nonce: format!("nonce-{}", self.chance.below(u64::MAX)),
            not_after: self.now.after(CONSENT_SPAN_MAX),
            origin: state.origin.clone(),
            person: by,
            shown: shown_digest(&shown),
            task,
            of: ConsentStatement::TYPE.to_owned(),
        };
        let assertion = assertion(name(person), name(person), &statement.digest());
        let consent = SignedConsent { assertion, statement };
        Ok(Some(ControlCommand::Signed(Box::new(Signed { command, consent, shown }))))
    }

    /// An agent leaves; somebody takes it on again later.
    fn let_go(&mut self, person: usize) -> Result<(), String> {
        let agent = usize::try_from(self.chance.below(AGENTS.len() as u64)).unwrap_or(0);
        let removed = vec![("agent".to_owned(), AGENTS.get(agent).copied().unwrap_or_default().to_owned())];
        let later = Span::seconds(self.chance.between(2, 20));
        self.after(later, Event::Errand(Errand::Rehire(person, agent)));
        self.control_command(person, |by| ControlCommand::Apply { by, documents: Vec::new(), removed })
    }

    pub(super) fn rehire(&mut self, person: usize, of: usize) -> Result<(), String> {
        let documents = vec![agent(AGENTS.get(of).copied().unwrap_or_default())?];
        self.control_command(person, |by| ControlCommand::Apply { by, documents, removed: Vec::new() })
    }

    /// A person leaves, and comes back later; or loses their device, and enrols another. Never the one who answers for the
    /// agents: nothing would go on without them.
    fn goes(&mut self) -> Result<(), String> {
        let who = self.chance.between(1, PEOPLE.len() as u64 - 1);
        let who = usize::try_from(who).unwrap_or(1);
        let later = Span::seconds(self.chance.between(2, 20));
        if self.chance.permille(500) {
            let removed = vec![("person".to_owned(), name(who).to_owned())];
            self.after(later, Event::Errand(Errand::Returns(who)));
            return self.control_command(0, |by| ControlCommand::Apply { by, documents: Vec::new(), removed });
        }
        let lost = PersonId::parse(name(who)).map_err(|error| error.to_string())?;
        let id = passkey_id(name(who));
        self.after(later, Event::Errand(Errand::Enrols(who)));
        self.control_command(0, |by| ControlCommand::Unenroll { by, person: lost, id })
    }

    pub(super) fn returns(&mut self, who: usize) -> Result<(), String> {
        let documents = vec![person(name(who))?];
        // It loosens, so it waits for a second person; what they enrol with waits for that in turn.
        let later = Span::seconds(self.chance.between(2, 20));
        self.after(later, Event::Errand(Errand::Enrols(who)));
        self.control_command(0, |by| ControlCommand::Apply { by, documents, removed: Vec::new() })
    }

    pub(super) fn enrols(&mut self, who: usize) -> Result<(), String> {
        let Some(at) = self.any_node() else { return Ok(()) };
        let control = self.control_of(at);
        let person = PersonId::parse(name(who)).map_err(|error| error.to_string())?;
        if control.state.passkeys.contains_key(&person) {
            return Ok(());
        }
        let described = control.state.persons.contains_key(&person);
        let later = Span::seconds(self.chance.between(2, 10));
        self.after(later, Event::Errand(if described { Errand::Enrols(who) } else { Errand::Returns(who) }));
        for command in enrolment(name(who), self.now)? {
            self.control_command(0, |_| command)?;
        }
        Ok(())
    }

    /// A person signs all that waits for a second one, as far as a node knows of it.
    fn sign_what_waits(&mut self, person: usize) -> Result<(), String> {
        let Some(at) = self.any_node() else { return Ok(()) };
        let control = self.control_of(at);
        let waiting = control.state.proposals.values().map(|proposal| &proposal.statement);
        waiting.cloned().collect::<Vec<_>>().iter().try_for_each(|statement| self.second(person, statement))
    }

    /// A person signs a change; now and then in the name of somebody else, which the edge does not take.
    pub(super) fn second(&mut self, person: usize, statement: &ChangeStatement) -> Result<(), String> {
        let claimed = self.claimed(person, Mutant::TakesAnySecond);
        let signed = statement.digest();
        let assertion = assertion(name(person), name(claimed), &signed);
        if !genuine(&assertion, name(claimed), &signed) && !self.mutated(Mutant::TakesAnySecond) {
            return Ok(());
        }
        let by = signer(name(claimed))?;
        let said = Second { assertion, by, proposal: statement.proposal, signed };
        self.control_command(person, |_| ControlCommand::Second(Box::new(said)))
    }

    /// A change waits for a second person, or somebody has to look at an override.
    pub(super) fn control_told(&mut self, decided: &ControlDecided) {
        if !self.options.wide {
            return;
        }
        for event in &decided.events {
            match &event.data {
                Data::ControlProposed(proposed) => {
                    let statement = &proposed.statement;
                    for person in 0..PEOPLE.len() {
                        // Whoever proposed it is one of those who may sign it.
                        if self.chance.permille(700) {
                            let pause = Span(self.persons_pause().0 / 4);
                            self.after(pause, Event::Errand(Errand::Second(person, Box::new(statement.clone()))));
                        }
                    }
                }
                Data::ControlGlassBroken(_) => {
                    for person in 0..PEOPLE.len() {
                        let later = Span::seconds(self.chance.between(2, 60));
                        self.after(later, Event::Errand(Errand::Close(person)));
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether the device of that person made it: what the edge asks of every signature.
fn genuine(assertion: &Assertion, person: &str, signed: &Digest) -> bool {
    assertion.signature == signature(person, signed)
}
