//! Acts by which a person gives authority, or says what became of an act: over HTTP each is signed with their passkey, over
//! all that it comes to. Whoever has a cookie alone does none of them.

use crate::approvals::refused;
use crate::not_done::not_started;
use crate::problem::Own;
use crate::{Api, Problem, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{
    Assertion, Assurance, By, Command, ConsentAct, ConsentStatement, ControlCommand, Facts, PersonId, Salt, Signed,
    SignedConsent, TaskId, TaskState, View, consent_act, consent_shown, control_consent_act, control_shown,
    shown_digest,
};
use bailiwick_identity::{Aim, CHALLENGE_LIFE, statement_challenge};
use bailiwick_node::LiveControl;
use http::StatusCode;
use serde::Deserialize;

const _: () =
    assert!(CHALLENGE_LIFE.0 < bailiwick_core::CONSENT_SPAN_MAX.0, "what a node gives out is good when it comes");

/// A signature under an act, as a page sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentBody {
    assertion: Assertion,
    /// What was shown, whole.
    shown: Json,
    /// The text that was signed.
    statement: String,
}

/// A body of which the signature is all.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignedBody {
    #[serde(default)]
    pub(crate) consent: Option<ConsentBody>,
}

fn changed() -> Problem {
    let detail = "what was signed is not what this comes to now: look at it again, and sign anew";
    Problem { status: StatusCode::CONFLICT, code: Own::ConsentChanged.into(), ..Problem::bad(detail) }
}

fn needed() -> Problem {
    let detail = "this is signed with your passkey: ask for what is to be signed at this path with `/options` after it, \
                  and send it with your signature as `consent`";
    refused(Own::SignatureNeeded, detail)
}

fn nothing_signed() -> Problem {
    Problem::bad("at the node's socket nothing is signed: who asks there is known by their account")
}

impl ConsentBody {
    /// What keeps what was shown from being guessed at.
    fn blind(&self) -> Result<Salt, Problem> {
        let blind = self.shown.get("blind").and_then(Json::as_str).and_then(|text| Salt::parse(text).ok());
        blind.ok_or_else(|| Problem::bad("`consent.shown`: expected what was given to be signed, as it was given"))
    }
}

impl Api {
    /// Who does an act that is signed: over HTTP by their passkey. Without its signature it is refused.
    pub(crate) fn by_signing(&self, who: &Who) -> Result<By, Problem> {
        let by = self.by(who)?;
        Ok(match who {
            Who::Person(_) => By { assurance: Assurance::Passkey, ..by },
            Who::Socket(_) => by,
        })
    }

    /// A task that begins: of a signed one the id that was signed, so that it begins once.
    pub(crate) fn task_to_begin(&self, consent: Option<&ConsentBody>) -> Result<TaskId, Problem> {
        match consent {
            Some(consent) => read(&consent.statement)?.task.ok_or_else(changed),
            None => {
                let id = self.desk.node().vault().random::<16>();
                Ok(TaskId::new(id.map_err(|error| Problem::broken(error.to_string()))?))
            }
        }
    }

    /// What a person signs before they do this. Decided as it will be; nothing is appended.
    pub(crate) async fn to_sign(&self, task: TaskId, command: Command, who: &Who) -> Result<Json, Problem> {
        let Who::Person(signed) = who else { return Err(nothing_signed()) };
        let (act, _) = consent_act(&command).ok_or_else(|| Problem::bad("this needs no signature"))?;
        let shown = self.shown_now(task, &command, self.drawn_blind()?).await?;
        self.drawn_statement((act, Some(task)), shown, signed.person())
    }

    /// A command as it goes to the task: over HTTP under the signature of who asks, at the socket as it is.
    pub(crate) async fn under_consent(
        &self,
        task: TaskId,
        command: Command,
        consent: Option<ConsentBody>,
        who: &Who,
    ) -> Result<Command, Problem> {
        let signed = match who {
            Who::Person(signed) => signed,
            Who::Socket(_) if consent.is_some() => return Err(nothing_signed()),
            Who::Socket(_) => return Ok(command),
        };
        let asked = consent.ok_or_else(needed)?;
        let consent = self.signed_consent(&asked, signed.person())?;
        let now = self.shown_now(task, &command, asked.blind()?).await?;
        let of = consent_act(&command).map(|(act, _)| act);
        if now != asked.shown || consent.statement.task != Some(task) || of != Some(consent.statement.act) {
            return Err(changed());
        }
        Ok(Command::Signed(Box::new(Signed { command, consent, shown: asked.shown })))
    }

    /// What a person signs before they do this on the control stream.
    pub(crate) fn control_to_sign(&self, command: &ControlCommand, who: &Who) -> Result<Json, Problem> {
        let Who::Person(signed) = who else { return Err(nothing_signed()) };
        let (act, _) = control_consent_act(command).ok_or_else(|| Problem::bad("this needs no signature"))?;
        let (shown, task) = self.control_shown_now(command, self.drawn_blind()?)?;
        self.drawn_statement((act, task), shown, signed.person())
    }

    /// A command as it goes to the control stream: over HTTP under the signature of who asks, at the socket as it is.
    pub(crate) fn control_under(
        &self,
        command: ControlCommand,
        consent: Option<ConsentBody>,
        who: &Who,
    ) -> Result<ControlCommand, Problem> {
        let signed = match who {
            Who::Person(signed) => signed,
            Who::Socket(_) if consent.is_some() => return Err(nothing_signed()),
            Who::Socket(_) => return Ok(command),
        };
        let asked = consent.ok_or_else(needed)?;
        let consent = self.signed_consent(&asked, signed.person())?;
        let (now, task) = self.control_shown_now(&command, asked.blind()?)?;
        let of = control_consent_act(&command).map(|(act, _)| act);
        if now != asked.shown || consent.statement.task != task || of != Some(consent.statement.act) {
            return Err(changed());
        }
        Ok(ControlCommand::Signed(Box::new(Signed { command, consent, shown: asked.shown })))
    }

    fn control_shown_now(&self, command: &ControlCommand, blind: Salt) -> Result<(Json, Option<TaskId>), Problem> {
        let (control, facts) = (self.control()?, self.desk.node().facts(0)?);
        control_shown(&control.state, command, blind, &facts).map_err(|reason| Problem::refused(&reason))
    }

    /// What an act comes to now, as a person is shown it.
    pub(crate) async fn shown_now(&self, task: TaskId, command: &Command, blind: Salt) -> Result<Json, Problem> {
        let node = self.desk.node();
        let facts = match command {
            Command::Lower(said) => node.facts_to_lower((self.tenant, task), said.grant).await?,
            _ => node.facts(0)?,
        };
        // What is drawn for it is not shown.
        let facts = Facts { ids: vec![Salt::new([0; 16]); 2], ..facts };
        if let Some(start) = command.begins() {
            let (control, empty) = (self.control()?, TaskState::empty(self.tenant, task));
            let view = View::of(&empty, &control.state);
            let shown = consent_shown(view, control.policy.as_ref(), command, blind, &facts);
            return shown.map_err(|reason| not_started(&control.state, &reason, (&start.agent, &start.template)));
        }
        let command = command.clone();
        let look = move |task: &TaskState, control: &LiveControl| {
            consent_shown(View::of(task, &control.state), control.policy.as_ref(), &command, blind, &facts)
        };
        match node.look(self.tenant, task, look).await? {
            Ok(shown) => Ok(shown),
            Err(reason) => Err(self.refused_in(task, &reason).await),
        }
    }

    fn drawn_blind(&self) -> Result<Salt, Problem> {
        let drawn = self.desk.node().vault().random::<16>();
        drawn.map(Salt::new).map_err(|error| Problem::broken(error.to_string()))
    }

    /// A statement over what was shown, sealed by this tenant for two minutes. Nothing of it is kept.
    fn drawn_statement(
        &self,
        (act, task): (ConsentAct, Option<TaskId>),
        shown: Json,
        person: &PersonId,
    ) -> Result<Json, Problem> {
        let (people, control, node) = (self.people()?, self.control()?, self.desk.node());
        let (now, random) = (node.now(), node.vault().random());
        let mut statement = ConsentStatement {
            act,
            epoch: control.state.epoch,
            nonce: String::new(),
            not_after: now.after(CHALLENGE_LIFE),
            origin: control.state.origin.clone(),
            person: person.clone(),
            shown: shown_digest(&shown),
            task,
            of: ConsentStatement::TYPE.to_owned(),
        };
        let random = random.map_err(|error| Problem::broken(error.to_string()))?;
        statement.nonce = people.challenges().draw(Aim::Consent(statement.aim()), random, now);
        let text = statement.text();
        Ok(Json::object([
            ("challenge", Json::from(statement_challenge(text.as_bytes()))),
            ("shown", shown),
            ("statement", Json::from(text)),
        ]))
    }

    /// Whether who is signed in has signed this, with a passkey of their own: a statement that a node of this tenant gave out.
    fn signed_consent(&self, asked: &ConsentBody, person: &PersonId) -> Result<SignedConsent, Problem> {
        let (people, control) = (self.people()?, self.control()?);
        let statement = read(&asked.statement)?;
        if statement.person != *person {
            return Err(refused(
                Own::PasskeyRefused,
                "what was signed is another person's than the one who is signed in",
            ));
        }
        let none = || refused(Own::PasskeyUnknown, "this passkey is not one of yours");
        let passkey = control.state.passkey(person, &asked.assertion.id).ok_or_else(none)?;
        let sealed =
            people.challenges().sealed(Aim::Consent(statement.aim()), &statement.nonce, self.desk.node().now());
        sealed.map_err(|error| refused(Own::PasskeyRefused, &error.to_string()))?;
        if statement.shown != shown_digest(&asked.shown) {
            return Err(changed());
        }
        self.checked(asked.statement.as_bytes(), passkey, &asked.assertion)?;
        Ok(SignedConsent { assertion: asked.assertion.clone(), statement })
    }
}

fn read(text: &str) -> Result<ConsentStatement, Problem> {
    let read = serde_json::from_str::<ConsentStatement>(text).ok();
    // one statement, one text: what was signed is what is kept
    read.filter(|statement| statement.formed() && statement.text() == text)
        .ok_or_else(|| Problem::bad("`consent.statement`: expected what was given to be signed, as it was given"))
}
