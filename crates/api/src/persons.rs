//! `/v1/persons`: who is in the directory, which passkeys they sign with, and invitations to enrol one.

use crate::changes::void;
use crate::numbered::Numbered;
use crate::read::{body, decoded};
use crate::who::Who;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{
    Assertion, Assurance, By, ControlCommand, ControlState, Invite, Micros, Person, PersonId, Proposal, Span, sha256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// How long an invitation is open.
const INVITE_SPAN: Span = Span::hours(1);

/// What administration rests on.
pub(crate) fn trust(state: &ControlState, now: Micros) -> String {
    format!("{}{}", administered(state), seconds(state, now))
}

/// Who is asked before what loosens stands, and how often one person was enough.
fn seconds(state: &ControlState, now: Micros) -> String {
    let asked = match state.seconders.len() {
        0 => return String::new(),
        1 => "the one administrator's passkey, ten minutes after it was asked for",
        _ => "the passkeys of two administrators, of whom who asks for it may be one",
    };
    let open: Vec<&Proposal> = state.proposals.values().filter(|proposal| proposal.open(now)).collect();
    let void = open.iter().filter(|proposal| void(state, proposal, now).is_some()).count();
    let waits = match (open.len().saturating_sub(void), void) {
        (waits, 0) => format!("{waits} {}", verb(waits)),
        (waits, void) => {
            format!("{waits} {}, {void} more to be taken back, for nothing comes of them now", verb(waits))
        }
    };
    let alone = if state.alone == 1 { "was" } else { "were" };
    format!("; what loosens waits for {asked} ({waits}, {} {alone} one person's alone)", state.alone)
}

const fn verb(count: usize) -> &'static str {
    if count == 1 { "waits" } else { "wait" }
}

fn administered(state: &ControlState) -> String {
    let accounts = "the accounts of this machine";
    match state.passkeys.len() {
        0 => format!("{accounts}; no passkey is asked for"),
        1 => format!("{accounts} at the node's socket, and the passkeys of one person over HTTP"),
        persons => format!("{accounts} at the node's socket, and the passkeys of {persons} persons over HTTP"),
    }
}

pub(crate) fn person_id(text: &str) -> Result<PersonId, Problem> {
    let text = decoded(text).ok_or_else(|| Problem::not_found("person"))?;
    PersonId::parse(&text).map_err(|error| Problem::bad(error.to_string()))
}

fn person_json(state: &ControlState, person: &Person, now: Micros) -> Json {
    let passkeys = state.passkeys.get(&person.name).into_iter().flatten();
    let passkeys = passkeys.map(|(id, passkey)| {
        Json::object([
            ("id", Json::from(id.as_str())),
            ("key", passkey.key.clone()),
            ("name", Json::from(passkey.name.as_str())),
            ("site", Json::from(passkey.site.as_str())),
        ])
    });
    let open = state.invites.values().filter(|invite| invite.person == person.name && invite.expires > now);
    let mut open: Vec<&Invite> = open.collect();
    open.sort_by_key(|invite| invite.seq);
    let invited = open.iter().map(|invite| {
        Json::object([
            ("by", Json::from(invite.by.as_str())),
            ("expires", Json::from(invite.expires.0)),
            ("id", Json::from(invite.seq)),
        ])
    });
    Json::object([
        ("invitations", Json::from(u64::try_from(open.len()).unwrap_or(u64::MAX))),
        ("invited", Json::array(invited)),
        ("name", Json::from(person.name.as_str())),
        ("passkeys", Json::array(passkeys)),
        ("roles", Json::array(person.roles.iter().map(|role| Json::from(role.as_str())))),
        ("uid", person.uid.map_or(Json::Null, |uid| Json::from(u64::from(uid)))),
    ])
}

/// What who invites over HTTP brings; at the socket nothing is needed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InviteBody {
    #[serde(default)]
    assertion: Option<Assertion>,
}

impl Api {
    /// All persons.
    pub(crate) fn persons(&self) -> Result<Json, Problem> {
        let (control, now) = (self.control()?, self.desk.node().now());
        let persons = control.state.persons.values().map(|person| person_json(&control.state, person, now));
        Ok(Json::object([("persons", Json::array(persons))]))
    }

    /// One person.
    pub(crate) fn person(&self, name: &str) -> Result<Json, Problem> {
        let control = self.control()?;
        let person = control.state.persons.get(&person_id(name)?).ok_or_else(|| Problem::not_found("person"))?;
        Ok(person_json(&control.state, person, self.desk.node().now()))
    }

    /// What who invites a person over HTTP signs first.
    pub(crate) fn invite_options(&self, name: &str, who: &Who) -> Result<Json, Problem> {
        let (by, person) = (self.by(who)?, person_id(name)?);
        if !self.control()?.state.persons.contains_key(&person) {
            return Err(Problem::not_found("person"));
        }
        self.invite_challenge(&by.person, &person)
    }

    /// Invites a person to enrol a passkey: whoever opens the link does so as that person. It is shown this once; the
    /// record has the digest of its code. The code stands behind a `#`, which browsers send to nobody.
    pub(crate) async fn invite(&self, name: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let (by, person) = (self.by(who)?, person_id(name)?);
        let asked: Option<InviteBody> = if bytes.is_empty() { None } else { body(bytes)? };
        let signed = if matches!(who, Who::Person(_)) {
            let assertion = asked.and_then(|asked| asked.assertion);
            let assertion =
                assertion.ok_or_else(|| Problem::bad("expected `assertion`, a signature of your passkey"))?;
            Some(self.signed_invite((&by.person, &person), &assertion)?)
        } else {
            None
        };
        // Who signed it stands behind it by more than a session.
        let by = if signed.is_some() { By { assurance: Assurance::Passkey, ..by } } else { by };
        let url = self.people()?.url().to_owned();
        if !self.control()?.state.persons.contains_key(&person) {
            return Err(Problem::not_found("person"));
        }
        let node = self.desk.node();
        let drawn = node.vault().random::<32>().map_err(|error| Problem::broken(error.to_string()))?;
        let code = URL_SAFE_NO_PAD.encode(drawn);
        let expires = node.now().after(INVITE_SPAN);
        let digest = sha256(code.as_bytes());
        let invite = ControlCommand::Invite { by, person: person.clone(), code: digest, expires, signed };
        let done = self.control_act(invite).await?;
        let waits = done.get("proposed").map(|waits| ("proposed", waits.clone()));
        let told = [
            ("expires", Json::from(expires.0)),
            ("person", Json::from(person.as_str())),
            ("url", Json::from(format!("{url}/enroll#{code}"))),
        ];
        Ok(Json::object(told.into_iter().chain(waits)))
    }

    /// Takes an invitation back: its link opens nothing any more.
    pub(crate) async fn uninvite(&self, name: &str, id: &str, who: &Who) -> Result<Json, Problem> {
        let (control, now, person) = (self.control()?, self.desk.node().now(), person_id(name)?);
        let open = |number: &u64| {
            let own = |invite: &&Invite| invite.seq == *number && invite.person == person && invite.expires > now;
            control.state.invites.values().any(|invite| own(&invite))
        };
        let Some(invitation) = id.parse().ok().filter(open) else {
            return Err(self.none_of_number(Numbered::Invitation(person), id, who).await);
        };
        self.control_act(ControlCommand::Uninvite { by: self.by(who)?, person, invitation }).await
    }

    /// Removes a passkey. What was signed by it stays; sessions that it began are over, and so are invitations that it may
    /// have signed.
    pub(crate) async fn remove_passkey(&self, name: &str, id: &str, who: &Who) -> Result<Json, Problem> {
        let command = ControlCommand::Unenroll { by: self.by(who)?, person: person_id(name)?, id: id.to_owned() };
        self.control_act(command).await
    }

    /// Who asks, as the directory knows them.
    pub(crate) fn whoami(&self, who: &Who) -> Result<Json, Problem> {
        let by = self.by(who)?;
        let control = self.control()?;
        let roles = control.state.persons.get(&by.person).map(|person| person.roles.as_slice()).unwrap_or_default();
        Ok(signed_in(Some(&by.person), roles.iter().map(|role| role.as_str())))
    }
}

/// Who a session is of; nobody's is told as that, and is no error.
pub(crate) fn signed_in<'a>(person: Option<&PersonId>, roles: impl Iterator<Item = &'a str>) -> Json {
    Json::object([
        ("person", person.map_or(Json::Null, |person| Json::from(person.as_str()))),
        ("roles", Json::array(roles.map(Json::from))),
    ])
}
