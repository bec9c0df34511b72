//! Proofs of possession (RFC 9449): one signed message a request, that names the request, the token and our nonce.

use crate::{
    bytes::{base64url, fixed_base64url, sha256},
    foreign::Foreign,
    jose::{JoseError, Jws, KeyAlg, KeyIs, Known, PublicKey, Shape, sign, some},
    key::{SigningKey, SigningKeyError},
    nonce::{Nonce, NonceKey, NonceRefusal},
    oauth::OauthError,
    url::PublicUrl,
};
use bailiwick_core::{Digest, KeyThumbprint, Micros, Salt, Span};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// A proof made longer ago than this is old, whatever its nonce.
pub const PROOF_AGE_MAX: Span = Span::minutes(5);
/// How far a client's clock may be ahead of ours.
pub const PROOF_AHEAD_MAX: Span = Span::minutes(1);
/// Our own claim: base64url of the SHA-256 of the request's body. `connect` and the SDKs always send it.
pub const BODY_DIGEST_CLAIM: &str = "bd";

const JTI_BYTES_MAX: usize = 256;
/// A longer header, in base64url, is not remembered. One with a P-256 key has about 240.
const HEADER_KEPT_BYTES_MAX: usize = 512;
const JTI_LABEL: &[u8] = b"bailiwick proof id 1\0";

// A proof lives no longer than its nonce, so two windows of replay memory suffice.
const _: () = assert!(PROOF_AGE_MAX.0 >= 2 * crate::nonce::NONCE_WINDOW.0);

const SHAPE: Shape =
    Shape { typ: &["dpop+jwt"], typ_optional: false, algs: &[KeyAlg::Es256, KeyAlg::Ed25519], key: KeyIs::InHeader };

/// Why a proof is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofRefusal {
    /// No `DPoP` header.
    #[error("no proof of possession came with the request")]
    Missing,
    /// RFC 9449 §4.3 step 1.
    #[error("{count} proofs came with one request")]
    Several {
        /// How many.
        count: usize,
    },
    /// Not a signed message of the right kind, or not its key's.
    #[error("the proof is not acceptable: {0}")]
    Jose(#[from] JoseError),
    /// An empty or overlong `jti`.
    #[error("the proof's `jti` has {bytes} bytes, expected 1 to {bytes_max}")]
    BadJti {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
    /// For another method.
    #[error("the proof is for method `{0}`")]
    OtherMethod(Foreign),
    /// For another URL, or for none.
    #[error("the proof is for `{0}`")]
    OtherUrl(Foreign),
    /// Made too long ago.
    #[error("the proof is {seconds} s old, the limit is {limit} s", limit = PROOF_AGE_MAX.0 / 1_000_000)]
    Old {
        /// Its age.
        seconds: u64,
    },
    /// Made in the future.
    #[error("the proof's clock is {seconds} s ahead, the limit is {limit} s", limit = PROOF_AHEAD_MAX.0 / 1_000_000)]
    Ahead {
        /// How far.
        seconds: u64,
    },
    /// Without a nonce.
    #[error("the proof has no nonce")]
    NoNonce,
    /// With a nonce that is not good now.
    #[error(transparent)]
    Nonce(#[from] NonceRefusal),
    /// Without the hash of the token.
    #[error("the proof has no `ath`")]
    NoTokenHash,
    /// With the hash of another token.
    #[error("the proof's `ath` is of another token")]
    OtherToken,
    /// By another key than the one that the token is bound to.
    #[error("the proof is by key {proof}, the token is bound to {token}")]
    OtherKey {
        /// Who signed.
        proof: KeyThumbprint,
        /// Who should have.
        token: KeyThumbprint,
    },
    /// A body digest that is not 32 bytes of base64url.
    #[error("the proof's body digest is not a SHA-256 in base64url")]
    BadBodyDigest,
    /// For another body.
    #[error("the proof is for another body")]
    OtherBody,
    /// With another node's nonce, for a call that appends nothing.
    #[error("the proof carries another node's nonce and the call appends nothing")]
    OtherNode,
    /// Seen before.
    #[error("the proof was already used")]
    Replayed,
    /// We cannot remember more proofs in this window.
    #[error("the replay cache is full for this window")]
    ReplayCacheFull,
}

impl ProofRefusal {
    /// What the wire says.
    pub const fn oauth_error(&self) -> OauthError {
        match self {
            // RFC 9449 §8: all that a fresh nonce cures.
            Self::NoNonce | Self::Nonce(_) | Self::OtherNode => OauthError::UseDpopNonce,
            // RFC 9449 §7.1, figure 17: the proof is good, the token is not this key's.
            Self::OtherKey { .. } => OauthError::InvalidToken,
            Self::ReplayCacheFull => OauthError::TemporarilyUnavailable,
            _ => OauthError::InvalidDpopProof,
        }
    }

    /// What the peer is told.
    pub const fn peer_sentence(&self) -> &'static str {
        match self {
            Self::Missing => "send a DPoP proof with the request",
            Self::Several { .. } => "send one DPoP proof with the request",
            Self::Jose(JoseError::AlgNotAllowed) => "sign the DPoP proof with ES256 or EdDSA",
            Self::Jose(_) | Self::BadJti { .. } | Self::BadBodyDigest => "the DPoP proof is not valid",
            Self::OtherMethod(_) => "the DPoP proof is for another method",
            Self::OtherUrl(_) => "the DPoP proof is for another URL",
            Self::Old { .. } => "the DPoP proof is too old, check the clock",
            Self::Ahead { .. } => "the DPoP proof is from the future, check the clock",
            Self::NoNonce | Self::Nonce(_) | Self::OtherNode => "make the DPoP proof with the nonce of this answer",
            Self::NoTokenHash => "the DPoP proof needs `ath`, the hash of the access token",
            Self::OtherToken => "the DPoP proof is for another access token",
            Self::OtherKey { .. } => "the access token is bound to another key",
            Self::OtherBody => "the DPoP proof is for another body",
            Self::Replayed => "the DPoP proof was already used, make a new one for each request",
            Self::ReplayCacheFull => "too many requests in this window, try again in two minutes",
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: u64,
    #[serde(default, deserialize_with = "some")]
    ath: Option<String>,
    #[serde(default, deserialize_with = "some")]
    nonce: Option<String>,
    #[serde(default, deserialize_with = "some")]
    bd: Option<String>,
}

/// The token that a proof must belong to.
#[derive(Debug, Clone, Copy)]
pub struct TokenBinding<'a> {
    /// SHA-256 of the token's text: [`crate::token_digest`].
    pub digest: &'a Digest,
    /// The key that the token names.
    pub jkt: &'a KeyThumbprint,
}

/// The request that a proof came with, as we see it.
#[derive(Debug, Clone, Copy)]
pub struct ProofDoor<'a> {
    /// The method, in capitals as HTTP has it.
    pub method: &'a str,
    /// Of the configured public URL and the request's path; never of Host.
    pub url: &'a PublicUrl,
    /// None at the token endpoint, where there is no token yet (RFC 9449 §5).
    pub token: Option<TokenBinding<'a>>,
    /// The tenant's key for nonces.
    pub nonces: &'a NonceKey,
}

/// A proof that passed every check but two: that it is used once, and that its body is the one that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    jkt: KeyThumbprint,
    jti_hash: Digest,
    nonce: Nonce,
    body_digest: Option<Digest>,
}

impl Proof {
    /// The key that made it.
    pub const fn jkt(&self) -> &KeyThumbprint {
        &self.jkt
    }
    /// SHA-256 over the key and the proof's own id: what must be unique in a stream.
    pub const fn jti_hash(&self) -> &Digest {
        &self.jti_hash
    }
    /// The nonce it carries, and with it the node that gave that.
    pub const fn nonce(&self) -> Nonce {
        self.nonce
    }
    /// The body that it says it is for.
    pub const fn body_digest(&self) -> Option<&Digest> {
        self.body_digest.as_ref()
    }
    /// Compares with the SHA-256 of the body that came. A proof that names no body is for any.
    ///
    /// # Errors
    /// [`ProofRefusal::OtherBody`].
    pub fn check_body(&self, came: &Digest) -> Result<(), ProofRefusal> {
        match &self.body_digest {
            Some(digest) if digest != came => Err(ProofRefusal::OtherBody),
            _ => Ok(()),
        }
    }
}

/// The one value among all `DPoP` headers of a request.
///
/// # Errors
/// RFC 9449 §4.3 step 1: none or several are refused.
pub fn one_proof<'a>(mut headers: impl Iterator<Item = &'a [u8]>) -> Result<&'a [u8], ProofRefusal> {
    let first = headers.next().ok_or(ProofRefusal::Missing)?;
    match headers.count() {
        0 => Ok(first),
        more => Err(ProofRefusal::Several { count: more + 1 }),
    }
}

/// The header of the first good proof of a key. It names the key and says nothing of a request, so most clients write it
/// the same each time; one that does not is read each time. Two are always alike: it is a memory, not a part of what has it.
#[derive(Debug, Default)]
pub(crate) struct Header(OnceLock<Known>);

impl Clone for Header {
    fn clone(&self) -> Self {
        Self::default()
    }
}
impl PartialEq for Header {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Header {}

/// A proof that is read but not checked at all.
pub(crate) struct Unchecked<'a> {
    jws: Jws<'a>,
    key: Arc<PublicKey>,
    claims: Claims,
}

impl<'a> Unchecked<'a> {
    pub(crate) fn parse(text: &'a [u8], known: Option<&Known>) -> Result<Self, ProofRefusal> {
        // RFC 9449 §4.3 steps 2 to 5 and 7.
        let mut jws = Jws::parse_known(text, &SHAPE, known)?;
        let key = jws.jwk.take().ok_or(JoseError::NoKey)?;
        let claims: Claims = jws.claims()?;
        // RFC 9449 §4.2 sets no bounds; we refuse more than that.
        if claims.jti.is_empty() || claims.jti.len() > JTI_BYTES_MAX {
            return Err(ProofRefusal::BadJti { bytes: claims.jti.len(), bytes_max: JTI_BYTES_MAX });
        }
        Ok(Self { jws, key, claims })
    }

    /// RFC 9449 §4.3 steps 8 and 9.
    fn check_request(&self, method: &str, url: &PublicUrl) -> Result<(), ProofRefusal> {
        if self.claims.htm != method {
            return Err(ProofRefusal::OtherMethod(Foreign::new(&self.claims.htm)));
        }
        if PublicUrl::parse(&self.claims.htu).as_ref() != Ok(url) {
            return Err(ProofRefusal::OtherUrl(Foreign::new(&self.claims.htu)));
        }
        Ok(())
    }

    /// RFC 9449 §4.3 step 11.
    fn check_age(&self, now: Micros) -> Result<(), ProofRefusal> {
        let (now, made) = (now.0 / 1_000_000, self.claims.iat);
        let (age, ahead) = (now.saturating_sub(made), made.saturating_sub(now));
        if age > PROOF_AGE_MAX.0 / 1_000_000 {
            return Err(ProofRefusal::Old { seconds: age });
        }
        if ahead > PROOF_AHEAD_MAX.0 / 1_000_000 {
            return Err(ProofRefusal::Ahead { seconds: ahead });
        }
        Ok(())
    }

    /// RFC 9449 §4.3 step 12.
    fn check_token(&self, token: &TokenBinding<'_>) -> Result<(), ProofRefusal> {
        let ath = self.claims.ath.as_deref().ok_or(ProofRefusal::NoTokenHash)?;
        if fixed_base64url::<32>(ath).as_ref() != Some(token.digest.bytes()) {
            return Err(ProofRefusal::OtherToken);
        }
        if self.key.thumbprint() != token.jkt {
            return Err(ProofRefusal::OtherKey { proof: self.key.thumbprint().clone(), token: token.jkt.clone() });
        }
        Ok(())
    }

    /// RFC 9449 §4.3 step 6.
    fn check_signature(&self) -> Result<(), ProofRefusal> {
        Ok(self.jws.verify(&self.key)?)
    }
}

/// Checks a proof against the request that it came with. The signature is last: it costs most, and what is told
/// before it tells the sender nothing but about its own message.
///
/// # Errors
/// [`ProofRefusal`], one for each step of RFC 9449 §4.3.
pub fn check_proof(text: &[u8], door: &ProofDoor<'_>, now: Micros) -> Result<Proof, ProofRefusal> {
    check_remembering(text, door, now, &Header::default())
}

/// As [`check_proof`], for a key that was seen before: its header is remembered and not read again.
pub(crate) fn check_remembering(
    text: &[u8],
    door: &ProofDoor<'_>,
    now: Micros,
    header: &Header,
) -> Result<Proof, ProofRefusal> {
    let proof = Unchecked::parse(text, header.0.get())?;
    proof.check_request(door.method, door.url)?;
    proof.check_age(now)?;
    // RFC 9449 §4.3 step 10. Without a nonce a proof could be made today for next week.
    let nonce = door.nonces.read(proof.claims.nonce.as_deref().ok_or(ProofRefusal::NoNonce)?, now)?;
    if let Some(token) = &door.token {
        proof.check_token(token)?;
    }
    let body_digest = match proof.claims.bd.as_deref() {
        Some(text) => Some(Digest::new(fixed_base64url(text).ok_or(ProofRefusal::BadBodyDigest)?)),
        None => None,
    };
    proof.check_signature()?;
    if proof.jws.header_bytes() <= HEADER_KEPT_BYTES_MAX {
        header.0.get_or_init(|| proof.jws.known(&proof.key));
    }
    let jkt = proof.key.thumbprint().clone();
    // The key is hashed too, so that nobody can use up an id that somebody else will draw.
    let jti_hash = sha256(&[JTI_LABEL, jkt.as_str().as_bytes(), b"\0", proof.claims.jti.as_bytes()]);
    Ok(Proof { jkt, jti_hash, nonce, body_digest })
}

/// The request that a client is about to send.
#[derive(Debug, Clone, Copy)]
pub struct ProofFor<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The URL asked.
    pub url: &'a PublicUrl,
    /// The access token sent along, if any.
    pub token: Option<&'a str>,
    /// The newest nonce that the server gave.
    pub nonce: Option<&'a str>,
    /// SHA-256 of the body.
    pub body: Option<&'a Digest>,
    /// A fresh random id.
    pub jti: Salt,
    /// The client's time.
    pub now: Micros,
}

/// Makes the value of a `DPoP` header: the client's half, for `connect` and for tests.
///
/// # Errors
/// [`SigningKeyError::Broken`] when the library cannot sign.
pub fn make_proof(key: &SigningKey, what: &ProofFor<'_>) -> Result<String, SigningKeyError> {
    #[derive(Serialize)]
    struct Made<'a> {
        jti: Salt,
        htm: &'a str,
        htu: &'a str,
        iat: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        ath: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        nonce: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        bd: Option<String>,
    }
    let made = Made {
        jti: what.jti,
        htm: what.method,
        htu: what.url.as_str(),
        iat: what.now.0 / 1_000_000,
        ath: what.token.map(|token| base64url(crate::token_digest(token.as_bytes()).bytes())),
        nonce: what.nonce,
        bd: what.body.map(|digest| base64url(digest.bytes())),
    };
    let payload = serde_json::to_vec(&made).map_err(|_| SigningKeyError::Broken)?;
    let header = format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{}}}"#, key.public().to_jwk());
    sign(key, &header, &payload)
}

#[cfg(test)]
mod tests;
