//! Signing in by passkey, and enrolling one by a one-time code.

use crate::persons::signed_in;
use crate::problem::Own;
use crate::read::body;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{Assertion, Assurance, By, ControlCommand, Digest, Passkey, PersonId, Salt, sha256};
use bailiwick_identity::{
    Aim, Challenge, ChallengeKey, PasskeyRefusal, PersonSession, Registration, SessionKey, Site, check_passkey,
    check_registration, creation_options,
};
use http::StatusCode;
use serde::Deserialize;

/// The most characters of a code.
const CODE_CHARS_MAX: usize = 128;
/// Where people reach the node, and the keys that their sessions and challenges are sealed with.
pub struct People {
    site: Site,
    hosts: Vec<String>,
    sessions: SessionKey,
    challenges: ChallengeKey,
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("People").field("site", &self.site).field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

impl People {
    /// At a site, under these values of `Host` besides its own.
    pub fn new(site: Site, hosts: Vec<String>, sessions: SessionKey, challenges: ChallengeKey) -> Self {
        Self { site, hosts, sessions, challenges }
    }

    /// The URL of the pages, which is their origin.
    pub fn url(&self) -> &str {
        self.site.origins().first().map_or("", String::as_str)
    }

    /// Whether pages and `/v1` are served under this value of `Host`.
    pub(crate) fn serves(&self, host: &str) -> bool {
        let own = self.url().split_once("://").map_or("", |(_, host)| host);
        host.eq_ignore_ascii_case(own) || self.hosts.iter().any(|other| other.eq_ignore_ascii_case(host))
    }

    /// Whether this is one of ours as browsers write it (RFC 6454 section 6.1): compared byte for byte.
    pub(crate) fn is_origin(&self, origin: &str) -> bool {
        self.site.origins().iter().any(|own| own == origin)
    }

    pub(crate) fn secure(&self) -> bool {
        self.url().starts_with("https://")
    }

    pub(crate) const fn site(&self) -> &Site {
        &self.site
    }

    pub(crate) const fn challenges(&self) -> &ChallengeKey {
        &self.challenges
    }

    pub(crate) const fn sessions(&self) -> &SessionKey {
        &self.sessions
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInBody {
    assertion: Assertion,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeBody {
    code: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnrollBody {
    code: String,
    /// What the person calls it.
    name: String,
    registration: Registration,
}

fn refused(error: &PasskeyRefusal) -> Problem {
    let code = Own::PasskeyRefused.into();
    Problem { status: StatusCode::UNAUTHORIZED, code, ..Problem::bad(error.to_string()) }
}

/// What a challenge is good for by which one person invites another. Neither name can hold the byte between them.
fn invites(by: &PersonId, person: &PersonId) -> Aim {
    Aim::Invite(sha256(format!("{by}\0{person}").as_bytes()))
}

/// Unknown, used, run out: one answer.
fn no_invitation() -> Problem {
    let detail = "this link was used, has run out, or never was: ask for another".to_owned();
    Problem { detail, ..Problem::not_found("invitation") }
}

impl Api {
    /// Says where people reach the node.
    pub fn has_people(&self, people: People) {
        // One node has one address: a second is not asked.
        let _first = self.people.set(people);
    }

    pub(crate) fn people(&self) -> Result<&People, Problem> {
        self.people.get().ok_or_else(|| {
            let why = "this node has no address for people: start it with `bailiwick serve`, and where it is not on \
                       this machine, with --public-url https://NAME";
            Problem::bad(why)
        })
    }

    fn drawn(&self, aim: Aim) -> Result<Challenge<'_>, Problem> {
        Ok(Challenge::Drawn { key: &self.people()?.challenges, aim, now: self.desk.node().now() })
    }

    /// What a passkey is to sign so that its person is signed in.
    pub(crate) fn sign_in_options(&self, bytes: &[u8]) -> Result<Json, Problem> {
        let Nothing {} = body(bytes)?;
        let (people, node) = (self.people()?, self.desk.node());
        let random = node.vault().random().map_err(|error| Problem::broken(error.to_string()))?;
        let challenge = people.challenges.draw(Aim::SignIn, random, node.now());
        Ok(Json::object([("challenge", Json::from(challenge)), ("rp_id", Json::from(people.site.rp_id()))]))
    }

    /// What a passkey of who invites is to sign: a cookie alone makes nothing that signs.
    pub(crate) fn invite_challenge(&self, by: &PersonId, person: &PersonId) -> Result<Json, Problem> {
        let (people, node) = (self.people()?, self.desk.node());
        let random = node.vault().random().map_err(|error| Problem::broken(error.to_string()))?;
        let challenge = people.challenges.draw(invites(by, person), random, node.now());
        Ok(Json::object([("challenge", Json::from(challenge)), ("rp_id", Json::from(people.site.rp_id()))]))
    }

    /// Whether who invites has signed that they invite this person, now: the digest of what was signed, which is good once.
    pub(crate) fn signed_invite(
        &self,
        (by, person): (&PersonId, &PersonId),
        assertion: &Assertion,
    ) -> Result<Digest, Problem> {
        let (people, control) = (self.people()?, self.control()?);
        let challenge = self.drawn(invites(by, person))?;
        let passkey = control.state.passkey(by, &assertion.id).ok_or_else(|| {
            let (status, code) = (StatusCode::FORBIDDEN, Own::PasskeyUnknown.into());
            Problem { status, code, ..Problem::bad("this passkey is not one of yours") }
        })?;
        let signed = check_passkey(&people.site, &challenge, passkey, assertion);
        signed.map(|signed| signed.challenge()).map_err(|error| {
            let (status, code) = (StatusCode::FORBIDDEN, Own::PasskeyRefused.into());
            Problem { status, code, ..Problem::bad(error.to_string()) }
        })
    }

    /// Signs a person in: answers who it is, and the cookie's value.
    pub(crate) fn sign_in(&self, bytes: &[u8]) -> Result<(Json, String), Problem> {
        let SignInBody { assertion } = body(bytes)?;
        let (people, control) = (self.people()?, self.control()?);
        let holds = |person: &PersonId| control.state.passkey(person, &assertion.id);
        let known = control.state.passkeys.keys().find_map(|person| Some((person, holds(person)?)));
        let Some((person, passkey)) = known else {
            let detail = "this passkey is not known here: ask an administrator for an invitation";
            let code = Own::PasskeyUnknown.into();
            return Err(Problem { status: StatusCode::UNAUTHORIZED, code, ..Problem::bad(detail) });
        };
        let challenge = self.drawn(Aim::SignIn)?;
        check_passkey(&people.site, &challenge, passkey, &assertion).map_err(|error| refused(&error))?;
        let id = self.desk.node().vault().random().map_err(|error| Problem::broken(error.to_string()))?;
        let (epoch, now) = (control.state.epoch, self.desk.node().now());
        let (_, cookie) = people.sessions.begin(person.clone(), &passkey.id, epoch, Salt::new(id), now);
        let roles = control.state.persons.get(person).map(|person| person.roles.as_slice()).unwrap_or_default();
        Ok((signed_in(Some(person), roles.iter().map(|role| role.as_str())), cookie))
    }

    /// The session of a cookie. None when it has ended, or its passkey is no longer the person's.
    pub(crate) fn session_of(&self, cookie: &str) -> Result<Option<PersonSession>, Problem> {
        let (people, control) = (self.people()?, self.control()?);
        let read = people.sessions.read(cookie, control.state.epoch, self.desk.node().now()).ok();
        Ok(read.filter(|session| control.state.passkey(session.person(), session.credential()).is_some()))
    }

    /// Whom a code invites, and its digest.
    fn invited(&self, code: &str) -> Result<(PersonId, Digest), Problem> {
        let (control, now) = (self.control()?, self.desk.node().now());
        let digest = sha256(code.as_bytes());
        // The map is keyed by a hash of the code: a comparison tells nothing of it.
        let invite = control.state.invites.get(&digest).filter(|invite| invite.expires > now);
        let invite =
            invite.filter(|invite| code.len() <= CODE_CHARS_MAX && control.state.persons.contains_key(&invite.person));
        invite.map(|invite| (invite.person.clone(), digest)).ok_or_else(no_invitation)
    }

    /// What a browser makes a passkey of, for the person that a code invites.
    pub(crate) fn enroll_options(&self, bytes: &[u8]) -> Result<Json, Problem> {
        let asked: CodeBody = body(bytes)?;
        let (person, code) = self.invited(&asked.code)?;
        let control = self.control()?;
        let known = control.state.passkeys.get(&person).into_iter().flatten().map(|(id, _)| id.as_str());
        let random = self.desk.node().vault().random().map_err(|error| Problem::broken(error.to_string()))?;
        let people = self.people()?;
        let challenge = people.challenges.draw(Aim::Enroll(code), random, self.desk.node().now());
        Ok(creation_options(&people.site, &challenge, &person, known))
    }

    /// Enrols a passkey: the invitation is used by it.
    pub(crate) async fn enroll_passkey(&self, bytes: &[u8]) -> Result<Json, Problem> {
        let asked: EnrollBody = body(bytes)?;
        let (person, code) = self.invited(&asked.code)?;
        let challenge = self.drawn(Aim::Enroll(code))?;
        let new = check_registration(&self.people()?.site, &challenge, &asked.registration);
        let new = new.map_err(|error| refused(&error))?;
        let site = self.people()?.site.rp_id().to_owned();
        let passkey =
            Passkey { id: new.id.clone(), key: new.key.to_jwk(), model: Salt::new(new.model), name: asked.name, site };
        if !passkey.formed() {
            return Err(Problem::bad("`name`: expected 1 to 64 characters that can be seen"));
        }
        let by = By { assurance: Assurance::Passkey, person: person.clone() };
        self.control_act(ControlCommand::Enroll { by, code, passkey }).await?;
        Ok(Json::object([("id", Json::from(new.id)), ("person", Json::from(person.as_str()))]))
    }
}
