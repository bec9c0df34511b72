//! Assertions by an agent's registered key (RFC 7523): they prove a key and nothing else (`key-only`).

use crate::{
    bytes::sha256,
    jose::{JoseError, Jws, KeyAlg, KeyIs, PublicKey, Shape, sign, some},
    key::{SigningKey, SigningKeyError},
    oauth::OauthError,
};
use bailiwick_core::{AgentId, Digest, InstanceId, KeyThumbprint, Micros, Salt, Software, Span};
use serde::{Deserialize, Serialize};

/// An assertion may not be good for longer than this from now.
pub const ASSERTION_LIFE_MAX: Span = Span::minutes(5);
/// How many keys one agent may have registered.
pub const ASSERTION_KEYS_MAX: usize = 8;

const AHEAD_MAX: Span = Span::minutes(1);
const JTI_BYTES_MAX: usize = 256;
const JTI_LABEL: &[u8] = b"bailiwick assertion id 1\0";

const SHAPE: Shape = Shape {
    // RFC 7519 §5.1 makes `typ` optional. Types of other messages are refused, so that a proof or a token is no
    // assertion (RFC 8725 §3.11).
    typ: &["JWT", "jwt", "client-authentication+jwt", "authorization-grant+jwt"],
    typ_optional: true,
    algs: &[KeyAlg::Es256, KeyAlg::Ed25519],
    key: KeyIs::Known,
};

/// What an assertion was given as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssertionRole {
    /// RFC 7523 §2.2, `client_assertion`.
    Client,
    /// RFC 7523 §2.1, the grant itself.
    Grant,
    /// RFC 8693 §2.1, `actor_token`: by whom work is taken over, and with which key.
    Actor,
}

/// Why an assertion is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssertionRefusal {
    /// Not a signed message of the right kind.
    #[error("the assertion is not acceptable: {0}")]
    Jose(#[from] JoseError),
    /// `iss` and `sub` differ, or are no agent's name.
    #[error("the assertion's `iss` and `sub` are not one agent's name")]
    NotOneAgent,
    /// The agent has no such key.
    #[error("the assertion is by no key of agent `{agent}`")]
    UnknownKey {
        /// As it calls itself.
        agent: AgentId,
    },
    /// More keys than an agent may have.
    #[error("agent has {keys} keys, the limit is {keys_max}")]
    TooManyKeys {
        /// How many were given to try.
        keys: usize,
        /// How many are tried.
        keys_max: usize,
    },
    /// For somebody else, or for several.
    #[error("the assertion's `aud` is not exactly our issuer or token endpoint")]
    OtherAudience,
    /// Its time is over.
    #[error("the assertion expired {seconds} s ago")]
    Expired {
        /// How long ago.
        seconds: u64,
    },
    /// Good for too long.
    #[error("the assertion is good for {seconds} s, the limit is {limit} s", limit = ASSERTION_LIFE_MAX.0 / 1_000_000)]
    LivesTooLong {
        /// How long from now.
        seconds: u64,
    },
    /// Not good yet.
    #[error("the assertion's clock is {seconds} s ahead")]
    Ahead {
        /// How far.
        seconds: u64,
    },
    /// An empty or overlong `jti`.
    #[error("the assertion's `jti` has {bytes} bytes, expected 1 to {bytes_max}")]
    BadJti {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
}

impl AssertionRefusal {
    /// What the wire says. RFC 7523 §3.1 and §3.2 name one code for each role.
    pub const fn oauth_error(&self, role: AssertionRole) -> OauthError {
        match role {
            AssertionRole::Client => OauthError::InvalidClient,
            AssertionRole::Grant => OauthError::InvalidGrant,
            AssertionRole::Actor => OauthError::InvalidRequest,
        }
    }

    /// What the peer is told. An unknown agent, a wrong key and a bad signature are one answer.
    pub const fn peer_sentence(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "the assertion has expired, check the clock",
            Self::LivesTooLong { .. } => "the assertion may be good for five minutes at most",
            Self::Ahead { .. } => "the assertion is from the future, check the clock",
            Self::OtherAudience => "the assertion's `aud` must be this issuer or token endpoint, alone",
            Self::Jose(JoseError::AlgNotAllowed) => "sign the assertion with ES256 or EdDSA",
            _ => "the assertion is not valid",
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: OneOrMany,
    exp: u64,
    jti: String,
    #[serde(default, deserialize_with = "some")]
    iat: Option<u64>,
    #[serde(default, deserialize_with = "some")]
    nbf: Option<u64>,
    /// RFC 7800 §3.1, RFC 9449 §6.1: the key that what is asked for is to be bound to.
    #[serde(default, deserialize_with = "some")]
    cnf: Option<Confirmation>,
}

#[derive(Deserialize)]
struct Confirmation {
    jkt: KeyThumbprint,
}

/// RFC 7519 §4.1.3.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    /// RFC 7523 §3 step 3 is content if we are among several. We refuse more than that: an assertion for several
    /// is one that each of them can use at the others.
    fn only(&self) -> Option<&str> {
        match self {
            Self::One(one) => Some(one),
            Self::Many(many) => match many.as_slice() {
                [one] => Some(one),
                _ => None,
            },
        }
    }
}

/// An assertion that is read and not believed: it says whose keys to fetch.
#[derive(Debug)]
pub struct PresentedAssertion<'a> {
    jws: Jws<'a>,
    claims: Claims,
    agent: AgentId,
}

/// The authority that an assertion was given to.
#[derive(Debug, Clone, Copy)]
pub struct AssertionDoor<'a> {
    /// The tenant's issuer URL.
    pub issuer: &'a str,
    /// Its token endpoint, which RFC 7523 §3 also names.
    pub token_endpoint: &'a str,
}

/// Proof that the holder of an agent's registered key asked us within the last minutes. Not yet: that it did so
/// once. The caller writes [`Assertion::once`] down where it is unique until [`Assertion::expires`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    agent: AgentId,
    key: KeyThumbprint,
    once: Digest,
    expires: Micros,
    confirmed: Option<KeyThumbprint>,
}

impl Assertion {
    /// Who.
    pub const fn agent(&self) -> &AgentId {
        &self.agent
    }
    /// By which of its keys.
    pub const fn key(&self) -> &KeyThumbprint {
        &self.key
    }
    /// The key that it names as its instance's, where it names one (`cnf.jkt`).
    pub const fn confirmed(&self) -> Option<&KeyThumbprint> {
        self.confirmed.as_ref()
    }
    /// What must be seen only once.
    pub const fn once(&self) -> &Digest {
        &self.once
    }
    /// Until when it would be good again.
    pub const fn expires(&self) -> Micros {
        self.expires
    }
}

impl<'a> PresentedAssertion<'a> {
    /// Reads an assertion without believing it.
    ///
    /// # Errors
    /// [`AssertionRefusal`] when it can be no assertion of an agent.
    pub fn parse(text: &'a [u8]) -> Result<Self, AssertionRefusal> {
        let jws = Jws::parse(text, &SHAPE)?;
        let claims: Claims = jws.claims()?;
        if claims.iss != claims.sub {
            return Err(AssertionRefusal::NotOneAgent);
        }
        let agent = AgentId::parse(&claims.sub).map_err(|_| AssertionRefusal::NotOneAgent)?;
        if claims.jti.is_empty() || claims.jti.len() > JTI_BYTES_MAX {
            return Err(AssertionRefusal::BadJti { bytes: claims.jti.len(), bytes_max: JTI_BYTES_MAX });
        }
        Ok(Self { jws, claims, agent })
    }

    /// Who it says it is by.
    pub const fn agent(&self) -> &AgentId {
        &self.agent
    }

    /// The one of these keys that it names, by its thumbprint (RFC 7638) as `kid`.
    pub fn names<'k>(&self, keys: &'k [PublicKey]) -> Option<&'k KeyThumbprint> {
        self.named(keys).map(PublicKey::thumbprint)
    }

    fn named<'k>(&self, keys: &'k [PublicKey]) -> Option<&'k PublicKey> {
        self.jws.kid.as_deref().and_then(|kid| keys.iter().find(|key| key.thumbprint().as_str() == kid))
    }

    /// Checks it with the keys that are registered for [`PresentedAssertion::agent`]; none for an unknown agent.
    ///
    /// # Errors
    /// [`AssertionRefusal`], one for each reason.
    pub fn check(
        &self,
        keys: &[PublicKey],
        door: &AssertionDoor<'_>,
        now: Micros,
    ) -> Result<Assertion, AssertionRefusal> {
        if !self.claims.aud.only().is_some_and(|aud| aud == door.issuer || aud == door.token_endpoint) {
            return Err(AssertionRefusal::OtherAudience);
        }
        self.check_times(now)?;
        if keys.len() > ASSERTION_KEYS_MAX {
            return Err(AssertionRefusal::TooManyKeys { keys: keys.len(), keys_max: ASSERTION_KEYS_MAX });
        }
        let key = self.signer(keys)?;
        let once = sha256(&[
            JTI_LABEL,
            self.agent.as_str().as_bytes(),
            b"\0",
            key.thumbprint().as_str().as_bytes(),
            b"\0",
            self.claims.jti.as_bytes(),
        ]);
        let expires = Micros(self.claims.exp.saturating_mul(1_000_000));
        let confirmed = self.claims.cnf.as_ref().map(|cnf| cnf.jkt.clone());
        Ok(Assertion { agent: self.agent.clone(), key: key.thumbprint().clone(), once, expires, confirmed })
    }

    fn check_times(&self, now: Micros) -> Result<(), AssertionRefusal> {
        let now = now.0 / 1_000_000;
        // RFC 7523 §3 steps 4 to 6.
        let Some(left) = self.claims.exp.checked_sub(now).filter(|left| *left > 0) else {
            return Err(AssertionRefusal::Expired { seconds: now.saturating_sub(self.claims.exp) });
        };
        if left > ASSERTION_LIFE_MAX.0 / 1_000_000 {
            return Err(AssertionRefusal::LivesTooLong { seconds: left });
        }
        let begins = self.claims.nbf.max(self.claims.iat).unwrap_or(0);
        let ahead = begins.saturating_sub(now);
        if ahead > AHEAD_MAX.0 / 1_000_000 {
            return Err(AssertionRefusal::Ahead { seconds: ahead });
        }
        Ok(())
    }

    /// A `kid` that is a thumbprint of ours picks the key; people call their keys anything, so any other picks none.
    fn signer<'k>(&self, keys: &'k [PublicKey]) -> Result<&'k PublicKey, AssertionRefusal> {
        let mut tried = self.named(keys).map_or(keys, std::slice::from_ref).iter();
        tried
            .find(|key| self.jws.verify(key).is_ok())
            .ok_or_else(|| AssertionRefusal::UnknownKey { agent: self.agent.clone() })
    }
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Claims(exp {})", self.exp)
    }
}

/// Makes an assertion of `agent` for `audience`, good for a minute: the client's half. `confirmed` is the key of the
/// instance, for an `actor_token`.
///
/// # Errors
/// [`SigningKeyError::Broken`] when the library cannot sign.
pub fn make_assertion(
    key: &SigningKey,
    agent: &AgentId,
    audience: &str,
    (jti, now): (Salt, Micros),
    confirmed: Option<&KeyThumbprint>,
) -> Result<String, SigningKeyError> {
    make_assertion_of(key, agent, audience, (jti, now), (confirmed, None, None))
}

/// The same with what the instance says that it runs and what it calls itself, in claims of our own.
///
/// # Errors
/// As for [`make_assertion`].
pub fn make_assertion_of(
    key: &SigningKey,
    agent: &AgentId,
    audience: &str,
    (jti, now): (Salt, Micros),
    (confirmed, software, instance): (Option<&KeyThumbprint>, Option<&Software>, Option<&InstanceId>),
) -> Result<String, SigningKeyError> {
    #[derive(Serialize)]
    struct Named<'a> {
        jkt: &'a str,
    }
    #[derive(Serialize)]
    struct Made<'a> {
        iss: &'a str,
        sub: &'a str,
        aud: &'a str,
        jti: Salt,
        iat: u64,
        exp: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        cnf: Option<Named<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        instance: Option<&'a str>,
        #[serde(flatten)]
        software: Option<&'a Software>,
    }
    let iat = now.0 / 1_000_000;
    let cnf = confirmed.map(|key| Named { jkt: key.as_str() });
    let (iss, instance) = (agent.as_str(), instance.map(InstanceId::as_str));
    let made = Made { iss, sub: iss, aud: audience, jti, iat, exp: iat + 60, cnf, instance, software };
    let payload = serde_json::to_vec(&made).map_err(|_| SigningKeyError::Broken)?;
    let header = format!(r#"{{"typ":"JWT","alg":"ES256","kid":"{}"}}"#, key.thumbprint());
    sign(key, &header, &payload)
}

#[cfg(test)]
mod tests;
