//! The session of a person who signed in by a passkey: a sealed cookie that every node of the tenant can read.

use crate::bytes::{base64url, from_base64url, take};
use aws_lc_rs::hmac;
use bailiwick_core::{Micros, PersonId, Salt, Span};
use std::fmt;

/// How long a session lasts at most, from the passkey's answer on.
pub const SESSION_LIFE: Span = Span::hours(8);
/// How long it lasts without a request.
pub const SESSION_IDLE: Span = Span::minutes(15);
/// How old a cookie grows before a request renews it.
pub const SESSION_RENEW: Span = Span::minutes(3);
const _: () = assert!(SESSION_RENEW.0 < SESSION_IDLE.0 && SESSION_IDLE.0 < SESSION_LIFE.0);

const LABEL: &[u8] = b"bailiwick person session 1\0";
const VERSION: u8 = 1;
const TAG_BYTES: usize = 32;
/// A person's id and a credential's, each at its longest, with the rest.
const SESSION_BYTES_MAX: usize = 2048;

/// Why a cookie is no session now. All are answered with "sign in".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// Not ours, of another tenant, or altered.
    #[error("the session was not given by this tenant's nodes")]
    Unknown,
    /// Signed in too long ago.
    #[error("the session is over: it lasts {hours} h at most", hours = SESSION_LIFE.0 / 3_600_000_000)]
    Over,
    /// Nothing was asked for too long.
    #[error("the session is over: nothing was asked for {minutes} min", minutes = SESSION_IDLE.0 / 60_000_000)]
    Idle,
    /// The store went back, and all that stood open ended.
    #[error("the session is of an epoch that has ended")]
    OtherEpoch,
}

/// A person at a browser, as a passkey proved it. It signs nothing: an approval needs the passkey again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonSession {
    id: Salt,
    person: PersonId,
    credential: String,
    epoch: u32,
    issued: Micros,
    renewed: Micros,
}

impl PersonSession {
    /// Its random id, the same over all renewals.
    pub const fn id(&self) -> Salt {
        self.id
    }
    /// Who signed in.
    pub const fn person(&self) -> &PersonId {
        &self.person
    }
    /// The passkey that they did it with. The caller asks at each request whether it is still the person's.
    pub fn credential(&self) -> &str {
        &self.credential
    }
    /// When they signed in.
    pub const fn issued(&self) -> Micros {
        self.issued
    }
    /// When it ends if nothing more is asked.
    pub fn expires(&self) -> Micros {
        self.renewed.after(SESSION_IDLE).min(self.issued.after(SESSION_LIFE))
    }
}

/// The tenant's key for sessions, shared by its nodes. Nothing is kept, so a cookie that was let go lives until it is
/// idle: whoever ends sessions for good removes the passkey or raises the epoch.
pub struct SessionKey(hmac::Key);

impl SessionKey {
    /// From 32 bytes that the tenant's key hierarchy derives for this use alone.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The session of a person whose passkey was just checked, and its cookie; `id` is drawn for it.
    pub fn begin(
        &self,
        person: PersonId,
        credential: &str,
        epoch: u32,
        id: Salt,
        now: Micros,
    ) -> (PersonSession, String) {
        let credential = credential.to_owned();
        let session = PersonSession { id, person, credential, epoch, issued: now, renewed: now };
        let cookie = self.seal(&session);
        (session, cookie)
    }

    /// Reads a cookie.
    ///
    /// # Errors
    /// [`SessionRefusal`] unless a node of the tenant gave it, in this epoch, and it has not ended.
    pub fn read(&self, cookie: &str, epoch: u32, now: Micros) -> Result<PersonSession, SessionRefusal> {
        let session = self.open(cookie).ok_or(SessionRefusal::Unknown)?;
        if session.epoch != epoch {
            return Err(SessionRefusal::OtherEpoch);
        }
        if now >= session.issued.after(SESSION_LIFE) {
            return Err(SessionRefusal::Over);
        }
        if now >= session.renewed.after(SESSION_IDLE) {
            return Err(SessionRefusal::Idle);
        }
        Ok(session)
    }

    /// A new cookie for a session that was just read, once the old one has an age.
    pub fn renew(&self, session: &PersonSession, now: Micros) -> Option<String> {
        if now < session.renewed.after(SESSION_RENEW) {
            return None;
        }
        Some(self.seal(&PersonSession { renewed: now, ..session.clone() }))
    }

    fn seal(&self, session: &PersonSession) -> String {
        let person = session.person.as_str().as_bytes();
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(session.id.bytes());
        bytes.extend_from_slice(&session.epoch.to_be_bytes());
        bytes.extend_from_slice(&session.issued.0.to_be_bytes());
        bytes.extend_from_slice(&session.renewed.0.to_be_bytes());
        // by INVARIANT of `PersonId`: at most 128 bytes
        bytes.push(u8::try_from(person.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(person);
        bytes.extend_from_slice(session.credential.as_bytes());
        let tag = self.tag(&bytes);
        bytes.extend_from_slice(tag.as_ref());
        base64url(&bytes)
    }

    fn open(&self, cookie: &str) -> Option<PersonSession> {
        if cookie.len() / 4 * 3 > SESSION_BYTES_MAX {
            return None;
        }
        let all = from_base64url(cookie.as_bytes())?;
        let (mut rest, tag) = all.split_at_checked(all.len().checked_sub(TAG_BYTES)?)?;
        aws_lc_rs::constant_time::verify_slices_are_equal(tag, self.tag(rest).as_ref()).ok()?;
        let ([VERSION], id, epoch) = (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?) else { return None };
        let (issued, renewed) = (take(&mut rest)?, take(&mut rest)?);
        let [length] = take(&mut rest)?;
        let (person, credential) = rest.split_at_checked(usize::from(length))?;
        let moment = |bytes| Micros(u64::from_be_bytes(bytes));
        Some(PersonSession {
            id: Salt::new(id),
            person: PersonId::parse(str::from_utf8(person).ok()?).ok()?,
            credential: str::from_utf8(credential).ok()?.to_owned(),
            epoch: u32::from_be_bytes(epoch),
            issued: moment(issued),
            renewed: moment(renewed),
        })
    }

    fn tag(&self, bytes: &[u8]) -> hmac::Tag {
        let mut mac = hmac::Context::with_key(&self.0);
        mac.update(LABEL);
        mac.update(bytes);
        mac.sign()
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey")
    }
}

#[cfg(test)]
mod tests;
